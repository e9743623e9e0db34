"""Pictures of counts: what is written where, in both modes, and that nothing is cut or covered."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from io import BytesIO
from itertools import combinations
from typing import Any

import pytest
from PIL import Image

from cases import chart_style, charts
from cases.chart_canvas import Canvas, drawable, width_of, wrapped
from cases.chart_style import DARK, LIGHT, WIDTH, Theme, contrast
from cases.charts import draw
from cases.counts import CountRow, CountTable
from cases.query import Comparison, Grouping

UNITS = ("Helse og omsorg", "Produksjonskjøkkenet på Solbakken", "Vann, avløp og vei", "Åsheim barnehage")
LONG = "Rutine som mangler eller er utdatert i felles system for helse- og omsorgstjenestene på nordsida"
LONGEST_WORD = "Arbeidsmiljøutvalgssekretariatskoordinatorstillingsbeskrivelsesansvarlig"


@dataclass
class Written:
    """A line of text and the rectangle that it fills."""

    words: str
    left: float
    top: float
    right: float
    bottom: float
    size: float

    def covers(self, other: "Written") -> bool:
        """Whether the two overlap by more than a hair."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        return wide > 1 and high > 3


class Recorder(Canvas):
    """A canvas that also remembers what was drawn."""

    last: "Recorder"

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        Recorder.last = self
        self.written: list[Written] = []
        self.bars: list[tuple[float, float, bool]] = []
        self.marks: list[bool] = []

    def text(self, x: float, y: float, words: str, size: float, colour: str, **options: Any) -> None:
        wide = width_of(words, size, bold=options.get("bold", False))
        if options.get("upright"):
            box = (x - size / 2, y - wide, x + size / 2, y)
        else:
            left = x - {"left": 0.0, "center": wide / 2, "right": wide}[options.get("align", "left")]
            box = (left, y, left + wide, y + size)
        self.written.append(Written(words, *box, size))
        super().text(x, y, words, size, colour, **options)

    def bar(self, x: float, y: float, width: float, height: float, colour: str, *, hatched: bool) -> None:
        self.bars.append((width, height, hatched))
        super().bar(x, y, width, height, colour, hatched=hatched)

    def mark(self, x: float, y: float, colour: str, shape: str, **options: Any) -> None:
        self.marks.append(options.get("filled", True))
        super().mark(x, y, colour, shape, **options)

    @property
    def words(self) -> list[str]:
        return [line.words for line in self.written]


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> type[Recorder]:
    monkeypatch.setattr(charts, "Canvas", Recorder)
    return Recorder


def months(count: int) -> list[str]:
    return [f"{2024 + place // 12}-{place % 12 + 1:02d}" for place in range(count)]


def table(
    keys: list[str],
    group: Grouping,
    compare: Comparison | None = None,
    *,
    top: int = 40,
    hidden: int | None = None,
) -> CountTable:
    rows = tuple(
        CountRow(key, None if place == hidden else top * (place * 7 % 11) // 10, top * (place * 5 % 9) // 8)
        for place, key in enumerate(keys)
    )
    return CountTable(rows, 100, 90, group, compare, hidden is not None)


def shapes() -> Iterator[Any]:
    for count in (1, 5, 12, 29):
        keys = [(*UNITS, LONG, LONGEST_WORD)[place % 6] + " " * place for place in range(count)]
        for compare in (None, Comparison.YEAR_BEFORE):
            yield pytest.param(table(keys, Grouping.UNIT, compare, hidden=3), id=f"units-{count}-{compare}")
    for count in (1, 7, 12, 18, 60):
        for compare in (None, Comparison.PERIOD_BEFORE):
            for top in (2, 45_000):
                shape = table(months(count), Grouping.MONTH, compare, top=top, hidden=5)
                yield pytest.param(shape, id=f"months-{count}-{compare}-{top}")
    yield pytest.param(table(["2024", "2025", "2026"], Grouping.YEAR), id="years")
    yield pytest.param(table([f"2026-W{week}" for week in range(30, 49)], Grouping.WEEK), id="weeks")
    yield pytest.param(table(months(12), Grouping.MONTH, top=0), id="nought")
    yield pytest.param(table(list(UNITS), Grouping.UNIT, Comparison.YEAR_BEFORE, top=0), id="nought-units")
    yield pytest.param(CountTable((), 0), id="empty")


@pytest.mark.parametrize("shape", list(shapes()))
def test_no_text_is_cut_covered_or_smaller_than_eleven_css_pixels(
    shape: CountTable, recorder: type[Recorder]
) -> None:
    png = draw(shape, "Saker per enhet", {}, "nb", dark=False)
    width, height = Image.open(BytesIO(png)).size
    assert width == WIDTH
    for line in recorder.last.written:
        assert line.left >= 0 and line.top >= 0 and line.right <= width and line.bottom <= height, line
        assert line.size / 2 >= 11
    overlaps = [(a.words, b.words) for a, b in combinations(recorder.last.written, 2) if a.covers(b)]
    assert not overlaps


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_colours_stand_out_from_the_background(theme: Theme) -> None:
    others = {field.name: getattr(theme, field.name) for field in fields(theme) if field.name != "background"}
    assert all(contrast(colour, theme.background) >= 3 for colour in others.values())
    assert contrast(theme.text, theme.background) >= 7
    assert contrast(theme.quiet, theme.background) >= 4.5


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("dark", "theme"), [(False, LIGHT), (True, DARK)])
def test_a_picture_has_its_background_and_its_bars_in_the_colours_of_the_mode(
    dark: bool, theme: Theme
) -> None:
    shape = table(list(UNITS), Grouping.UNIT, Comparison.YEAR_BEFORE)
    picture = Image.open(BytesIO(draw(shape, "T", {}, "nb", dark=dark))).convert("RGB")
    colours = {f"#{r:02x}{g:02x}{b:02x}" for _, (r, g, b) in picture.getcolors(1 << 20) or ()}
    assert "#{:02x}{:02x}{:02x}".format(*picture.getpixel((0, 0))) == theme.background
    assert {theme.current, theme.before} <= colours


def test_each_bar_has_its_value_and_is_as_long_as_it(recorder: type[Recorder]) -> None:
    rows = (CountRow("a", 10), CountRow("b", 1234), CountRow("c", 617))
    draw(CountTable(rows, 1861, group_by=Grouping.CATEGORY), "T", {"b": "Bøker"}, "nb", dark=False)
    assert recorder.last.words == ["T", "Bøker", "1\N{NARROW NO-BREAK SPACE}234", "c", "617", "a", "10"]
    longest, half, _ = (width for width, _, _ in recorder.last.bars)
    assert half == pytest.approx(longest / 2)


def test_a_thin_space_is_drawn() -> None:
    assert drawable("1\N{NARROW NO-BREAK SPACE}234") == "1\N{NARROW NO-BREAK SPACE}234"


def test_severities_keep_their_own_order(recorder: type[Recorder]) -> None:
    rows = (CountRow("lav", 1), CountRow("hoy", 9), CountRow("kritisk", 4))
    draw(CountTable(rows, 14, group_by=Grouping.SEVERITY), "T", {}, "nb", dark=False)
    assert [word for word in recorder.last.words if word.isalpha()] == ["T", "lav", "hoy", "kritisk"]


def test_after_twelve_groups_the_others_become_one_without_a_bar(recorder: type[Recorder]) -> None:
    rows = tuple(CountRow(f"g{place}", place) for place in range(3, 18))
    draw(CountTable(rows, 150, group_by=Grouping.UNIT), "T", {}, "nn", dark=True)
    assert len(recorder.last.bars) == chart_style.MAX_BARS
    assert recorder.last.words[-2:] == ["andre (3)", "12"]


def test_a_sum_of_others_with_a_hidden_one_is_not_shown(recorder: type[Recorder]) -> None:
    rows = (*(CountRow(f"g{place}", place) for place in range(3, 18)), CountRow("small", None))
    draw(CountTable(rows, 150, group_by=Grouping.UNIT, hidden=True), "T", {}, "nn", dark=True)
    assert recorder.last.words[-2:] == ["andre (4)", "ikkje vist"]


@pytest.mark.parametrize("group", [Grouping.UNIT, Grouping.MONTH])
def test_hidden_counts_are_words_and_not_bars(group: Grouping, recorder: type[Recorder]) -> None:
    rows = (CountRow("2026-01", 5), CountRow("2026-02", None), CountRow("2026-03", None))
    shape = CountTable(rows, 14, group_by=group, hidden=True, withheld=frozenset({"2026-03"}))
    draw(shape, "T", {}, "nb", dark=False)
    assert len(recorder.last.bars) == 1
    assert recorder.last.words.count("færre enn 3") == recorder.last.words.count("ikke vist") == 1


def test_the_compared_time_is_hatched_and_named(recorder: type[Recorder]) -> None:
    shape = CountTable((CountRow("2026-01", 5, 4),), 5, 4, Grouping.MONTH, Comparison.YEAR_BEFORE)
    draw(shape, "T", {}, "nb", dark=False)
    key, bars = recorder.last.bars[:2], recorder.last.bars[2:]
    assert [hatched for _, _, hatched in key] == [hatched for _, _, hatched in bars] == [False, True]
    assert {"valgt periode", "året før", "jan. 26", "5", "4"} <= set(recorder.last.words)


@pytest.mark.parametrize(
    ("count", "compare", "drawn"), [(18, None, 18), (19, None, 0), (12, Comparison.YEAR_BEFORE, 26)]
)
def test_many_times_become_a_line(
    count: int, compare: Comparison | None, drawn: int, recorder: type[Recorder]
) -> None:
    rows = tuple(CountRow(month, 3 + place % 4, 4) for place, month in enumerate(months(count)))
    draw(CountTable(rows, 60, 60, Grouping.MONTH, compare), "T", {}, "nb", dark=False)
    assert len(recorder.last.bars) == drawn
    assert len(recorder.last.marks) == (0 if drawn else count)


def test_a_hidden_point_of_a_line_is_an_open_mark_with_a_key(recorder: type[Recorder]) -> None:
    rows = tuple(CountRow(month, None if place == 4 else 5) for place, month in enumerate(months(24)))
    draw(CountTable(rows, 120, group_by=Grouping.MONTH, hidden=True), "T", {}, "nb", dark=False)
    assert recorder.last.marks.count(False) == 2
    assert recorder.last.words[-1] == "færre enn 3"


def test_names_are_drawn_as_they_are_written() -> None:
    """No formulas between dollar signs, and no warning about letters that the font lacks."""
    rows = (CountRow("Rom $x_1$ og $", 3), CountRow("龍 \N{COMBINING RING ABOVE}\u0000", 4))
    assert draw(CountTable(rows, 7), "100 % $ ^ _ \\frac", {}, "nb", dark=False).startswith(b"\x89PNG")
    assert drawable("a龍b\u0000") == "ab"


def test_long_words_are_broken_with_a_hyphen() -> None:
    lines = wrapped(f"en {LONGEST_WORD}", 24, 300)
    assert lines[0] == "en"
    assert all(width_of(line, 24) <= 300 for line in lines)
    assert "".join(line.removesuffix("-") for line in lines[1:]) == LONGEST_WORD


def test_threads_do_not_meet() -> None:
    shapes = [table(months(count), Grouping.MONTH, Comparison.YEAR_BEFORE) for count in (3, 9, 12, 30)] * 3
    alone = [draw(shape, "T", {}, "nb", dark=False) for shape in shapes]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda shape: draw(shape, "T", {}, "nb", dark=False), shapes))
    assert together == alone
