"""A page that is open shows what Sifra tells unasked, in the language of its browser."""

import pytest
from gateway_fakes import PATIENCE_S, START, GatewayMaker
from sqlalchemy import select

from database.engine import SessionFactory, reading
from organisation.directory import Directory
from organisation.tables import ConversationRow
from outbox.languages import remember_language
from outbox.notice import Notice
from outbox.outbox import Outbox

EMPLOYEE = "E1007"
VALUES = {"number": "2026-00012", "title": "Takheisen røk", "handler": "Camilla Nygård"}


def language(sessions: SessionFactory) -> str | None:
    with reading(sessions) as session:
        return session.scalars(select(ConversationRow.language)).one()


@pytest.mark.parametrize(
    ("accepted", "guess"), [("nn-NO,nn;q=0.9,nb;q=0.8", "nn"), ("nb-NO", "nb"), ("en", "nb")]
)
async def test_the_language_of_the_browser_is_a_first_guess(
    start_gateway: GatewayMaker, sessions: SessionFactory, accepted: str, guess: str
) -> None:
    async with start_gateway() as gateway:
        await gateway.client.get("/api/messages", headers={"Accept-Language": accepted})
        assert language(sessions) == guess


async def test_the_guess_does_not_overrule_what_the_person_wrote(
    start_gateway: GatewayMaker, sessions: SessionFactory
) -> None:
    async with start_gateway() as gateway:
        await gateway.client.get("/api/session", headers={"Accept-Language": "nb"})
        with sessions.begin() as session:
            remember_language(session, session.scalars(select(ConversationRow.id)).one(), "nn")
        await gateway.client.get("/api/session", headers={"Accept-Language": "nb"})
        assert language(sessions) == "nn"


async def test_what_waits_when_the_gateway_starts_is_said_to_who_reads(
    start_gateway: GatewayMaker, sessions: SessionFactory
) -> None:
    with sessions.begin() as session:
        conversation = Directory(session).open_conversation("web", f"development:{EMPLOYEE}", EMPLOYEE)
        remember_language(session, conversation, "nn")
        Outbox(session, lambda: START).post(
            Notice("a", "case_taken", VALUES, EMPLOYEE, None, START, "case:2026-00012")
        )
    async with start_gateway() as gateway:
        await gateway.client.post("/api/development/login", json={"employee_id": EMPLOYEE})
        answer = await gateway.client.get("/api/messages", params={"wait": PATIENCE_S})
    (message,) = answer.json()["messages"]
    assert message["from"] == "sifra"
    assert message["text"].startswith("Sak 2026-00012 er teken til handsaming.")
    assert [button["title"] for button in message["buttons"]] == ["Sjå saka"]
    assert "query_cases" not in answer.text
