"""HTML in Markdown reads as text, code stays as it is."""

import pytest

from index_builder.embedded_html import without_html
from index_builder.markdown_loader import parse_document

TABLE = """Før tabellen

<table class="x">
<thead><tr><th>Kode</th><th>Betydning</th></tr></thead>
<tr>

    <td>200</td><td>OK<br>ferdig</td>
</tr>
</table>

Etter."""


def test_table_becomes_rows_in_the_passage() -> None:
    passage = parse_document(TABLE, "a").sections[0].passage
    assert passage.splitlines() == ["Før tabellen", "Kode | Betydning", "200 | OK ferdig", "Etter."]


def test_list_and_details_become_text() -> None:
    text = "<details><summary>Mer</summary><ul><li>en</li><li>to</li></ul></details>"
    passage = parse_document(text, "a").sections[0].passage
    assert passage.splitlines() == ["Mer", "– en", "– to"]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("en<br/>to", "en\\\nto"),
        ("| a<br>b |", "| a b |"),
        ("<b>fet</b> <span class='x'>ord</span>", "fet ord"),
        ('<img src="x.png" alt="kart over bygget">', "kart over bygget"),
        ("a<!-- skjult\nkommentar -->b", "ab"),
        ("`<b>` og ``<i> ` ``", "`<b>` og ``<i> ` ``"),
        ("```\n<table><tr><td>\n```\n<i>x</i>", "```\n<table><tr><td>\n```\nx"),
        ("a < b og <organisasjonsnummer>", "a < b og <organisasjonsnummer>"),
        ("<https://example.org>", "<https://example.org>"),
        ("<table>aldri lukket", "\n\n\n\naldri lukket"),
    ],
)
def test_formatting_goes_and_the_rest_stays(html: str, text: str) -> None:
    assert without_html(html) == text


def test_many_open_tables_take_no_time() -> None:
    assert "x" in without_html("<table>" * 2000 + "x")
