"""How well acts on cases are read from Norwegian.

A row of a set is a JSON object a line: `text`, and `expected` with the verb and the fields of `Act` that are
not None (dates in ISO 8601), or null where no act is meant.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

from bot.actions.case_act import Act, read_act
from bot.actions.message import OSLO

OWN_SET = Path(__file__).with_name("acts.jsonl")
# The day on which the messages of the sets are written.
WRITTEN_AT = datetime(2026, 11, 20, 12, tzinfo=OSLO)
NO_ACT = "none"
_FIELDS = tuple(field.name for field in fields(Act))


@dataclass(frozen=True)
class Share:
    """How many of so many are right."""

    right: int
    total: int

    @property
    def value(self) -> float:
        """From 0 to 1; 1 for nothing at all."""
        return self.right / self.total if self.total else 1.0


@dataclass(frozen=True)
class Wrong:
    """A message that was read otherwise. Both sides have only the fields that are not None."""

    text: str
    expected: dict[str, str] | None
    read: dict[str, str] | None


@dataclass(frozen=True)
class ActScores:
    """The scores of a set.

    Attributes:
        exact: all fields right.
        fields: of each field, among the rows where it is expected or read.
        verbs: all fields right, by expected verb; `NO_ACT` where none is meant.
        wrong: in the order of the set.
    """

    exact: Share
    fields: dict[str, Share]
    verbs: dict[str, Share]
    wrong: tuple[Wrong, ...]


def evaluate(path: Path = OWN_SET) -> ActScores:
    """Read every message of a set and compare.

    Raises:
        OSError: the file cannot be read.
        ValueError: a row is no JSON object with `text` and `expected`.
    """
    rows = [_row(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return _scores([Wrong(text, expected, _told(read_act(text, WRITTEN_AT))) for text, expected in rows])


def summary(scores: ActScores) -> str:
    """Return the scores as text, with the messages that were read otherwise."""
    lines = [_line("exact", scores.exact), "", "by field"]
    lines += [_line(f"  {name}", share) for name, share in scores.fields.items()]
    lines += ["", "by verb"]
    lines += [_line(f"  {verb}", share) for verb, share in sorted(scores.verbs.items())]
    for wrong in scores.wrong:
        lines += ["", wrong.text, f"  expected {_shown(wrong.expected)}", f"  read     {_shown(wrong.read)}"]
    return "\n".join(lines) + "\n"


def _row(line: str) -> tuple[str, dict[str, str] | None]:
    row: Any = json.loads(line)
    if not isinstance(row, dict) or not isinstance(row.get("text"), str) or "expected" not in row:
        raise ValueError("a row needs text and act")
    expected = row["expected"]
    if expected is None:
        return row["text"], None
    unknown = set(expected) - set(_FIELDS)
    if unknown or "verb" not in expected:
        raise ValueError(f"an act needs a verb and has no {', '.join(sorted(unknown))}")
    return row["text"], {name: str(value) for name, value in expected.items() if value is not None}


def _told(act: Act | None) -> dict[str, str] | None:
    if act is None:
        return None
    told = {name: getattr(act, name) for name in _FIELDS}
    return {
        name: value.isoformat() if isinstance(value, date) else str(value)
        for name, value in told.items()
        if value is not None
    }


def _scores(rows: Sequence[Wrong]) -> ActScores:
    of_fields: Counter[tuple[str, bool]] = Counter()
    of_verbs: Counter[tuple[str, bool]] = Counter()
    for row in rows:
        expected, read = row.expected or {}, row.read or {}
        of_verbs[expected.get("verb", NO_ACT), expected == read] += 1
        for name in expected.keys() | read.keys():
            of_fields[name, expected.get(name) == read.get(name)] += 1
    return ActScores(
        exact=Share(sum(row.expected == row.read for row in rows), len(rows)),
        fields={name: _share(of_fields, name) for name in _FIELDS if _share(of_fields, name).total},
        verbs={verb: _share(of_verbs, verb) for verb in {verb for verb, _ in of_verbs}},
        wrong=tuple(row for row in rows if row.expected != row.read),
    )


def _share(counts: Counter[tuple[str, bool]], key: str) -> Share:
    return Share(counts[key, True], counts[key, True] + counts[key, False])


def _line(name: str, share: Share) -> str:
    return f"{name:<16}{share.value:7.3f}  ({share.right} of {share.total})"


def _shown(told: dict[str, str] | None) -> str:
    return NO_ACT if told is None else ", ".join(f"{name}={value}" for name, value in told.items())
