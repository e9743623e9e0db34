"""Which document a labelled row means: by its id, or by the name of its file."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from index_builder.evaluation.rows import Question


class DocumentNames:
    """Looks up documents by what people call them."""

    def __init__(self, paths: Mapping[str, str]) -> None:
        """Take all documents.

        Args:
            paths: id → path of the file, relative to its source folder.
        """
        self._ids = {_plain(document_id): document_id for document_id in paths}
        by_file: dict[str, set[str]] = defaultdict(set)
        for document_id, path in paths.items():
            file = PurePosixPath(path)
            for name in (path, str(file.with_suffix("")), file.name, file.stem):
                by_file[_plain(name)].add(document_id)
        self._by_file = by_file

    def find(self, name: str) -> str | None:
        """Return the id of a document by its id or file name (with or without folder and suffix).

        An id goes before a file name. None when nothing, or more than one file, is called so.
        """
        wanted = _plain(name)
        if wanted in self._ids:
            return self._ids[wanted]
        found = self._by_file.get(wanted, set())
        return next(iter(found)) if len(found) == 1 else None

    def right_documents(self, questions: Iterable[Question]) -> dict[str, frozenset[str]]:
        """Return question id → ids of the documents that its row names; empty where none is known."""
        return {
            question.id: frozenset(found for name in question.documents if (found := self.find(name)))
            for question in questions
        }


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip()).casefold()
