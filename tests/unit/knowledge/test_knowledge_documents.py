"""Anchors, review dates, and an import that stays light for the web gateway."""

import subprocess
import sys
import unicodedata
from datetime import date

import pytest

from knowledge.documents import Document, anchor_for, unique_anchors


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("Fremgangsmåte", "fremgangsmate"),
        ("Ærlig øvelse på Å", "aerlig-ovelse-pa-a"),
        ("Hva, når & hvorfor?", "hva-nar-hvorfor"),
        ("Čáhci đuoŋŋa", "cahci-duonna"),
        ("§ 5-1", "5-1"),
        ("–", "avsnitt"),
        ("", "avsnitt"),
    ],
)
def test_anchor_is_ascii_words_with_hyphens(heading: str, anchor: str) -> None:
    assert anchor_for(heading) == anchor
    assert anchor_for(unicodedata.normalize("NFD", heading)) == anchor


def test_thousands_of_equal_headings_get_their_anchors_at_once() -> None:
    assert unique_anchors(["§"] * 20_000)[-1] == "avsnitt-20000"


def test_repeated_headings_get_numbers_that_clash_with_nothing() -> None:
    assert unique_anchors(["A", "A 2", "A", "A"]) == ["a", "a-2", "a-3", "a-4"]


@pytest.mark.parametrize(
    ("review_by", "overdue"),
    [(None, False), (date(2026, 11, 19), True), (date(2026, 11, 20), False), (date(2026, 11, 21), False)],
)
def test_review_is_overdue_the_day_after(review_by: date | None, overdue: bool) -> None:
    assert make_document(review_by=review_by).review_overdue(on=date(2026, 11, 20)) is overdue


@pytest.mark.parametrize(
    ("valid_from", "withdrawn", "holds"),
    [
        (None, None, True),
        (date(2026, 11, 20), None, True),
        (date(2026, 11, 21), None, False),
        (None, date(2026, 11, 21), True),
        (None, date(2026, 11, 20), False),
        (date(2026, 1, 1), date(2026, 2, 1), False),
    ],
)
def test_document_is_in_force_from_its_first_day_until_it_is_withdrawn(
    valid_from: date | None, withdrawn: date | None, holds: bool
) -> None:
    document = make_document(valid_from=valid_from, withdrawn=withdrawn)
    assert document.in_force(on=date(2026, 11, 20)) is holds


@pytest.mark.parametrize(
    ("access", "public"), [((), True), (("public",), True), (("employees",), False), (("SOL",), False)]
)
def test_only_documents_without_a_named_group_are_public(access: tuple[str, ...], public: bool) -> None:
    assert make_document(access=access).is_public is public


def make_document(
    valid_from: date | None = None,
    review_by: date | None = None,
    withdrawn: date | None = None,
    access: tuple[str, ...] = (),
) -> Document:
    return Document(
        id="A",
        title="T",
        owner="",
        version="",
        valid_from=valid_from,
        review_by=review_by,
        language="nb",
        categories=(),
        tags=(),
        unit="",
        source="local",
        shared_by=None,
        licence=None,
        example_questions=(),
        body_markdown="",
        sections=(),
        withdrawn=withdrawn,
        access=access,
    )


def test_documents_and_rendering_import_no_model_libraries() -> None:
    code = (
        "import sys, knowledge.documents, knowledge.rendering; "
        "print({'torch', 'faiss', 'sentence_transformers', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
