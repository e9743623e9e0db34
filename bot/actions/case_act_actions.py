"""Acting on cases by message: begin, take each answer, end."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.breach_dialogue import begin_breach, repeat_question, take_breach_reply
from bot.actions.case_act import Act, Verb, read_act
from bot.actions.case_acting import advance, begin_act
from bot.actions.case_actions import show_cases
from bot.actions.case_asking import ask
from bot.actions.case_elsewhere import go_elsewhere, route_of
from bot.actions.case_replies import (
    act_of_button,
    another_act,
    answered,
    case_named,
    is_about_something_else,
    is_alarm,
    is_reply_button,
)
from bot.actions.case_talk import SLOT, BreachTalk, CaseTalk, Pending
from bot.actions.message import UserMessage, latest_message
from bot.actions.phrases import speaks_of
from bot.actions.say import language_of, say
from bot.actions.wiring import services

Events = list[dict[str, Any]]
CASE_FORM = "case_form"
REPLY = "case_reply"
REPORT_FORM = "report_form"
_REPLY_BUTTONS = frozenset({"reply", "breach_reply"})
# "Nytt tiltak på 2026-00077" names the case and tells no measure.
_ONLY_A_CASE = re.compile(r"(?:\w+ ){0,2}[\d-]+\W*")


class ActionActOnCase(Action):
    """Reads what is wanted; does it if nothing is missing, else opens the question."""

    def name(self) -> str:
        """Name in domain.yml."""
        return "action_act_on_case"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Begin an act."""
        message = latest_message(tracker)
        if message.button.get("do") in _REPLY_BUTTONS:
            say(dispatcher, "utter_old_button")
            return []
        act = act_of_button(message) or _act_in(message)
        if _is_about_breach(message, act):
            return _begin_breach(dispatcher, tracker, message)
        return begin_act(dispatcher, tracker, act) if act else show_cases(dispatcher, tracker)


class ActionShowCases(Action):
    """Answers questions about cases; what was taken for one but is an act is confirmed and done."""

    def name(self) -> str:
        """Name in domain.yml."""
        return "action_show_cases"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Show what the sender asks for and may see."""
        message = latest_message(tracker)
        talk = CaseTalk.from_slot(tracker.get_slot(SLOT))
        is_about_one = case_named(message) is not None or talk.focus is not None
        act = _act_in(message) if is_about_one and not message.is_button else None
        if act is None:
            return show_cases(dispatcher, tracker)
        return [*begin_act(dispatcher, tracker, act, unsure=True), FollowupAction(CASE_FORM)]


class ValidateCaseForm(Action):
    """Takes the answer to the open question; ends the form when there is none any more."""

    def name(self) -> str:
        """Name that Rasa calls for the form `case_form`."""
        return "validate_case_form"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Apply the message."""
        talk = CaseTalk.from_slot(tracker.get_slot(SLOT))
        events: Events = []
        # Without a requested slot the form has just begun: `action_act_on_case` has read this message.
        if talk.is_asking and tracker.get_slot("requested_slot") is not None:
            talk, events = take_reply(dispatcher, tracker, talk)
        events = [*events, SlotSet(REPLY, None)]
        return events if talk.is_asking else [*events, SlotSet("requested_slot", None)]


class ActionAskCaseReply(Action):
    """Asks the open question."""

    def name(self) -> str:
        """Name that Rasa calls to ask for the slot `case_reply`."""
        return "action_ask_case_reply"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Say nothing: the question was put together with what came before it."""
        return []


class ActionRest(Action):
    """Ends a form about cases; everything was said already."""

    def name(self) -> str:
        """Name in domain.yml."""
        return "action_rest"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Do nothing, or open the report for which the question was left."""
        return [ActiveLoop(REPORT_FORM)] if tracker.get_slot("report") is not None else []


def take_reply(dispatcher: CollectingDispatcher, tracker: Tracker, talk: CaseTalk) -> tuple[CaseTalk, Events]:
    """Take a message for the answer to the open question, unless it surely is something else."""
    message, rested = latest_message(tracker), talk.resting()
    asked = talk.pending or talk.breach
    wanted = _wanted(asked)
    if is_alarm(message, wanted):
        say(dispatcher, "utter_emergency")
        _ask_again(dispatcher, talk, tracker)
        return talk, []
    if message.button.get("do") == "breach":
        events = _begin_breach(dispatcher, tracker, message)
        return CaseTalk.from_slot(events[-1]["value"]) if events else talk, events
    act = another_act(message, wanted)
    if act is not None:
        talk = advance(dispatcher, Pending(act, ""), rested, tracker)
        return talk, [SlotSet(SLOT, talk.as_slot())]
    route = route_of(message.intent)
    if route is not None and is_about_something_else(message, wanted):
        return rested, go_elsewhere(dispatcher, tracker, route, rested)
    if talk.pending is not None:
        talk = _take_for_act(dispatcher, tracker, message, talk, talk.pending)
    else:
        sender = services().sender(tracker.sender_id)
        talk = take_breach_reply(dispatcher, sender, message, talk, language_of(tracker))
    return talk, [SlotSet(SLOT, talk.as_slot())]


def _take_for_act(
    dispatcher: CollectingDispatcher, tracker: Tracker, message: UserMessage, talk: CaseTalk, pending: Pending
) -> CaseTalk:
    if message.is_button and not is_reply_button(pending, message):
        say(dispatcher, "utter_old_button")
        ask(dispatcher, pending, language_of(tracker))
        return talk
    reply = answered(pending, message, talk)
    if reply is None:
        say(dispatcher, "utter_case_act_dropped")
        return talk.resting()
    if reply == pending:
        say(dispatcher, "utter_case_reply_not_understood")
        ask(dispatcher, pending, language_of(tracker))
        return talk
    return advance(dispatcher, reply, talk.resting(), tracker)


def _wanted(asked: Pending | BreachTalk | None) -> str:
    """What kind of answer is waited for; all answers about a breach but the decision are free words."""
    if isinstance(asked, BreachTalk):
        return "confirm" if asked.is_decision else "text"
    return asked.wanted if asked else ""


def _ask_again(dispatcher: CollectingDispatcher, talk: CaseTalk, tracker: Tracker) -> None:
    language = language_of(tracker)
    if talk.pending is not None:
        ask(dispatcher, talk.pending, language)
    elif talk.breach is not None:
        sender = services().sender(tracker.sender_id)
        repeat_question(dispatcher, sender, talk.breach, language)


def _is_about_breach(message: UserMessage, act: Act | None) -> bool:
    """Tell whether a breach is to be documented, rather than a case closed or moved that speaks of one."""
    if message.is_button:
        return message.button.get("do") == "breach"
    if not speaks_of("breach", message.text):
        return False
    return act is None or (act.verb is Verb.CATEGORY and not speaks_of("change_category", message.text))


def _begin_breach(dispatcher: CollectingDispatcher, tracker: Tracker, message: UserMessage) -> Events:
    talk = CaseTalk.from_slot(tracker.get_slot(SLOT)).resting()
    number = case_named(message) or talk.focus
    if number is None:
        say(dispatcher, "utter_breach_which_case")
        return []
    sender = services().sender(tracker.sender_id)
    talk = begin_breach(dispatcher, sender, number, talk, language_of(tracker))
    return [SlotSet(SLOT, talk.as_slot())]


def _act_in(message: UserMessage) -> Act | None:
    number = case_named(message)
    act = read_act(message.text, services().now(), number=number)
    if act is not None and number is not None and act.text and _ONLY_A_CASE.fullmatch(act.text):
        return replace(act, text=None)
    return act
