"""`sifra knowledge gaps`: what routine owners get to see."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from database.clock import Clock
from database.engine import make_engine, session_factory
from database.migrate import upgrade
from knowledge.feedback import FeedbackService
from knowledge.feedback_model import Feedback, FeedbackKind
from sifra import cli


@pytest.fixture
def url(root: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(cli, "project_root", lambda: root)
    url = f"sqlite:///{root}/sifra.db"
    monkeypatch.setenv("SIFRA_DATABASE_URL", url)
    return url


@pytest.fixture
def filled(url: str) -> None:
    upgrade(url)
    engine = make_engine(url)
    sessions = session_factory(engine)

    def at(day: int) -> Clock:
        return lambda: datetime(2026, 11, day, 22, 30, tzinfo=UTC)

    def record(day: int, key: str, kind: FeedbackKind, question: str, **about: str) -> None:
        FeedbackService(sessions, at(day)).record(Feedback(key, kind, question, "nb", **about))

    record(
        1, "1", FeedbackKind.DID_NOT_HELP, "fall i trapp?", document_id="FALL-1", section="tiltak", owner="HR"
    )
    record(2, "2", FeedbackKind.DID_NOT_HELP, "fall på is?", document_id="FALL-1", owner="HR")
    record(3, "3", FeedbackKind.DID_NOT_HELP, "søl?", document_id="SØL-1", owner="Renhold")
    record(4, "4", FeedbackKind.UNANSWERED, "lån av elbil?", owner="Eiendom")
    record(5, "5", FeedbackKind.UNANSWERED, "Lån av elbil?", owner="Eiendom")
    record(6, "6", FeedbackKind.MISSING, "drone over […]?")
    record(7, "7", FeedbackKind.HELPED, "brann?", document_id="BRANN-1")
    engine.dispose()


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli.app, ["knowledge", "gaps", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_no_gaps_is_said_plainly(url: str) -> None:
    upgrade(url)
    assert run() == (0, "No gaps: nothing is noted as missing, unanswered or of no help.\n", "")


@pytest.mark.usefixtures("filled")
def test_gaps_are_listed_by_kind_and_document_with_counts() -> None:
    code, out, _ = run()
    assert code == 0
    assert out.rstrip().splitlines() == [
        "Routines that somebody missed (1)",
        "  2026-11-06  drone over […]?",
        "",
        "Questions without an answer (2)",
        "  2026-11-05  Lån av elbil? (2 times) (nearest owner: Eiendom)",
        "",
        "Answers that did not help (3)",
        "  FALL-1 (2), owner: HR",
        "    2026-11-02  fall på is?",
        "    2026-11-01  fall i trapp? [tiltak]",
        "  SØL-1 (1), owner: Renhold",
        "    2026-11-03  søl?",
    ]


@pytest.mark.usefixtures("filled")
def test_gaps_can_be_narrowed() -> None:
    assert "elbil" not in run("--owner", "hr")[1]
    assert "FALL-1 (2)" in run("--owner", "hr")[1]
    assert "No gaps" in run("--since", "2026-12-01")[1]
    # Half past ten in the evening in UTC is half past eleven in Oslo: still the same day.
    assert "fall på is" in run("--since", "2026-11-02")[1]
    assert "fall i trapp" not in run("--since", "2026-11-02")[1]
    assert run("--since", "i går")[0] == 2


@pytest.mark.usefixtures("filled")
def test_gaps_for_other_programs() -> None:
    found = json.loads(run("--json")[1])
    assert found["counts"] == {"missing": 1, "unanswered": 2, "did_not_help": 3}
    assert found["gaps"][0] == {
        "kind": "missing",
        "question": "drone over […]?",
        "language": "nb",
        "document": None,
        "section": None,
        "owner": None,
        "count": 1,
        "last_asked_at": "2026-11-06T22:30:00+00:00",
    }


@pytest.mark.usefixtures("url")
def test_a_database_without_the_table_is_said_with_what_to_do() -> None:
    code, out, error = run()
    assert (code, out) == (1, "")
    assert "sifra db upgrade" in error
