"""Messages, a routine search and a conversation, as the actions of `bot/actions` meet them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from domain_texts import render
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.message import Entity, UserMessage
from bot.actions.report_draft import CATEGORIES, CONFIRM, ReportDraft
from knowledge.documents import Document, Section
from knowledge.errors import IndexUnavailableError
from knowledge.reader import ANYONE, Reader
from knowledge.tables import RoutineFeedbackRow

NOW = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
YESTERDAY = {
    "begins": "2026-11-19T00:00:00+01:00",
    "ends": "2026-11-20T00:00:00+01:00",
    "grain": "day",
}
JUST_NOW = {
    "begins": "2026-11-20T07:12:00+01:00",
    "ends": "2026-11-20T07:12:00+01:00",
    "grain": "minute",
}
RICH_TEXT = "I går skled jeg på isen utenfor Nes skole og slo håndleddet"


def deviation(
    category: str = "hms",
    confidence: float = 0.9,
    subtype: str = "personskade",
    kind: str = "deviation",
    severity: str = "middels",
) -> dict[str, Any]:
    """What `DeviationClassifier` writes."""
    others = [name for name in CATEGORIES if name != category]
    ranked = [{"name": category, "confidence": confidence, "subtype": subtype}]
    ranked += [{"name": name, "confidence": 0.01, "subtype": ""} for name in others]
    return {
        "categories": ranked,
        "kind": {"name": kind, "confidence": 0.9},
        "severity": {"name": severity, "confidence": 0.9},
    }


def typed(
    text: str,
    intent: str | None = None,
    *entities: Entity,
    confidence: float = 0.95,
    assessment: dict[str, Any] | None = None,
) -> UserMessage:
    """A message from the keyboard."""
    return UserMessage(text, intent, confidence, entities, assessment)


def pressed(intent: str = "button", **values: str) -> UserMessage:
    """A button."""
    return UserMessage("", intent, 1.0, button=values)


def place(value: str) -> Entity:
    return Entity("place", value)


def time(value: str, resolved: dict[str, str] | None = YESTERDAY) -> Entity:
    return Entity("time", value, resolved)


def rich_message() -> UserMessage:
    """A message that tells everything."""
    return typed(
        RICH_TEXT,
        "report_deviation",
        time("I går"),
        place("utenfor Nes skole"),
        assessment=deviation(),
    )


def complete_draft(**changes: Any) -> ReportDraft:
    """A draft that awaits its confirmation."""
    draft = ReportDraft(
        asking=CONFIRM,
        text=RICH_TEXT,
        category="hms",
        confidence=0.9,
        subtypes={"hms": "personskade", "tjeneste": "legemiddel"},
        place="utenfor Nes skole",
        time={"text": "I går", **YESTERDAY},
    )
    return replace(draft, **changes)


@dataclass(frozen=True)
class FakeHit:
    """What the actions read of `knowledge.search.Hit`."""

    document: Document
    section: Section
    score: float = 0.8
    highlights: tuple[tuple[int, int], ...] = ()

    @property
    def title(self) -> str:
        return self.document.title

    @property
    def heading(self) -> str:
        return self.section.heading

    @property
    def anchor(self) -> str:
        return self.section.anchor

    @property
    def passage(self) -> str:
        return self.section.passage


@dataclass(frozen=True)
class FakeAnswer:
    """What the actions read of `knowledge.search.Answer`."""

    found: bool
    confidence: float
    hits: tuple[FakeHit, ...]


class FakeRoutines:
    """A search that answers what it is told to, and remembers what it was asked.

    Attributes:
        hit: the best one; None for none at all.
        others: further ones.
        confidence: of the answer; below one half it is none.
    """

    def __init__(self, hit: FakeHit | None = None) -> None:
        self.hit = hit
        self.others: tuple[FakeHit, ...] = ()
        self.confidence = 0.9
        self.is_down = False
        self.queries: list[str] = []
        self.days: list[date | None] = []

    def title(self, document_id: str) -> str:
        return self.hit.title if self.hit is not None and self.hit.document.id == document_id else ""

    def answer(self, query: str, *, reader: Reader = ANYONE, on: date | None = None) -> FakeAnswer:
        self.queries.append(query)
        self.days.append(on)
        if self.is_down:
            raise IndexUnavailableError(Path("index"), "it is gone")
        hits = tuple(
            hit
            for hit in (self.hit, *self.others)
            if hit and reader.may_read(hit.document) and (on is None or hit.document.in_force(on))
        )
        confidence = self.confidence if hits else 0.0
        return FakeAnswer(confidence >= 0.5, confidence, hits)


def routine_hit(**changes: Any) -> FakeHit:
    """A routine with everything that a card can show."""
    document = Document(
        id="FJO-HMS-004",
        title="Fall og glatte veier",
        owner="HR-leder",
        version="2.0",
        valid_from=date(2025, 1, 1),
        review_by=date(2026, 6, 30),
        language="nb",
        categories=("hms",),
        tags=(),
        unit="KD",
        source="shared",
        shared_by="Havnes kommune",
        licence="CC BY 4.0",
        example_questions=(),
        body_markdown="",
        sections=(),
    )
    section = Section("Slik gjør du", ("Slik gjør du",), "slik-gjor-du", "1. Strø.\n2. Meld fra.", True)
    return FakeHit(replace(document, **changes), section)


def local_hit(document_id: str, title: str, **changes: Any) -> FakeHit:
    """A routine of the municipality itself, in time."""
    plain = {"review_by": None, "source": "local", "shared_by": None, "licence": None}
    return routine_hit(id=document_id, title=title, **{**plain, **changes})


@dataclass(frozen=True)
class Said:
    """What a run of an action gave.

    Attributes:
        keys: the response keys, in order.
        messages: what `CollectingDispatcher` holds.
        events: what the action returned.
        rendered: each message as Rasa would render it from domain.yml, in both written forms.
    """

    keys: list[str]
    messages: list[dict[str, Any]]
    events: list[dict[str, Any]]
    rendered: list[dict[str, dict[str, Any]]]

    def variables(self, key: str) -> dict[str, Any]:
        """The variables of the first utterance of a response."""
        return next(message for message in self.messages if message["response"] == key)

    def button(self, title: str) -> dict[str, str]:
        """The first button whose title begins so."""
        buttons = (button for message in self.messages for button in message["buttons"])
        return next(button for button in buttons if button["title"].startswith(title))

    @property
    def titles(self) -> list[str]:
        """The titles of all buttons that the actions themselves add."""
        return [button["title"] for message in self.messages for button in message["buttons"]]


@dataclass
class Talk:
    """A conversation: the tracker that Rasa would send along, and what the actions do to it."""

    conversation_id: str
    language: str | None = None
    slots: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    latest_message: dict[str, Any] = field(default_factory=dict)
    heard: Callable[[str], None] = lambda _key: None

    def hears(self, message: UserMessage, *personal_data: tuple[int, int]) -> "Talk":
        """Take a message as Rasa's language understanding would leave it.

        Args:
            personal_data: begin and end of each piece of personal data in the text.
        """
        text = message.text
        entities: list[dict[str, Any]] = [
            {"entity": item.label, "value": item.value, "start": 0, "end": 1}
            | ({"resolved": item.resolved} if item.resolved else {})
            for item in message.entities
        ]
        if message.is_button:
            text = f"/{message.intent}{json.dumps(message.button)}"
            entities = [{"entity": key, "value": value} for key, value in message.button.items()]
        data = {
            "text": text,
            "intent": {"name": message.intent, "confidence": message.confidence},
            "entities": entities,
        }
        if message.deviation is not None:
            data["deviation"] = message.deviation
        if not message.is_button:
            data["personal_data"] = [{"type": "name", "start": b, "end": e} for b, e in personal_data]
        message_id = f"web:{self.conversation_id}:{len(self.events)}"
        self.latest_message = {**data, "message_id": message_id}
        self.events.append({"event": "user", "text": text, "message_id": message_id, "parse_data": data})
        return self

    def presses(self, button: dict[str, str]) -> "Talk":
        """Take the payload of a button as Rasa reads it."""
        intent, brace, values = button["payload"].removeprefix("/").partition("{")
        return self.hears(pressed(intent, **(json.loads(brace + values) if brace else {})))

    def tracker(self) -> Tracker:
        slots = {"language": self.language, "report": None, "report_reply": None, "requested_slot": None}
        slots |= {"case_talk": None, "case_reply": None}
        return Tracker(
            self.conversation_id,
            {**slots, **self.slots},
            self.latest_message,
            list(self.events),
            False,
            None,
            {},
            "action_listen",
        )

    def runs(self, action: Action) -> Said:
        """Run an action and apply its events; what it says must render, in both written forms."""
        dispatcher = CollectingDispatcher()
        events = json.loads(json.dumps(action.run(dispatcher, self.tracker(), {})))
        for event in events:
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
        messages = json.loads(json.dumps(dispatcher.messages))
        self.events += [{"event": "bot", "data": {"buttons": message["buttons"]}} for message in messages]
        keys = [message["response"] for message in messages]
        for key in keys:
            self.heard(key)
        return Said(keys, messages, events, [render(message) for message in messages])

    @property
    def draft(self) -> ReportDraft | None:
        return ReportDraft.from_slot(self.slots.get("report"))


def slot_values(events: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The slots that events set."""
    return {event["name"]: event["value"] for event in events if event["event"] == "slot"}


def ask(talk: Talk, text: str = "hvem strør?", *personal_data: tuple[int, int]) -> Talk:
    """Take a question about a routine."""
    return talk.hears(typed(text, "ask_routine"), *personal_data)


Opener = Callable[..., Talk]
Stored = Callable[[], list[RoutineFeedbackRow]]


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.moment = NOW

    def __call__(self) -> datetime:
        return self.moment

    def passes(self, time: timedelta) -> None:
        self.moment += time
