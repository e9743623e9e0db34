"""The file between the register of units and language understanding: one room writes it, another reads it."""

import csv
from pathlib import Path

import pytest
import yaml

from nlu.core.gazetteer_file import read_entries
from sifra.settings import Stack, load_stack
from sifra.workers import prepare_database, write_gazetteer

ROOT = Path(__file__).parents[2]


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    for name, value in {
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/sifra.db",
        "DEVELOPMENT": "true",
    }.items():
        monkeypatch.setenv(f"SIFRA_{name}", value)
    return load_stack(ROOT)


def test_the_units_of_the_database_are_read_as_they_were_written(stack: Stack) -> None:
    prepare_database(stack)
    assert write_gazetteer(stack) == "29 units"
    with (ROOT / "sample" / "organisation" / "units.csv").open(encoding="utf-8", newline="") as file:
        units = {row["unit_id"]: (row["name"], row["parent_id"] or None) for row in csv.DictReader(file)}
    entries = read_entries(stack.gazetteer)
    assert {entry.id: (entry.name, entry.parent) for entry in entries} == units
    assert {entry.label for entry in entries} == {"unit"}


def test_a_database_without_units_gives_an_empty_list(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIFRA_DEVELOPMENT", "false")
    empty = load_stack(ROOT)
    prepare_database(empty)
    empty.gazetteer.write_text("an older list", encoding="utf-8")
    assert write_gazetteer(empty) == "0 units"
    assert read_entries(empty.gazetteer) == []


def test_the_configuration_names_the_file_that_set_up_writes(stack: Stack) -> None:
    pipeline = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    (named,) = [item["gazetteer"] for item in pipeline if "gazetteer" in item]
    assert named.replace("$SIFRA_VAR_DIR", stack.environment()["SIFRA_VAR_DIR"]) == str(stack.gazetteer)
