"""Loads what handlers say from `case_act_words.yml` and makes it into patterns."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.actions.case_act_line import read_line
from cases.categories import SUBTYPES
from cases.labels import label

_PATH = Path(__file__).with_name("case_act_words.yml")
_MACRO = re.compile(r"<(?P<name>[a-z_]+)(?:=(?P<group>[a-z0-9_]+))?>")
_NAMED_GROUP = re.compile(r"\?P<[a-z0-9_]+>")
_LANGUAGES = ("nb", "nn")


@lru_cache(maxsize=1)
def words() -> dict[str, Any]:
    """Return the whole file."""
    content: dict[str, Any] = yaml.safe_load(_PATH.read_text(encoding="utf-8"))
    return content


@lru_cache(maxsize=2)
def rules(part: str = "rules") -> list[tuple[str, re.Pattern[str]]]:
    """Return verb and pattern, in the order in which they are tried.

    Args:
        part: `rules`, which hold where a clause begins, or `anywhere`.
    """
    return [(verb, compiled(source)) for verb, sources in words()[part].items() for source in sources]


@lru_cache(maxsize=256)
def compiled(source: str) -> re.Pattern[str]:
    """Return a pattern of the file with its macros filled in."""
    # A name may stand in several branches: person, person2, …
    count = itertools.count(1)
    numbered = re.sub(
        r"(?<!\?P)<person>", lambda _: f"<who=person{'' if (n := next(count)) == 1 else n}>", source
    )
    return re.compile(_filled(numbered))


@lru_cache(maxsize=64)
def listed(*keys: str) -> re.Pattern[str]:
    """Return a pattern or list of patterns at a place of the file, such as `listed("reasons", "because")`."""
    found: Any = words()
    for key in keys:
        found = found[key]
    return compiled("|".join(f"(?:{source})" for source in found) if isinstance(found, list) else found)


@lru_cache(maxsize=8)
def values(kind: str) -> dict[str, str]:
    """Return word as `read_line` spells it → id.

    Args:
        kind: `severity`, `likelihood`, `category` or `subtype`.
    """
    found = {_spelt(word): value for value, spellings in words()[kind].items() for word in spellings}
    if kind in {"category", "subtype"}:
        for category, subtypes in SUBTYPES.items():
            for value in [category.value] if kind == "category" else subtypes:
                for language in _LANGUAGES:
                    found.setdefault(_spelt(label(kind, value, language)), value)
    return found


@lru_cache(maxsize=4)
def numbers(kind: str) -> dict[str, int]:
    """Return word, in the spelling of `read_line` → number, for a list of the part `dates`."""
    return {
        _spelt(word): number for number, spellings in words()["dates"][kind].items() for word in spellings
    }


def alternatives(found: Mapping[str, object]) -> str:
    """Return a pattern for any of these words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(found, key=len, reverse=True))


def _spelt(word: str) -> str:
    return read_line(word, "", correct=False).spelt


@lru_cache(maxsize=1)
def _macros() -> dict[str, str]:
    macros = {name: source.replace("\n", "") for name, source in words()["macros"].items()}
    for kind in ("severity", "likelihood"):
        macros[kind] = _whole(alternatives(values(kind)))
    macros["anycat"] = f"(?:{alternatives({**values('category'), **values('subtype')})})<cat_tail>"
    macros["weekday"] = _whole(alternatives(numbers("weekdays")))
    macros["month"] = _whole(alternatives(numbers("months")))
    macros["n"] = r"\d{1,3}|" + _whole(alternatives(numbers("numbers")))
    macros["nth"] = _whole(alternatives(numbers("ordinals")))
    patterns = words()["dates"]["patterns"].values()
    macros["date"] = "|".join(f"(?:{_plain(source)})" for source in patterns)
    return macros


def _whole(source: str) -> str:
    return rf"(?:{source})(?!\w)"


def _plain(source: str) -> str:
    """Leave the names of groups out, as no name may be in a pattern twice."""
    return _NAMED_GROUP.sub("?:", re.sub(r"<([a-z]+)=[a-z0-9_]+>", r"<\1>", source))


def _filled(source: str) -> str:
    def fill(found: re.Match[str]) -> str:
        if found.start() and source[found.start() - 2 : found.start()] == "?P":
            return found[0]
        body = _filled(_macros()[found["name"]])
        return f"(?P<{found['group']}>{body})" if found["group"] else f"(?:{body})"

    return _MACRO.sub(fill, source)
