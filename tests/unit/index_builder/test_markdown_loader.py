"""A Markdown routine becomes a document with sections; what cannot is refused with a reason."""

import unicodedata
from datetime import date
from pathlib import Path

import pytest

from index_builder.chunking import chunks_of
from index_builder.errors import DocumentError
from index_builder.markdown_loader import load_markdown, parse_document
from index_builder.sections import sections_of
from knowledge.rendering import parse_markdown

ROUTINE = """---
id: FJO-HMS-003
title: Stikkskade
version: 3.2
review_by: 2027-09-01
tags: [kanyle, 116117]
example_questions: [Hva gjør jeg?]
unknown: value
---
# Stikkskade

## Fremgangsmåte
1. Vask med **såpe**.
2. Ring [legevakta](https://example.org).
   - si hva det gjelder

## Avvik
Meld avvik.
"""


def test_document_carries_front_matter_and_sections() -> None:
    document = parse_document(ROUTINE)
    assert (document.id, document.title, document.version) == ("FJO-HMS-003", "Stikkskade", "3.2")
    assert document.review_by == date(2027, 9, 1)
    assert document.tags == ("kanyle", "116117")
    assert [(s.heading, s.anchor, s.has_steps) for s in document.sections] == [
        ("Fremgangsmåte", "fremgangsmate", True),
        ("Avvik", "avvik", False),
    ]
    assert document.sections[0].passage == "1. Vask med såpe.\n2. Ring legevakta.\n   – si hva det gjelder"


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        pytest.param("Bare tekst.", [("Tittel", "", "Bare tekst.")], id="no heading"),
        pytest.param(
            "## A\nen\n## A\nto\n## A 2\ntre",
            [("A", "a", "en"), ("A", "a-2", "to"), ("A 2", "a-2-2", "tre")],
            id="repeated headings",
        ),
        pytest.param("## Tom\n\n## Full\nx", [("Full", "full", "x")], id="heading without text"),
        pytest.param("4. fire\n5. fem", [("Tittel", "", "4. fire\n5. fem")], id="list not from one"),
        pytest.param("- a\n\n  mer\n- b", [("Tittel", "", "– a\n  mer\n– b")], id="loose list"),
        pytest.param("en\nlinje  \nny", [("Tittel", "", "en linje\nny")], id="soft and hard breaks"),
        pytest.param("| a | b |\n|---|---|\n| 1 | 2 |", [("Tittel", "", "a | b\n1 | 2")], id="table"),
        pytest.param("```\nkode\n```", [("Tittel", "", "kode")], id="code"),
        pytest.param("> ## Sitat\n> x", [("Tittel", "", "Sitat\nx")], id="heading in a quote"),
        pytest.param("<x>y</x>", [("Tittel", "", "<x>y</x>")], id="raw HTML is text"),
    ],
)
def test_sections(markdown: str, expected: list[tuple[str, str, str]]) -> None:
    assert [
        (s.heading, s.anchor, s.passage) for s in sections_of(parse_markdown(markdown), "Tittel")
    ] == expected


def test_path_holds_outer_headings_without_the_title() -> None:
    sections = sections_of(parse_markdown("# Tittel\n## Ute\na\n### Inne\nb\n## Etter\nc"), "Tittel")
    assert [s.path for s in sections] == [("Ute",), ("Ute", "Inne"), ("Etter",)]


def test_decomposed_letters_become_composed(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(
        unicodedata.normalize("NFD", "---\nid: A\ntitle: Måling\n---\n## Å måle\nblå"), encoding="utf-8"
    )
    document = load_markdown(path)
    assert document.title == "Måling"
    assert (document.sections[0].heading, document.sections[0].passage) == ("Å måle", "blå")
    assert document.sections[0].anchor == "a-male"


def test_byte_order_mark_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(ROUTINE, encoding="utf-8-sig")
    assert load_markdown(path).id == "FJO-HMS-003"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no text"),
        (b"# Heading only", "no text"),
        (b"---\nid: [unclosed\n---\ntext", "not valid YAML"),
        (b"---\nid: A\ntitle: T\nvalid_from: soon\n---\ntext", "valid_from is wrong"),
        (b"---\nid: A\ntitle: T\nvalid_from: 2026-02-31\n---\ntext", "not valid YAML"),
        (b"---\nid: A\ntitle: T\nwithdrawn: never\n---\ntext", "withdrawn is wrong"),
        (b"---\nid: A\ntitle: T\naccess: []\n---\ntext", "access is wrong.*names nobody"),
        (b"---\nid: A\ntitle: T\naccess: ''\n---\ntext", "access is wrong.*names nobody"),
        (b"---\nid: A\ntitle: T\naccess: public, SOL\n---\ntext", "access is wrong.*public"),
        (b"---\nid: A\ntitle: T\naccess: {a: b}\n---\ntext", "access is wrong"),
        (b"---\nid: ../A\ntitle: T\n---\ntext", "id is wrong"),
        (b"---\nid: A\ntitle: '  '\n---\ntext", "title is wrong"),
        (b"---\nid: A\ntitle: T\n---\n", "no text"),
        (b"---\nid: A\ntitle: T\n---\n## Only a heading\n", "no text"),
        (b"---\n- a list\n---\ntext", "front matter"),
    ],
)
def test_unusable_file_is_refused_with_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "bad.md"
    path.write_bytes(content)
    with pytest.raises(DocumentError, match=reason):
        load_markdown(path)


@pytest.mark.parametrize(
    ("written", "access"),
    [
        ("employees", ("employees",)),
        ("[SOL-AVD2, 1203]", ("SOL-AVD2", "1203")),
        ("SOL, HELSE", ("SOL", "HELSE")),
        ("public", ("public",)),
        ("", ()),
    ],
)
def test_access_is_a_word_or_a_list(written: str, access: tuple[str, ...]) -> None:
    document = parse_document(f"---\nid: A\ntitle: T\naccess: {written}\nwithdrawn: 2027-01-01\n---\nx")
    assert document.access == access
    assert document.withdrawn == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("## Første *overskrift*\nx\n# Større\ny", "Første overskrift"),
        ("Bare tekst.", "navn"),
        ("---\nTekst over en strek.\n\n---\nmer", "navn"),
        ("---\nuten slutt: x", "navn"),
    ],
)
def test_title_without_front_matter_is_the_first_heading_or_the_name(text: str, title: str) -> None:
    document = parse_document(text, "navn")
    assert (document.id, document.title) == ("navn", title)


def test_odd_syntax_survives_as_text() -> None:
    body = ".. note::\n   Pass på.\n\n::: {.callout}\nTips\n:::\n\n{% include x.html %} <organisasjonsnummer>"
    passage = parse_document(body, "a").sections[0].passage
    for part in (
        ".. note::",
        "Pass på.",
        "::: {.callout}",
        "Tips",
        "{% include x.html %} <organisasjonsnummer>",
    ):
        assert part in passage


def test_attributes_of_headings_are_left_out() -> None:
    document = parse_document("## Innlogging {#sec-inn .unnumbered}\nx", "a")
    assert (document.sections[0].heading, document.sections[0].anchor) == ("Innlogging", "innlogging")


def test_control_characters_in_front_matter_and_text_are_removed() -> None:
    document = parse_document('---\nid: A\ntitle: "T\\0itt\\u200bel"\n---\nx')
    assert document.title == "Tittel"


def test_chunks_are_title_sections_and_questions() -> None:
    chunks = chunks_of(parse_document(ROUTINE))
    assert [(c.kind, c.section) for c in chunks] == [
        ("title", None),
        ("section", 0),
        ("section", 1),
        ("question", None),
    ]
    assert chunks[0].text == "Stikkskade. kanyle, 116117"
    assert chunks[1].text.startswith("Stikkskade – Fremgangsmåte\n1. Vask")


def test_references_are_not_searched_unless_there_is_nothing_else() -> None:
    head = "---\nid: A\ntitle: T\n---\n"
    with_text = chunks_of(parse_document(f"{head}## Referansar\nLov\n## Avvik\nMeld."))
    alone = chunks_of(parse_document(f"{head}## Referanser\nLov"))
    assert [c.section for c in with_text] == [None, 1]
    assert [c.section for c in alone] == [None, 0]
