"""Which set-up steps are already done for exactly these inputs.

A step's fingerprint is a SHA-256 over the contents of its input files and the versions it names. Reading all
inputs at every start would take longer than the start itself, so a file's hash is remembered with its
modification time and size and computed again only when one of those has changed.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

_SKIPPED_FOLDERS = {"__pycache__"}


@dataclass(frozen=True)
class Inputs:
    """What a step depends on.

    Attributes:
        paths: files, or folders taken with everything below; one that is missing counts as empty.
        versions: any text that must not change, such as package versions or a model name.
        without: folders below `paths` that do not count.
    """

    paths: tuple[Path, ...] = ()
    versions: tuple[str, ...] = ()
    without: tuple[Path, ...] = ()


class _KnownFile(TypedDict):
    mtime_ns: int
    size: int
    sha256: str


class FingerprintStore:
    """`fingerprints.json`: the fingerprint with which each step was last completed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._steps: dict[str, str] = {}
        self._files: dict[str, _KnownFile] = {}
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            self._steps, self._files = dict(stored["steps"]), dict(stored["files"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            # An unreadable file only means that the steps run again.
            pass

    def fingerprint(self, inputs: Inputs) -> str:
        """Compute the SHA-256 (hex) of the inputs as they are now."""
        total = hashlib.sha256()
        for version in inputs.versions:
            total.update(f"version {version}\n".encode())
        for position, path in enumerate(inputs.paths):
            for file in _files_below(path, inputs.without):
                name = file.relative_to(path).as_posix()
                total.update(f"{position} {name} {self._sha256(file)}\n".encode())
        return total.hexdigest()

    def is_current(self, step: str, inputs: Inputs) -> bool:
        """Tell whether the step was completed with these inputs."""
        return self._steps.get(step) == self.fingerprint(inputs)

    def record(self, step: str, fingerprint: str) -> None:
        """Remember a completed step.

        Args:
            fingerprint: computed before the step ran, so that an input edited meanwhile is not missed.
        """
        self._steps[step] = fingerprint
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_suffix(".new")
        beside.write_text(json.dumps({"steps": self._steps, "files": self._files}), encoding="utf-8")
        beside.replace(self._path)

    def _sha256(self, file: Path) -> str:
        stat = file.stat()
        known = self._files.get(str(file))
        if known and known["mtime_ns"] == stat.st_mtime_ns and known["size"] == stat.st_size:
            return known["sha256"]
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        self._files[str(file)] = {"mtime_ns": stat.st_mtime_ns, "size": stat.st_size, "sha256": digest}
        return digest


def _files_below(path: Path, without: tuple[Path, ...]) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir() and path not in without and path.name not in _SKIPPED_FOLDERS:
        for child in sorted(path.iterdir()):
            yield from _files_below(child, without)
