"""Pictures of a conversation are shown in it and nowhere else."""

import httpx
import pytest
from gateway_fakes import START, Gateway
from sqlalchemy import select

from connectors.web.security import HEADERS
from database.engine import SessionFactory
from organisation.tables import ConversationRow
from outbox.pictures import PictureStore

LIGHT, DARK = b"\x89PNG\r\n\x1a\nlight", b"\x89PNG\r\n\x1a\ndark"
EMPLOYEE = "E1007"


async def picture_of(client: httpx.AsyncClient, sessions: SessionFactory) -> str:
    """Make a picture for the conversation that a browser has just opened."""
    await client.get("/api/session")
    with sessions() as session:
        conversation = session.scalars(
            select(ConversationRow.id).order_by(ConversationRow.created_at.desc()).limit(1)
        ).one()
    return PictureStore(sessions, lambda: START).put(conversation, LIGHT, DARK, "12 avvik i november")


@pytest.mark.parametrize(
    ("query", "content"), [("", LIGHT), ("?variant=light", LIGHT), ("?variant=dark", DARK)]
)
async def test_a_picture_is_served_in_its_variants(
    gateway: Gateway, sessions: SessionFactory, query: str, content: bytes
) -> None:
    picture = await picture_of(gateway.client, sessions)
    answer = await gateway.client.get(f"/api/pictures/{picture}{query}")
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
    assert answer.headers["cache-control"] == "private, no-cache"


async def test_another_conversation_gets_the_answer_of_a_picture_that_is_not_there(
    gateway: Gateway, sessions: SessionFactory
) -> None:
    picture = await picture_of(gateway.client, sessions)
    async with gateway.browser() as other:
        answers = [await other.get(f"/api/pictures/{name}") for name in (picture, "x" * 32, "..%2f..", "%00")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}


async def test_whom_one_becomes_does_not_see_the_pictures_of_whom_one_was(
    gateway: Gateway, sessions: SessionFactory
) -> None:
    picture = await picture_of(gateway.client, sessions)
    await gateway.client.post("/api/development/login", json={"employee_id": EMPLOYEE})
    assert (await gateway.client.get(f"/api/pictures/{picture}")).status_code == 404
    await gateway.client.post("/api/development/login", json={"employee_id": None})
    assert (await gateway.client.get(f"/api/pictures/{picture}")).status_code == 200


async def test_a_variant_that_is_not_there_is_refused(gateway: Gateway, sessions: SessionFactory) -> None:
    picture = await picture_of(gateway.client, sessions)
    answers = [await gateway.client.get(f"/api/pictures/{name}?variant=blue") for name in (picture, "x" * 32)]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].content == answers[1].content
