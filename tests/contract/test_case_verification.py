"""What was changed behind Sifra's back is found."""

# ruff: noqa: S608  The statements are ours.

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from case_world import (
    ADVISER,
    COLLEAGUE,
    LEADER,
    LEADER_ABOVE,
    REPORTER,
    SAMPLE,
    VERBS,
    World,
    do,
    import_organisation,
    ready_for,
    world_in,
)
from databases import Databases
from sqlalchemy import text
from typer.testing import CliRunner

from cases.sample_import import import_cases
from cases.verification import Problem, Verification, verify
from database.engine import reading
from sifra.case_commands import make_cases_app
from sifra.errors import SifraError

TOUCHED = "2026-00091"
OTHER = "2026-00090"


@pytest.fixture(scope="module")
def used_database(databases: Databases, migrated_database: str) -> Iterator[str]:
    """The sample, and two cases of which one has been through much."""
    url = databases.copy_of(migrated_database)
    with world_in(url) as world:
        import_organisation(world.sessions)
        with world.sessions.begin() as session:
            import_cases(session, SAMPLE / "cases" / "cases.jsonl")
        assert world.file("E1018").number == OTHER
        number = world.file(description="Pål Gjerde ropte.", subtype="konflikt_trakassering").number
        assert number == TOUCHED
        for verb in ("take", "watch", "add_measure", "note", "finish_measure", "close", "reopen", "reject"):
            world.wait(minutes=1)
            do(world, verb, ADVISER, number)
        world.service.undo(world.actor(ADVISER))
        do(world, "reject", ADVISER, number)
        do(world, "answer", REPORTER, number)
        world.service.view(world.actor(LEADER_ABOVE), number)
    yield url
    databases.drop(url)


@pytest.fixture
def url(databases: Databases, used_database: str) -> Iterator[str]:
    url = databases.copy_of(used_database)
    yield url
    databases.drop(url)


@pytest.fixture
def world(url: str) -> Iterator[World]:
    with world_in(url) as world:
        yield world


def look(world: World, expected: tuple[int, str] | None = None) -> Verification:
    with reading(world.sessions) as session:
        return verify(session, expected)


def manipulate(world: World, *statements: str) -> None:
    with world.sessions.begin() as session:
        for statement in statements:
            assert session.execute(text(statement)).rowcount > 0  # type: ignore[attr-defined]


def test_a_register_that_was_only_used_is_whole(world: World) -> None:
    found = look(world)
    assert found.problems == ()
    assert (found.cases, found.events) == (142, 142 + 12)
    with reading(world.sessions) as session:
        assert session.scalar(text("SELECT count(*) FROM case_events")) == found.events


def test_every_change_and_its_undoing_keep_the_register_whole(world: World) -> None:
    for verb in VERBS:
        number = ready_for(world, verb)
        do(world, verb, REPORTER if verb == "answer" else LEADER, number)
        if verb != "answer":
            world.service.undo(world.actor(LEADER))
            do(world, verb, LEADER, number)
    anonymous = world.file("E1013", anonymous=True, unit_id=None).number
    do(world, "take", ADVISER, anonymous)
    assert look(world).problems == ()


def test_a_digest_proves_later_that_the_events_of_then_are_the_same(world: World) -> None:
    then = look(world)
    do(world, "take", LEADER, OTHER)
    now = look(world, (then.events, then.digest))
    assert now.problems == ()
    assert now.digest != then.digest
    assert look(world, (now.events + 1, now.digest)).problems == (Problem("digest"),)
    assert look(world, (now.events, then.digest)).problems == (Problem("digest"),)


EVENT = f"UPDATE case_events SET {{}} WHERE case_number = '{TOUCHED}' AND seq = 5"


@pytest.mark.parametrize(
    "change",
    [
        "details = REPLACE(details, 'version', 'varsion')",
        "details = '{}'",
        "details = 'no JSON'",
        "actor_id = 'E1001'",
        "actor_id = NULL",
        "at = '2026-11-20 10:00:01.000000'",
        "action = 'commented'",
        "channel = 'teams'",
        "hash = '" + "0" * 64 + "'",
        "seq = 50",
    ],
)
def test_an_event_that_was_changed_breaks_the_chain(world: World, change: str) -> None:
    manipulate(world, EVENT.format(change))
    kinds = {(problem.kind, problem.case_number) for problem in look(world).problems}
    assert kinds == {("chain", TOUCHED)}


@pytest.mark.parametrize("seq", [1, 6])
def test_an_event_that_was_taken_out_breaks_the_chain(world: World, seq: int) -> None:
    manipulate(world, f"DELETE FROM case_events WHERE case_number = '{TOUCHED}' AND seq = {seq}")
    assert look(world).problems == (Problem("chain", TOUCHED, str(seq + 1)),)


def test_events_that_changed_places_break_the_chain(world: World) -> None:
    manipulate(
        world,
        *(
            f"UPDATE case_events SET seq = {after} WHERE case_number = '{TOUCHED}' AND seq = {before}"
            for before, after in ((4, 99), (5, 4), (99, 5))
        ),
    )
    assert {problem.kind for problem in look(world).problems} == {"chain"}


def test_the_last_events_that_were_cut_off_are_missed_by_the_digest(world: World) -> None:
    then = look(world)
    manipulate(world, f"DELETE FROM case_events WHERE case_number = '{TOUCHED}' AND action = 'read'")
    assert look(world).problems == ()  # Nothing of the case tells of a look.
    assert look(world, (then.events, then.digest)).problems == (Problem("digest"),)


def test_a_last_change_that_was_cut_off_is_seen_in_the_case(world: World) -> None:
    do(world, "take", LEADER, OTHER)
    manipulate(world, f"DELETE FROM case_events WHERE case_number = '{OTHER}' AND seq = 2")
    assert {problem.detail for problem in look(world).problems} == {"responded_at", "status", "version"}


def test_a_history_that_is_gone_is_missed(world: World) -> None:
    manipulate(world, f"DELETE FROM case_events WHERE case_number = '{OTHER}'")
    assert look(world).problems == (Problem("no_beginning", OTHER),)


@pytest.mark.parametrize(
    ("table", "change", "kind", "detail"),
    [
        ("cases", "status = 'lukket'", "state", "status"),
        ("cases", "assignee_id = 'E1001'", "state", "assignee_id"),
        ("cases", "due_date = '2030-01-01'", "state", "due_date"),
        ("cases", "version = 99", "state", "version"),
        ("cases", "sensitive = true", "state", "sensitive"),
        ("cases", "severity = 'lav'", "state", "severity"),
        ("cases", "closed_at = NULL", "state", "closed_at"),
        ("cases", "description = 'Alt er bra'", "text", "description"),
        ("cases", "closing_note = 'Alt er bra'", "text", "event 11"),
        ("case_comments", "text = 'x'", "text", "event 5"),
        ("case_comments", "author_id = 'E1001'", "text", "event 5"),
        ("measures", "text = 'Ingenting'", "text", "event 4"),
        ("measures", "done_at = NULL", "state", "measures"),
        ("measures", "deadline = '2030-01-01'", "state", "measures"),
        ("case_involved", "employee_id = 'E1001'", "state", "involved"),
        ("case_watchers", "employee_id = 'E1001'", "state", "watchers"),
    ],
)
def test_what_was_changed_in_the_case_itself_is_found(
    world: World, table: str, change: str, kind: str, detail: str
) -> None:
    key = "number" if table == "cases" else "case_number"
    more = " AND internal" if table == "case_comments" else ""
    manipulate(world, f"UPDATE {table} SET {change} WHERE {key} = '{TOUCHED}'{more}")
    problems = look(world).problems
    assert Problem(kind, TOUCHED, detail) in problems
    assert {problem.kind for problem in problems} == {kind}


def test_a_series_that_does_not_end_at_the_last_number_is_found(world: World) -> None:
    manipulate(world, "UPDATE case_number_series SET last_number = 95 WHERE year = 2026")
    assert look(world).problems == (Problem("series", None, "2026"),)


def test_a_case_that_was_removed_leaves_a_hole(world: World) -> None:
    manipulate(
        world,
        f"DELETE FROM case_events WHERE case_number = '{OTHER}'",
        f"DELETE FROM cases WHERE number = '{OTHER}'",
    )
    assert look(world).problems == (Problem("number", OTHER),)


def test_a_comment_that_nobody_wrote_is_found(world: World) -> None:
    manipulate(
        world,
        "INSERT INTO case_comments (case_number, author_id, speaker, internal, text, at) VALUES"
        f" ('{OTHER}', 'E1017', 'handler', false, 'Alt er bra', '2026-11-20 10:00:00.000000')",
    )
    (problem,) = look(world).problems
    assert (problem.kind, problem.case_number) == ("text", OTHER)


def test_texts_that_were_erased_with_their_salt_are_no_problem(world: World) -> None:
    manipulate(
        world,
        f"UPDATE cases SET description = '', closing_note = NULL, nonce = NULL WHERE number = '{TOUCHED}'",
        f"UPDATE case_comments SET text = '', nonce = NULL WHERE case_number = '{TOUCHED}'",
        f"UPDATE measures SET text = '', nonce = NULL WHERE case_number = '{TOUCHED}'",
    )
    assert look(world).problems == ()


def test_events_hold_no_text(world: World) -> None:
    number = world.file(description="Kanarifuglen er død.", place="Kanariøyene").number
    actor = world.actor(LEADER)
    world.handling.add_measure(actor, number, "Kanarifugl", COLLEAGUE)
    world.handling.comment(actor, number, "Kanarifugl")
    world.handling.close(actor, number, "Kanarifugl", tell_reporter=True)
    for event in world.events(number):
        assert "kanari" not in json.dumps(event.details).casefold()


# --- the command


@pytest.fixture
def verify_command(url: str) -> Callable[..., tuple[int, str]]:
    app = make_cases_app(lambda: SimpleNamespace(database_url=url))  # type: ignore[arg-type, return-value]

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["verify", *arguments])
        if isinstance(result.exception, SifraError):
            raise result.exception
        return result.exit_code, result.output

    return run


def test_the_command_prints_an_anchor_that_it_takes_later(
    world: World, verify_command: Callable[..., tuple[int, str]]
) -> None:
    found = look(world)
    code, output = verify_command()
    assert code == 0
    assert f"142 cases, {found.events} events, digest {found.digest}" in output
    anchor = output.split("Anchor: ")[1].strip()
    do(world, "take", LEADER, OTHER)
    assert verify_command("--anchor", anchor)[0] == 0
    code, output = verify_command("--anchor", anchor[:-1] + ("0" if anchor[-1] != "0" else "1"))
    assert (code, "  digest\n" in output) == (1, True)


def test_the_command_lists_problems_without_texts(
    world: World, verify_command: Callable[..., tuple[int, str]]
) -> None:
    manipulate(world, f"UPDATE cases SET description = 'Hemmelig' WHERE number = '{OTHER}'")
    code, output = verify_command()
    assert code == 1
    assert f"  text {OTHER} description\n" in output
    assert "Hemmelig" not in output


@pytest.mark.parametrize("anchor", ["", "12", "12:abc", "x:" + "0" * 64])
def test_an_anchor_that_is_none_is_refused(
    verify_command: Callable[..., tuple[int, str]], anchor: str
) -> None:
    with pytest.raises(SifraError, match="anchor"):
        verify_command("--anchor", anchor)


def test_a_database_without_the_register_is_said_so(tmp_path: Path) -> None:
    app = make_cases_app(
        lambda: SimpleNamespace(database_url=f"sqlite:///{tmp_path}/empty.db")  # type: ignore[arg-type, return-value]
    )
    result = CliRunner().invoke(app, ["verify"])
    assert isinstance(result.exception, SifraError)
