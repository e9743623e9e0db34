"""A register with the sample in it, and a clerk whose clock tests turn."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from case_world import SAMPLE, World
from sqlalchemy import event, select, update

from cases.calendar import OSLO
from cases.clerk import Clerk, jobs
from cases.notices import NoticeTimes
from cases.sample_import import import_cases
from cases.verification import verify
from database.engine import SessionFactory, make_engine, reading, session_factory
from organisation.csv_import import import_csv
from organisation.tables import DeputyRow, PersonRow
from outbox.tables import OutboxRow

FURU = "HO-SOL-FUR"
FURU_LEADER = "E1006"
FURU_DEPUTY = "E1007"  # from 16 November 2026 to 8 January 2027
FURU_NURSE = "E1009"
LEADER_ABOVE_FURU = "E1005"
ADVISERS = {"E1004", "E1065"}


def oslo(year: int, month: int, day: int, hour: int = 8, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=OSLO)


class ClerkWorld(World):
    """A register and its clerk."""

    @property
    def clerk(self) -> Clerk:
        return Clerk(self.sessions, lambda: self.now, self.service, NoticeTimes())

    def run(self, job: str) -> int:
        return jobs()[job](self.clerk)

    def at(self, *moment: int) -> "ClerkWorld":
        self.now = oslo(*moment)
        return self

    def rows(self, template: str | None = None) -> list[OutboxRow]:
        with reading(self.sessions) as session:
            rows = list(session.scalars(select(OutboxRow).order_by(OutboxRow.key)))
        return [row for row in rows if template in (None, row.template)]

    def posted(self) -> set[tuple[str, str, str | None, str]]:
        return {
            (row.key, row.template, row.person_id, str(sorted(row.values.items()))) for row in self.rows()
        }

    def people_told(self, template: str) -> list[str | None]:
        return sorted(row.person_id or "" for row in self.rows(template))

    def only(self, template: str, person: str) -> OutboxRow:
        (row,) = [row for row in self.rows(template) if row.person_id == person]
        return row

    def leave(self, employee_id: str) -> None:
        self._change_person(employee_id, active=False)

    def _change_person(self, employee_id: str, **values: Any) -> None:
        with self.sessions.begin() as session:
            session.execute(update(PersonRow).where(PersonRow.employee_id == employee_id).values(**values))

    def stand_in(self, leader: str, deputy: str, begins: date, ends: date | None = None) -> None:
        with self.sessions.begin() as session:
            session.add(DeputyRow(leader_id=leader, deputy_id=deputy, begins=begins, ends=ends))

    def assert_whole(self) -> None:
        with reading(self.sessions) as session:
            assert verify(session).problems == ()


def import_sample(sessions: SessionFactory, *, with_cases: bool) -> None:
    folder = SAMPLE / "organisation"
    with sessions.begin() as session:
        import_csv(session, folder / "units.csv", folder / "people.csv", folder / "deputies.csv")
        if with_cases:
            import_cases(session, SAMPLE / "cases/cases.jsonl")


@contextmanager
def clerk_world(url: str, *, with_cases: bool | None) -> Iterator[ClerkWorld]:
    """A world in a database; `with_cases` None: the sample is in it already."""
    engine = make_engine(url)
    if engine.dialect.name == "sqlite":
        # No test here is about power that goes; waiting for the disk is most of their time.
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    try:
        world = ClerkWorld(session_factory(engine))
        if with_cases is not None:
            import_sample(world.sessions, with_cases=with_cases)
        yield world
    finally:
        engine.dispose()
