"""Questions about cases as JSON: in a conversation's memory, in evaluation sets, in a report's appendix."""

from dataclasses import fields
from datetime import date
from typing import Any

from cases.categories import Category, Kind, Severity, Status
from cases.query import CaseQuery, Comparison, Days, Grouping, Order, Want

_CHOICES = {"want": Want, "kind": Kind, "group_by": Grouping, "compare": Comparison, "order": Order}
_LISTS = {"categories": Category, "severities": Severity, "statuses": Status, "subtypes": str}
_DAYS = ("reported", "closed", "due")
_EMPTY = CaseQuery()


def to_json(query: CaseQuery) -> dict[str, Any]:
    """The fields that differ from an empty question."""
    differing = {
        field.name: getattr(query, field.name)
        for field in fields(query)
        if getattr(query, field.name) != getattr(_EMPTY, field.name)
    }
    return {name: _plain(value) for name, value in differing.items()}


def from_json(data: dict[str, Any]) -> CaseQuery:
    """The question that `to_json` was given.

    Raises:
        ValueError: a choice or day that does not exist.
        TypeError: a field that does not exist.
    """
    values: dict[str, Any] = {}
    for name, value in data.items():
        if value is None:
            continue
        if name in _CHOICES:
            values[name] = _CHOICES[name](value)
        elif name in _LISTS:
            values[name] = tuple(_LISTS[name](item) for item in value)
        elif name in _DAYS:
            values[name] = Days(_day(value.get("first")), _day(value.get("end")))
        else:
            values[name] = value
    return CaseQuery(**values)


def _plain(value: Any) -> Any:
    if isinstance(value, Days):
        return {
            "first": value.first.isoformat() if value.first else None,
            "end": value.end.isoformat() if value.end else None,
        }
    if isinstance(value, tuple):
        return [str(item) for item in value]
    return str(value) if isinstance(value, str) else value


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
