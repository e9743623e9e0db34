"""Take an exported register into an empty one: the same numbers, texts, salts, events and hashes.

All or nothing. The file is looked through first; what is wrong with it is said before anything is written.
The history is verified as it was stored, before the caller commits.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cases.errors import RegisterFileError
from cases.history import History, broken_links, digest
from cases.register_records import (
    CASES,
    CONTENT,
    EVENTS,
    FORMAT,
    PARTS,
    FileDigest,
    Record,
    event_columns,
    part_columns,
    row_of,
)
from cases.repository import CaseRepository
from cases.tables import CaseRow
from organisation.tables import PersonRow, UnitRow

MAX_PROBLEMS = 10
BATCH = 1000
_PEOPLE = frozenset(
    {"reporter_id", "assignee_id", "responsible_id", "author_id", "employee_id", "added_by", "decided_by"}
    | {"actor_id"}
)


@dataclass(frozen=True)
class Imported:
    """How much was taken in."""

    cases: int
    events: int


def import_register(session: Session, path: Path) -> Imported:
    """Fill an empty register.

    Args:
        session: in a transaction that the caller commits; roll back on any error.
        path: a file of `cases.export` with all cases, and with what their attachments hold.
    Raises:
        RegisterFileError: the register has cases, or the file is damaged, holds only a part, or names people
            or units that are not there. At most ten problems, by line; the header is line 1.
        OSError: the file cannot be read.
    """
    header = _sound_header(path)
    _require_empty(session)
    filling = _Filling(session)
    try:
        for line, record in _records(path):
            filling.take(line, record)
        filling.finish(header)
    except IntegrityError as error:
        raise RegisterFileError(["the same thing is there twice, or points to what is not there"]) from error
    _verify(session, header)
    return Imported(len(filling.numbers), filling.events)


def _sound_header(path: Path) -> Record:
    """Look through the file: is it whole, unchanged, and of a kind that can be taken in?"""
    with path.open("rb") as lines:
        first = _parsed(1, lines.readline())
        header = first.get("header")
        if not isinstance(header, dict) or header.get("format") != FORMAT:
            raise RegisterFileError([f"line 1: is no header of an exported register of format {FORMAT}"])
        total, line = FileDigest(first), b""
        for following in lines:
            if line:
                total.add(line)
            line = following
    if line != total.end_line():
        raise RegisterFileError(["the file is damaged: it does not end with the digest of its lines"])
    if header["year"] is not None or header["units"] is not None:
        raise RegisterFileError(["the file holds only a part of the register"])
    return header


def _require_empty(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        # Nobody files a case meanwhile. On SQLite the transaction has the database to itself.
        session.execute(text("LOCK TABLE cases, case_number_series IN EXCLUSIVE MODE"))
    if session.scalar(select(func.count()).select_from(CaseRow)):
        raise RegisterFileError(["the register has cases already"])


def _records(path: Path) -> Iterator[tuple[int, Record]]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            record = _parsed(number, line)
            if "case" in record or "event" in record:
                yield number, record


def _parsed(number: int, line: bytes) -> Record:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise RegisterFileError([f"line {number}: is no JSON"]) from error
    if not isinstance(record, dict):
        raise RegisterFileError([f"line {number}: is no record"])
    return record


@dataclass
class _Filling:
    """The register as it fills. Nothing is written any more once there is a problem."""

    session: Session
    numbers: set[str] = field(default_factory=set)
    merged: dict[str, str] = field(default_factory=dict)
    events: int = 0
    problems: list[str] = field(default_factory=list)
    waiting: dict[Table, list[Record]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._people = set(self.session.scalars(select(PersonRow.employee_id)))
        self._units = set(self.session.scalars(select(UnitRow.unit_id)))

    def take(self, line: int, record: Record) -> None:
        """Take in a line.

        Raises:
            RegisterFileError: there are too many problems to go on.
        """
        try:
            if "case" in record:
                self._take_case(record["case"])
            else:
                self._take_event(record["event"])
        except (TypeError, ValueError) as problem:
            self.problems.append(f"line {line}: {problem}")
            if len(self.problems) == MAX_PROBLEMS:
                raise RegisterFileError(self.problems) from problem
        if sum(map(len, self.waiting.values())) >= BATCH:
            self._flush()

    def finish(self, header: Record) -> None:
        """Write what is left, and let numbers and ids go on after those that were taken in."""
        if not self.problems:
            missing = sorted(set(self.merged.values()) - self.numbers)
            self.problems += [f"case {number} is not in the file" for number in missing[:MAX_PROBLEMS]]
            if (len(self.numbers), self.events) != (header["cases"], header["events"]):
                self.problems.append("the file has not as many cases and events as its header says")
        if self.problems:
            raise RegisterFileError(self.problems)
        self._flush()
        for number, into in self.merged.items():
            self.session.execute(update(CASES).where(CASES.c.number == number).values(merged_into=into))
        for year, last in header["series"].items():
            CaseRepository(self.session).raise_series(int(year), last)
        self.session.flush()
        if self.session.get_bind().dialect.name == "postgresql":
            for table in (PARTS["comments"], PARTS["attachments"], EVENTS):
                self._raise_sequence(table)

    def _take_case(self, record: Any) -> None:
        if self.events:
            raise ValueError("a case stands after events")
        if not isinstance(record, dict) or not set(PARTS) <= set(record):
            raise ValueError("has not the fields that it should have")
        own = {name: value for name, value in record.items() if name not in PARTS}
        number = str(own.get("number"))
        if number in self.numbers:
            raise ValueError("the case stands there twice")
        # Even if something is wrong with it: its events are not what is wrong then.
        self.numbers.add(number)
        row = row_of(own, list(CASES.columns))
        self._check(row)
        if row["merged_into"] is not None:
            # The other case may come later, so they are tied together at the end.
            self.merged[number] = row["merged_into"]
        self._add(CASES, {**row, "merged_into": None})
        for part, table in PARTS.items():
            for item in record[part]:
                found = row_of(_with_content(part, item), part_columns(table))
                self._check(found)
                self._add(table, {**found, "case_number": number})

    def _take_event(self, record: Any) -> None:
        row = row_of(record, event_columns())
        if row["case_number"] not in self.numbers:
            raise ValueError("an event of an unknown case")
        self._check(row)
        self.events += 1
        self._add(EVENTS, {**row, "id": self.events})

    def _check(self, row: Record) -> None:
        for name, value in row.items():
            if name in _PEOPLE and value is not None and value not in self._people:
                raise ValueError(f"unknown person {value}")
        if row.get("unit_id") is not None and row["unit_id"] not in self._units:
            raise ValueError(f"unknown unit {row['unit_id']}")

    def _add(self, table: Table, row: Record) -> None:
        self.waiting.setdefault(table, []).append(row)

    def _flush(self) -> None:
        if not self.problems:
            for table in (CASES, *PARTS.values(), EVENTS):
                if rows := self.waiting.get(table):
                    self.session.execute(insert(table), rows)
        self.waiting.clear()

    def _raise_sequence(self, table: Table) -> None:
        self.session.execute(
            text(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name}"  # noqa: S608
            )
        )


def _with_content(part: str, item: Any) -> Any:
    if part == "attachments" and isinstance(item, dict) and CONTENT not in item:
        raise ValueError("an attachment without what it holds; export with --attachments")
    return item


def _verify(session: Session, header: Record) -> None:
    history = History(session)
    broken = next(broken_links(history.rows()), None)
    if broken is not None:
        raise RegisterFileError([f"the history of case {broken[0]} is broken at event {broken[1]}"])
    if digest(history.rows()) != header["digest"]:
        raise RegisterFileError(["the history is not the one that the header tells of"])
