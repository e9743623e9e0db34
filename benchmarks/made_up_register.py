"""A made-up municipality with many cases, written to a database in bulk."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Table, insert
from sqlalchemy.orm import DeclarativeBase

from cases.calendar import due_date, oslo_date
from cases.categories import SUBTYPES, Severity, Status
from cases.history import hash_of, new_nonce
from cases.model import title_from
from cases.repository import search_text
from cases.tables import (
    CaseEventRow,
    CaseNumberRow,
    CaseRow,
    CommentRow,
    InvolvedRow,
    MeasureRow,
    WatcherRow,
)
from organisation.model import Role
from organisation.tables import ConversationRow, PersonRow, UnitRow

NOW = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)  # 12:00 in Norway
YEARS = 5
EMPLOYEES_PER_UNIT = 6
ADVISER, OFFICER = "Q1", "P1"
BATCH = 5_000
_SAMPLE = Path(__file__).resolve().parents[1] / "sample" / "cases" / "cases.jsonl"
_FIRST_HASH = "0" * 64
# Consequences as in the sample, the mildest first.
_SEVERITIES = ((Severity.LAV, 0.45), (Severity.MIDDELS, 0.37), (Severity.HOY, 0.14), (Severity.KRITISK, 0.04))
_TABLES = (CaseRow, MeasureRow, CommentRow, CaseEventRow, WatcherRow, InvolvedRow)

Row = dict[str, Any]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Places:
    """Units by their depth in the tree, with the leader of a unit called `L-<unit>`."""

    parents: dict[str, str | None]
    sectors: list[str]
    wards: list[str]

    def employees(self, unit_id: str) -> list[str]:
        """The ids of those who work in a unit."""
        return [f"E-{unit_id}-{number}" for number in range(EMPLOYEES_PER_UNIT)]


def make_places(count: int) -> Places:
    """One topmost unit, eight sectors, areas below them, and wards below the areas."""
    sectors = [f"S{number}" for number in range(8)]
    areas = [f"A{number}" for number in range(max(8, count // 8))]
    wards = [f"W{number}" for number in range(max(8, count - 1 - len(sectors) - len(areas)))]
    parents: dict[str, str | None] = {"TOP": None}
    parents |= dict.fromkeys(sectors, "TOP")
    parents |= {area: sectors[index % len(sectors)] for index, area in enumerate(areas)}
    parents |= {ward: areas[index % len(areas)] for index, ward in enumerate(wards)}
    return Places(parents, sectors, wards)


def fill(connection: Connection, places: Places, count: int, seed: int = 7) -> None:
    """Write the organisation and cases with their events, measures, comments, watchers and people.

    The latest case is of `NOW`'s day; numbers have no gaps, and the series goes on after them.
    """
    _write_organisation(connection, places)
    drawn = _draw(places, count, np.random.default_rng(seed))
    while batch := list(itertools.islice(drawn, BATCH)):
        for table in _TABLES:
            _write(connection, table, [row for rows in batch for owner, row in rows if owner is table])
    last: dict[int, int] = {}
    for number in connection.scalars(CaseRow.__table__.select().with_only_columns(CaseRow.number)):
        year, position = map(int, number.split("-"))
        last[year] = max(last.get(year, 0), position)
    _write(connection, CaseNumberRow, [{"year": year, "last_number": top} for year, top in last.items()])


def _write(connection: Connection, table: type[DeclarativeBase], rows: list[Row]) -> None:
    if rows:
        connection.execute(insert(cast(Table, table.__table__)), rows)


def _write_organisation(connection: Connection, places: Places) -> None:
    # Parents come first in the tree, so the foreign keys hold row by row.
    units = [
        {"unit_id": unit, "name": f"Enhet {unit}", "parent_id": parent, "sector": "x"}
        for unit, parent in places.parents.items()
    ]
    people = [_person("Q1", "TOP", Role.QUALITY_ADVISER), _person("P1", "TOP", Role.PRIVACY_OFFICER)]
    for unit in places.parents:
        people.append(_person(f"L-{unit}", unit, Role.LEADER))
        people += [_person(employee, unit, Role.EMPLOYEE) for employee in places.employees(unit)]
    _write(connection, UnitRow, units)
    _write(connection, PersonRow, people)
    conversations = [
        {"id": f"{number:032x}", "channel": "web", "external_id": f"b:{number}", "employee_id": None,
         "language": "nb", "created_at": NOW}
        for number in range(64)
    ]  # fmt: skip
    _write(connection, ConversationRow, conversations)


def _person(employee_id: str, unit_id: str, role: Role) -> Row:
    return {
        "employee_id": employee_id, "name": f"Navn {employee_id}", "email": f"{employee_id}@example.no",
        "title": "x", "unit_id": unit_id, "role": role, "active": True,
    }  # fmt: skip


def _draw(
    places: Places, count: int, rng: np.random.Generator
) -> Iterator[list[tuple[type[DeclarativeBase], Row]]]:
    """The rows of one case after another, oldest first.

    Half of the cases come from the busiest fifth of the wards, each sub-type is as common as its
    log-normal weight says, and every year has a tenth more cases than the one before.
    """
    sentences = _sentences()
    kinds = [(category, subtype) for category, subtypes in SUBTYPES.items() for subtype in subtypes]
    weights = _weights(rng, len(kinds))
    wards = rng.choice(len(places.wards), count, p=_weights(rng, len(places.wards)))
    ages = np.sort(YEARS * 365 * (1 - np.sqrt(rng.uniform(0.3, 1, count))) / (1 - np.sqrt(0.3)))[::-1]
    severities = rng.choice(len(_SEVERITIES), count, p=[share for _, share in _SEVERITIES])
    chosen = rng.choice(len(kinds), count, p=weights)
    taken: dict[int, int] = {}
    latest: dict[str, str] = {}
    for index in range(count):
        moment = NOW - timedelta(days=float(ages[index]))
        year = oslo_date(moment).year
        taken[year] = taken.get(year, 0) + 1
        words = " ".join(sentences[at] for at in rng.integers(0, len(sentences), int(rng.integers(2, 5))))
        category, subtype = kinds[chosen[index]]
        case = _case(
            f"{year}-{taken[year]:05d}", moment, places.wards[wards[index]], words,
            _SEVERITIES[severities[index]][0], rng.random(4),
        )  # fmt: skip
        case |= {"category": category, "subtype": subtype}
        if case["closed_at"] is not None and rng.random() < 0.02:
            case["merged_into"] = latest.get(case["unit_id"])
        latest[case["unit_id"]] = case["number"]
        yield [(CaseRow, case), *_parts(case, words, rng.random(4))]


def _case(number: str, moment: datetime, unit: str, words: str, severity: Severity, chance: Floats) -> Row:
    days_old = (NOW - moment).days
    status = _status(days_old, float(chance[0]))
    is_anonymous = bool(chance[1] < 0.15)
    ended = status in (Status.LUKKET, Status.AVVIST)
    closed_at = min(moment + timedelta(days=3 + 40 * float(chance[2])), NOW) if ended else None
    return {
        "number": number, "origin": f"{int(number.replace('-', '')):032x}", "draft_id": f"d-{number}",
        "channel": "web", "kind": "deviation", "severity": severity, "likelihood": None, "status": status,
        "title": title_from(words), "description": words,
        "search_text": search_text(title_from(words), words, f"rom {unit}"), "nonce": new_nonce(),
        "unit_id": unit, "place": f"rom {unit}", "occurred_at": moment - timedelta(hours=5),
        "occurred_text": None, "reporter_id": None if is_anonymous else f"E-{unit}-{int(chance[3] * 6)}",
        "anonymous": is_anonymous, "protected": False, "sensitive": bool(chance[2] < 0.02),
        "assignee_id": f"L-{unit}", "due_date": due_date(moment, severity), "reported_at": moment,
        "reported_on": oslo_date(moment), "responded_at": None, "closed_at": closed_at, "closing_note": None,
        "merged_into": None, "anonymised_at": None, "version": 1 if status is Status.NY else 2,
    }  # fmt: skip


def _status(days_old: int, chance: float) -> Status:
    if days_old > 120:
        return Status.LUKKET if chance < 0.93 else Status.AVVIST if chance < 0.99 else Status.TILTAK
    for status, below in ((Status.NY, 0.15), (Status.UNDER_BEHANDLING, 0.4), (Status.TILTAK, 0.55)):
        if chance < below:
            return status
    return Status.LUKKET if chance < 0.95 else Status.AVVIST


def _parts(case: Row, words: str, chance: Floats) -> Iterable[tuple[type[DeclarativeBase], Row]]:
    number, moment, leader = case["number"], case["reported_at"], case["assignee_id"]
    happened = [("filed", case["reporter_id"])]
    if case["status"] is not Status.NY:
        happened.append(("taken", leader))
    if case["closed_at"] is not None:
        happened.append(("closed", leader))
    before = _FIRST_HASH
    for seq, (action, actor) in enumerate(happened, start=1):
        event = {
            "case_number": number, "seq": seq, "at": moment + timedelta(minutes=seq), "actor_id": actor,
            "channel": "web", "action": action, "details": json.dumps({"version": seq}),
        }  # fmt: skip
        before = hash_of(cast(CaseEventRow, SimpleNamespace(**event)), before)
        yield CaseEventRow, {**event, "hash": before}
    if chance[0] < 0.4:
        measure = {"text": words, "nonce": new_nonce(), "responsible_id": leader, "deadline": NOW.date()}
        yield MeasureRow, {"case_number": number, "position": 0, "done_at": case["closed_at"], **measure}
    if chance[1] < 0.5:
        comment = {"author_id": leader, "speaker": "handler", "internal": bool(chance[2] < 0.3)}
        yield CommentRow, {
            "case_number": number, "text": words, "nonce": new_nonce(), "at": moment, **comment
        }  # fmt: skip
    if chance[2] > 0.96:
        yield InvolvedRow, {"case_number": number, "employee_id": f"E-{case['unit_id']}-5"}
    if chance[3] < 0.02:
        yield WatcherRow, {"case_number": number, "employee_id": ADVISER}


def _weights(rng: np.random.Generator, count: int) -> Floats:
    weights: Floats = rng.lognormal(0, 1, count)
    weights /= weights.sum()
    return weights


def _sentences() -> list[str]:
    described = (json.loads(line)["description"] for line in _SAMPLE.read_text("utf-8").splitlines())
    return [f"{sentence.strip('. ')}." for words in described for sentence in words.split(". ") if sentence]
