"""Port for encoders, free of heavy imports."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


class Encoder(Protocol):
    """Port for encoders. `fingerprint` is the identity: equal fingerprints give equal vectors."""

    @property
    def name(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    @property
    def max_tokens(self) -> int | None:
        """Tokens of a passage that are read; what comes after them is lost. None: there is no limit."""
        ...

    def count_tokens(self, text: str) -> int:
        """Count the tokens of a text, without those that the model adds itself."""
        ...

    def encode_query(self, texts: list[str]) -> Vectors:
        """Encode questions.

        Returns:
            float32 of shape (len(texts), dimension); rows have length 1, or 0 for a text without any token.
        """
        ...

    def encode_document(self, texts: list[str]) -> Vectors:
        """Encode passages; same shape and type as `encode_query`."""
        ...
