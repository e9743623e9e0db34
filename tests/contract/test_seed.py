"""A fresh database for development holds the whole sample."""

from dataclasses import replace
from pathlib import Path

from sqlalchemy import func, select

from cases.tables import CaseRow
from database.engine import SessionFactory, reading
from organisation.tables import DeputyRow, PersonRow, UnitRow
from sifra.settings import load_stack
from sifra.workers import seed_database

ROOT = Path(__file__).parents[2]


def test_the_seed_brings_units_people_deputies_and_cases_once(
    database_url: str, sessions: SessionFactory
) -> None:
    stack = replace(load_stack(ROOT), database_url=database_url)
    assert seed_database(stack) == "sample organisation with 65 people"
    assert seed_database(stack) == "65 people were there already"
    with reading(sessions) as session:
        counts = [
            session.scalar(select(func.count()).select_from(table))
            for table in (UnitRow, PersonRow, DeputyRow, CaseRow)
        ]
    assert counts == [29, 65, 3, 140]
