"""What cases teach: others like one, routines that fail, how long people wait."""

from __future__ import annotations

import json

from rasa_sdk.executor import CollectingDispatcher

from bot.actions.phrases import phrase
from bot.actions.say import say
from bot.actions.wiring import Sender, actor_of, services
from cases.errors import CaseNotFoundError, NotAllowedError
from cases.labels import label
from cases.learning import Lesson
from cases.times import Waiting

MAX_SIMILAR = 4
MAX_ROUTINES = 6


def show_similar(dispatcher: CollectingDispatcher, sender: Sender, number: str, language: str) -> None:
    """Show cases like one, with what solved them; others' only as far as may be told."""
    try:
        lessons = services().learning.similar(actor_of(sender), number, MAX_SIMILAR, language)
    except CaseNotFoundError:
        say(dispatcher, "utter_case_not_found", number=number)
        return
    except NotAllowedError:
        say(dispatcher, "utter_case_not_allowed", number=number)
        return
    if not lessons:
        say(dispatcher, "utter_no_similar", number=number)
        return
    buttons = [
        {
            "title": lesson.case.number,
            "payload": f"/query_cases{json.dumps({'case_number': lesson.case.number})}",
        }
        for lesson in lessons
        if lesson.case is not None
    ]
    lines = "\n".join(_lesson(lesson, language) for lesson in lessons)
    say(dispatcher, "utter_similar", buttons=buttons, number=number, lines=lines)


def show_failing_routines(dispatcher: CollectingDispatcher, sender: Sender, language: str) -> None:
    """Show the routines that cases keep pointing to.

    Raises:
        NotALeaderError: the sender has no cases in their charge.
    """
    failures = services().learning.failing_routines(actor_of(sender))[:MAX_ROUTINES]
    if not failures:
        say(dispatcher, "utter_no_failing_routines")
        return
    lines = [
        phrase(
            "routine_line",
            language,
            routine=services().routine_title(failure.routine_id),
            count=len(failure.case_numbers),
            rising=phrase("rising", language) if failure.rising else "",
            open=failure.open_measures,
        )
        for failure in failures
    ]
    say(dispatcher, "utter_failing_routines", lines="\n".join(lines))


def show_waiting_times(dispatcher: CollectingDispatcher, sender: Sender, language: str) -> None:
    """Show how long cases wait for a first response and for their end.

    Raises:
        NotALeaderError: the sender has no cases in their charge.
    """
    times = services().learning.waiting_times(actor_of(sender))
    say(
        dispatcher,
        "utter_waiting_times",
        answered="\n".join(_waiting(one, language) for one in times.response),
        closing="\n".join(_waiting(one, language) for one in times.closing),
    )


def _lesson(lesson: Lesson, language: str) -> str:
    case = lesson.case
    if case is None:
        return f"\N{EN DASH} {lesson.summary}"
    what = [f"{case.number} {case.title} ({label('status', case.status, language)})"]
    what += [phrase("solved_by", language, text=measure.text) for measure in case.measures[:2]]
    if case.closing_note:
        what.append(phrase("solved_note", language, text=case.closing_note))
    return "\N{EN DASH} " + " ".join(what)


def _waiting(one: Waiting, language: str) -> str:
    return phrase(
        "waiting_line",
        language,
        group=label("category_short", one.group, language).capitalize(),
        median=_days(one.median, language),
        p90=_days(one.p90, language),
        waiting=one.waiting,
    )


def _days(days: int | None, language: str) -> str:
    return phrase("not_known_yet", language) if days is None else phrase("working_days", language, days=days)
