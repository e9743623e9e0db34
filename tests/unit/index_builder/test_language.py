"""The small words tell the written language."""

import pytest

from index_builder.language import detect_language
from index_builder.markdown_loader import parse_document

NB = "Hva gjør jeg hvis noen ikke kommer? Ring fra en telefon og vær rolig."
NN = "Kva gjer eg om nokon ikkje kjem? Ring frå ein telefon og ver roleg."


@pytest.mark.parametrize(
    ("text", "language"),
    [(NB, "nb"), (NN, "nn"), ("What to do if they are not here with you", "en"), ("", "nb"), ("110", "nb")],
)
def test_language_is_told_by_its_words(text: str, language: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    ("written", "language"),
    [
        ("", "nn"),
        ("language: nb", "nb"),
        ("language: se", "se"),
        ("language: NN-no", "nn"),
        ("language: {a: 1}", "nn"),
    ],
)
def test_front_matter_goes_before_what_the_words_tell(written: str, language: str) -> None:
    assert parse_document(f"---\nid: A\ntitle: T\n{written}\n---\n{NN}").language == language
