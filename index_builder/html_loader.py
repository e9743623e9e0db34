"""An HTML page becomes Markdown: its main content, without navigation."""

import re

from index_builder.html_markdown import html_to_markdown, main_content, parse_html
from index_builder.parsed_file import ParsedFile
from index_builder.text_cleaning import clean, decode

_DECLARED_ENCODING = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}(?:charset|encoding)\s*=\s*["']?([\w-]+)""", re.IGNORECASE
)


def parse_html_file(data: bytes) -> ParsedFile:
    """Read a page.

    Returns:
        Its main content. The title is the page's own, for a page without headings.
    """
    declared = _DECLARED_ENCODING.search(data[:4096])
    soup = parse_html(decode(data, declared[1].decode("ascii") if declared else None))
    title = soup.title.get_text(" ", strip=True) if soup.title else ""
    return ParsedFile(clean(html_to_markdown(main_content(soup))), title=clean(title))
