"""One real stack for all journeys: three processes, a fresh database, the trained models."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from sifra.chat_client import ChatClient
from sifra.trial import ROOT, Trial, running_trial

SCREENSHOTS = ROOT / "artifacts" / "screenshots"
# No look-ups of Chromium's own on the network.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    with running_trial(tmp_path_factory.mktemp("stack") / "var") as running:
        yield running


@pytest.fixture
def talk(trial: Trial) -> Iterator[Callable[[str | None], ChatClient]]:
    """Return a way to open the chat as an employee, as `sifra chat --as` does."""
    clients: list[ChatClient] = []

    def as_employee(employee_id: str | None) -> ChatClient:
        client = ChatClient(trial.url)
        clients.append(client)
        client.__enter__()
        client.start(employee_id)
        return client

    yield as_employee
    for client in clients:
        client.__exit__(None, None, None)


@pytest.fixture
def rows(trial: Trial) -> Callable[..., list[dict[str, Any]]]:
    """Return a way to look into the database from outside."""

    def query(sql: str, *values: object) -> list[dict[str, Any]]:
        with sqlite3.connect(f"file:{trial.database}?mode=ro", uri=True) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql, values)]

    return query


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = (ROOT / "var" / "chromium-path").read_text(encoding="utf-8").strip()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def screenshots() -> Path:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    return SCREENSHOTS
