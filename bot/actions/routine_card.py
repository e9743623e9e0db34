"""A routine passage as the variables of the routine responses."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from bot.actions.phrases import format_day, phrase
from bot.actions.wiring import Services
from knowledge.errors import KnowledgeError

if TYPE_CHECKING:
    from knowledge.search import Hit

log = logging.getLogger(__name__)
MAX_PASSAGE_CHARS = 1_500
# Beside a receipt the routine is a pointer, not the answer.
MAX_POINTER_CHARS = 320


def find_routine(services: Services, query: str) -> Hit | None:
    """Return the passage that answers.

    Raises:
        KnowledgeError: the index cannot be searched.
    """
    return services.routines.answer(query) if query.strip() else None


def fitting_routine(services: Services, text: str) -> Hit | None:
    """Return a routine that fits a case; none when there is none or search is down, as filing comes first."""
    try:
        return find_routine(services, text)
    except KnowledgeError as error:
        log.error("no routine beside the receipt: %s", type(error).__name__)
        return None


def routine_variables(
    hit: Hit, services: Services, language: str, max_chars: int = MAX_PASSAGE_CHARS
) -> dict[str, Any]:
    """Return what `utter_routine_answer` and `utter_routine_for_case` need.

    Args:
        max_chars: longest passage; the link leads to the rest.
    """
    document = hit.document
    today = services.now().date()
    warning = ""
    if document.review_overdue(today) and document.review_by:
        warning = phrase("review_overdue", language, date=format_day(document.review_by, language))
    shared = ""
    if document.shared_by:
        shared = phrase("shared_by", language, name=document.shared_by, licence=document.licence or "")
    return {
        "title": document.title,
        "heading": hit.heading,
        "passage": shortened(hit.passage, max_chars),
        "document": document.id,
        "version": document.version,
        "owner": document.owner,
        "shared_by": shared,
        "url": f"/rutiner/{document.id}" + (f"#{hit.anchor}" if hit.anchor else ""),
        "warning": warning,
    }


def shortened(passage: str, max_chars: int = MAX_PASSAGE_CHARS) -> str:
    """Cut a long passage at the end of a line, or of a word where lines are long."""
    if len(passage) <= max_chars:
        return passage
    cut = passage[:max_chars]
    line_end = cut.rfind("\n")
    end = line_end if line_end >= max_chars // 2 else cut.rfind(" ")
    return cut[: end if end > 0 else max_chars].rstrip() + " \N{HORIZONTAL ELLIPSIS}"
