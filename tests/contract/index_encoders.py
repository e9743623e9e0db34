"""A real if tiny sentence-transformers model, for tests of the index."""

from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding

from index_builder.static_encoder import train_tokenizer

_TEXTS = ["Tittel a. Tekst i a, b, c og d. Ny tekst.", "Vask såret og ring legevakta."]


def make_encoder(folder: Path, seed: int, texts: list[str] | None = None) -> str:
    """Save a model with random weights, and a vocabulary of some texts, and return its folder."""
    tokenizer = train_tokenizer(texts or _TEXTS, vocabulary=200)
    weights = torch.randn(tokenizer.get_vocab_size(), 32, generator=torch.Generator().manual_seed(seed))
    model = SentenceTransformer(
        modules=[StaticEmbedding(tokenizer, embedding_weights=weights), Normalize()], device="cpu"
    )
    model.save(str(folder), create_model_card=False)
    return str(folder)
