"""Pieces of text that the clerk puts together, in both written forms."""

from functools import lru_cache
from pathlib import Path

import yaml

LANGUAGES = ("nb", "nn")


def clerk_text(section: str, key: str, language: str, **values: object) -> str:
    """A text of `clerk_texts.yml` with its variables filled."""
    text: str = _texts()[section][key][language]
    return text.format(**values)


@lru_cache(maxsize=1)
def _texts() -> dict[str, dict[str, dict[str, str]]]:
    texts: dict[str, dict[str, dict[str, str]]] = yaml.safe_load(
        Path(__file__).with_name("clerk_texts.yml").read_text("utf-8")
    )
    return texts
