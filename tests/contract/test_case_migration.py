"""Cases of the schema before keep what they held, and can be handled."""

from datetime import UTC, date, datetime

from case_world import LEADER, World, do, import_organisation, world_in
from sqlalchemy import text

from cases.categories import Status
from cases.query import CaseQuery
from database.migrate import downgrade, upgrade

OLD = {
    "number": "2026-00001", "channel": "web", "kind": "deviation", "category": "hms", "severity": "lav",
    "status": "ny", "title": "Isen på Åsen", "description": "Skled.", "place": "ÅSEN", "anonymous": False,
    "unit_id": "HO-HJT-NOR", "reporter_id": "E1019", "assignee_id": LEADER, "due_date": "2026-12-01",
    "reported_at": "2026-11-01 23:30:00.000000", "closing_note": None,
}  # fmt: skip


def test_a_case_that_was_filed_before_goes_up_and_down(empty_database_url: str) -> None:
    upgrade(empty_database_url)
    with world_in(empty_database_url) as world:
        import_organisation(world.sessions)
    downgrade(empty_database_url, "0003")
    with world_in(empty_database_url) as world:
        names = ", ".join(OLD)
        with world.sessions.begin() as session:
            session.execute(
                text(f"INSERT INTO cases ({names}) VALUES ({', '.join(':' + name for name in OLD)})"),  # noqa: S608
                OLD,
            )
            session.execute(
                text(
                    "INSERT INTO measures (case_number, position, text, responsible_id)"
                    " VALUES ('2026-00001', 0, 'Strø', 'E1018')"
                )
            )
            session.execute(text("INSERT INTO case_routines VALUES ('2026-00001', 0, 'FJO-HMS-027')"))
            session.execute(text("INSERT INTO case_number_series VALUES (2026, 1)"))
    upgrade(empty_database_url)
    with world_in(empty_database_url) as world:
        _look_at(world)
    downgrade(empty_database_url, "0003")
    with world_in(empty_database_url) as world, world.sessions() as session:
        row = session.execute(text("SELECT * FROM cases ORDER BY number")).mappings().first()
        assert row is not None
        assert (row["status"], row["title"], row["conversation_id"]) == (
            "under_behandling",
            OLD["title"],
            None,
        )
        assert session.execute(text("SELECT text FROM measures")).scalar_one() == "Strø"


def _look_at(world: World) -> None:
    case = world.case("2026-00001")
    assert (case.title, case.origin, case.version, case.status) == (OLD["title"], None, 1, Status.NY)
    assert case.reported_at == datetime(2026, 11, 1, 23, 30, tzinfo=UTC)
    assert case.reported_on == date(2026, 11, 2)  # after midnight in Norway
    assert case.due_date == date(2026, 12, 1)
    assert [measure.text for measure in case.measures] == ["Strø"]
    assert case.routine_ids == ("FJO-HMS-027",)
    page = world.service.search.list(world.actor(LEADER), CaseQuery(text="åsen"), 10)
    assert page.total == 1
    do(world, "take", LEADER, "2026-00001")
    assert world.file().number == "2026-00002"
