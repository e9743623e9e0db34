"""People from Microsoft Graph, against a server that speaks its API over TLS."""

import logging
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import stamina
import typer
from fake_graph import (
    CLIENT_ID,
    CLIENT_SECRET,
    TENANT,
    TOKEN,
    FakeGraph,
    Scripted,
    running_graph,
    write_certificate,
)
from pydantic import SecretStr, ValidationError
from stamina.instrumentation import RetryDetails
from typer.testing import CliRunner

from database.engine import SessionFactory, make_engine, session_factory
from database.migrations.rooms import load_metadata
from organisation import graph_http
from organisation.directory import Directory
from organisation.errors import (
    GraphAnswerError,
    GraphBusyError,
    GraphError,
    GraphRefusedError,
    GraphSignInError,
    ImportFileError,
)
from organisation.graph_client import GraphClient
from organisation.graph_http import make_http_client, patience, retry_after_s
from organisation.graph_import import fetch_directory, import_graph
from organisation.graph_settings import GraphSettings
from organisation.import_report import ImportReport
from organisation.model import Role
from organisation.tables import PersonRow, UnitRow
from sifra import organisation_commands
from sifra.cli import _Group
from sifra.settings import load_stack

LEADERS = "aaaaaaaa-0000-0000-0000-000000000001"
ADVISERS = "aaaaaaaa-0000-0000-0000-000000000002"
CANARY = "Ragnhild Kanarifugl"


def user(number: int, department: str | None = "Furu", **more: Any) -> dict[str, Any]:
    return {
        "id": f"object-{number}",
        "displayName": f"Navn Etternavn{number}",
        "mail": f"n{number}@example.no",
        "userPrincipalName": f"n{number}@fjordvik.example",
        "jobTitle": "Sykepleier",
        "department": department,
        "employeeId": f"E{number}",
        "accountEnabled": True,
        "userType": "Member",
        **more,
    }


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    write_certificate(path)
    return path


@pytest.fixture
def graph(certificate: Path) -> Iterator[FakeGraph]:
    with running_graph(certificate) as fake:
        fake.users = [
            user(1, "Ledelsen"),
            user(2, "\u00a0Furu", manager={"id": "object-1"}),
            user(3, "furu ", mail=None, jobTitle=None, manager={"id": "object-2"}),
        ]
        fake.groups = {LEADERS: ["object-1", "a-device"], ADVISERS: ["object-1", "object-3"]}
        yield fake


@pytest.fixture
def settings(graph: FakeGraph, tmp_path: Path) -> GraphSettings:
    departments = tmp_path / "departments.csv"
    departments.write_text("department;unit_id\nLedelsen;TOP\nFuru;LOW\n", "utf-8")
    return GraphSettings.model_validate(
        {
            "tenant_id": TENANT,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "authority": graph.address,
            "base_url": f"{graph.address}/v1.0",
            "groups": {LEADERS: "leader", ADVISERS: "quality_adviser"},
            "departments": departments,
        }
    )


@pytest.fixture
def http(certificate: Path) -> Iterator[httpx.Client]:
    with make_http_client(verify=ssl.create_default_context(cafile=certificate)) as client:
        yield client


@pytest.fixture
def waits() -> Iterator[list[float]]:
    """How long it would have waited before each further try."""
    found: list[float] = []

    def note(details: RetryDetails) -> None:
        found.append(details.wait_for)

    stamina.instrumentation.set_on_retry_hooks([note])
    yield found
    stamina.instrumentation.set_on_retry_hooks(None)


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda seconds: None)


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[SessionFactory]:
    """One kind of database is enough here: test_organisation_import.py uses both."""
    engine = make_engine(f"sqlite:///{tmp_path}/graph.db")
    load_metadata().create_all(engine)
    yield session_factory(engine)
    engine.dispose()


@pytest.fixture
def units(sessions: SessionFactory) -> SessionFactory:
    with sessions.begin() as session:
        session.add(UnitRow(unit_id="TOP", name="Toppen", parent_id=None, sector="x"))
        session.flush()
        session.add(UnitRow(unit_id="LOW", name="Furu", parent_id="TOP", sector="x"))
    return sessions


@pytest.fixture
def sync(units: SessionFactory, settings: GraphSettings, http: httpx.Client) -> Callable[..., ImportReport]:
    def run(*, dry_run: bool = False, **changed: Any) -> ImportReport:
        own = settings.model_copy(update=changed)
        fetched = fetch_directory(GraphClient(own, http), own.groups)
        with units.begin() as session:
            return import_graph(session, fetched, own, dry_run=dry_run)

    return run


Sync = Callable[..., ImportReport]


def stored(sessions: SessionFactory) -> dict[str, tuple[str, str, str, Role]]:
    with sessions() as session:
        return {
            person.employee_id: (person.email, person.title, person.unit_id, person.role)
            for person in Directory(session).people()
        }


def told(report: ImportReport) -> list[str]:
    return [str(warning) for warning in report.warnings]


def test_people_come_with_unit_and_role_over_several_pages(
    sync: Sync, units: SessionFactory, graph: FakeGraph
) -> None:
    report = sync()
    assert (report.people_added, told(report)) == (3, [])
    assert stored(units) == {
        "E1": ("n1@example.no", "Sykepleier", "TOP", Role.LEADER),
        "E2": ("n2@example.no", "Sykepleier", "LOW", Role.EMPLOYEE),
        "E3": ("n3@fjordvik.example", "", "LOW", Role.QUALITY_ADVISER),
    }
    assert sync().changes == ()
    assert graph.sign_ins == 2, "one token for all pages of one run"
    assert sum(path.startswith("/v1.0/users") for path in graph.requests) == 4


def test_a_dry_run_changes_nothing(sync: Sync, units: SessionFactory) -> None:
    planned = sync(dry_run=True)
    assert stored(units) == {}
    assert sync() == planned


def test_without_a_group_for_leaders_managers_are_leaders(sync: Sync, units: SessionFactory) -> None:
    sync(groups={})
    assert {key: row[3] for key, row in stored(units).items()} == {
        "E1": Role.LEADER,
        "E2": Role.LEADER,
        "E3": Role.EMPLOYEE,
    }


def test_the_manager_of_nobody_who_works_here_is_no_leader(
    sync: Sync, units: SessionFactory, graph: FakeGraph
) -> None:
    graph.users[2]["accountEnabled"] = False
    sync(groups={})
    assert stored(units)["E2"][3] is Role.EMPLOYEE


def test_who_is_disabled_gone_or_a_guest_is_deactivated_and_kept(
    sync: Sync, units: SessionFactory, graph: FakeGraph
) -> None:
    graph.users.append(user(4))
    sync()
    graph.users[1]["accountEnabled"] = False
    graph.users[3]["userType"] = "Guest"
    del graph.users[2]
    assert sync().people_deactivated == 3
    assert list(stored(units)) == ["E1"]
    with units() as session:
        assert Directory(session).former_person("E2") is not None
    graph.users[1]["accountEnabled"] = True
    assert sync().people_changed == 1
    assert list(stored(units)) == ["E1", "E2"]


def test_who_cannot_be_placed_is_reported_and_left_as_they_are(
    sync: Sync, units: SessionFactory, graph: FakeGraph
) -> None:
    sync()
    graph.users[1]["department"] = None
    graph.users[2]["department"] = "Ukjent"
    graph.users += [
        user(4, None),
        user(5, employeeId=None),
        user(6, mail="n6"),
        user(7),
        user(8, employeeId="E7"),
    ]
    graph.users += [user(9, mail="N1@example.no", displayName=" "), user(10, jobTitle="S" * 201)]
    report = sync()
    assert told(report) == [
        "Microsoft Graph, row 1: E1 shares its e-mail address with another user",
        "Microsoft Graph, row 2: E2 has no department",
        "Microsoft Graph, row 3: E3 has a department that the file of departments does not know",
        "Microsoft Graph, row 4: E4 has no department",
        "Microsoft Graph, row 5: object-5 has no employeeId",
        "Microsoft Graph, row 6: E6 has no usable e-mail address",
        "Microsoft Graph, row 7: E7 is the employeeId of several users",
        "Microsoft Graph, row 8: E7 is the employeeId of several users",
        "Microsoft Graph, row 9: E9 has no name",
        "Microsoft Graph, row 9: E9 shares its e-mail address with another user",
        "Microsoft Graph, row 10: E10 has a title longer than 200 characters",
    ]
    assert report.changes == ()
    assert list(stored(units)) == ["E1", "E2", "E3"]


def test_the_object_id_can_be_the_employee_id(sync: Sync, units: SessionFactory) -> None:
    sync(employee_key="id")
    assert list(stored(units)) == ["object-1", "object-2", "object-3"]


def test_nobody_at_the_top_to_lead_stops_the_import(
    sync: Sync, units: SessionFactory, graph: FakeGraph
) -> None:
    graph.groups[LEADERS] = []
    with pytest.raises(ImportFileError, match="TOP is at the top and has no leader") as caught:
        sync()
    assert [str(one) for one in caught.value.warnings] == [
        "Microsoft Graph: neither LOW nor a unit above it has a leader"
    ]
    assert stored(units) == {}


def test_an_empty_directory_deactivates_nobody(sync: Sync, units: SessionFactory, graph: FakeGraph) -> None:
    sync()
    graph.users = []
    with pytest.raises(GraphAnswerError, match="nobody"):
        sync()
    assert len(stored(units)) == 3


def test_a_faulty_file_of_departments_is_refused(sync: Sync, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("department,unit_id\nFuru,NOPE\nLedelsen,TOP\nLEDELSEN,LOW\n", "utf-8")
    with pytest.raises(ImportFileError) as caught:
        sync(departments=path)
    assert [str(problem) for problem in caught.value.problems] == [
        "other.csv, row 2: unknown unit NOPE",
        "other.csv, row 4: the department has another unit above",
    ]


# --- Sign-in ------------------------------------------------------------------------------------------------


def test_a_certificate_signs_in(sync: Sync, graph: FakeGraph, tmp_path: Path) -> None:
    graph.assertion_key = write_certificate(tmp_path / "client.pem")
    assert sync(client_secret=None, certificate_path=tmp_path / "client.pem").people_added == 3


@pytest.mark.parametrize(
    "content", [None, "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"]
)
def test_a_certificate_that_is_none_is_a_sign_in_error(
    sync: Sync, tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "client.pem").write_text(content, "ascii")
    with pytest.raises(GraphSignInError):
        sync(client_secret=None, certificate_path=tmp_path / "client.pem")


def test_a_wrong_secret_is_a_sign_in_error_with_microsofts_code(sync: Sync) -> None:
    with pytest.raises(GraphSignInError) as caught:
        sync(client_secret=SecretStr("wrong-secret"))
    assert caught.value.code == "invalid_client AADSTS7000215"
    assert "secret" not in str(caught.value).replace("invalid_client", "")


def test_an_unknown_tenant_is_a_sign_in_error(sync: Sync) -> None:
    with pytest.raises(GraphSignInError):
        sync(tenant_id="other.example")


@pytest.mark.usefixtures("no_waiting")
def test_a_busy_sign_in_is_tried_again(sync: Sync, graph: FakeGraph, waits: list[float]) -> None:
    graph.sign_in_scripted = [Scripted(503, {"Retry-After": "7"})]
    assert sync().people_added == 3
    assert waits == [7.0]


# --- Requests -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_waiting")
@pytest.mark.parametrize("status", [429, 503, 504])
def test_throttling_is_waited_out_as_long_as_graph_says(
    sync: Sync, graph: FakeGraph, waits: list[float], status: int
) -> None:
    graph.scripted = [Scripted(status, {"Retry-After": "11"}), Scripted(status, {"Retry-After": "120"})]
    assert sync().people_added == 3
    assert waits == [11.0, 120.0]


@pytest.mark.usefixtures("no_waiting")
def test_throttling_without_end_is_given_up(sync: Sync, graph: FakeGraph, waits: list[float]) -> None:
    graph.scripted = [Scripted(429) for _ in range(20)]
    with pytest.raises(GraphBusyError) as caught:
        sync()
    assert caught.value.status == 429
    assert len(waits) == graph_http.ATTEMPTS - 1
    assert all(0 < wait <= 31 for wait in waits)


@pytest.mark.usefixtures("no_waiting")
def test_a_wait_that_is_too_long_is_not_begun(sync: Sync, graph: FakeGraph) -> None:
    graph.scripted = [Scripted(429, {"Retry-After": "3600"})]
    with pytest.raises(GraphBusyError) as caught:
        sync()
    assert caught.value.retry_after_s == 3600
    assert patience(caught.value) is False


@pytest.mark.usefixtures("no_waiting")
def test_a_server_that_is_away_is_a_busy_error(
    settings: GraphSettings, http: httpx.Client, waits: list[float]
) -> None:
    away = settings.model_copy(
        update={"authority": "https://127.0.0.1:1", "base_url": "https://127.0.0.1:1/v1.0"}
    )
    with pytest.raises(GraphBusyError) as caught:
        GraphClient(away, http).users()
    assert caught.value.status is None
    assert len(waits) == graph_http.ATTEMPTS - 1


def test_a_certificate_that_we_do_not_trust_ends_the_conversation(
    settings: GraphSettings, no_waiting: None, graph: FakeGraph
) -> None:
    with make_http_client() as http, pytest.raises(GraphBusyError):
        GraphClient(settings, http).users()
    assert graph.requests == []


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refusal_is_not_tried_again(sync: Sync, graph: FakeGraph, waits: list[float], status: int) -> None:
    graph.scripted = [Scripted(status, body={"error": {"code": "x", "message": "y"}})]
    with pytest.raises(GraphRefusedError) as caught:
        sync()
    assert (caught.value.status, waits) == (status, [])


def test_a_group_that_is_not_there_is_a_refusal(sync: Sync, graph: FakeGraph) -> None:
    del graph.groups[ADVISERS]
    with pytest.raises(GraphRefusedError) as caught:
        sync()
    assert caught.value.status == 404


@pytest.mark.parametrize("status", [400, 410])
def test_an_expired_page_link_begins_the_list_again_once(
    sync: Sync, graph: FakeGraph, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    expired = Scripted(status, body={"error": {"code": "Directory_ExpiredPageToken", "message": "y"}})
    rows = graph.rows
    pages: list[str] = []

    def script_after_the_first(path: str, query: Any) -> tuple[int, Any]:
        pages.append(path)
        if len(pages) == 1:
            graph.scripted.append(expired)
        return rows(path, query)

    monkeypatch.setattr(graph, "rows", script_after_the_first)
    assert sync().people_added == 3
    assert pages[:3] == ["users", "users", "users"]
    graph.scripted = [expired, expired]
    with pytest.raises(GraphAnswerError, match="expire"):
        sync()


@pytest.mark.parametrize(
    "link",
    [
        "https://127.0.0.1:1/v1.0/users",
        "https://graph.example/v1.0/users",
        "http://127.0.0.1/v1.0/users",
        "//[",
        "x",
    ],
)
def test_a_page_link_to_another_host_is_not_followed(sync: Sync, graph: FakeGraph, link: str) -> None:
    graph.next_links = [link]
    with pytest.raises(GraphAnswerError, match="link"):
        sync()


def test_pages_in_a_circle_end(sync: Sync, graph: FakeGraph) -> None:
    circle = f"{graph.address}/v1.0/users?$select=id&$skiptoken=0"
    graph.next_links = [circle, circle]
    with pytest.raises(GraphAnswerError, match="no end"):
        sync()


@pytest.mark.parametrize(
    "scripted",
    [
        Scripted(200, body=b"<html>"),
        Scripted(200, body={"values": []}),
        Scripted(200, body={"value": [{"displayName": CANARY}]}),
        Scripted(200, body={"value": [{"id": "1", "displayName": 4}]}),
        Scripted(302, {"Location": "https://graph.example/"}),
        Scripted(500),
    ],
)
def test_an_answer_that_is_not_documented_is_an_error_without_contents(
    sync: Sync, graph: FakeGraph, scripted: Scripted
) -> None:
    graph.scripted = [scripted]
    with pytest.raises(GraphAnswerError) as caught:
        sync()
    assert CANARY not in f"{caught.value} {caught.value.__cause__}"


def test_a_token_endpoint_elsewhere_gets_no_secret(
    sync: Sync, graph: FakeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = graph.metadata

    def elsewhere(tenant: str) -> tuple[int, Any]:
        status, body = right(tenant)
        return status, {**body, "token_endpoint": "https://127.0.0.1:1/token"}

    monkeypatch.setattr(graph, "metadata", elsewhere)
    with pytest.raises(GraphError, match="another host"):
        sync()


@pytest.mark.usefixtures("no_waiting")
def test_no_name_secret_or_token_is_in_any_log(
    sync: Sync, graph: FakeGraph, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    graph.users[0]["displayName"] = CANARY
    graph.users[1] |= {"department": None, "displayName": CANARY}
    graph.scripted = [Scripted(429, {"Retry-After": "1"})]
    sync()
    with pytest.raises(GraphSignInError):
        sync(client_secret=SecretStr("wrong-canary"))
    logged = " ".join(str(vars(record)) for record in caplog.records)
    assert "127.0.0.1" in logged, "something was logged"
    for secret in (CANARY, CLIENT_SECRET, TOKEN, "wrong-canary", "n1@example.no"):
        assert secret not in logged


# --- Parts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("17", 17.0),
        ("Fri, 20 Nov 2026 11:00:30 GMT", 30.0),
        ("Fri, 20 Nov 2026 10:00:00 GMT", 0.0),
        ("soon", None),
        ("-3", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value, datetime(2026, 11, 20, 11, tzinfo=UTC)) == seconds


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": "http://graph.microsoft.com/v1.0"},
        {"authority": "http://login.microsoftonline.com"},
        {"tenant_id": "common"},
        {"tenant_id": "a/b"},
        {"client_secret": None},
        {"certificate_path": "x.pem"},
        {"groups": {LEADERS: "boss"}},
        {"groups": {"leaders": "leader"}},
    ],
)
def test_settings_that_cannot_be_meant_are_refused(settings: GraphSettings, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        GraphSettings.model_validate({**settings.model_dump(), **wrong})


def test_sync_on_the_command_line(
    graph: FakeGraph,
    settings: GraphSettings,
    certificate: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/sifra.db")
    load_metadata().create_all(engine)
    with session_factory(engine).begin() as session:
        session.add(UnitRow(unit_id="TOP", name="t", parent_id=None, sector="x"))
        session.flush()
        session.add(UnitRow(unit_id="LOW", name="l", parent_id="TOP", sector="x"))
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv("SIFRA_VAR_DIR", ".")
    (tmp_path / ".env").write_text(
        f"SIFRA_GRAPH_TENANT_ID={TENANT}\nSIFRA_GRAPH_CLIENT_ID={CLIENT_ID}\n"
        f"SIFRA_GRAPH_CLIENT_SECRET={CLIENT_SECRET}\nSIFRA_GRAPH_AUTHORITY={graph.address}\n"
        f"SIFRA_GRAPH_BASE_URL={graph.address}/v1.0\nSIFRA_GRAPH_DEPARTMENTS=departments.csv\n"
        f'SIFRA_GRAPH_GROUPS={{"{LEADERS}": "leader"}}\n',
        "utf-8",
    )
    app = typer.Typer(cls=_Group)
    app.add_typer(
        organisation_commands.make_organisation_app(lambda: load_stack(tmp_path)), name="organisation"
    )

    def run(*flags: str) -> tuple[int, list[str], str]:
        result = CliRunner().invoke(app, ["organisation", "sync", *flags])
        return result.exit_code, result.stdout.splitlines(), result.stderr

    code, out, _ = run("--dry-run")
    assert (code, out[0], out[-1]) == (
        0,
        "     row 1  person E1 added",
        "This was a dry run: nothing was changed.",
    )
    assert run() == (0, ["person added: 3"], "")
    with session_factory(engine)() as session:
        row = session.get(PersonRow, "E1")
        assert row is not None
        assert row.role is Role.LEADER
    engine.dispose()
    (tmp_path / ".env").write_text(
        (tmp_path / ".env").read_text("utf-8").replace(CLIENT_SECRET, "x"), "utf-8"
    )
    code, out, error = run()
    assert (code, out) == (1, [])
    assert error.startswith("sifra: Microsoft refused the sign-in (invalid_client AADSTS7000215)")
