"""Summaries, on and off."""

from __future__ import annotations

import re
from typing import Any

from babel.dates import get_day_names
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.case_act import Act, Verb, read_act
from bot.actions.case_acting import begin_act
from bot.actions.case_actions import follow_up
from bot.actions.case_missing import number_at
from bot.actions.case_replies import case_named
from bot.actions.case_talk import SLOT, CaseTalk
from bot.actions.message import UserMessage, latest_message
from bot.actions.phrases import speaks_of, weekday_in
from bot.actions.say import language_of, say
from bot.actions.wiring import services
from cases.subscriptions import Frequency, Subscription

Events = list[dict[str, Any]]
# Before the day's work, after the morning report.
HOUR = 8
_CLOCK = re.compile(r"\bkl(?:okka|okken|\.)?\s*(\d{1,2})\b", re.IGNORECASE)


class ActionSubscribe(Action):
    """Begins or ends a summary, or begins to follow a case."""

    def name(self) -> str:
        """Name in domain.yml."""
        return "action_subscribe"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Events:
        """Take the wish."""
        return subscribe(dispatcher, tracker)


def subscribe(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Begin or end what the message wants to be told of regularly."""
    message, language = latest_message(tracker), language_of(tracker)
    sender = services().sender(tracker.sender_id)
    follow = _following(message, CaseTalk.from_slot(tracker.get_slot(SLOT)))
    if follow is not None:
        return begin_act(dispatcher, tracker, follow)
    if sender.person is None or not services().is_in_charge(sender.person):
        say(dispatcher, "utter_subscription_not_for_you")
        return []
    if speaks_of("no_more", message.text):
        services().unsubscribe(sender.person.employee_id)
        say(dispatcher, "utter_unsubscribed")
        return []
    wanted = _wanted(message.text, sender.person.employee_id)
    if wanted is None:
        followed = None if message.is_button else follow_up(dispatcher, tracker, message, language)
        if followed is None:
            say(dispatcher, "utter_subscription_unclear")
        return followed or []
    services().subscribe(wanted)
    day = get_day_names("wide", locale=language)[wanted.weekday] if wanted.weekday is not None else ""
    say(dispatcher, f"utter_subscribed_{wanted.frequency.value}", hour=wanted.hour, weekday=day)
    return []


def _following(message: UserMessage, talk: CaseTalk) -> Act | None:
    """Return the wish to follow one case, or no longer; nothing of it is ever missing.

    A question could not be asked: this may be in the middle of a report.
    """
    named = case_named(message)
    act = read_act(message.text, services().now(), number=named)
    verb = act.verb if act is not None and act.verb in {Verb.WATCH, Verb.UNWATCH} else None
    if named is not None:
        return Act(verb or Verb.WATCH, named)
    if act is None or verb is None:
        return None
    number = number_at(act.ordinal, talk) if act.ordinal else act.number or talk.focus
    return Act(verb, number) if number else None


def _wanted(text: str, employee_id: str) -> Subscription | None:
    clock = _CLOCK.search(text)
    hour = int(clock[1]) if clock and int(clock[1]) < 24 else HOUR
    weekday = weekday_in(text)
    if weekday is not None or speaks_of("weekly", text):
        return Subscription(employee_id, Frequency.WEEKLY, weekday or 0, hour)
    if speaks_of("daily", text):
        return Subscription(employee_id, Frequency.DAILY, None, hour)
    return None
