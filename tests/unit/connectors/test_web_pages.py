"""The routines in full, and the page of the chat."""

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from gateway_fakes import Gateway

from knowledge.documents import DOCUMENT_ADAPTER, Document
from knowledge.index_files import DOCUMENTS_FILE, new_version, write_json_lines

BODY = """Innledning.

## Ved fall

1. Se etter skader.
2. Ring 113.

## Etterpå & videre

### Ved fall

Meld avvik, se [rutinen](/rutiner/FALL-02).
"""
DOCUMENT = Document(
    id="FALL-01",
    title="Fall <hos> beboer & gjest",
    owner="Sykehjem",
    version="1.2",
    valid_from=date(2026, 1, 15),
    review_by=date(2100, 1, 1),
    language="nb",
    categories=("pasient",),
    tags=(),
    unit="",
    source="local",
    shared_by=None,
    licence=None,
    example_questions=(),
    body_markdown=BODY,
    sections=(),
)


@pytest.fixture
def index_dir(tmp_path: Path) -> Path:
    return tmp_path / "index"


def publish(index_dir: Path, *documents: Document) -> None:
    with new_version(index_dir) as folder:
        write_json_lines(folder / DOCUMENTS_FILE, documents, DOCUMENT_ADAPTER)


async def test_a_routine_is_shown_with_its_headings_to_link_to(gateway: Gateway, index_dir: Path) -> None:
    publish(index_dir, DOCUMENT)
    answer = await gateway.client.get("/rutiner/FALL-01")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    ids = re.findall(r'<h[23] id="([^"]+)">', answer.text)
    assert ids == ["ved-fall", "etterpa-videre", "ved-fall-2"]
    assert "<li>Ring 113.</li>" in answer.text
    assert "<h1>Fall &lt;hos&gt; beboer &amp; gjest</h1>" in answer.text


async def test_raw_html_and_script_links_in_a_routine_are_shown_as_text(
    gateway: Gateway, index_dir: Path
) -> None:
    body = (
        "<script>alert(1)</script>\n\nHei <img src=x onerror=alert(1)>\n\n[klikk](javascript:alert(1))\n\n"
        "[data](data:text/html;base64,PHNjcmlwdD4=)\n\n## <b onclick=x>Fett</b>\n"
    )
    publish(index_dir, replace(DOCUMENT, body_markdown=body, owner="<i>Eier</i>", title="</title><script>"))
    page = (await gateway.client.get("/rutiner/FALL-01")).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>" not in page
    assert "<img src=x" not in page
    assert "<b onclick" not in page
    assert "<i>Eier" not in page
    assert 'href="javascript:' not in page
    assert 'href="data:' not in page


async def test_a_routine_whose_review_is_overdue_says_so(gateway: Gateway, index_dir: Path) -> None:
    today = date.today()  # noqa: DTZ011  a day more or less does not matter here
    publish(
        index_dir,
        replace(DOCUMENT, id="GAMMEL", review_by=today - timedelta(days=2)),
        replace(DOCUMENT, id="FRISK", review_by=today + timedelta(days=2)),
        replace(DOCUMENT, id="UTEN", review_by=None),
    )
    overdue = {
        name: "document.overdue" in (await gateway.client.get(f"/rutiner/{name}")).text
        for name in ("GAMMEL", "FRISK", "UTEN")
    }
    assert overdue == {"GAMMEL": True, "FRISK": False, "UTEN": False}


async def test_a_routine_out_of_force_is_shown_and_says_so(gateway: Gateway, index_dir: Path) -> None:
    today = date.today()  # noqa: DTZ011  a day more or less does not matter here
    publish(
        index_dir,
        replace(DOCUMENT, id="BORTE", withdrawn=today - timedelta(days=2), review_by=date(2020, 1, 1)),
        replace(DOCUMENT, id="KOMMER", valid_from=today + timedelta(days=2)),
        replace(DOCUMENT, id="GJELDER", withdrawn=today + timedelta(days=2)),
    )

    async def warnings(name: str) -> set[str]:
        page = (await gateway.client.get(f"/rutiner/{name}")).text
        return set(re.findall(r"document\.(?:withdrawn|notYet|overdue)(?=\")", page))

    assert await warnings("BORTE") == {"document.withdrawn"}
    assert await warnings("KOMMER") == {"document.notYet"}
    assert await warnings("GJELDER") == set()


@pytest.mark.parametrize(
    ("access", "readers"),
    [
        (("public",), {None, "E1019", "E1003"}),
        (("employees",), {"E1019", "E1003"}),
        (("HO",), {"E1019", "E1003"}),
        (("HO-HJT-NOR",), {"E1019"}),
        (("OPP",), set()),
    ],
)
async def test_a_routine_is_shown_to_those_it_is_for_and_is_as_good_as_none_for_others(
    gateway: Gateway, index_dir: Path, access: tuple[str, ...], readers: set[str | None]
) -> None:
    publish(index_dir, replace(DOCUMENT, access=access))
    shown: set[str | None] = set()
    for employee_id in (None, "E1019", "E1003"):
        async with gateway.browser() as browser:
            await browser.post("/api/development/login", json={"employee_id": employee_id})
            answer = await browser.get("/rutiner/FALL-01")
            missing = await browser.get("/rutiner/ukjent")
        assert answer.status_code in {200, 404}
        if answer.status_code == 200:
            shown.add(employee_id)
        else:
            assert (answer.text, answer.headers) == (missing.text, missing.headers)
    assert shown == readers


@pytest.mark.parametrize(
    "document_id",
    ["ukjent", "fall-01", "FALL-01 ", "%2e%2e", "..%2f..%2fcurrent", "%00", "%ff", "a" * 5_000, "<script>"],
)
async def test_an_unknown_routine_is_not_found(gateway: Gateway, index_dir: Path, document_id: str) -> None:
    publish(index_dir, DOCUMENT)
    answer = await gateway.client.get(f"/rutiner/{document_id}")
    assert answer.status_code == 404
    assert "<script>" not in answer.text


async def test_the_page_for_a_missing_routine_leads_back(gateway: Gateway, index_dir: Path) -> None:
    publish(index_dir, DOCUMENT)
    answer = await gateway.client.get("/rutiner/ukjent")
    assert answer.headers["content-type"].startswith("text/html")
    assert "missing.title" in answer.text
    assert 'href="/"' in answer.text


async def test_without_an_index_a_routine_is_not_found(gateway: Gateway) -> None:
    assert (await gateway.client.get("/rutiner/FALL-01")).status_code == 404


async def test_a_new_index_is_taken_into_use(gateway: Gateway, index_dir: Path) -> None:
    publish(index_dir, DOCUMENT)
    await gateway.client.get("/rutiner/FALL-01")
    publish(index_dir, replace(DOCUMENT, title="Ny tittel"))
    assert "Ny tittel" in (await gateway.client.get("/rutiner/FALL-01")).text


async def test_the_chat_page_names_the_municipality(gateway: Gateway) -> None:
    answer = await gateway.client.get("/")
    assert answer.status_code == 200
    assert "<title>Sifra – Fjordvik kommune</title>" in answer.text
    assert '<html lang="nb">' in answer.text


@pytest.mark.parametrize(
    ("accepted", "form"),
    [
        ("nn-NO,nn;q=0.9,nb;q=0.8", "nn"),
        ("nb-NO,nn;q=0.9", "nb"),
        ("no", "nb"),
        ("en-GB,en;q=0.9,nn;q=0.5", "nn"),
        ("en", "nb"),
        ("", "nb"),
        (";;,,", "nb"),
    ],
)
async def test_the_pages_are_in_the_form_that_the_browser_prefers(
    gateway: Gateway, accepted: str, form: str
) -> None:
    answer = await gateway.client.get("/", headers={"Accept-Language": accepted})
    assert f'<html lang="{form}">' in answer.text


async def test_all_that_the_pages_load_is_there(gateway: Gateway, index_dir: Path) -> None:
    publish(index_dir, DOCUMENT)
    pages = [(await gateway.client.get(path)).text for path in ("/", "/rutiner/FALL-01", "/rutiner/ukjent")]
    paths = {path for page in pages for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', page)}
    assert len(paths) >= 5
    for path in sorted(paths):
        assert (await gateway.client.get(path)).status_code == 200, path
