"""Who may do what with which case: every relation against every kind of case, as `rights.yml` says."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

import cases.policy
from cases.categories import Category, Kind, Severity, Status
from cases.model import Case, Measure
from cases.policy import Asker, Relation, Right, grants_of, relations, rights_on, sees_reporter
from organisation.model import Role

TABLE: dict[str, dict[str, Any]] = yaml.safe_load(
    Path(cases.policy.__file__).with_name("rights.yml").read_text("utf-8")
)["relations"]
ME = "E1"
ORIGIN = "a" * 32
CASE = Case(
    number="2026-00001",
    origin=None,
    draft_id=None,
    channel="web",
    kind=Kind.DEVIATION,
    category=Category.INFORMASJONSSIKKERHET,
    subtype=None,
    severity=Severity.LAV,
    status=Status.NY,
    title="t",
    description="d",
    unit_id="MID",
    place=None,
    occurred_at=None,
    occurred_text=None,
    reporter_id="E8",
    anonymous=False,
    assignee_id="E9",
    due_date=date(2026, 12, 1),
    reported_at=datetime(2026, 11, 20, tzinfo=UTC),
    reported_on=date(2026, 11, 20),
)
NOBODY = Asker(ME, Role.EMPLOYEE)
MEASURE = Measure("Strø", ME, None)
# Who asks, and of which case, so that this relation holds and no other.
ONLY: dict[Relation, tuple[Asker, Case]] = {
    Relation.REPORTER: (NOBODY, replace(CASE, reporter_id=ME)),
    Relation.ORIGIN: (Asker(ME, Role.EMPLOYEE, ORIGIN), replace(CASE, origin=ORIGIN, reporter_id=None)),
    Relation.ASSIGNEE: (NOBODY, replace(CASE, assignee_id=ME)),
    Relation.LEADER: (Asker(ME, Role.LEADER, None, frozenset({"MID", "LOW"})), CASE),
    Relation.QUALITY_ADVISER: (Asker(ME, Role.QUALITY_ADVISER), CASE),
    Relation.PRIVACY_OFFICER: (Asker(ME, Role.PRIVACY_OFFICER), CASE),
    Relation.WATCHER: (NOBODY, replace(CASE, watcher_ids=frozenset({ME}))),
    Relation.RESPONSIBLE: (NOBODY, replace(CASE, measures=(MEASURE,))),
}
FLAGS = list(product((False, True), repeat=2))


def of_kind(case: Case, *, sensitive: bool, involved: bool) -> Case:
    return replace(case, sensitive=sensitive, involved_ids=frozenset({ME}) if involved else frozenset())


def allowed_by_table(relation: str, *, sensitive: bool, involved: bool) -> set[str]:
    row = TABLE[relation]
    if (sensitive and not row["on_sensitive"]) or (involved and row["charge"]):
        return set()
    return set(row["may"])


def test_the_table_has_every_relation_and_every_right() -> None:
    assert set(TABLE) == {str(relation) for relation in Relation} == {str(relation) for relation in ONLY}
    assert {right for row in TABLE.values() for right in row["may"]} == {str(right) for right in Right}


@pytest.mark.parametrize("relation", list(Relation))
def test_each_example_has_one_relation(relation: Relation) -> None:
    who, case = ONLY[relation]
    assert relations(who, case) == {relation}


@pytest.mark.parametrize(("sensitive", "involved"), FLAGS)
@pytest.mark.parametrize("relation", list(Relation))
def test_a_relation_gives_what_the_table_says(relation: Relation, sensitive: bool, involved: bool) -> None:
    who, case = ONLY[relation]
    rights = rights_on(who, of_kind(case, sensitive=sensitive, involved=involved))
    allowed = allowed_by_table(relation, sensitive=sensitive, involved=involved)
    assert {right: right in rights for right in Right} == {right: right in allowed for right in Right}


@pytest.mark.parametrize(("sensitive", "involved"), FLAGS)
@pytest.mark.parametrize("role", [Role.LEADER, Role.QUALITY_ADVISER, Role.PRIVACY_OFFICER, Role.EMPLOYEE])
def test_relations_together_give_what_each_gives(role: Role, sensitive: bool, involved: bool) -> None:
    led = frozenset({"MID"}) if role is Role.LEADER else frozenset()
    who = Asker(ME, role, ORIGIN, led)
    everything = replace(
        CASE, origin=ORIGIN, reporter_id=ME, assignee_id=ME, watcher_ids=frozenset({ME}), measures=(MEASURE,)
    )
    case = of_kind(everything, sensitive=sensitive, involved=involved)
    assert len(relations(who, case)) == (5 if role is Role.EMPLOYEE else 6)
    assert rights_on(who, case) == {
        right
        for relation in relations(who, case)
        for right in allowed_by_table(relation, sensitive=sensitive, involved=involved)
    }


@pytest.mark.parametrize(
    "who",
    [
        Asker(),
        Asker(origin=""),
        Asker(origin="b" * 32),
        Asker("E2", Role.EMPLOYEE),
        Asker("E2", Role.ADMIN),
        Asker("E2", Role.LEADER, None, frozenset({"SIDE"})),
        Asker("E2", Role.LEADER),
    ],
)
@pytest.mark.parametrize("changes", [{}, {"unit_id": None}, {"assignee_id": None, "reporter_id": None}])
def test_who_stands_to_a_case_in_no_way_may_do_nothing(who: Asker, changes: dict[str, None]) -> None:
    case = replace(CASE, origin=ORIGIN, **changes)  # type: ignore[arg-type]
    assert rights_on(who, case) == frozenset()


def test_a_case_without_origin_or_unit_is_nobodys_by_that() -> None:
    case = replace(CASE, origin=None, unit_id=None, category=Category.HMS)
    who = Asker(ME, Role.PRIVACY_OFFICER, None, frozenset({"MID"}))
    assert relations(who, case) == frozenset()


@pytest.mark.parametrize("relation", list(Relation))
def test_a_protected_reporter_is_shown_to_advisers_and_themselves_only(relation: Relation) -> None:
    who, case = ONLY[relation]
    sees = {Relation.REPORTER, Relation.QUALITY_ADVISER}
    assert sees_reporter(who, replace(case, protected=True)) is (relation in sees)
    assert sees_reporter(who, case)


def test_an_adviser_does_not_see_the_reporter_of_a_sensitive_case() -> None:
    assert not sees_reporter(Asker("E3", Role.QUALITY_ADVISER), replace(CASE, protected=True, sensitive=True))


@pytest.mark.parametrize(
    ("who", "in_charge"),
    [
        (Asker(), False),
        (NOBODY, False),
        (Asker(ME, Role.ADMIN), False),
        (Asker(ME, Role.EMPLOYEE, None, frozenset({"LOW"})), True),  # a deputy
        (Asker(ME, Role.QUALITY_ADVISER), True),
        (Asker(ME, Role.PRIVACY_OFFICER), True),
    ],
)
def test_who_has_cases_in_their_charge(who: Asker, in_charge: bool) -> None:
    assert who.in_charge is in_charge


def test_a_table_that_leaves_out_a_relation_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = {name: row for name, row in TABLE.items() if name != "watcher"}
    (tmp_path / "rights.yml").write_text(yaml.safe_dump({"relations": rows}), "utf-8")
    monkeypatch.setattr(cases.policy, "__file__", str(tmp_path / "policy.py"))
    grants_of.cache_clear()
    try:
        with pytest.raises(ValueError, match=r"rights\.yml"):
            grants_of()
    finally:
        grants_of.cache_clear()
