"""Labelled rows: what is read, and what is said about those that cannot be."""

from pathlib import Path

import pytest

from index_builder.evaluation.document_names import DocumentNames
from index_builder.evaluation.rows import (
    EvaluationDataError,
    Question,
    read_passage_questions,
    read_passages,
    read_questions,
    read_unanswerable,
)


def written(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_question_row_is_read_whole(tmp_path: Path) -> None:
    row = '{"id":"q1","question":"Hva?","doc":"A","section":"Tiltak","answer_facts":["ti","to"],"style":"x"}'
    assert read_questions(written(tmp_path, row)) == [
        Question("q1", "Hva?", 1, ("A",), ("Tiltak",), ("ti", "to"), "x")
    ]


def test_what_may_be_missing_may_be_missing(tmp_path: Path) -> None:
    (question,) = read_questions(written(tmp_path, "", '{"question":"Hva nå?","doc":"A"}'))
    assert question == Question("2", "Hva nå?", 2, ("A",))
    (other,) = read_unanswerable(written(tmp_path, '{"question":"Hvem vant?","doc":null}'))
    assert other.documents == ()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ('{"doc":"A"}', "`question`"),
        ('{"question":" ","doc":"A"}', "`question`"),
        ('{"question":"Hva?","doc":null}', "`doc`"),
        ('{"question":"Hva?","doc":"A","answer_facts":[1]}', "`answer_facts`"),
    ],
)
def test_a_bad_row_is_named_by_file_and_line(tmp_path: Path, line: str, problem: str) -> None:
    path = written(tmp_path, '{"question":"Hva?","doc":"A"}', line)
    with pytest.raises(EvaluationDataError, match=rf"rows\.jsonl, line 2: .*{problem}"):
        read_questions(path)


def test_a_file_that_is_missing_or_empty_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationDataError, match=r"absent\.jsonl"):
        read_questions(tmp_path / "absent.jsonl")
    with pytest.raises(EvaluationDataError, match=r"rows\.jsonl: the file has no rows"):
        read_questions(written(tmp_path, "", ""))


def test_passages_and_their_questions_are_read(tmp_path: Path) -> None:
    (passage,) = read_passages(written(tmp_path, '{"id":"p1","title":"","text":"Tekst"}'))
    assert (passage.id, passage.title, passage.text) == ("p1", "", "Tekst")
    rows = [
        '{"question":"a","passage_id":"p1"}',
        '{"question":"b","passage_id":"p1","passage_ids":["p1","p2"]}',
    ]
    assert [q.documents for q in read_passage_questions(written(tmp_path, *rows))] == [("p1",), ("p1", "p2")]


def test_a_passage_id_that_comes_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvaluationDataError, match="line 2: the id p1 comes twice"):
        read_passages(written(tmp_path, '{"id":"p1","text":"a"}', '{"id":"p1","text":"b"}'))


@pytest.mark.parametrize("name", ["HMS-1", "hms-1", "stikk", "stikk.md", "lokal/stikk.md", " Lokal/Stikk "])
def test_a_document_is_known_by_id_and_file_name(name: str) -> None:
    assert DocumentNames({"HMS-1": "lokal/stikk.md", "HMS-2": "brann.md"}).find(name) == "HMS-1"


def test_an_id_goes_before_a_file_name_and_a_name_of_two_files_is_nobodys() -> None:
    names = DocumentNames({"brann": "a/x.md", "B": "a/brann.md", "C": "b/plan.md", "D": "c/plan.md"})
    assert names.find("brann") == "brann"
    assert names.find("plan") is None
    assert names.find("b/plan") == "C"
    assert names.find("ukjent") is None
