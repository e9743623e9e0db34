"""Counts over time: upright bars, or lines with points when there are many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from cases.chart_canvas import Canvas, width_of
from cases.chart_style import LINE_HEIGHT, MARGIN, SMALL_SIZE, TEXT_SIZE, WIDTH
from cases.chart_texts import name_of, number, shown, word
from cases.counts import CountTable

_HEIGHT = 330.0
_WIDEST_BAR = 88.0
_GAP = 6.0
_LEAST_STEP = 32.0
_TICKS = 4


def draw_time_bars(
    canvas: Canvas, y: float, table: CountTable, labels: Mapping[str, str], language: str
) -> float:
    """Draw from `y` down, a bar each and the compared time's at its right; return where the picture ends."""
    paired = table.compare is not None
    step = (WIDTH - 2 * MARGIN) / len(table.rows)
    width = min(_WIDEST_BAR, (step * 0.86) / (2 if paired else 1))
    widest = width_of(number(_highest(table)), SMALL_SIZE, bold=True)
    upright = widest > width
    base = y + (widest if upright else SMALL_SIZE) + 2 * _GAP + _HEIGHT
    bars = _TimeBars(canvas, base, width, _HEIGHT / _highest(table), upright=upright)
    middles = [MARGIN + (place + 0.5) * step for place in range(len(table.rows))]
    for middle, row in zip(middles, table.rows, strict=True):
        first = middle - width / 2 if paired else middle
        bars.draw(first, row.count, shown(row.count, row.key, table, language), is_before=False)
        if paired:
            bars.draw(first + width, row.before, shown(row.before, row.key, table, language), is_before=True)
    canvas.line([(MARGIN, base), (WIDTH - MARGIN, base)], canvas.theme.line)
    return _draw_times(canvas, base, table, labels, language, middles)


@dataclass(frozen=True)
class _TimeBars:
    canvas: Canvas
    base: float
    width: float
    scale: float
    upright: bool

    def draw(self, middle: float, count: int | None, text: str, *, is_before: bool) -> None:
        """One bar with its number above, or words in its place when the number is hidden."""
        canvas = self.canvas
        end = self.base - (count or 0) * self.scale
        if count is None:
            canvas.text(middle, end - _GAP, text, SMALL_SIZE, canvas.theme.quiet, upright=True)
            return
        if count:
            colour = canvas.theme.before if is_before else canvas.theme.current
            left = middle - self.width / 2 + 1
            canvas.bar(left, end, self.width - 2, self.base - end, colour, hatched=is_before)
        y = end - _GAP if self.upright else end - SMALL_SIZE * LINE_HEIGHT
        canvas.text(
            middle,
            y,
            text,
            SMALL_SIZE,
            canvas.theme.text,
            bold=not is_before,
            align="center",
            upright=self.upright,
        )


def draw_time_line(
    canvas: Canvas, y: float, table: CountTable, labels: Mapping[str, str], language: str
) -> float:
    """Draw from `y` down; return where the picture ends. A hidden count is a gap with an open mark below."""
    y, base = y + TEXT_SIZE, y + TEXT_SIZE + _HEIGHT
    ticks = _ticks(_highest(table))
    scale = _HEIGHT / ticks[-1]
    left = MARGIN + max(width_of(number(tick), SMALL_SIZE) for tick in ticks) + 14
    for tick in ticks:
        level = base - tick * scale
        canvas.line([(left, level), (WIDTH - MARGIN, level)], canvas.theme.line, width=1 if tick else 2)
        canvas.text(
            left - 14, level - SMALL_SIZE * 0.55, number(tick), SMALL_SIZE, canvas.theme.quiet, align="right"
        )
    room = width_of(number(_highest(table)), SMALL_SIZE, bold=True) + 14
    step = (WIDTH - MARGIN - left - 15 - room) / (len(table.rows) - 1)
    xs = [left + 15 + place * step for place in range(len(table.rows))]
    if table.compare is not None:
        _draw_series(canvas, xs, base, [row.before for row in table.rows], scale, is_before=True)
    counts = [row.count for row in table.rows]
    _draw_series(canvas, xs, base, counts, scale, is_before=False)
    _draw_peaks(canvas, xs, base, counts, scale)
    bottom = _draw_times(canvas, base, table, labels, language, xs)
    if None in counts:
        canvas.mark(MARGIN + 10, bottom + 26, canvas.theme.current, "D", filled=False)
        canvas.text(
            MARGIN + 32, bottom + 13, word("words", "hidden", language), SMALL_SIZE, canvas.theme.text
        )
        bottom += 13 + SMALL_SIZE * LINE_HEIGHT
    return bottom


def _draw_series(
    canvas: Canvas,
    xs: Sequence[float],
    base: float,
    counts: Sequence[int | None],
    scale: float,
    *,
    is_before: bool,
) -> None:
    colour, shape = (canvas.theme.before, "s") if is_before else (canvas.theme.current, "o")
    run: list[tuple[float, float]] = []
    for x, count in [*zip(xs, counts, strict=True), (0.0, None)]:
        if count is not None:
            run.append((x, base - count * scale))
        elif run:
            canvas.line(run, colour, width=4, dashed=is_before)
            run = []
    for x, count in zip(xs, counts, strict=True):
        if count is not None:
            canvas.mark(x, base - count * scale, colour, shape, size=8 if is_before else 11)
        elif not is_before:
            canvas.mark(x, base, colour, "D", filled=False)


def _draw_peaks(
    canvas: Canvas, xs: Sequence[float], base: float, counts: Sequence[int | None], scale: float
) -> None:
    """Write the highest count and the last one at their points."""
    known = [(count, place) for place, count in enumerate(counts) if count is not None]
    if not known:
        return
    (highest, place), (last, end) = max(known, key=lambda pair: pair[0]), known[-1]
    if place != end:
        level = base - highest * scale - SMALL_SIZE * LINE_HEIGHT - _GAP
        canvas.text(
            xs[place], level, number(highest), SMALL_SIZE, canvas.theme.text, align="center", bold=True
        )
    level = base - last * scale - SMALL_SIZE * 0.55
    canvas.text(xs[end] + 12, level, number(last), SMALL_SIZE, canvas.theme.text, bold=True)


def _draw_times(
    canvas: Canvas,
    base: float,
    table: CountTable,
    labels: Mapping[str, str],
    language: str,
    xs: Sequence[float],
) -> float:
    """Write the times below: level when they fit, else upright, and not all when they are many."""
    names = [name_of(row.key, labels, language) for row in table.rows]
    widest = max(width_of(name, SMALL_SIZE) for name in names)
    step = xs[1] - xs[0] if len(xs) > 1 else float(WIDTH)
    if widest + 2 * _GAP <= step:
        for x, name in zip(xs, names, strict=True):
            canvas.text(x, base + 10, name, SMALL_SIZE, canvas.theme.text, align="center")
        return base + 10 + SMALL_SIZE * LINE_HEIGHT
    every = ceil(_LEAST_STEP / step)
    for place in range(len(xs) - 1, -1, -every):
        indent = widest - width_of(names[place], SMALL_SIZE)
        canvas.text(
            xs[place], base + 12 + widest - indent, names[place], SMALL_SIZE, canvas.theme.text, upright=True
        )
    return base + 12 + widest


def _highest(table: CountTable) -> int:
    return max(1, *(count or 0 for row in table.rows for count in (row.count, row.before)))


def _ticks(highest: int) -> list[int]:
    """Round numbers from 0 to at least the highest."""
    step = next(unit for unit in _steps() if unit * _TICKS >= highest)
    return list(range(0, step * ceil(highest / step) + 1, step))


def _steps() -> Sequence[int]:
    return [unit * 10**power for power in range(9) for unit in (1, 2, 5)]
