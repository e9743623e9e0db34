"""A routine passage as the variables of the routine responses."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from bot.actions.passage import MAX_PASSAGE_CHARS, Excerpt, excerpt
from bot.actions.phrases import format_day, phrase
from bot.actions.say import harmless
from bot.actions.wiring import Sender, Services
from knowledge.errors import KnowledgeError

if TYPE_CHECKING:
    from datetime import date

    from knowledge.documents import Document
    from knowledge.search import Hit

log = logging.getLogger(__name__)
# Beside a receipt the routine is a pointer, not the answer.
MAX_POINTER_CHARS = 320


def fitting_routine(services: Services, text: str, sender: Sender) -> Hit | None:
    """Return the passage that fits a text; none when there is none or search is down, as it is an extra."""
    try:
        answer = services.answer(text, sender)
    except KnowledgeError as error:
        log.error("no routine beside the reply: %s", type(error).__name__)
        return None
    return answer.hits[0] if answer.found and answer.hits else None


def routine_variables(
    hit: Hit, services: Services, language: str, max_chars: int = MAX_PASSAGE_CHARS
) -> dict[str, Any]:
    """Return what `utter_routine_answer` and `utter_routine_for_case` need.

    Args:
        max_chars: longest passage; the link leads to the rest.
    Returns:
        Texts that may be empty, and `marks`: the best sentences as pairs of begin and end in `passage`.
    """
    document = hit.document
    heading = hit.heading if hit.heading != document.title else ""
    facts = _facts(document, language)
    shown = _safe(excerpt(hit.passage, hit.highlights, max_chars))
    return {
        "name": f"{document.title} \N{EN DASH} {heading}" if heading else document.title,
        "title": document.title,
        "heading": heading,
        "passage": shown.text,
        "marks": [list(mark) for mark in shown.marks],
        "source": ". ".join(fact for fact in facts.values() if fact),
        **facts,
        "url": f"/rutiner/{document.id}" + (f"#{hit.anchor}" if hit.anchor else ""),
        "warning": _warning(document, services.now().date(), language),
    }


def _facts(document: Document, language: str) -> dict[str, str]:
    """Return what tells where a passage comes from; "" for what the owner did not say."""
    valid_from = document.valid_from and format_day(document.valid_from, language)
    shared = ""
    if document.shared_by and document.licence:
        shared = phrase("shared_by", language, name=document.shared_by, licence=document.licence)
    elif document.shared_by:
        shared = phrase("shared_without_licence", language, name=document.shared_by)
    return {
        "document": document.id,
        "version": phrase("version", language, version=document.version) if document.version else "",
        "valid_from": phrase("valid_from", language, date=valid_from) if valid_from else "",
        "owner": phrase("owner", language, name=document.owner) if document.owner else "",
        "shared_by": shared,
    }


def _warning(document: Document, today: date, language: str) -> str:
    if document.review_by and document.review_overdue(today):
        return phrase("review_overdue", language, date=format_day(document.review_by, language))
    return ""


def _safe(shown: Excerpt) -> Excerpt:
    """Take the text as `say` will pass it on, so that the marks stay where they belong."""
    text = shown.text

    def moved(place: int) -> int:
        return len(harmless(text[:place]))

    return Excerpt(harmless(text), tuple((moved(begin), moved(end)) for begin, end in shown.marks))
