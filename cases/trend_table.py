"""The counts behind `trends`: units with all below them, times sub-types and categories, times windows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from cases.rates import (
    Flags,
    Floats,
    Integers,
    dispersion,
    excess_p_values,
    least_p_values,
    worth_testing,
)
from cases.trend_model import Observation, Parents, TrendSettings

_BLOCK_DAYS = 28
_NONE = -1


@dataclass(frozen=True)
class Cell:
    """A cell that is above its expectation.

    Attributes:
        index: in the table.
        window: index of the window.
        expected: events that the time before leads to expect.
    """

    index: int
    window: int
    window_days: int
    count: int
    expected: float
    p_value: float
    is_category: bool


class TrendTable:
    """Counts of events that can be taken out again.

    An event is all reports of one unit, sub-type and day: several colleagues who report the same are one.
    The time of a unit begins with its first report, or its first weeks of use would look like a wave.
    """

    def __init__(
        self,
        observations: Iterable[Observation],
        parents: Parents,
        today: date,
        settings: TrendSettings,
    ) -> None:
        self._settings = settings
        self._units: list[str] = list(parents)
        self._paths = _paths(parents)
        self._read(observations, today)
        self._expand()
        self._alive: Flags = np.ones(self._ages.size, dtype=np.bool_)
        self._dispersion = self._estimate_dispersion()
        self._choose_tests()

    def unusual(self, threshold: float) -> list[Cell]:
        """The cells whose p-values are at most `threshold`."""
        totals, counts = self._counts()
        p_values = np.ones(counts.shape)
        share, expected = self._shares(totals, counts)
        rows, windows = np.nonzero(self._tested & (counts >= self._settings.min_count))
        p_values[rows, windows] = excess_p_values(
            counts[rows, windows], totals[rows], share[rows, windows], self._dispersion
        )
        rows, windows = np.nonzero(p_values <= threshold)
        return [
            Cell(
                int(row),
                int(window),
                self._settings.windows_days[window],
                int(counts[row, window]),
                float(expected[row, window]),
                float(p_values[row, window]),
                bool(self._cell_subject[row] >= self._first_category),
            )
            for row, window in zip(rows, windows, strict=True)
        ]

    def take_out(self, cell: Cell) -> None:
        """Forget what is recent in a cell: it has been told, and says nothing about the rest."""
        widest = max(self._settings.windows_days)
        self._alive[self._events_of(cell.index, widest)] = False

    def is_within(self, inner: Cell, outer: Cell) -> bool:
        """Whether all that counts in one cell counts in the other."""
        subject, wanted = self._cell_subject[inner.index], self._cell_subject[outer.index]
        if wanted not in (subject, self._category_of[subject]):
            return False
        return bool(self._cell_node[outer.index] in self._paths[self._cell_node[inner.index]])

    def count(self, cell: Cell, window: int) -> int:
        """Events of a cell in a window, by its index."""
        return int(self._events_of(cell.index, self._settings.windows_days[window]).size)

    def depth(self, cell: Cell) -> int:
        """Units above that of a cell."""
        return int((self._paths[self._cell_node[cell.index]] != _NONE).sum()) - 1

    def unit_id(self, cell: Cell) -> str:
        """The unit of a cell."""
        return self._units[int(self._cell_node[cell.index])]

    def subject(self, cell: Cell) -> tuple[str, str | None]:
        """Category and sub-type of a cell; no sub-type when it is a whole category."""
        subject = self._cell_subject[cell.index]
        category = self._subjects[self._category_of[subject]]
        return category, None if cell.is_category else self._subjects[subject]

    def cases(self, cell: Cell) -> list[tuple[int, str]]:
        """Age in days and number of each case in the window of a cell, oldest first."""
        events = self._events_of(cell.index, cell.window_days)
        found = [(int(self._ages[event]), number) for event in events for number in self._numbers[event]]
        return sorted(found, key=lambda case: (-case[0], case[1]))

    def _read(self, observations: Iterable[Observation], today: date) -> None:
        index = {unit_id: number for number, unit_id in enumerate(self._units)}
        top = int(self._paths[0][self._paths[0] != _NONE][-1])
        events: dict[tuple[int, str, str, int], list[str]] = {}
        for seen in observations:
            age = (today - seen.reported_on).days
            if 0 <= age < self._settings.history_days:
                unit = index.get(seen.unit_id, top) if seen.unit_id else top
                key = (unit, seen.subtype or "", seen.category, age)
                events.setdefault(key, []).append(seen.case_number)
        subtypes = {subtype: category for _, subtype, category, _ in events if subtype}
        categories = sorted({category for _, _, category, _ in events})
        self._subjects = [*sorted(subtypes), *categories]
        self._first_category = len(subtypes)
        place = {subject: number for number, subject in enumerate(self._subjects)}
        self._category_of = np.array(
            [place[subtypes.get(subject, subject)] for subject in self._subjects], dtype=np.int64
        )
        self._numbers: list[Sequence[str]] = list(events.values())
        self._event_unit = _integers(key[0] for key in events)
        self._event_subtype = _integers(place[key[1]] if key[1] else _NONE for key in events)
        self._event_category = _integers(place[key[2]] for key in events)
        self._ages = _integers(key[3] for key in events)

    def _expand(self) -> None:
        """Name the cells in which each event counts."""
        nodes = self._paths[self._event_unit][:, :, None]
        subjects = np.stack([self._event_subtype, self._event_category], axis=1)[:, None, :]
        keys = np.where((nodes == _NONE) | (subjects == _NONE), _NONE, nodes * len(self._subjects) + subjects)
        events = np.broadcast_to(np.arange(self._ages.size)[:, None, None], keys.shape)
        real = keys != _NONE
        self._pair_event: Integers = events[real]
        self._keys, self._pair_cell = np.unique(keys[real], return_inverse=True)
        # By cell, so that the events of one are found without looking at all.
        order = np.argsort(self._pair_cell, kind="stable")
        self._pair_cell, self._pair_event = self._pair_cell[order], self._pair_event[order]
        self._cell_begins = np.searchsorted(self._pair_cell, np.arange(self._keys.size + 1))
        self._cell_node, self._cell_subject = np.divmod(self._keys, max(len(self._subjects), 1))

    def _events_of(self, cell: int, window_days: int) -> Integers:
        events = self._pair_event[self._cell_begins[cell] : self._cell_begins[cell + 1]]
        return events[self._alive[events] & (self._ages[events] < window_days)]

    def _choose_tests(self) -> None:
        """Settle which cells are tested: those that could show something, each set of cases once."""
        first_ages = np.zeros(len(self._units), dtype=np.int64)
        for step in self._paths[self._event_unit].T:
            np.maximum.at(first_ages, step[step != _NONE], self._ages[step != _NONE])
        windows = np.array(self._settings.windows_days)
        self._history_days = first_ages[self._cell_node][:, None] + 1 - windows[None, :]
        totals, counts = self._counts()
        share, _ = self._shares(totals, counts)
        possible = (totals >= self._settings.min_count) & ~self._repeats_a_narrower(totals)
        possible = possible[:, None] & (self._history_days >= windows[None, :])
        least = np.ones(counts.shape)
        rows, columns = np.nonzero(possible)
        least[rows, columns] = least_p_values(totals[rows], share[rows, columns], self._dispersion)
        self._tested: Flags = possible.copy()
        self._tested[rows, columns] = worth_testing(least[rows, columns], self._settings.level)
        self.tests = int(self._tested.sum())

    def _repeats_a_narrower(self, totals: Integers) -> Flags:
        """Which cells hold the same events as a cell of a unit below, or of one of their sub-types."""
        repeats: Flags = np.zeros(totals.size, dtype=np.bool_)
        if not totals.size:
            return repeats
        width = len(self._subjects)
        above = self._paths[self._cell_node, 1] if self._paths.shape[1] > 1 else np.full(totals.size, _NONE)
        is_subtype = self._cell_subject < self._first_category
        wider_category = self._cell_node * width + self._category_of[self._cell_subject]
        for keys, exists in (
            (above * width + self._cell_subject, above != _NONE),
            (wider_category, is_subtype),
        ):
            wider = np.searchsorted(self._keys, keys[exists])
            repeats[wider[totals[wider] == totals[exists]]] = True
        return repeats

    def _counts(self) -> tuple[Integers, Integers]:
        """Events of each cell, shape (cells,), and those of them in each window, shape (cells, windows)."""
        alive = self._alive[self._pair_event]
        cells, ages = self._pair_cell[alive], self._ages[self._pair_event[alive]]
        counts = [
            np.bincount(cells[ages < days], minlength=self._keys.size) for days in self._settings.windows_days
        ]
        return np.bincount(cells, minlength=self._keys.size), np.stack(counts, axis=1)

    def _shares(self, totals: Integers, counts: Integers) -> tuple[Floats, Floats]:
        """The window's part of the exposure of each cell, and the events to expect in it.

        Exposure is days, and those of the window are stretched when the rest of the municipality reports more
        in it than before: more reports everywhere are no trend. They are never shortened.
        """
        by_age = np.cumsum(np.bincount(self._ages[self._alive], minlength=self._settings.history_days))
        windows = np.array(self._settings.windows_days)
        history = np.maximum(self._history_days, 1)
        others_now = by_age[windows - 1][None, :] - counts
        last = np.minimum(history + windows - 1, by_age.size - 1)
        earlier = totals[:, None] - counts
        others_before = by_age[last] - by_age[windows - 1][None, :] - earlier
        growth = np.maximum(1.0, others_now * history / (windows * np.maximum(others_before, 1)))
        exposure = growth * windows
        return exposure / (exposure + history), earlier * exposure / history

    def _estimate_dispersion(self) -> float:
        """Of the counts per unit, sub-type and four weeks, before the windows."""
        old = self._ages >= max(self._settings.windows_days)
        places = self._event_unit[old] * (len(self._subjects) + 1) + self._event_subtype[old] + 1
        return dispersion(places, self._ages[old] // _BLOCK_DAYS)


def _integers(values: Iterable[int]) -> Integers:
    return np.fromiter(values, dtype=np.int64)


def _paths(parents: Parents) -> Integers:
    """Each unit with all above it, as indices, the unit itself first; rows are filled up with -1."""
    index = {unit_id: number for number, unit_id in enumerate(parents)}
    paths: list[list[int]] = []
    for unit_id in parents:
        path: list[int] = []
        step: str | None = unit_id
        while step is not None:
            if len(path) > len(index):
                raise ValueError("units stand in a circle")
            path.append(index[step])
            step = parents.get(step)
        paths.append(path)
    if len({path[-1] for path in paths}) != 1:
        raise ValueError("there is not exactly one topmost unit")
    matrix = np.full((len(paths), max(map(len, paths))), _NONE, dtype=np.int64)
    for row, path in enumerate(paths):
        matrix[row, : len(path)] = path
    return matrix
