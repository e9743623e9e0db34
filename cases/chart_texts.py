"""What charts say in words: names of groups, numbers, and all of it for people who do not see pictures."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from cases.counts import CountRow, CountTable

# Narrow and unbreakable, as the Language Council writes thousands.
_THIN_SPACE = "\N{NARROW NO-BREAK SPACE}"
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")
_MAX_NAMED = 2


@dataclass(frozen=True)
class TextTable:
    """A chart's content as text; each row has as many cells as there are columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def number(value: int) -> str:
    """A whole number the Norwegian way, with a thin space at thousands."""
    return f"{value:,}".replace(",", _THIN_SPACE)


def word(section: str, key: str, language: str) -> str:
    """A text of `chart_texts.yml`.

    Raises:
        KeyError: there is no such text in this language.
    """
    text: str = _texts()[section][key][language]
    return text


def name_of(key: str, labels: Mapping[str, str], language: str) -> str:
    """What a group is called: its label, else a month or week in words, else its key."""
    if key in labels:
        return labels[key]
    if match := _MONTH.fullmatch(key):
        month = _texts()["months"][language][int(match[2]) - 1]
        return word("times", "month", language).format(month=month, yy=match[1][2:])
    if match := _WEEK.fullmatch(key):
        return word("times", "week", language).format(week=int(match[2]), yy=match[1][2:])
    return key or word("words", "unknown", language)


def shown(value: int | None, key: str, table: CountTable, language: str) -> str:
    """A count as a reader may see it."""
    if value is not None:
        return number(value)
    return word("words", "withheld" if key in table.withheld else "hidden", language)


def table_of(table: CountTable, labels: Mapping[str, str], language: str) -> TextTable:
    """All groups as text, the total last."""
    head = word("group", table.group_by or "none", language)
    columns = [head, word("words", "count", language)]
    rows = [[name_of(row.key, labels, language), *_cells(row, table, language)] for row in table.rows]
    total = CountRow("", table.total, table.total_before)
    rows.append([word("words", "total", language), *_cells(total, table, language)])
    if table.compare is not None:
        columns.append(_capital(word("compare", table.compare, language)))
    return TextTable(tuple(columns), tuple(tuple(row) for row in rows))


def alt_text(table: CountTable, labels: Mapping[str, str], language: str) -> str:
    """One or two sentences: total, highest and lowest group, and the change against the compared time."""
    if not table.rows:
        return word("words", "none", language) + "."
    sentences = [f"{_total(table, language)}, {_extremes(table, labels, language)}."]
    if table.compare is not None and table.total is not None and table.total_before is not None:
        sentences.append(
            _change(table.total, table.total_before, word("compare", table.compare, language), language)
        )
    return " ".join(sentences)


def _cells(row: CountRow, table: CountTable, language: str) -> list[str]:
    cells = [shown(row.count, row.key, table, language)]
    if table.compare is not None:
        cells.append(shown(row.before, row.key, table, language))
    return cells


def _total(table: CountTable, language: str) -> str:
    if table.total is None:
        return word("alt", "total_hidden", language)
    form: str = _texts()["alt"]["cases"]["one" if table.total == 1 else "other"][language]
    return word("alt", "total", language).format(cases=form.format(count=number(table.total)))


def _extremes(table: CountTable, labels: Mapping[str, str], language: str) -> str:
    known = [(row.count, name_of(row.key, labels, language)) for row in table.rows if row.count is not None]
    if not known:
        return word("alt", "all_hidden", language)
    most, fewest = max(count for count, _ in known), min(count for count, _ in known)
    top = _joined([name for count, name in known if count == most], language)
    if len(known) < len(table.rows):
        return word("alt", "top", language).format(top=top, most=number(most))
    if len(known) == 1:
        return word("alt", "one_group", language).format(top=top, count=number(most))
    if most == fewest:
        return word("alt", "equal", language).format(count=number(most))
    bottom = _joined([name for count, name in known if count == fewest], language)
    return word("alt", "range", language).format(
        top=top, most=number(most), bottom=bottom, fewest=number(fewest)
    )


def _joined(names: Sequence[str], language: str) -> str:
    if len(names) == 1:
        return names[0]
    if len(names) <= _MAX_NAMED:
        return word("alt", "and", language).format(first=names[0], last=names[1])
    return word("alt", "and_more", language).format(first=names[0], count=number(len(names) - 1))


def _change(now: int, before: int, compared: str, language: str) -> str:
    if now == before:
        return word("alt", "same", language).format(compared=compared)
    direction = "more" if now > before else "fewer"
    return word("alt", direction, language).format(
        diff=number(abs(now - before)), compared=compared, before=number(before)
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


@lru_cache(maxsize=1)
def _texts() -> dict[str, Any]:
    texts: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("chart_texts.yml").read_text("utf-8"))
    return texts
