"""Text to vectors, by any sentence-transformers model."""

import copy
import hashlib
import math
import threading
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from knowledge.encoder import Encoder, Vectors
from knowledge.errors import EncoderUnavailableError

_BATCH_SIZE = 32
# A query is one short text. On a busy machine more threads wait for each other more than they work.
_MAX_TORCH_THREADS = 2


class SentenceTransformerEncoder:
    """Adapter for a loaded model. One text batch at a time: fast tokenizers are not safe to share."""

    def __init__(self, model: SentenceTransformer, name: str, fingerprint: str) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self.dimension = int(model.get_embedding_dimension() or 0)
        self._model = model
        self._lock = threading.Lock()

    @cached_property
    def _counter(self) -> Any:
        """A tokenizer of its own, so that texts can be measured while others are encoded."""
        return copy.deepcopy(self._model.tokenizer)

    @property
    def max_tokens(self) -> int | None:
        """Tokens of a passage that are read: the model's limit less its own and those of the prompt."""
        limit = self._model.max_seq_length
        if limit is None or math.isinf(limit):
            return None
        prompt = self._model.prompts.get("document") or ""
        own = getattr(self._counter, "num_special_tokens_to_add", lambda: 2)()
        return max(int(limit) - int(own) - self.count_tokens(prompt), 1)

    def count_tokens(self, text: str) -> int:
        """Count the tokens of a text, without those that the model adds itself."""
        encoded = self._counter.encode(text, add_special_tokens=False)
        return len(getattr(encoded, "ids", encoded))

    def encode_query(self, texts: list[str]) -> Vectors:
        """Encode questions, with the model's query prompt where it has one."""
        return self._encode(self._model.encode_query, texts)

    def encode_document(self, texts: list[str]) -> Vectors:
        """Encode passages, with the model's document prompt where it has one."""
        return self._encode(self._model.encode_document, texts)

    def _encode(self, encode: object, texts: list[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        assert callable(encode)  # noqa: S101
        with self._lock:
            vectors = encode(
                texts, batch_size=_BATCH_SIZE, normalize_embeddings=True, show_progress_bar=False
            )
        return np.ascontiguousarray(vectors, dtype=np.float32)


def load_encoder(name_or_path: str) -> Encoder:
    """Load a sentence-transformers model from a folder or by its hub name, on the CPU.

    Raises:
        EncoderUnavailableError: the folder is missing or broken, or the hub does not hand the model out.
    """
    folder = Path(name_or_path)
    if not folder.is_dir() and (folder.is_absolute() or name_or_path.startswith(".")):
        raise EncoderUnavailableError(name_or_path, "there is no such folder")
    torch.set_num_threads(min(torch.get_num_threads(), _MAX_TORCH_THREADS))
    try:
        model = SentenceTransformer(name_or_path, device="cpu")
    except Exception as exc:  # tokenizers raises bare Exception, the hub client several families
        problem = (
            "the folder is not a whole model" if folder.is_dir() else "no such folder, and not on the hub"
        )
        raise EncoderUnavailableError(name_or_path, problem) from exc
    return SentenceTransformerEncoder(model, name_or_path, encoder_fingerprint(name_or_path))


def encoder_fingerprint(name_or_path: str) -> str:
    """Identify a model: a hash over the contents of a folder, or the hub name as it is.

    Model cards do not count, as they do not change a vector.
    """
    folder = Path(name_or_path)
    if not folder.is_dir():
        return f"hub:{name_or_path}"
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix != ".md"):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return f"sha256:{digest.hexdigest()[:32]}"
