"""What a message means to the open question of an act: an answer, a cancel, another act, or none of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.actions.case_act import Act, Verb, read_act, read_reply
from bot.actions.case_act_details import measure_parts
from bot.actions.case_act_line import read_line
from bot.actions.case_act_model import Reply
from bot.actions.case_act_words import listed
from bot.actions.case_asking import CANCEL
from bot.actions.case_missing import number_at
from bot.actions.case_talk import CaseTalk, Pending
from bot.actions.message import OSLO, UserMessage
from bot.actions.phrases import speaks_of
from bot.actions.wiring import services

# From this confidence on, what is surely something else is not taken for an answer.
SURE = 0.8
# Answers in the sender's own words: nearly anything can be one.
FREE = frozenset({"text", "reason"})
# A command in place of words of one's own is as short as "lukk sak 2026-00077 nå".
MAX_COMMAND_WORDS = 4
_FIELDS = ("number", "other", "person", "date", "text", "reason", "category", "subtype", "severity",
           "likelihood")  # fmt: skip


def is_alarm(message: UserMessage, wanted: str) -> bool:
    """Tell whether somebody may be in danger; words of one's own may speak of it without being an alarm."""
    return message.intent == "emergency" and (wanted not in FREE or message.confidence >= SURE)


def another_act(message: UserMessage, wanted: str) -> Act | None:
    """Return what else is to be done: by a button of a case, or by a clear command that names one."""
    if message.is_button:
        return act_of_button(message)
    number = case_named(message)
    if message.intent != "act_on_case" or message.confidence < SURE or number is None:
        return None
    if wanted in FREE and len(message.text.split()) > MAX_COMMAND_WORDS:
        return None
    return read_act(message.text, services().now(), number=number)


def is_about_something_else(message: UserMessage, wanted: str) -> bool:
    """Tell whether a message with another intent is no answer."""
    if message.is_button:
        return message.intent != "act_on_case"
    if message.confidence < SURE or wanted in FREE:
        return False
    if message.text.endswith("?") or speaks_of("show", message.text):
        return True
    reply = read_reply(message.text, wanted, services().now())
    if wanted == "person" and reply.person:
        return not services().people_named(reply.person)
    return not reply.understood


def answered(pending: Pending, message: UserMessage, talk: CaseTalk) -> Pending | None:
    """Return the act with the answer in it, the same when it is none; None when it is called off."""
    if message.is_button:
        return _pressed(pending, message.button)
    now = services().now()
    if is_cancel(message.text):
        return None
    reply = read_reply(message.text, pending.wanted, now)
    if reply.cancelled:
        return None
    return _with_reply(pending, reply, talk, now)


def is_cancel(text: str) -> bool:
    """Tell whether somebody wants nothing done; a plain "nei" may be an answer."""
    return bool(listed("replies", "cancel").fullmatch(read_line(text, "").spelt.strip()))


def act_of_button(message: UserMessage) -> Act | None:
    """Return what a button of a case does."""
    do = message.button.get("do") if message.intent == "act_on_case" else None
    return Act(Verb(do), number=case_named(message)) if do in set(Verb) else None


def case_named(message: UserMessage) -> str | None:
    """Return the case that a message or button names."""
    entity = message.first("case_number")
    return entity.value if entity else None


def is_reply_button(pending: Pending, message: UserMessage) -> bool:
    """Tell whether a button belongs to the open question."""
    return message.button.get("do") == "reply" and message.button.get("draft") == pending.pending_id


def _pressed(pending: Pending, button: dict[str, str]) -> Pending | None:
    value, wanted = button.get("value", ""), pending.wanted
    if value == CANCEL:
        return None
    if wanted == "person":
        return replace(pending, person_id=value)
    if wanted == "tell_reporter":
        return replace(pending, tell_reporter=value == "yes")
    if wanted == "confirm":
        return replace(pending, confirmed=value == "yes")
    given: dict[str, Any] = {wanted: value}
    return replace(pending, act=replace(pending.act, **given))


def _with_reply(pending: Pending, reply: Reply, talk: CaseTalk, now: datetime) -> Pending | None:
    wanted = pending.wanted
    if wanted == "confirm":
        return pending if reply.yes is None else replace(pending, confirmed=True) if reply.yes else None
    if wanted == "tell_reporter":
        return pending if reply.yes is None else replace(pending, tell_reporter=reply.yes)
    if wanted == "text" and pending.act.verb is Verb.MEASURE and reply.text:
        return replace(pending, act=_with_parts(pending.act, reply.text, now))
    given = {name: value for name in _FIELDS if (value := getattr(reply, name)) is not None}
    if wanted in {"number", "other"} and reply.ordinal is not None:
        # The act's own ordinal may number a measure; this one is of the list shown last.
        place = number_at(reply.ordinal, talk)
        given = {wanted: place} if place else {}
    return replace(pending, act=replace(pending.act, **given)) if given else pending


def _with_parts(act: Act, text: str, now: datetime) -> Act:
    """Take a measure apart: what, by whom and until when."""
    line = read_line(text, "")
    parts = measure_parts(line, 0, len(line.spelt), now.astimezone(OSLO).date())
    return replace(
        act, text=parts.text or text, person=act.person or parts.person, date=act.date or parts.date
    )
