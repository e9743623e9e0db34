"""Reports that may and may not be filed, and titles."""

import unicodedata
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from cases.categories import SUBTYPES, Category, Kind, Likelihood, Risk, Severity, Status
from cases.errors import InvalidReportError
from cases.model import Case, NewReport, title_from

VALID: dict[str, Any] = {
    "draft_id": "d1",
    "conversation_id": "0" * 32,
    "channel": "web",
    "kind": Kind.DEVIATION,
    "category": Category.HMS,
    "subtype": "personskade",
    "severity": Severity.MIDDELS,
    "description": "Jeg skled på isen.",
    "unit_id": "HO-HJT-NOR",
    "place": "Inngangen",
    "occurred_at": datetime(2026, 11, 19, 20, 0, tzinfo=UTC),
    "occurred_text": "i går kveld",
    "reporter_id": "E1019",
    "anonymous": False,
}


def test_a_report_keeps_what_it_was_given() -> None:
    report = NewReport(**VALID)
    assert {name: getattr(report, name) for name in VALID} == VALID


def test_a_report_needs_only_the_core() -> None:
    optional = dict.fromkeys(("subtype", "unit_id", "place", "occurred_at", "occurred_text", "reporter_id"))
    report = NewReport(**{**VALID, **optional})
    assert report.place is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("draft_id", ""),
        ("draft_id", "x" * 65),
        ("conversation_id", " "),
        ("conversation_id", "0" * 33),
        ("channel", ""),
        ("kind", "complaint"),
        ("category", "ytre miljø"),
        ("severity", "high"),
        ("subtype", "legemiddel"),
        ("subtype", ""),
        ("description", ""),
        ("description", " \n\t"),
        ("description", "???"),
        ("description", "x" * 10_001),
        ("place", "x" * 501),
        ("occurred_text", "x" * 501),
        ("occurred_at", datetime(2026, 11, 19, 20, 0)),  # noqa: DTZ001  The fault under test.
    ],
)
def test_an_invalid_field_is_named(field: str, value: object) -> None:
    with pytest.raises(InvalidReportError) as caught:
        NewReport(**{**VALID, field: value})
    assert caught.value.field == field


@pytest.mark.parametrize("category", list(Category))
def test_each_category_takes_its_own_subtypes_and_no_others(category: Category) -> None:
    for owner, subtypes in SUBTYPES.items():
        for subtype in subtypes:
            fields = {**VALID, "category": category, "subtype": subtype}
            if owner is category:
                assert NewReport(**fields).subtype == subtype
            else:
                with pytest.raises(InvalidReportError, match="subtype"):
                    NewReport(**fields)


def test_every_category_has_subtypes_and_no_id_is_used_twice() -> None:
    ids = [subtype for subtypes in SUBTYPES.values() for subtype in subtypes]
    assert set(SUBTYPES) == set(Category)
    assert len(ids) == len(set(ids)) == 42


def test_ids_as_plain_text_become_members() -> None:
    report = NewReport(**{**VALID, "category": "hms", "kind": "improvement", "severity": "lav"})
    assert (report.category, report.kind) == (Category.HMS, Kind.IMPROVEMENT)
    assert type(report.severity) is Severity


def test_text_is_composed_and_stripped() -> None:
    decomposed = unicodedata.normalize("NFD", "  Falt på båten \n")
    report = NewReport(**{**VALID, "description": decomposed, "place": "  ", "occurred_text": " i går "})
    assert report.description == "Falt på båten"
    assert report.place is None
    assert report.occurred_text == "i går"


def test_characters_that_no_database_can_hold_do_not_lose_a_report() -> None:
    report = NewReport(**{**VALID, "description": "Falt\0 i \ud800trappa"})
    assert report.description == "Falt i ?trappa"


def test_an_anonymous_report_has_no_known_reporter() -> None:
    assert NewReport(**VALID).known_reporter_id == "E1019"
    assert NewReport(**{**VALID, "anonymous": True}).known_reporter_id is None


@pytest.mark.parametrize(
    ("description", "title"),
    [
        ("Jeg skled på isen. Det var ikke strødd.", "Jeg skled på isen"),
        ("Heisen stoppet! Ingen ble skadet.", "Heisen stoppet!"),
        ("Hvem har låst? Åse sto ute.", "Hvem har låst?"),
        ("Kl. 14.30 den 3. mai falt bruker.", "Kl. 14.30 den 3. mai falt bruker"),
        ("Vi mangler f.eks. hansker", "Vi mangler f.eks. hansker"),
        ("Vann i kjelleren\nDet lukter.", "Vann i kjelleren"),
        ("  \n Lys   gikk\tav ", "Lys gikk av"),
        ("...", "..."),
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 79 + "…"),
        ("ord " * 30, "ord " * 18 + "ord ord…"),
        ("a" * 79 + " b", "a" * 79 + "…"),
    ],
)
def test_title_from(description: str, title: str) -> None:
    assert title_from(description) == title
    assert len(title) <= 80


def make_case(**changes: Any) -> Case:
    filed = {name: value for name, value in VALID.items() if name != "conversation_id"}
    fields = {
        "number": "2026-00001", "origin": "0" * 32, "status": Status.NY, "title": "t", "assignee_id": None,
        "due_date": date(2026, 11, 20), "reported_at": datetime(2026, 11, 1, tzinfo=UTC),
        "reported_on": date(2026, 11, 1),
    }  # fmt: skip
    return Case(**{**filed, **fields, **changes})


@pytest.mark.parametrize(
    ("status", "overdue_from"),
    [
        (Status.NY, 21),
        (Status.UNDER_BEHANDLING, 21),
        (Status.TILTAK, 21),
        (Status.LUKKET, None),
        (Status.AVVIST, None),
    ],
)
def test_open_cases_are_overdue_the_day_after_the_last_day(status: Status, overdue_from: int | None) -> None:
    due = date(2026, 11, 20)
    case = make_case(status=status, due_date=due)
    assert not case.is_overdue(due)
    assert case.is_overdue(due + timedelta(days=1)) is (overdue_from is not None)


@pytest.mark.parametrize(
    ("severity", "likelihood", "risk"),
    [
        (Severity.LAV, Likelihood.SJELDEN, Risk.GRONN),
        (Severity.LAV, Likelihood.HYPPIG, Risk.GUL),
        (Severity.MIDDELS, Likelihood.SJELDEN, Risk.GRONN),
        (Severity.HOY, Likelihood.MULIG, Risk.GUL),
        (Severity.HOY, Likelihood.SANNSYNLIG, Risk.ROD),
        (Severity.KRITISK, Likelihood.SJELDEN, Risk.GUL),
        (Severity.KRITISK, Likelihood.MULIG, Risk.ROD),
        (Severity.KRITISK, None, None),
    ],
)
def test_the_risk_is_severity_and_likelihood_together(
    severity: Severity, likelihood: Likelihood | None, risk: Risk | None
) -> None:
    assert make_case(severity=severity, likelihood=likelihood).risk is risk
