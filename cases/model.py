"""Reports as they come in, and cases as they are kept."""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from cases.categories import (
    OPEN_STATUSES,
    SUBTYPES,
    Category,
    Kind,
    Likelihood,
    Risk,
    Severity,
    Status,
    risk_of,
)
from cases.errors import InvalidReportError

MAX_DESCRIPTION_CHARS = 10_000
MAX_LINE_CHARS = 500
MAX_TITLE_CHARS = 80
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_SENTENCE_ENDS = ".!?" + _ELLIPSIS


@dataclass(frozen=True)
class NewReport:
    """A report that its reporter has confirmed. Text is made NFC and stripped on the way in.

    Attributes:
        draft_id: names the draft within its conversation; filing the same draft again changes nothing.
        conversation_id: an open conversation, whose person the reporter is.
        subtype: one of the category's `SUBTYPES`.
        place: where, in the reporter's words.
        occurred_at: aware.
        occurred_text: when, in the reporter's words.
        reporter_id: None for an unknown sender. Never stored for an anonymous report.
        protected: only quality advisers are to see who reported.
        routine_ids: the routines that it seems to concern.

    Raises:
        InvalidReportError: a field is empty, too long, unknown or does not go with another.
    """

    draft_id: str
    conversation_id: str
    channel: str
    kind: Kind
    category: Category
    subtype: str | None
    severity: Severity
    description: str
    unit_id: str | None
    place: str | None
    occurred_at: datetime | None
    occurred_text: str | None
    reporter_id: str | None
    anonymous: bool
    protected: bool = False
    routine_ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, max_chars in (("draft_id", 64), ("conversation_id", 32), ("channel", 32)):
            _check_text(name, getattr(self, name), max_chars)
        for name, members in (("kind", Kind), ("category", Category), ("severity", Severity)):
            object.__setattr__(self, name, _member(name, members, getattr(self, name)))
        if self.subtype is not None and self.subtype not in SUBTYPES[self.category]:
            raise InvalidReportError("subtype", f"not a sub-type of {self.category}")
        if self.occurred_at is not None and self.occurred_at.utcoffset() is None:
            raise InvalidReportError("occurred_at", "has no UTC offset")
        description = clean(self.description)
        _check_text("description", description, MAX_DESCRIPTION_CHARS)
        object.__setattr__(self, "description", description)
        for name in ("place", "occurred_text"):
            text = clean(getattr(self, name) or "")
            if len(text) > MAX_LINE_CHARS:
                raise InvalidReportError(name, f"longer than {MAX_LINE_CHARS} characters")
            object.__setattr__(self, name, text or None)

    @property
    def known_reporter_id(self) -> str | None:
        """The reporter as far as the case may know."""
        return None if self.anonymous else self.reporter_id


@dataclass(frozen=True)
class Measure:
    """Something that is to be done, or was, because of a case. `done_at` is in UTC."""

    text: str
    responsible_id: str | None
    done_at: datetime | None
    deadline: date | None = None


class Speaker(StrEnum):
    """In which part somebody wrote a comment."""

    REPORTER = "reporter"
    HANDLER = "handler"


@dataclass(frozen=True)
class Comment:
    """Something that was written about a case.

    Attributes:
        author_id: None when the reporter is anonymous or unknown.
        internal: not for the reporter.
        at: UTC.
    """

    author_id: str | None
    speaker: Speaker
    internal: bool
    text: str
    at: datetime


@dataclass(frozen=True)
class Case:
    """A case in the register. Moments are in UTC.

    Attributes:
        number: `YYYY-NNNNN`, gapless within the year in which it was reported, Norwegian time.
        origin: keyed hash of the conversation that it was filed in (`organisation.origin`), for rights and
            follow-up; it names nobody to those without the key.
        reporter_id: None when anonymous or unknown, or hidden from who reads it.
        protected: only quality advisers see who reported.
        sensitive: seen by fewer, see `cases.policy`.
        due_date: the last day in time, Norwegian time.
        reported_on: the day of `reported_at` in Norway.
        responded_at: when a handler first did something.
        routine_ids: the routines that the case concerns.
        merged_into: the case that goes on in this one's place.
        version: 1 when filed, one more with each change.
        involved_ids: people whom the case is about; they never handle it.
    """

    number: str
    origin: str | None
    draft_id: str | None
    channel: str
    kind: Kind
    category: Category
    subtype: str | None
    severity: Severity
    status: Status
    title: str
    description: str
    unit_id: str | None
    place: str | None
    occurred_at: datetime | None
    occurred_text: str | None
    reporter_id: str | None
    anonymous: bool
    assignee_id: str | None
    due_date: date
    reported_at: datetime
    reported_on: date
    closed_at: datetime | None = None
    closing_note: str | None = None
    likelihood: Likelihood | None = None
    protected: bool = False
    sensitive: bool = False
    responded_at: datetime | None = None
    merged_into: str | None = None
    anonymised_at: datetime | None = None
    version: int = 1
    measures: tuple[Measure, ...] = ()
    routine_ids: tuple[str, ...] = ()
    watcher_ids: frozenset[str] = frozenset()
    involved_ids: frozenset[str] = frozenset()

    @property
    def is_open(self) -> bool:
        """Whether someone still has to handle it."""
        return self.status in OPEN_STATUSES

    @property
    def risk(self) -> Risk | None:
        """Severity and likelihood together; None until somebody has judged the likelihood."""
        return risk_of(self.severity, self.likelihood)

    def is_overdue(self, today: date) -> bool:
        """Whether it is open after its last day in time. `today` is the date in Norway."""
        return self.is_open and self.due_date < today


@dataclass(frozen=True)
class CasePage:
    """A part of a list, and how many the whole list has."""

    cases: tuple[Case, ...]
    total: int


def title_from(description: str) -> str:
    """The first sentence, cut at a word to at most 80 characters with an ellipsis.

    A point ends a sentence only before a capital letter, so that a time, a date or an
    abbreviation does not.
    """
    line = description.strip().splitlines()[0] if description.strip() else ""
    sentence = " ".join(line.split())
    for index, char in enumerate(sentence[:-2]):
        if char in _SENTENCE_ENDS and sentence[index + 1] == " " and sentence[index + 2].isupper():
            sentence = sentence[: index + 1]
            break
    title = sentence.rstrip("." + _ELLIPSIS).rstrip() or sentence
    if len(title) <= MAX_TITLE_CHARS:
        return title
    cut = title[: MAX_TITLE_CHARS - 1]
    if title[len(cut)] != " " and " " in cut:
        cut = cut[: cut.rindex(" ")]
    return cut.rstrip(" ,;:-.") + _ELLIPSIS


def clean(text: str) -> str:
    """Text as it is kept: NFC, stripped, without what a database cannot hold."""
    # PostgreSQL cannot hold U+0000, and a lone surrogate is no Unicode text: neither may lose a report.
    valid = text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", valid).strip()


def _check_text(field: str, text: str, max_chars: int) -> None:
    if not any(char.isalnum() for char in text):
        raise InvalidReportError(field, "is empty")
    if len(text) > max_chars:
        raise InvalidReportError(field, f"longer than {max_chars} characters")


def _member(field: str, members: type[StrEnum], value: str) -> StrEnum:
    try:
        return members(value)
    except ValueError as error:
        raise InvalidReportError(field, "is unknown") from error
