"""The open question of an act, with buttons where the choices are few."""

from __future__ import annotations

import json

from rasa_sdk.executor import CollectingDispatcher

from bot.actions.case_act import Verb, describe
from bot.actions.case_talk import Pending
from bot.actions.phrases import phrase
from bot.actions.say import say
from bot.actions.wiring import services
from cases.categories import Category, Likelihood, Severity
from cases.labels import label

Pairs = list[tuple[str, str]]
# Acts whose consequence is more than their name tells.
_IN_WORDS = frozenset({Verb.MERGE, Verb.INVOLVE, Verb.CLOSE, Verb.REJECT})
CANCEL = "cancel"


def ask(dispatcher: CollectingDispatcher, pending: Pending, language: str) -> None:
    """Utter the open question of an act."""
    act = pending.act
    say(
        dispatcher,
        f"utter_case_ask_{pending.wanted}",
        buttons=_buttons(pending, language),
        number=act.number or "",
        verb=phrase("verb_answer" if pending.by_reporter else f"verb_{act.verb.value}", language),
        reason=act.reason or "",
        what=_intended(pending, language) if pending.wanted == "confirm" else "",
    )


def _intended(pending: Pending, language: str) -> str:
    """What a yes will do."""
    act = pending.act
    if act.verb not in _IN_WORDS:
        return describe(act, language)
    return phrase(
        f"confirm_{act.verb.value}",
        language,
        number=act.number,
        other=act.other,
        person=services().person_name(pending.person_id),
        reason=act.reason,
    )


def _buttons(pending: Pending, language: str) -> list[dict[str, str]]:
    about = {"do": "reply", "draft": pending.pending_id}
    return [
        {"title": title, "payload": f"/act_on_case{json.dumps({**about, 'value': value})}"}
        for title, value in (*_choices(pending, language), (phrase("button_cancel", language), CANCEL))
    ]


def _choices(pending: Pending, language: str) -> Pairs:
    wanted = pending.wanted
    if wanted in {"number", "other"}:
        return [(number, number) for number in pending.options]
    if wanted == "person":
        named = [(services().person_and_title(someone), someone) for someone in pending.options]
        return [(title, someone) for title, someone in named if title]
    if wanted == "category":
        return [(label("category_short", item, language).capitalize(), item.value) for item in Category]
    if wanted == "severity":
        return [(label("severity", item, language).capitalize(), item.value) for item in Severity]
    if wanted == "likelihood":
        return [(label("likelihood", item, language).capitalize(), item.value) for item in Likelihood]
    if wanted == "tell_reporter":
        return [(phrase(f"button_tell_{answer}", language), answer) for answer in ("yes", "no")]
    return [(phrase("button_confirm", language), "yes")] if wanted == "confirm" else []


def undo_button(verb: Verb, language: str) -> list[dict[str, str]]:
    """Make the button that takes back what was just done."""
    if verb is Verb.UNDO:
        return []
    return [{"title": phrase("button_undo", language), "payload": '/act_on_case{"do": "undo"}'}]
