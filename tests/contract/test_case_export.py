"""The register as a file: whole there and back on both databases, refused when anything is wrong with it."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from case_world import ADVISER, COLLEAGUE, LEADER, NOW, REPORTER, World, do, import_organisation, world_in
from databases import Databases
from sqlalchemy import func, select

from cases.categories import Category
from cases.errors import RegisterFileError
from cases.export import Scope, export_register
from cases.export_csv import export_table
from cases.history import History, broken_links
from cases.register_import import import_register
from cases.register_records import FileDigest, to_line
from cases.sample_import import import_cases
from cases.tables import AttachmentRow, BreachRow, CaseRow
from database.base import Base
from database.engine import reading
from database.migrate import upgrade

SAMPLE = Path(__file__).parents[2] / "sample"
LATER = NOW.replace(hour=23)
# What the file leaves out; all other tables of the room are in it.
LEFT_OUT = {"case_subscriptions", "trend_alerts"}


def exported(world: World, **options: Any) -> bytes:
    lines: list[bytes] = []
    with reading(world.sessions) as session:
        export_register(session, lines.append, NOW, "0006", **{"attachments": True, **options})
    return b"".join(lines)


def write_file(folder: Path, content: bytes) -> Path:
    path = folder / "register.jsonl"
    path.write_bytes(content)
    return path


def take_in(world: World, path: Path) -> None:
    with world.sessions.begin() as session:
        import_register(session, path)


def fill(world: World) -> None:
    """Cases of every kind of state, with all that may belong to one."""
    with world.sessions.begin() as session:
        import_cases(session, SAMPLE / "cases" / "cases.jsonl")
    number = world.file(description='=HYPERLINK("x") æøå \u2028 én; to\nlinjer', protected=True).number
    for verb in ("take", "add_measure", "comment", "note", "answer", "watch", "involve"):
        do(world, verb, REPORTER if verb == "answer" else ADVISER if verb == "watch" else LEADER, number)
    undone = world.actor(LEADER)
    world.handling.note(undone, number, "Angres.")
    world.service.undo(undone)
    other = world.file(reporter_id=None, conversation_id=world.open_conversation(None)).number
    into = world.file(anonymous=True).number
    world.handling.merge(world.actor(LEADER), other, into)
    secret = world.file(category=Category.INFORMASJONSSIKKERHET, subtype="feilsendt").number
    do(world, "mark_sensitive", LEADER, secret)
    do(world, "close", LEADER, secret)
    with world.sessions.begin() as session:
        session.add(
            AttachmentRow(
                case_number=number, name="bilde.png", media_type="image/png", sha256="0" * 64,
                content=b"\x00\xff\x01", added_by=REPORTER, added_at=NOW,
            )
        )  # fmt: skip
        session.merge(
            BreachRow(case_number=secret, discovered_at=NOW, answers={"æ": [1, None]}, decided_by=COLLEAGUE)
        )


@pytest.fixture
def empty_world(databases: Databases, migrated_database: str) -> Iterator[Callable[[], Any]]:
    made: list[str] = []

    @contextmanager
    def make() -> Iterator[World]:
        made.append(databases.copy_of(migrated_database))
        with world_in(made[-1]) as world:
            import_organisation(world.sessions)
            yield world

    yield make
    for url in made:
        databases.drop(url)


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A full register as a file, made on SQLite."""
    url = f"sqlite:///{tmp_path_factory.mktemp('full')}/full.db"
    upgrade(url)
    with world_in(url) as world:
        import_organisation(world.sessions)
        fill(world)
        return exported(world)


def records(content: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in content.split(b"\n")[:-1]]


def sealed(lines: list[dict[str, Any]]) -> bytes:
    """A file whose end fits its lines, as somebody would make it who knows how."""
    digest, made = FileDigest(lines[0]), [to_line(lines[0])]
    for record in lines[1:-1]:
        made.append(to_line(record))
        digest.add(made[-1])
    return b"".join([*made, digest.end_line()])


def test_an_exported_register_comes_back_byte_by_byte(
    empty_world: Callable[[], Any], content: bytes, tmp_path: Path
) -> None:
    with empty_world() as world:
        take_in(world, write_file(tmp_path, content))
        assert exported(world) == content


def test_what_is_written_after_an_import_goes_on_where_the_file_ended(
    empty_world: Callable[[], Any], content: bytes, tmp_path: Path
) -> None:
    lines = records(content)
    last = max(line["case"]["number"] for line in lines if "case" in line)
    comments = [item["id"] for line in lines if "case" in line for item in line["case"]["comments"]]
    with empty_world() as world:
        take_in(world, write_file(tmp_path, content))
        number = world.file().number
        assert int(number[5:]) == int(last[5:]) + 1
        event = world.handling.note(world.actor(LEADER), number, "Nytt notat.").event
        assert event is not None
        assert event.details["comment"] > max(comments)
        with reading(world.sessions) as session:
            assert not list(broken_links(History(session).rows()))


def test_every_table_of_cases_is_in_the_file_or_named_as_left_out(content: bytes) -> None:
    lines = records(content)
    case = max((row["case"] for row in lines if "case" in row), key=lambda case: len(case["measures"]))
    columns = {column.name for column in Base.metadata.tables["cases"].columns}
    assert columns <= set(case)
    own = {
        "cases", "case_number_series", "case_events", "measures", "case_routines", "case_watchers",
        "case_involved", "case_comments", "case_attachments", "case_breaches",
    }  # fmt: skip
    of_room = {
        mapper.local_table.name
        for mapper in Base.registry.mappers
        if mapper.class_.__module__ == "cases.tables"
    }
    assert of_room == own | LEFT_OUT
    for part in ("measures", "routines", "watchers", "involved", "comments", "attachments", "breaches"):
        assert any(row["case"][part] for row in lines if "case" in row), part


def test_only_the_moment_of_the_export_differs_between_two_exports(content: bytes, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/again.db"
    upgrade(url)
    with world_in(url) as world:
        import_organisation(world.sessions)
        take_in(world, write_file(tmp_path, content))
        lines: list[bytes] = []
        with reading(world.sessions) as session:
            export_register(session, lines.append, LATER, "0006", attachments=True)
    first, second = records(content), records(b"".join(lines))
    assert first[0].pop("exported_at") != second[0].pop("exported_at")
    assert first == second


def changed(content: bytes, kind: str) -> bytes:
    lines = content.split(b"\n")[:-1]
    cases = [place for place, line in enumerate(lines) if line.startswith(b'{"case"')]
    events = [place for place, line in enumerate(lines) if line.startswith(b'{"event"')]
    match kind:
        case "a changed case":
            lines[cases[3]] = lines[cases[3]].replace(b'"sensitive":false', b'"sensitive":true')
        case "a changed event":
            lines[events[5]] = lines[events[5]].replace(b'"channel":"import"', b'"channel":"web"')
        case "a missing case":
            del lines[cases[0]]
        case "a missing event":
            del lines[events[-1]]
        case "a missing end":
            del lines[-1]
        case "half a line":
            return content[:-20]
        case "another order of events":
            lines[events[0]], lines[events[1]] = lines[events[1]], lines[events[0]]
        case "another order of cases":
            lines[cases[0]], lines[cases[1]] = lines[cases[1]], lines[cases[0]]
        case "a changed series":
            lines[0] = lines[0].replace(b'"2025":', b'"2024":')
    made = b"\n".join(lines) + b"\n"
    assert made != content
    return made


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "kind",
    [
        *("a changed case", "a changed event", "a missing case", "a missing event", "a missing end"),
        *("half a line", "another order of events", "another order of cases", "a changed series"),
    ],
)
def test_a_damaged_file_is_refused_as_a_whole(
    empty_world: Callable[[], Any], content: bytes, tmp_path: Path, kind: str
) -> None:
    with empty_world() as world:
        with pytest.raises(RegisterFileError):
            take_in(world, write_file(tmp_path, changed(content, kind)))
        with reading(world.sessions) as session:
            assert session.scalar(select(func.count()).select_from(CaseRow)) == 0


def tampered(content: bytes, kind: str) -> bytes:
    lines = records(content)
    event = next(place for place, line in enumerate(lines) if "event" in line)
    match kind:
        case "an event's actor":
            lines[event]["event"]["actor_id"] = COLLEAGUE
        case "the last event":
            lines[0]["header"]["events"] -= 1
            del lines[-2]
        case "two events":
            lines[event], lines[event + 1] = lines[event + 1], lines[event]
        case "a case after events":
            lines.insert(event, lines.pop(event - 1))
    return sealed(lines)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", ["an event's actor", "the last event", "two events", "a case after events"])
def test_a_file_with_another_history_is_refused_even_if_its_end_was_made_to_fit(
    empty_world: Callable[[], Any], content: bytes, tmp_path: Path, kind: str
) -> None:
    with empty_world() as world, pytest.raises(RegisterFileError):
        take_in(world, write_file(tmp_path, tampered(content, kind)))


def test_a_register_that_has_cases_takes_nothing_in(
    empty_world: Callable[[], Any], content: bytes, tmp_path: Path
) -> None:
    with empty_world() as world:
        world.file()
        with pytest.raises(RegisterFileError, match="has cases"):
            take_in(world, write_file(tmp_path, content))


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_unknown_people_and_units_are_named_by_line_and_at_most_ten(
    empty_world: Callable[[], Any], content: bytes, tmp_path: Path
) -> None:
    lines = records(content)
    lines[1]["case"]["assignee_id"] = "E9999"
    lines[2]["case"]["unit_id"] = "NOWHERE"
    with empty_world() as world:
        with pytest.raises(RegisterFileError) as refused:
            take_in(world, write_file(tmp_path, sealed(lines)))
        assert refused.value.problems == (
            "line 2: unknown person E9999",
            "line 3: unknown unit NOWHERE",
        )
        for line in lines[1:30]:
            line["case"]["assignee_id"] = "E9999"
        with pytest.raises(RegisterFileError) as refused:
            take_in(world, write_file(tmp_path, sealed(lines)))
        assert len(refused.value.problems) == 10


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_what_is_wrong_with_a_line_is_said_without_its_text(
    empty_world: Callable[[], Any], content: bytes, tmp_path: Path
) -> None:
    lines = records(content)
    lines[1]["case"]["due_date"] = "hemmelig"
    lines[2]["case"]["sensitive"] = 1
    lines[3]["case"]["status"] = "hemmelig"
    lines[4]["case"]["title"] = "hemmelig" * 99
    lines[5]["case"]["reported_at"] = "2026-01-01T00:00:00"
    del lines[6]["case"]["origin"]
    lines[7]["case"]["measures"] = [{}]
    lines[8]["case"]["version"] = True
    with empty_world() as world:
        with pytest.raises(RegisterFileError) as refused:
            take_in(world, write_file(tmp_path, sealed(lines)))
        assert len(refused.value.problems) == 8
        assert "hemmelig" not in str(refused.value)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_a_part_of_a_register_is_not_taken_in(
    empty_world: Callable[[], Any], content: bytes, tmp_path: Path
) -> None:
    with empty_world() as world:
        take_in(world, write_file(tmp_path, content))
        part = exported(world, scope=Scope(2025))
        without_files = exported(world, attachments=False)
    lines = records(part)
    numbers = {line["case"]["number"] for line in lines if "case" in line}
    assert numbers
    assert {line["case"]["reported_on"][:4] for line in lines if "case" in line} == {"2025"}
    assert {line["event"]["case_number"] for line in lines if "event" in line} == numbers
    for broken, words in ((part, "only a part"), (without_files, "--attachments")):
        with empty_world() as world, pytest.raises(RegisterFileError, match=words):
            take_in(world, write_file(tmp_path, broken))


def table(world: World, **options: Any) -> bytes:
    pieces: list[bytes] = []
    with reading(world.sessions) as session:
        export_table(session, pieces.append, "nb", **options)
    return b"".join(pieces)


def test_a_table_tells_neither_protected_reporters_nor_notes_nor_sensitive_cases(
    empty_world: Callable[[], Any],
) -> None:
    with empty_world() as world:
        protected = world.file(protected=True)
        do(world, "note", LEADER, protected.number)
        do(world, "comment", LEADER, protected.number)
        shown = world.file(COLLEAGUE)
        secret = world.file(description="Denne er skjermet")
        do(world, "mark_sensitive", LEADER, secret.number)
        text, whole = table(world).decode(), table(world, sensitive=True).decode()
    assert world_name(text, protected.number) == ""
    assert world_name(text, shown.number) == "Siv Kvamme"
    assert "Ringte vaktmesteren" not in whole
    assert "Vi ser på det." in text
    assert "skjermet" not in text
    assert "skjermet" in whole


def world_name(text: str, number: str) -> str:
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";")
    return next(row["Melder"] for row in rows if row["Saksnummer"] == number)


def test_a_table_keeps_to_its_scope_and_counts_each_case_once(empty_world: Callable[[], Any]) -> None:
    with empty_world() as world:
        with world.sessions.begin() as session:
            import_cases(session, SAMPLE / "cases" / "cases.jsonl")
        here = world.file().number
        whole = table(world).decode()
        unit = table(world, scope=Scope(2026, frozenset({"HO-HJT-NOR"}))).decode()
    assert whole.count('\r\n"20') == 141
    assert f'"{here}"' in unit
    assert all('"HO-HJT-NOR"' in line for line in unit.split('\r\n"20')[1:])
    assert '"2025-' not in unit
