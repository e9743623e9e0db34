"""A routine and its sections, and the store that hands them out by id.

The web gateway imports this module to show a routine, so it must stay free of torch, FAISS and
sentence-transformers.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from knowledge.index_files import DOCUMENTS_FILE, CurrentVersion, read_json_lines

# Letters that Unicode does not decompose: ae, o with stroke, and the Sami d, n and t with stroke.
_LETTERS_WITHOUT_DECOMPOSITION = {0xE6: "ae", 0xF8: "o", 0x111: "d", 0x14B: "n", 0x167: "t"}
_FALLBACK_ANCHOR = "avsnitt"


@dataclass(frozen=True, slots=True)
class Section:
    """One heading of a routine with the text below it.

    Attributes:
        heading: the heading itself; the document's title for text before the first heading.
        path: headings from the outermost to this one, the document title left out.
        anchor: id of the heading on the routine page; "" means the top of the page.
        passage: plain text; numbered steps and bullets are kept, one per line.
        has_steps: the section holds a numbered list, so it tells how something is done.
    """

    heading: str
    path: tuple[str, ...]
    anchor: str
    passage: str
    has_steps: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """One routine. Text is NFC; dates are None where the owner gave none.

    Attributes:
        withdrawn: the first day on which it no longer holds.
        access: who may read it. Empty or `("public",)`: everyone. `("employees",)`: people whom the channel
            has authenticated. Else ids of units: their staff and that of all units below them.
    """

    id: str
    title: str
    owner: str
    version: str
    valid_from: date | None
    review_by: date | None
    language: str
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    unit: str
    source: Literal["local", "shared"]
    shared_by: str | None
    licence: str | None
    example_questions: tuple[str, ...]
    body_markdown: str
    sections: tuple[Section, ...]
    withdrawn: date | None = None
    access: tuple[str, ...] = ()

    @property
    def is_public(self) -> bool:
        """Whether everyone may read it, also those who have not logged in."""
        return self.access in ((), ("public",))

    def in_force(self, on: date) -> bool:
        """Tell whether it holds on a day: `valid_from` has come and `withdrawn` has not."""
        begun = self.valid_from is None or self.valid_from <= on
        return begun and (self.withdrawn is None or on < self.withdrawn)

    def review_overdue(self, on: date) -> bool:
        """Tell whether the promised review date has passed; the date itself is still in time."""
        return self.review_by is not None and self.review_by < on


DOCUMENT_ADAPTER: TypeAdapter[Document] = TypeAdapter(Document)


class DocumentStore:
    """The routines of the live index, read again when a new index is published."""

    def __init__(self, index_dir: Path) -> None:
        self._current = CurrentVersion(index_dir, read_documents)

    def get(self, doc_id: str) -> Document | None:
        """Return the routine with this id, or None.

        Raises:
            IndexUnavailableError: there is no index, or its documents cannot be read.
        """
        return self._current.get().get(doc_id)

    def all(self) -> list[Document]:
        """Return every routine, in the order in which the builder met them.

        Raises:
            IndexUnavailableError: there is no index, or its documents cannot be read.
        """
        return list(self._current.get().values())


def read_documents(version_dir: Path) -> dict[str, Document]:
    """Read the documents of one index version, keyed by id.

    Raises:
        IndexUnavailableError: the file is missing or damaged.
    """
    return {d.id: d for d in read_json_lines(version_dir / DOCUMENTS_FILE, DOCUMENT_ADAPTER)}


def anchor_for(heading: str) -> str:
    """Turn a heading into an ASCII anchor: lower case, words joined by hyphens."""
    lowered = unicodedata.normalize("NFC", heading).casefold().translate(_LETTERS_WITHOUT_DECOMPOSITION)
    plain = unicodedata.normalize("NFKD", lowered)
    letters = (c for c in plain if not unicodedata.combining(c))
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in letters).split()
    return "-".join(words) or _FALLBACK_ANCHOR


def unique_anchors(headings: Iterable[str]) -> list[str]:
    """Give each heading of one document its anchor, in order; repeats get -2, -3 and so on."""
    taken: set[str] = set()
    numbers: dict[str, int] = {}  # the last one tried: a long law repeats a heading hundreds of times
    anchors: list[str] = []
    for heading in headings:
        base = anchor = anchor_for(heading)
        while anchor in taken:
            numbers[base] = numbers.get(base, 1) + 1
            anchor = f"{base}-{numbers[base]}"
        taken.add(anchor)
        anchors.append(anchor)
    return anchors
