"""What is shown of a passage, and where the marks are in it."""

import pytest

from bot.actions.passage import ELLIPSIS, MAX_PASSAGE_CHARS, excerpt, shortened

SENTENCES = ["Vask med vann.", "Ring 116 117.", "Meld avvik."]
PASSAGE = " ".join(SENTENCES)


def span(sentence: str, passage: str = PASSAGE) -> tuple[int, int]:
    begin = passage.index(sentence)
    return begin, begin + len(sentence)


def marked(passage: str, *best: tuple[int, int], max_chars: int = MAX_PASSAGE_CHARS) -> list[str]:
    shown = excerpt(passage, best, max_chars)
    return [shown.text[begin:end] for begin, end in shown.marks]


def test_the_best_sentences_are_marked_in_reading_order() -> None:
    assert marked(PASSAGE, span("Meld avvik."), span("Vask med vann.")) == ["Vask med vann.", "Meld avvik."]


def test_white_space_around_a_passage_moves_the_marks() -> None:
    passage = f"\n  {PASSAGE}  "
    assert excerpt(passage, [span("Ring 116 117.", passage)]).text == PASSAGE
    assert marked(passage, span("Ring 116 117.", passage)) == ["Ring 116 117."]


def test_spans_that_overlap_are_one_and_wrong_ones_are_dropped() -> None:
    assert marked(PASSAGE, (15, 20), (18, 28), (30, 30), (25, 20), (100, 200)) == ["Ring 116 117."]
    assert marked(PASSAGE, (-5, 4)) == ["Vask"]


def test_where_nearly_everything_is_best_nothing_is_marked() -> None:
    assert marked(PASSAGE, (0, len(PASSAGE) - 3)) == []
    assert marked("", (0, 1)) == []


def test_a_best_sentence_far_in_is_shown_with_its_line() -> None:
    steps = [f"{number}. Et steg til." for number in range(1, 60)]
    passage = "\n".join(steps)
    shown = excerpt(passage, [span("40. Et steg til.", passage)], 320)
    assert shown.text.startswith(f"{ELLIPSIS}\n40. Et steg til.\n41.")
    assert shown.text.endswith(ELLIPSIS)
    assert len(shown.text) <= 325
    assert marked(passage, span("40. Et steg til.", passage), max_chars=320) == ["40. Et steg til."]


def test_a_best_sentence_far_in_a_long_line_begins_what_is_shown() -> None:
    passage = "Dette er innledning. " * 40 + "Ring 116 117. " + "Og så videre. " * 40
    shown = excerpt(passage, [span("Ring 116 117.", passage)], 320)
    assert shown.text.startswith(f"{ELLIPSIS}\nRing 116 117. Og så")


def test_marks_end_where_the_passage_is_cut() -> None:
    passage = "ord " * 200
    shown = excerpt(passage, [(100, 700)], 320)
    assert all(end <= len(shown.text.removesuffix(f" {ELLIPSIS}")) for _, end in shown.marks)
    passage = "Kort. " + "ord " * 200
    assert marked(passage, (0, 5), (400, 500), max_chars=320) == ["Kort."]


def test_a_short_passage_is_shown_whole() -> None:
    assert shortened("x" * MAX_PASSAGE_CHARS) == "x" * MAX_PASSAGE_CHARS


@pytest.mark.parametrize(
    "passage", ["Et steg til.\n" * 300, "ord " * 1_000, "x" * 5_000, "kort linje\n" + "ord " * 1_000]
)
def test_a_long_passage_is_cut_between_words(passage: str) -> None:
    short = shortened(passage)
    assert MAX_PASSAGE_CHARS / 2 < len(short) <= MAX_PASSAGE_CHARS + 2
    kept = short.removesuffix(" \N{HORIZONTAL ELLIPSIS}")
    assert kept != short
    assert passage.startswith(kept)
    assert passage[len(kept)].isspace() or passage == "x" * 5_000
