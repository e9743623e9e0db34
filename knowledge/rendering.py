"""Markdown of a routine: one parser for the loader and the web page, so that anchors always agree."""

from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from knowledge.documents import Document, unique_anchors

# `html` off shows raw HTML as text; the parser's own link validator refuses javascript: and its kin.
_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")


def parse_markdown(markdown: str) -> list[Token]:
    """Parse a routine's body; every heading token carries its anchor as the attribute `id`."""
    tokens = _PARSER.parse(markdown)
    headings = [i for i, token in enumerate(tokens) if token.type == "heading_open"]
    anchors = unique_anchors(plain_text(tokens[i + 1]) for i in headings)
    for i, anchor in zip(headings, anchors, strict=True):
        tokens[i].attrSet("id", anchor)
    return tokens


def plain_text(inline: Token) -> str:
    """Return what a reader sees of an inline token: marks and link targets left out."""
    parts: list[str] = []
    for child in inline.children or []:
        if child.type == "softbreak":
            parts.append(" ")
        elif child.type == "hardbreak":
            parts.append("\n")
        else:  # an image has its alternative text as content; markers such as strong_open have none
            parts.append(child.content)
    return "".join(parts).strip()


def render_html(document: Document) -> str:
    """Render a routine's body as HTML that is safe to put in a page.

    Returns:
        HTML with raw HTML escaped, unsafe links left as text, and heading ids equal to `Section.anchor`.
    """
    env: dict[str, Any] = {}
    html: str = _PARSER.renderer.render(parse_markdown(document.body_markdown), _PARSER.options, env)
    return html
