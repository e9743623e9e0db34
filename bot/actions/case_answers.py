"""Answers to questions about cases: one case, its history, a list or counts."""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk.executor import CollectingDispatcher

from bot.actions.case_card import case_buttons, case_variables, event_lines
from bot.actions.case_counts import show_counts
from bot.actions.case_lists import show_list
from bot.actions.case_talk import CaseTalk
from bot.actions.say import say
from bot.actions.wiring import Sender, actor_of, services
from cases.errors import CaseNotFoundError, NotALeaderError, NotAllowedError
from cases.query import CaseQuery, Want, Who


def answer_query(
    dispatcher: CollectingDispatcher,
    sender: Sender,
    query: CaseQuery,
    language: str,
    talk: CaseTalk,
    offset: int = 0,
) -> CaseTalk:
    """Show what a question asks for; who has no others' cases in their charge gets their own reports.

    Args:
        offset: of the page of a list.
    """
    try:
        if query.want is Want.COUNT:
            show_counts(dispatcher, sender, query, language)
            return replace(talk, query=query, offset=0, shown=())
        page = show_list(dispatcher, sender, query, language, offset)
    except NotALeaderError:
        if query != CaseQuery():  # who only asks what is new means their own
            say(dispatcher, "utter_not_a_leader")
        query = CaseQuery(reporter=Who.ME)
        page = show_list(dispatcher, sender, query, language)
    numbers = tuple(case.number for case in page)
    if len(numbers) == 1 and offset == 0:
        talk = show_case(dispatcher, sender, numbers[0], language, talk)
    shown = (*talk.shown, *numbers) if offset else numbers
    focus = talk.focus if len(numbers) == 1 else None
    return replace(talk, query=query, offset=offset + len(numbers), shown=shown, focus=focus)


def show_case(
    dispatcher: CollectingDispatcher, sender: Sender, number: str, language: str, talk: CaseTalk
) -> CaseTalk:
    """Show one case with what may be done with it."""
    try:
        view = services().cases.view(actor_of(sender), number)
    except CaseNotFoundError:
        say(dispatcher, "utter_case_not_found", number=number)
        return talk
    say(
        dispatcher,
        "utter_case",
        buttons=case_buttons(view, language),
        **case_variables(view, services(), language),
    )
    return talk.looking_at(view.case.number, view.case.version)


def show_history(
    dispatcher: CollectingDispatcher, sender: Sender, number: str, language: str, talk: CaseTalk
) -> CaseTalk:
    """Show what happened to a case, for those who may read that."""
    try:
        events = services().cases.history(actor_of(sender), number)
    except CaseNotFoundError:
        say(dispatcher, "utter_case_not_found", number=number)
        return talk
    except NotAllowedError:
        say(dispatcher, "utter_case_not_allowed", number=number)
        return talk
    lines = event_lines(events, services(), language)
    say(dispatcher, "utter_case_history", number=number, lines="\n".join(lines))
    return replace(talk, focus=number)
