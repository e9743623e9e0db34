"""Turns about cases, run as Rasa's rules and its form run them."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from bot_fakes import Said, Talk, typed
from domain_texts import texts
from rasa_sdk import Action

from bot.actions.case_act_actions import (
    CASE_FORM,
    ActionActOnCase,
    ActionAskCaseReply,
    ActionRest,
    ActionShowCases,
    ValidateCaseForm,
)
from bot.actions.case_talk import CaseTalk
from bot.actions.fallback_actions import ActionOfferReadings
from bot.actions.message import Entity, UserMessage
from bot.actions.open_actions import ActionCancel, ActionCorrect
from bot.actions.question_actions import ActionAnswerQuestion
from bot.actions.subscription_actions import ActionSubscribe
from nlu.server.replies import reply_of

RULES: dict[str, type[Action]] = {
    "query_cases": ActionShowCases,
    "statistics": ActionShowCases,
    "act_on_case": ActionActOnCase,
    "subscribe_updates": ActionSubscribe,
    "cancel": ActionCancel,
    "correct_field": ActionCorrect,
    "nlu_fallback": ActionOfferReadings,
    "ask_routine": ActionAnswerQuestion,
}
_NUMBER = re.compile(r"\b20\d\d-\d{5}\b")


@dataclass
class Turns:
    """A conversation about cases.

    Attributes:
        is_open: whether `case_form` waits for an answer.
    """

    talk: Talk
    is_open: bool = False
    heard: list[str] = field(default_factory=list)

    @property
    def memory(self) -> CaseTalk:
        return CaseTalk.from_slot(self.talk.slots.get("case_talk"))

    @property
    def is_reporting(self) -> bool:
        """Whether the report's form was opened."""
        return any(event.get("name") == "report_form" for event in self.events)

    events: list[dict[str, Any]] = field(default_factory=list)

    def asks(self, text: str, intent: str = "query_cases", confidence: float = 0.95) -> Said:
        """Type something; case numbers in full are found as Rasa finds them."""
        found = [Entity("case_number", number) for number in _NUMBER.findall(text)]
        return self.takes(typed(text, intent, *found, confidence=confidence))

    def acts(self, text: str) -> Said:
        """Type something that is to be done with a case."""
        return self.asks(text, "act_on_case")

    def says(self, text: str, intent: str = "nlu_fallback", confidence: float = 0.5) -> Said:
        """Type an answer."""
        return self.asks(text, intent, confidence)

    def presses(self, button: dict[str, str]) -> Said:
        """Press a button that was shown."""
        self.talk.presses(button)
        return self._run(button["payload"].removeprefix("/").partition("{")[0])

    def takes(self, message: UserMessage) -> Said:
        self.talk.hears(message)
        return self._run(message.intent or "")

    def again(self) -> Said:
        """The same message comes once more, as after a crash."""
        return self._run(self.talk.latest_message["intent"]["name"])

    def _run(self, intent: str) -> Said:
        opens = intent == "act_on_case"
        if self.is_open:
            said = self.talk.runs(ValidateCaseForm())
        else:
            said = self.talk.runs(RULES[intent]())
            opens = opens or any(event.get("name") == CASE_FORM for event in said.events)
            if opens:
                self.talk.slots["requested_slot"] = None
                said = _joined(said, self.talk.runs(ValidateCaseForm()))
        if self.is_open or opens:
            ended = {"requested_slot": None}.items() <= _slots(said).items()
            assert ended != self.memory.is_asking
            said = _joined(said, self.talk.runs(ActionRest() if ended else ActionAskCaseReply()))
            self.is_open = not ended
            self.talk.slots["requested_slot"] = None if ended else "case_reply"
        self.events = said.events
        for reply in replies(said):
            flawless(reply)
        return said


def replies(said: Said) -> list[dict[str, Any]]:
    """What was said as the channels get it, in both written forms."""
    return [
        reply_of({**message, **rendered})
        for message, forms in zip(said.messages, said.rendered, strict=True)
        for rendered in forms.values()
    ]


def text_of(said: Said, language: str = "nb") -> str:
    """All text of a turn as it is shown without cards."""
    shown = [
        reply_of({**message, **forms[language]})["text"]
        for message, forms in zip(said.messages, said.rendered, strict=True)
    ]
    return "\n".join(shown)


def flawless(reply: dict[str, Any]) -> None:
    """See that nothing is unfilled, empty or badly spaced."""
    words = [reply["text"], *texts(reply["card"] or {}), *(button["title"] for button in reply["buttons"])]
    assert reply["text"]
    for text in words:
        assert "None" not in text, text
        assert not re.search(r"\{[a-z_]*\}", text), text
        assert not re.search(r"(?<=\S)  +| [.,:;!?](?:\s|$)|\(\)|«»|\.\.(?!\.)", text), text
    for line in reply["text"].splitlines():
        assert not line.endswith((" \N{EN DASH}", "(")), line


def _joined(first: Said, second: Said) -> Said:
    return Said(
        first.keys + second.keys,
        first.messages + second.messages,
        first.events + second.events,
        first.rendered + second.rendered,
    )


def _slots(said: Said) -> dict[str, Any]:
    return {event["name"]: event["value"] for event in said.events if event["event"] == "slot"}


def dump(said: Said) -> str:
    """Everything that was said, to look for what must not be in it."""
    return json.dumps(said.messages, ensure_ascii=False)
