"""The organisation's units and places in what people type."""

from __future__ import annotations

import csv
import json
import random
import time
from pathlib import Path

import pytest

from nlu.core.errors import ModelFileError
from nlu.core.gazetteer import Gazetteer
from nlu.core.gazetteer_file import GazetteerEntry, read_entries
from nlu.core.gazetteer_names import bare, key_of, name_words

ROOT = Path(__file__).resolve().parents[2]


def entry(name: str, unit_id: str | None = None, *, label: str = "unit", **more: object) -> GazetteerEntry:
    return GazetteerEntry(label, name, unit_id, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def fjordvik() -> Gazetteer:
    with (ROOT / "sample" / "organisation" / "units.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return Gazetteer([entry(row["name"], row["unit_id"], parent=row["parent_id"] or None) for row in rows])


def found(gazetteer: Gazetteer, text: str) -> list[tuple[str, str | None]]:
    return [(text[span.start : span.end], span.id) for span in gazetteer(text)]


@pytest.mark.parametrize(
    ("text", "typed", "unit"),
    [
        # as written, in another case, with the letters at hand, decomposed
        ("Heisen på Solbakken sykehjem står", "Solbakken sykehjem", "HO-SOL"),
        ("heisen på solbakken sykehjem står", "solbakken sykehjem", "HO-SOL"),
        ("HEISEN PÅ SOLBAKKEN SYKEHJEM STÅR", "SOLBAKKEN SYKEHJEM", "HO-SOL"),
        ("i aasheim barnehage", "aasheim barnehage", "OPP-ASB"),
        ("i asheim barnehage", "asheim barnehage", "OPP-ASB"),
        ("i A\u030asheim barnehage no", "A\u030asheim barnehage", "OPP-ASB"),
        ("Teknikk og miljo", "Teknikk og miljo", "TEK"),
        # inflected, in the other form, abbreviated
        ("Solbakkens rutiner", "Solbakkens", "HO-SOL"),
        ("på Solbakken sjukeheim", "Solbakken sjukeheim", "HO-SOL"),
        ("Fjordvik skule brenn", "Fjordvik skule", "OPP-FJS"),
        ("Åsheim barnehagen", "Åsheim barnehagen", "OPP-ASB"),
        ("Åsheim bhg", "Åsheim bhg", "OPP-ASB"),
        ("ring heimetenesta", "heimetenesta", "HO-HJT"),
        ("barnevernet svarte ikke", "barnevernet", "OPP-BVT"),
        ("avd. Furu meldte frå", "avd. Furu", "HO-SOL-FUR"),
        # typos, split and joined words
        ("heisen på solbaken", "solbaken", "HO-SOL"),
        ("heisen på Sollbaken", "Sollbaken", "HO-SOL"),
        ("Sollbaken sykehejm", "Sollbaken sykehejm", "HO-SOL"),
        ("lerkevegen bufellesskap", "lerkevegen bufellesskap", "HO-LER"),
        ("hjemme tjenesten kom ikke", "hjemme tjenesten", "HO-HJT"),
        ("Solbakkensykehjem", "Solbakkensykehjem", "HO-SOL"),
        # in another order, parts of a name
        ("sykehjemmet Solbakken", "sykehjemmet Solbakken", "HO-SOL"),
        ("Furu på Solbakken", "Furu på Solbakken", "HO-SOL-FUR"),
        ("Solbakken, Furu", "Solbakken, Furu", "HO-SOL-FUR"),
        ("på Solbakken i natt", "Solbakken", "HO-SOL"),
        ("vi har vakt på Furu i dag", "Furu", "HO-SOL-FUR"),
        ("Furu", "Furu", "HO-SOL-FUR"),
        ("Brev fra NAV kom", "NAV", "HO-NAV"),
        ("spør HR om det", "HR", "ORG-HR"),
        ("meldt til Renhold i går", "Renhold", "TEK-EIE-REN"),
        # the longer name wins
        ("hjemmetjenesten nord", "hjemmetjenesten nord", "HO-HJT-NOR"),
        ("Solbakken avdeling Bjørk", "Solbakken avdeling Bjørk", "HO-SOL-BJO"),
    ],
)
def test_a_unit_is_found_as_people_type_it(fjordvik: Gazetteer, text: str, typed: str, unit: str) -> None:
    assert found(fjordvik, text) == [(typed, unit)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "🔥",
        # ordinary words
        "helse er viktig",
        "skole",
        "skolenes rutiner",
        "avdelingen er stengt",
        "dårlig renhold på badet",
        "renhold",
        "Renhold mangler overalt",
        "bordet er av furu",
        "han falt på neset",
        "navet på hjulet",
        "fra hr Hansen",
        "vann og avløp",
        # other names that share a word
        "Fjordvik",
        "Fjordvik kommune",
        "Solbakken skole",
        "Solbakken vei 3",
        # people
        "Kari Furu falt",
        "Lars Solbakken ringte",
        "i dag ringte Kari Solbakken",
        "fru Solbakken falt",
        # too far from any name, or a word by itself
        "Solhaugen",
        "skolebakken",
        "Åsane",
        # two sentences
        "Vi var på Nordre. Skole er stengt",
    ],
)
def test_ordinary_words_and_other_names_are_no_unit(fjordvik: Gazetteer, text: str) -> None:
    assert found(fjordvik, text) == []


def test_a_name_does_not_reach_over_the_end_of_a_sentence(fjordvik: Gazetteer) -> None:
    assert found(fjordvik, "Solbakken. Sykehjem er stengt") == [("Solbakken", "HO-SOL")]


def test_a_span_has_the_canonical_name_and_a_score_that_falls_with_typos(fjordvik: Gazetteer) -> None:
    exact, genitive, typo, typos = (
        fjordvik(f"Jeg var på {word}")[0] for word in ("Solbakken", "Solbakkens", "Solbaken", "Sollbaken")
    )
    assert exact.name == typos.name == "Solbakken sykehjem"
    assert exact.label == "unit"
    assert 1.0 == exact.score > genitive.score > typo.score > typos.score > 0


def test_several_units_come_in_reading_order(fjordvik: Gazetteer) -> None:
    text = "Fra Nes skole til Åsheim barnehage og Solbakken"
    assert [unit for _, unit in found(fjordvik, text)] == ["OPP-NES", "OPP-ASB", "HO-SOL"]


def test_a_part_that_two_names_share_is_none_of_them() -> None:
    gazetteer = Gazetteer([entry("Granlia skole", "S"), entry("Granlia barnehage", "B")])
    assert found(gazetteer, "på Granlia i dag") == []
    assert found(gazetteer, "på Granlia skule i dag") == [("Granlia skule", "S")]
    assert found(Gazetteer([entry("Granlia skole", "S")]), "på Granlia i dag") == [("Granlia", "S")]


def test_a_part_means_the_unit_above_the_others_that_have_it() -> None:
    ward = entry("Granlia, avdeling Elva", "W", parent="H")
    assert found(Gazetteer([entry("Granlia sykehjem", "H"), ward]), "på Granlia") == [("Granlia", "H")]
    assert found(Gazetteer([entry("Granlia sykehjem", "X"), ward]), "på Granlia") == []


def test_a_typo_that_fits_two_names_is_neither() -> None:
    gazetteer = Gazetteer([entry("Granlia", "1"), entry("Granlio", "2")])
    assert found(gazetteer, "på granlix") == []
    assert found(gazetteer, "på granlio") == [("granlio", "2")]


def test_a_word_of_the_dictionary_is_no_typo() -> None:
    gazetteer = Gazetteer([entry("Strandy skole", "S")])
    assert found(gazetteer, "vi var på stranda") == []
    assert found(gazetteer, "vi var på strandyy") == [("strandyy", "S")]


def test_namesakes_are_found_without_an_id() -> None:
    gazetteer = Gazetteer([entry("Storkjøkkenet", "1"), entry("Storkjøkkenet", "2")])
    assert found(gazetteer, "på storkjøkkenet") == [("storkjøkkenet", None)]


def test_labels_are_looked_for_each_by_itself() -> None:
    gazetteer = Gazetteer([entry("Granlia skole", "S"), entry("Granlia", label="place")])
    spans = gazetteer("på Granlia skole")
    assert [(span.label, span.name) for span in spans] == [("place", "Granlia"), ("unit", "Granlia skole")]


def test_an_alias_is_a_name_too() -> None:
    gazetteer = Gazetteer([entry("Tildelingskontoret", "T", aliases=("Forvaltningstorget", "TK"))])
    assert found(gazetteer, "ring forvaltningstorget") == [("forvaltningstorget", "T")]
    assert found(gazetteer, "spør TK om det") == [("TK", "T")]
    assert found(gazetteer, "spør tk om det") == []


def test_an_empty_list_finds_nothing() -> None:
    assert Gazetteer([])("på Solbakken sykehjem") == []


def test_a_message_is_searched_quickly() -> None:
    """100 units, 60 words, most of them unknown; the bound is some ten times what it takes."""
    names = [
        f"{head}{tail} {kind}"
        for head in ("Gran", "Lerke", "Ny", "Vest")
        for tail in ("lia", "tun", "moen", "haugen", "vika")
        for kind in ("sykehjem", "skole", "barnehage", "bofellesskap", "helsestasjon")
    ]
    gazetteer = Gazetteer([entry(name, name) for name in names])
    text = " ".join(["Heisn paa Granhaugn sjukeheim sto og Nyliia barnehage rnigte"] * 7)
    assert len(names) == 100 and len(text.split()) >= 60
    assert len(gazetteer(text)) == 14
    began = time.perf_counter()
    for _ in range(20):
        gazetteer(text)
    assert (time.perf_counter() - began) / 20 < 0.03


def test_a_very_long_message_is_read_up_to_a_bound(fjordvik: Gazetteer) -> None:
    chance = random.Random(1)
    texts = [
        " ".join("".join(chance.choices("abdeiklnorst", k=6)) for _ in range(3000)),
        "solbakken på " * 2000,
        "solbakken " * 2000,
        "x" * 20_000,
        "på " * 7000,
    ]
    began = time.perf_counter()
    for text in texts:
        spans = fjordvik(text)
        assert all(span.end <= 10_000 for span in spans)
    assert len(fjordvik(texts[2])) == 1000
    assert time.perf_counter() - began < 5.0


def test_words_are_compared_without_regard_to_letters_and_forms() -> None:
    assert bare("Åse") == bare("AASE") == bare("A\u030ase") == "ase"
    assert bare("Sjøbu") == bare("sjoebu") == bare("sjobu")
    assert bare("Sætra") == bare("saetra") == bare("satra")
    assert key_of("Skulen") == key_of("skole") != key_of("skoler i")


def test_the_word_lists_agree() -> None:
    """A form stands for one word only, and no word both points at names and is dropped as a link of names."""
    text = (ROOT / "nlu/core/lexicon/gazetteer.yml").read_text(encoding="utf-8")
    forms = [bare(form) for line in text.splitlines() if line.startswith("  - ") for form in line[4:].split()]
    assert sorted(forms) == sorted(set(forms))
    words = name_words()
    assert words.facilities.isdisjoint(words.parts)
    assert not words.not_before & words.facilities


# The file


def test_json_and_csv_say_the_same(tmp_path: Path) -> None:
    row = {"label": "unit", "name": "Nes skole", "id": "N", "parent": "OPP", "aliases": ["Neset", "NS"]}
    bare_row = {"label": "place", "name": "Rådhusplassen"}
    (tmp_path / "a.json").write_text(json.dumps([row, bare_row]), encoding="utf-8")
    (tmp_path / "a.csv").write_text(
        "label,name,id,parent,aliases\nunit,Nes skole,N,OPP,Neset|NS\nplace,Ra\u030adhusplassen,,,\n",
        encoding="utf-8-sig",
    )
    expected = [
        GazetteerEntry("unit", "Nes skole", "N", "OPP", ("Neset", "NS")),
        GazetteerEntry("place", "Rådhusplassen"),
    ]
    assert read_entries(tmp_path / "a.json") == expected
    assert read_entries(tmp_path / "a.csv") == expected
    assert found(Gazetteer.load(tmp_path / "a.csv"), "på Nes skole") == [("Nes skole", "N")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "damaged"),
        ("[{", "damaged"),
        ("{}", "not a list"),
        ('["x"]', "entry 1 "),
        ('[{"label": "unit", "name": "Nes"}, {"label": "unit", "name": " "}]', "entry 2 "),
        ('[{"label": "person", "name": "Nes"}]', "entry 1 "),
        ('[{"label": "unit", "name": "Nes", "aliases": "x"}]', "entry 1 "),
        ('[{"label": "unit", "name": "Nes", "id": 7}]', "entry 1 "),
    ],
)
def test_a_damaged_file_is_an_error_that_names_it(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "units.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ModelFileError, match=rf"units\.json: .*{reason}"):
        Gazetteer.load(path)


def test_a_missing_or_unreadable_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    for name in ("none.json", "none.csv"):
        with pytest.raises(ModelFileError, match=name):
            read_entries(tmp_path / name)
    (tmp_path / "latin.csv").write_bytes("label,name\nunit,Ås\n".encode("latin-1"))
    with pytest.raises(ModelFileError, match=r"latin\.csv"):
        read_entries(tmp_path / "latin.csv")
    (tmp_path / "wrong.csv").write_text("unit;name\nx;y\n", encoding="utf-8")
    with pytest.raises(ModelFileError, match=r"wrong\.csv"):
        read_entries(tmp_path / "wrong.csv")
