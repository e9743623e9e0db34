"""Lists and counts are what a plain loop over the cases finds, and tell nobody what is not theirs."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from case_world import KEY, SAMPLE, World, do, import_organisation, world_in
from databases import Databases
from sqlalchemy import true

from cases.calendar import oslo_date
from cases.case_work import Actor
from cases.categories import Category, Kind, Severity, Status
from cases.errors import NotALeaderError
from cases.model import Case
from cases.policy import Right, asker, rights_on
from cases.query import CaseQuery, Comparison, Days, Grouping, Order, Want, Who
from cases.repository import CaseRepository
from cases.sample_import import import_cases
from database.engine import reading
from organisation.directory import Directory
from organisation.origin import origin_of

ADVISER, TOP, HEALTH, FURU, OFFICER = "E1065", "E1001", "E1003", "E1006", "E1002"
TODAY = date(2026, 11, 20)
ALL = 1_000
Filter = Callable[[Case], bool]


@pytest.fixture(scope="module")
def world(databases: Databases, migrated_database: str) -> Iterator[World]:
    """The sample, and a few cases more: ended by merging, sensitive, anonymous, with strange letters."""
    url = databases.copy_of(migrated_database)
    with world_in(url) as world:
        import_organisation(world.sessions)
        with world.sessions.begin() as session:
            import_cases(session, SAMPLE / "cases" / "cases.jsonl")
        furu = {"unit_id": "HO-SOL-FUR"}
        merged = world.file("E1008", **furu).number
        world.handling.merge(world.actor(FURU), merged, world.file("E1008", **furu).number)
        sensitive = world.file("E1009", unit_id="OPP-NES").number
        do(world, "mark_sensitive", "E1034", sensitive)
        world.file("E1010", anonymous=True, place="ÅSEN 100%", description="Rømming_fra post")
        world.file("E1010", place="åsen 100%", description="100 kroner", unit_id=None)
        yield world
    databases.drop(url)


def cases_of(world: World, who: str | None) -> list[Case]:
    """What is somebody's by duty, found without the database's help."""
    with reading(world.sessions) as session:
        directory = Directory(session)
        person = directory.person(who) if who else None
        me = asker(person, None, directory, TODAY)
        return [
            case
            for case in CaseRepository(session).newest(true(), ALL)
            if Right.READ_INTERNAL in rights_on(me, case)
        ]


def units_below(world: World, unit_id: str) -> frozenset[str]:
    with reading(world.sessions) as session:
        return Directory(session).unit_and_below(unit_id)


def told(case: Case) -> str:
    words = " ".join(filter(None, (case.title, case.description, case.place)))
    return unicodedata.normalize("NFC", words).casefold()


def between(day: date | None, first: date, end: date) -> bool:
    return day is not None and first <= day < end


OCTOBER = date(2026, 10, 1), date(2026, 11, 1)
SPRING = date(2026, 3, 1), date(2026, 6, 1)
QUERIES: list[tuple[dict[str, Any], Filter]] = [
    ({}, lambda case: True),
    ({"number": "2026-00012"}, lambda case: case.number == "2026-00012"),
    ({"kind": Kind.IMPROVEMENT}, lambda case: case.kind is Kind.IMPROVEMENT),
    (
        {"categories": (Category.HMS, Category.YTRE_MILJO)},
        lambda case: case.category in (Category.HMS, Category.YTRE_MILJO),
    ),
    ({"subtypes": ("legemiddel",)}, lambda case: case.subtype == "legemiddel"),
    (
        {"severities": (Severity.HOY, Severity.KRITISK)},
        lambda case: case.severity in (Severity.HOY, Severity.KRITISK),
    ),
    ({"statuses": (Status.NY, Status.TILTAK)}, lambda case: case.status in (Status.NY, Status.TILTAK)),
    ({"assignee": "E1006"}, lambda case: case.assignee_id == "E1006"),
    ({"assignee": Who.NOBODY}, lambda case: case.assignee_id is None),
    ({"reported": Days(*OCTOBER)}, lambda case: between(oslo_date(case.reported_at), *OCTOBER)),
    ({"reported": Days(OCTOBER[0])}, lambda case: oslo_date(case.reported_at) >= OCTOBER[0]),
    ({"reported": Days(None, OCTOBER[1])}, lambda case: oslo_date(case.reported_at) < OCTOBER[1]),
    (
        {"closed": Days(*SPRING)},
        lambda case: case.closed_at is not None and between(oslo_date(case.closed_at), *SPRING),
    ),
    ({"closed": Days()}, lambda case: case.closed_at is not None),
    ({"due": Days(*OCTOBER)}, lambda case: between(case.due_date, *OCTOBER)),
    ({"overdue": True}, lambda case: case.is_overdue(TODAY)),
    ({"unit_id": "HO-SOL-FUR"}, lambda case: case.unit_id == "HO-SOL-FUR"),
    ({"unit_id": "HO", "only_unit": True}, lambda case: case.unit_id == "HO"),
    ({"unit_id": "NOPE"}, lambda case: False),
    ({"text": "heis"}, lambda case: "heis" in told(case)),
    ({"text": "SJÅFØR"}, lambda case: "sjåfør" in told(case)),
    ({"text": unicodedata.normalize("NFD", "på Åsen")}, lambda case: "på åsen" in told(case)),
    ({"text": unicodedata.normalize("NFD", "Åsen")}, lambda case: "åsen" in told(case)),
    ({"text": "0%"}, lambda case: "0%" in told(case)),
    ({"text": "g_f"}, lambda case: "g_f" in told(case)),
    ({"text": "%"}, lambda case: "%" in told(case)),
    ({"text": "\0 isen "}, lambda case: "isen" in told(case)),
    ({"text": "' OR 1=1 --"}, lambda case: False),
    (
        {"categories": (Category.TJENESTE,), "overdue": True, "reported": Days(SPRING[0])},
        lambda case: (
            case.category is Category.TJENESTE
            and case.is_overdue(TODAY)
            and oslo_date(case.reported_at) >= SPRING[0]
        ),
    ),
]


@pytest.mark.parametrize(
    ("fields", "wanted"), QUERIES, ids=[str(list(fields.items())) for fields, _ in QUERIES]
)
def test_a_list_has_what_is_asked_for(world: World, fields: dict[str, Any], wanted: Filter) -> None:
    for who in (ADVISER, TOP, HEALTH, OFFICER):
        cases = list(filter(wanted, cases_of(world, who)))
        expected = {case.number for case in cases}
        page = world.service.search.list(world.actor(who), CaseQuery(**fields), ALL)
        assert {case.number for case in page.cases} == expected
        assert page.total == len(page.cases) == len(expected)
        counted = world.service.search.count(world.actor(who), CaseQuery(want=Want.COUNT, **fields))
        assert counted.total == sum(case.merged_into is None for case in cases)


def test_the_questions_find_something_and_not_all(world: World) -> None:
    everything = cases_of(world, ADVISER)
    found = [sum(map(wanted, everything)) for _, wanted in QUERIES]
    assert sum(0 < number < len(everything) for number in found) >= len(QUERIES) - 5


@pytest.mark.parametrize("unit_id", ["KD", "HO", "HO-SOL", "OPP"])
def test_a_unit_is_asked_for_with_those_below(world: World, unit_id: str) -> None:
    page = world.service.search.list(world.actor(ADVISER), CaseQuery(unit_id=unit_id), ALL)
    units = units_below(world, unit_id)
    assert {case.number for case in page.cases} == {
        case.number for case in cases_of(world, ADVISER) if case.unit_id in units
    }


ORDERS: dict[Order, Callable[[Case], Any]] = {
    Order.URGENCY: lambda case: (
        not case.is_overdue(TODAY), -list(Severity).index(case.severity), case.due_date, case.number
    ),
    Order.OLDEST: lambda case: (case.reported_at, case.number),
    Order.SEVERITY: lambda case: (-list(Severity).index(case.severity), case.due_date, case.number),
    Order.DUE: lambda case: (case.due_date, -list(Severity).index(case.severity), case.number),
}  # fmt: skip


@pytest.mark.parametrize("order", list(Order))
def test_the_order_is_the_one_asked_for_and_pages_are_its_parts(world: World, order: Order) -> None:
    actor, query = world.actor(ADVISER), CaseQuery(order=order)
    whole = world.service.search.list(actor, query, ALL).cases
    if order is Order.NEWEST:
        assert list(whole) == sorted(whole, key=lambda case: (case.reported_at, case.number), reverse=True)
    else:
        assert list(whole) == sorted(whole, key=ORDERS[order])
    pages = [world.service.search.list(actor, query, 40, offset) for offset in range(0, 200, 40)]
    assert tuple(case for page in pages for case in page.cases) == whole
    assert {page.total for page in pages} == {len(whole)}


def test_a_limit_bounds_the_whole_list(world: World) -> None:
    actor, query = world.actor(ADVISER), CaseQuery(order=Order.NEWEST, limit=7)
    whole = world.service.search.list(actor, CaseQuery(order=Order.NEWEST), ALL).cases
    pages = [world.service.search.list(actor, query, 5, offset) for offset in (0, 5, 10)]
    assert [len(page.cases) for page in pages] == [5, 2, 0]
    assert {page.total for page in pages} == {7}
    assert tuple(case for page in pages for case in page.cases) == whole[:7]
    assert world.service.search.list(actor, CaseQuery(number="2026-00012", limit=7), 5).total == 1


# --- own cases


def test_everybody_lists_their_own_reports_and_cases(world: World) -> None:
    with reading(world.sessions) as session:
        everything = CaseRepository(session).newest(true(), ALL)
    for who in ("E1008", "E1035", "E1046"):
        reported = world.service.search.list(world.actor(who), CaseQuery(reporter=Who.ME), ALL)
        assert {case.number for case in reported.cases} == {
            case.number for case in everything if case.reporter_id == who
        }
        handled = world.service.search.list(world.actor(who), CaseQuery(assignee=Who.ME), ALL)
        assert {case.number for case in handled.cases} == {
            case.number for case in everything if case.assignee_id == who
        }


def test_an_unknown_sender_lists_what_was_reported_in_the_conversation(world: World) -> None:
    conversation_id = world.open_conversation(None)
    filed = world.file(None, conversation_id=conversation_id)
    actor = Actor(None, conversation_id, "web")
    page = world.service.search.list(actor, CaseQuery(reporter=Who.ME), ALL)
    assert [case.number for case in page.cases] == [filed.number]
    assert page.cases[0].origin == origin_of(conversation_id, KEY)
    other = Actor(None, world.open_conversation(None), "web")
    assert world.service.search.list(other, CaseQuery(reporter=Who.ME), ALL).total == 0


@pytest.mark.parametrize("who", ["E1008", "E1061", None])
@pytest.mark.parametrize("ask", ["list", "count"])
def test_who_has_nothing_in_their_charge_has_no_list(world: World, who: str | None, ask: str) -> None:
    search = world.service.search
    with pytest.raises(NotALeaderError):
        search.list(world.actor(who), CaseQuery(), ALL) if ask == "list" else search.count(
            world.actor(who), CaseQuery(unit_id="HO")
        )


# --- counts


def group_key(group: Grouping, case: Case) -> str:
    day = oslo_date(case.reported_at)
    year, week, _ = day.isocalendar()
    keys: dict[Grouping, str | None] = {
        Grouping.WEEK: f"{year}-W{week:02d}",
        Grouping.MONTH: f"{day:%Y-%m}",
        Grouping.YEAR: f"{day:%Y}",
        Grouping.CATEGORY: case.category,
        Grouping.SUBTYPE: case.subtype,
        Grouping.SEVERITY: case.severity,
        Grouping.STATUS: case.status,
        Grouping.UNIT: case.unit_id,
        Grouping.ASSIGNEE: case.assignee_id,
        Grouping.PLACE: case.place.casefold() if case.place else None,
    }
    return keys[group] or ""


@pytest.mark.parametrize("group", list(Grouping))
def test_groups_are_counted(world: World, group: Grouping) -> None:
    for who in (ADVISER, HEALTH):
        expected = Counter(group_key(group, case) for case in cases_of(world, who) if not case.merged_into)
        found = world.service.search.count(world.actor(who), CaseQuery(group_by=group))
        assert {row.key: row.count for row in found.rows if row.count} == expected
        assert (found.total, found.group_by, found.hidden) == (expected.total(), group, False)
        keys = [row.key for row in found.rows]
        if group in (Grouping.WEEK, Grouping.MONTH, Grouping.YEAR):
            assert keys == sorted(keys)
            gaps = {Grouping.WEEK: 79, Grouping.MONTH: 19, Grouping.YEAR: 2}
            assert who != ADVISER or len(keys) == gaps[group]
        else:
            assert [row.count for row in found.rows] == sorted(expected.values(), reverse=True)


def test_a_count_is_set_against_the_time_before(world: World) -> None:
    query = CaseQuery(
        reported=Days(date(2026, 7, 1), date(2026, 10, 1)),
        compare=Comparison.PERIOD_BEFORE,
        group_by=Grouping.MONTH,
    )
    found = world.service.search.count(world.actor(ADVISER), query)
    months = Counter(
        group_key(Grouping.MONTH, case) for case in cases_of(world, ADVISER) if not case.merged_into
    )
    assert [(row.key, row.count, row.before) for row in found.rows] == [
        (f"2026-{month:02d}", months[f"2026-{month:02d}"], months[f"2026-{month - 3:02d}"])
        for month in (7, 8, 9)
    ]
    assert found.total_before == sum(months[f"2026-{month:02d}"] for month in (4, 5, 6))


def test_weeks_are_set_against_the_same_weeks_of_the_year_before(world: World) -> None:
    query = CaseQuery(
        reported=Days(date(2026, 10, 5), date(2026, 11, 23)),
        compare=Comparison.YEAR_BEFORE,
        group_by=Grouping.WEEK,
    )
    found = world.service.search.count(world.actor(ADVISER), query)
    weeks = Counter(
        group_key(Grouping.WEEK, case)
        for case in cases_of(world, ADVISER)
        if not case.merged_into
        and oslo_date(case.reported_at) not in (date(2025, 11, 22), date(2025, 11, 23))
    )
    assert {row.key: (row.count, row.before) for row in found.rows} == {
        f"2026-W{week}": (weeks[f"2026-W{week}"], weeks[f"2025-W{week}"]) for week in range(41, 48)
    }


# --- counts about others


def test_small_numbers_about_others_are_hidden(world: World) -> None:
    """The leader of Furu asks about all of Solbakken."""
    below = units_below(world, "HO-SOL")
    cases = [case for case in cases_of(world, ADVISER) if case.unit_id in below and not case.merged_into]
    for group in set(Grouping) - {Grouping.PLACE, Grouping.ASSIGNEE}:
        found = world.service.search.count(world.actor(FURU), CaseQuery(unit_id="HO-SOL", group_by=group))
        true_counts = Counter(group_key(group, case) for case in cases)
        elsewhere = Counter(group_key(group, case) for case in cases if case.unit_id != "HO-SOL-FUR")
        for row in found.rows:
            if elsewhere[row.key] in (1, 2):
                assert row.count is None
            assert row.count in (None, true_counts[row.key])
            if row.count is None:
                assert elsewhere[row.key] in (1, 2) or row.key in found.withheld
    by_unit = world.service.search.count(
        world.actor(FURU), CaseQuery(unit_id="HO-SOL", group_by=Grouping.UNIT)
    )
    own = next(row for row in by_unit.rows if row.key == "HO-SOL-FUR")
    assert own.count == sum(case.unit_id == "HO-SOL-FUR" for case in cases)


def test_places_handlers_and_words_of_others_cases_are_not_told(world: World) -> None:
    own = {case.number for case in cases_of(world, FURU)}
    for query in (
        CaseQuery(unit_id="HO-SOL", group_by=Grouping.PLACE),
        CaseQuery(unit_id="HO-SOL", group_by=Grouping.ASSIGNEE),
        CaseQuery(unit_id="HO-SOL", text="natt"),
    ):
        found = world.service.search.count(world.actor(FURU), query)
        listed = world.service.search.list(world.actor(FURU), query.narrowed(group_by=None), 500)
        assert found.total == sum(case.merged_into is None for case in listed.cases)
        assert {case.number for case in listed.cases} <= own


def test_who_a_case_is_about_does_not_count_it(world: World) -> None:
    query = CaseQuery(unit_id="HO-SOL")
    before = world.service.search.count(world.actor(FURU), query).total
    number = world.file(unit_id="HO-SOL-FUR").number
    assert world.service.search.count(world.actor(FURU), query).total == (before or 0) + 1
    world.handling.involve(world.actor(ADVISER), number, FURU)
    assert world.service.search.count(world.actor(FURU), query).total == before


def test_sensitive_cases_of_others_are_not_counted(world: World) -> None:
    nes = [case for case in cases_of(world, TOP) if case.unit_id == "OPP-NES"]
    assert [case.sensitive for case in nes].count(True) == 1
    by_other = world.service.search.count(world.actor(FURU), CaseQuery(unit_id="OPP-NES"))
    by_leader = world.service.search.count(world.actor("E1034"), CaseQuery(unit_id="OPP-NES"))
    assert (by_other.total, by_leader.total) == (len(nes) - 1, len(nes))


def test_a_list_about_others_is_empty(world: World) -> None:
    assert world.service.search.list(world.actor(FURU), CaseQuery(unit_id="OPP-NES"), ALL).total == 0


def test_ones_own_cases_elsewhere_are_counted_as_they_are(world: World) -> None:
    world.file(FURU, unit_id="OPP-NES")
    query = CaseQuery(unit_id="OPP-NES", reporter=Who.ME)
    assert world.service.search.count(world.actor(FURU), query).total == 1
