"""HTML as Markdown that reads well: headings, lists and tables stay, layout goes."""

import re
from collections.abc import Iterable
from typing import Any

from bs4 import BeautifulSoup, Comment, Tag
from markdownify import MarkdownConverter

from index_builder.errors import DocumentError

_PARSER = "lxml"
_DROPPED = [
    "script", "style", "noscript", "template", "svg", "iframe", "object", "nav", "aside", "button", "select",
    "textarea", "input", "dialog",
]  # fmt: skip
_DROPPED_ATTRIBUTES = "[hidden], " + ", ".join(
    f"[role={role}]" for role in ("navigation", "banner", "contentinfo", "search", "dialog")
)
_LINK_SCHEMES = ("http://", "https://", "mailto:", "tel:")
_MAX_SPAN = 100  # a cell that claims more columns or rows is broken
_BLANK_LINES = re.compile(r"\n{3,}")


class _Converter(MarkdownConverter):
    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """Keep links that work from anywhere; of others the text."""
        if not str(el.get("href") or "").strip().lower().startswith(_LINK_SCHEMES):
            return text
        return str(super().convert_a(el, text, parent_tags))  # type: ignore[misc]  # its stub lacks it

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """An image is not copied to the index, so its description stands for it."""
        return str(self.escape(str(el.get("alt") or "").strip(), parent_tags))  # type: ignore[attr-defined]


def parse_html(html: str) -> BeautifulSoup:
    """Parse HTML, however broken."""
    return BeautifulSoup(html, _PARSER)


def main_content(soup: BeautifulSoup) -> Tag:
    """Find the part of a page that is no navigation, banner or footer, and remove those from it."""
    _remove(soup.find_all(_DROPPED))
    _remove(soup.select(_DROPPED_ATTRIBUTES))
    for selector in ("main", "[role=main]", "article"):
        found = soup.select(selector)
        if len(found) == 1 and found[0].get_text(strip=True):
            return found[0]
    body = soup.body or soup
    _remove(body.find_all(["header", "footer"]))
    return body


def html_to_markdown(content: Tag) -> str:
    """Write an element's content as Markdown. The element is changed.

    Returns:
        CommonMark with tables; characters that would be marks are escaped, relative links are plain text,
        images are their descriptions. Each cell of a table that spans several is repeated in all of them.
    Raises:
        DocumentError: elements are nested some hundreds deep.
    """
    _remove(content.find_all(string=lambda text: isinstance(text, Comment)))
    _remove(content.find_all(["script", "style"]))
    for table in content.find_all("table"):
        if table.find("table"):
            _flatten(table)
    for table in content.find_all("table"):
        _spread_spans(table)
    for term in content.find_all(["dt", "dd"]):
        term.name = "p"
    converter = _Converter(
        heading_style="ATX", bullets="-", escape_misc=True, table_infer_header=True, newline_style="BACKSLASH"
    )
    try:
        markdown = str(converter.convert_soup(content))
    except RecursionError as exc:
        raise DocumentError("its HTML is nested too deeply") from exc
    return _BLANK_LINES.sub("\n\n", markdown).strip()


def markdown_table(rows: list[list[str]]) -> str:
    """Write rows as a Markdown table with the first as its header; cells are Markdown already."""
    width = max(len(row) for row in rows)
    lines = ["| " + " | ".join([*row, *[""] * (width - len(row))]) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])


def _remove(elements: Iterable[Any]) -> None:
    for element in list(elements):
        if isinstance(element, Tag):
            element.decompose()
        else:
            element.extract()


def _flatten(table: Tag) -> None:
    """Take a table that holds tables for layout: its own cells become blocks."""
    for part in table.find_all(["thead", "tbody", "tfoot", "tr", "td", "th", "caption"]):
        if part.find_parent("table") is table:
            part.name = "div"
    table.name = "div"


def _spread_spans(table: Tag) -> None:
    """Repeat cells that span rows or columns, so that each row can be read alone."""
    hanging: dict[int, tuple[int, Tag]] = {}  # column -> rows still to fill, cell
    for row in table.find_all("tr"):
        cells = row.find_all(["td", "th"], recursive=False)
        spread: list[Tag] = []
        for cell in cells:
            _fill_hanging(hanging, spread)
            rows, columns = _span(cell, "rowspan"), _span(cell, "colspan")
            for _ in range(columns):
                if rows > 1:
                    hanging[len(spread)] = (rows - 1, cell)
                spread.append(_plain_copy(cell))
        _fill_hanging(hanging, spread)
        for cell in cells:
            cell.extract()
        row.extend(spread)


def _fill_hanging(hanging: dict[int, tuple[int, Tag]], spread: list[Tag]) -> None:
    while len(spread) in hanging:
        column = len(spread)
        rows, cell = hanging.pop(column)
        if rows > 1:
            hanging[column] = (rows - 1, cell)
        spread.append(_plain_copy(cell))


def _plain_copy(cell: Tag) -> Tag:
    copied = cell.__copy__()
    for attribute in ("rowspan", "colspan"):
        copied.attrs.pop(attribute, None)
    return copied


def _span(cell: Tag, attribute: str) -> int:
    value = str(cell.get(attribute) or "1")
    return min(int(value), _MAX_SPAN) if value.isdecimal() and int(value) > 0 else 1
