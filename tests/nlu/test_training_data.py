"""From rows to what Rasa learns from: nothing lost, nothing marked wrongly, ids that exist."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.shared.importers.importer import TrainingDataImporter

from nlu.importer import message_of
from nlu.training_data import (
    DATA_DIR,
    LABELS,
    RENAMED_INTENTS,
    REPORT_INTENT,
    Mark,
    TrainingRowError,
    examples,
    marks,
    read_rows,
)

ROOT = Path(__file__).resolve().parents[2]
CATEGORIES = {"hms", "tjeneste", "ytre_miljo", "organisasjon", "informasjonssikkerhet"}
# Not learned from examples: sent by buttons, or set by Rasa's fallback.
INTENTS_WITHOUT_EXAMPLES = {"button", "nlu_fallback"}


@pytest.fixture(scope="module")
def reports() -> list[dict[str, Any]]:
    return read_rows(DATA_DIR / "deviations")


@pytest.fixture(scope="module")
def others() -> list[dict[str, Any]]:
    return read_rows(DATA_DIR / "intents")


@pytest.fixture(scope="module")
def domain() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def labels() -> dict[str, Any]:
    """The ids that cases/ has names for; only the file, as cases/ itself is Python 3.11."""
    return yaml.safe_load((ROOT / "cases" / "labels.yml").read_text(encoding="utf-8"))


def place_and_time(row: dict[str, Any]) -> list[tuple[str, str]]:
    return [("place", row.get("place") or ""), ("time", row.get("when") or "")]


@pytest.mark.parametrize(
    ("text", "entities", "expected"),
    [
        ("Falt på Furulia", [("place", "Furulia")], [Mark(8, 15, "place")]),
        (
            "I går falt en på Furulia",
            [("place", "Furulia"), ("time", "I går")],
            [Mark(0, 5, "time"), Mark(17, 24, "place")],
        ),
        (
            "rom 12 på Furulia",
            [("place", "rom 12 på Furulia"), ("place", "Furulia")],
            [Mark(0, 17, "place")],
        ),
        (
            "rom 12 på Furulia",
            [("place", "Furulia"), ("place", "12 på Fu")],
            [Mark(10, 17, "place")],
        ),
        ("Furulia", [("place", "Furulia"), ("unit", "Furulia")], [Mark(0, 7, "place")]),
        ("ab", [("place", "a"), ("unit", "b")], [Mark(0, 1, "place"), Mark(1, 2, "unit")]),
        ("skole, skole", [("place", "skole")], [Mark(0, 5, "place")]),
        ("Falt [her] i dag", [("place", "[her]")], [Mark(5, 10, "place")]),
        ("Falt her", [("place", "der")], []),
        ("Falt her", [("place", "")], []),
        ("Falt her", [], []),
    ],
)
def test_marks_finds_what_can_be_found(text: str, entities, expected: list[Mark]) -> None:
    assert marks(text, entities) == expected


def test_every_mark_of_the_rows_is_found(reports, others) -> None:
    wanted = sum(bool(value) for row in reports for _, value in place_and_time(row))
    wanted += sum(len(row.get("entities") or []) for row in others)
    assert sum(len(example.marks) for example in examples(DATA_DIR)) == wanted


def test_every_marked_value_is_a_part_of_its_text(reports, others) -> None:
    for row in reports:
        assert all(value in row["text"] for _, value in place_and_time(row))
    for row in others:
        assert all(item["value"] and item["value"] in row["text"] for item in row.get("entities") or [])


@pytest.mark.parametrize(
    "line", ["{", "[]", "null", '"text"', "{}", '{"text": null}', '{"text": 3}', '{"text": "  "}', ""]
)
def test_a_bad_row_is_named_by_file_and_line(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "fin"}\n', encoding="utf-8")
    (tmp_path / "b.jsonl").write_text(f'{{"text": "fin"}}\n{line}\n', encoding="utf-8")
    with pytest.raises(TrainingRowError, match=r"^b\.jsonl:2: "):
        read_rows(tmp_path)


def test_rows_are_read_in_order_of_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "b.jsonl").write_text('{"text": " tre "}\n', encoding="utf-8")
    (tmp_path / "a.jsonl").write_text('{"text": "én"}\n{"text": "to\\u2028to"}\n', encoding="utf-8")
    (tmp_path / "notes.txt").write_text("ikke data", encoding="utf-8")
    assert [row["text"] for row in read_rows(tmp_path)] == ["én", "to\u2028to", "tre"]


def write_rows(folder: Path, name: str, rows: list[dict[str, Any]]) -> None:
    (folder / name).mkdir(parents=True)
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (folder / name / "a.jsonl").write_text(lines, encoding="utf-8")


def test_a_report_row_without_a_label_is_refused(tmp_path: Path) -> None:
    row = {"text": "Falt", "category": "hms", "subtype": "personskade", "severity": "lav"}
    write_rows(tmp_path, "deviations", [row])
    with pytest.raises(KeyError):
        list(examples(tmp_path))


def test_restart_gets_a_name_that_rasa_leaves_alone(tmp_path: Path) -> None:
    write_rows(tmp_path, "intents", [{"text": "Begynn på nytt", "intent": "restart"}])
    assert [example.intent for example in examples(tmp_path)] == ["start_over"]


def test_no_row_is_lost(reports, others) -> None:
    expected = Counter(RENAMED_INTENTS.get(row["intent"], row["intent"]) for row in others)
    expected[REPORT_INTENT] += len(reports)
    assert Counter(example.intent for example in examples(DATA_DIR)) == expected


def test_every_label_is_one_that_the_case_register_names(reports, labels) -> None:
    seen = {label: {row[label] for row in reports} for label in LABELS}
    assert seen["category"] == CATEGORIES == set(labels["category"])
    assert seen["severity"] == set(labels["severity"])
    assert len(seen["severity"]) == 4
    assert seen["kind"] == set(labels["kind"]) == {"deviation", "improvement"}
    assert seen["subtype"] <= set(labels["subtype"])


def test_every_sub_type_is_learned_often_enough(reports) -> None:
    counts = Counter((row["category"], row["subtype"]) for row in reports)
    assert {pair: count for pair, count in counts.items() if count < 10} == {}


def test_intents_of_rows_and_domain_are_the_same(others, domain) -> None:
    taught = {RENAMED_INTENTS.get(row["intent"], row["intent"]) for row in others} | {REPORT_INTENT}
    declared = {next(iter(item)) if isinstance(item, dict) else item for item in domain["intents"]}
    assert taught == declared - INTENTS_WITHOUT_EXAMPLES
    assert declared >= INTENTS_WITHOUT_EXAMPLES


def test_entities_of_rows_are_in_the_domain(others, domain) -> None:
    used = {item["entity"] for row in others for item in row.get("entities") or []} | {"place", "time"}
    assert used <= set(domain["entities"])


def test_no_text_is_taught_with_two_intents(reports, others) -> None:
    intents: dict[str, set[str]] = {}
    for row in reports:
        intents.setdefault(row["text"].casefold(), set()).add(REPORT_INTENT)
    for row in others:
        intents.setdefault(row["text"].casefold(), set()).add(row["intent"])
    assert {text: names for text, names in intents.items() if len(names) > 1} == {}


def test_no_text_is_a_payload(reports, others) -> None:
    assert [row["text"] for row in [*reports, *others] if row["text"].startswith("/")] == []


NASTY = [
    ("Skapet: «A» # 4, 100 % {rom} ${HOME} \\ 'sitat' \"dobbelt\"", None, None),
    ("- ikke en liste\n  bare to linjer på Furulia", "Furulia", None),
    ("ja", None, None),
    ("2026-11-20", None, "2026-11-20"),
    ("Lekkasje på Bølgen svømmehall i går 🔥", "Bølgen svømmehall", "i går"),
    ("Falt [her](place) i dag", "[her](place)", None),
]


def test_rasa_gets_the_messages_as_they_are_with_the_right_offsets(tmp_path: Path, reports) -> None:
    labels = {"category": "hms", "subtype": "ergonomi", "severity": "lav", "kind": "deviation"}
    rows = [
        *reports[::500],
        *({"text": text, "place": place, "when": when, **labels} for text, place, when in NASTY),
    ]
    write_rows(tmp_path, "deviations", rows)
    for example, row in zip(examples(tmp_path), rows, strict=True):
        message = message_of(example)
        assert message.get("text") == row["text"]
        assert message.get("intent") == REPORT_INTENT
        assert message.get("metadata")["example"] == {label: row[label] for label in LABELS}
        found = [(item["entity"], item["value"]) for item in message.get("entities", [])]
        assert sorted(found) == sorted(pair for pair in place_and_time(row) if pair[1])
        assert all(
            row["text"][item["start"] : item["end"]] == item["value"] for item in message.get("entities", [])
        )


def test_the_configured_importer_gives_rules_and_messages(reports, others) -> None:
    importer = TrainingDataImporter.load_from_config(
        str(ROOT / "config.yml"), str(ROOT / "domain.yml"), [str(ROOT / "bot" / "data")]
    )
    # Rasa itself adds the steps of the rules, which have no text.
    messages = [item for item in importer.get_nlu_data().training_examples if item.get("text")]
    assert len(messages) == len(reports) + len(others)
    assert importer.get_stories().story_steps
    assert "report_deviation" in importer.get_domain().intents
