"""Lines of type on pages as Markdown: headings, paragraphs, lists and tables."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from index_builder.html_markdown import markdown_table
from index_builder.language import loader_words

_HEADING_RATIO = 1.15  # of the size of most of the text
_MAX_HEADING_WORDS = 15
_MAX_HEADING_SHARE = 0.3  # of all lines: with more, the sizes say something else
_PARAGRAPH_GAP = 0.6  # of the height of a line
_RUNNING_SHARE = 0.4  # of the pages, as left and right may differ: a header or footer stands on so many
_MIN_REPEATS = 3

_BULLET = re.compile(r"^(?:[•●▪■◦‣∙·\uf0b7\uf0a7]|[-–—*](?=\s)|o(?=\s))\s*")
_NUMBER = re.compile(r"^(\d{1,3})[.)]\s+")
_MARKS = re.compile(r"([\\`*_\[\]<>|&~#])")
_LINE_START_MARKS = re.compile(r"^(\d+)([.)])(?=\s)|^([-+=])")


@dataclass(frozen=True, slots=True)
class PdfLine:
    """One line of type. `top` and `bottom` are points from the top of the page, `size` is in points."""

    text: str
    top: float
    bottom: float
    size: float
    bold: bool
    at_edge: bool


@dataclass(frozen=True, slots=True)
class PdfTable:
    """A ruled table; rows of plain text."""

    top: float
    rows: list[list[str]]


Block = PdfLine | PdfTable
Page = Sequence[Block]


def without_running_lines(pages: Sequence[Page]) -> list[list[Block]]:
    """Leave out headers, footers and page numbers: what the edges of most pages repeat, figures aside."""
    kept = [list(page) for page in pages]
    seen = Counter(key for page in kept for key in {_running_key(block) for block in page} - {None})
    often = max(_MIN_REPEATS, _RUNNING_SHARE * len(kept))
    running = {key for key, count in seen.items() if count >= often}
    return [[block for block in page if _running_key(block) not in running] for page in kept]


def blocks_as_markdown(pages: Sequence[Page]) -> str:
    """Write the pages as one Markdown text, with a heading a page when no headings can be told."""
    lines = [block for page in pages for block in page if isinstance(block, PdfLine)]
    levels = _heading_levels(lines)
    if levels or len(pages) < 2:
        return "\n\n".join(_page(page, levels) for page in pages)
    word = loader_words()["page"]
    return "\n\n".join(
        f"## {word} {number}\n\n{_page(page, {})}" for number, page in enumerate(pages, 1) if page
    )


def _running_key(block: Block) -> str | None:
    if isinstance(block, PdfTable) or not block.at_edge:
        return None
    return re.sub(r"\d+", "#", block.text).casefold()


def _heading_levels(lines: Sequence[PdfLine]) -> dict[tuple[float, bool], int]:
    """Rank the kinds of type (size, bold) that headings have, 1 for the largest; empty if none stands out."""
    if not lines:
        return {}
    letters: Counter[tuple[float, bool]] = Counter()
    for line in lines:
        letters[line.size, line.bold] += len(line.text)
    body_size, body_bold = letters.most_common(1)[0][0]
    kinds = {
        (size, bold)
        for size, bold in letters
        if size >= _HEADING_RATIO * body_size or (bold and not body_bold and size >= body_size)
    }
    headings = sum((line.size, line.bold) in kinds for line in lines)
    if headings > _MAX_HEADING_SHARE * len(lines):
        kinds = {kind for kind in kinds if kind[0] >= _HEADING_RATIO * body_size}
    ranked = sorted(kinds, reverse=True)
    return {kind: min(rank, 4) for rank, kind in enumerate(ranked, 1)}


def _page(page: Page, levels: dict[tuple[float, bool], int]) -> str:
    written: list[str] = []
    paragraph: list[PdfLine] = []

    def close() -> None:
        if paragraph:
            written.append(_paragraph(paragraph, levels))
            paragraph.clear()

    for block in page:
        if isinstance(block, PdfTable):
            close()
            rows = [[_plain(cell) for cell in row] for row in block.rows]
            if rows:
                written.append(markdown_table(rows))
            continue
        if paragraph and _starts_anew(paragraph[-1], block, levels):
            close()
        paragraph.append(block)
    close()
    return _with_tight_lists(written)


def _starts_anew(before: PdfLine, line: PdfLine, levels: dict[tuple[float, bool], int]) -> bool:
    gap = line.top - before.bottom
    return (
        gap > _PARAGRAPH_GAP * (before.bottom - before.top)
        or levels.get((before.size, before.bold)) != levels.get((line.size, line.bold))
        or bool(_BULLET.match(line.text) or _NUMBER.match(line.text))
    )


def _paragraph(lines: list[PdfLine], levels: dict[tuple[float, bool], int]) -> str:
    text = _joined([line.text.strip() for line in lines])
    level = levels.get((lines[0].size, lines[0].bold))
    if level and len(text.split()) <= _MAX_HEADING_WORDS and not text.endswith((".", ",", ";", ":")):
        return "#" * level + " " + _plain(text)
    for pattern, mark in ((_BULLET, "- "), (_NUMBER, None)):
        if found := pattern.match(text):
            return (mark or f"{found[1]}. ") + _escaped(text[found.end() :])
    return _escaped(text)


def _joined(lines: list[str]) -> str:
    """Join lines, and the halves of a word that was parted at the end of one."""
    after_hyphen = str(loader_words()["after_hyphen"]).split()
    text = lines[0]
    for line in lines[1:]:
        first_word = line.split(maxsplit=1)[0] if line else ""
        parted = text.endswith("-") and text[-2:-1].islower() and line[:1].islower()
        text = text[:-1] + line if parted and first_word not in after_hyphen else f"{text} {line}"
    return text


def _plain(text: str) -> str:
    """Escape what would be a mark within a line."""
    return _MARKS.sub(r"\\\1", text)


def _escaped(text: str) -> str:
    """Escape what would be a mark within a line or at its beginning."""
    return _LINE_START_MARKS.sub(
        lambda found: f"{found[1]}\\{found[2]}" if found[1] else f"\\{found[3]}", _plain(text)
    )


def _with_tight_lists(blocks: list[str]) -> str:
    text = "\n\n".join(blocks)
    return re.sub(r"^((?:- |\d+\. ).*)\n\n(?=- |\d+\. )", r"\1\n", text, flags=re.MULTILINE)
