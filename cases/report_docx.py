"""A report as a Word document."""

from datetime import datetime
from io import BytesIO

import docx
from docx.document import Document as WordFile
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import _Cell
from docx.text.paragraph import Paragraph as WordParagraph

from cases.report_document import Bullets, Definition, Document, Grid, Heading, Paragraph, Picture

_FONT, _CODE_FONT = "Calibri", "Consolas"
_PICTURE_WIDTH = Cm(10)
_CODE_SIZE = Pt(8)
_INK = RGBColor(0x18, 0x26, 0x2A)


def to_docx(document: Document, made_at: datetime) -> bytes:
    """Make the file.

    Args:
        made_at: aware; stands in the file's properties.
    """
    file = docx.Document()
    _set_up(file, document, made_at)
    file.add_heading(document.title, 0)
    file.add_paragraph(document.subtitle, style="Subtitle")
    _add_contents(file, document)
    for block in document.blocks:
        match block:
            case Heading():
                file.add_heading(block.text, block.level)
            case Paragraph():
                file.add_paragraph(block.text)
            case Bullets():
                for item in block.items:
                    file.add_paragraph(item, style="List Bullet")
            case Grid():
                _add_grid(file, block)
            case Picture():
                _add_picture(file, block)
            case Definition():
                _add_definition(file, block)
    _add_footer(file, document)
    buffer = BytesIO()
    file.save(buffer)
    return buffer.getvalue()


def _set_up(file: WordFile, document: Document, made_at: datetime) -> None:
    properties = file.core_properties
    properties.title, properties.subject = document.title, document.subtitle
    properties.language, properties.author, properties.comments = document.language_tag, "Sifra", ""
    properties.created = properties.modified = made_at
    for name, style in ((name, file.styles[name]) for name in ("Normal", "Title", "Heading 1", "Heading 2")):
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for kind in list(fonts.attrib):
            del fonts.attrib[kind]
        style.font.name = _FONT
        if name != "Normal":
            style.font.color.rgb = _INK
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), document.language_tag)
    file.styles["Normal"].element.get_or_add_rPr().append(language)


def _add_contents(file: WordFile, document: Document) -> None:
    """A table of contents that Word renews on demand; until then it has the headings without pages."""
    file.add_paragraph(document.contents).runs[0].bold = True
    paragraph = file.add_paragraph()
    _add_field_mark(paragraph, "begin")
    _add_field_code(paragraph, 'TOC \\o "1-2" \\h \\z \\u')
    _add_field_mark(paragraph, "separate")
    headings = [block for block in document.blocks if isinstance(block, Heading)]
    for place, heading in enumerate(headings):
        run = paragraph.add_run("\t" * (heading.level - 1) + heading.text)
        if place < len(headings) - 1:
            run.add_break()
    _add_field_mark(paragraph, "end")


def _add_grid(file: WordFile, block: Grid) -> None:
    caption = file.add_paragraph(block.caption, style="Caption")
    caption.paragraph_format.keep_with_next = True
    table = file.add_table(rows=1, cols=len(block.head), style="Light List Accent 1")
    repeated = OxmlElement("w:tblHeader")
    repeated.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(repeated)
    for row, cells in enumerate((block.head, *block.rows)):
        target = table.rows[0] if row == 0 else table.add_row()
        for column, text in enumerate(cells):
            _fill(target.cells[column], text, is_number=column > 0 and _has_numbers(block, column))
    file.add_paragraph()


def _has_numbers(block: Grid, column: int) -> bool:
    return any(row[column][:1].isdigit() for row in block.rows)


def _fill(cell: _Cell, text: str, *, is_number: bool) -> None:
    cell.text = text
    if is_number:
        cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _add_picture(file: WordFile, block: Picture) -> None:
    shape = file.add_picture(BytesIO(block.png), width=_PICTURE_WIDTH)
    # python-docx has no call for the alternative text.
    shape._inline.docPr.set("descr", block.alt)


def _add_definition(file: WordFile, block: Definition) -> None:
    name = file.add_paragraph()
    name.add_run(block.name).bold = True
    name.paragraph_format.keep_with_next = True
    name.paragraph_format.space_after = Pt(0)
    text = file.add_paragraph(block.text)
    text.paragraph_format.space_after = Pt(0)
    run = file.add_paragraph().add_run(block.code)
    run.font.name, run.font.size = _CODE_FONT, _CODE_SIZE


def _add_footer(file: WordFile, document: Document) -> None:
    paragraph = file.sections[0].footer.paragraphs[0]
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    before, rest = document.page.split("{page}")
    between, after = rest.split("{pages}")
    for text, code in ((before, "PAGE"), (between, "NUMPAGES")):
        paragraph.add_run(text)
        _add_field_mark(paragraph, "begin")
        _add_field_code(paragraph, code)
        _add_field_mark(paragraph, "separate")
        paragraph.add_run("1")
        _add_field_mark(paragraph, "end")
    paragraph.add_run(after)


def _add_field_mark(paragraph: WordParagraph, kind: str) -> None:
    mark = OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    paragraph.add_run()._r.append(mark)


def _add_field_code(paragraph: WordParagraph, code: str) -> None:
    element = OxmlElement("w:instrText")
    element.set(qn("xml:space"), "preserve")
    element.text = code
    paragraph.add_run()._r.append(element)
