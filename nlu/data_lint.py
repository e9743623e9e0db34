"""Reviews the training rows as code is reviewed: `python -m nlu.data_lint`, one line a problem.

What a row looks like and what the files are: `nlu/data/README.md`. The evaluation set is only read, to see
that nothing of it is trained on.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from stdnum.no import fodselsnummer

from nlu.core.categories import KINDS, SUBTYPES
from nlu.core.severity import SEVERITIES
from nlu.near_duplicates import fold_text, near_pairs
from nlu.training_data import DATA_DIR, RENAMED_INTENTS, REPORT_INTENT, marks

DOMAIN = Path(__file__).resolve().parents[1] / "domain.yml"
VARIETIES = ("nb", "nn", "dialect", "typos", "telegraphic", "keyword", "long")
REPORT_KEYS = {"text", "category", "subtype", "severity", "kind", "place", "when", "variety"}
INTENT_KEYS = {"text", "intent", "variety"}
NEAR_DUPLICATE = 0.7
# A thank-you or a yes is said in few ways: such texts meet the evaluation set whatever one does.
NEAR_DUPLICATE_MIN_CHARS = 20
CATEGORY_SHARES = (0.15, 0.25)
VARIETY_SHARES = {"nn": 0.15, "dialect": 0.08, "typos": 0.07}
MIN_SUBTYPE_ROWS = 100
MIN_INTENT_ROWS = 60
_ELEVEN_DIGITS = re.compile(r"(?<!\d)(?=(\d(?:[ .\-/\u00a0]?\d){10})(?!\d))", re.ASCII)


@dataclass(frozen=True)
class Row:
    """One line of a file.

    Attributes:
        where: file:line.
        data: the JSON object.
    """

    where: str
    data: dict[str, Any]

    @property
    def text(self) -> str:
        """The message; empty if the row has none."""
        text = self.data.get("text")
        return text if isinstance(text, str) else ""

    @property
    def label(self) -> str:
        """What the row teaches, in one string."""
        if "intent" in self.data:
            intent = str(self.data["intent"])
            return RENAMED_INTENTS.get(intent, intent)
        return "/".join(str(self.data.get(key)) for key in ("category", "subtype", "severity", "kind"))


@dataclass(frozen=True)
class Vocabulary:
    """Names that rows of `intents/` may use."""

    intents: frozenset[str]
    entities: frozenset[str]


def main(arguments: Sequence[str] | None = None) -> None:
    """Review a data folder; print the problems and exit with 1, or print the counts."""
    parser = argparse.ArgumentParser(prog="python -m nlu.data_lint")
    parser.add_argument("--data", type=Path, default=DATA_DIR, help="default: nlu/data")
    parser.add_argument("--domain", type=Path, default=DOMAIN, help="default: domain.yml")
    options = parser.parse_args(arguments)
    problems, rows = lint(options.data, read_vocabulary(options.domain))
    if problems:
        sys.stdout.write("\n".join(problems) + "\n")
        sys.exit(1)
    sys.stdout.write("\n".join(count_lines(rows)) + "\n")


def lint(data_dir: Path, vocabulary: Vocabulary) -> tuple[list[str], list[Row]]:
    """Review all rows.

    Returns:
        One line a problem, and the training rows.
    """
    problems: list[str] = []
    reports = read_folder(data_dir / "deviations", problems)
    others = read_folder(data_dir / "intents", problems)
    evaluation = read_folder(data_dir / "evaluation", problems)
    for row in reports:
        problems += _in_place(row, [*text_problems(row), *report_problems(row)])
    for row in others:
        problems += _in_place(row, [*text_problems(row), *intent_problems(row, vocabulary)])
    rows = [*reports, *others]
    problems += duplicate_problems(rows)
    problems += near_duplicate_problems(rows, evaluation)
    problems += balance_problems(data_dir, reports, others)
    return problems, rows


def read_vocabulary(domain: Path) -> Vocabulary:
    """Return the intents and entities that the dialogue knows."""
    content = yaml.safe_load(domain.read_text(encoding="utf-8"))
    return Vocabulary(frozenset(map(_name, content["intents"])), frozenset(map(_name, content["entities"])))


def read_folder(folder: Path, problems: list[str]) -> list[Row]:
    """Return the rows of a folder's .jsonl files; a line that is no JSON object becomes a problem."""
    rows = []
    for path in sorted(folder.glob("*.jsonl")):
        shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
        # Not splitlines: it would cut a text at a line separator, which is a problem to be told.
        for number, line in enumerate(path.read_text(encoding="utf-8").rstrip("\n").split("\n"), start=1):
            row = _object(line)
            if row is None:
                problems.append(f"{shown}:{number}: not a JSON object")
            else:
                rows.append(Row(f"{shown}:{number}", row))
    return rows


def text_problems(row: Row) -> Iterator[str]:
    """Yield what is wrong with the text itself."""
    text = row.text
    if not text.strip():
        yield "no text"
    if text != unicodedata.normalize("NFC", text):
        yield "the text is not NFC"
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in text):
        yield "a control character or line break in the text"
    for match in _ELEVEN_DIGITS.finditer(text):
        if fodselsnummer.is_valid(re.sub(r"\D", "", match[1])):
            yield "a valid national id in the text"


def report_problems(row: Row) -> Iterator[str]:
    """Yield what is wrong with keys and labels of a row of `deviations/`."""
    data = row.data
    yield from _key_problems(data, REPORT_KEYS, optional={"group"})
    yield from _unknown(data, "category", SUBTYPES)
    yield from _unknown(data, "subtype", SUBTYPES.get(str(data.get("category")), ()))
    yield from _unknown(data, "severity", SEVERITIES)
    yield from _unknown(data, "kind", KINDS)
    yield from _unknown(data, "variety", VARIETIES)
    for key in ("place", "when"):
        if data.get(key) is not None and not _occurs(data[key], row.text):
            yield f"{key} {data[key]!r} is not in the text"
    yield from _mark_problems(row.text, [(key, data.get(key) or "") for key in ("place", "when")])
    if not isinstance(data.get("group", 0), int):
        yield "group is not a whole number"


def intent_problems(row: Row, vocabulary: Vocabulary) -> Iterator[str]:
    """Yield what is wrong with keys and labels of a row of `intents/`."""
    data = row.data
    yield from _key_problems(data, INTENT_KEYS, optional={"entities"})
    taught = vocabulary.intents | set(RENAMED_INTENTS)
    yield from _unknown(data, "intent", taught - {REPORT_INTENT, *RENAMED_INTENTS.values()})
    yield from _unknown(data, "variety", VARIETIES)
    for mark in data.get("entities") or []:
        if not isinstance(mark, dict) or set(mark) != {"entity", "value"}:
            yield "an entity without exactly entity and value"
            continue
        yield from _unknown(mark, "entity", vocabulary.entities)
        if not _occurs(mark["value"], row.text):
            yield f"value {mark['value']!r} is not in the text"
    marks = [mark for mark in data.get("entities") or [] if isinstance(mark, dict)]
    yield from _mark_problems(
        row.text, [(str(mark.get("entity")), mark.get("value") or "") for mark in marks]
    )


def duplicate_problems(rows: Sequence[Row]) -> Iterator[str]:
    """Yield texts that stand twice; the same text taught as two things is the worse."""
    first: dict[str, Row] = {}
    for row in rows:
        earlier = first.setdefault(fold_text(row.text), row)
        if earlier is row or not row.text:
            continue
        if earlier.label == row.label:
            yield f"{row.where}: the same text as {earlier.where}"
        else:
            yield (
                f"{row.where}: CONTRADICTION, the same text as {earlier.where} with another label: "
                f"{row.label}, there {earlier.label}"
            )


def near_duplicate_problems(rows: Sequence[Row], evaluation: Sequence[Row]) -> Iterator[str]:
    """Yield training rows that are nearly a row of the evaluation set."""
    texts = [(row, fold_text(row.text)) for row in rows]
    texts = [(row, text) for row, text in texts if len(text) >= NEAR_DUPLICATE_MIN_CHARS]
    asked = [fold_text(row.text) for row in evaluation]
    for index, other, similarity in near_pairs([text for _, text in texts], asked, NEAR_DUPLICATE):
        yield (
            f"{texts[index][0].where}: nearly the evaluation text {evaluation[other].where} "
            f"(similarity {similarity:.2f})"
        )


def balance_problems(data_dir: Path, reports: Sequence[Row], others: Sequence[Row]) -> Iterator[str]:
    """Yield labels that have too few rows, or too many, to be learned well."""
    total = max(len(reports), 1)
    categories, varieties = _counts(reports, "category"), _counts(reports, "variety")
    subtypes = Counter((row.data.get("category"), row.data.get("subtype")) for row in reports)
    intents = _counts(others, "intent")
    low, high = CATEGORY_SHARES
    for category, names in SUBTYPES.items():
        if not low <= categories[category] / total <= high:
            share = categories[category] / total
            yield f"{data_dir}/deviations: {category} is {share:.1%} of the rows, not {low:.0%} to {high:.0%}"
        for name in names:
            if subtypes[category, name] < MIN_SUBTYPE_ROWS:
                count = subtypes[category, name]
                yield f"{data_dir}/deviations: {category}/{name} has {count} rows, not {MIN_SUBTYPE_ROWS}"
    for variety, share in VARIETY_SHARES.items():
        if varieties[variety] / total < share:
            found = varieties[variety] / total
            yield f"{data_dir}/deviations: {variety} is {found:.1%} of the rows, not {share:.0%}"
    for intent in sorted(set(intents)):
        if intents[intent] < MIN_INTENT_ROWS:
            yield f"{data_dir}/intents: {intent} has {intents[intent]} rows, not {MIN_INTENT_ROWS}"


def count_lines(rows: Sequence[Row]) -> Iterator[str]:
    """Yield rows by file, label and variety."""
    titles: dict[str, Callable[[Row], object]] = {
        "file": lambda row: row.where.rpartition(":")[0],
        "category": lambda row: row.data.get("category"),
        "sub-type": lambda row: "category" in row.data and "/".join(row.label.split("/")[:2]),
        "severity": lambda row: row.data.get("severity"),
        "kind": lambda row: row.data.get("kind"),
        "intent": lambda row: "intent" in row.data and row.label,
        "variety of reports": lambda row: "category" in row.data and row.data.get("variety"),
        "variety of other messages": lambda row: "intent" in row.data and row.data.get("variety"),
    }
    yield f"{len(rows)} rows"
    for title, name in titles.items():
        counts = Counter(name(row) for row in rows)
        yield f"\nby {title}"
        yield from (f"  {label!s:48} {count:6}" for label, count in sorted(counts.items(), key=str) if label)


def _object(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _name(item: str | dict[str, Any]) -> str:
    return item if isinstance(item, str) else next(iter(item))


def _in_place(row: Row, problems: Sequence[str]) -> list[str]:
    return [f"{row.where}: {problem}" for problem in problems]


def _key_problems(data: dict[str, Any], required: set[str], optional: set[str]) -> Iterator[str]:
    yield from (f"no {key}" for key in sorted(required - set(data)))
    yield from (f"unknown key {key!r}" for key in sorted(set(data) - required - optional))


def _unknown(data: dict[str, Any], key: str, known: Any) -> Iterator[str]:
    if key in data and not (isinstance(data[key], str) and data[key] in known):
        yield f"unknown {key} {data[key]!r}"


def _occurs(value: Any, text: str) -> bool:
    return isinstance(value, str) and bool(value.strip()) and value in text


def _mark_problems(text: str, pairs: Sequence[tuple[str, Any]]) -> Iterator[str]:
    pairs = [(label, value) for label, value in pairs if _occurs(value, text)]
    if len(marks(text, pairs)) != len(pairs):
        yield "a value cannot be marked: it overlaps or repeats another"


def _counts(rows: Sequence[Row], key: str) -> Counter[str]:
    return Counter(str(row.data.get(key)) for row in rows)


if __name__ == "__main__":
    main()
