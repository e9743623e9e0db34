"""Norwegian text survives the encodings that office software has written it in."""

import codecs

import pytest

from index_builder.text_cleaning import clean, decode

TEXTS = [
    "Blåbær på øya",
    "Å",
    "Vask såret grundig med såpe og vann. Ring legevakta på 116117, døgnet rundt.",
    "Ærlig talt: «Øv på evakuering» – én gang i året, § 4-2.",
    "Kun et ord med ø og resten er helt vanlig tekst uten noe som helst særlig preg.",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_text_survives_its_encoding(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("text", [text for text in TEXTS if len(text) > 1])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_survives(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("text", [t.replace("–", "-") for t in TEXTS])
def test_latin_1_survives(text: str) -> None:
    assert decode(text.encode("latin-1")) == text


@pytest.mark.parametrize("encoding", ["mac_roman", "cp865"])
def test_texts_of_old_machines_survive(encoding: str) -> None:
    text = "Gå på øya etter blåbær. Æ trur du må prøve å få tak i Åse først."
    assert decode(text.encode(encoding)) == text


def test_a_few_broken_bytes_do_not_garble_the_rest() -> None:
    data = ("Blåbær på øya. " * 20).encode() + b"\xe5" + " og så videre".encode()
    assert decode(data) == "Blåbær på øya. " * 20 + "\ufffd og så videre"


def test_cut_utf_16_is_no_crash() -> None:
    assert decode(codecs.BOM_UTF16_LE + "øya".encode("utf-16-le")[:-1]).startswith("øy")


def test_invisible_and_control_characters_go_and_line_ends_become_one() -> None:
    assert clean("a\0b\x07c\xadd\u200be\ufefff\u202eg\r\nh\ri\u2028j\tk") == "abcdefg\nh\ni\nj\tk"


def test_decomposed_letters_are_composed() -> None:
    assert clean("a\u030a") == "å"
