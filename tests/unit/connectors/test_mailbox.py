"""What is received is kept once, in order, and handled once."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from gateway_fakes import START, FakeClock
from sqlalchemy import event, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from connectors.errors import ButtonGoneError
from connectors.mailbox import Mailbox, Waiting
from connectors.messages import Button, InboundMessage, Reply
from connectors.tables import InboxRow, TranscriptRow
from database.engine import SessionFactory, reading

SOON = timedelta(seconds=10)
AWAY = Reply("Jeg får ikke svart akkurat nå.")


def message(conversation_id: str, message_id: str, text: str = "hei", channel: str = "web") -> InboundMessage:
    return InboundMessage(channel, message_id, conversation_id, text)


def press(conversation_id: str, message_id: str, button_id: str, text: str = "") -> InboundMessage:
    return InboundMessage("web", message_id, conversation_id, text, button_id)


def said(mailbox: Mailbox, conversation_id: str, after: int = 0) -> list[tuple[str, str]]:
    lines, _, _ = mailbox.read(conversation_id, after)
    return [(line.speaker, line.text) for line in lines]


def is_pending(mailbox: Mailbox, conversation_id: str) -> bool:
    return mailbox.read(conversation_id, 0)[1]


def take(mailbox: Mailbox, conversation_id: str) -> Waiting:
    waiting = mailbox.next_waiting(conversation_id)
    assert waiting is not None
    return waiting


def status_of(sessions: SessionFactory, inbox_id: int) -> str:
    with reading(sessions) as session:
        return session.get_one(InboxRow, inbox_id).status


def issue_button(mailbox: Mailbox, conversation_id: str, payload: str = "/affirm") -> str:
    """Have Sifra say something with a button, and return the button's id."""
    mailbox.receive(message(conversation_id, "to be answered"))
    mailbox.complete(
        take(mailbox, conversation_id), [Reply("Stemmer det?", buttons=(Button("Ja", payload, "primary"),))]
    )
    lines, _, _ = mailbox.read(conversation_id, 0)
    return lines[-1].buttons[0].button_id


# --- Receiving


def test_a_message_is_kept_and_waits(mailbox: Mailbox, conversation: str) -> None:
    seq = mailbox.receive(message(conversation, "m1", "Jeg fant en løs kabel"))
    lines, pending, last = mailbox.read(conversation, 0)
    assert [(line.seq, line.speaker, line.text, line.sent_at) for line in lines] == [
        (seq, "user", "Jeg fant en løs kabel", START)
    ]
    assert (pending, last) == (True, seq)
    waiting = take(mailbox, conversation)
    assert (waiting.channel, waiting.message_id, waiting.conversation_id) == ("web", "m1", conversation)
    assert (waiting.text, waiting.payload, waiting.received_at, waiting.attempts) == (
        "Jeg fant en løs kabel", None, START, 0,
    )  # fmt: skip


def test_a_redelivery_changes_nothing(mailbox: Mailbox, conversation: str) -> None:
    first = mailbox.receive(message(conversation, "m1"))
    assert mailbox.receive(message(conversation, "m1", "noe annet")) == first
    assert said(mailbox, conversation) == [("user", "hei")]


def test_a_redelivery_of_a_handled_message_is_not_handled_again(mailbox: Mailbox, conversation: str) -> None:
    first = mailbox.receive(message(conversation, "m1"))
    mailbox.complete(take(mailbox, conversation), [Reply("svar")])
    assert mailbox.receive(message(conversation, "m1")) == first
    assert mailbox.next_waiting(conversation) is None


def test_message_ids_are_each_channels_own(mailbox: Mailbox, conversation: str) -> None:
    one = mailbox.receive(message(conversation, "m1", channel="web"))
    assert mailbox.receive(message(conversation, "m1", channel="telegram")) != one


def test_racing_redeliveries_are_kept_once(mailbox: Mailbox, conversation: str) -> None:
    threads = 6
    barrier = Barrier(threads)

    def deliver(_number: int) -> int:
        barrier.wait(timeout=10)
        return mailbox.receive(message(conversation, "m1"))

    with ThreadPoolExecutor(threads) as pool:
        places = set(pool.map(deliver, range(threads)))
    assert len(places) == 1
    assert said(mailbox, conversation) == [("user", "hei")]


def test_a_redelivery_that_another_transaction_has_just_kept_gives_its_place(
    mailbox: Mailbox, conversation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL writers do not take turns: both look, both find nothing, one insert fails."""
    first = mailbox.receive(message(conversation, "m1"))
    look = Mailbox._known
    blind = iter([True])

    def look_too_early(self: Mailbox, session: Session, inbound: InboundMessage) -> int | None:
        return None if next(blind, False) else look(self, session, inbound)

    monkeypatch.setattr(Mailbox, "_known", look_too_early)
    assert mailbox.receive(message(conversation, "m1")) == first
    assert said(mailbox, conversation) == [("user", "hei")]


def test_a_conversation_that_does_not_exist_is_an_error(mailbox: Mailbox) -> None:
    with pytest.raises(IntegrityError):
        mailbox.receive(message("f" * 32, "m1"))


def test_an_immediate_answer_waits_for_nobody(mailbox: Mailbox, conversation: str) -> None:
    first = mailbox.answer_at_once(message(conversation, "m1", ""), Reply("Meldingen var tom."))
    assert mailbox.answer_at_once(message(conversation, "m1", ""), Reply("Meldingen var tom.")) == first
    assert said(mailbox, conversation) == [("user", ""), ("sifra", "Meldingen var tom.")]
    assert not is_pending(mailbox, conversation)
    assert mailbox.due([], 8) == []


# --- Buttons


def test_a_button_sends_what_it_was_issued_with(mailbox: Mailbox, conversation: str) -> None:
    button = issue_button(mailbox, conversation, '/button{"do":"submit"}')
    mailbox.receive(press(conversation, "m2", button, text="/restart"))
    waiting = take(mailbox, conversation)
    assert (waiting.text, waiting.payload) == ("Ja", '/button{"do":"submit"}')
    assert said(mailbox, conversation)[-1] == ("user", "Ja")


def test_a_button_of_another_conversation_cannot_be_pressed(
    mailbox: Mailbox, conversation: str, open_conversation: Callable[[str], str]
) -> None:
    button = issue_button(mailbox, conversation)
    other = open_conversation("visitor:b")
    with pytest.raises(ButtonGoneError):
        mailbox.receive(press(other, "m2", button))
    assert said(mailbox, other) == []
    assert mailbox.next_waiting(other) is None


@pytest.mark.parametrize("button_id", ["", "ukjent", "x" * 64, "\x00"])
def test_an_unknown_button_cannot_be_pressed(mailbox: Mailbox, conversation: str, button_id: str) -> None:
    with pytest.raises(ButtonGoneError):
        mailbox.receive(press(conversation, "m2", button_id))
    assert said(mailbox, conversation) == []


def test_typed_text_is_never_a_payload(mailbox: Mailbox, conversation: str) -> None:
    mailbox.receive(message(conversation, "m1", "/restart"))
    waiting = take(mailbox, conversation)
    assert (waiting.text, waiting.payload) == ("/restart", None)


def test_buttons_are_issued_in_order_and_each_with_its_own_id(mailbox: Mailbox, conversation: str) -> None:
    mailbox.receive(message(conversation, "m1"))
    yes, no, stop = Button("Ja", "/a", "primary"), Button("Nei", "/b"), Button("Avbryt", "/c", "danger")
    buttons = (yes, no, stop)
    mailbox.complete(take(mailbox, conversation), [Reply("?", buttons=buttons), Reply("!", buttons=buttons)])
    lines, _, _ = mailbox.read(conversation, 0)
    assert [[(b.title, b.style) for b in line.buttons] for line in lines[1:]] == [
        [("Ja", "primary"), ("Nei", "secondary"), ("Avbryt", "danger")]
    ] * 2
    assert len({b.button_id for line in lines for b in line.buttons}) == 6
    assert all(len(b.button_id) >= 20 for line in lines for b in line.buttons)


# --- Order


def test_a_conversations_messages_come_in_order(mailbox: Mailbox, conversation: str) -> None:
    for number in range(4):
        mailbox.receive(message(conversation, f"m{number}", f"nummer {number}"))
    handled = []
    while (waiting := mailbox.next_waiting(conversation)) is not None:
        handled.append(waiting.text)
        mailbox.complete(waiting, [])
    assert handled == [f"nummer {number}" for number in range(4)]


def test_due_names_each_conversation_once_the_longest_waiting_first(
    mailbox: Mailbox, open_conversation: Callable[[str], str]
) -> None:
    a, b, c = (open_conversation(f"visitor:{name}") for name in "abc")
    for number, conversation_id in enumerate([b, a, b, c, a]):
        mailbox.receive(message(conversation_id, f"m{number}"))
    assert mailbox.due([], 8) == [b, a, c]
    assert mailbox.due([], 2) == [b, a]


def test_due_leaves_out_the_busy(mailbox: Mailbox, open_conversation: Callable[[str], str]) -> None:
    a, b = (open_conversation(f"visitor:{name}") for name in "ab")
    mailbox.receive(message(a, "m1"))
    mailbox.receive(message(b, "m2"))
    assert mailbox.due([a], 8) == [b]
    assert mailbox.due([a, b], 8) == []


def test_due_leaves_out_those_with_nothing_waiting(mailbox: Mailbox, conversation: str) -> None:
    assert mailbox.due([], 8) == []
    mailbox.receive(message(conversation, "m1"))
    mailbox.complete(take(mailbox, conversation), [Reply("svar")])
    assert mailbox.due([], 8) == []


def test_a_later_message_does_not_overtake_one_that_was_postponed(
    mailbox: Mailbox, conversation: str, clock: FakeClock
) -> None:
    mailbox.receive(message(conversation, "m1", "først"))
    mailbox.postpone(take(mailbox, conversation), SOON, AWAY)
    mailbox.receive(message(conversation, "m2", "så"))
    assert mailbox.next_waiting(conversation) is None
    assert mailbox.due([], 8) == []
    clock.forward(SOON.total_seconds())
    assert mailbox.due([], 8) == [conversation]
    assert take(mailbox, conversation).text == "først"


def test_a_parked_message_lets_the_next_one_through(mailbox: Mailbox, conversation: str) -> None:
    mailbox.receive(message(conversation, "m1", "først"))
    mailbox.receive(message(conversation, "m2", "så"))
    mailbox.park(take(mailbox, conversation), Reply("Den gikk ikke."))
    assert take(mailbox, conversation).text == "så"


# --- Ends


def test_completion_writes_the_replies_and_ends_the_wait(mailbox: Mailbox, conversation: str) -> None:
    mailbox.receive(message(conversation, "m1"))
    card = {"type": "case", "fields": [{"label": "Sak", "value": "2026-00001", "note": None}]}
    mailbox.complete(take(mailbox, conversation), [Reply("Meldt.", card), Reply("Noe mer?")])
    lines, pending, last = mailbox.read(conversation, 0)
    assert [(line.speaker, line.text, line.card) for line in lines[1:]] == [
        ("sifra", "Meldt.", card),
        ("sifra", "Noe mer?", None),
    ]
    assert (pending, last) == (False, lines[-1].seq)
    assert mailbox.next_waiting(conversation) is None


def test_a_crash_between_the_replies_leaves_the_message_waiting_and_nothing_said(
    mailbox: Mailbox, conversation: str
) -> None:
    def replies() -> Iterator[Reply]:
        yield Reply("første svar")
        raise MemoryError

    mailbox.receive(message(conversation, "m1"))
    with pytest.raises(MemoryError):
        mailbox.complete(take(mailbox, conversation), replies())
    assert said(mailbox, conversation) == [("user", "hei")]
    assert is_pending(mailbox, conversation)
    assert take(mailbox, conversation).message_id == "m1"


def test_replies_and_end_are_one_transaction(
    mailbox: Mailbox, conversation: str, sessions: SessionFactory
) -> None:
    mailbox.receive(message(conversation, "m1"))
    waiting = take(mailbox, conversation)
    commits = []
    event.listen(sessions.kw["bind"], "commit", commits.append)
    mailbox.complete(waiting, [Reply("a", buttons=(Button("Ja", "/affirm"),)), Reply("b")])
    assert len(commits) == 1


def test_a_second_completion_does_nothing(mailbox: Mailbox, conversation: str) -> None:
    mailbox.receive(message(conversation, "m1"))
    waiting = take(mailbox, conversation)
    mailbox.complete(waiting, [Reply("svar")])
    mailbox.complete(waiting, [Reply("svar")])
    mailbox.park(waiting, Reply("Den gikk ikke."))
    assert said(mailbox, conversation) == [("user", "hei"), ("sifra", "svar")]


def test_postponing_what_another_worker_has_handled_does_nothing(mailbox: Mailbox, conversation: str) -> None:
    mailbox.receive(message(conversation, "m1"))
    waiting = take(mailbox, conversation)
    mailbox.complete(waiting, [Reply("svar")])
    mailbox.postpone(waiting, SOON, AWAY)
    assert said(mailbox, conversation) == [("user", "hei"), ("sifra", "svar")]


def test_a_postponed_message_is_hidden_until_it_is_due(
    mailbox: Mailbox, conversation: str, clock: FakeClock
) -> None:
    mailbox.receive(message(conversation, "m1"))
    mailbox.postpone(take(mailbox, conversation), SOON, AWAY)
    clock.forward(SOON.total_seconds() - 0.001)
    assert mailbox.next_waiting(conversation) is None
    assert is_pending(mailbox, conversation)
    clock.forward(0.001)
    assert take(mailbox, conversation).message_id == "m1"


def test_a_try_counts_before_it_is_made(mailbox: Mailbox, conversation: str) -> None:
    mailbox.receive(message(conversation, "m1"))
    for attempts in range(3):
        waiting = take(mailbox, conversation)
        assert waiting.attempts == attempts
        mailbox.begin(waiting)


def test_a_notice_of_postponement_is_said_once_by_the_system(mailbox: Mailbox, conversation: str) -> None:
    mailbox.receive(message(conversation, "m1"))
    waiting = take(mailbox, conversation)
    for _ in range(3):
        mailbox.postpone(waiting, SOON, AWAY)
    assert said(mailbox, conversation) == [("user", "hei"), ("system", AWAY.text)]


def test_a_notice_that_was_said_for_an_earlier_message_is_said_again_for_a_new_one(
    mailbox: Mailbox, conversation: str, clock: FakeClock
) -> None:
    for name in ("m1", "m2"):
        mailbox.receive(message(conversation, name))
        mailbox.postpone(take(mailbox, conversation), SOON, AWAY)
        clock.forward(SOON.total_seconds())
        mailbox.complete(take(mailbox, conversation), [Reply("svar")])
    assert [words for _, words in said(mailbox, conversation)] == ["hei", AWAY.text, "svar"] * 2


def test_a_notice_of_another_conversation_does_not_stand_in_for_ones_own(
    mailbox: Mailbox, conversation: str, open_conversation: Callable[[str], str]
) -> None:
    other = open_conversation("visitor:b")
    mailbox.receive(message(conversation, "m1"))
    mailbox.receive(message(other, "m2"))
    for conversation_id in (other, conversation):
        mailbox.postpone(take(mailbox, conversation_id), SOON, AWAY)
        assert said(mailbox, conversation_id)[-1] == ("system", AWAY.text)


def test_a_parked_message_is_kept_and_the_person_is_told(
    mailbox: Mailbox, conversation: str, sessions: SessionFactory
) -> None:
    mailbox.receive(message(conversation, "m1", "Dette klarte ingen"))
    waiting = take(mailbox, conversation)
    mailbox.park(waiting, Reply("Den gikk ikke."))
    assert said(mailbox, conversation)[-1] == ("system", "Den gikk ikke.")
    assert status_of(sessions, waiting.inbox_id) == "parked"
    with reading(sessions) as session:
        assert session.get_one(InboxRow, waiting.inbox_id).text == "Dette klarte ingen"
    assert not is_pending(mailbox, conversation)
    assert mailbox.due([], 8) == []


# --- Reading


def test_reading_goes_on_from_a_place(mailbox: Mailbox, conversation: str) -> None:
    first = mailbox.receive(message(conversation, "m1", "en"))
    second = mailbox.receive(message(conversation, "m2", "to"))
    assert said(mailbox, conversation, after=first) == [("user", "to")]
    lines, pending, last = mailbox.read(conversation, second)
    assert (lines, pending, last) == ([], True, second)


def test_reading_shows_only_ones_own_conversation(
    mailbox: Mailbox, conversation: str, open_conversation: Callable[[str], str]
) -> None:
    other = open_conversation("visitor:b")
    mailbox.receive(message(conversation, "m1", "hemmelig"))
    assert mailbox.read(other, 0) == ([], False, 0)


def test_reading_much_comes_in_portions_and_tells_the_last_place(mailbox: Mailbox, conversation: str) -> None:
    places = [mailbox.receive(message(conversation, f"m{number}")) for number in range(5)]
    lines, _, last = mailbox.read(conversation, 0, limit=3)
    assert [line.seq for line in lines] == places[:3]
    assert last == places[-1]
    lines, _, _ = mailbox.read(conversation, lines[-1].seq, limit=3)
    assert [line.seq for line in lines] == places[3:]


def test_text_of_any_kind_comes_back_as_it_went_in(mailbox: Mailbox, conversation: str) -> None:
    text = "Ærlig talt 🚑👩🏽‍⚕️ <script>alert('x')</script> \"; DROP TABLE inbox; -- {x} %s\n\tČáhppes"
    mailbox.receive(message(conversation, "m1", text))
    assert said(mailbox, conversation) == [("user", text)]
    assert take(mailbox, conversation).text == text


def test_nothing_is_ever_deleted(mailbox: Mailbox, conversation: str, sessions: SessionFactory) -> None:
    for number, end in enumerate([mailbox.complete, mailbox.park]):
        mailbox.receive(message(conversation, f"m{number}"))
        waiting = take(mailbox, conversation)
        end(waiting, [Reply("svar")] if end == mailbox.complete else Reply("svar"))
    with reading(sessions) as session:
        assert session.scalar(select(func.count()).select_from(InboxRow)) == 2
        assert session.scalar(select(func.count()).select_from(TranscriptRow)) == 4
