"""Labelled messages to measure with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nlu.core.errors import NluError
from nlu.core.personal_data import PERSONAL_DATA_TYPES
from nlu.core.severity import SEVERITIES
from nlu.training_data import RENAMED_INTENTS, REPORT_INTENT

# Groups that a labelled file may use instead of single intents.
INTENT_GROUPS = {
    "greet_goodbye_thanks": ("greet", "goodbye", "thanks"),
    "affirm_deny_cancel": ("affirm", "deny", "cancel"),
}
# Names that labelled files use for our types of personal data; what is none of a to z is written "_".
TYPE_NAMES = {
    "fodselsnummer": "national_id",
    "f_dselsnummer": "national_id",
    "fnr": "national_id",
    "personnummer": "national_id",
    "d_number": "national_id",
    "d_nummer": "national_id",
    "dnr": "national_id",
    "nin": "national_id",
    "ssn": "national_id",
    "telefon": "phone",
    "tlf": "phone",
    "phone_number": "phone",
    "telephone": "phone",
    "mobile": "phone",
    "epost": "email",
    "e_post": "email",
    "e_mail": "email",
    "mail": "email",
    "konto": "account_number",
    "kontonummer": "account_number",
    "account": "account_number",
    "bank_account": "account_number",
    "name": "person",
    "navn": "person",
    "person_name": "person",
    "per": "person",
}
_TYPE_KEYS = ("type", "label", "kind", "entity")
_VALUE_KEYS = ("value", "text", "span")


class EvaluationDataError(NluError):
    """A labelled file cannot be used; the message names file and line."""


@dataclass(frozen=True)
class MarkedSpan:
    """Personal data as a person marked it: half-open offsets and one of our types."""

    type: str
    start: int
    end: int


@dataclass(frozen=True)
class LabelledMessage:
    """One message with what it should be read as.

    Attributes:
        text: the message.
        intent: our intent, or a group of `INTENT_GROUPS`; `report_deviation` for a report.
        labels: category, subtype, severity, variety, kind as far as the file has them.
        hard: names of the difficulties that the file marks; empty when it marks none.
        personal_data: what the file marks; None when it says nothing about personal data.
    """

    text: str
    intent: str | None
    labels: dict[str, str] = field(default_factory=dict)
    hard: tuple[str, ...] = ()
    personal_data: tuple[MarkedSpan, ...] | None = None


def read_reports(path: Path) -> list[LabelledMessage]:
    """Read rows as those of `nlu/data/deviations`: text, category, subtype, severity, variety, kind.

    Raises:
        EvaluationDataError: the file cannot be read or a row lacks text or category.
    """
    return [_message(row, REPORT_INTENT, where) for row, where in _rows(path, required=("text", "category"))]


def read_others(path: Path, renamed: dict[str, str] | None = None) -> list[LabelledMessage]:
    """Read rows with text and intent.

    Args:
        path: a JSON Lines file.
        renamed: intents of the file → ours.

    Raises:
        EvaluationDataError: the file cannot be read or a row lacks text or intent.
    """
    names = {**RENAMED_INTENTS, **(renamed or {})}
    return [
        _message(row, names.get(row["intent"], row["intent"]), where)
        for row, where in _rows(path, required=("text", "intent"))
    ]


def read_personal_data(path: Path) -> list[LabelledMessage]:
    """Read rows with text and pii only."""
    return [_message(row, None, where) for row, where in _rows(path, required=("text", "pii"))]


def groups_in(messages: Iterable[LabelledMessage]) -> dict[str, str]:
    """Return intent → group for the groups that the labels use."""
    used = {message.intent for message in messages}
    return {intent: group for group, intents in INTENT_GROUPS.items() if group in used for intent in intents}


def _rows(path: Path, required: tuple[str, ...]) -> Iterable[tuple[dict[str, Any], str]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationDataError(f"{path}: cannot be read ({error})") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            missing = [key for key in required if not _usable(key, row[key])]
        except (ValueError, KeyError, TypeError) as error:
            raise EvaluationDataError(f"{path}:{number}: needs {', '.join(required)}") from error
        if missing:
            raise EvaluationDataError(f"{path}:{number}: {', '.join(missing)} is empty or of another type")
        yield row, f"{path}:{number}"


def _usable(key: str, value: Any) -> bool:
    return isinstance(value, (list, dict)) if key == "pii" else isinstance(value, str) and value != ""


def _message(row: dict[str, Any], intent: str | None, where: str) -> LabelledMessage:
    marks = row.get("pii")
    if row.get("severity") and row["severity"] not in SEVERITIES:
        raise EvaluationDataError(f"{where}: severity is none of {', '.join(SEVERITIES)}")
    return LabelledMessage(
        text=row["text"],
        intent=intent,
        labels={
            key: row[key] for key in ("category", "subtype", "severity", "variety", "kind") if row.get(key)
        },
        hard=_hard(row.get("hard")),
        personal_data=None if marks is None else tuple(_marked(row["text"], marks, where)),
    )


def _hard(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,) if value else ()
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    return ("hard",) if value else ()


def _marked(text: str, marks: Any, where: str) -> Iterable[MarkedSpan]:
    """Find marks given as a list of {type, value} or {type, start, end}, or as a mapping type → values."""
    if isinstance(marks, dict):
        marks = [
            {"type": kind, "value": value}
            for kind, values in marks.items()
            for value in (values if isinstance(values, list) else [values])
        ]
    taken: list[MarkedSpan] = []
    for mark in marks if isinstance(marks, list) else [marks]:
        span = _span(text, mark, taken)
        if span is None:
            raise EvaluationDataError(
                f"{where}: a pii entry of unknown type, or its value is not in the text"
            )
        taken.append(span)
        yield span


def _span(text: str, mark: Any, taken: list[MarkedSpan]) -> MarkedSpan | None:
    if isinstance(mark, (list, tuple)) and len(mark) == 2:
        mark = {"type": mark[0], "value": mark[1]}
    if not isinstance(mark, dict):
        return None
    given = next((str(mark[key]) for key in _TYPE_KEYS if mark.get(key)), "")
    plain = re.sub("[^a-z]", "_", given.lower())
    kind = TYPE_NAMES.get(plain, plain)
    if kind not in PERSONAL_DATA_TYPES:
        return None
    if "start" in mark and "end" in mark:
        return _between(kind, mark["start"], mark["end"], len(text))
    value = next((str(mark[key]) for key in _VALUE_KEYS if mark.get(key)), "")
    start = text.find(value) if value else -1
    while any(other.start == start for other in taken) and start >= 0:
        start = text.find(value, start + 1)
    return None if start < 0 else MarkedSpan(kind, start, start + len(value))


def _between(kind: str, start: Any, end: Any, length: int) -> MarkedSpan | None:
    whole = isinstance(start, int) and isinstance(end, int)
    return MarkedSpan(kind, start, end) if whole and 0 <= start < end <= length else None
