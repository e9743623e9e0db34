"""Cells of the spreadsheet."""

import csv
import io

import pytest

from cases import export_csv
from cases.export_csv import _rows, harmless_cell


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_a_cell_that_begins_like_a_formula_is_marked_as_text(begin: str) -> None:
    assert harmless_cell(f"{begin}1+1") == f"'{begin}1+1"


@pytest.mark.parametrize("text", ["", "Skled = falt", "2026-00012", "1-2", "æ=1", "'="])
def test_other_cells_stay_as_they_are(text: str) -> None:
    assert harmless_cell(text) == text


def test_what_ends_a_cell_or_a_row_stays_within_its_cell() -> None:
    cells = ['a;b"c', 'd\r\n=cmd|"/c calc"!A1', "e\r=1", ""]
    written = _rows([cells, ["x"]])
    assert list(csv.reader(io.StringIO(written.decode(), newline=""), delimiter=";")) == [cells, ["x"]]


def test_every_head_is_there_in_both_written_forms() -> None:
    heads = export_csv._heads()
    assert len(heads) > 20
    assert all(set(head) == {"nb", "nn"} and all(head.values()) for head in heads.values())
