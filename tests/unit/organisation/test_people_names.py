"""Whom a text names."""

import csv
import random
from pathlib import Path

import pytest

from organisation.model import Person, Role
from organisation.people_names import PeopleNames

LETTERS = "aeiourstnlk"


def make_person(employee_id: str, name: str) -> Person:
    return Person(employee_id, name, f"{employee_id.lower()}@example.no", "t", "U", Role.EMPLOYEE)


@pytest.fixture(scope="module")
def everybody() -> list[Person]:
    path = Path(__file__).parents[3] / "sample" / "organisation" / "people.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [Person(**{**row, "role": Role(row["role"])}) for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def names(everybody: list[Person]) -> PeopleNames:
    return PeopleNames(everybody)


def ids(people: list[Person]) -> list[str]:
    return [person.employee_id for person in people]


def one_slip(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text))
    before, letter, after = text[:place], text[place], text[place + 1 :]
    return chance.choice(
        [
            before + after,
            before + letter + letter + after,
            before + after[:1] + letter + after[1:],
            before + chance.choice(LETTERS) + after,
        ]
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Camilla Nygård", ["E1006"]),
        ("  camilla   NYGARD ", ["E1006"]),
        ("CAMILLA NYGA\u030aRD", ["E1006"]),
        ("camilla.nygard@example.no", ["E1006"]),
        ("e1006", ["E1006"]),
        ("Camilla", ["E1006"]),
        ("Nygård", ["E1006"]),
        ("Tomasz Wojcik", ["E1010"]),
        ("stromme", ["E1009"]),
        # With slips.
        ("Camila Nygård", ["E1006"]),
        ("camillanygård", ["E1006"]),
        ("Camilla Nygaard", ["E1006"]),
        ("Kamilla", ["E1006"]),
        ("Eikelnad", ["E1007"]),
        # Nobody.
        ("", []),
        ("?!", []),
        ("E9999", []),
        ("Mari", []),
        ("Anna", []),
        ("Camilla Hansen", []),
        ("Nygård Sandvik", []),
    ],
)
def test_people_are_found_by_what_is_typed(names: PeopleNames, text: str, expected: list[str]) -> None:
    assert ids(names.named(text)) == expected


def test_every_full_name_with_one_slip_is_found_first(names: PeopleNames, everybody: list[Person]) -> None:
    chance = random.Random(7)
    typed = [(person, one_slip(person.name, chance)) for person in everybody for _ in range(5)]
    wrong = [(text, person.name) for person, text in typed if names.named(text)[:1] != [person]]
    assert wrong == []


def test_exact_hits_shut_out_those_that_are_only_alike() -> None:
    names = PeopleNames([make_person("E1", "Kristin Vik"), make_person("E2", "Kristine Berg")])
    assert ids(names.named("kristine")) == ["E2"]
    assert ids(names.named("kristinn")) == ["E1", "E2"]
    assert ids(names.named("kristime")) == ["E2"]


def test_a_full_name_shuts_out_longer_names_that_hold_it() -> None:
    names = PeopleNames([make_person("E1", "Anne Kari Ola"), make_person("E2", "Kari Ola")])
    assert ids(names.named("Kari Ola")) == ["E2"]
    assert ids(names.named("Kari")) == ["E1", "E2"]
    assert ids(names.named("Anne Ola")) == ["E1"]


def test_people_who_share_a_name_are_all_found_by_id() -> None:
    names = PeopleNames([make_person("E2", "Bo Li"), make_person("E1", "Bo Li"), make_person("E3", "Bo Ås")])
    assert ids(names.named("bo li")) == ["E1", "E2"]
    assert ids(names.named("bo")) == ["E1", "E2", "E3"]
    assert ids(names.mentioned_in("Bo Li gjorde det")) == ["E1", "E2"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Det var Camilla Nygård som glemte det.", ["E1006"]),
        ("det var camilla nygårds feil", ["E1006"]),
        ("Camilla Nygård's nøkler", ["E1006"]),
        ("CAMILLA\n NYGA\u030aRD", ["E1006"]),
        ("Jorunn Eikeland og Camilla Nygård", ["E1006", "E1007"]),
        ("anne grethe ulvund sa det", ["ULVUND"]),
        ("Anne-Grethe Ulvund sa det", ["ULVUND"]),
        ("Anne Ulvunds bil", ["ULVUND"]),
        ("Grethe Ulvund", []),
        ("Camilla sa det. Nygård var der", []),
        ("Nygård, Camilla", []),
        ("Så kom Camilla. Nygård gikk", []),
        ("Anne, Camilla, Nygård", []),
        ("Nygård Camilla", []),
        ("Camilla Hansen Nygård", []),
        ("Camila Nygård", []),
        ("Camilla Nygårdsen", []),
        ("Camilla", []),
        ("Camilla og Nygård", []),
        ("", []),
    ],
)
def test_full_names_are_found_in_a_text(
    names: PeopleNames, everybody: list[Person], text: str, expected: list[str]
) -> None:
    known_as = {"ULVUND": next(one.employee_id for one in everybody if one.name.endswith("Ulvund"))}
    assert ids(names.mentioned_in(text)) == [known_as.get(name, name) for name in expected]


def test_everybody_is_found_by_their_own_name_in_a_text(names: PeopleNames, everybody: list[Person]) -> None:
    for person in everybody:
        assert person in names.mentioned_in(f"I går så jeg {person.name.upper()} gjøre det")
        assert person in names.named(person.name.lower())


def test_middle_names_may_be_left_out_but_not_the_first_or_last() -> None:
    names = PeopleNames([make_person("E1", "Per Olav Bø Lie"), make_person("E2", "Madonna")])
    for text in ("Per Olav Bø Lie", "per lie", "Per Olav Lie", "Per Bø Lies", "P. sa: Per Lie"):
        assert ids(names.mentioned_in(text)) == ["E1"], text
    for text in ("Olav Lie", "Per Olav", "Per Bø", "Per Bø Olav Lie", "Madonna"):
        assert names.mentioned_in(text) == [], text
