"""The routine page: headings that can be linked to, and nothing that can run."""

import re

import pytest

from index_builder.markdown_loader import parse_document
from knowledge.rendering import render_html


def html_of(body: str) -> str:
    return render_html(parse_document(f"---\nid: A\ntitle: T\n---\n{body}\n"))


def test_heading_ids_are_the_anchors_of_the_sections() -> None:
    text = "---\nid: A\ntitle: T\n---\n# T\n## Ansvar\nx\n## Ansvar\ny\n### *Når* det `haster`\nz\n"
    document = parse_document(text)
    ids = re.findall(r'<h\d id="([^"]*)"', render_html(document))
    assert ids == ["t", "ansvar", "ansvar-2", "nar-det-haster"]
    assert [section.anchor for section in document.sections] == ids[1:]


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script>",
        "tekst <img src=x onerror=alert(1)> tekst",
        "[klikk](javascript:alert(1))",
        "[klikk](JaVaScRiPt:alert(1))",
        "[klikk](data:text/html;base64,PHNjcmlwdD4=)",
        "[klikk](vbscript:x)",
        "![bilde](javascript:alert(1))",
        '## <i onclick="x">Overskrift</i>\ntekst',
        '[a](https://example.org "\\"onmouseover=alert(1)")',
    ],
)
def test_nothing_that_runs_gets_through(body: str) -> None:
    html = html_of(body)
    tags = re.findall(r"<[^>]*>", html)
    assert not any(re.match(r"<(script|img|i)\b", tag) for tag in tags)
    assert not any(re.search(r"\son\w+\s*=", re.sub(r'"[^"]*"', '""', tag)) for tag in tags)
    assert not re.search(r'(href|src)="(javascript|data|vbscript)', html, re.IGNORECASE)


def test_ordinary_markdown_is_kept() -> None:
    html = html_of("1. **Ring** [legevakta](https://example.org)\n\n| a |\n|---|\n| 1 |")
    assert '<strong>Ring</strong> <a href="https://example.org">legevakta</a>' in html
    assert "<td>1</td>" in html
