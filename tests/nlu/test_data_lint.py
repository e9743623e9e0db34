"""The linter of the training rows: each rule can fire, and the real rows pass."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from nlu import data_lint
from nlu.core.categories import SUBTYPES
from nlu.data_lint import Row, Vocabulary, main, near_duplicate_problems
from nlu.near_duplicates import fold_text, near_pairs
from nlu.training_data import DATA_DIR

# A help number (month plus 40): formed like a birth number, and nobody was born then.
HELP_NUMBER = "17454000080"
VOCABULARY = Vocabulary(frozenset({"greet", "query_cases", "start_over"}), frozenset({"unit", "period"}))
REPORT = {
    "text": "Falt på isen utenfor Furulia i går",
    "category": "hms",
    "subtype": "personskade",
    "severity": "middels",
    "kind": "deviation",
    "place": "Furulia",
    "when": "i går",
    "variety": "nb",
}
MESSAGE = {"text": "Vis sakene til Furulia", "intent": "query_cases", "variety": "nb"}


def report(**changes: Any) -> dict[str, Any]:
    return {**REPORT, **changes}


def message(**changes: Any) -> dict[str, Any]:
    return {**MESSAGE, **changes}


def write(path: Path, *rows: dict[str, Any] | str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder in which the balance of labels does not count."""
    for name in ("deviations", "intents", "evaluation"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(data_lint, "balance_problems", lambda *_: [])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def problems_of(folder: Path) -> list[str]:
    return data_lint.lint(folder, VOCABULARY)[0]


def test_good_rows_have_no_problem(folder: Path) -> None:
    write(
        folder / "deviations" / "a.jsonl", report(), report(text="Bare tekst", place=None, when=None, group=7)
    )
    marks = [{"entity": "unit", "value": "Furulia"}]
    write(folder / "intents" / "a.jsonl", message(entities=marks), message(text="Om igjen", intent="restart"))
    assert problems_of(folder) == []


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("[1, 2]", "not a JSON object"),
        ("{'text': 1}", "not a JSON object"),
        ("", "not a JSON object"),
        (report(text="  ", place=None, when=None), "no text"),
        (report(text=7, place=None, when=None), "no text"),
        (report(text="Fa\u030ar", place=None, when=None), "the text is not NFC"),
        (report(text="To\nlinjer", place=None, when=None), "a control character or line break in the text"),
        (
            report(text="To\u2028linjer", place=None, when=None),
            "a control character or line break in the text",
        ),
        (report(text="Pip\u0007", place=None, when=None), "a control character or line break in the text"),
        (report(text=f"Gjelder {HELP_NUMBER}", place=None, when=None), "a valid national id in the text"),
        (
            report(text=f"Gjelder {HELP_NUMBER[:6]} {HELP_NUMBER[6:]}.", place=None, when=None),
            "a valid national id in the text",
        ),
        ({key: value for key, value in REPORT.items() if key != "severity"}, "no severity"),
        (report(hard=True), "unknown key 'hard'"),
        (report(category="helse"), "unknown category 'helse'"),
        (report(category=["hms"]), "unknown category ['hms']"),
        (report(subtype="avfall"), "unknown subtype 'avfall'"),
        (report(severity="alvorlig"), "unknown severity 'alvorlig'"),
        (report(kind="idea"), "unknown kind 'idea'"),
        (report(variety="svensk"), "unknown variety 'svensk'"),
        (report(place="Solbakken"), "place 'Solbakken' is not in the text"),
        (report(when="I går"), "when 'I går' is not in the text"),
        (report(when=""), "when '' is not in the text"),
        (
            report(when="Furulia i går"),
            "a value cannot be marked: it overlaps or repeats another",
        ),
        (report(group="a"), "group is not a whole number"),
    ],
)
def test_a_wrong_report_is_named_with_file_and_line(
    folder: Path, row: dict[str, Any] | str, problem: str
) -> None:
    first, last = (report(text=text, place=None, when=None) for text in ("En rad foran", "En rad bak"))
    write(folder / "deviations" / "a.jsonl", first, row, last)
    assert f"deviations/a.jsonl:2: {problem}" in problems_of(folder)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ({"text": "Hei der", "intent": "greet"}, "no variety"),
        (message(category="hms"), "unknown key 'category'"),
        (message(intent="order_pizza"), "unknown intent 'order_pizza'"),
        (message(intent=None), "unknown intent None"),
        (message(intent="report_deviation"), "unknown intent 'report_deviation'"),
        (message(intent="start_over"), "unknown intent 'start_over'"),  # rows say restart
        (message(variety="en"), "unknown variety 'en'"),
        (message(entities=["Furulia"]), "an entity without exactly entity and value"),
        (message(entities=[{"entity": "unit"}]), "an entity without exactly entity and value"),
        (message(entities=[{"entity": "animal", "value": "Furulia"}]), "unknown entity 'animal'"),
        (
            message(entities=[{"entity": "unit", "value": "Solbakken"}]),
            "value 'Solbakken' is not in the text",
        ),
    ],
)
def test_a_wrong_message_is_named_with_file_and_line(folder: Path, row: dict[str, Any], problem: str) -> None:
    write(folder / "intents" / "b.jsonl", message(text="En rad foran"), row)
    assert f"intents/b.jsonl:2: {problem}" in problems_of(folder)


def test_digits_that_are_no_national_id_are_allowed(folder: Path) -> None:
    texts = ["Ring 22 33 44 55", "17454000081", f"1{HELP_NUMBER}", "Saken 2026-00042 og 12345678911"]
    write(folder / "intents" / "a.jsonl", *(message(text=text) for text in texts))
    assert problems_of(folder) == []


def test_the_same_text_twice_is_found_across_files(folder: Path) -> None:
    write(folder / "intents" / "a.jsonl", message(), message(text="  vis SAKENE, til furulia!! "))
    write(folder / "intents" / "b.jsonl", message(variety="typos"))
    assert problems_of(folder) == [
        "intents/a.jsonl:2: the same text as intents/a.jsonl:1",
        "intents/b.jsonl:1: the same text as intents/a.jsonl:1",
    ]


def test_the_same_text_with_another_label_is_worse(folder: Path) -> None:
    write(folder / "deviations" / "a.jsonl", report(), report(severity="hoy"))
    write(folder / "intents" / "b.jsonl", message(text=REPORT["text"]))
    found = problems_of(folder)
    start = "CONTRADICTION, the same text as deviations/a.jsonl:1 with another label"
    there = "there hms/personskade/middels/deviation"
    assert found == [
        f"deviations/a.jsonl:2: {start}: hms/personskade/hoy/deviation, {there}",
        f"intents/b.jsonl:1: {start}: query_cases, {there}",
    ]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ja!", "ja", True),
        ("Vårt  møte", "VÅRT MØTE.", True),
        ("Va\u030art", "Vårt", True),
        ("👍", "👍 ", True),
        ("👍", "👎", False),
        ("?", "!", False),
        ("være", "vaere", False),
        ("sak 12", "sak 13", False),
    ],
)
def test_folding(one: str, other: str, same: bool) -> None:
    assert (fold_text(one) == fold_text(other)) is same


def test_a_training_row_near_an_evaluation_row_is_found(folder: Path) -> None:
    write(folder / "intents" / "a.jsonl", message(), message(text="Hvem vant kampen i går kveld?"))
    write(folder / "evaluation" / "others.jsonl", {"text": "Takk"}, {"text": "Hvem vant kampen i går?"})
    assert problems_of(folder) == [
        "intents/a.jsonl:2: nearly the evaluation text evaluation/others.jsonl:2 (similarity 0.76)"
    ]


def test_short_texts_may_meet_the_evaluation_set() -> None:
    def near(text: str) -> list[str]:
        row = Row("a:1", {"text": text, "intent": "thanks"})
        return list(near_duplicate_problems([row], [Row("e:1", {"text": text})]))

    assert near("Tusen takk for det!!") == []  # 18 characters when folded
    assert near("Tusen takk for det der") != []


def test_similarity_is_that_of_sets_of_four_characters() -> None:
    # abcd bcde cdef defg against bcde cdef defg efgh: three of five.
    assert list(near_pairs(["abcdefg"], ["xxxx", "bcdefgh"], 0.6)) == [(0, 1, pytest.approx(0.6))]
    assert list(near_pairs(["abcdefg"], ["bcdefgh"], 0.61)) == []


def test_the_nearest_of_several_is_named() -> None:
    assert [pair[:2] for pair in near_pairs(["abcdefgh"], ["abcdefg", "abcdefgh"], 0.5)] == [(0, 1)]


@pytest.mark.parametrize(("texts", "others"), [([], ["abcd"]), (["abcd"], []), (["abc"], ["abc"])])
def test_nothing_is_near_to_nothing(texts: list[str], others: list[str]) -> None:
    assert list(near_pairs(texts, others, 0.1)) == []


def balanced_rows() -> tuple[list[Row], list[Row]]:
    """Enough of everything, and not too much of anything."""
    varieties = ["nb"] * 6 + ["nn"] * 2 + ["dialect"] + ["typos"]
    reports = [
        Row("r:1", {"category": category, "subtype": name, "variety": varieties[index % 10]})
        for category, names in SUBTYPES.items()
        for name in names
        for index in range(120)
    ]
    others = [Row("i:1", {"intent": intent}) for intent in ("greet", "restart") for _ in range(60)]
    return reports, others


def test_balanced_labels_have_no_problem() -> None:
    reports, others = balanced_rows()
    assert list(data_lint.balance_problems(Path("data"), reports, others)) == []


def test_each_bound_of_the_balance_can_be_missed() -> None:
    reports, others = balanced_rows()
    more = [Row("r:1", {"category": "hms", "subtype": "ergonomi", "variety": "nb"})] * 4000
    fewer = [
        row for row in reports if row.data["subtype"] != "arkiv" and row.data["variety"] in ("nb", "dialect")
    ]
    found = list(data_lint.balance_problems(Path("data"), [*more, *fewer], others[:-1]))
    for expected in (
        r"data/deviations: hms is 6\d\.\d% of the rows, not 15% to 25%",
        r"data/deviations: ytre_miljo is \d\.\d% of the rows, not 15% to 25%",
        r"data/deviations: organisasjon/arkiv has 0 rows, not 100",
        r"data/deviations: nn is 0\.0% of the rows, not 15%",
        r"data/deviations: dialect is [67]\.\d% of the rows, not 8%",
        r"data/deviations: typos is 0\.0% of the rows, not 7%",
        r"data/intents: restart has 59 rows, not 60",
    ):
        assert any(re.fullmatch(expected, problem) for problem in found), expected


def test_problems_are_printed_one_a_line_with_exit_code_1(folder: Path, capsys) -> None:
    write(folder / "deviations" / "a.jsonl", report(kind="idea"), report(place="Solbakken"))
    with pytest.raises(SystemExit) as stopped:
        main(["--data", str(folder)])
    assert stopped.value.code == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(re.match(r"deviations/a\.jsonl:[12]: \S", line) for line in lines)


def test_a_missing_folder_is_not_a_clean_one(tmp_path: Path, capsys) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--data", str(tmp_path / "nowhere")])
    assert stopped.value.code == 1
    assert "hms is 0.0% of the rows" in capsys.readouterr().out


def test_the_real_rows_pass_and_are_counted(capsys) -> None:
    main([])
    printed = capsys.readouterr().out
    for title in ("file", "category", "sub-type", "severity", "kind", "intent", "variety of reports"):
        assert f"\nby {title}\n" in printed
    counts = dict(re.findall(r"nlu/data/(\w+/\w+\.jsonl) +(\d+)", printed))
    assert counts.keys() == {
        f"{path.parent.name}/{path.name}"
        for name in ("deviations", "intents")
        for path in (DATA_DIR / name).glob("*.jsonl")
    }
    assert sum(map(int, counts.values())) == int(printed.split(" rows")[0])


def test_the_readme_names_every_file_with_its_count() -> None:
    described = dict(
        re.findall(r"^\| `(\w+/\w+\.jsonl)` \| (\d+) \|", (DATA_DIR / "README.md").read_text("utf-8"), re.M)
    )
    assert described == {
        f"{path.parent.name}/{path.name}": str(len(path.read_text("utf-8").splitlines()))
        for path in DATA_DIR.glob("*/*.jsonl")
    }
