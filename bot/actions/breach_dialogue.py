"""A breach of personal data in dialogue: the authority's questions one by one, a draft, the decision."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from rasa_sdk.executor import CollectingDispatcher

from bot.actions.case_replies import is_cancel
from bot.actions.case_talk import DRAFT, REASON, BreachTalk, CaseTalk
from bot.actions.message import UserMessage
from bot.actions.phrases import phrase
from bot.actions.say import say
from bot.actions.wiring import Sender, actor_of, services
from cases.breaches import LIMIT, Breach, Decision, question
from cases.errors import (
    CaseError,
    CaseNotFoundError,
    NotABreachError,
    NotAllowedError,
    ReasonMissingError,
    TextMissingError,
)

LIMIT_HOURS = int(LIMIT.total_seconds() // 3600)
REFUSALS: dict[type[CaseError], str] = {
    CaseNotFoundError: "utter_case_not_found",
    NotAllowedError: "utter_case_not_allowed",
    NotABreachError: "utter_breach_wrong_category",
    TextMissingError: "utter_case_text_missing",
    ReasonMissingError: "utter_case_reason_missing",
}
# After these the same question is asked again; after all others there is nothing more to ask.
_WRONG_ANSWERS = (TextMissingError, ReasonMissingError)
Ask = Callable[[], BreachTalk | None]


def begin_breach(
    dispatcher: CollectingDispatcher, sender: Sender, number: str, talk: CaseTalk, language: str
) -> CaseTalk:
    """Begin to document a breach, or go on with what is missing."""

    def begin() -> BreachTalk | None:
        breach = services().cases.breaches.begin(actor_of(sender), number)
        left = int((breach.deadline - services().now()).total_seconds() // 3600)
        say(
            dispatcher,
            "utter_breach_begun" if left > 0 else "utter_breach_late",
            number=number,
            hours=left if left > 0 else LIMIT_HOURS,
        )
        return _next(dispatcher, sender, breach, language, skipped=())

    asked = _tried(dispatcher, number, begin)
    return replace(talk, breach=asked, focus=number if asked else talk.focus)


def take_breach_reply(
    dispatcher: CollectingDispatcher, sender: Sender, message: UserMessage, talk: CaseTalk, language: str
) -> CaseTalk:
    """Take a message for the answer to the open question of a breach."""
    asked = talk.breach
    if asked is None:
        return talk
    take = _press if message.is_button else _hear

    def again() -> BreachTalk | None:
        repeat_question(dispatcher, sender, asked, language)
        return asked

    reply = _tried(
        dispatcher, asked.number, lambda: take(dispatcher, sender, message, asked, language), again
    )
    return replace(talk, breach=reply)


def repeat_question(
    dispatcher: CollectingDispatcher, sender: Sender, asked: BreachTalk, language: str
) -> None:
    """Ask again what is open."""
    if asked.wanted == DRAFT:
        _tried(dispatcher, asked.number, lambda: _show_draft(dispatcher, sender, asked, language))
    elif asked.wanted == REASON:
        _ask_reason(dispatcher, asked, language)
    else:
        _ask(dispatcher, asked, language)


def _tried(
    dispatcher: CollectingDispatcher, number: str, step: Ask, again: Ask | None = None
) -> BreachTalk | None:
    """Take a step; say why when the register refuses it."""
    try:
        return step()
    except CaseError as error:
        say(dispatcher, REFUSALS[type(error)], number=number)
        return again() if again is not None and isinstance(error, _WRONG_ANSWERS) else None


def _hear(
    dispatcher: CollectingDispatcher, sender: Sender, message: UserMessage, asked: BreachTalk, language: str
) -> BreachTalk | None:
    if is_cancel(message.text):
        say(dispatcher, "utter_breach_paused", number=asked.number)
        return None
    if asked.wanted == DRAFT:
        return _show_draft(dispatcher, sender, asked, language)
    if asked.wanted == REASON:
        return _decide(dispatcher, sender, asked, message.text)
    breach = services().cases.breaches.answer(actor_of(sender), asked.number, asked.wanted, message.text)
    return _next(dispatcher, sender, breach, language, asked.skipped)


def _press(
    dispatcher: CollectingDispatcher, sender: Sender, message: UserMessage, asked: BreachTalk, language: str
) -> BreachTalk | None:
    value = message.button.get("value", "")
    if message.button.get("do") != "breach_reply" or message.button.get("draft") != asked.breach_id:
        say(dispatcher, "utter_old_button")
        repeat_question(dispatcher, sender, asked, language)
        return asked
    if value == "later":
        say(dispatcher, "utter_breach_paused", number=asked.number)
        return None
    if value not in set(Decision):
        breach = services().cases.breaches.begin(actor_of(sender), asked.number)
        return _next(dispatcher, sender, breach, language, (*asked.skipped, asked.wanted))
    decided = replace(asked, decision=value)
    if value == Decision.NOTIFIED:
        return _decide(dispatcher, sender, decided, "")
    waiting = replace(decided, wanted=REASON)
    _ask_reason(dispatcher, waiting, language)
    return waiting


def _next(
    dispatcher: CollectingDispatcher, sender: Sender, breach: Breach, language: str, skipped: tuple[str, ...]
) -> BreachTalk:
    missing = [name for name in breach.missing if name not in skipped]
    if not missing:
        asked = BreachTalk.new(breach.case_number, DRAFT, skipped)
        return _show_draft(dispatcher, sender, asked, language)
    asked = replace(BreachTalk.new(breach.case_number, missing[0], skipped), left=len(missing))
    _ask(dispatcher, asked, language)
    return asked


def _ask(dispatcher: CollectingDispatcher, asked: BreachTalk, language: str) -> None:
    say(
        dispatcher,
        "utter_breach_ask",
        buttons=[_button(asked, value, language) for value in ("skip", "later")],
        question=question(asked.wanted, language),
        left=asked.left,
    )


def _ask_reason(dispatcher: CollectingDispatcher, asked: BreachTalk, language: str) -> None:
    buttons = [_button(asked, "later", language)]
    say(dispatcher, "utter_breach_ask_reason", buttons=buttons, number=asked.number)


def _show_draft(
    dispatcher: CollectingDispatcher, sender: Sender, asked: BreachTalk, language: str
) -> BreachTalk:
    draft = services().cases.breaches.draft(actor_of(sender), asked.number, language)
    buttons = [_button(asked, value, language) for value in (*Decision, "later")]
    say(dispatcher, "utter_breach_draft", buttons=buttons, draft=draft)
    return asked


def _decide(
    dispatcher: CollectingDispatcher, sender: Sender, asked: BreachTalk, reason: str
) -> BreachTalk | None:
    decision = Decision(asked.decision)
    services().cases.breaches.decide(actor_of(sender), asked.number, decision, reason)
    say(dispatcher, f"utter_breach_{decision.value}", number=asked.number)
    return None


def _button(asked: BreachTalk, value: str, language: str) -> dict[str, str]:
    about = {"do": "breach_reply", "draft": asked.breach_id, "value": value}
    return {
        "title": phrase(f"button_breach_{value}", language),
        "payload": f"/act_on_case{json.dumps(about)}",
    }
