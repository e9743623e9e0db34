"""Lying bars with the name of each group above."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cases.chart_canvas import Canvas, width_of, wrapped
from cases.chart_style import LINE_HEIGHT, MARGIN, MAX_BARS, SMALL_SIZE, TEXT_SIZE, WIDTH
from cases.chart_texts import name_of, shown, word
from cases.counts import CountRow, CountTable
from cases.query import Grouping

_OTHERS = ""
_BAR, _BEFORE_BAR = 28.0, 24.0
_AFTER_NAME, _BETWEEN, _AFTER_ROW, _BEFORE_VALUE = 3.0, 6.0, 18.0, 10.0
_LEAST_WIDTH = 3.0
# These have an order of their own that tells more than the numbers' does.
_ORDERED = frozenset({Grouping.SEVERITY, Grouping.STATUS})


@dataclass(frozen=True)
class _Bar:
    """Counts and how they are written, the compared time last; without bars when not `drawn`."""

    name: str
    values: tuple[tuple[int | None, str], ...]
    drawn: bool = True


def draw_bars(canvas: Canvas, y: float, table: CountTable, labels: Mapping[str, str], language: str) -> float:
    """Draw from `y` down, the highest count first; return where the picture ends."""
    bars = _bars(table, labels, language)
    values = [value for bar in bars if bar.drawn for value in bar.values]
    widest = max(width_of(text, TEXT_SIZE, bold=True) for _, text in values)
    room = WIDTH - 2 * MARGIN - _BEFORE_VALUE - widest
    scale = room / max(1, *(count or 0 for count, _ in values))
    for bar in bars:
        y = _draw_bar(canvas, y, bar, scale)
    return y - _AFTER_ROW


def _draw_bar(canvas: Canvas, y: float, bar: _Bar, scale: float) -> float:
    for line in wrapped(bar.name, TEXT_SIZE, WIDTH - 2 * MARGIN):
        canvas.text(MARGIN, y, line, TEXT_SIZE, canvas.theme.text)
        y += TEXT_SIZE * LINE_HEIGHT
    y += _AFTER_NAME
    for is_before, (count, text) in enumerate(bar.values):
        height = _BEFORE_BAR if is_before else _BAR
        width = max((count or 0) * scale, _LEAST_WIDTH)
        colour = canvas.theme.before if is_before else canvas.theme.current
        if count is None or not bar.drawn:
            canvas.text(MARGIN, y + 1, text, SMALL_SIZE, canvas.theme.quiet)
        else:
            canvas.bar(MARGIN, y, width, height, colour, hatched=bool(is_before) and count > 0)
            canvas.text(
                MARGIN + width + _BEFORE_VALUE, y + (height - TEXT_SIZE) / 2 - 1, text,
                SMALL_SIZE if is_before else TEXT_SIZE, canvas.theme.text, bold=not is_before,
            )  # fmt: skip
        y += height + _BETWEEN
    return y - _BETWEEN + _AFTER_ROW


def _bars(table: CountTable, labels: Mapping[str, str], language: str) -> list[_Bar]:
    rows = list(table.rows)
    if table.group_by not in _ORDERED:
        rows.sort(key=lambda row: -1 if row.count is None else row.count, reverse=True)
    bars = [_bar(row, name_of(row.key, labels, language), table, language) for row in rows[:MAX_BARS]]
    if rest := rows[MAX_BARS:]:
        bars.append(_rest_bar(rest, table, language))
    return bars


def _bar(row: CountRow, name: str, table: CountTable, language: str) -> _Bar:
    counts = [row.count] if table.compare is None else [row.count, row.before]
    return _Bar(name, tuple((count, shown(count, row.key, table, language)) for count in counts))


def _rest_bar(rest: Sequence[CountRow], table: CountTable, language: str) -> _Bar:
    """The groups after the last that is shown, as one; not shown when one of them is hidden.

    It gets no bar: together they may be so many that the others would shrink to nothing.
    """
    name = f"{word('words', 'others', language)} ({len(rest)})"
    sums = [_sum(rest, lambda row: row.count)]
    if table.compare is not None:
        sums.append(_sum(rest, lambda row: row.before))
    withheld = word("words", "withheld", language)
    texts = [withheld if value is None else shown(value, _OTHERS, table, language) for value in sums]
    if table.compare is not None:
        texts[1] = f"{word('compare', table.compare, language)}: {texts[1]}"
    return _Bar(name, tuple(zip(sums, texts, strict=True)), drawn=False)


def _sum(rows: Sequence[CountRow], count_of: Callable[[CountRow], int | None]) -> int | None:
    counts = [count_of(row) for row in rows]
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None
