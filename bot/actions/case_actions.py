"""Questions about cases by message: what is wanted, and what the conversation remembers of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.case_act import read_reply
from bot.actions.case_act_details import ordinal_of
from bot.actions.case_answers import answer_query, show_case, show_history
from bot.actions.case_learning import show_failing_routines, show_similar, show_waiting_times
from bot.actions.case_missing import number_at
from bot.actions.case_question import Asker, understand
from bot.actions.case_talk import SLOT, CaseTalk
from bot.actions.message import UserMessage, latest_message
from bot.actions.phrases import begins_with, speaks_of
from bot.actions.say import language_of, say
from bot.actions.wiring import Sender, services
from cases.errors import NotALeaderError
from cases.query import CaseQuery, Order, Who

Events = list[dict[str, Any]]
# A longer message that does not begin like a follow-up asks anew.
MAX_FOLLOW_UP_WORDS = 5


@dataclass(frozen=True)
class Question:
    """A message that asks about cases.

    Attributes:
        topic: of a button, or what words of the message ask for; "" is a list or a count.
    """

    message: UserMessage
    sender: Sender
    talk: CaseTalk
    language: str
    topic: str

    @property
    def number(self) -> str | None:
        """The case that is named, else the one that is spoken of."""
        entity = self.message.first("case_number")
        return entity.value if entity else self.talk.focus


def show_cases(dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    """Show one case, a list, or counts; return what the conversation remembers of it."""
    message = latest_message(tracker)
    talk = CaseTalk.from_slot(tracker.get_slot(SLOT)).resting()
    sender = services().sender(tracker.sender_id)
    question = Question(message, sender, talk, language_of(tracker), _topic(message, talk))
    return [SlotSet(SLOT, _show(dispatcher, question).as_slot())]


def follow_up(
    dispatcher: CollectingDispatcher, tracker: Tracker, message: UserMessage, language: str
) -> Events | None:
    """Take a message that nothing else fits for a follow-up of the last question, if all of it can be one.

    Returns:
        None when it is none; nothing was said then.
    """
    talk = CaseTalk.from_slot(tracker.get_slot(SLOT)).resting()
    if talk.query is None:
        return None
    if _topic(message, talk) == "more" or _at_place(message, talk) is not None:
        return show_cases(dispatcher, tracker)
    sender = services().sender(tracker.sender_id)
    understood = understand(
        message.text, _asker(sender), services().vocabulary(), services().now(), previous=talk.query
    )
    if understood.leftover or understood.query == talk.query:
        return None
    talk = answer_query(dispatcher, sender, understood.query, language, talk)
    return [SlotSet(SLOT, talk.as_slot())]


def _show(dispatcher: CollectingDispatcher, question: Question) -> CaseTalk:
    sender, language, talk, number = question.sender, question.language, question.talk, question.number
    if question.topic in _LESSONS:
        _teach(dispatcher, question, _LESSONS[question.topic])
        return talk
    if question.topic == "more" and talk.query is not None:
        return answer_query(dispatcher, sender, talk.query, language, talk, talk.offset)
    if question.topic == "history" and number is not None:
        return show_history(dispatcher, sender, number, language, talk)
    if question.topic == "similar" and number is not None:
        show_similar(dispatcher, sender, number, language)
        return talk
    named = question.message.first("case_number")
    wanted = named.value if named else _at_place(question.message, talk)
    if wanted is not None:
        return show_case(dispatcher, sender, wanted, language, talk)
    return _ask(dispatcher, question)


def _ask(dispatcher: CollectingDispatcher, question: Question) -> CaseTalk:
    talk, sender = question.talk, question.sender
    query = CaseQuery(reporter=Who.ME)
    if question.topic != "own":
        previous = talk.query if _leans_on(question.message) else None
        query = understand(
            question.message.text,
            _asker(sender),
            services().vocabulary(),
            services().now(),
            previous=previous,
        ).query
    if query.number is not None:
        return show_case(dispatcher, sender, query.number, question.language, talk)
    if query.reporter == Who.ME and query.order is Order.URGENCY:
        # Who asks what became of their report means the latest.
        query = query.narrowed(order=Order.NEWEST)
    return answer_query(dispatcher, sender, query, question.language, talk)


def _topic(message: UserMessage, talk: CaseTalk) -> str:
    """Return what kind of answer is wanted, by the button or by the words."""
    if message.is_button:
        return message.button.get("topic", "")
    if speaks_of("more", message.text) and talk.shown and len(message.text.split()) <= MAX_FOLLOW_UP_WORDS:
        return "more"
    for topic in ("similar", "history", "waiting_times", "failing_routines"):
        if speaks_of(topic, message.text):
            return topic
    return ""


def _at_place(message: UserMessage, talk: CaseTalk) -> str | None:
    """Return the case of the list shown last that is asked for by its place: "vis den andre"."""
    words = message.text.rstrip(" .?!").split()
    if (
        not talk.shown
        or not 0 < len(words) <= MAX_FOLLOW_UP_WORDS
        or ordinal_of(words[-1].casefold()) is None
    ):
        return None
    ordinal = read_reply(message.text, "number", services().now()).ordinal
    return number_at(ordinal, talk) if ordinal is not None else None


def _leans_on(message: UserMessage) -> bool:
    """Tell whether a message may go on from the last question."""
    return len(message.text.split()) <= MAX_FOLLOW_UP_WORDS or begins_with("follow_up", message.text)


def _teach(
    dispatcher: CollectingDispatcher,
    question: Question,
    teach: Callable[[CollectingDispatcher, Sender, str], None],
) -> None:
    try:
        teach(dispatcher, question.sender, question.language)
    except NotALeaderError:
        say(dispatcher, "utter_not_a_leader")


def _asker(sender: Sender) -> Asker:
    return Asker(sender.person, sender.unit.unit_id if sender.unit else None)


_LESSONS: dict[str, Callable[[CollectingDispatcher, Sender, str], None]] = {
    "waiting_times": show_waiting_times,
    "failing_routines": show_failing_routines,
}
