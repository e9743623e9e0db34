"""Small Norwegian words, however they are typed."""

import pytest

from bot.actions.case_spelling import spellings


@pytest.mark.parametrize(
    ("typed", "usual"),
    [
        ("kæm", "hvem"),
        ("hvr", "hvor"),
        ("fritsen", "fristen"),
        ("siiste", "siste"),
        ("frost", None),
        ("oktbr", "oktober"),
        ("tirsdg", "tirsdag"),
        ("okt", None),
        ("mange", None),
        ("min", None),
        ("lukker", None),
        ("", None),
    ],
)
def test_a_slip_is_mended_and_another_word_is_left(typed: str, usual: str | None) -> None:
    assert spellings().usual(typed) == usual


def test_two_words_that_are_typed_as_one_are_parted() -> None:
    assert spellings().parted("kormange") == ("hvor", "mange")
    assert spellings().parted("påfuru", {"furu"}) is None
    assert spellings().parted("sistefurur", {"furu"}) is None
    assert spellings().parted("siste") is None
