"""What the embedded encoder learns from: pairs of texts that belong together, and text for its tokenizer."""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ValidationError

from index_builder.errors import DocumentError, TrainingDataError
from index_builder.markdown_loader import load_markdown
from knowledge.documents import Document

_TERMS_AT_ONCE = 3
_TERM_ROUNDS = 2
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


class Question(BaseModel):
    """A question in the words of an employee; other keys of the row are not used."""

    q: str


class Topic(BaseModel):
    """One row of the routine pairs: a passage, questions that it answers, and words that people use."""

    topic: str
    passage: str
    questions: list[Question]
    terms: list[str]


@dataclass(frozen=True, slots=True)
class Example:
    """Two texts that should lie close. Examples of one group are never pushed apart."""

    anchor: str
    positive: str
    group: int


@dataclass(frozen=True, slots=True)
class Corpus:
    """Unlabelled text.

    Attributes:
        documents: routines; their example questions are left out of training, as they measure the search.
        sentences: what people write, from JSON Lines with a `text`.
    """

    documents: tuple[Document, ...]
    sentences: tuple[str, ...]


def read_topics(pairs_dir: Path) -> list[Topic]:
    """Read every *.jsonl of a folder, sorted by file name.

    Raises:
        TrainingDataError: a row is not a topic, or there is none.
    """
    topics: list[Topic] = []
    for path in sorted(pairs_dir.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                topics.append(Topic.model_validate_json(line))
            except ValidationError as exc:
                raise TrainingDataError(path, number, "not a routine pair") from exc
    if not topics:
        raise TrainingDataError(pairs_dir, 0, "no routine pairs here")
    return topics


def read_corpus(corpus_paths: list[Path]) -> Corpus:
    """Read routines (*.md) and sentences (*.jsonl): files, and what lies below folders, sorted by path.

    Raises:
        TrainingDataError: a row of JSON Lines has no text. Files that are no routines are passed over.
    """
    documents: list[Document] = []
    sentences: list[str] = []
    for given in corpus_paths:
        files = [given] if given.is_file() else sorted(given.rglob("*"))
        for path in (file for file in files if file.suffix == ".md"):
            try:
                documents.append(load_markdown(path))
            except DocumentError:
                continue
        for path in (file for file in files if file.suffix == ".jsonl"):
            sentences.extend(_sentences(path))
    return Corpus(tuple(documents), tuple(sentences))


def _sentences(path: Path) -> Iterator[str]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            yield str(json.loads(line)["text"])
        except (ValueError, KeyError, TypeError) as exc:
            raise TrainingDataError(path, number, "no text in this row") from exc


def tokenizer_texts(topics: list[Topic], corpus: Corpus) -> Iterator[str]:
    """Yield every text that the vocabulary is made of."""
    for topic in topics:
        yield from (topic.topic, topic.passage, *topic.terms)
        yield from (question.q for question in topic.questions)
    for document in corpus.documents:
        yield document.title
        yield from (f"{section.heading}\n{section.passage}" for section in document.sections)
    yield from corpus.sentences


def unlabelled_examples(topics: list[Topic], corpus: Corpus) -> list[Example]:
    """Pair texts that stand together: a heading and its text, a sentence and the rest of its passage."""
    examples: list[Example] = []
    for group, topic in enumerate(topics):
        examples.append(Example(topic.topic, topic.passage, group))
        examples += _rest_of(_SENTENCE_END.split(topic.passage), topic.topic, group)
    for group, document in enumerate(corpus.documents, start=len(topics)):
        everything = " ".join((document.title, *(section.passage for section in document.sections)))
        examples += [Example(tag, everything, group) for tag in document.tags]
        for section in document.sections:
            examples.append(Example(f"{document.title} {section.heading}", section.passage, group))
            if section.has_steps:
                examples += _rest_of(section.passage.splitlines(), document.title, group)
    return examples


def question_examples(topics: list[Topic], rng: random.Random) -> list[Example]:
    """Pair each question, and a few of the terms at a time, with the passage that answers."""
    examples: list[Example] = []
    for group, topic in enumerate(topics):
        examples += [Example(question.q, topic.passage, group) for question in topic.questions]
        for _ in range(_TERM_ROUNDS * (len(topic.terms) // _TERMS_AT_ONCE)):
            terms = ", ".join(rng.sample(topic.terms, _TERMS_AT_ONCE))
            examples.append(Example(terms, topic.passage, group))
    return examples


def _rest_of(parts: list[str], title: str, group: int) -> list[Example]:
    return [
        Example(part, " ".join((title, *parts[:i], *parts[i + 1 :])), group) for i, part in enumerate(parts)
    ]
