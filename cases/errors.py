"""What can go wrong with cases.

CaseError
├── InvalidReportError    field, reason: the report cannot be filed as it is
├── CaseNotFoundError     number: there is none, or the asker may not see it; never told apart
├── NotALeaderError       the asker has no unit's cases to list
├── CaseImportError       row, reason: a line of an import file is wrong
└── UnknownLabelError     kind, key, language: `labels.yml` does not have it
"""


class CaseError(Exception):
    """Base of the errors of this room."""


class InvalidReportError(CaseError):
    """A report cannot be filed; `field` names the attribute of `NewReport`."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class CaseNotFoundError(CaseError):
    """There is no such case, as far as the asker may know."""

    def __init__(self, number: str) -> None:
        super().__init__(f"no case {number}")
        self.number = number


class NotALeaderError(CaseError):
    """The asker has no role that gives a list of others' cases."""


class CaseImportError(CaseError):
    """A line of an import file is wrong; the first line is 1."""

    def __init__(self, row: int, reason: str) -> None:
        super().__init__(f"row {row}: {reason}")
        self.row = row
        self.reason = reason


class UnknownLabelError(CaseError):
    """There is no label for this id in this language."""

    def __init__(self, kind: str, key: str, language: str) -> None:
        super().__init__(f"no label for {kind} {key} in {language}")
        self.kind = kind
        self.key = key
        self.language = language
