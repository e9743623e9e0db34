"""Sparse features of a message: lemma 1-2-grams and character n-grams inside words, TF-IDF weighted.

Lemmas bridge inflections; characters 2-5 bridge compounds, dialect and typing errors.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from nlu.core.errors import ModelFileError
from nlu.core.tokens import NorwegianToken, fold

FILE_NAME = "features.json"
# Beyond this a message adds words, not meaning; it bounds the time of one turn.
MAX_TOKENS = 1500


@dataclass(frozen=True)
class FeatureShape:
    """What is counted.

    Attributes:
        word_ngrams: longest run of lemmas.
        char_ngrams: shortest and longest run of characters inside a word.
        min_documents: a feature seen in fewer training texts is left out.
    """

    word_ngrams: int = 2
    char_ngrams: tuple[int, int] = (2, 5)
    min_documents: int = 2


class TextFeatures:
    """Fits and applies the two TF-IDF tables."""

    def __init__(self, shape: FeatureShape) -> None:
        self.shape = shape
        self._words = TfidfVectorizer(
            analyzer=str.split,
            min_df=shape.min_documents,
            sublinear_tf=True,
            dtype=np.float32,
        )
        self._chars = TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=shape.char_ngrams,
            min_df=shape.min_documents,
            sublinear_tf=True,
            dtype=np.float32,
            lowercase=False,
        )

    def fit(self, messages: list[list[NorwegianToken]]) -> None:
        """Learn which features exist and how much each weighs.

        Args:
            messages: tokens of each training message.
        """
        self._words.fit([self._word_text(tokens) for tokens in messages])
        self._chars.fit([_char_text(tokens) for tokens in messages])

    def transform(self, messages: list[list[NorwegianToken]]) -> csr_matrix:
        """Return float32 features of shape (messages, features); an unknown message is a row of zeros."""
        words = self._words.transform([self._word_text(tokens) for tokens in messages])
        chars = self._chars.transform([_char_text(tokens) for tokens in messages])
        return hstack([words, chars], format="csr", dtype=np.float32)

    def save(self, folder: Path) -> None:
        """Write the tables as JSON into `folder`."""
        content = {
            "shape": asdict(self.shape),
            "words": _table(self._words),
            "chars": _table(self._chars),
        }
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
            shape = content["shape"]
            features = cls(
                FeatureShape(shape["word_ngrams"], tuple(shape["char_ngrams"]), shape["min_documents"])
            )
            _restore(features._words, content["words"])
            _restore(features._chars, content["chars"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelFileError(path, f"not a saved feature table ({type(error).__name__})") from error
        return features

    def _word_text(self, tokens: list[NorwegianToken]) -> str:
        """Return lemma n-grams, each joined by a character that no token holds, parted by spaces."""
        lemmas = [token.lemma.replace(" ", "_") for token in tokens[:MAX_TOKENS]]
        grams = [
            "\u241f".join(lemmas[start : start + length])
            for length in range(1, self.shape.word_ngrams + 1)
            for start in range(len(lemmas) - length + 1)
        ]
        return " ".join(grams)


def _char_text(tokens: list[NorwegianToken]) -> str:
    return " ".join(fold(token.text)[:60] for token in tokens[:MAX_TOKENS])


def _table(vectorizer: TfidfVectorizer) -> dict[str, list[object]]:
    vocabulary = vectorizer.vocabulary_
    terms = sorted(vocabulary, key=vocabulary.__getitem__)
    return {"terms": terms, "idf": [round(float(weight), 6) for weight in vectorizer.idf_]}


def _restore(vectorizer: TfidfVectorizer, table: dict[str, list[object]]) -> None:
    vectorizer.vocabulary = {term: column for column, term in enumerate(table["terms"])}
    vectorizer.idf_ = np.asarray(table["idf"], dtype=np.float32)
