"""A report while it is being written: what is known, and what is still to be asked."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from bot.actions.message import Entity, UserMessage
from cases.categories import SUBTYPES, Category, Severity

# Below this the category is asked instead of proposed: above one half it is likelier than all others
# together. A judgement, not yet calibrated.
SURE_ENOUGH = 0.5
MAX_TEXT_CHARS = 9_500
MAX_PLACE_CHARS = 200
# A description needs so many letters: "ok", a number or a row of emoji tells of no event.
MIN_LETTERS = 3
# Questions in the order in which they are asked.
UNIT = "unit"  # the kindergarten is where it happened, when nothing nearer is named
TEXT, CATEGORY, PLACE, TIME, CONFIRM = "text", "category", "place", "time", "confirm"
CHANGE, SEVERITY = "change", "severity"
CATEGORIES = tuple(category.value for category in Category)
SEVERITIES = tuple(severity.value for severity in Severity)
VAGUE_GRAINS = ("week", "month")
TIME_LABELS = ("time", "period", "date")


@dataclass(frozen=True)
class ReportDraft:
    """An unsent report.

    Attributes:
        draft_id: names it for good; filing it twice gives one case.
        asking: the question that is open.
        text: what happened, in the reporter's words.
        kind: deviation or improvement.
        category: chosen or proposed id; None until known.
        confidence: of a proposed category, 0 to 1; None when the reporter chose it.
        subtypes: category → likeliest sub-type.
        ranking: all categories, likeliest first.
        place: the reporter's words.
        time: words plus, when they could be read, `begins`, `ends` and `grain`.
        skipped: questions that the reporter did not want to answer.
        protected: the name is for the quality advisers only.
    """

    draft_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    asking: str = TEXT
    text: str = ""
    kind: str = "deviation"
    category: str | None = None
    confidence: float | None = None
    severity: str = "middels"
    subtypes: dict[str, str] = field(default_factory=dict)
    ranking: tuple[str, ...] = CATEGORIES
    place: str | None = None
    time: dict[str, str] | None = None
    skipped: tuple[str, ...] = ()
    anonymous: bool = False
    protected: bool = False
    outcome: str | None = None

    @classmethod
    def from_slot(cls, value: dict[str, Any] | None) -> ReportDraft | None:
        """Read what `as_slot` wrote; None when no report is open."""
        if not isinstance(value, dict):
            return None
        return cls(**{**value, "ranking": tuple(value["ranking"]), "skipped": tuple(value["skipped"])})

    def as_slot(self) -> dict[str, Any]:
        """Return plain JSON for the tracker."""
        return asdict(self)

    @property
    def subtype(self) -> str | None:
        """The likeliest sub-type of the category that is chosen."""
        return self.subtypes.get(self.category or "")


def next_question(draft: ReportDraft) -> str:
    """Return the first thing that is missing, or the confirmation."""
    known = {
        TEXT: bool(draft.text),
        CATEGORY: draft.category is not None,
        PLACE: draft.place is not None or draft.kind == "improvement",
        TIME: draft.time is not None or draft.kind == "improvement",
    }
    return next((name for name, have in known.items() if not have and name not in draft.skipped), CONFIRM)


def ask_next(draft: ReportDraft) -> ReportDraft:
    """Return the draft with its next question open."""
    return replace(draft, asking=next_question(draft))


def described_by(draft: ReportDraft, message: UserMessage) -> ReportDraft:
    """Take the event from a message: its words, and what they tell of kind, category, place and time.

    A message that tells nothing leaves the draft as it is.
    """
    if not tells_something(message.text):
        return draft
    draft = replace(draft, text=message.text[:MAX_TEXT_CHARS])
    draft = with_details(assessed(draft, message.deviation), message, overwrite=False)
    return ask_next(draft)


def tells_something(text: str) -> bool:
    """Tell whether a text has words enough to be a description."""
    return sum(char.isalpha() for char in text[:MAX_TEXT_CHARS]) >= MIN_LETTERS


def assessed(draft: ReportDraft, deviation: dict[str, Any] | None) -> ReportDraft:
    """Take over the classifier's reading; a category below `SURE_ENOUGH` is left to be asked."""
    if not deviation:
        return draft
    ranked = deviation["categories"]
    top = ranked[0]
    sure = top["confidence"] >= SURE_ENOUGH
    kind = draft.kind if draft.kind == "improvement" else deviation["kind"]["name"]
    return replace(
        draft,
        kind=kind,
        category=top["name"] if sure else None,
        confidence=float(top["confidence"]) if sure else None,
        severity="lav" if kind == "improvement" else deviation["severity"]["name"],
        subtypes={
            item["name"]: item["subtype"]
            for item in ranked
            if item["subtype"] in SUBTYPES.get(item["name"], ())
        },
        ranking=tuple(item["name"] for item in ranked),
    )


def with_details(draft: ReportDraft, message: UserMessage, *, overwrite: bool) -> ReportDraft:
    """Take place and time from a message's entities.

    Args:
        overwrite: replace what is known (a correction), or only fill what is missing (an addition).
    """
    place = place_in(message)
    if place is None and draft.place is None:
        place = _joined(message, UNIT)
    time = time_in(message)
    if place and (overwrite or draft.place is None):
        draft = replace(draft, place=place)
    if time and (overwrite or draft.time is None):
        draft = replace(draft, time=time)
    return draft


def place_in(message: UserMessage) -> str | None:
    """Join the places of a message: "rom 12" and "Solbakken" are one place."""
    return _joined(message, PLACE)


def time_in(message: UserMessage) -> dict[str, str] | None:
    """Return the time of the event: the first that could be read, else the first that was only seen.

    Weeks and months come after days and hours: "I mars byttet vi seil, og i natt røk det" tells of the night.
    What is still to come ("neste mandag") is no time of an event.
    """
    now = datetime.now(UTC)
    times = [
        entity for entity in message.entities if entity.label in TIME_LABELS and not _is_to_come(entity, now)
    ]
    if not times:
        return None
    best = min(times, key=_vagueness)
    return {"text": best.value[:MAX_PLACE_CHARS], **(best.resolved or {})}


def _joined(message: UserMessage, label: str) -> str | None:
    values = dict.fromkeys(entity.value.strip() for entity in message.entities if entity.label == label)
    return ", ".join(values)[:MAX_PLACE_CHARS] or None


def _is_to_come(time: Entity, now: datetime) -> bool:
    return time.resolved is not None and datetime.fromisoformat(time.resolved["begins"]) > now


def _vagueness(time: Entity) -> int:
    if time.resolved is None:
        return len(VAGUE_GRAINS) + 1
    grain = time.resolved["grain"]
    return VAGUE_GRAINS.index(grain) + 1 if grain in VAGUE_GRAINS else 0
