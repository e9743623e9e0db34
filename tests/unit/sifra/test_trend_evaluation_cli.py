"""`sifra evaluate trends`: rates of false alarms, and the series of the sample."""

import json
from pathlib import Path

import typer
from typer.testing import CliRunner

from sifra.settings import Stack
from sifra.trend_evaluation import add_trend_evaluation


def _no_settings(_development: bool | None) -> Stack:
    raise AssertionError("no settings are needed")


def test_rates_and_series_are_told_and_written(tmp_path: Path) -> None:
    app = typer.Typer()
    app.callback()(lambda: None)
    add_trend_evaluation(app, _no_settings)
    scores = tmp_path / "scores.json"
    result = CliRunner().invoke(app, ["trends", "--rounds", "1", "--step-days", "28", "--json", str(scores)])
    assert result.exit_code == 0, result.output
    assert "sample, shuffled: " in result.output
    assert "falls (HO-SOL-FUR, fall_skade_bruker): found on 2026-11-14, with 3 of 3 cases" in result.output
    assert "letters (KD, feilsendt): not found, 8 cases" in result.output
    written = json.loads(scores.read_text("utf-8"))
    assert written["series"][0]["day"] == "2026-11-14"
    assert written["rates"]["sample, shuffled"]["years"] == 1
