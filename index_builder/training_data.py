"""What the embedded encoder and the ranking learn from: pairs of texts that belong together."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from index_builder.errors import DocumentError, TrainingDataError
from index_builder.markdown_loader import load_markdown
from knowledge.documents import Document, Section
from knowledge.lay_words import LayWordEntry
from knowledge.scoring import off_topic_passage

QUESTIONS_FILE = "questions.jsonl"
# Above any number of a topic or section.
LAY_WORD_GROUPS = 1_000_000
OFF_TOPIC_GROUP = 2_000_000
_OFF_TOPIC_ROUNDS = 2
_ERRORS_EVERY = 5
_ERROR_SHARE = 0.1
_SLIPS = ("swap", "drop", "double", "plain")
_PLAIN_VOWELS = {0xE6: "ae", 0xF8: "o", 0xE5: "a"}  # for str.translate
_TERMS_AT_ONCE = 3
_TERM_ROUNDS = 2
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


class Question(BaseModel):
    """A question in the words of an employee; other keys of the row are not used."""

    q: str


class OffTopicQuestion(BaseModel):
    """One row of `off_topic.jsonl`: a question that no routine answers."""

    question: str


class Topic(BaseModel):
    """One row of the routine pairs: a passage, questions that it answers, and words that people use."""

    topic: str
    passage: str
    questions: list[Question]
    terms: list[str]


class RoutineQuestion(BaseModel):
    """One row of `questions.jsonl`: a question, and the document and section that answer it."""

    question: str
    doc: str
    section: str


@dataclass(frozen=True, slots=True)
class RoutineSet:
    """Routines of one invented municipality, by id, with questions on them."""

    documents: dict[str, Document]
    questions: tuple[RoutineQuestion, ...]

    def section(self, question: RoutineQuestion) -> Section:
        """Return the section that answers."""
        sections = self.documents[question.doc].sections
        return next(section for section in sections if section.heading == question.section)


@dataclass(frozen=True, slots=True)
class Example:
    """Two texts that should lie close. Examples of one group are never pushed apart."""

    anchor: str
    positive: str
    group: int


def read_topics(pairs_dir: Path) -> list[Topic]:
    """Read every *.jsonl of a folder, sorted by file name.

    Raises:
        TrainingDataError: a row is not a topic, or there is none.
    """
    topics = [topic for path in sorted(pairs_dir.glob("*.jsonl")) for topic in _read_rows(path, Topic)]
    if not topics:
        raise TrainingDataError(pairs_dir, 0, "no routine pairs here")
    return topics


def read_off_topic(path: Path) -> tuple[list[str], list[str]]:
    """Read the questions that no routine answers: every second one to train with, the others to fit with.

    Raises:
        TrainingDataError: a row is not a question.
    """
    questions = [row.question for row in _read_rows(path, OffTopicQuestion)]
    return questions[0::2], questions[1::2]


def read_routine_sets(folder: Path) -> list[RoutineSet]:
    """Read every municipality below a folder: `routines/*.md` and `questions.jsonl`, sorted by name.

    Raises:
        TrainingDataError: a routine or a question cannot be used, or a question names what is not there.
    """
    return [_read_routine_set(path.parent) for path in sorted(folder.glob(f"*/{QUESTIONS_FILE}"))]


def tokenizer_texts(topics: list[Topic], sets: list[RoutineSet]) -> Iterator[str]:
    """Yield every text that the vocabulary is made of."""
    for topic in topics:
        yield from (topic.topic, topic.passage, *topic.terms)
        yield from (question.q for question in topic.questions)
    for routines in sets:
        for document in routines.documents.values():
            yield document.title
            yield from (f"{section.heading}\n{section.passage}" for section in document.sections)
        yield from (question.question for question in routines.questions)


def unlabelled_examples(topics: list[Topic], sets: list[RoutineSet]) -> list[Example]:
    """Pair texts that stand together: a title and its text, a sentence and the rest of its passage."""
    examples: list[Example] = []
    for group, topic in zip(_groups(topics), topics, strict=True):
        examples.append(Example(topic.topic, topic.passage, group))
        examples += _rest_of(_SENTENCE_END.split(topic.passage), topic.topic, group)
    for group, (document, section) in enumerate(_sections(sets), start=len(topics)):
        examples.append(Example(f"{document.title} {section.heading}", section.passage, group))
        examples += _rest_of(_SENTENCE_END.split(section.passage), document.title, group)
    return examples


def question_examples(topics: list[Topic], sets: list[RoutineSet], rng: random.Random) -> list[Example]:
    """Pair each question with the passage that answers, with its title and with another question.

    A few of the terms of a topic at a time count as a question too.
    """
    examples: list[Example] = []
    for group, topic in zip(_groups(topics), topics, strict=True):
        questions = [question.q for question in topic.questions]
        examples += _asked(questions, topic.topic, topic.passage, group, rng)
        for _ in range(_TERM_ROUNDS * (len(topic.terms) // _TERMS_AT_ONCE)):
            terms = ", ".join(rng.sample(topic.terms, _TERMS_AT_ONCE))
            examples.append(Example(terms, topic.passage, group))
    group = len(topics)
    for routines in sets:
        by_section: dict[tuple[str, str], list[str]] = {}
        for row in routines.questions:
            by_section.setdefault((row.doc, row.section), []).append(row.question)
        for (doc, heading), questions in by_section.items():
            section = routines.section(RoutineQuestion(question="", doc=doc, section=heading))
            title = f"{routines.documents[doc].title} {heading}"
            examples += _asked(questions, title, section.passage, group, rng)
            group += 1
    return examples


def typing_error_examples(examples: list[Example], rng: random.Random) -> list[Example]:
    """Ask some questions again as typed in haste on a phone."""
    return [
        Example(with_typing_errors(example.anchor, rng), example.positive, example.group)
        for example in examples[::_ERRORS_EVERY]
    ]


def with_typing_errors(text: str, rng: random.Random) -> str:
    """Swap, drop and double letters, and write vowels without their marks, in about every tenth place."""
    letters = list(text)
    place = 0
    while place < len(letters) - 1:
        slip = rng.choice(_SLIPS) if rng.random() < _ERROR_SHARE else None
        if slip == "swap":
            letters[place : place + 2] = letters[place + 1], letters[place]
        elif slip == "drop":
            letters[place] = ""
        elif slip == "double":
            letters[place] *= 2
        elif slip == "plain":
            letters[place] = letters[place].translate(_PLAIN_VOWELS)
        place += 1
    return "".join(letters)


def off_topic_examples(questions: list[str]) -> list[Example]:
    """Pair each question that no routine answers with the text that stands for them all."""
    return [
        Example(question, off_topic_passage(), OFF_TOPIC_GROUP) for question in questions * _OFF_TOPIC_ROUNDS
    ]


def lay_word_examples(entries: list[LayWordEntry], rng: random.Random) -> list[Example]:
    """Pair a few words that people use at a time with the terms that routines use."""
    examples: list[Example] = []
    for number, entry in enumerate(entries):
        words = list(entry.lay)
        rng.shuffle(words)
        for start in range(0, len(words), _TERMS_AT_ONCE):
            few = ", ".join(words[start : start + _TERMS_AT_ONCE])
            examples.append(Example(few, ", ".join(entry.term), LAY_WORD_GROUPS + number))
    return examples


def _asked(questions: list[str], title: str, passage: str, group: int, rng: random.Random) -> list[Example]:
    others = questions[:]
    rng.shuffle(others)
    return [
        example
        for i, question in enumerate(others)
        for example in (
            Example(question, passage, group),
            Example(question, title, group),
            Example(question, others[i - 1], group),
        )
    ]


def _groups(topics: list[Topic]) -> list[int]:
    """Number topics so that those of one name, told in two files, are not pushed apart."""
    first: dict[str, int] = {}
    return [first.setdefault(topic.topic.casefold(), number) for number, topic in enumerate(topics)]


def _sections(sets: list[RoutineSet]) -> Iterator[tuple[Document, Section]]:
    for routines in sets:
        for document in routines.documents.values():
            yield from ((document, section) for section in document.sections)


def _rest_of(parts: list[str], title: str, group: int) -> list[Example]:
    return [
        Example(part, " ".join((title, *parts[:i], *parts[i + 1 :])), group) for i, part in enumerate(parts)
    ]


def _read_routine_set(folder: Path) -> RoutineSet:
    documents: dict[str, Document] = {}
    for path in sorted((folder / "routines").rglob("*.md")):
        try:
            document = load_markdown(path)
        except DocumentError as exc:
            raise TrainingDataError(path, 0, str(exc)) from exc
        documents[document.id] = document
    path = folder / QUESTIONS_FILE
    questions = _read_rows(path, RoutineQuestion)
    for number, row in enumerate(questions, start=1):
        sections = documents[row.doc].sections if row.doc in documents else ()
        if row.section not in (section.heading for section in sections):
            raise TrainingDataError(path, number, f"no section {row.section} in a routine {row.doc}")
    return RoutineSet(documents, tuple(questions))


Row = TypeVar("Row", bound=BaseModel)


def _read_rows(path: Path, kind: type[Row]) -> list[Row]:
    rows: list[Row] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            rows.append(kind.model_validate_json(line))
        except ValidationError as exc:
            raise TrainingDataError(path, number, f"not a {kind.__name__}") from exc
    return rows
