"""What the encoder learns from is read whole, a bad row is named, and texts of one group share a number."""

import random
from pathlib import Path

import pytest
from training_files import THINGS, TOWN, write_rows, write_training_data

from index_builder.errors import TrainingDataError
from index_builder.training_data import (
    LAY_WORD_GROUPS,
    OFF_TOPIC_GROUP,
    Question,
    Topic,
    lay_word_examples,
    off_topic_examples,
    question_examples,
    read_off_topic,
    read_routine_sets,
    read_topics,
    tokenizer_texts,
    unlabelled_examples,
)
from knowledge.lay_words import LayWordEntry
from knowledge.scoring import off_topic_passage


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return write_training_data(tmp_path / "data")


def topic(name: str, *questions: str, terms: int = 0) -> Topic:
    asked = [Question(q=question) for question in questions]
    return Topic(topic=name, passage="En. To.", questions=asked, terms=[f"t{i}" for i in range(terms)])


def test_topics_of_all_files_are_read_in_their_order(data_dir: Path) -> None:
    write_rows(
        data_dir / "routine_pairs" / "0.jsonl", {"topic": "T", "passage": "p", "questions": [], "terms": []}
    )
    names = [each.topic for each in read_topics(data_dir / "routine_pairs")]
    assert names == ["T", *(f"Om {thing}" for thing in THINGS)]


def test_a_bad_topic_is_named_by_file_and_line(data_dir: Path) -> None:
    path = data_dir / "routine_pairs" / "a.jsonl"
    path.write_text(path.read_text(encoding="utf-8") + '{"topic": "x"}\n', encoding="utf-8")
    with pytest.raises(TrainingDataError, match=r"a\.jsonl, line 7: not a Topic"):
        read_topics(path.parent)


def test_a_folder_without_topics_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match="no routine pairs"):
        read_topics(tmp_path)


def test_every_second_question_off_topic_is_kept_to_fit_with(data_dir: Path) -> None:
    learnt, kept = read_off_topic(data_dir / "off_topic.jsonl")
    assert learnt == ["Hvem vant kampen?", "Blir det regn?"]
    assert kept == ["Fortell en vits", "Hva heter kongen?"]


def test_a_bad_row_off_topic_is_named(data_dir: Path) -> None:
    write_rows(data_dir / "off_topic.jsonl", {"question": "a"}, {"q": "b"})
    with pytest.raises(TrainingDataError, match=r"off_topic\.jsonl, line 2: not a OffTopicQuestion"):
        read_off_topic(data_dir / "off_topic.jsonl")


def test_a_question_knows_the_section_that_answers(data_dir: Path) -> None:
    (routines,) = read_routine_sets(data_dir / "training_routines")
    assert list(routines.documents) == [f"R{i}" for i in range(len(THINGS))]
    assert "Let etter nøkkelen" in routines.section(routines.questions[0]).passage


@pytest.mark.parametrize(("doc", "section"), [("R9", "Slik"), ("R1", "Slikt")])
def test_a_question_on_what_is_not_there_is_named(data_dir: Path, doc: str, section: str) -> None:
    path = data_dir / "training_routines" / TOWN / "questions.jsonl"
    good: dict[str, object] = {"question": "a", "doc": "R0", "section": "Slik"}
    write_rows(path, good, {"question": "b", "doc": doc, "section": section})
    with pytest.raises(TrainingDataError, match=rf"questions\.jsonl, line 2: no section {section} .*{doc}"):
        read_routine_sets(data_dir / "training_routines")


def test_a_routine_that_cannot_be_read_is_named(data_dir: Path) -> None:
    path = data_dir / "training_routines" / TOWN / "routines" / "R1.md"
    path.write_text("---\nid: [\n---\n", encoding="utf-8")
    with pytest.raises(TrainingDataError, match=r"R1\.md"):
        read_routine_sets(data_dir / "training_routines")


def test_example_questions_are_not_trained_on(data_dir: Path) -> None:
    topics = read_topics(data_dir / "routine_pairs")
    sets = read_routine_sets(data_dir / "training_routines")
    examples = [*unlabelled_examples(topics, sets), *question_examples(topics, sets, random.Random(1))]
    seen = [*tokenizer_texts(topics, sets), *(e.anchor for e in examples), *(e.positive for e in examples)]
    assert any("Let etter hunden" in text for text in seen)
    assert not any("Hemmelig" in text for text in seen)


def test_a_question_is_paired_with_passage_title_and_another_question() -> None:
    examples = question_examples([topic("T", "q1?", "q2?")], [], random.Random(1))
    pairs = {(e.anchor, e.positive) for e in examples}
    assert pairs == {(q, p) for q in ("q1?", "q2?") for p in ("En. To.", "T")} | {
        ("q1?", "q2?"),
        ("q2?", "q1?"),
    }


@pytest.mark.parametrize(("terms", "expected"), [(2, 0), (3, 2), (7, 4)])
def test_three_terms_at_a_time_count_as_a_question(terms: int, expected: int) -> None:
    examples = question_examples([topic("T", terms=terms)], [], random.Random(1))
    assert len(examples) == expected
    assert all(len(set(e.anchor.split(", "))) == 3 and e.positive == "En. To." for e in examples)


def test_a_sentence_is_paired_with_the_rest_of_its_passage() -> None:
    pairs = [(e.anchor, e.positive) for e in unlabelled_examples([topic("T")], [])]
    assert pairs == [("T", "En. To."), ("En.", "T To."), ("To.", "T En.")]


def test_groups_tell_topics_and_sections_apart_and_join_topics_of_one_name(data_dir: Path) -> None:
    sets = read_routine_sets(data_dir / "training_routines")
    topics = [topic("Å", "a?"), topic("B", "b?"), topic("å", "c?")]
    groups = {e.anchor: e.group for e in question_examples(topics, sets, random.Random(1))}
    assert groups["a?"] == groups["c?"] != groups["b?"]
    assert len(set(groups.values())) == 2 + len(THINGS)
    assert len({e.group for e in unlabelled_examples(topics, sets)}) == 2 + 2 * len(THINGS)


def test_lay_words_are_paired_with_their_terms_three_at_a_time() -> None:
    entries = [LayWordEntry(term=("t", "u"), lay=tuple("abcd")), LayWordEntry(term=("v",), lay=("e",))]
    examples = lay_word_examples(entries, random.Random(1))
    assert [(e.positive, e.group - LAY_WORD_GROUPS) for e in examples] == [("t, u", 0), ("t, u", 0), ("v", 1)]
    assert sorted(word for e in examples for word in e.anchor.split(", ")) == list("abcde")


def test_questions_off_topic_are_one_group_beside_one_text() -> None:
    examples = off_topic_examples(["a?", "b?"])
    assert {e.anchor for e in examples} == {"a?", "b?"}
    assert {(e.positive, e.group) for e in examples} == {(off_topic_passage(), OFF_TOPIC_GROUP)}
