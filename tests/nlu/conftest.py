"""Rasa imports TensorFlow: quiet, on the processor, and without telemetry, all set before anything else."""

from __future__ import annotations

import os

os.environ.update(
    {
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_INTRA_OP_PARALLELISM_THREADS": "1",
        "TF_INTER_OP_PARALLELISM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
)

import pytest
import skops.io  # noqa: F401  (before Rasa, see nlu/server/__main__.py)

from nlu.core.tokens import NorwegianTokenizer


@pytest.fixture(scope="session")
def tokenize() -> NorwegianTokenizer:
    return NorwegianTokenizer()
