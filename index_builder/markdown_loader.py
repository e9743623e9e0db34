"""A Markdown file, with or without front matter, becomes a document with sections."""

import re
import unicodedata
from pathlib import Path

from index_builder.embedded_html import without_html
from index_builder.errors import DocumentError
from index_builder.front_matter import Metadata, checked, split_front_matter
from index_builder.language import detect_language
from index_builder.parsed_file import ParsedFile
from index_builder.sections import first_heading, sections_of
from index_builder.text_cleaning import decode
from knowledge.documents import Document
from knowledge.rendering import parse_markdown

# Pandoc's attributes of a heading: "## Innlogging {#sec-innlogging .unnumbered}".
_HEADING_ATTRIBUTES = re.compile(r"^(#{1,6}[ \t].*?)[ \t]*\{[#.][^{}\n]*\}[ \t]*$", re.MULTILINE)


def load_markdown(path: Path) -> Document:
    """Read one Markdown file, which need not have front matter.

    Returns:
        The document, all text NFC, sections in the order of the file.
    Raises:
        DocumentError: the file cannot be read, has wrong front matter, or no text.
    """
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise DocumentError("cannot be read") from exc
    return parse_document(decode(data), path.stem)


def parse_document(text: str, name: str = "") -> Document:
    """Make a document of the text of a Markdown file; see `load_markdown`.

    Args:
        name: what to fall back on for id and title.
    """
    parsed = parse_markdown_file(text)
    return document_of(parsed, {"id": name, **parsed.metadata}, name)


def parse_markdown_file(text: str) -> ParsedFile:
    """Part a text from its front matter and turn the HTML in it into Markdown.

    Raises:
        DocumentError: the front matter is no YAML mapping.
    """
    metadata, body = split_front_matter(unicodedata.normalize("NFC", text))
    return ParsedFile(without_html(_HEADING_ATTRIBUTES.sub(r"\1", body)).strip(), metadata)


def document_of(parsed: ParsedFile, metadata: Metadata, fallback_title: str) -> Document:
    """Put together what is known about a document and its text.

    Args:
        metadata: all that was gathered, with an id; a title and a language are found where they lack.
    Raises:
        DocumentError: a value is wrong, or there is no text.
    """
    tokens = parse_markdown(parsed.markdown)
    title = metadata.get("title") or first_heading(tokens) or parsed.title or fallback_title
    language = metadata.get("language")
    if not isinstance(language, str) or not language:  # other programs keep other things under this key
        language = detect_language(parsed.markdown)
    fields = checked({**metadata, "title": title, "language": language})
    sections = sections_of(tokens, fields.title)
    if not sections:
        raise DocumentError("no text to index")
    return Document(**fields.model_dump(), body_markdown=parsed.markdown, sections=sections)
