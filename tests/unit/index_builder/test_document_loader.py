"""Files of every format become documents, and what is said beside and above them counts."""

import io
from pathlib import Path

import pytest
from docx import Document as WordDocument
from fpdf import FPDF
from PIL import Image

from index_builder import document_loader
from index_builder.document_loader import derived_id, load_document
from index_builder.errors import DocumentError

HTML = """<html><head><title>Brann – Fjordvik</title></head><body><nav>Meny</nav><header>Topp</header>
<main><h1>Brannvern</h1><p>Gå ut, <a href="/kart">se kartet</a> og <a href="https://example.org">nettet</a>.</p>
<h2>Roller</h2><table><tr><th>Rolle</th><th>Oppgåve</th></tr>
<tr><td rowspan="2">Leiar</td><td><p>Varsle</p><p>Telje | sjekke</p></td></tr>
<tr><td>Rapportere</td></tr></table>
<ol><li>Varsle<ul><li>110</li></ul></li><li>Gå</li></ol><script>alert(1)</script></main>
<footer>Bunn</footer></body></html>"""


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def docx_bytes() -> bytes:
    word = WordDocument()
    word.add_heading("Stikkskade", 0)
    word.add_paragraph("Følg rutinen.")
    word.add_heading("Fremgangsmåte", 1)
    for step in ("Vask såret.", "Ring legevakta."):
        word.add_paragraph(step, style="List Number")
    word.add_paragraph("Husk hansker", style="List Bullet")
    table = word.add_table(rows=2, cols=2)
    for row, texts in enumerate((("Rolle", "Ansvar"), ("Leder", "Følger opp"))):
        for column, text in enumerate(texts):
            table.cell(row, column).text = text
    file = io.BytesIO()
    word.save(file)
    return file.getvalue()


def pdf_bytes(pages: int = 4, *, headings: bool = True, title: str = "") -> bytes:
    pdf = FPDF()
    pdf.set_auto_page_break(False)
    if title:
        pdf.set_title(title)
    for number in range(1, pages + 1):
        pdf.add_page()
        pdf.set_font("Helvetica", size=8)
        pdf.cell(0, 30, "Fjordvik kommune", new_x="LMARGIN", new_y="NEXT")
        pdf.set_y(50)
        if headings:
            pdf.set_font("Helvetica", style="B", size=18)
            pdf.cell(0, 12, f"Kapittel {number} om øving", new_x="LMARGIN", new_y="NEXT")
        pdf.set_font("Helvetica", size=11)
        text = (
            "Alle ansatte skal kjenne rutinen for evaku-\nering av bygget, og helse-\nog omsorg øver på # nå."
        )
        pdf.multi_cell(0, 6, text, new_x="LMARGIN", new_y="NEXT")
        for line in ("1. Varsle alle", "2. Gå ut"):
            pdf.cell(0, 6, line, new_x="LMARGIN", new_y="NEXT")
        with pdf.table() as table:
            for cells in (("Rolle", "Ansvar"), ("Leder", "Varsler")):
                row = table.row()
                for cell in cells:
                    row.cell(cell)
        pdf.set_y(-15)
        pdf.cell(0, 5, f"Side {number} av {pages}")
    return bytes(pdf.output())


def scanned_pdf_bytes() -> bytes:
    pdf = FPDF()
    pdf.add_page()
    pdf.image(Image.new("RGB", (60, 60), "white"), x=10, y=10, w=150)
    return bytes(pdf.output())


def test_html_is_its_main_content_with_tables_and_lists(tmp_path: Path) -> None:
    document = load_document(write(tmp_path / "brann.html", HTML))
    assert document.title == "Brannvern"
    assert [(s.heading, s.has_steps) for s in document.sections] == [("Brannvern", False), ("Roller", True)]
    assert document.sections[0].passage == "Gå ut, se kartet og nettet."
    assert document.sections[1].passage.splitlines() == [
        "Rolle | Oppgåve", "Leiar | Varsle Telje | sjekke", "Leiar | Rapportere",
        "1. Varsle", "   – 110", "2. Gå",
    ]  # fmt: skip
    for absent in ("Meny", "Topp", "Bunn", "alert", "kart)"):
        assert absent not in document.body_markdown
    assert "[nettet](https://example.org)" in document.body_markdown


def test_html_without_main_content_or_headings_has_the_title_of_the_page(tmp_path: Path) -> None:
    inner = "<table><tr><td>a</td></tr></table>"
    page = f"<title>Nøkler</title><header>Topp</header><table><tr><td>{inner}</td></tr></table>"
    document = load_document(write(tmp_path / "a.htm", page))
    assert document.title == "Nøkler"
    assert [s.passage for s in document.sections] == ["a"]


@pytest.mark.parametrize("encoding", ["iso-8859-1", "windows-1252", "utf-8", "utf-16"])
def test_html_is_read_in_its_encoding(tmp_path: Path, encoding: str) -> None:
    page = f'<html><head><meta charset="{encoding}"></head><body><p>Blåbær på øya</p></body></html>'
    assert (
        load_document(write(tmp_path / "a.html", page.encode(encoding))).sections[0].passage
        == "Blåbær på øya"
    )


def test_docx_keeps_headings_lists_and_tables(tmp_path: Path) -> None:
    document = load_document(write(tmp_path / "a.docx", docx_bytes()))
    assert document.title == "Stikkskade"
    assert [(s.heading, s.has_steps) for s in document.sections] == [
        ("Stikkskade", False),
        ("Fremgangsmåte", True),
    ]
    assert document.sections[1].passage.splitlines() == [
        "1. Vask såret.", "2. Ring legevakta.", "– Husk hansker", "Rolle | Ansvar", "Leder | Følger opp",
    ]  # fmt: skip


def test_pdf_keeps_headings_paragraphs_lists_and_tables(tmp_path: Path) -> None:
    document = load_document(write(tmp_path / "a.pdf", pdf_bytes(title="Beredskapsplan")))
    assert document.title == "Beredskapsplan"
    assert [s.heading for s in document.sections] == [f"Kapittel {n} om øving" for n in range(1, 5)]
    assert document.sections[0].passage.splitlines() == [
        "Alle ansatte skal kjenne rutinen for evakuering av bygget, og helse- og omsorg øver på # nå.",
        "1. Varsle alle", "2. Gå ut", "Rolle | Ansvar", "Leder | Varsler",
    ]  # fmt: skip


def test_pdf_without_headings_has_a_section_a_page(tmp_path: Path) -> None:
    data = pdf_bytes(headings=False, title="Microsoft Word - plan.docx")
    document = load_document(write(tmp_path / "min_plan-2026.pdf", data))
    assert [s.heading for s in document.sections] == ["Side 1", "Side 2", "Side 3", "Side 4"]
    assert document.sections[3].anchor == "side-4"


def locked_pdf_bytes() -> bytes:
    pdf = FPDF()
    pdf.add_page()
    pdf.set_encryption(owner_password="o", user_password="u")
    return bytes(pdf.output())


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.pdf", scanned_pdf_bytes(), "seems to be scanned"),
        ("a.pdf", pdf_bytes()[:400], "PDF is damaged"),
        ("a.pdf", b"", "PDF is damaged"),
        ("a.pdf", locked_pdf_bytes(), "needs a password"),
        ("a.docx", docx_bytes()[:400], "DOCX file is damaged"),
        ("a.docx", b"", "DOCX file is damaged"),
        ("a.docx", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "protected by a password"),
        ("a.html", b"<html><body><nav>Meny</nav></body></html>", "no text"),
        ("a.html", b"<div>" * 5000 + b"x", "nested too deeply"),
        ("a.odt", b"x", r"\.odt is not read"),
        ("a", b"x", "without a suffix"),
        ("a.md", b"\0\0\0", "no text"),
    ],
)
def test_unusable_file_is_refused_with_a_sentence(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    with pytest.raises(DocumentError, match=reason):
        load_document(write(tmp_path / name, content))


def test_large_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_loader, "MAX_FILE_BYTES", 2**20)
    with pytest.raises(DocumentError, match="larger than 1 MB"):
        load_document(write(tmp_path / "a.md", b"x" * (2**20 + 1)))


def test_docx_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from index_builder import docx_loader

    monkeypatch.setattr(docx_loader, "_MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(DocumentError, match="unpacks to more"):
        load_document(write(tmp_path / "a.docx", docx_bytes()))


def test_missing_file_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read"):
        load_document(tmp_path / "a.md")


def test_sidecar_says_what_front_matter_would(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pdf", pdf_bytes(title="Gammel tittel"))
    write(
        tmp_path / "a.pdf.yml",
        "id: HMS-1\ntitle: Ny tittel\naccess: employees\ntags: [brann]\nlanguage: nn-NO\n",
    )
    document = load_document(path)
    assert (document.id, document.title, document.access) == ("HMS-1", "Ny tittel", ("employees",))
    assert document.language == "nn"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.md.yml", "id: [", "a.md.yml is not valid YAML"),
        ("a.md.yml", "- x", "a.md.yml is not a list of keys"),
        ("source.yml", "acess: employees", "unknown keys: acess"),
        ("source.yml", "access: [employees", "source.yml is not valid YAML"),
    ],
)
def test_broken_words_about_a_document_keep_it_out(
    tmp_path: Path, name: str, content: str, reason: str
) -> None:
    """Who may read it may be among what cannot be read."""
    write(tmp_path / name, content)
    with pytest.raises(DocumentError, match=reason):
        load_document(write(tmp_path / "a.md", "tekst"))


def test_nearest_folder_defaults_count_and_the_document_has_the_last_word(tmp_path: Path) -> None:
    write(
        tmp_path / "source.yml",
        "source: shared\nshared_by: Granli kommune\nlicence: CC BY 4.0\naccess: employees\n",
    )
    write(tmp_path / "ny" / "source.yml", "shared_by: Dalen kommune\n")
    path = write(tmp_path / "ny" / "a.md", "---\naccess: public\n---\ntekst")
    document = load_document(path, tmp_path)
    assert (document.source, document.shared_by, document.licence) == ("shared", "Dalen kommune", "CC BY 4.0")
    assert document.access == ("public",)


def test_derived_ids_are_stable_unique_and_fit_for_addresses(tmp_path: Path) -> None:
    names = ["a b.md", "a-b.md", "a/b.md", "A/b.md", "a-b.pdf", "Ærlig øvelse/" + "lang " * 40 + ".md"]
    ids = [derived_id(tmp_path / name, tmp_path) for name in names]
    assert len(set(ids)) == len(names)
    assert all(len(doc_id) <= 64 for doc_id in ids)
    assert ids[0] == derived_id(Path("/elsewhere/a b.md"), Path("/elsewhere"))
    document = load_document(write(tmp_path / names[-1].replace("/", "-"), "tekst"), tmp_path)
    assert document.id.startswith("aerlig-ovelse-lang")


def test_title_from_the_name_reads_as_words(tmp_path: Path) -> None:
    assert load_document(write(tmp_path / "brann_og-røyk.md", "tekst")).title == "Brann og røyk"
