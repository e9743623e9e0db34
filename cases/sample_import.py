"""Load cases from a JSON Lines file, such as the fictional ones in `sample/cases`."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from cases.calendar import oslo_date
from cases.categories import Category, Kind, Severity, Status
from cases.errors import CaseImportError
from cases.model import Case, Measure
from cases.repository import CaseRepository
from cases.service import record_new
from organisation.directory import Directory

CHANNEL = "import"
_NUMBER = re.compile(r"[0-9]{4}-[0-9]{5}")


def import_cases(session: Session, path: Path) -> int:
    """Add the cases that the register does not have; those it has stay as they are.

    New cases continue each year's numbers after the highest that was imported.

    Args:
        session: in a transaction that the caller commits; units and people are there already.
        path: UTF-8, one case per line.
    Returns:
        How many cases were added.
    Raises:
        CaseImportError: the first line that is wrong; roll back then.
        OSError: the file cannot be read.
    """
    cases = list(_read(path))
    repository = CaseRepository(session)
    directory = Directory(session)
    stored = repository.numbers()
    highest: dict[int, int] = defaultdict(int)
    added = 0
    for row, case in cases:
        year, number = map(int, case.number.split("-"))
        highest[year] = max(highest[year], number)
        if case.number not in stored:
            _check_references(row, case, directory)
            record_new(session, repository.add(case), case.reporter_id, "imported")
            stored.add(case.number)
            added += 1
    for year, number in highest.items():
        repository.raise_series(year, number)
    session.flush()
    return added


def _read(path: Path) -> Iterator[tuple[int, Case]]:
    with path.open(encoding="utf-8") as lines:
        for row, line in enumerate(lines, start=1):
            try:
                case = _case(json.loads(line))
            except (KeyError, TypeError, ValueError) as error:
                raise CaseImportError(row, f"{type(error).__name__}: {error}") from error
            yield row, case


def _case(data: dict[str, Any]) -> Case:
    if not _NUMBER.fullmatch(data["case_number"]):
        raise ValueError(f"{data['case_number']} is no case number")
    reported_at = datetime.fromisoformat(data["reported_at"]).astimezone(UTC)
    return Case(
        number=data["case_number"],
        origin=None,
        draft_id=None,
        channel=CHANNEL,
        kind=Kind(data["kind"]),
        category=Category(data["category"]),
        subtype=data["subtype"],
        severity=Severity(data["severity"]),
        status=Status(data["status"]),
        title=data["title"],
        description=data["description"],
        unit_id=data["unit_id"],
        place=data["place"],
        occurred_at=_moment(data["occurred_at"]),
        occurred_text=None,
        reporter_id=data["reporter"],
        anonymous=data["reporter"] is None,
        assignee_id=data["assignee"],
        due_date=date.fromisoformat(data["due_date"]),
        reported_at=reported_at,
        reported_on=oslo_date(reported_at),
        closed_at=_moment(data["closed_at"]),
        closing_note=data["closing_note"],
        measures=tuple(
            Measure(item["text"], item["responsible"], _moment(item["done_at"])) for item in data["measures"]
        ),
        routine_ids=tuple(data["routine_ids"]),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def _check_references(row: int, case: Case, directory: Directory) -> None:
    if case.unit_id is not None and directory.unit(case.unit_id) is None:
        raise CaseImportError(row, f"unknown unit {case.unit_id}")
    responsible = [measure.responsible_id for measure in case.measures]
    for employee_id in [case.reporter_id, case.assignee_id, *responsible]:
        if employee_id is not None and directory.person(employee_id) is None:
            raise CaseImportError(row, f"unknown person {employee_id}")
