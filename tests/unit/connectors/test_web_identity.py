"""Who one is on the web: a signed cookie, and in development a choice."""

import base64
import json

import pytest
from gateway_fakes import Gateway, GatewayMaker
from itsdangerous import TimestampSigner
from sqlalchemy import update

from connectors.texts import text
from database.engine import SessionFactory
from organisation.tables import PersonRow

EMPLOYEE, OTHER = "E1007", "E1008"


async def test_the_cookie_stays_out_of_reach_of_scripts_and_other_sites(gateway: Gateway) -> None:
    cookie = (await gateway.client.get("/api/session")).headers["set-cookie"].lower()
    assert cookie.startswith("sifra=")
    assert {"httponly", "samesite=strict", "path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "secure" not in cookie, "development runs over plain HTTP"


async def test_outside_development_the_cookie_wants_https(start_gateway: GatewayMaker) -> None:
    async with start_gateway(development=False) as gateway:
        cookie = (await gateway.client.get("/api/session")).headers["set-cookie"].lower()
    assert {"httponly", "samesite=strict", "secure"} <= {part.strip() for part in cookie.split(";")}


async def test_one_is_nobody_at_first(gateway: Gateway) -> None:
    session = (await gateway.client.get("/api/session")).json()
    assert session["person"] is None
    assert session["development"] is True


async def test_in_development_one_can_be_anybody_active(gateway: Gateway) -> None:
    people = (await gateway.client.get("/api/session")).json()["people"]
    assert len(people) > 20
    chosen = next(person for person in people if person["employee_id"] == EMPLOYEE)
    assert chosen == {
        "employee_id": EMPLOYEE,
        "name": "Jorunn Eikeland",
        "title": "Sykepleier",
        "unit": chosen["unit"],
        "role": "employee",
    }
    assert chosen["unit"]


async def test_one_becomes_who_one_chose_and_nobody_again(gateway: Gateway) -> None:
    became = await gateway.client.post("/api/development/login", json={"employee_id": EMPLOYEE})
    assert became.json()["person"]["employee_id"] == EMPLOYEE
    assert (await gateway.client.get("/api/session")).json()["person"]["employee_id"] == EMPLOYEE
    await gateway.client.post("/api/development/login", json={"employee_id": None})
    assert (await gateway.client.get("/api/session")).json()["person"] is None


@pytest.mark.parametrize("employee_id", ["E9999", "", "e1007", "E1007\x00", "' OR 1=1 --"])
async def test_an_unknown_person_is_refused_in_norwegian(gateway: Gateway, employee_id: str) -> None:
    answer = await gateway.client.post("/api/development/login", json={"employee_id": employee_id})
    assert (answer.status_code, answer.json()) == (422, {"detail": text("unknown_person")})


async def test_a_choice_that_was_refused_leaves_one_as_one_was(gateway: Gateway) -> None:
    await gateway.client.post("/api/development/login", json={"employee_id": EMPLOYEE})
    await gateway.client.post("/api/development/login", json={"employee_id": "E9999"})
    assert (await gateway.client.get("/api/session")).json()["person"]["employee_id"] == EMPLOYEE


@pytest.mark.parametrize(
    "body", [{}, {"employee_id": 7}, {"employee_id": "x" * 65}, {"employee_id": None, "role": "a"}]
)
async def test_a_choice_in_another_shape_is_refused(gateway: Gateway, body: dict[str, object]) -> None:
    answer = await gateway.client.post("/api/development/login", json=body)
    assert (answer.status_code, answer.json()) == (422, {"detail": text("bad_request")})


@pytest.mark.parametrize(
    "changes",
    [
        {"development": False},
        {"development": True, "host": "0.0.0.0"},  # noqa: S104
        {"development": True, "host": "10.0.0.4"},
    ],
)
async def test_there_is_no_choice_outside_development_on_this_machine(
    start_gateway: GatewayMaker, changes: dict[str, object]
) -> None:
    async with start_gateway(**changes) as gateway:
        for employee_id in (EMPLOYEE, "E9999", None):
            answer = await gateway.client.post("/api/development/login", json={"employee_id": employee_id})
            assert answer.status_code == 404
        session = (await gateway.client.get("/api/session")).json()
        assert session == {"person": None, "development": False, "people": []}
        assert "people" not in (await gateway.client.get("/")).text


async def test_a_choice_of_development_mode_says_nothing_once_that_is_off(
    start_gateway: GatewayMaker,
) -> None:
    async with start_gateway() as gateway:
        await gateway.client.post("/api/development/login", json={"employee_id": EMPLOYEE})
        await say(gateway, "hemmelig")
        cookie = gateway.client.cookies["sifra"]
    async with start_gateway(development=False) as gateway:
        gateway.client.cookies.set("sifra", cookie)
        assert (await gateway.client.get("/api/session")).json()["person"] is None
        assert (await gateway.client.get("/api/messages")).json()["messages"] == []


async def test_a_person_who_has_left_is_nobody(gateway: Gateway, sessions: SessionFactory) -> None:
    await gateway.client.post("/api/development/login", json={"employee_id": EMPLOYEE})
    await say(gateway, "hei")
    with sessions.begin() as session:
        session.execute(update(PersonRow).where(PersonRow.employee_id == EMPLOYEE).values(active=False))
    answer = await gateway.client.get("/api/session")
    assert (answer.status_code, answer.json()["person"]) == (200, None)
    assert (await gateway.client.get("/api/messages")).json()["messages"] == []


@pytest.mark.parametrize("secret", ["", "another secret"])
async def test_a_cookie_that_somebody_else_signed_is_a_strangers(gateway: Gateway, secret: str) -> None:
    content = base64.b64encode(json.dumps({"visitor": "v", "employee_id": EMPLOYEE}).encode())
    gateway.client.cookies.set("sifra", TimestampSigner(secret).sign(content).decode())
    assert (await gateway.client.get("/api/session")).json()["person"] is None


@pytest.mark.parametrize("cookie", ["", "null", "x", "a.b.c", "=" * 4000])
async def test_a_broken_cookie_is_a_strangers(gateway: Gateway, cookie: str) -> None:
    answer = await gateway.client.get("/api/session", headers={"Cookie": f"sifra={cookie}"})
    assert (answer.status_code, answer.json()["person"]) == (200, None)


# --- Conversations


async def say(gateway: Gateway, words: str) -> None:
    answer = await gateway.client.post("/api/messages", json={"client_id": "0123456789", "text": words})
    assert answer.status_code == 202


async def test_a_conversation_is_there_again_at_the_next_visit(gateway: Gateway) -> None:
    await say(gateway, "hei")
    assert (await gateway.client.get("/api/messages")).json()["messages"][0]["text"] == "hei"


async def test_another_browser_does_not_see_it(gateway: Gateway) -> None:
    await say(gateway, "hemmelig")
    async with gateway.browser() as other:
        assert (await other.get("/api/messages")).json() == {"messages": [], "pending": False, "last": 0}


async def test_another_person_in_the_same_browser_does_not_see_it(gateway: Gateway) -> None:
    await gateway.client.post("/api/development/login", json={"employee_id": EMPLOYEE})
    await say(gateway, "hemmelig")
    for other in (OTHER, None):
        await gateway.client.post("/api/development/login", json={"employee_id": other})
        assert (await gateway.client.get("/api/messages")).json()["messages"] == []
    await gateway.client.post("/api/development/login", json={"employee_id": EMPLOYEE})
    assert (await gateway.client.get("/api/messages")).json()["messages"][0]["text"] == "hemmelig"


async def test_the_same_client_id_in_two_conversations_is_two_messages(gateway: Gateway) -> None:
    body = {"client_id": "0123456789", "text": "hei"}
    async with gateway.browser() as other:
        one = (await gateway.client.post("/api/messages", json=body)).json()["seq"]
        two = (await other.post("/api/messages", json=body)).json()["seq"]
    assert one != two
