"""How well questions about cases are understood, on labelled questions."""

from __future__ import annotations

import csv
import json
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

from bot.actions.case_question import Asker, Vocabulary, understand
from bot.evaluation.errors import QuestionSetError
from cases.categories import Category, Kind, Severity, Status
from cases.query import CaseQuery, Comparison, Days, Grouping, Order, Want
from nlu.core.time_calendar import OSLO
from organisation.model import Person, Role, Unit

QUESTIONS = Path(__file__).with_name("questions.jsonl")
DIRECTORY = Path(__file__).parents[2] / "sample" / "organisation"
# The day on which all questions of the sets are asked.
ASKED_AT = datetime(2026, 11, 20, 12, tzinfo=OSLO)
_ENUMS: dict[str, Any] = {
    "want": Want, "kind": Kind, "group_by": Grouping, "compare": Comparison, "order": Order,
}  # fmt: skip
_TUPLES: dict[str, Any] = {
    "categories": Category,
    "subtypes": str,
    "severities": Severity,
    "statuses": Status,
}
_DAYS = frozenset({"reported", "closed", "due"})


@dataclass(frozen=True)
class Wrong:
    """A question that was understood in another way; both hold the fields that differ, written as JSON."""

    text: str
    expected: str
    found: str


@dataclass(frozen=True)
class Report:
    """What was measured.

    Attributes:
        exact: share of questions of which every field is right.
        fields: field → (share right among the questions that set it in label or answer, their number).
        median_ms: of the time for one question.
    """

    questions: int
    exact: float
    fields: dict[str, tuple[float, int]]
    wrong: tuple[Wrong, ...]
    median_ms: float


def evaluate(path: Path = QUESTIONS) -> Report:
    """Ask every question of a set.

    Args:
        path: JSON Lines with `text`, `as` (an employee id or null), `expected` and maybe `previous`: fields
            of `CaseQuery` that differ from its defaults.
    Raises:
        QuestionSetError: a row cannot be read.
    """
    vocabulary = sample_vocabulary()
    by_id = {person.employee_id: person for person in vocabulary.people}
    rows = list(_rows(path))
    right: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    wrong: list[Wrong] = []
    times_ms: list[float] = []
    for text, employee_id, expected, previous in rows:
        person = by_id.get(employee_id or "")
        asker = Asker(person, person.unit_id if person else None)
        began = time.perf_counter()
        found = understand(text, asker, vocabulary, ASKED_AT, previous).query
        times_ms.append((time.perf_counter() - began) * 1000)
        for name in _set_fields(expected) | _set_fields(found):
            asked[name] += 1
            right[name] += getattr(expected, name) == getattr(found, name)
        if found != expected:
            wrong.append(_wrong(text, expected, found))
    shares = {name: (right[name] / asked[name], asked[name]) for name in sorted(asked)}
    exact = 1 - len(wrong) / len(rows)
    return Report(len(rows), exact, shares, tuple(wrong), statistics.median(times_ms))


def summary(report: Report) -> str:
    """The report as lines of text."""
    lines = [f"{report.questions} questions, {report.exact:.1%} exact, median {report.median_ms:.2f} ms"]
    lines += [f"  {name:<11} {share:6.1%} of {count}" for name, (share, count) in report.fields.items()]
    lines += [
        f"- {item.text}\n    expected {item.expected}\n    found    {item.found}" for item in report.wrong
    ]
    return "\n".join(lines) + "\n"


def sample_vocabulary() -> Vocabulary:
    """The units and people of the sample municipality."""
    units = tuple(
        Unit(row["unit_id"], row["name"], row["parent_id"] or None, row["sector"])
        for row in _csv("units.csv")
    )
    people = tuple(Person(**{**row, "role": Role(row["role"])}) for row in _csv("people.csv"))  # type: ignore[arg-type]
    return Vocabulary(units, people)


def query_from(values: dict[str, Any]) -> CaseQuery:
    """A question from the fields that a row names.

    Raises:
        KeyError: a field is unknown.
        ValueError: so is a value.
    """
    return CaseQuery(**{name: _value(name, value) for name, value in values.items()})


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _ENUMS:
        return _ENUMS[name](value)
    if name in _TUPLES:
        return tuple(_TUPLES[name](item) for item in value)
    if name in _DAYS:
        return Days(*(date.fromisoformat(value[end]) if value.get(end) else None for end in ("first", "end")))
    return value


def _rows(path: Path) -> Iterator[tuple[str, str | None, CaseQuery, CaseQuery | None]]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            previous = query_from(row["previous"]) if row.get("previous") is not None else None
            yield row["text"], row.get("as"), query_from(row["expected"]), previous
        except (KeyError, TypeError, ValueError) as error:
            raise QuestionSetError(path, number) from error


def _set_fields(query: CaseQuery) -> set[str]:
    default = CaseQuery()
    return {item.name for item in fields(query) if getattr(query, item.name) != getattr(default, item.name)}


def _wrong(text: str, expected: CaseQuery, found: CaseQuery) -> Wrong:
    names = [item.name for item in fields(found) if getattr(expected, item.name) != getattr(found, item.name)]
    written = [
        json.dumps({name: getattr(query, name) for name in names}, default=_plain, ensure_ascii=False)
        for query in (expected, found)
    ]
    return Wrong(text, *written)


def _plain(value: object) -> object:
    if isinstance(value, Days):
        return {"first": value.first, "end": value.end}
    return str(value)


def _csv(name: str) -> list[dict[str, str]]:
    with (DIRECTORY / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
