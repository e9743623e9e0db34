"""Pictures of counts, for phones: 720 pixels wide, shown at half of that, for light and dark surfaces.

Times become upright bars, or a line when there are many; all else lying bars with the name above each:
Norwegian names are long and phones are narrow. The compared time is told apart by its hatching or dashes.
"""

from collections.abc import Mapping

from cases.chart_bars import draw_bars
from cases.chart_canvas import Canvas, width_of, wrapped
from cases.chart_style import (
    DARK,
    LIGHT,
    LINE_HEIGHT,
    MARGIN,
    MAX_PAIRED_TIME_BARS,
    MAX_TIME_BARS,
    SMALL_SIZE,
    TEXT_SIZE,
    TITLE_SIZE,
    WIDTH,
)
from cases.chart_texts import TextTable, alt_text, table_of, word
from cases.chart_trends import draw_time_bars, draw_time_line
from cases.counts import CountTable
from cases.query import Grouping

__all__ = ["TextTable", "alt_text", "draw", "table_of"]

_TIMES = frozenset({Grouping.WEEK, Grouping.MONTH, Grouping.YEAR})
_KEY_BOX = 22.0


def draw(table: CountTable, title: str, labels: Mapping[str, str], language: str, *, dark: bool) -> bytes:
    """Draw counts as a PNG picture.

    Args:
        table: as it may be shown to the reader.
        title: a line or two above the picture.
        labels: the names of the groups by key; times need none.
        language: `nb` or `nn`.
        dark: for a dark surface.
    """
    canvas = Canvas(DARK if dark else LIGHT)
    y = _draw_title(canvas, title)
    if not table.rows:
        canvas.text(MARGIN, y, word("words", "none", language), TEXT_SIZE, canvas.theme.quiet)
        return canvas.png(y + TEXT_SIZE * LINE_HEIGHT + MARGIN)
    is_line = table.group_by in _TIMES and len(table.rows) > _most_time_bars(table)
    if table.compare is not None:
        y = _draw_key(canvas, y, word("compare", table.compare, language), language, is_line=is_line)
    if is_line:
        bottom = draw_time_line(canvas, y, table, labels, language)
    elif table.group_by in _TIMES:
        bottom = draw_time_bars(canvas, y, table, labels, language)
    else:
        bottom = draw_bars(canvas, y, table, labels, language)
    return canvas.png(bottom + MARGIN)


def _most_time_bars(table: CountTable) -> int:
    return MAX_TIME_BARS if table.compare is None else MAX_PAIRED_TIME_BARS


def _draw_title(canvas: Canvas, title: str) -> float:
    y = float(MARGIN)
    for line in wrapped(title, TITLE_SIZE, WIDTH - 2 * MARGIN, bold=True):
        canvas.text(MARGIN, y, line, TITLE_SIZE, canvas.theme.text, bold=True)
        y += TITLE_SIZE * LINE_HEIGHT
    return y + 10


def _draw_key(canvas: Canvas, y: float, compared: str, language: str, *, is_line: bool) -> float:
    """Say which look is which time."""
    x = float(MARGIN)
    looks = (
        (word("words", "current", language), canvas.theme.current, False),
        (compared, canvas.theme.before, True),
    )
    for words, colour, is_before in looks:
        if is_line:
            middle = y + _KEY_BOX / 2
            canvas.line([(x, middle), (x + 2 * _KEY_BOX, middle)], colour, width=4, dashed=is_before)
            canvas.mark(x + _KEY_BOX, middle, colour, "s" if is_before else "o")
            x += _KEY_BOX
        else:
            canvas.bar(x, y, _KEY_BOX, _KEY_BOX, colour, hatched=is_before)
        x += _KEY_BOX + 10
        canvas.text(x, y - 1, words, SMALL_SIZE, canvas.theme.text)
        x += width_of(words, SMALL_SIZE) + 36
    return y + _KEY_BOX + 22
