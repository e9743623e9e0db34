"""`sifra evaluate trends`: how often the search for trends is wrong, and how soon it is right."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sifra.errors import SifraError
from sifra.settings import Stack

if TYPE_CHECKING:
    from cases.trend_evaluation import Detection, Rate

_SAMPLE = Path(__file__).parents[1] / "sample"


def add_trend_evaluation(app: typer.Typer, load_stack: Callable[[bool | None], Stack]) -> None:
    """Add the command to `sifra evaluate`.

    Args:
        load_stack: as the other commands take it; this one needs no settings.
    """
    del load_stack

    @app.command("trends")
    def trends(
        rounds: Annotated[int, typer.Option(min=1, help="Years to draw for each rate.")] = 200,
        step_days: Annotated[int, typer.Option(min=1, help="1 looks every day, 7 every week.")] = 7,
        level: Annotated[
            float | None, typer.Option(min=0.001, max=0.5, help="Another share of false findings a day.")
        ] = None,
        seed: Annotated[int, typer.Option(help="Of the drawing.")] = 0,
        json_out: Annotated[
            Path | None, typer.Option("--json", help="Write the scores to this file.")
        ] = None,
    ) -> None:
        """Count false alarms where nothing has changed, and find the series in the sample."""
        from cases.errors import CaseError

        try:
            rates, found = _measure(rounds, step_days, level, seed)
        except (CaseError, OSError, ValueError) as exc:
            raise SifraError(f"The sample cannot be read: {exc}") from exc
        for name, rate in rates.items():
            typer.echo(_rate_line(name, rate))
        for detection in found:
            typer.echo(_detection_line(detection))
        if json_out:
            json_out.write_text(json.dumps(_scores(rates, found), indent=2) + "\n", encoding="utf-8")


def _measure(
    rounds: int, step_days: int, level: float | None, seed: int
) -> "tuple[dict[str, Rate], list[Detection]]":
    from cases.made_up_town import Town, made_up
    from cases.trend_evaluation import (
        detections,
        false_alarms,
        read_observations,
        read_units,
        sample_series,
        shuffled,
    )
    from cases.trend_model import TrendSettings

    settings = TrendSettings() if level is None else TrendSettings(level=level)
    observations = read_observations(_SAMPLE / "cases" / "cases.jsonl")
    units = read_units(_SAMPLE / "organisation" / "units.csv")
    last = max(seen.reported_on for seen in observations)
    towns = {
        "made up, 100 reports a year": Town(100),
        "the same, in clusters": Town(100, clustering=0.3),
        "the same, growing everywhere": Town(100, growth=2.0),
    }
    draws = {"sample, shuffled": (units, shuffled(observations))}
    draws |= {name: made_up(town, last) for name, town in towns.items()}
    rates = {
        name: false_alarms(draw, of, last, rounds, step_days=step_days, settings=settings, seed=seed)
        for name, (of, draw) in draws.items()
    }
    return rates, detections(observations, units, sample_series(), last, settings)


def _rate_line(name: str, rate: "Rate") -> str:
    return f"{name}: {rate.per_year:.2f} false alarms a year (95 %: {rate.low:.2f} to {rate.high:.2f})"


def _detection_line(found: "Detection") -> str:
    name = f"{found.series.name} ({found.series.unit_id}, {found.series.subtype})"
    early = f"; {found.alerts_before} alerts before it began" if found.alerts_before else ""
    if found.day is None:
        return f"{name}: not found, {found.cases} cases{early}"
    return (
        f"{name}: found on {found.day}, with {found.cases_in} of {found.cases} cases, day {found.days}{early}"
    )


def _scores(rates: "dict[str, Rate]", found: "list[Detection]") -> dict[str, Any]:
    return {
        "rates": {name: asdict(rate) for name, rate in rates.items()},
        "series": [json.loads(json.dumps(asdict(one), default=str)) for one in found],
    }
