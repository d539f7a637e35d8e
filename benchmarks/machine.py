"""What the figures were measured on, without a word about whose machine it is.

`python -m benchmarks.machine` prints what the interpreter that runs it sees, as JSON.
"""

import json
import os
import platform
import re
import subprocess
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

from pipeline import programs

PACKAGES = (
    "torch",
    "pytorch-lightning",
    "transformers",
    "accelerate",
    "x-transformers",
    "python-crfsuite",
    "tokenizers",
    "dvc",
)
BUSY = 0.25
"""Load average for each processor from which a machine is called busy."""


@dataclass(frozen=True)
class Machine:
    """Hardware, system and versions, and how busy they were before the start."""

    processor: str
    processors: int
    """Logical ones that this process may use."""
    vector_width: str
    """The widest vector instructions that torch uses: AVX512."""
    memory_gib: float
    system: str
    python: str
    versions: dict[str, str]
    """Of the packages that are installed."""
    gpu: str | None
    load: float
    """Processes that ran or waited to, on average over the minute before the start."""

    @property
    def is_busy(self) -> bool:
        """Whether something else ran that may show in the figures."""
        return self.load > BUSY * self.processors


def machine_of(interpreter: Path) -> Machine:
    """The machine, and the versions installed for an interpreter.

    Raises:
        ValueError: the interpreter cannot say.
    """
    asked = subprocess.run(
        [interpreter, "-m", "benchmarks.machine"],
        cwd=Path(__file__).parents[1], env=programs.environment(), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    if asked.returncode != 0:
        last = (asked.stderr.strip().splitlines() or ["nothing"])[-1]
        raise ValueError(f"{interpreter} cannot describe itself: it printed {last}")
    return Machine(**json.loads(asked.stdout.splitlines()[-1]))


def observe() -> Machine:
    """What this interpreter sees."""
    load = os.getloadavg()[0]  # before torch, whose import is work too
    import torch

    is_cuda = torch.cuda.is_available()
    return Machine(
        processor=_processor(),
        processors=_processors(),
        vector_width=torch.backends.cpu.get_cpu_capability(),
        memory_gib=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30,
        system=_system(),
        python=platform.python_version(),
        versions=_versions(),
        gpu=torch.cuda.get_device_name() if is_cuda else None,
        load=load,
    )


def _processor() -> str:
    """The model's name; the architecture where the system does not tell it."""
    described = Path("/proc/cpuinfo")
    lines = described.read_text().splitlines() if described.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]} ({platform.machine()})" if names else platform.machine()


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _system() -> str:
    """Distribution and kernel; of the kernel its number alone, whose rest a maker chose freely."""
    number = re.match(r"[\d.]*\d", platform.release())
    kernel = f"{platform.system()} {number[0] if number else ''}".strip()
    if platform.system() != "Linux":
        return kernel
    return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {kernel}"


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


if __name__ == "__main__":
    print(json.dumps(asdict(observe())))
