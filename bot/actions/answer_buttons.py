"""The buttons under an answer. Each carries all that it needs, so that an old one still does what it says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.actions.passage import shortened
from bot.actions.phrases import phrase

if TYPE_CHECKING:
    from knowledge.search import Hit

MAX_TITLE_CHARS = 60
MAX_ALTERNATIVES = 2

Button = dict[str, str]


def helped_buttons(key: str, hit: Hit, shown: Sequence[str], language: str) -> list[Button]:
    """Make "yes" and "no" for "Did this help?".

    Args:
        key: of the question.
        hit: what was shown.
        shown: ids of the documents that have been shown for this question, this one too.
    """
    about = {"question": key, "document": hit.document.id, "section": hit.anchor, "shown": ",".join(shown)}
    return [
        _button(phrase("it_helped", language), "feedback_positive", **about),
        _button(phrase("it_did_not_help", language), "feedback_negative", **about),
    ]


def see_also_buttons(key: str, hits: Sequence[Hit], shown: Sequence[str], language: str) -> list[Button]:
    """Make a button for each document that was found and has not been shown."""
    others = [hit.document for hit in hits if hit.document.id not in shown]
    return [
        _button(
            phrase("see_also", language, title=_title(document.title, document.shared_by)),
            "ask_routine",
            question=key,
            document=document.id,
            shown=",".join(shown),
        )
        for document in others[:MAX_ALTERNATIVES]
    ]


def note_missing_button(key: str, language: str) -> Button:
    """Make the button that notes a routine as missing."""
    return _button(phrase("note_missing", language), "feedback_negative", do="missing", question=key)


def report_button(language: str) -> Button:
    """Make the button that starts a report."""
    return _button(phrase("report", language), "start_report")


def _button(title: str, intent: str, **values: str) -> Button:
    given = {key: value for key, value in values.items() if value}
    return {"title": title, "payload": f"/{intent}" + (json.dumps(given) if given else "")}


def _title(title: str, shared_by: str | None) -> str:
    short = shortened(title, MAX_TITLE_CHARS)
    return f"{short} ({shared_by})" if shared_by else short
