"""Messages, a routine search and a conversation, as the actions of `bot/actions` meet them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from domain_texts import render
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.message import Entity, UserMessage
from bot.actions.report_draft import CATEGORIES, CONFIRM, ReportDraft
from knowledge.documents import Document, Section
from knowledge.errors import IndexUnavailableError
from knowledge.search import Hit

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


class FakeRoutines:
    """A search that answers what it is told to, and remembers what it was asked."""

    def __init__(self, hit: Hit | None = None) -> None:
        self.hit = hit
        self.is_down = False
        self.queries: list[str] = []

    def answer(self, query: str) -> Hit | None:
        self.queries.append(query)
        if self.is_down:
            raise IndexUnavailableError(Path("index"), "it is gone")
        return self.hit


def routine_hit(**changes: Any) -> Hit:
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
    return Hit(0.8, replace(document, **changes), section)


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


@dataclass
class Talk:
    """A conversation: the tracker that Rasa would send along, and what the actions do to it."""

    conversation_id: str
    language: str | None = None
    slots: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    latest_message: dict[str, Any] = field(default_factory=dict)
    heard: Callable[[str], None] = lambda _key: None

    def hears(self, message: UserMessage) -> "Talk":
        """Take a message as Rasa's language understanding would leave it."""
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
        self.latest_message = data
        self.events.append({"event": "user", "text": text, "parse_data": data})
        return self

    def tracker(self) -> Tracker:
        slots = {"language": self.language, "report": None, "report_reply": None, "requested_slot": None}
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


Opener = Callable[..., Talk]
