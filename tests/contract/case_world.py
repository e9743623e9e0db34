"""The sample organisation with a register that tests file cases in, and what they look up in its tables."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import event, select, text

from cases.case_work import Actor
from cases.categories import Category, Kind, Likelihood, Severity
from cases.handling import CaseHandling, Change
from cases.history import Event, History
from cases.model import Case, Comment, NewReport
from cases.repository import CaseRepository
from cases.service import CaseService
from cases.tables import CaseRow
from database.base import Base
from database.engine import SessionFactory, make_engine, reading, session_factory
from organisation.csv_import import import_csv
from organisation.directory import Directory
from organisation.model import Person
from outbox.tables import OutboxRow

SAMPLE = Path(__file__).parents[2] / "sample"
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)  # a Friday, 11 o'clock in Norway
KEY = b"a key for tests"

REPORTER = "E1019"  # works in HO-HJT-NOR,
LEADER = "E1017"  # which E1017 leads,
LEADER_ABOVE = "E1016"
COLLEAGUE = "E1018"
STRANGER = "E1007"
ADVISER = "E1065"
PRIVACY_OFFICER = "E1002"
UNIT = "HO-HJT-NOR"


@dataclass
class World:
    """A register, with a clock that tests turn."""

    sessions: SessionFactory
    now: datetime = NOW
    ids: Iterator[int] = field(default_factory=lambda: count(1))
    service: CaseService = field(init=False)

    def __post_init__(self) -> None:
        self.service = CaseService(self.sessions, lambda: self.now, origin_key=KEY)

    @property
    def handling(self) -> CaseHandling:
        return self.service.handling

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def person(self, employee_id: str) -> Person:
        with reading(self.sessions) as session:
            person = Directory(session).person(employee_id)
        assert person is not None
        return person

    def actor(
        self, employee_id: str | None, conversation_id: str | None = None, seen: int | None = None
    ) -> Actor:
        return Actor(self.person(employee_id) if employee_id else None, conversation_id, "web", seen)

    def open_conversation(self, employee_id: str | None) -> str:
        with self.sessions.begin() as session:
            return Directory(session).open_conversation("web", uuid4().hex, employee_id)

    def file(self, reporter_id: str | None = REPORTER, **changes: Any) -> Case:
        conversation_id = changes.pop("conversation_id", None) or self.open_conversation(reporter_id)
        return self.service.file(make_report(conversation_id, reporter_id=reporter_id, **changes))

    def case(self, number: str) -> Case:
        with reading(self.sessions) as session:
            case = CaseRepository(session).by_number(number)
        assert case is not None
        return case

    def columns(self, number: str) -> dict[str, Any]:
        """All that is stored of a case but its version and history."""
        with reading(self.sessions) as session:
            row = session.get_one(CaseRow, number)
            names = {column.key for column in CaseRow.__table__.columns} - {"version"}
            parts = {
                name: [
                    {column.key: getattr(item, column.key) for column in type(item).__table__.columns}
                    for item in getattr(row, name)
                ]
                for name in ("measures", "routines", "watchers", "involved")
            }
            found = {name: getattr(row, name) for name in names}
        return {**found, **parts, "comments": self.comments(number)}

    def comments(self, number: str) -> list[Comment]:
        with reading(self.sessions) as session:
            return CaseRepository(session).comments(number, internal=True)

    def events(self, number: str) -> list[Event]:
        with reading(self.sessions) as session:
            return History(session).of_case(number)

    def notices(self, number: str, status: str = "waiting") -> list[OutboxRow]:
        with reading(self.sessions) as session:
            query = select(OutboxRow).where(OutboxRow.key.startswith(f"case:{number}:"))
            rows = session.scalars(query.where(OutboxRow.status == status).order_by(OutboxRow.id))
            return list(rows)

    def told(self, number: str) -> dict[str | None, str]:
        """Who waits for which template; an anonymous reporter stands under their origin."""
        return {row.person_id or row.origin: row.template for row in self.notices(number)}

    def tables_as_text(self, *, without: tuple[str, ...] = ("people", "conversations")) -> str:
        with reading(self.sessions) as session:
            return "\n".join(
                f"{table.name}: {tuple(row)}"
                for table in Base.metadata.sorted_tables
                if table.name not in without
                for row in session.execute(text(f"SELECT * FROM {table.name}"))  # noqa: S608
            )


def make_report(conversation_id: str, draft_id: str = "d1", **changes: Any) -> NewReport:
    fields: dict[str, Any] = {
        "draft_id": draft_id,
        "conversation_id": conversation_id,
        "channel": "web",
        "kind": Kind.DEVIATION,
        "category": Category.HMS,
        "subtype": "personskade",
        "severity": Severity.MIDDELS,
        "description": "Skled på isen utenfor basen. Det var ikke strødd.",
        "unit_id": UNIT,
        "place": "Inngangen",
        "occurred_at": datetime(2026, 11, 19, 20, 0, tzinfo=UTC),
        "occurred_text": "i går kveld",
        "reporter_id": None,
        "anonymous": False,
    }
    return NewReport(**{**fields, **changes})


def import_organisation(sessions: SessionFactory) -> None:
    with sessions.begin() as session:
        import_csv(session, SAMPLE / "organisation/units.csv", SAMPLE / "organisation/people.csv")


@contextmanager
def world_in(url: str) -> Iterator[World]:
    engine = make_engine(url)
    if engine.dialect.name == "sqlite":
        # No test here is about power that goes; waiting for the disk is most of their time.
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    try:
        yield World(session_factory(engine))
    finally:
        engine.dispose()


def do(world: World, verb: str, who: str | None, number: str, **more: Any) -> Change:
    """Do one of `VERBS` as somebody, with arguments that change something."""
    actor = world.actor(who, more.pop("conversation_id", None), more.pop("seen", None))
    return VERBS[verb](world, actor, number)


def ready_for(world: World, verb: str, **changes: Any) -> str:
    """File a case on which a verb can be done, and what it needs done before."""
    number = world.file(**changes).number
    for before in BEFORE.get(verb, ()):
        do(world, before, LEADER, number)
    return number


VERBS: dict[str, Callable[[World, Actor, str], Change]] = {
    "take": lambda world, actor, number: world.handling.take(actor, number),
    "assign": lambda world, actor, number: world.handling.assign(actor, number, COLLEAGUE),
    "set_deadline": lambda world, actor, number: world.handling.set_deadline(
        actor, number, date(2026, 12, 24)
    ),
    "add_measure": lambda world, actor, number: world.handling.add_measure(
        actor, number, "Strø oftere", COLLEAGUE, date(2026, 12, 1)
    ),
    "finish_measure": lambda world, actor, number: world.handling.finish_measure(actor, number),
    "comment": lambda world, actor, number: world.handling.comment(actor, number, "Vi ser på det."),
    "note": lambda world, actor, number: world.handling.note(actor, number, "Ringte vaktmesteren."),
    "recategorise": lambda world, actor, number: world.handling.recategorise(
        actor, number, Category.TJENESTE, "legemiddel", "Gjelder medisin."
    ),
    "set_severity": lambda world, actor, number: world.handling.set_severity(
        actor, number, Severity.HOY, "Brudd i armen."
    ),
    "set_likelihood": lambda world, actor, number: world.handling.set_likelihood(
        actor, number, Likelihood.HYPPIG
    ),
    "merge": lambda world, actor, number: world.handling.merge(
        actor, number, world.file(world.case(number).reporter_id or REPORTER).number
    ),
    "close": lambda world, actor, number: world.handling.close(
        actor, number, "Det er strødd.", tell_reporter=True
    ),
    "reject": lambda world, actor, number: world.handling.reject(
        actor, number, "Ikke vår vei.", tell_reporter=True
    ),
    "reopen": lambda world, actor, number: world.handling.reopen(actor, number),
    "mark_sensitive": lambda world, actor, number: world.handling.mark_sensitive(
        actor, number, sensitive=True
    ),
    "unmark_sensitive": lambda world, actor, number: world.handling.mark_sensitive(
        actor, number, sensitive=False
    ),
    "watch": lambda world, actor, number: world.handling.watch(actor, number, watch=True),
    "unwatch": lambda world, actor, number: world.handling.watch(actor, number, watch=False),
    "involve": lambda world, actor, number: world.handling.involve(actor, number, COLLEAGUE),
    "answer": lambda world, actor, number: world.handling.answer(actor, number, "Det var ved porten."),
}
BEFORE = {
    "finish_measure": ("add_measure",),
    "reopen": ("close",),
    "unmark_sensitive": ("mark_sensitive",),
    "unwatch": ("watch",),
}
"""What has to be done to a new case first."""
