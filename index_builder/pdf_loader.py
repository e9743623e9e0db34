"""The text of a PDF becomes Markdown. A PDF has no structure, so headings are told by their looks."""

import io
import logging
from pathlib import Path

import pdfplumber
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfplumber.utils.exceptions import PdfminerException

from index_builder.errors import DocumentError
from index_builder.parsed_file import ParsedFile
from index_builder.pdf_layout import PdfLine, PdfTable, blocks_as_markdown, without_running_lines
from index_builder.text_cleaning import clean

_NO_TEXT = "no text in the PDF: it seems to be scanned. Run text recognition (OCR) on it and save it again"
_MAX_PAGES = 2000
# What programs put there by themselves is no title.
_NO_TITLE = ("untitled", "microsoft ", "word - ", "powerpoint", "layout 1", "document", "dokument")
_FILE_SUFFIXES = frozenset({".doc", ".docx", ".pdf", ".indd", ".xlsx", ".pptx", ".rtf", ".odt"})

logging.getLogger("pdfminer").setLevel(logging.ERROR)  # it warns about every oddity of every page


def parse_pdf_file(data: bytes) -> ParsedFile:
    """Read a PDF.

    Returns:
        Lines joined to paragraphs, lists and ruled tables as such. Headings where larger or bold type tells
        them, else one for each page.
    Raises:
        DocumentError: it is damaged, needs a password, has more than 2000 pages, or no text (scanned).
    """
    try:
        with pdfplumber.open(io.BytesIO(data)) as pdf:
            if len(pdf.pages) > _MAX_PAGES:
                raise DocumentError(f"the PDF has more than {_MAX_PAGES} pages")
            pages = [_blocks(page) for page in pdf.pages]
            title = _sensible_title((pdf.metadata or {}).get("Title"))
    except DocumentError:
        raise
    except Exception as exc:  # pdfminer passes on whatever a damaged file makes it stumble over
        locked = isinstance(exc, PdfminerException) and any(
            isinstance(arg, PDFPasswordIncorrect) for arg in exc.args
        )
        raise DocumentError("the PDF needs a password" if locked else "the PDF is damaged") from exc
    if not any(pages):
        raise DocumentError(_NO_TEXT)
    # Headings are guesses, so the title of the properties goes before the first of them.
    metadata: dict[str, object] = {"title": title} if title else {}
    return ParsedFile(clean(blocks_as_markdown(without_running_lines(pages))), metadata)


def _blocks(page: pdfplumber.page.Page) -> list[PdfLine | PdfTable]:
    """Return the lines and tables of a page from top to bottom."""
    found = [table for table in page.find_tables() if _is_table(table)]
    blocks: list[PdfLine | PdfTable] = []
    for table in found:
        rows = [[" ".join((cell or "").split()) for cell in row] for row in table.extract()]
        blocks.append(PdfTable(table.bbox[1], [row for row in rows if any(row)]))
    outside = page
    for table in found:
        outside = outside.outside_bbox(_within(table.bbox, page.bbox))
    for line in outside.extract_text_lines(strip=True, return_chars=True):
        chars = [char for char in line["chars"] if not char["text"].isspace()]
        if chars:
            blocks.append(_line(line, chars, page))
    page.close()
    return sorted(blocks, key=lambda block: block.top)


def _line(line: dict[str, float], chars: list[dict[str, object]], page: pdfplumber.page.Page) -> PdfLine:
    sizes = sorted(float(str(char["size"])) for char in chars)
    bold = sum("bold" in str(char["fontname"]).lower() for char in chars) == len(chars)
    height = float(page.height)
    at_edge = line["top"] < 0.1 * height or line["bottom"] > 0.9 * height
    return PdfLine(
        str(line["text"]), line["top"], line["bottom"], round(sizes[len(sizes) // 2] * 2) / 2, bold, at_edge
    )


def _is_table(table: pdfplumber.table.Table) -> bool:
    """Two by two at least: a box around a paragraph is no table."""
    return len(table.rows) > 1 and len(table.columns) > 1


def _within(box: tuple[float, ...], page: tuple[float, ...]) -> tuple[float, float, float, float]:
    return max(box[0], page[0]), max(box[1], page[1]), min(box[2], page[2]), min(box[3], page[3])


def _sensible_title(value: object) -> str:
    title = clean(value).strip() if isinstance(value, str) else ""
    named_by_program = title.casefold().startswith(_NO_TITLE) or Path(title).suffix.lower() in _FILE_SUFFIXES
    return "" if named_by_program else title
