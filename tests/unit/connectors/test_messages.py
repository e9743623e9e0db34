"""Text from outside becomes text that every part can hold."""

import pytest

from connectors.messages import clean


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("  hei \n", "hei"),
        ("", ""),
        (" \t\n\u00a0\u3000", ""),
        ("\x00\x01\x1b\x7f\x85", ""),
        ("a\x00b\x1b[31mc", "ab[31mc"),
        ("en\r\nto\n\ttre", "en\nto\n\ttre"),
        ("bla\u030a", "blå"),
        ("\ud800", "?"),
        ("kabel\udfffbrudd", "kabel?brudd"),
        ("👩🏽‍⚕️🚑", "👩🏽‍⚕️🚑"),
        ("<script>alert('&')</script>", "<script>alert('&')</script>"),
        ("/restart", "/restart"),
        ("Čáhppes đŋŧ", "Čáhppes đŋŧ"),
    ],
)
def test_clean(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


@pytest.mark.parametrize("raw", ["\ud83d\ude91", "a\x00\u030a ", "\r\n\x00\n hei", "e\u0301\ud800\x07"])
def test_clean_text_is_valid_and_stays_as_it_is(raw: str) -> None:
    once = clean(raw)
    assert clean(once) == once
    once.encode("utf-8")
    assert "\x00" not in once
