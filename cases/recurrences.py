"""What came back although something was done about it: no more frequent, so no trend, but not solved."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

_LOOK_BACK = timedelta(days=548)
_MIN_TIMES = 2


@dataclass(frozen=True)
class HandledCase:
    """A case, as far as this goes.

    Attributes:
        measures_done_on: when the last of its measures was done; None without measures or with open ones.
    """

    number: str
    unit_id: str
    subtype: str
    reported_on: date
    measures_done_on: date | None


@dataclass(frozen=True)
class Recurrence:
    """A sort of case that came back.

    Attributes:
        case_numbers: all of it, by day and number.
        came_back: those reported after all measures of an earlier one were done.
    """

    unit_id: str
    subtype: str
    case_numbers: tuple[str, ...]
    came_back: tuple[str, ...]


def find_recurrences(cases: Iterable[HandledCase], today: date) -> list[Recurrence]:
    """What came back at least twice in the last year and a half, in the same unit, most often first.

    This counts and tests nothing: what is common comes back. It is for a list that somebody looks through now
    and then, not for an alert.
    """
    cells: dict[tuple[str, str], list[HandledCase]] = defaultdict(list)
    for case in cases:
        if today - _LOOK_BACK < case.reported_on <= today:
            cells[case.unit_id, case.subtype].append(case)
    found = [_recurrence(*cell, members) for cell, members in cells.items()]
    return sorted(
        (one for one in found if len(one.came_back) >= _MIN_TIMES),
        key=lambda one: (-len(one.came_back), one.unit_id, one.subtype),
    )


def _recurrence(unit_id: str, subtype: str, cases: list[HandledCase]) -> Recurrence:
    cases = sorted(cases, key=lambda case: (case.reported_on, case.number))
    first_done = min((case.measures_done_on for case in cases if case.measures_done_on), default=None)
    came_back = [case.number for case in cases if first_done is not None and case.reported_on > first_done]
    return Recurrence(unit_id, subtype, tuple(case.number for case in cases), tuple(came_back))
