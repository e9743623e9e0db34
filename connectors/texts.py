"""The gateway's own sentences, from texts.yml."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml


def text(key: str, language: str = "nb", **values: object) -> str:
    """Return a sentence with its variables filled.

    Raises:
        KeyError: there is no such sentence or language.
    """
    sentence: str = _texts()[key][language]
    return sentence.format(**values)


@lru_cache(maxsize=1)
def _texts() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(
        Path(__file__).with_name("texts.yml").read_text(encoding="utf-8")
    )
    return content
