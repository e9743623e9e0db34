"""The series in the sample are told once, to those in charge; the monthly list holds what came back."""

from collections.abc import Iterator

import pytest
from clerk_world import ADVISERS, FURU, FURU_LEADER, LEADER_ABOVE_FURU, ClerkWorld, clerk_world
from databases import Databases
from sqlalchemy import insert, select, update

from cases.categories import Kind
from cases.tables import CaseRow, InvolvedRow, TrendAlertRow
from database.engine import reading
from outbox.rendering import render

NES_LEADER = "E1034"
LETTERS = ("ORG-DOK", "feilsendt")


@pytest.fixture(scope="module")
def sample_database(databases: Databases, migrated_database: str) -> Iterator[str]:
    url = databases.copy_of(migrated_database)
    with clerk_world(url, with_cases=True):
        pass
    yield url
    databases.drop(url)


@pytest.fixture
def world(databases: Databases, sample_database: str) -> Iterator[ClerkWorld]:
    url = databases.copy_of(sample_database)
    with clerk_world(url, with_cases=None) as world:
        yield world
    databases.drop(url)


def told(world: ClerkWorld) -> dict[tuple[str, str], set[str]]:
    """Whom each trend was told."""
    found: dict[tuple[str, str], set[str]] = {}
    for row in world.rows("trend_alert"):
        _, unit, subject, _, person = row.key.split(":")
        found.setdefault((unit, subject), set()).add(person)
    return found


def change(world: ClerkWorld, *conditions: object, **values: object) -> None:
    with world.sessions.begin() as session:
        session.execute(update(CaseRow).where(*conditions).values(**values))  # type: ignore[arg-type]


def involve(world: ClerkWorld, person: str, unit: str, subtype: str) -> None:
    with world.sessions.begin() as session:
        numbers = session.scalars(
            select(CaseRow.number).where(CaseRow.unit_id == unit, CaseRow.subtype == subtype)
        )
        rows = [{"case_number": number, "employee_id": person} for number in numbers]
        session.execute(insert(InvolvedRow), rows)


def test_falls_and_violence_are_found_once_and_told_to_those_in_charge(world: ClerkWorld) -> None:
    days: dict[str, int] = {}
    for day in range(9, 25):
        world.at(2026, 11, day, 6, 30)
        for _ in range(2):
            world.run("find_trends")
        for unit, subject in told(world):
            days.setdefault(f"{unit} {subject}", day)
    assert told(world) == {
        (FURU, "fall_skade_bruker"): {FURU_LEADER, *ADVISERS},
        ("OPP-NES", "vold_trusler"): {NES_LEADER, *ADVISERS},
    }
    assert days == {f"{FURU} fall_skade_bruker": 14, "OPP-NES vold_trusler": 12}
    assert len(world.rows("trend_alert")) == 6
    with reading(world.sessions) as session:
        assert len(session.scalars(select(TrendAlertRow)).all()) == 2


def test_a_trend_is_told_in_words_with_its_cases(world: ClerkWorld) -> None:
    world.at(2026, 11, 14, 6, 30).run("find_trends")
    row = world.only("trend_alert", FURU_LEADER)
    assert row.not_before == world.at(2026, 11, 16, 7).now, "a Saturday"
    bokmal, nynorsk = (render("trend_alert", row.values, language).text for language in ("nb", "nn"))
    assert "Solbakken, avdeling Furu: 3 saker om " in bokmal
    assert "de siste 28 dagene" in bokmal
    assert "dei siste 28 dagane" in nynorsk
    numbers = bokmal.split("Saker: ")[1].split(", ")
    assert [world.case(number).subtype for number in numbers] == ["fall_skade_bruker"] * 3


def test_sensitive_cases_and_ideas_are_not_counted(world: ClerkWorld) -> None:
    falls = (CaseRow.unit_id == FURU, CaseRow.subtype == "fall_skade_bruker")
    violence = (CaseRow.unit_id == "OPP-NES", CaseRow.subtype == "vold_trusler")
    change(world, *falls, sensitive=True)
    change(world, *violence, kind=Kind.IMPROVEMENT)
    assert world.at(2026, 11, 20).run("find_trends") == 0


def test_whom_a_case_is_about_is_not_told_of_its_trend(world: ClerkWorld) -> None:
    for person in (FURU_LEADER, "E1004"):
        involve(world, person, FURU, "fall_skade_bruker")
    world.at(2026, 11, 14, 6, 30).run("find_trends")
    assert told(world)[FURU, "fall_skade_bruker"] == {LEADER_ABOVE_FURU, "E1065"}


def test_without_units_nothing_is_looked_for(database_url: str) -> None:
    with clerk_world(database_url, with_cases=None) as world:
        assert world.at(2026, 11, 20).run("find_trends") == 0
        assert world.at(2026, 12, 1).run("tell_recurrences") == 0


def listed(world: ClerkWorld, person: str) -> list[str]:
    return str(world.only("recurrences", person).values["text_nb"]).splitlines()


def test_the_letters_are_in_the_list_of_the_first_of_december(world: ClerkWorld) -> None:
    assert world.at(2026, 11, 20).run("tell_recurrences") == 0, "not the first working day of a month"
    assert world.at(2026, 12, 1, 7, 40).run("tell_recurrences") > 0
    for adviser in ADVISERS:
        (letters,) = [line for line in listed(world, adviser) if line.startswith("Dokumentsenteret: ")]
        numbers = letters.split("Saker: ")[1].split(", ")
        assert [(world.case(one).unit_id, world.case(one).subtype) for one in numbers] == (
            [LETTERS] * len(numbers)
        )
        assert len(numbers) >= 2
    (leader,) = {
        row.person_id for row in world.rows("recurrences") if row.values["text_nb"] == letters
    } - ADVISERS
    assert leader is not None
    assert world.person(leader).unit_id == "ORG-DOK"


def test_each_leader_gets_the_rows_of_their_units_and_nobody_else_any(world: ClerkWorld) -> None:
    world.at(2026, 12, 1).run("tell_recurrences")
    everything = listed(world, "E1004")
    assert listed(world, "E1065") == everything
    leaders = {row.person_id for row in world.rows("recurrences")} - ADVISERS
    assert {world.person(leader or "").role for leader in leaders} == {"leader"}
    parts = [line for leader in sorted(filter(None, leaders)) for line in listed(world, leader)]
    assert sorted(parts) == sorted(everything)
    assert len(everything) > 1


def test_the_list_comes_once_a_month_also_late_but_not_weeks_late(world: ClerkWorld) -> None:
    assert world.at(2026, 11, 30).run("tell_recurrences") == 0
    world.at(2026, 12, 3)
    assert world.run("tell_recurrences") > 0
    assert world.run("tell_recurrences") == 0
    assert world.at(2026, 12, 4).run("tell_recurrences") == 0
    assert world.at(2027, 1, 1).run("tell_recurrences") == 0, "New Year's Day"
    assert world.at(2027, 1, 11).run("tell_recurrences") == 0, "a week after the 4th"
    assert world.at(2027, 2, 1).run("tell_recurrences") > 0


def test_a_late_list_is_that_of_its_day(world: ClerkWorld) -> None:
    world.at(2026, 12, 1).run("tell_recurrences")
    in_time = listed(world, "E1004")
    with world.sessions.begin() as session:
        for row in world.rows("recurrences"):
            session.delete(session.merge(row))
    world.wait(hours=2)
    world.file("E1009", unit_id="ORG-DOK", category="informasjonssikkerhet", subtype="feilsendt")
    world.at(2026, 12, 4).run("tell_recurrences")
    assert listed(world, "E1004") == in_time


def test_sensitive_cases_and_those_about_the_reader_are_left_out_of_the_list(world: ClerkWorld) -> None:
    involve(world, "E1065", *LETTERS)
    world.at(2026, 12, 1).run("tell_recurrences")
    assert any(line.startswith("Dokumentsenteret") for line in listed(world, "E1004"))
    assert not any(line.startswith("Dokumentsenteret") for line in listed(world, "E1065"))
    change(world, CaseRow.unit_id == "ORG-DOK", sensitive=True)
    world.at(2027, 1, 4).run("tell_recurrences")
    latest = [row for row in world.rows("recurrences") if row.key == "recurrences:2027-01:E1004"]
    assert "Dokumentsenteret" not in str(latest[0].values["text_nb"])


def test_the_list_reads_well_in_both_languages(world: ClerkWorld) -> None:
    world.at(2026, 12, 1).run("tell_recurrences")
    values = world.only("recurrences", "E1004").values
    assert "nye saker etter at tiltakene i en tidligere sak" in render("recurrences", values, "nb").text
    assert "nye saker etter at tiltaka i ei tidlegare sak" in render("recurrences", values, "nn").text
