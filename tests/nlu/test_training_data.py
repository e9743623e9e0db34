"""From source rows to Rasa's training files: nothing lost, nothing marked wrongly, ids that exist."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.shared.nlu.training_data.entities_parser import (
    find_entities_in_training_example,
    replace_entities,
)
from rasa.shared.nlu.training_data.formats.rasa_yaml import RasaYAMLReader

from nlu.training_data import (
    DATA_DIR,
    LABELS,
    RENAMED_INTENTS,
    REPORT_INTENT,
    TrainingRowError,
    annotate,
    convert,
    other_examples,
    read_rows,
    report_examples,
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
        ("Falt på Furulia", [("place", "Furulia")], "Falt på [Furulia](place)"),
        (
            "I går falt en på Furulia",
            [("place", "Furulia"), ("time", "I går")],
            "[I går](time) falt en på [Furulia](place)",
        ),
        (
            "rom 12 på Furulia",
            [("place", "rom 12 på Furulia"), ("place", "Furulia")],
            "[rom 12 på Furulia](place)",
        ),
        ("rom 12 på Furulia", [("place", "Furulia"), ("place", "12 på Fu")], "rom 12 på [Furulia](place)"),
        ("Furulia", [("place", "Furulia"), ("unit", "Furulia")], "[Furulia](place)"),
        ("a b", [("place", "a"), ("unit", "b")], "[a](place) [b](unit)"),
        ("ab", [("place", "a"), ("unit", "b")], "[a](place)[b](unit)"),
        ("skole, skole", [("place", "skole")], "[skole](place), skole"),
        ("Falt [her] i dag", [("place", "[her]")], "Falt [her] i dag"),
        ("Falt her]", [("place", "her]")], "Falt her]"),
        ("Falt her", [("place", "der")], "Falt her"),
        ("Falt her", [("place", "")], "Falt her"),
        ("Falt her", [], "Falt her"),
    ],
)
def test_annotate_marks_what_can_be_marked(text: str, entities, expected: str) -> None:
    assert annotate(text, entities) == expected


def test_every_mark_of_the_rows_reads_back_to_the_same_text_and_values(reports, others) -> None:
    pairs = [(row["text"], place_and_time(row)) for row in reports]
    pairs += [
        (row["text"], [(item["entity"], item["value"]) for item in row.get("entities") or []])
        for row in others
    ]
    wanted = read = 0
    for text, entities in pairs:
        marked = annotate(text, entities)
        assert replace_entities(marked) == text
        found = find_entities_in_training_example(marked)
        assert {(item["entity"], text[item["start"] : item["end"]]) for item in found} <= set(entities)
        assert all(text[item["start"] : item["end"]] == item["value"] for item in found)
        wanted += sum(bool(value) for _, value in entities)
        read += len(found)
    assert (read, len(pairs)) == (wanted, len(reports) + len(others))


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


def test_report_examples_carry_their_four_labels(reports) -> None:
    examples = report_examples(reports[:50])
    assert len(examples) == 50
    for row, example in zip(reports[:50], examples, strict=True):
        assert example["metadata"] == {label: row[label] for label in LABELS}


def test_a_report_row_without_a_label_is_refused() -> None:
    with pytest.raises(KeyError):
        report_examples([{"text": "Falt", "category": "hms", "subtype": "personskade", "severity": "lav"}])


def test_restart_gets_a_name_that_rasa_leaves_alone() -> None:
    examples = other_examples([{"text": "Begynn på nytt", "intent": "restart"}])
    assert examples == {"start_over": [{"text": "Begynn på nytt"}]}


def test_conversion_loses_no_row_and_no_stale_file_survives(tmp_path: Path, reports, others) -> None:
    (tmp_path / "old_intent.yml").write_text("version: '3.1'", encoding="utf-8")
    counts = convert(DATA_DIR, tmp_path)
    expected = Counter(RENAMED_INTENTS.get(row["intent"], row["intent"]) for row in others)
    expected[REPORT_INTENT] += len(reports)
    assert counts == dict(expected)
    assert {path.stem for path in tmp_path.glob("*.yml")} == set(expected)
    for intent, count in expected.items():
        content = (tmp_path / f"{intent}.yml").read_text(encoding="utf-8")
        assert content.count("\n  - text: ") == count


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
    ("å", None, None),
]


def test_generated_files_are_read_back_by_rasa_with_the_right_offsets(tmp_path: Path, reports) -> None:
    sample = [
        *reports[::100],
        *(
            {"text": text, "place": place, "when": when, "category": "hms", "subtype": "ergonomi"}
            | {"severity": "lav", "kind": "deviation"}
            for text, place, when in NASTY
        ),
    ]
    source = tmp_path / "source"
    (source / "deviations").mkdir(parents=True)
    (source / "intents").mkdir()
    rows = "\n".join(json.dumps(row, ensure_ascii=False) for row in sample)
    (source / "deviations" / "a.jsonl").write_text(rows, encoding="utf-8")
    (source / "intents" / "a.jsonl").write_text(
        '{"text": "Status på 2026-00042?", "intent": "query_cases",'
        ' "entities": [{"entity": "case_number", "value": "2026-00042"}]}\n',
        encoding="utf-8",
    )
    convert(source, tmp_path / "out")

    read = RasaYAMLReader().read(tmp_path / "out" / f"{REPORT_INTENT}.yml").training_examples
    assert [message.get("text") for message in read] == [row["text"] for row in sample]
    for message, row in zip(read, sample, strict=True):
        assert message.get("intent") == REPORT_INTENT
        assert message.get("metadata")["example"] == {label: row[label] for label in LABELS}
        marks = [
            (item["entity"], message.get("text")[item["start"] : item["end"]])
            for item in message.get("entities", [])
        ]
        assert sorted(marks) == sorted(pair for pair in place_and_time(row) if pair[1])

    case = RasaYAMLReader().read(tmp_path / "out" / "query_cases.yml").training_examples[0]
    assert (case.get("intent"), case.get("entities")[0]["value"]) == ("query_cases", "2026-00042")
