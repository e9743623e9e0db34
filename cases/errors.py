"""What can go wrong with cases.

CaseError
├── InvalidReportError       field, reason: the report cannot be filed as it is
├── CaseNotFoundError        number: there is none, or the asker may not see it; never told apart
├── NotALeaderError          the asker has no unit's cases to list
├── CaseImportError          row, reason: a line of an import file is wrong
├── RegisterFileError        problems: an exported register cannot be taken in, nothing of it was
├── StillNeededError         employee_id: the person's name is still needed
├── UnknownLabelError        kind, key, language: `labels.yml` does not have it
└── HandlingError            number: the case cannot be changed so
    ├── NotAllowedError      the asker may see it, but not do this
    ├── WrongStatusError     status: not possible in this status
    ├── ChangedMeanwhileError  events: others changed it since the asker saw it
    ├── ReasonMissingError   wants a reason
    ├── TextMissingError     wants a text
    ├── PastDeadlineError    due: the day is gone by
    ├── UnknownHandlerError  employee_id: nobody active has it
    ├── InvolvedHandlerError employee_id: the case is about that person
    ├── NoSuchMeasureError   position: the case has no such open measure
    ├── NotABreachError      it is not about information security
    ├── CannotMergeError     other: the same case, or one that is merged already
    └── NothingToUndoError   nothing that the asker did lately can be undone
"""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from cases.categories import Status

if TYPE_CHECKING:
    from cases.history import Event


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


class RegisterFileError(CaseError):
    """An exported register cannot be taken in; `problems` are sentences without what people wrote."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class StillNeededError(CaseError):
    """A name cannot be taken away: the person works here, is unknown, or is named in cases that are kept."""

    def __init__(self, employee_id: str) -> None:
        super().__init__(f"the name of {employee_id} is still needed")
        self.employee_id = employee_id


class UnknownLabelError(CaseError):
    """There is no label for this id in this language."""

    def __init__(self, kind: str, key: str, language: str) -> None:
        super().__init__(f"no label for {kind} {key} in {language}")
        self.kind = kind
        self.key = key
        self.language = language


class HandlingError(CaseError):
    """A case cannot be changed as somebody wants."""

    def __init__(self, number: str, problem: str) -> None:
        super().__init__(f"case {number}: {problem}")
        self.number = number


class NotAllowedError(HandlingError):
    """The asker may see the case, but not do this with it."""

    def __init__(self, number: str) -> None:
        super().__init__(number, "not allowed")


class WrongStatusError(HandlingError):
    """What is wanted is not possible in the case's status."""

    def __init__(self, number: str, status: Status) -> None:
        super().__init__(number, f"not possible while {status}")
        self.status = status


class ChangedMeanwhileError(HandlingError):
    """Others changed the case since the asker saw it; `events` are those changes, oldest first."""

    def __init__(self, number: str, version: int, events: Sequence["Event"]) -> None:
        super().__init__(number, "was changed by someone else")
        self.version = version
        self.events = tuple(events)


class ReasonMissingError(HandlingError):
    """The change needs a reason."""

    def __init__(self, number: str) -> None:
        super().__init__(number, "a reason is missing")


class TextMissingError(HandlingError):
    """The change needs a text, or the text is too long."""

    def __init__(self, number: str) -> None:
        super().__init__(number, "a text is missing or too long")


class PastDeadlineError(HandlingError):
    """A deadline is a day gone by."""

    def __init__(self, number: str, due: date) -> None:
        super().__init__(number, "the deadline is in the past")
        self.due = due


class UnknownHandlerError(HandlingError):
    """Nobody active has this id."""

    def __init__(self, number: str, employee_id: str) -> None:
        super().__init__(number, f"nobody active has the id {employee_id}")
        self.employee_id = employee_id


class InvolvedHandlerError(HandlingError):
    """The case is about the person who should handle it."""

    def __init__(self, number: str, employee_id: str) -> None:
        super().__init__(number, "the case is about that person")
        self.employee_id = employee_id


class NoSuchMeasureError(HandlingError):
    """The case has no open measure at this place; the first is 1, None when it was not said which."""

    def __init__(self, number: str, position: int | None) -> None:
        super().__init__(number, "no such measure")
        self.position = position


class NotABreachError(HandlingError):
    """The case is not about information security."""

    def __init__(self, number: str) -> None:
        super().__init__(number, "is not about information security")


class CannotMergeError(HandlingError):
    """A case cannot be merged into that other one."""

    def __init__(self, number: str, other: str) -> None:
        super().__init__(number, f"cannot be merged into {other}")
        self.other = other


class NothingToUndoError(CaseError):
    """Nothing that the asker did lately can be undone."""
