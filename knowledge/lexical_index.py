"""Likeness of spelling: character n-grams catch compounds, inflections, nynorsk and typing errors."""

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from knowledge.encoder import Vectors
from knowledge.vector_index import Rows


class LexicalIndex:
    """TF-IDF of character 3- to 5-grams within words; made anew from the chunks at each load."""

    def __init__(self, texts: list[str]) -> None:
        self._vectorizer = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, dtype=np.float32
        )
        self._matrix = self._vectorizer.fit_transform(texts)

    def similarities(self, query: str) -> Vectors:
        """Compare a query with every text.

        Returns:
            Cosine in [0, 1] per text, float32 of shape (n,), in the order of the texts.
        """
        scores: Vectors = (self._matrix @ self._vectorizer.transform([query]).T).toarray()[:, 0]
        return scores


def top_rows(scores: Vectors, limit: int) -> Rows:
    """Return the rows of the highest scores, in no particular order."""
    count = min(limit, len(scores))
    rows: Rows = np.argpartition(-scores, count - 1)[:count].astype(np.int64)
    return rows
