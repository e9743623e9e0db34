"""Look-ups in the sample organisation."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy.orm import Session

from database.engine import SessionFactory
from organisation.csv_import import import_csv
from organisation.directory import Directory
from organisation.errors import ConversationOwnerError, UnknownPersonError
from organisation.model import Role
from organisation.tables import DeputyRow, PersonRow

NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@pytest.fixture
def directory(session: Session) -> Directory:
    return Directory(session, clock=lambda: NOW)


def test_people_and_units_are_found_by_id(directory: Directory) -> None:
    person = directory.person("E1007")
    assert person is not None
    assert (person.name, person.unit_id, person.role) == ("Jorunn Eikeland", "HO-SOL-FUR", Role.EMPLOYEE)
    assert directory.person("E9999") is None
    assert directory.unit("NOPE") is None
    assert len(directory.people()) == 65
    assert len(directory.units()) == 29


def test_unit_and_below(directory: Directory) -> None:
    assert directory.unit_and_below("HO-SOL") == {"HO-SOL", "HO-SOL-FUR", "HO-SOL-BJO", "HO-SOL-KJO"}
    assert directory.unit_and_below("OPP-NES") == {"OPP-NES"}
    assert len(directory.unit_and_below("KD")) == 29
    assert directory.unit_and_below("NOPE") == frozenset()


def test_unit_and_above(directory: Directory) -> None:
    assert directory.unit_and_above("HO-SOL-FUR") == {"HO-SOL-FUR", "HO-SOL", "HO", "KD"}
    assert directory.unit_and_above("KD") == {"KD"}
    assert directory.unit_and_above("NOPE") == frozenset()


@pytest.mark.parametrize(
    ("unit_id", "leader_id"),
    [("HO-SOL-FUR", "E1006"), ("HO-SOL", "E1005"), ("KD", "E1001"), ("TEK-EIE-REN", "E1048"), ("NOPE", None)],
)
def test_leader_of_a_unit_with_its_own_leader(
    directory: Directory, unit_id: str, leader_id: str | None
) -> None:
    leader = directory.leader_of(unit_id)
    assert (leader.employee_id if leader else None) == leader_id


def test_leader_of_a_unit_without_one_is_the_next_above(directory: Directory, session: Session) -> None:
    for gone in ("E1006", "E1005"):
        row = session.get(PersonRow, gone)
        assert row is not None
        row.active = False
    session.flush()
    leader = directory.leader_of("HO-SOL-FUR")
    assert leader is not None
    assert leader.employee_id == "E1003"


def test_nobody_leads_when_all_leaders_have_left(directory: Directory, session: Session) -> None:
    session.query(PersonRow).update({PersonRow.active: False})
    assert directory.leader_of("HO-SOL-FUR") is None
    assert directory.people() == []


def stand_in(
    session: Session, leader_id: str, deputy_id: str, begins: date, ends: date | None = None
) -> None:
    session.add(DeputyRow(leader_id=leader_id, deputy_id=deputy_id, begins=begins, ends=ends))
    session.flush()


def leave(session: Session, employee_id: str) -> None:
    row = session.get(PersonRow, employee_id)
    assert row is not None
    row.active = False
    session.flush()


def led_by(directory: Directory, employee_id: str, on: date) -> frozenset[str]:
    person = directory.person(employee_id)
    assert person is not None
    return directory.led_by(person, on)


TODAY = date(2026, 11, 20)
FURU = {"HO-SOL-FUR"}
SOLBAKKEN = {"HO-SOL", "HO-SOL-FUR", "HO-SOL-BJO", "HO-SOL-KJO"}


def test_leaders_lead_their_unit_and_below_and_others_nothing(directory: Directory) -> None:
    assert led_by(directory, "E1006", TODAY) == FURU
    assert led_by(directory, "E1005", TODAY) == SOLBAKKEN
    assert led_by(directory, "E1004", TODAY) == frozenset()
    assert led_by(directory, "E1007", TODAY) == frozenset()


@pytest.mark.parametrize(
    ("day", "leads"),
    [
        (date(2026, 11, 15), False),
        (date(2026, 11, 16), True),
        (date(2027, 1, 8), True),
        (date(2027, 1, 9), False),
    ],
)
def test_a_deputy_leads_from_the_first_day_to_the_last(
    directory: Directory, session: Session, day: date, leads: bool
) -> None:
    stand_in(session, "E1006", "E1007", date(2026, 11, 16), date(2027, 1, 8))
    assert led_by(directory, "E1007", day) == (FURU if leads else frozenset())
    deputies = [person.employee_id for person in directory.deputies_of("E1006", day)]
    assert deputies == (["E1007"] if leads else [])
    assert directory.deputies_of("E1007", day) == []


def test_a_leader_who_is_a_deputy_too_leads_both_and_no_further(
    directory: Directory, session: Session
) -> None:
    stand_in(session, "E1005", "E1006", date(2026, 1, 1))
    stand_in(session, "E1006", "E1007", date(2026, 1, 1))
    assert led_by(directory, "E1006", TODAY) == SOLBAKKEN
    assert led_by(directory, "E1007", TODAY) == FURU


def test_deputies_who_left_and_deputies_of_those_who_lead_no_longer_have_nothing(
    directory: Directory, session: Session
) -> None:
    stand_in(session, "E1006", "E1007", date(2026, 1, 1))
    stand_in(session, "E1006", "E1008", date(2026, 1, 1))
    leave(session, "E1008")
    assert [person.employee_id for person in directory.deputies_of("E1006", TODAY)] == ["E1007"]
    leave(session, "E1006")
    assert led_by(directory, "E1007", TODAY) == frozenset()


def test_one_who_stands_in_twice_is_named_once(directory: Directory, session: Session) -> None:
    stand_in(session, "E1006", "E1007", date(2026, 1, 1))
    stand_in(session, "E1006", "E1007", date(2026, 11, 1), date(2026, 12, 1))
    assert len(directory.deputies_of("E1006", TODAY)) == 1


def test_who_left_is_found_for_the_history_only(directory: Directory, session: Session) -> None:
    assert directory.is_active("E1007")
    leave(session, "E1007")
    assert not directory.is_active("E1007")
    assert not directory.is_active("E9999")
    former = directory.former_person("E1007")
    assert former is not None
    assert former.name == "Jorunn Eikeland"
    assert directory.former_person("E9999") is None
    assert directory.people_named("Jorunn Eikeland") == []
    assert directory.people_mentioned("Jorunn Eikeland var der") == []


def test_people_are_found_by_names_in_the_database(directory: Directory) -> None:
    assert directory.people_named("camila nygård") == [directory.person("E1006")]
    assert directory.people_mentioned("Det var Camilla Nygårds skyld") == [directory.person("E1006")]


def test_unit_named_in_uses_the_stored_names(directory: Directory) -> None:
    unit = directory.unit_named_in("Hos oss på avdeling Furu er det kaldt")
    assert unit is not None
    assert unit.unit_id == "HO-SOL-FUR"


def test_a_conversation_is_opened_once(directory: Directory) -> None:
    first = directory.open_conversation("web", "abc", "E1007")
    assert re.fullmatch("[0-9a-f]{32}", first)
    assert directory.open_conversation("web", "abc", "E1007") == first
    assert directory.open_conversation("teams", "abc", "E1007") != first
    conversation = directory.conversation(first)
    assert conversation is not None
    assert (conversation.channel, conversation.external_id) == ("web", "abc")
    assert conversation.created_at == NOW
    assert conversation.person == directory.person("E1007") == directory.person_for_conversation(first)


def test_a_conversation_of_an_unknown_sender_has_no_person(directory: Directory) -> None:
    opened = directory.open_conversation("telegram", "42", None)
    assert directory.open_conversation("telegram", "42", None) == opened
    assert directory.person_for_conversation(opened) is None
    assert directory.conversation("0" * 32) is None
    assert directory.person_for_conversation("0" * 32) is None


@pytest.mark.parametrize(("owner", "other"), [("E1007", "E1008"), ("E1007", None), (None, "E1007")])
def test_a_conversation_belongs_to_one(directory: Directory, owner: str | None, other: str | None) -> None:
    opened = directory.open_conversation("web", "abc", owner)
    with pytest.raises(ConversationOwnerError) as caught:
        directory.open_conversation("web", "abc", other)
    assert caught.value.conversation_id == opened


def test_a_conversation_of_nobody_we_know_is_refused(directory: Directory) -> None:
    with pytest.raises(UnknownPersonError):
        directory.open_conversation("web", "abc", "E9999")


def test_someone_who_left_has_no_conversation(directory: Directory, session: Session) -> None:
    opened = directory.open_conversation("web", "abc", "E1007")
    row = session.get(PersonRow, "E1007")
    assert row is not None
    row.active = False
    session.flush()
    assert directory.person_for_conversation(opened) is None
    with pytest.raises(UnknownPersonError):
        directory.open_conversation("web", "abc", "E1007")


def test_racing_openers_get_one_conversation(sessions: SessionFactory, sample: Path) -> None:
    with sessions.begin() as session:
        import_csv(session, sample / "units.csv", sample / "people.csv")
    start = Barrier(6)

    def open_it() -> str:
        start.wait()
        with sessions.begin() as session:
            return Directory(session).open_conversation("web", "abc", "E1007")

    with ThreadPoolExecutor(6) as pool:
        opened = {done.result() for done in [pool.submit(open_it) for _ in range(6)]}
    assert len(opened) == 1
