"""The page in a real browser: what a person sees and does, and what is in the database afterwards."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from sifra.trial import Trial

Rows = Callable[..., list[dict[str, Any]]]
TAKHEIS = "Takheisen på rom 12 på Solbakken røk i natt, jeg fikk vondt i ryggen"
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1200, "height": 850}
ANSWER_WITHIN_MS = 30_000


@pytest.fixture
def open_page(browser: Browser, trial: Trial) -> Iterator[Callable[..., Page]]:
    contexts = []
    errors: list[str] = []

    def open_it(*, viewport: dict[str, int] = DESKTOP, scheme: str = "light") -> Page:
        context = browser.new_context(viewport=viewport, color_scheme=scheme)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(trial.url)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert not errors


def _be(page: Page, employee_id: str) -> None:
    name = page.locator(f"#people option[value={employee_id}]").inner_text().split(",")[0]
    page.locator("#people").select_option(employee_id)
    expect(page.locator("#person strong")).to_have_text(name)


def _say(page: Page, text: str) -> None:
    page.locator("#text").fill(text)
    page.keyboard.press("Enter")


@pytest.mark.parametrize(("viewport", "scheme"), [(PHONE, "light"), (DESKTOP, "dark")])
def test_a_report_is_filed_from_the_page_and_read_back_from_the_database(
    open_page: Callable[..., Page], rows: Rows, screenshots: Path, viewport: dict[str, int], scheme: str
) -> None:
    page = open_page(viewport=viewport, scheme=scheme)
    # People of this test alone: the page shows all that was said before.
    _be(page, "E1015" if scheme == "light" else "E1022")
    _say(page, TAKHEIS)
    card = page.locator(".card", has_text="Slik har jeg forstått det").last
    expect(card).to_contain_text("rom 12", timeout=ANSWER_WITHIN_MS)
    page.screenshot(path=screenshots / f"summary-{scheme}.png")
    page.locator(".log button:enabled", has_text="Send").last.click()
    receipt = page.locator(".card", has_text="Saksnummer").last
    expect(receipt).to_be_visible(timeout=ANSWER_WITHIN_MS)
    number = re.search(r"20\d\d-\d{5}", receipt.inner_text())
    assert number
    page.screenshot(path=screenshots / f"receipt-{scheme}.png")
    (case,) = rows("SELECT description, category, status FROM cases WHERE number = ?", number.group())
    assert case == {"description": TAKHEIS, "category": "hms", "status": "ny"}


def test_a_routine_is_answered_and_opens_at_the_section(
    open_page: Callable[..., Page], screenshots: Path
) -> None:
    page = open_page()
    _be(page, "E1019")
    _say(page, "hva gjør jeg hvis jeg stikker meg på en sprøyte?")
    card = page.locator(".card", has_text="Stikkskade og søl av blod").last
    expect(card).to_contain_text("116 117", timeout=ANSWER_WITHIN_MS)
    marked = card.locator(".passage mark")
    assert marked.count() >= 1
    assert all(text.strip() for text in marked.all_inner_texts())
    page.screenshot(path=screenshots / "routine-answer.png")
    with page.context.expect_page() as opened:
        card.locator("a").first.click()
    document = opened.value
    expect(document.locator("main > h1")).to_have_text("Stikkskade og søl av blod")
    expect(document.locator(":target")).to_have_text("Fremgangsmåte")
    document.screenshot(path=screenshots / "routine-page.png")


def test_feedback_and_other_routines_fit_on_a_phone(
    open_page: Callable[..., Page], screenshots: Path
) -> None:
    page = open_page(viewport=PHONE)
    _be(page, "E1026")
    _say(page, "hva gjør jeg hvis jeg stikker meg på en sprøyte?")
    other = page.locator(".log button:enabled", has_text="Se også").first
    expect(other).to_be_visible(timeout=ANSWER_WITHIN_MS)
    title = re.sub(r" \([^()]*\)$", "", other.inner_text().removeprefix("Se også: "))  # who shares it
    other.click()
    expect(page.locator(".card h2", has_text=title).last).to_be_visible(timeout=ANSWER_WITHIN_MS)
    page.screenshot(path=screenshots / "other-routine-phone.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.locator(".log button:enabled", has_text="Ja").last.click()
    expect(page.locator(".log .sifra").last).to_contain_text("Så fint", timeout=ANSWER_WITHIN_MS)


def test_the_whole_report_works_with_the_keyboard_alone(open_page: Callable[..., Page], rows: Rows) -> None:
    page = open_page()
    _be(page, "E1012")
    before = rows("SELECT count(*) AS n FROM cases")[0]["n"]
    page.locator("#text").focus()
    page.keyboard.type(TAKHEIS)
    page.keyboard.press("Enter")
    send = page.locator(".log button:enabled", has_text="Send").last
    expect(send).to_be_visible(timeout=ANSWER_WITHIN_MS)
    for _ in range(40):
        page.keyboard.press("Shift+Tab")
        if send.evaluate("node => node === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.locator(".card", has_text="Saksnummer").last).to_be_visible(timeout=ANSWER_WITHIN_MS)
    assert rows("SELECT count(*) AS n FROM cases")[0]["n"] == before + 1
    expect(page.locator("#text")).to_be_focused()


def test_a_leader_sees_the_unit_s_open_cases(open_page: Callable[..., Page], screenshots: Path) -> None:
    page = open_page(scheme="dark")
    _be(page, "E1006")
    _say(page, "vis åpne saker")
    card = page.locator(".card", has_text="Åpne saker · Solbakken, avdeling Furu").last
    expect(card).to_contain_text("2026-00077", timeout=ANSWER_WITHIN_MS)
    page.screenshot(path=screenshots / "open-cases-dark.png")


def test_markup_is_rendered_as_text(open_page: Callable[..., Page]) -> None:
    page = open_page(viewport=PHONE)
    _be(page, "E1054")
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script> Taket lekker på rådhuset i dag, alt er vått"
    _say(page, evil)
    expect(page.locator(".log")).to_contain_text("Taket lekker", timeout=ANSWER_WITHIN_MS)
    expect(page.locator("#typing")).to_be_hidden(timeout=ANSWER_WITHIN_MS)
    assert page.locator(".log img, .log script").count() == 0
    assert not dialogs


def test_the_conversation_is_there_after_a_reload(open_page: Callable[..., Page]) -> None:
    page = open_page(viewport=PHONE)
    _be(page, "E1063")
    _say(page, "Hva kan du?")
    expect(page.locator(".log")).to_contain_text("Jeg er Sifra", timeout=ANSWER_WITHIN_MS)
    page.reload()
    expect(page.locator(".log")).to_contain_text("Jeg er Sifra", timeout=ANSWER_WITHIN_MS)
    assert page.locator(".log", has_text="Hva kan du?").count() == 1


def test_development_mode_is_loudly_marked(open_page: Callable[..., Page]) -> None:
    page = open_page(viewport={"width": 320, "height": 640})
    expect(page.locator(".development")).to_contain_text("Utviklingsmodus")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
