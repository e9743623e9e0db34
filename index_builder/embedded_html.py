"""HTML within Markdown: tables and lists become Markdown, formatting goes, code and the unknown stay."""

import re

from index_builder.html_markdown import html_to_markdown, parse_html

_BLOCKS = "table|ul|ol|dl|pre|details"
# Tags that say nothing about the text. Others stay as text: <organisasjonsnummer> is somebody's placeholder.
_FORMATTING = (
    "a|abbr|b|big|blockquote|center|code|div|em|figcaption|figure|font|i|img|kbd|mark|p|s|section|small|span|strike|"
    "strong|sub|summary|sup|tt|u"
)
# Code comes first: what stands in a code block or between backticks is left alone.
_PART = re.compile(
    r"(?P<code>^(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^(?P=fence)[`~]*[ \t]*$|\Z)"
    r"|(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))"
    r"|(?P<comment><!--.*?-->)"
    rf"|(?P<block><(?P<name>{_BLOCKS})\b[^>]*>)"
    r"|(?P<line_break><br\s*/?>)"
    rf"|(?P<formatting></?(?:{_FORMATTING})(?:\s[^<>]*)?/?>)",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
_ALT = re.compile(r"""\balt\s*=\s*["']([^"']*)""", re.IGNORECASE)


def without_html(markdown: str) -> str:
    """Turn the HTML in a Markdown text into Markdown, as far as a reader gains by it."""
    if "<" not in markdown:
        return markdown
    written: list[str] = []
    position = 0
    while match := _PART.search(markdown, position):
        written.append(markdown[position : match.start()])
        position = match.end()
        if match["block"]:
            position = _block_end(markdown, match)
            written.append(_converted(markdown[match.start() : position]))
        elif match["code"]:
            written.append(match[0])
        elif match["line_break"]:
            written.append(" " if _in_table_row(markdown, match.start()) else "\\\n")
        elif match["formatting"]:
            alternative = _ALT.search(match[0]) if match[0].lower().startswith("<img") else None
            written.append(alternative[1] if alternative else "")
    return "".join([*written, markdown[position:]])


def _block_end(markdown: str, opening: re.Match[str]) -> int:
    """Find where an element ends, counting elements of the same name within it."""
    depth = 0
    for tag in re.finditer(rf"<(/?){opening['name']}\b[^>]*>", markdown[opening.start() :], re.IGNORECASE):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return opening.start() + tag.end()
    return opening.end()  # never closed: only the tag itself is taken away


def _converted(html: str) -> str:
    return f"\n\n{html_to_markdown(parse_html(html))}\n\n"


def _in_table_row(markdown: str, position: int) -> bool:
    line = markdown[markdown.rfind("\n", 0, position) + 1 : position]
    return "|" in line
