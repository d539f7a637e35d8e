"""What rounding depends on beside the inputs: versions and machine."""

import importlib.metadata
import platform
import re
from collections.abc import Mapping
from pathlib import Path

from pipeline.recording.changes import NONE
from pipeline.recording.hashes import Part


class Environment(Part):
    """What rounding depends on beside the inputs."""

    machine: dict[str, str]
    """python, system, processor, vector_width, device, threads; fonts, where pictures used some."""
    packages: dict[str, str]
    """Installed versions of what requirements.lock names."""

    def differences(self, other: "Environment") -> dict[str, tuple[str, str]]:
        """What is not the same, by name: here and there."""
        ours, theirs = self.machine | self.packages, other.machine | other.packages
        return {
            name: (ours.get(name, "none"), theirs.get(name, "none"))
            for name in sorted(ours.keys() | theirs.keys())
            if ours.get(name) != theirs.get(name)
        }


def environment_here(lock: Path, arithmetic: Mapping[str, str]) -> Environment:
    """The environment of this process; `arithmetic` is what its caller, with torch, knows of it."""
    machine = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        **arithmetic,
    }
    return Environment(machine=machine, packages=installed_versions(lock))


def installed_versions(lock: Path) -> dict[str, str]:
    """The installed version of each package that a lock file pins; "none" where it is missing."""
    versions = {}
    for name in pinned_versions(lock):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = NONE
    return versions


def pinned_versions(lock: Path) -> dict[str, str]:
    """The version that a lock file pins, by package."""
    return dict(re.findall(r"(?m)^([A-Za-z0-9._-]+)==([^\s;]+)", lock.read_text(encoding="utf-8")))


def released(version: str) -> str:
    """2.13.0+cpu -> 2.13.0: a lock file does not pin for which processor it was built."""
    return version.partition("+")[0]


def processor() -> str:
    """The processor's model as Linux names it, else what the platform module knows."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.processor() or platform.machine() or NONE
