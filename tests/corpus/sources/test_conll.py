"""Words in columns: what is read, what is named, and what cannot be."""

import pytest
from pydantic import ValidationError

from pipeline.artifacts import SPLITS, Artifacts
from pipeline.corpus.sources.conll import columns_source
from pipeline.params.sources.conll import ConllParams

PATH = "data/source/entities"
ROME = "Bo B-PER\nsaw O\nRome B-LOC\n\nNo O\n"


@pytest.fixture
def artifacts(tmp_path):
    return Artifacts(tmp_path)


def put(artifacts, **files):
    folder = artifacts.root / PATH
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")


def opened(artifacts, path=PATH, columns=("form", "ner"), separator="space"):
    params = ConllParams(path=path, columns=columns, separator=separator, shares=(0.6, 0.2, 0.2))
    return columns_source(params, artifacts)


def everything(source):
    found = {split: [] for split in SPLITS}
    for split, example in source.examples():
        found[split].append(example)
    return found


def test_a_folder_s_files_are_read_by_their_names(artifacts):
    put(artifacts, train__txt=ROME, dev__conll=ROME, test__bio=ROME, README__md="words")
    source = opened(artifacts)
    found = everything(source)
    first, second = found["train"]
    assert (first.form, first.annotations) == (
        ("Bo", "saw", "Rome"), {"ner": ("B-PER", "O", "B-LOC")},
    )  # fmt: skip
    assert [first.sentence_id, second.sentence_id] == ["train-1", "train-2"]
    assert source.kind == "conll"
    files = ("dev.conll", "test.bio", "train.txt")
    assert source.origin.split(", ") == [f"{PATH}/{name}" for name in files]
    assert not source.is_made
    assert source.found["train.txt"].sentences == 2


def test_a_single_file_is_shared_out(artifacts):
    put(artifacts, all__tsv="".join(f"w{i}\tO\n\n" for i in range(300)))
    source = opened(artifacts, f"{PATH}/all.tsv", separator="tab")
    found = everything(source)
    assert source.is_made
    assert sorted(one.form[0] for part in found.values() for one in part) == sorted(
        f"w{i}" for i in range(300)
    )
    assert all(found.values())


def test_documents_comments_and_columns_that_are_not_kept(artifacts):
    text = (
        "-DOCSTART- -X- -X- O\n\n# sent_id = a-1\n# of a long letter\nBo NNP _ B-PER\n\n"
        "-DOCSTART- -X- -X- O\n\n# NN _ O\nRome NNP _ B-LOC\n"
    )
    put(artifacts, train__txt=text, dev__txt=text, test__txt=text)
    first, second = everything(opened(artifacts, columns=("form", "pos", "_", "ner")))["train"]
    assert (first.sentence_id, first.document) == ("a-1", "train-1")
    assert first.annotations == {"pos": ("NNP",), "ner": ("B-PER",)}
    assert (second.sentence_id, second.document) == ("train-2", "train-2")
    assert second.form == ("#", "Rome")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_a_byte_order_mark_do_not_matter(artifacts, end):
    text = "\ufeff" + ROME.replace("\n", end)
    put(artifacts, train__txt=text, dev__txt=text, test__txt=text)
    assert [one.form for one in everything(opened(artifacts))["train"]] == [
        ("Bo", "saw", "Rome"), ("No",),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "separator", "said"),
    [
        ("Bo B-PER\nsaw\n", "space", "train.txt, line 2: expected 2 columns .form ner. with white"),
        ("New York\tB-LOC\nBo B-PER\n", "tab", "line 2: expected 2 columns .* tabs .* found 1"),
        ("Bo\t\n", "tab", "line 1: expected something in every column, found nothing in column 2"),
        ("\n\n", "space", "train.txt: expected at least one sentence"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(artifacts, text, separator, said):
    put(artifacts, train__txt=text)
    with pytest.raises(ValueError, match=said):
        everything(opened(artifacts, f"{PATH}/train.txt", separator=separator))


@pytest.mark.parametrize("columns", [("word", "ner"), ("form", "form"), ("form", "head")])
def test_columns_without_words_or_named_twice_are_refused(columns):
    with pytest.raises(ValidationError, match="columns must name each column once, form among"):
        ConllParams(path=PATH, columns=columns, separator="tab", shares=(0.6, 0.2, 0.2))


def test_what_has_no_file_is_cut_from_that_of_train(artifacts):
    words = "".join(f"word{i} O\n\n" for i in range(60))
    put(artifacts, train__txt=words, test__txt=ROME)
    source = opened(artifacts)
    found = everything(source)
    assert (len(found["train"]) + len(found["validation"]), len(found["test"])) == (60, 2)
    assert 5 < len(found["validation"]) < 30  # 15 expected
    assert (source.cut_from_train, source.is_made) == (("validation",), False)


def test_files_of_one_name_are_told_apart_by_their_folders(artifacts):
    for folder in ("news", "web"):
        (artifacts.root / PATH / folder).mkdir(parents=True)
        for name in ("train", "dev", "test"):
            text = f"-DOCSTART- O\n\n{folder} O\n"
            (artifacts.root / PATH / folder / f"{name}.conll").write_text(text)
    source = opened(artifacts)
    found = everything(source)
    assert {one.sentence_id for one in found["train"]} == {
        f"{PATH}/news/train.conll-1", f"{PATH}/web/train.conll-1"
    }  # fmt: skip
    assert len({one.document for one in found["train"]}) == 2
    assert source.found[f"{PATH}/web/train.conll"].sentences == 1


def test_files_of_one_stem_are_told_apart_by_their_endings(artifacts):
    put(artifacts, a__conll="Bo O\n", a__tsv="Al\tO\n")
    source = opened(artifacts)
    assert {one.sentence_id for part in everything(source).values() for one in part} == {
        "a.conll-1", "a.tsv-1"
    }  # fmt: skip
    assert {*source.found} == {"a.conll", "a.tsv"}
