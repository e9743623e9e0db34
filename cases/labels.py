"""The names that people see for the ids of a case."""

from functools import lru_cache
from pathlib import Path

import yaml

from cases.errors import UnknownLabelError

Labels = dict[str, dict[str, dict[str, str]]]


def label(kind: str, key: str, language: str) -> str:
    """The name of an id, for the middle of a sentence: names of categories begin with a capital, others not.

    Args:
        kind: `category`, `category_short`, `subtype`, `severity`, `status` or `kind`.
        key: the id, such as `ytre_miljo`.
        language: `nb` or `nn`.
    Raises:
        UnknownLabelError: there is no such label.
    """
    try:
        return _labels()[kind][key][language]
    except KeyError as error:
        raise UnknownLabelError(kind, key, language) from error


@lru_cache(maxsize=1)
def _labels() -> Labels:
    labels: Labels = yaml.safe_load(Path(__file__).with_name("labels.yml").read_text("utf-8"))
    return labels
