"""Errors of language understanding.

NluError
└── ModelFileError    a model or data file is missing, damaged or of another shape
"""

from __future__ import annotations

from pathlib import Path


class NluError(Exception):
    """Base of all errors raised in `nlu.core`."""


class ModelFileError(NluError):
    """A file that a component needs cannot be used.

    Attributes:
        path: the file.
        reason: what is wrong with it, in one clause.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason
