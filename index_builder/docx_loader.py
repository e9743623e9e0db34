"""A Word document (.docx) becomes Markdown, by way of HTML."""

import io
import zipfile

import mammoth
from bs4 import BeautifulSoup

from index_builder.errors import DocumentError
from index_builder.html_markdown import html_to_markdown, parse_html
from index_builder.parsed_file import ParsedFile
from index_builder.text_cleaning import clean

_MAX_UNPACKED_BYTES = 500 * 2**20
_PROPERTIES = "docProps/core.xml"
# Word writes the names of built-in styles in English; other programs and old templates do not.
_STYLE_MAP = "\n".join(
    [
        *(f"p[style-name='Overskrift {level}'] => h{level}:fresh" for level in range(1, 7)),
        *(f"p[style-name='heading {level}'] => h{level}:fresh" for level in range(1, 7)),
        "p[style-name='Title'] => h1:fresh",
        "p[style-name='Tittel'] => h1:fresh",
        "p[style-name='Subtitle'] => p:fresh",
    ]
)


def parse_docx_file(data: bytes) -> ParsedFile:
    """Read a Word document.

    Raises:
        DocumentError: it is no DOCX file, is protected by a password, or unpacks to more than 500 MiB.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(item.file_size for item in archive.infolist()) > _MAX_UNPACKED_BYTES:
                raise DocumentError("the DOCX file unpacks to more than 500 MB")
            title = _title(archive)
        html = mammoth.convert_to_html(
            io.BytesIO(data), style_map=_STYLE_MAP, convert_image=mammoth.images.img_element(_no_image)
        ).value
    except DocumentError:
        raise
    except Exception as exc:  # mammoth passes on what its parsers raise
        problem = "is protected by a password" if data.startswith(b"\xd0\xcf\x11\xe0") else "is damaged"
        raise DocumentError(f"the DOCX file {problem}") from exc
    return ParsedFile(clean(html_to_markdown(parse_html(html))), title=clean(title))


def _no_image(_image: object) -> dict[str, str]:
    return {"src": ""}


def _title(archive: zipfile.ZipFile) -> str:
    """Return the title of the document's properties, "" when it has none."""
    if _PROPERTIES not in archive.namelist():
        return ""
    title = BeautifulSoup(archive.read(_PROPERTIES), "xml").find("title")
    return title.get_text(strip=True) if title else ""
