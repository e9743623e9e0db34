"""What a conversation remembers of cases: the last question, what was shown, what is being asked."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any
from uuid import uuid4

from bot.actions.case_act import Act, Verb
from cases.query import CaseQuery
from cases.query_json import from_json, to_json

SLOT = "case_talk"
MAX_SHOWN = 50
# What is asked about a breach besides the fields of its form.
DRAFT, REASON = "draft", "reason"


@dataclass(frozen=True)
class Pending:
    """An act that something is missing for.

    Attributes:
        pending_id: stands in its buttons, so that those of an earlier one do nothing.
        act: what is known of it.
        wanted: what was asked: `number`, `other`, `person`, `date`, `text`, `category`, `severity`,
            `likelihood`, `reason`, `tell_reporter` or `confirm`.
        person_id: whom the act names, once that is certain.
        tell_reporter: None until answered.
        confirmed: whether a yes was given.
        options: what is offered to choose from: employee ids or case numbers.
        by_reporter: whether a text comes from who reported the case, not from who handles it.
        unsure: whether the message may not have been meant as an act, so that it is confirmed first.
    """

    act: Act
    wanted: str
    pending_id: str = ""
    person_id: str | None = None
    tell_reporter: bool | None = None
    confirmed: bool = False
    options: tuple[str, ...] = ()
    by_reporter: bool = False
    unsure: bool = False

    def renamed(self) -> Pending:
        """The same as a question that is asked now."""
        return replace(self, pending_id=uuid4().hex[:8])


@dataclass(frozen=True)
class BreachTalk:
    """The open question about a breach of personal data.

    Attributes:
        wanted: a field of the form, `draft` while the draft is looked at, or `reason` for a decision.
        breach_id: stands in its buttons, so that those of an earlier question do nothing.
        skipped: fields that were passed over this time.
        decision: what the reason is for.
        left: how many questions there are with this one.
    """

    number: str
    wanted: str
    breach_id: str
    skipped: tuple[str, ...] = ()
    decision: str = ""
    left: int = 0

    @property
    def is_decision(self) -> bool:
        """Whether one of the buttons below the draft is waited for."""
        return self.wanted == DRAFT

    @classmethod
    def new(cls, number: str, wanted: str, skipped: tuple[str, ...]) -> BreachTalk:
        """A question that is asked now."""
        return cls(number, wanted, uuid4().hex[:8], skipped)


@dataclass(frozen=True)
class CaseTalk:
    """What a conversation remembers of cases.

    Attributes:
        query: the last question, for "and last month?".
        offset: of the page that was shown last.
        shown: numbers in the order in which they were listed.
        focus: the case that is spoken of.
        seen: the version of each case that was shown in full.
    """

    query: CaseQuery | None = None
    offset: int = 0
    shown: tuple[str, ...] = ()
    focus: str | None = None
    seen: dict[str, int] = field(default_factory=dict)
    pending: Pending | None = None
    breach: BreachTalk | None = None

    @property
    def is_asking(self) -> bool:
        """Whether a question is open."""
        return self.pending is not None or self.breach is not None

    def as_slot(self) -> dict[str, Any]:
        """JSON for the slot."""
        return {
            "query": to_json(self.query) if self.query else None,
            "offset": self.offset,
            "shown": list(self.shown[:MAX_SHOWN]),
            "focus": self.focus,
            "seen": self.seen,
            "pending": _pending_as_json(self.pending) if self.pending else None,
            "breach": asdict(self.breach) if self.breach else None,
        }

    @classmethod
    def from_slot(cls, data: Any) -> CaseTalk:
        """Read the slot; what cannot be read is forgotten."""
        if not isinstance(data, dict):
            return cls()
        try:
            return cls(
                query=from_json(data["query"]) if data.get("query") is not None else None,
                offset=int(data.get("offset", 0)),
                shown=tuple(data.get("shown", ())),
                focus=data.get("focus"),
                seen=dict(data.get("seen", {})),
                pending=_pending_from_json(data["pending"]) if data.get("pending") else None,
                breach=_breach_from_json(data["breach"]) if data.get("breach") else None,
            )
        except (KeyError, TypeError, ValueError):
            return cls()

    def looking_at(self, number: str, version: int) -> CaseTalk:
        """The same after a case was shown in full."""
        latest = {**self.seen, number: version}
        return replace(self, focus=number, seen=dict(list(latest.items())[-MAX_SHOWN:]))

    def resting(self) -> CaseTalk:
        """The same with no question open."""
        return replace(self, pending=None, breach=None)


def _breach_from_json(data: dict[str, Any]) -> BreachTalk:
    return BreachTalk(**{**data, "skipped": tuple(data.get("skipped", ()))})


def _pending_as_json(pending: Pending) -> dict[str, Any]:
    data = asdict(pending)
    act = data["act"]
    act["date"] = pending.act.date.isoformat() if pending.act.date else None
    act["verb"] = pending.act.verb.value
    return data


def _pending_from_json(data: dict[str, Any]) -> Pending:
    act = dict(data["act"])
    act["verb"] = Verb(act["verb"])
    act["date"] = date.fromisoformat(act["date"]) if act.get("date") else None
    return Pending(**{**data, "act": Act(**act), "options": tuple(data.get("options", ()))})
