"""What every loader makes of a file."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file as Markdown.

    Attributes:
        markdown: clean text; headings, lists and tables as CommonMark with tables writes them.
        metadata: what the file says about itself in the keys of the front matter.
        title: of the file's properties, for when neither the metadata nor a heading gives one.
    """

    markdown: str
    metadata: dict[str, object] = field(default_factory=dict)
    title: str = ""
