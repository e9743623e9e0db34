"""Every id has a label in both languages, and a deadline where it needs one."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

import cases
from cases.calendar import due_date, oslo_date
from cases.categories import SUBTYPES, Category, Kind, Likelihood, Risk, Severity, Status
from cases.errors import UnknownLabelError
from cases.labels import label

IDS: dict[str, set[str]] = {
    "category": set(Category),
    "category_short": set(Category),
    "subtype": {subtype for subtypes in SUBTYPES.values() for subtype in subtypes},
    "severity": set(Severity),
    "status": set(Status),
    "kind": set(Kind),
    "likelihood": set(Likelihood),
    "risk": set(Risk),
}


def test_labels_are_exactly_those_of_the_ids_in_both_languages() -> None:
    path = Path(cases.__file__).with_name("labels.yml")
    data = yaml.safe_load(path.read_text("utf-8"))
    assert {kind: set(labels) for kind, labels in data.items()} == IDS
    assert {tuple(names) for labels in data.values() for names in labels.values()} == {("nb", "nn")}


@pytest.mark.parametrize("kind", IDS)
@pytest.mark.parametrize("language", ["nb", "nn"])
def test_labels_within_a_kind_can_be_told_apart(kind: str, language: str) -> None:
    labels = [label(kind, key, language) for key in IDS[kind]]
    assert all(text and text == text.strip() for text in labels)
    assert len(set(labels)) == len(labels)


@pytest.mark.parametrize(
    ("kind", "key", "language", "expected"),
    [
        ("category", "ytre_miljo", "nb", "Ytre miljø"),
        ("category_short", "hms", "nb", "HMS"),
        ("category_short", "tjeneste", "nn", "Teneste"),
        ("subtype", "vold_trusler", "nn", "vald og truslar"),
        ("severity", "hoy", "nb", "høy"),
        ("severity", "hoy", "nn", "høg"),
        ("status", "lukket", "nn", "lukka"),
        ("kind", "improvement", "nn", "forbetringsforslag"),
    ],
)
def test_label(kind: str, key: str, language: str, expected: str) -> None:
    assert label(kind, key, language) == expected


@pytest.mark.parametrize(
    ("kind", "key", "language"),
    [("colour", "hms", "nb"), ("category", "HMS", "nb"), ("category", "hms", "en")],
)
def test_an_unknown_label_is_an_error(kind: str, key: str, language: str) -> None:
    with pytest.raises(UnknownLabelError):
        label(kind, key, language)


@pytest.mark.parametrize(
    ("severity", "due"),
    [
        (Severity.KRITISK, date(2026, 11, 23)),
        (Severity.HOY, date(2026, 11, 27)),
        (Severity.MIDDELS, date(2026, 12, 11)),
        (Severity.LAV, date(2027, 1, 4)),
    ],
)
def test_due_date(severity: Severity, due: date) -> None:
    assert due_date(datetime(2026, 11, 20, 6, 12, tzinfo=UTC), severity) == due


def test_days_begin_at_midnight_in_norway() -> None:
    assert oslo_date(datetime(2026, 12, 31, 22, 59, tzinfo=UTC)) == date(2026, 12, 31)
    assert oslo_date(datetime(2026, 12, 31, 23, 0, tzinfo=UTC)) == date(2027, 1, 1)
    assert oslo_date(datetime(2026, 6, 30, 22, 0, tzinfo=UTC)) == date(2026, 7, 1)
