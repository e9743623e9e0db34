"""Counts of cases: in words, as a picture, and as a table for those who don't see it."""

from __future__ import annotations

import json
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from bot.actions.case_lists import understood_as
from bot.actions.phrases import phrase
from bot.actions.say import say
from bot.actions.wiring import Sender, actor_of, services
from cases.charts import alt_text, draw, table_of
from cases.counts import CountTable
from cases.labels import label
from cases.query import CaseQuery, Grouping

# A picture of one or two numbers says less than the numbers.
SMALLEST_CHART = 2
MAX_LINES = 12
_LABELS = {
    Grouping.CATEGORY: "category_short",
    Grouping.SUBTYPE: "subtype",
    Grouping.SEVERITY: "severity",
    Grouping.STATUS: "status",
}


def show_counts(dispatcher: CollectingDispatcher, sender: Sender, query: CaseQuery, language: str) -> None:
    """Answer with numbers, and with a picture where there are several.

    Raises:
        NotALeaderError: the sender asks for others' cases and has none in their charge.
    """
    table = services().cases.search.count(actor_of(sender), query)
    understood = understood_as(query, sender, language)
    labels = group_labels(table, language)
    words: dict[str, Any] = {
        "understood": understood,
        "total": _total(table, language),
        "compared": _compared(table, language),
        "hidden": phrase("small_hidden", language) if table.hidden else "",
    }
    if len(table.rows) < SMALLEST_CHART:
        lines = "\n".join(_lines(table, labels, language))
        say(dispatcher, "utter_count", buttons=_buttons(language), lines=lines, **words)
        return
    say(
        dispatcher,
        "utter_chart",
        buttons=_buttons(language),
        lines="\n".join(_lines(table, labels, language)[:MAX_LINES]),
        alt=alt_text(table, labels, language),
        remarks=" ".join(filter(None, (words["compared"], words["hidden"]))),
        **words,
        **_picture(table, understood, labels, sender, language),
    )


def group_labels(table: CountTable, language: str) -> dict[str, str]:
    """Return the names of the groups of a table; those of times are the chart's own."""
    keys = [row.key for row in table.rows]
    group = table.group_by
    if group in _LABELS:
        return {key: _label(_LABELS[group], key, language) for key in keys}
    if group is Grouping.UNIT:
        return {key: services().unit_name(key) or phrase("not_told", language) for key in keys}
    if group is Grouping.ASSIGNEE:
        return {key: services().person_name(key) or phrase("nobody", language) for key in keys}
    if group is Grouping.PLACE:
        return {key: key.capitalize() or phrase("not_told", language) for key in keys}
    return {}


def _buttons(language: str) -> list[dict[str, str]]:
    """Make the buttons to other things that cases teach."""
    return [
        {
            "title": phrase(f"button_{topic}", language),
            "payload": f"/statistics{json.dumps({'topic': topic})}",
        }
        for topic in ("waiting_times", "failing_routines")
    ]


def _label(kind: str, key: str, language: str) -> str:
    return label(kind, key, language).capitalize() if key else phrase("not_told", language)


def _picture(
    table: CountTable, title: str, labels: dict[str, str], sender: Sender, language: str
) -> dict[str, Any]:
    light = draw(table, title, labels, language, dark=False)
    dark = draw(table, title, labels, language, dark=True)
    alt = alt_text(table, labels, language)
    texts = table_of(table, labels, language)
    picture = services().keep_picture(sender.conversation_id, light, dark, alt)
    return {
        "picture": picture,
        "table": {"columns": list(texts.columns), "rows": [list(row) for row in texts.rows]},
    }


def _lines(table: CountTable, labels: dict[str, str], language: str) -> list[str]:
    rows = table_of(table, labels, language).rows
    return [f"{row[0]}: {', '.join(filter(None, row[1:]))}" for row in rows[:-1]]


def _compared(table: CountTable, language: str) -> str:
    if table.total is None or table.total_before is None:
        return ""
    return phrase("compared", language, before=table.total_before)


def _total(table: CountTable, language: str) -> str:
    """Return the sum; one that is hidden beside its parts may be large."""
    if table.total is not None:
        return str(table.total)
    return phrase("not_shown" if table.rows else "fewer_than_three", language)
