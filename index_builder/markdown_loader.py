"""A Markdown file with front matter becomes a document with sections."""

import unicodedata
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import frontmatter
import yaml
from frontmatter.default_handlers import YAMLHandler
from markdown_it.token import Token
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from index_builder.errors import DocumentError
from index_builder.passage_text import passage_text
from knowledge.documents import Document, Section
from knowledge.rendering import parse_markdown, plain_text

Text = Annotated[str, Field(min_length=1)]


class _FrontMatter(BaseModel):
    """What the owner writes above the text. Only id and title are needed; unknown keys are ignored."""

    model_config = ConfigDict(coerce_numbers_to_str=True, str_strip_whitespace=True)

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]  # it goes into addresses
    title: Text
    owner: str = ""
    version: str = ""
    valid_from: date | None = None
    review_by: date | None = None
    language: str = "nb"
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    unit: str = ""
    source: Literal["local", "shared"] = "local"
    shared_by: str | None = None
    licence: str | None = None
    example_questions: tuple[Text, ...] = ()


def load_markdown(path: Path) -> Document:
    """Read one file.

    Returns:
        The document, all text NFC, sections in the order of the file.
    Raises:
        DocumentError: the file is not UTF-8, has broken or incomplete front matter, or no text.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        raise DocumentError("not UTF-8") from exc
    except OSError as exc:
        raise DocumentError("cannot be read") from exc
    return parse_document(text)


def parse_document(text: str) -> Document:
    """Make a document of the text of a file; see `load_markdown`."""
    try:
        post = frontmatter.loads(unicodedata.normalize("NFC", text), handler=YAMLHandler())
        fields = _FrontMatter.model_validate(post.metadata)
    except yaml.YAMLError as exc:
        raise DocumentError("front matter is not valid YAML") from exc
    except ValidationError as exc:
        raise DocumentError(_reason(exc)) from exc
    sections = sections_of(post.content, fields.title)
    if not sections:
        raise DocumentError("no text below the front matter")
    return Document(**fields.model_dump(), body_markdown=post.content, sections=sections)


def sections_of(markdown: str, title: str) -> tuple[Section, ...]:
    """Cut a text at its headings. Headings with no text of their own give no section."""
    sections: list[Section] = []
    path: list[tuple[int, str]] = []  # (level, heading) from the outermost to the current one
    anchor = ""
    body: list[Token] = []

    def close() -> None:
        passage = passage_text(body)
        if passage:
            headings = tuple(heading for _, heading in path if heading != title)
            has_steps = any(token.type == "ordered_list_open" for token in body)
            sections.append(
                Section(headings[-1] if headings else title, headings, anchor, passage, has_steps)
            )
        body.clear()

    tokens = iter(parse_markdown(markdown))
    for token in tokens:
        if token.type != "heading_open" or token.level > 0:  # within a quote or list it opens no section
            body.append(token)
            continue
        close()
        level = int(token.tag[1:])
        path[:] = [step for step in path if step[0] < level]
        path.append((level, plain_text(next(tokens))))
        anchor = str(token.attrGet("id"))
        next(tokens)  # heading_close
    close()
    return tuple(sections)


def _reason(error: ValidationError) -> str:
    """Say in one line what is wrong with the front matter."""
    problems = []
    for problem in error.errors():
        field = ".".join(str(step) for step in problem["loc"])
        text = "is missing" if problem["type"] == "missing" else f"is wrong: {problem['msg']}"
        problems.append(f"{field} {text}")
    return "front matter: " + "; ".join(problems)
