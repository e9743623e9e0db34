"""What charts say in words."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from cases import chart_texts
from cases.chart_texts import alt_text, name_of, number, table_of
from cases.counts import CountRow, CountTable
from cases.query import Comparison, Grouping

MONTHS = CountTable(
    (CountRow("2026-08", 4, 7), CountRow("2026-09", 1200, 3), CountRow("2026-10", 1200, 0)),
    2404,
    10,
    Grouping.MONTH,
    Comparison.YEAR_BEFORE,
)


def test_thousands_have_a_thin_space() -> None:
    assert [number(value) for value in (0, 999, 1000, 1234567)] == [
        "0",
        "999",
        "1\N{NARROW NO-BREAK SPACE}000",
        "1\N{NARROW NO-BREAK SPACE}234\N{NARROW NO-BREAK SPACE}567",
    ]


@pytest.mark.parametrize(
    ("key", "nb", "nn"),
    [
        ("2026-01", "jan. 26", "jan. 26"),
        ("2026-05", "mai 26", "mai 26"),
        ("2026-W07", "uke 7/26", "veke 7/26"),
        ("2026", "2026", "2026"),
        ("2026-13", "2026-13", "2026-13"),
        ("hms", "HMS", "HMS"),
        ("", "ikke oppgitt", "ikkje oppgitt"),
    ],
)
def test_groups_are_named(key: str, nb: str, nn: str) -> None:
    assert (name_of(key, {"hms": "HMS"}, "nb"), name_of(key, {"hms": "HMS"}, "nn")) == (nb, nn)


def test_the_text_tells_total_highest_lowest_and_change() -> None:
    thin = "\N{NARROW NO-BREAK SPACE}"
    assert alt_text(MONTHS, {}, "nb") == (
        f"Totalt 2{thin}404 saker, flest: sep. 26 og okt. 26 (1{thin}200), færrest: aug. 26 (4)."
        f" Det er 2{thin}394 flere enn året før (10)."
    )
    assert alt_text(MONTHS, {}, "nn").endswith(f"Det er 2{thin}394 fleire enn året før (10).")


@pytest.mark.parametrize(
    ("counts", "total", "text"),
    [
        ([5], 5, "Totalt 5 saker, bare g0 (5)."),
        ([1, 0], 1, "Totalt 1 sak, flest: g0 (1), færrest: g1 (0)."),
        ([0, 0], 0, "Totalt 0 saker, like mange i alle grupper (0)."),
        ([4, 4, 4, 1], 13, "Totalt 13 saker, flest: g0 og 2 andre (4), færrest: g3 (1)."),
        ([9, None], None, "Det samlede tallet er ikke vist, flest: g0 (9); noen tall er ikke vist."),
        ([None, None], 9, "Totalt 9 saker, ingen av gruppene har tall som vises."),
        ([], 0, "Ingen saker."),
    ],
)
def test_the_text_fits_the_counts(counts: list[int | None], total: int | None, text: str) -> None:
    rows = tuple(CountRow(f"g{place}", count) for place, count in enumerate(counts))
    assert alt_text(CountTable(rows, total), {}, "nb") == text


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (9, "Det er 4 færre enn perioden før (9)."),
        (5, "Det er like mange som perioden før."),
        (None, "bare g (5)."),
    ],
)
def test_the_change_may_go_down_or_be_none_or_be_hidden(before: int | None, text: str) -> None:
    shape = CountTable((CountRow("g", 5, before),), 5, before, compare=Comparison.PERIOD_BEFORE)
    assert alt_text(shape, {}, "nb").endswith(text)


def test_the_table_has_all_groups_the_total_and_words_for_what_is_hidden() -> None:
    rows = (CountRow("HO", None, 7), CountRow("TEK", 1200, None), CountRow("ORG", None, 4))
    shape = CountTable(
        rows, 1210, 13, Grouping.UNIT, Comparison.YEAR_BEFORE, hidden=True, withheld=frozenset({"ORG"})
    )
    text = table_of(shape, {"HO": "Helse"}, "nb")
    assert text.columns == ("Enhet", "Antall", "Året før")
    assert text.rows == (
        ("Helse", "færre enn 3", "7"),
        ("TEK", number(1200), "færre enn 3"),
        ("ORG", "ikke vist", "4"),
        ("Totalt", number(1210), "13"),
    )
    assert table_of(CountTable((CountRow("a", 3),), 3), {}, "nn").columns == ("Gruppe", "Tal på saker")


def test_all_texts_are_there_in_both_languages() -> None:
    data = yaml.safe_load((Path(chart_texts.__file__).with_name("chart_texts.yml")).read_text("utf-8"))

    def leaves(node: Any) -> list[Any]:
        if isinstance(node, dict) and not {"nb", "nn"} & set(node):
            return [leaf for child in node.values() for leaf in leaves(child)]
        return [node]

    assert all(set(leaf) == {"nb", "nn"} and all(leaf.values()) for leaf in leaves(data))
    assert {group.value for group in Grouping} <= set(data["group"])
    assert {compare.value for compare in Comparison} == set(data["compare"])
    assert {len(names) for names in data["months"].values()} == {12}
