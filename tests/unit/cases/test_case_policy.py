"""Who may read which case: every role against every relation to the case."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from cases.categories import Category, Kind, Severity, Status
from cases.model import Case
from cases.policy import Visibility, may_read, visibility
from database.engine import make_engine, session_factory
from database.migrations.rooms import load_metadata
from organisation.directory import Directory
from organisation.model import Person, Role
from organisation.tables import UnitRow

# TOP ── MID ── LOW
#     └─ SIDE
UNITS = {"TOP": None, "MID": "TOP", "LOW": "MID", "SIDE": "TOP"}

CASE = Case(
    number="2026-00001",
    conversation_id="c" * 32,
    draft_id="d",
    channel="web",
    kind=Kind.DEVIATION,
    category=Category.TJENESTE,
    subtype=None,
    severity=Severity.LAV,
    status=Status.NY,
    title="t",
    description="d",
    unit_id="MID",
    place=None,
    occurred_at=None,
    occurred_text=None,
    reporter_id="REPORTER",
    anonymous=False,
    assignee_id="ASSIGNEE",
    due_date=date(2026, 12, 1),
    reported_at=datetime(2026, 11, 20, tzinfo=UTC),
)

# What the case is to the one who asks.
RELATIONS = {
    "own report": replace(CASE, reporter_id="ACTOR"),
    "own report, anonymous": replace(CASE, reporter_id=None, anonymous=True),
    "assigned": replace(CASE, assignee_id="ACTOR"),
    "own unit": replace(CASE, unit_id="MID"),
    "unit below": replace(CASE, unit_id="LOW"),
    "unit above": replace(CASE, unit_id="TOP"),
    "unit beside": replace(CASE, unit_id="SIDE"),
    "no unit": replace(CASE, unit_id=None),
    "nobody's": replace(CASE, unit_id=None, reporter_id=None, assignee_id=None, conversation_id=None),
    "information security elsewhere": replace(CASE, unit_id="SIDE", category=Category.INFORMASJONSSIKKERHET),
}

PERSONAL = {"own report", "assigned"}
SEEN = {
    Role.EMPLOYEE: PERSONAL,
    Role.ADMIN: PERSONAL,
    # The anonymous, assigned and reported cases of the table above lie in MID too.
    Role.LEADER: PERSONAL | {"own report, anonymous", "own unit", "unit below"},
    Role.QUALITY_ADVISER: set(RELATIONS),
    Role.PRIVACY_OFFICER: PERSONAL | {"information security elsewhere"},
}


def person(role: Role, unit_id: str = "MID") -> Person:
    return Person("ACTOR", "Åse", "a@example.no", "x", unit_id, role)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    path: Path = tmp_path_factory.mktemp("policy")
    engine = make_engine(f"sqlite:///{path}/policy.db")
    load_metadata().create_all(engine)
    with session_factory(engine).begin() as session:
        for unit_id, parent_id in UNITS.items():
            session.add(UnitRow(unit_id=unit_id, name=unit_id, parent_id=parent_id, sector="x"))
            session.flush()
        yield Directory(session)
    engine.dispose()


def test_the_matrix_has_every_role() -> None:
    assert set(SEEN) == set(Role)


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("role", list(Role))
def test_role_and_relation(directory: Directory, role: Role, relation: str) -> None:
    assert may_read(person(role), RELATIONS[relation], directory) is (relation in SEEN[role])


@pytest.mark.parametrize("relation", RELATIONS)
def test_an_unknown_sender_sees_nothing(directory: Directory, relation: str) -> None:
    assert not may_read(None, RELATIONS[relation], directory)


@pytest.mark.parametrize("actor", [None, *(person(role, "SIDE") for role in (Role.EMPLOYEE, Role.ADMIN))])
def test_the_conversation_of_a_report_sees_it(directory: Directory, actor: Person | None) -> None:
    anonymous = RELATIONS["own report, anonymous"]
    assert may_read(actor, anonymous, directory, "c" * 32)
    assert not may_read(actor, anonymous, directory, "e" * 32)
    assert not may_read(actor, replace(anonymous, conversation_id=None), directory, "c" * 32)


def test_a_leader_of_an_unknown_unit_sees_no_unit(directory: Directory) -> None:
    assert not may_read(person(Role.LEADER, "GONE"), replace(CASE, unit_id="GONE"), directory)


def test_no_grant_ever_holds_none(directory: Directory) -> None:
    for actor in [None, *map(person, Role)]:
        for conversation_id in (None, "c" * 32):
            for grant in visibility(actor, conversation_id, directory).grants:
                assert None not in grant.values


def test_nothing_is_visible_by_default() -> None:
    assert not any(Visibility().covers(case) for case in RELATIONS.values())
