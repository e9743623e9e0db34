"""The database grants what the table of rights grants, for everybody on every case."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from case_world import KEY, NOW, SAMPLE, World, do, import_organisation, make_report, world_in
from databases import Databases
from sqlalchemy import select, true

from cases.calendar import oslo_date
from cases.case_filter import in_charge_of, reported_by, visible_to
from cases.categories import Category
from cases.model import Case
from cases.policy import Asker, Relation, Right, asker, grants_of, relations, rights_on
from cases.repository import CaseRepository
from cases.rights_table import rights_table
from cases.sample_import import import_cases
from cases.tables import CaseRow
from database.engine import reading
from organisation.directory import Directory
from organisation.origin import origin_of
from organisation.tables import DeputyRow

DOCUMENT = Path(__file__).parents[2] / "docs" / "rights.md"
CHARGES = {Relation.ASSIGNEE, Relation.LEADER, Relation.QUALITY_ADVISER, Relation.PRIVACY_OFFICER}
DEPUTY, DEPUTY_LATER, DEPUTY_BEFORE = "E1018", "E1019", "E1020"


@pytest.fixture(scope="module")
def register(databases: Databases, migrated_database: str) -> Iterator[tuple[World, str]]:
    """The sample and cases of every kind, and the conversation of an anonymous one."""
    url = databases.copy_of(migrated_database)
    with world_in(url) as world:
        import_organisation(world.sessions)
        with world.sessions.begin() as session:
            import_cases(session, SAMPLE / "cases" / "cases.jsonl")
            for deputy, first, last in (
                (DEPUTY, date(2026, 11, 20), date(2026, 11, 20)),
                (DEPUTY_LATER, date(2026, 11, 21), None),
                (DEPUTY_BEFORE, date(2026, 11, 1), date(2026, 11, 19)),
            ):
                session.add(DeputyRow(leader_id="E1006", deputy_id=deputy, begins=first, ends=last))
        own = world.open_conversation("E1009")
        for sensitive in (False, True):
            numbers = [
                world.file("E1009", conversation_id=own, anonymous=True, draft_id=f"a{sensitive}").number,
                world.file("E1012", protected=True).number,
                world.file("E1012", unit_id=None).number,
                world.file(
                    "E1012", unit_id=None, category=Category.INFORMASJONSSIKKERHET, subtype=None
                ).number,
                world.file("E1012", unit_id="HO-SOL-FUR").number,
                world.file("E1012", unit_id="HO-SOL-FUR").number,
            ]
            watched, about = numbers[-2:]
            for who in ("E1065", "E1005"):
                do(world, "watch", who, watched)
            world.handling.add_measure(world.actor("E1006"), watched, "Strø", "E1015")
            world.handling.assign(world.actor("E1006"), about, "E1005")
            for someone in ("E1006", "E1065", "E1015", "E1012"):
                world.handling.involve(world.actor("E1005"), about, someone)
            if sensitive:
                with world.sessions.begin() as session:
                    for row in session.scalars(select(CaseRow).where(CaseRow.number.in_(numbers))):
                        row.sensitive = True
        yield world, own
    databases.drop(url)


def everybody(world: World, conversation_id: str) -> Iterator[Asker]:
    with reading(world.sessions) as session:
        directory = Directory(session)
        for origin in (None, origin_of(conversation_id, KEY), "e" * 32):
            for person in [None, *directory.people()]:
                yield asker(person, origin, directory, oslo_date(NOW))


def all_cases(world: World) -> list[Case]:
    with reading(world.sessions) as session:
        return CaseRepository(session).newest(true(), 1_000)


def granting(who: Asker, case: Case) -> frozenset[Relation]:
    """The relations that alone would let somebody read a case."""
    is_involved = who.employee_id in case.involved_ids
    return frozenset(
        relation
        for relation in relations(who, case)
        if (grant := grants_of()[relation])
        and Right.READ in grant.may
        and (grant.on_sensitive or not case.sensitive)
        and not (grant.charge and is_involved)
    )


def test_the_database_and_the_policy_agree_for_everyone_on_every_case(register: tuple[World, str]) -> None:
    world, own = register
    cases = all_cases(world)
    assert len(cases) == 152
    seen: set[Relation] = set()
    with reading(world.sessions) as session:
        for who in everybody(world, own):
            by_relation = {case.number: granting(who, case) for case in cases}
            seen |= frozenset().union(*by_relation.values())
            for condition, wanted in (
                (visible_to(who), set(Relation)),
                (in_charge_of(who), CHARGES),
                (reported_by(who), {Relation.REPORTER, Relation.ORIGIN}),
            ):
                found = set(session.scalars(select(CaseRow.number).where(condition)))
                assert found == {number for number, given in by_relation.items() if given & wanted}
            assert {number for number, given in by_relation.items() if given} == {
                case.number for case in cases if Right.READ in rights_on(who, case)
            }
    assert seen == set(Relation)


def test_a_deputy_has_the_leaders_cases_in_their_period_only(register: tuple[World, str]) -> None:
    world, _ = register
    furu = {case.number for case in all_cases(world) if case.unit_id == "HO-SOL-FUR"}
    for deputy, moment, holds in (
        (DEPUTY, NOW, True),
        (DEPUTY_LATER, NOW, False),
        (DEPUTY_BEFORE, NOW, False),
        (DEPUTY_LATER, NOW.replace(day=21), True),
        (DEPUTY_BEFORE, NOW.replace(day=19), True),
        (DEPUTY, NOW.replace(hour=22, minute=59), True),
        (DEPUTY, NOW.replace(hour=23, minute=0), False),  # midnight in Norway
    ):
        with reading(world.sessions) as session:
            directory = Directory(session)
            who = asker(directory.person(deputy), None, directory, oslo_date(moment))
            found = set(session.scalars(select(CaseRow.number).where(in_charge_of(who))))
        assert (found & furu != set()) is holds


def test_every_case_of_the_register_is_seen_by_somebody_and_not_by_all(register: tuple[World, str]) -> None:
    world, own = register
    askers = list(everybody(world, own))
    for case in all_cases(world):
        may = [Right.READ in rights_on(who, case) for who in askers]
        assert any(may) or (case.sensitive and case.unit_id is None)
        assert not all(may)


def test_a_relation_that_is_left_out_grants_nothing(register: tuple[World, str]) -> None:
    world, own = register
    leader = next(who for who in everybody(world, own) if who.employee_id == "E1006")
    with reading(world.sessions) as session:
        for who in (Asker(), replace(leader, led_units=frozenset(), employee_id="E0")):
            assert session.scalars(select(CaseRow.number).where(visible_to(who))).all() == []
        nothing = visible_to(leader, frozenset())
        assert session.scalars(select(CaseRow.number).where(nothing)).all() == []


def test_the_document_shows_the_table(request: pytest.FixtureRequest) -> None:
    before, after = "<!-- from cases/rights.yml -->\n", "<!-- end -->\n"
    document = DOCUMENT.read_text("utf-8")
    shown = document.split(before)[1].split(after)[0]
    assert shown.strip() == rights_table().strip()


def test_what_the_table_shows_is_what_it_says() -> None:
    lines = [line.strip("| ").split(" | ") for line in rights_table().splitlines() if line.startswith("|")]
    head, rows = lines[0], lines[2:]
    assert len(rows) == len(Relation)
    for relation, row in zip(Relation, rows, strict=True):
        grant = grants_of()[relation]
        assert len([cell for cell in row[1 : 1 + len(Right)] if cell == "yes"]) == len(grant.may)
        assert row[1 + len(Right) :] == [
            "yes" if grant.on_sensitive else "no",
            "no" if grant.charge else "yes",
        ]
    assert len(head) == 1 + len(Right) + 2
    assert make_report("0" * 32).protected is False
