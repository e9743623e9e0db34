"""Labelled questions and passages to measure with, read from JSON Lines."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index_builder.errors import IndexBuilderError

UNKNOWN_STYLE = "unknown"


class EvaluationDataError(IndexBuilderError):
    """A labelled file cannot be used; the message names file and line."""

    def __init__(self, path: Path, line: int | None, problem: str) -> None:
        super().__init__(f"{path}: {problem}" if line is None else f"{path}, line {line}: {problem}")
        self.path = path
        self.line = line


@dataclass(frozen=True, slots=True)
class Question:
    """A question with where its answer is.

    Attributes:
        id: of the row; its line number where the file has none.
        documents: what the row calls the right documents, any of which will do; empty when there is none.
        sections: headings of the right sections, any of which will do.
        facts: what the answer must hold, as written in the document.
        style: how it is asked; "unknown" where the file does not say.
    """

    id: str
    text: str
    line: int
    documents: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    style: str = UNKNOWN_STYLE


@dataclass(frozen=True, slots=True)
class Passage:
    """A text to be found, without any markup that means something."""

    id: str
    title: str
    text: str


def read_questions(path: Path) -> list[Question]:
    """Read rows {question, doc} that may have id, section, answer_facts and style.

    Raises:
        EvaluationDataError: the file cannot be read, has no rows, or a row is not what it should be.
    """
    return [
        Question(
            id=_id(row, line),
            text=_text(path, line, row, "question"),
            line=line,
            documents=(_text(path, line, row, "doc"),),
            sections=_texts(path, line, row, "section"),
            facts=_texts(path, line, row, "answer_facts"),
            style=str(row.get("style") or UNKNOWN_STYLE),
        )
        for line, row in _rows(path)
    ]


def read_unanswerable(path: Path) -> list[Question]:
    """Read rows {question} that no document answers.

    Raises:
        EvaluationDataError: as `read_questions`.
    """
    return [
        Question(
            id=_id(row, line),
            text=_text(path, line, row, "question"),
            line=line,
            style=str(row.get("style") or UNKNOWN_STYLE),
        )
        for line, row in _rows(path)
    ]


def read_passages(path: Path) -> list[Passage]:
    """Read rows {id, text} that may have a title.

    Raises:
        EvaluationDataError: as `read_questions`, or an id comes twice.
    """
    passages: dict[str, Passage] = {}
    for line, row in _rows(path):
        name = _text(path, line, row, "id")
        if name in passages:
            raise EvaluationDataError(path, line, f"the id {name} comes twice")
        passages[name] = Passage(name, str(row.get("title") or ""), _text(path, line, row, "text"))
    return list(passages.values())


def read_passage_questions(path: Path) -> list[Question]:
    """Read rows {question, passage_id}; `passage_ids`, where there, names every passage that will do.

    Raises:
        EvaluationDataError: as `read_questions`.
    """
    return [
        Question(
            id=_id(row, line),
            text=_text(path, line, row, "question"),
            line=line,
            documents=_texts(path, line, row, "passage_ids") or (_text(path, line, row, "passage_id"),),
        )
        for line, row in _rows(path)
    ]


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as exc:
        raise EvaluationDataError(path, None, "the file cannot be read as UTF-8 text") from exc
    empty = True
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as exc:
            raise EvaluationDataError(path, number, "this is not JSON") from exc
        if not isinstance(row, dict):
            raise EvaluationDataError(path, number, "this is not a JSON object")
        empty = False
        yield number, row
    if empty:
        raise EvaluationDataError(path, None, "the file has no rows")


def _id(row: dict[str, Any], line: int) -> str:
    return str(row.get("id") or line)


def _text(path: Path, line: int, row: dict[str, Any], key: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise EvaluationDataError(path, line, f"`{key}` must be a text that is not empty")
    return value


def _texts(path: Path, line: int, row: dict[str, Any], key: str) -> tuple[str, ...]:
    """Return what may be one text, several or none; empty texts do not count."""
    value = row.get(key)
    values = value if isinstance(value, list) else [] if value is None else [value]
    if not all(isinstance(item, str) for item in values):
        raise EvaluationDataError(path, line, f"`{key}` must be a text or a list of texts")
    return tuple(item for item in values if item.strip())
