"""Routines that cases keep pointing to: perhaps they are not known, not followed, or do not work."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from cases.rates import Flags, Floats, Integers, excess_p_values, least_p_values, worth_testing

_LEVEL = 0.1
_MIN_CASES = 3


@dataclass(frozen=True)
class RoutineCase:
    """A case and the routines that it concerns.

    Attributes:
        routine_ids: none for a case that concerns none; such cases count in the whole.
        open_measures: measures that are not done.
    """

    number: str
    reported_on: date
    routine_ids: tuple[str, ...]
    open_measures: int


@dataclass(frozen=True)
class RoutineFailure:
    """A routine with cases in the period.

    Attributes:
        case_numbers: in the period, by number.
        share: of all cases in the period, 0 to 1.
        expected: cases that the time before leads to expect.
        p_value: how likely so many are if nothing has changed.
        rising: more than before, after correction for all routines that were looked at.
        open_measures: of all its cases, those before the period as well.
    """

    routine_id: str
    case_numbers: tuple[str, ...]
    share: float
    expected: float
    p_value: float
    rising: bool
    open_measures: int


def failing_routines(
    rows: Iterable[RoutineCase], today: date, *, period_days: int = 91, history_days: int = 1095
) -> list[RoutineFailure]:
    """Routines with at least three cases in a period: the rising ones first, then by number of cases.

    Each is tested against its own past as in `trends`: days count as exposure, stretched when all other cases
    have grown more frequent.

    Args:
        period_days: up to and with `today`.
        history_days: how far back is looked, the period included.
    """
    known = [row for row in rows if 0 <= (today - row.reported_on).days < history_days]
    recent = [row for row in known if (today - row.reported_on).days < period_days]
    earlier_days = max(((today - row.reported_on).days for row in known), default=0) + 1 - period_days
    now, ever = _per_routine(recent), _per_routine(known)
    ids = sorted(ever)
    if not ids or earlier_days < 1:
        return []
    counts, totals = np.array([now[one] for one in ids]), np.array([ever[one] for one in ids])
    before = totals - counts
    others_before = np.maximum(len(known) - len(recent) - before, 1)
    growth = np.maximum(1.0, (len(recent) - counts) * earlier_days / (period_days * others_before))
    exposure = growth * period_days
    share = exposure / (exposure + earlier_days)
    p_values = excess_p_values(counts, totals, share)
    rising = _rising(p_values, totals, share)
    failures = [
        RoutineFailure(
            routine_id=routine_id,
            case_numbers=tuple(sorted(row.number for row in recent if routine_id in row.routine_ids)),
            share=now[routine_id] / len(recent),
            expected=float(before[place] * exposure[place] / earlier_days),
            p_value=float(p_values[place]),
            rising=bool(rising[place]),
            open_measures=sum(row.open_measures for row in known if routine_id in row.routine_ids),
        )
        for place, routine_id in enumerate(ids)
        if now[routine_id] >= _MIN_CASES
    ]
    return sorted(failures, key=lambda one: (not one.rising, -len(one.case_numbers), one.routine_id))


def _rising(p_values: Floats, totals: Integers, share: Floats) -> Flags:
    """Which tests are findings (Benjamini-Hochberg), among those that could be."""
    tested = (totals >= _MIN_CASES) & worth_testing(least_p_values(totals, share), _LEVEL)
    ranked = np.sort(p_values[tested])
    limits = _LEVEL * np.arange(1, ranked.size + 1) / max(ranked.size, 1)
    found = ranked[ranked <= limits]
    return np.asarray(tested & (p_values <= (found[-1] if found.size else -1.0)), dtype=np.bool_)


def _per_routine(rows: Sequence[RoutineCase]) -> Counter[str]:
    return Counter(routine_id for row in rows for routine_id in set(row.routine_ids))
