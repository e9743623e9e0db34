"""Cases as a table for a spreadsheet, one row a case, as Norwegian Excel opens it.

UTF-8 with a byte order mark, semicolons, days and moments in ISO 8601 and Norwegian time. Internal notes,
protected reporters and involved people are never in it, sensitive cases only when asked for.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import yaml
from sqlalchemy import not_, select
from sqlalchemy.orm import Session

from cases.calendar import OSLO
from cases.export import Exported, Scope, Write, pages
from cases.labels import label
from cases.model import Case
from cases.repository import to_case
from cases.tables import CaseRow, CommentRow
from organisation.tables import PersonRow, UnitRow

# https://owasp.org/www-community/attacks/CSV_Injection, with the full-width forms that Excel reads alike.
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_TEXT_MARK = "'"
_BYTE_ORDER_MARK = "\ufeff"


def export_table(
    session: Session, write: Write, language: str, *, scope: Scope | None = None, sensitive: bool = False
) -> Exported:
    """Write the table, a page of cases at a time.

    Args:
        session: for reading.
        write: takes pieces of the file, one after the other.
        language: `nb` or `nn`.
        sensitive: also cases that are marked as sensitive.
    """
    names = _Names(session)
    write(_BYTE_ORDER_MARK.encode())
    write(_rows([[head[language] for head in _heads().values()]]))
    count = 0
    conditions = [] if sensitive else [not_(CaseRow.sensitive)]
    for numbers in pages(session, scope or Scope(), *conditions):
        comments = _comments(session, numbers)
        rows = session.scalars(select(CaseRow).where(CaseRow.number.in_(numbers)).order_by(CaseRow.number))
        cells = [_cells(to_case(row), comments[row.number], names, language) for row in rows]
        write(_rows([row[name] for name in _heads()] for row in cells))
        count += len(numbers)
        session.expunge_all()
    return Exported(count, 0)


def harmless_cell(text: str) -> str:
    """A text that a spreadsheet takes for text, whatever it begins with."""
    return _TEXT_MARK + text if text.startswith(_BEGINS_FORMULA) else text


class _Names:
    """What ids of units and people are called."""

    def __init__(self, session: Session) -> None:
        units = session.execute(select(UnitRow.unit_id, UnitRow.name))
        people = session.execute(select(PersonRow.employee_id, PersonRow.name))
        self._units = {row.unit_id: row.name for row in units}
        self._people = {row.employee_id: row.name for row in people}

    def unit(self, unit_id: str | None) -> str:
        return self._units[unit_id] if unit_id else ""

    def person(self, employee_id: str | None) -> str:
        return self._people[employee_id] if employee_id else ""


def _cells(case: Case, comments: list[str], names: _Names, language: str) -> dict[str, str]:
    choices = ("kind", "category", "subtype", "severity", "likelihood", "risk", "status")
    ids: dict[str, str | None] = {name: getattr(case, name) for name in choices}
    return {
        **{name: label(name, value, language) if value else "" for name, value in ids.items()},
        "number": case.number,
        "title": case.title,
        "description": case.description,
        "unit_id": case.unit_id or "",
        "unit": names.unit(case.unit_id),
        "place": case.place or "",
        "occurred_at": _moment(case.occurred_at),
        "reported_at": _moment(case.reported_at),
        "reporter": "" if case.protected else names.person(case.reporter_id),
        "assignee": names.person(case.assignee_id),
        "due_date": case.due_date.isoformat(),
        "responded_at": _moment(case.responded_at),
        "closed_at": _moment(case.closed_at),
        "closing_note": case.closing_note or "",
        "measures": "\n".join(measure.text for measure in case.measures),
        "measures_done": str(sum(item.done_at is not None for item in case.measures)),
        "comments": "\n".join(comments),
        "routines": ", ".join(case.routine_ids),
        "merged_into": case.merged_into or "",
    }


def _comments(session: Session, numbers: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    query = select(CommentRow.case_number, CommentRow.text).where(CommentRow.case_number.in_(numbers))
    for number, text in session.execute(query.where(not_(CommentRow.internal)).order_by(CommentRow.id)):
        found[number].append(text)
    return found


def _moment(moment: datetime | None) -> str:
    if moment is None:
        return ""
    return moment.astimezone(OSLO).replace(tzinfo=None).isoformat(sep=" ", timespec="minutes")


def _rows(rows: Iterable[list[str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([harmless_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


@lru_cache(maxsize=1)
def _heads() -> dict[str, dict[str, str]]:
    heads: dict[str, dict[str, str]] = yaml.safe_load(
        Path(__file__).with_name("export_texts.yml").read_text("utf-8")
    )
    return heads
