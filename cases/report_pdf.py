"""A report as a PDF file."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from fpdf import FPDF, FontFace, TextStyle
from fpdf.enums import TableBordersLayout, WrapMode
from fpdf.outline import TableOfContents
from fpdf.structure_tree import StructElem
from PIL.PngImagePlugin import PngImageFile

from cases.chart_canvas import font_file
from cases.chart_style import WIDTH
from cases.report_document import Block, Bullets, Definition, Document, Grid, Heading, Paragraph, Picture

_FAMILY = "DejaVu"
_TEXT_PT, _SMALL_PT, _CODE_PT = 10.5, 9.5, 7.5
_LINE_MM, _SMALL_LINE_MM, _CODE_LINE_MM = 5.6, 4.6, 3.6
_MARGIN_MM, _GAP_MM = 22, 3
_PICTURE_MM = 92
_HEADING_MM = 13
_PADDING_MM = 0.8
_LONG_TABLE_ROWS = 18
_FIRST_COLUMN_SHARE = 3
_INK, _QUIET, _HEAD_FILL = (24, 38, 42), (81, 98, 106), (232, 238, 237)
_BULLET = "\N{BULLET}"
# Where a paragraph of queries may be broken: they have words longer than a line.
_BREAK = WrapMode.CHAR


def to_pdf(document: Document, made_at: datetime) -> bytes:
    """Make the file, with bookmarks, a table of contents, page numbers and texts for pictures.

    Headings and pictures are tagged for screen readers, paragraphs and tables are not, as fpdf2 cannot; the
    Word file is the one to give to those who need that.

    Args:
        made_at: aware; stands in the file's properties.
    """
    pdf = _Pdf(document)
    pdf.set_creation_date(made_at)
    pdf.add_page()
    pdf.write_front()
    for place, block in enumerate(document.blocks):
        match block:
            case Heading():
                pdf.keep_together(_height_mm(document.blocks[place:]))
                pdf.start_section(block.text, level=block.level - 1)
            case Paragraph():
                pdf.write_text(block.text)
            case Bullets():
                for item in block.items:
                    pdf.write_text(f"{_BULLET} {item}")
            case Grid():
                pdf.write_grid(block)
            case Picture():
                pdf.draw_picture(block)
            case Definition():
                pdf.write_definition(block)
    return bytes(pdf.output())


class _Pdf(FPDF):
    def __init__(self, document: Document) -> None:
        super().__init__(format="A4")
        self._document = document
        self.set_title(document.title)
        self.set_subject(document.subtitle)
        self.set_author("Sifra")
        self.set_lang(document.language_tag)
        self.add_font(_FAMILY, fname=font_file())
        self.add_font(_FAMILY, style="B", fname=font_file(bold=True))
        self.set_margin(_MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=_MARGIN_MM)
        self.set_section_title_styles(_title_style(15, above_mm=7), _title_style(12, above_mm=4))
        self.set_font(_FAMILY, size=_TEXT_PT)
        self.set_text_color(*_INK)

    def footer(self) -> None:
        """Write the page number; the number of pages is filled in when the file is done."""
        self.set_y(-14)
        self.set_font(_FAMILY, size=_SMALL_PT)
        self.set_text_color(*_QUIET)
        text = self._document.page.format(page=self.page_no(), pages=self.str_alias_nb_pages)
        self.cell(w=self.epw, text=text, align="C")
        self.set_text_color(*_INK)

    def _add_marked_content(self, **kwargs: Any) -> StructElem:
        # fpdf2 2.8 calls headings figures too, which then lack a text for those who do not see them.
        if kwargs.get("alt_text") is None:
            kwargs["struct_type"] = "/H"
        return super()._add_marked_content(**kwargs)

    def write_front(self) -> None:
        """Title and table of contents."""
        self._write(self._document.title, 22, 11, bold=True)
        self._write(self._document.subtitle, _TEXT_PT, _LINE_MM)
        self.ln(6)
        self._write(self._document.contents, 13, 8, bold=True)
        contents = TableOfContents(text_style=TextStyle(font_family=_FAMILY, font_size_pt=_TEXT_PT))
        self.insert_toc_placeholder(contents.render_toc, allow_extra_pages=True)

    def keep_together(self, height_mm: float) -> None:
        """Begin a page when there is less room than this on the present one."""
        if self.will_page_break(height_mm):
            self.add_page()

    def write_text(self, text: str) -> None:
        """A paragraph."""
        self._write(text, _TEXT_PT, _LINE_MM)
        self.ln(_GAP_MM / 2)

    def write_grid(self, block: Grid) -> None:
        """A table below its caption; the head is repeated on each page."""
        self.keep_together(_height_mm((block,)))
        self._write(block.caption, _SMALL_PT, _LINE_MM, bold=True)
        self.set_font(_FAMILY, size=_SMALL_PT)
        widths, aligns = _columns(block)
        head = FontFace(emphasis="BOLD", color=_INK, fill_color=_HEAD_FILL)
        with self.table(
            headings_style=head, borders_layout=TableBordersLayout.HORIZONTAL_LINES, line_height=_LINE_MM,
            col_widths=widths, text_align=aligns, padding=_PADDING_MM,
        ) as table:  # fmt: skip
            for cells in (block.head, *block.rows):
                table.row(cells)
        self.ln(_GAP_MM)

    def draw_picture(self, block: Picture) -> None:
        """A picture with its text for those who do not see it."""
        self.image(BytesIO(block.png), w=_PICTURE_MM, alt_text=block.alt)
        self.ln(_GAP_MM)

    def write_definition(self, block: Definition) -> None:
        """What a figure means, and its query in small letters."""
        self.keep_together(4 * _LINE_MM)
        self._write(block.name, _SMALL_PT, _LINE_MM, bold=True)
        self._write(block.text, _SMALL_PT, _SMALL_LINE_MM)
        self.set_text_color(*_QUIET)
        self._write(block.code, _CODE_PT, _CODE_LINE_MM, wrapmode=_BREAK)
        self.set_text_color(*_INK)
        self.ln(_GAP_MM)

    def _write(
        self,
        text: str,
        size_pt: float,
        line_mm: float,
        *,
        bold: bool = False,
        wrapmode: WrapMode = WrapMode.WORD,
    ) -> None:
        self.set_font(_FAMILY, style="B" if bold else "", size=size_pt)
        self.multi_cell(0, line_mm, text, align="L", new_x="LMARGIN", new_y="NEXT", wrapmode=wrapmode)


def _height_mm(blocks: Sequence[Block]) -> float:
    """About how high headings and what comes after them are, as far as it should stand on one page."""
    block = blocks[0]
    match block:
        case Heading():
            return _HEADING_MM + (_height_mm(blocks[1:]) if len(blocks) > 1 else 0)
        case Grid():
            rows = len(block.rows) + 3
            return (_LINE_MM + 2 * _PADDING_MM) * (rows if rows <= _LONG_TABLE_ROWS else 5)
        case Picture():
            return PngImageFile(BytesIO(block.png)).height * _PICTURE_MM / WIDTH
        case _:
            return 3 * _LINE_MM


def _title_style(size_pt: float, above_mm: float) -> TextStyle:
    return TextStyle(
        font_family=_FAMILY, font_style="B", font_size_pt=size_pt, color=_INK, t_margin=above_mm, b_margin=2
    )


def _columns(block: Grid) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The widest column is the one with the longest text; numbers stand to the right."""
    longest = [max(len(row[column]) for row in block.rows) for column in range(len(block.head))]
    widest = longest.index(max(longest))
    widths = [_FIRST_COLUMN_SHARE if column == widest else 1 for column in range(len(block.head))]
    aligns = [
        "RIGHT" if any(row[column][:1].isdigit() for row in block.rows) and column else "LEFT"
        for column in range(len(block.head))
    ]
    return tuple(widths), tuple(aligns)
