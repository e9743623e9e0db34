"""Which unit a text names."""

import csv
import unicodedata
from pathlib import Path

import pytest

from organisation.model import Unit
from organisation.unit_names import UnitNames


@pytest.fixture(scope="module")
def names() -> UnitNames:
    path = Path(__file__).parents[3] / "sample" / "organisation" / "units.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return UnitNames(
            Unit(row["unit_id"], row["name"], row["parent_id"] or None, row["sector"])
            for row in csv.DictReader(file)
        )


@pytest.mark.parametrize(
    ("text", "unit_id"),
    [
        # Full names, any case, inside a sentence, with and without the comma.
        ("Nes skole", "OPP-NES"),
        ("det skjedde på nes SKOLE i går", "OPP-NES"),
        ("Solbakken, avdeling Furu", "HO-SOL-FUR"),
        ("solbakken avdeling bjørk", "HO-SOL-BJO"),
        ("Vann, avløp og vei", "TEK-VVA"),
        ("vi i HR og lønn", "ORG-HR"),
        ("ÅSHEIM BARNEHAGE", "OPP-ASB"),
        # The longest name wins.
        ("hjemmetjenesten", "HO-HJT"),
        ("Hjemmetjenesten nord", "HO-HJT-NOR"),
        ("dårlig renhold på Nes skole", "OPP-NES"),
        ("Produksjonskjøkkenet på Solbakken", "HO-SOL-KJO"),
        # Distinctive parts.
        ("avdeling furu", "HO-SOL-FUR"),
        ("på furu, solbakken", "HO-SOL-FUR"),
        ("Furu på Solbakken", "HO-SOL-FUR"),
        ("Beboer falt på Furu i natt", "HO-SOL-FUR"),
        ("det gikk galt på solbakken i dag", "HO-SOL"),
        ("Solbakken sykehjem, bad 214", "HO-SOL"),
        ("kjøkkenet på Solbakken", "HO-SOL"),
        ("produksjonskjøkkenet sendte feil mat", "HO-SOL-KJO"),
        ("på Nes", "OPP-NES"),
        ("NAV-kontoret", "HO-NAV"),
        ("åsheim", "OPP-ASB"),
        ("Lerkeveien 3", "HO-LER"),
        # Ordinary words, parts of words and other people's names are no units.
        ("en bjørk falt over veien", None),
        ("Bjørk falt over veien", None),
        ("Det var glatt. Furu lå over veien.", None),
        ("det lekker vann på vei til skolen", None),
        ("avdelingen har for få folk", None),
        ("avdeling", None),
        ("Oddvar Ness", None),
        ("kultur og miljø", None),
        ("", None),
        # Ambiguous.
        ("i fjordvik kommune", None),
        ("Fjordvik", None),
        ("Nes skole og Fjordvik skole", None),
        ("fra avdeling Furu til avdeling Bjørk", None),
        # One that is named is above the other that is named.
        ("Solbakken sykehjem og produksjonskjøkkenet på Solbakken og Furu", "HO-SOL-KJO"),
        ("hjemmetjenesten eller hjemmetjenesten", "HO-HJT"),
    ],
)
def test_unit_named_in(names: UnitNames, text: str, unit_id: str | None) -> None:
    unit = names.named_in(text)
    assert (unit.unit_id if unit else None) == unit_id


def test_decomposed_letters_are_the_same_letters(names: UnitNames) -> None:
    text = unicodedata.normalize("NFD", "på åsheim barnehage")
    assert text != "på åsheim barnehage"
    unit = names.named_in(text)
    assert unit is not None
    assert unit.unit_id == "OPP-ASB"


def test_each_unit_is_found_by_its_own_name(names: UnitNames) -> None:
    for unit in names._units.values():
        assert names.named_in(f"Det skjedde hos {unit.name.upper()} i går.") == unit


def test_units_on_one_level_with_one_name_are_ambiguous() -> None:
    units = [Unit("A", "Ledelsen", None, "x"), Unit("B", "Vest", "A", "x"), Unit("C", "Vest", "A", "x")]
    assert UnitNames(units).named_in("Vest") is None
