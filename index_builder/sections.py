"""Parsed Markdown cut at its headings."""

from collections.abc import Iterable

from markdown_it.token import Token

from index_builder.passage_text import passage_text
from knowledge.documents import Section
from knowledge.rendering import plain_text


def first_heading(tokens: list[Token]) -> str:
    """Return the first heading that has text, "" when there is none."""
    for position, token in enumerate(tokens):
        if token.type == "heading_open" and token.level == 0:
            heading = plain_text(tokens[position + 1])
            if heading:
                return heading
    return ""


def sections_of(tokens: Iterable[Token], title: str) -> tuple[Section, ...]:
    """Cut a text at its headings. Headings with no text of their own give no section.

    Args:
        tokens: as `knowledge.rendering.parse_markdown` gives them.
        title: of the document; a heading that repeats it is no step of a section's path.
    """
    sections: list[Section] = []
    path: list[tuple[int, str]] = []  # (level, heading) from the outermost to the current one
    anchor = ""
    body: list[Token] = []

    def close() -> None:
        passage = passage_text(body)
        if passage:
            headings = tuple(heading for _, heading in path if heading not in ("", title))
            has_steps = any(token.type == "ordered_list_open" for token in body)
            sections.append(
                Section(headings[-1] if headings else title, headings, anchor, passage, has_steps)
            )
        body.clear()

    remaining = iter(tokens)
    for token in remaining:
        if token.type != "heading_open" or token.level > 0:  # within a quote or list it opens no section
            body.append(token)
            continue
        close()
        level = int(token.tag[1:])
        path[:] = [step for step in path if step[0] < level]
        path.append((level, plain_text(next(remaining))))
        anchor = str(token.attrGet("id"))
        next(remaining)  # heading_close
    close()
    return tuple(sections)
