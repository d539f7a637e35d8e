"""A split's tokens on disk: flat arrays, written as they come, read memory-mapped."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np
from jaxtyping import Bool, Int, Shaped
from numpy.lib import format as npy

from pipeline.artifacts import SplitArrays


@dataclass(frozen=True)
class TokenStore:
    """All sentences of a split, end to end; sentence i is `offsets[i]:offsets[i + 1]`.

    A split's are memory maps: opening costs nothing, and a batch reads only its own pages.
    """

    offsets: Int[np.ndarray, " sentence_and_end"]
    input_ids: Int[np.ndarray, " token"]
    feature_ids: Int[np.ndarray, "token slot"]
    word_ids: Int[np.ndarray, " token"]
    """Index of the token's word in its sentence."""
    ends_word: Bool[np.ndarray, " token"]
    """Whether it is the last token of its word; none is of a word that was cut."""

    @property
    def lengths(self) -> Int[np.ndarray, " sentence"]:
        """Tokens in each sentence."""
        return np.diff(self.offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1


def open_tokens(folder: Path) -> TokenStore:
    """Map a split's arrays into memory.

    Raises:
        ValueError: an array is missing, cut short, or does not fit the others.
    """
    try:
        # A plain view of the map: NumPy's own class for maps makes every index dearer.
        arrays = {
            name: np.asarray(np.load(path, mmap_mode="r"))
            for name, path in vars(SplitArrays(folder)).items()
        }
    except (OSError, ValueError) as error:
        raise ValueError(_broken(folder, str(error))) from None
    tokens = int(arrays["offsets"][-1])
    found = {name: len(array) for name, array in arrays.items() if name != "offsets"}
    if set(found.values()) != {tokens}:
        raise ValueError(_broken(folder, f"expected {tokens} tokens in every array, found {found}"))
    return TokenStore(**arrays)


def _broken(folder: Path, what: str) -> str:
    return (
        f"data/tokens/{folder.name} cannot be read ({what}): "
        f"run `dvc checkout --force tokenize`, or `dvc repro --force tokenize`"
    )


class TokenWriter:
    """Appends sentences to a split's arrays; memory does not grow with the corpus."""

    def __init__(self, folder: Path, n_slots: int) -> None:
        folder.mkdir(parents=True)
        files = SplitArrays(folder)
        self._arrays = {
            "offsets": GrowingArray(files.offsets, np.int64, ()),
            "input_ids": GrowingArray(files.input_ids, np.int32, ()),
            "feature_ids": GrowingArray(files.feature_ids, np.int32, (n_slots,)),
            "word_ids": GrowingArray(files.word_ids, np.int32, ()),
            "ends_word": GrowingArray(files.ends_word, np.bool_, ()),
        }
        self._tokens = 0
        self._arrays["offsets"].append(np.zeros(1, dtype=np.int64))

    def append(
        self, lengths: Int[np.ndarray, " sentence"], **arrays: Shaped[np.ndarray, "token ..."]
    ) -> None:
        """Add sentences with these numbers of tokens; `arrays` holds their tokens, end to end."""
        self._arrays["offsets"].append(self._tokens + np.cumsum(lengths))
        self._tokens += int(lengths.sum())
        for name, array in arrays.items():
            self._arrays[name].append(array)

    def __enter__(self) -> "TokenWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for array in self._arrays.values():
            array.close()


class GrowingArray:
    """A .npy file that rows are appended to.

    NumPy pads the header so that the number of rows can be written over when it is known
    (`numpy.lib.format`, "GROWTH_AXIS_MAX_DIGITS"); so the file needs no copy at the end.
    """

    def __init__(self, path: Path, dtype: Any, row: Sequence[int]) -> None:
        self._dtype, self._row, self._rows = np.dtype(dtype), tuple(row), 0
        self._file: BinaryIO = path.open("wb")
        self._write_header()

    def append(self, rows: Shaped[np.ndarray, "row ..."]) -> None:
        """Add rows at the end."""
        self._file.write(np.ascontiguousarray(rows, dtype=self._dtype).tobytes())
        self._rows += len(rows)

    def close(self) -> None:
        """Write the number of rows into the header."""
        self._file.seek(0)
        self._write_header()
        self._file.close()

    def _write_header(self) -> None:
        header = {
            "descr": npy.dtype_to_descr(self._dtype),
            "fortran_order": False,
            "shape": (self._rows, *self._row),
        }
        npy.write_array_header_1_0(self._file, header)
