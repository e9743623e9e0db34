"""Sparse features of a message: words, characters, word classes and how its sentences begin and end.

Lemmas bridge inflections; characters bridge compounds, dialect and typing errors; word classes let unseen
words behave like seen ones; sentence cues tell a question from a story. Each block is TF-IDF weighted and of
length one before its weight. What each block is worth: docs/measurements.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, diags, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from nlu.core.concepts import ConceptLexicon
from nlu.core.cues import cues_of
from nlu.core.errors import ModelFileError
from nlu.core.tokens import NorwegianToken, fold

FILE_NAME = "features.json"
# Beyond this a message adds words, not meaning; it bounds the time of one turn.
MAX_TOKENS = 1500
MAX_WORD_CHARS = 60
JOINT = "\u241f"  # no token holds it


@dataclass(frozen=True)
class FeatureShape:
    """What is counted.

    Attributes:
        word_ngrams: longest run of lemmas and of word forms.
        char_ngrams: shortest and longest run of characters inside a word.
        min_documents: a word feature seen in fewer training texts is left out.
        min_documents_rare: the same for characters and word classes, of which there are many.
        concept_weight: weight of the word classes beside words and characters; 0 leaves them out.
        cue_weight: weight of the sentence cues; 0 leaves them out.
    """

    word_ngrams: int = 2
    char_ngrams: tuple[int, int] = (3, 5)
    min_documents: int = 3
    min_documents_rare: int = 6
    concept_weight: float = 0.6
    cue_weight: float = 0.7

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> FeatureShape:
        """Take what a configuration sets; other keys in it are ignored."""
        values = {field.name: config[field.name] for field in fields(cls) if field.name in config}
        if "char_ngrams" in values:
            values["char_ngrams"] = tuple(values["char_ngrams"])
        return cls(**values)


class TextFeatures:
    """Fits and applies the TF-IDF tables."""

    def __init__(self, shape: FeatureShape, lexicon: ConceptLexicon | None = None) -> None:
        """Prepare empty tables.

        Args:
            shape: what is counted.
            lexicon: word classes; the project's own when not given.
        """
        self.shape = shape
        self._lexicon = lexicon or ConceptLexicon.load()
        self._blocks = {
            "words": _Block(self._words, shape.min_documents, 1.0),
            "chars": _Block(self._chars, shape.min_documents_rare, 1.0),
            "concepts": _Block(self._concepts, shape.min_documents_rare, shape.concept_weight),
            "cues": _Block(_cues, shape.min_documents, shape.cue_weight),
        }

    def fit(self, messages: list[list[NorwegianToken]]) -> None:
        """Learn which features exist and how much each weighs.

        Args:
            messages: tokens of each training message.
        """
        for block in self._used():
            block.table.fit(messages)

    def transform(self, messages: list[list[NorwegianToken]]) -> csr_matrix:
        """Return float32 features of shape (messages, features); an unknown message is a row of zeros."""
        blocks = [block.table.transform(messages) * np.float32(block.weight) for block in self._used()]
        rows = hstack(blocks, format="csr", dtype=np.float32)
        # Any text has a length, which is a cue; without one known word or character it says nothing.
        words, chars, *_ = blocks
        known = words.getnnz(axis=1) + chars.getnnz(axis=1) > 0
        if not known.all():
            rows = csr_matrix(diags(known.astype(np.float32)) @ rows)
            rows.eliminate_zeros()
        return rows

    def save(self, folder: Path) -> None:
        """Write the tables as JSON into `folder`."""
        tables = {name: _content(block.table) for name, block in self._blocks.items() if block.weight}
        content = {"shape": asdict(self.shape), "tables": tables}
        (folder / FILE_NAME).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> TextFeatures:
        """Read what `save` wrote.

        Raises:
            ModelFileError: the file is missing or damaged.
        """
        path = folder / FILE_NAME
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            features = cls(FeatureShape.from_config(content["shape"]))
            for name, block in features._blocks.items():
                if block.weight:
                    _restore(block.table, content["tables"][name])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelFileError(path, f"not a saved feature table ({type(error).__name__})") from error
        return features

    def _used(self) -> list[_Block]:
        return [block for block in self._blocks.values() if block.weight]

    def _words(self, tokens: list[NorwegianToken]) -> Iterator[str]:
        tokens = tokens[:MAX_TOKENS]
        yield from _ngrams([token.lemma for token in tokens], self.shape.word_ngrams)
        for gram in _ngrams([_form(token) for token in tokens], self.shape.word_ngrams):
            yield f"={gram}"

    def _chars(self, tokens: list[NorwegianToken]) -> Iterator[str]:
        shortest, longest = self.shape.char_ngrams
        for token in tokens[:MAX_TOKENS]:
            word = f" {_form(token)} "
            for length in range(shortest, min(longest, len(word)) + 1):
                for start in range(len(word) - length + 1):
                    yield word[start : start + length]

    def _concepts(self, tokens: list[NorwegianToken]) -> Iterator[str]:
        """Yield the classes of words, and word pairs in which a class stands for one word or for both."""
        tokens = tokens[:MAX_TOKENS]
        classes = [self._lexicon.concepts_of(token) for token in tokens]
        for concepts in classes:
            yield from concepts
        for index in range(len(tokens) - 1):
            left, right = classes[index], classes[index + 1]
            yield from (f"{concept}{JOINT}={tokens[index + 1].lemma}" for concept in left)
            yield from (f"={tokens[index].lemma}{JOINT}{concept}" for concept in right)
            yield from (f"{one}{JOINT}{other}" for one in left for other in right)


class _Block:
    """One TF-IDF table with its weight."""

    def __init__(
        self, analyzer: Callable[[list[NorwegianToken]], Iterator[str]], min_documents: int, weight: float
    ) -> None:
        self.weight = weight
        self.table = TfidfVectorizer(
            analyzer=analyzer, min_df=min_documents, sublinear_tf=True, dtype=np.float32
        )


def _cues(tokens: list[NorwegianToken]) -> Iterator[str]:
    yield from cues_of(tokens[:MAX_TOKENS])


def _form(token: NorwegianToken) -> str:
    return fold(token.text)[:MAX_WORD_CHARS]


def _ngrams(words: list[str], longest: int) -> Iterator[str]:
    for length in range(1, longest + 1):
        for start in range(len(words) - length + 1):
            yield JOINT.join(words[start : start + length])


def _content(table: TfidfVectorizer) -> dict[str, list[object]]:
    vocabulary = table.vocabulary_
    terms = sorted(vocabulary, key=vocabulary.__getitem__)
    return {"terms": terms, "idf": [round(float(weight), 4) for weight in table.idf_]}


def _restore(table: TfidfVectorizer, content: dict[str, list[object]]) -> None:
    table.vocabulary = {term: column for column, term in enumerate(content["terms"])}
    table.idf_ = np.asarray(content["idf"], dtype=np.float32)
