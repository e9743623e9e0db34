"""Errors of the index builder.

IndexBuilderError
├── BuildInProgressError  another build holds the lock
├── NothingToIndexError   no usable document was found, so the old index is kept
└── TrainingDataError     a row of the encoder's training data cannot be used
DocumentError             one file is not a usable document; the build reports it and goes on
"""

from pathlib import Path


class IndexBuilderError(Exception):
    """Base of what stops a command."""


class BuildInProgressError(IndexBuilderError):
    """Two builds at once would prune each other's versions."""

    def __init__(self, index_dir: Path) -> None:
        super().__init__(f"Another build is at work in {index_dir}. Wait for it to end and try again.")
        self.index_dir = index_dir


class NothingToIndexError(IndexBuilderError):
    """An empty index would take the answers away from everyone."""

    def __init__(self, source_dirs: list[Path]) -> None:
        folders = ", ".join(str(folder) for folder in source_dirs)
        super().__init__(f"No usable document in {folders}. The old index, if any, is kept.")
        self.source_dirs = source_dirs


class TrainingDataError(IndexBuilderError):
    """The training data is part of the project, so a bad row is a fault to mend, not to skip."""

    def __init__(self, path: Path, line: int, problem: str) -> None:
        super().__init__(f"{path}, line {line}: {problem}")
        self.path = path
        self.line = line


class DocumentError(Exception):
    """A file that cannot become a document; the message is the reason, in words for its owner."""
