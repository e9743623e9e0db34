"""Taking an act as far as it goes: ask for what it lacks, or do it and say so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.case_act import Act
from bot.actions.case_asking import ask, undo_button
from bot.actions.case_doing import Step
from bot.actions.case_missing import next_step
from bot.actions.case_talk import SLOT, CaseTalk, Pending
from bot.actions.message import latest_message
from bot.actions.say import language_of, say
from bot.actions.wiring import services

Events = list[dict[str, Any]]


def begin_act(
    dispatcher: CollectingDispatcher, tracker: Tracker, act: Act, *, unsure: bool = False
) -> Events:
    """Do an act, or ask for what it lacks; return what the conversation remembers.

    Args:
        unsure: confirm it in any case.
    """
    talk = CaseTalk.from_slot(tracker.get_slot(SLOT)).resting()
    talk = advance(dispatcher, Pending(act, "", unsure=unsure), talk, tracker)
    return [SlotSet(SLOT, talk.as_slot())]


def advance(dispatcher: CollectingDispatcher, pending: Pending, talk: CaseTalk, tracker: Tracker) -> CaseTalk:
    """Do an act, or ask for what it lacks; return what the conversation remembers."""
    language, request = language_of(tracker), latest_message(tracker).message_id
    sender = services().sender(tracker.sender_id)
    step = next_step(pending, talk, sender, services(), request, language)
    for said in step.said:
        is_done = said.response.startswith("utter_case_did_")
        buttons = undo_button(pending.act.verb, language) if is_done else None
        say(dispatcher, said.response, buttons=buttons, **said.variables)
    talk = _remembering(talk, step)
    if step.pending is None:
        return talk
    asking = step.pending.renamed()
    ask(dispatcher, asking, language)
    return replace(talk, pending=asking)


def _remembering(talk: CaseTalk, step: Step) -> CaseTalk:
    if step.number is None or step.version is None:
        return talk
    return talk.looking_at(step.number, step.version)
