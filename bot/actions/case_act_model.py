"""What a handler wants done with a case, as data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

# Stands for the sender where a person is named.
ME = "me"


class Verb(StrEnum):
    """The acts that the case register knows."""

    TAKE = "take"
    ASSIGN = "assign"
    DEADLINE = "deadline"
    MEASURE = "measure"
    MEASURE_DONE = "measure_done"
    COMMENT = "comment"
    NOTE = "note"
    CATEGORY = "category"
    SEVERITY = "severity"
    LIKELIHOOD = "likelihood"
    MERGE = "merge"
    CLOSE = "close"
    REJECT = "reject"
    REOPEN = "reopen"
    SENSITIVE = "sensitive"
    NOT_SENSITIVE = "not_sensitive"
    WATCH = "watch"
    UNWATCH = "unwatch"
    INVOLVE = "involve"
    UNDO = "undo"


@dataclass(frozen=True)
class Act:
    """One act. What the message does not tell is None.

    Attributes:
        number: `YYYY-NNNNN`; None for "den" and "saken".
        ordinal: of a case in the list shown last, or with `MEASURE_DONE` of the measure; 1 is the first,
            -1 the last.
        other: of `MERGE`, the case that `number` becomes a part of.
        person: the name as typed, `ME` for the sender.
        date: of a deadline. May lie in the past: the register refuses it.
        text: of a measure, comment or note, as typed.
        reason: as typed.
        category: an id; also that of `subtype`.
        likelihood: sjelden, mulig, sannsynlig or hyppig.
    """

    verb: Verb
    number: str | None = None
    ordinal: int | None = None
    other: str | None = None
    person: str | None = None
    date: date | None = None
    text: str | None = None
    reason: str | None = None
    category: str | None = None
    subtype: str | None = None
    severity: str | None = None
    likelihood: str | None = None


@dataclass(frozen=True)
class Reply:
    """The answer to one question about an act.

    Attributes:
        cancelled: the sender wants nothing done.
        yes: of a question for yes or no; None when it was neither.
        understood: whether it answers the question.

    The others are as in `Act`; only what was asked for is filled in, and the sub-type's category.
    """

    cancelled: bool = False
    yes: bool | None = None
    number: str | None = None
    ordinal: int | None = None
    other: str | None = None
    person: str | None = None
    date: date | None = None
    text: str | None = None
    reason: str | None = None
    category: str | None = None
    subtype: str | None = None
    severity: str | None = None
    likelihood: str | None = None

    @property
    def understood(self) -> bool:
        """Whether it says anything."""
        return self != Reply()
