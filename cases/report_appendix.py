"""How each figure of the yearly report came about, so that anyone can find it again."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from cases.query import CaseQuery, Days
from cases.report_document import Definition
from cases.report_figures import Source
from cases.yearly_report import YearReport


def appendix_blocks(report: YearReport, texts: Mapping[str, Any], language: str) -> Iterator[Definition]:
    """A definition of each figure that the report has, in the order of the texts.

    Args:
        texts: the contents of `report_texts.yml`.
    """
    sources = {source.figure: source for source in report.sources}
    for figure, text in texts["figures"].items():
        if figure == "P3" and report.breaches.notified is None:
            continue
        code = _origin(text.get("source"), sources.get(figure), texts["words"], language)
        yield Definition(f"{figure}  {text['name'][language]}", text["definition"][language], code)


def _origin(other: str | None, source: Source | None, words: Mapping[str, Any], language: str) -> str:
    if other is not None:
        text: str = words["see"][language]
        return text.format(figure=other)
    if source is None:
        given: str = words["given"][language]
        return given
    if source.query is not None:
        return f"{words['question'][language]}: {query_as_json(source.query)}"
    return f"{words['sql'][language]}: {source.sql}"


def query_as_json(query: CaseQuery) -> str:
    """The fields of a question that ask something, as JSON on one line; days as ISO 8601."""
    empty = CaseQuery()
    asked = {
        field.name: _plain(getattr(query, field.name))
        for field in fields(query)
        if field.name == "want" or getattr(query, field.name) != getattr(empty, field.name)
    }
    return json.dumps(asked, ensure_ascii=False)


def _plain(value: object) -> object:
    if isinstance(value, Days):
        return {"first": _plain(value.first), "end": _plain(value.end)}
    return value.isoformat() if isinstance(value, date) else value
