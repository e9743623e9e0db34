"""Errors of the knowledge room.

KnowledgeError
├── IndexUnavailableError   a file of the index is missing, unreadable or damaged
├── IndexMismatchError      the index was built for another encoder or file format
├── LayWordsError           a lexicon of lay words is damaged
└── EncoderUnavailableError the sentence-transformers model cannot be loaded
"""

from pathlib import Path

REBUILD_COMMAND = "sifra index build"


class KnowledgeError(Exception):
    """Base of everything that this room raises on purpose."""


class IndexUnavailableError(KnowledgeError):
    """A file of the index cannot be used; rebuilding mends it."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}. Run `{REBUILD_COMMAND}` to make a new index.")
        self.path = path
        self.problem = problem


class IndexMismatchError(KnowledgeError):
    """The index is whole, but made for something else than what is running."""

    def __init__(self, field: str, in_index: object, running: object) -> None:
        super().__init__(
            f"The index was built with {field} {in_index}, but {running} is in use. "
            f"Run `{REBUILD_COMMAND}`, or set the encoder that the index was built with."
        )
        self.field = field
        self.in_index = in_index
        self.running = running


class LayWordsError(KnowledgeError):
    """A file that should hold what people say for what is no lexicon."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path} is no lexicon of lay words: {problem}.")
        self.path = path
        self.problem = problem


class EncoderUnavailableError(KnowledgeError):
    """The model folder is missing or broken, or the hub is out of reach."""

    def __init__(self, name_or_path: str, problem: str) -> None:
        super().__init__(f"The encoder {name_or_path} cannot be loaded: {problem}.")
        self.name_or_path = name_or_path
        self.problem = problem
