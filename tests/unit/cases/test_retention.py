"""When the time of a case has come."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cases.categories import Category, Status
from cases.retention import Rules, shipped_rules
from cases.tables import CaseRow

CLOSED = datetime(2020, 2, 29, 12, 0, tzinfo=UTC)
RULES = Rules(dict.fromkeys(Category, 5), {"personskade": 20}, 30)


def row(**changes: object) -> CaseRow:
    values = {"category": Category.HMS, "subtype": "brann_el", "status": Status.LUKKET, "closed_at": CLOSED}
    return CaseRow(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "due"),
    [
        ({}, datetime(2025, 2, 28, 12, 0, tzinfo=UTC)),
        ({"subtype": None}, datetime(2025, 2, 28, 12, 0, tzinfo=UTC)),
        ({"status": Status.AVVIST}, datetime(2025, 2, 28, 12, 0, tzinfo=UTC)),
        ({"subtype": "personskade"}, datetime(2040, 2, 29, 12, 0, tzinfo=UTC)),
        ({"status": Status.TILTAK}, None),
        ({"closed_at": None}, None),
    ],
)
def test_a_case_is_due_so_many_years_after_its_end(changes: dict[str, object], due: datetime | None) -> None:
    assert RULES.due_at(row(**changes)) == due


def test_the_shipped_rules_fit_the_categories_and_are_years_not_days() -> None:
    rules = shipped_rules()
    assert set(rules.years) == set(Category)
    assert all(1 <= years <= 60 for years in (*rules.years.values(), *rules.subtypes.values()))
    assert rules.subtypes["stoffer_smitte"] >= 40


@pytest.mark.parametrize(
    "changes",
    [
        {"years": {Category.HMS: 5}},
        {"subtypes": {"unknown": 5}},
        {"subtypes": {"personskade": 0}},
        {"notice_days": 0},
    ],
)
def test_rules_that_do_not_fit_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="retention"):
        replace(RULES, **changes)  # type: ignore[arg-type]
