"""Summaries, on and off, and following one case."""

import pytest
from bot_fakes import Opener
from case_turns import Turns, text_of

from bot.actions.wiring import Services
from cases.subscriptions import Frequency, Subscription, Subscriptions
from database.engine import reading

LEADER, EMPLOYEE, HANDLED = "E1006", "E1019", "2026-00077"


def stored(services: Services) -> list[Subscription]:
    with reading(services.sessions) as session:
        return Subscriptions(session).all()


def wishes(turns: Turns, text: str) -> list[str]:
    return turns.asks(text, "subscribe_updates").keys


@pytest.mark.parametrize(
    ("text", "frequency", "weekday", "hour"),
    [
        ("send meg en oppsummering hver mandag", Frequency.WEEKLY, 0, 8),
        ("oppsummering hver fredag kl 15", Frequency.WEEKLY, 4, 15),
        ("gi meg en ukentlig oppsummering", Frequency.WEEKLY, 0, 8),
        ("vekesoppsummering kvar tysdag klokka 7", Frequency.WEEKLY, 1, 7),
        ("daglig oppsummering kl. 07.30", Frequency.DAILY, None, 7),
        ("oppsummering hver dag", Frequency.DAILY, None, 8),
        ("slå på oppsummering hver mandag", Frequency.WEEKLY, 0, 8),
        ("skru på ukesrapport", Frequency.WEEKLY, 0, 8),
        ("daglig rapport klokka 99", Frequency.DAILY, None, 8),
    ],
)
def test_a_summary_is_begun(
    opened: Opener, services: Services, text: str, frequency: Frequency, weekday: int | None, hour: int
) -> None:
    turns = Turns(opened(LEADER))
    assert wishes(turns, text) == [f"utter_subscribed_{frequency.value}"]
    assert stored(services) == [Subscription(LEADER, frequency, weekday, hour)]
    assert not turns.memory.is_asking


def test_the_weekday_is_named_in_the_language_of_the_conversation(opened: Opener) -> None:
    said = Turns(opened(LEADER, language="nn")).asks("oppsummering kvar laurdag", "subscribe_updates")
    assert "kvar laurdag klokka 8" in text_of(said, "nn")


@pytest.mark.parametrize(
    "text",
    [
        "slutt med oppsummeringer",
        "jeg vil ikke ha flere oppsummeringer",
        "skru av ukesrapporten",
        "slå av oppsummering",
    ],
)
def test_a_summary_is_ended(opened: Opener, services: Services, text: str) -> None:
    turns = Turns(opened(LEADER))
    wishes(turns, "oppsummering hver dag")
    assert wishes(turns, text) == ["utter_unsubscribed"]
    assert stored(services) == []


def test_another_wish_takes_the_place_of_the_first(opened: Opener, services: Services) -> None:
    turns = Turns(opened(LEADER))
    wishes(turns, "oppsummering hver dag")
    wishes(turns, "oppsummering hver mandag")
    assert [one.frequency for one in stored(services)] == [Frequency.WEEKLY]


def test_an_unclear_wish_is_told_what_there_is(opened: Opener, services: Services) -> None:
    assert wishes(Turns(opened(LEADER)), "gi meg beskjed") == ["utter_subscription_unclear"]
    assert stored(services) == []


@pytest.mark.parametrize("employee_id", [EMPLOYEE, None])
def test_summaries_are_for_those_in_charge(
    opened: Opener, services: Services, employee_id: str | None
) -> None:
    assert wishes(Turns(opened(employee_id)), "oppsummering hver dag") == ["utter_subscription_not_for_you"]
    assert stored(services) == []


def test_one_case_is_followed_and_no_longer(opened: Opener) -> None:
    turns = Turns(opened(LEADER))
    assert wishes(turns, f"følg sak {HANDLED}") == ["utter_case_did_watch"]
    assert wishes(turns, f"følg sak {HANDLED}") == ["utter_case_already_so"]
    assert wishes(turns, f"slutt å følge sak {HANDLED}") == ["utter_case_did_unwatch"]


def test_the_case_that_is_spoken_of_is_followed(opened: Opener) -> None:
    turns = Turns(opened(LEADER))
    turns.asks(f"sak {HANDLED}")
    assert wishes(turns, "følg saken") == ["utter_case_did_watch"]


def test_a_case_that_one_may_not_see_is_not_followed(opened: Opener) -> None:
    assert wishes(Turns(opened(EMPLOYEE)), f"følg sak {HANDLED}") == ["utter_case_not_found"]
    assert wishes(Turns(opened("E1010")), f"følg sak {HANDLED}") == ["utter_case_not_allowed"]
