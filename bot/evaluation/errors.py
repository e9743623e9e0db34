"""Errors of the evaluation.

QuestionSetError  a row of a set of questions cannot be read
"""

from pathlib import Path


class QuestionSetError(Exception):
    """A set is part of the project, so a bad row is a fault to mend, not to skip."""

    def __init__(self, path: Path, line: int) -> None:
        super().__init__(f"{path}, line {line}: not a question with its label")
        self.path = path
        self.line = line
