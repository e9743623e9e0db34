"""A report as blocks, whatever file it becomes."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Heading:
    """`level` is 1 or 2; both are in the table of contents."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """Text without line breaks."""

    text: str


@dataclass(frozen=True)
class Bullets:
    """A list without order."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """A table; the first column is text, the others are numbers."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A PNG picture, and the same in words for those who do not see it."""

    png: bytes
    alt: str


@dataclass(frozen=True)
class Definition:
    """What a figure means, and the query behind it."""

    name: str
    text: str
    code: str


Block = Heading | Paragraph | Bullets | Grid | Picture | Definition


@dataclass(frozen=True)
class Document:
    """A report.

    Attributes:
        language_tag: such as `nb-NO`.
        contents: heading of the table of contents.
        page: with {page} and {pages}.
    """

    title: str
    subtitle: str
    language_tag: str
    contents: str
    page: str
    blocks: tuple[Block, ...]
