"""`sifra evaluate acts`: how well acts on cases are read."""

from pathlib import Path
from typing import Annotated

import typer

from sifra.errors import SifraError


def add_act_evaluation(evaluate_app: typer.Typer) -> None:
    """Add the command to `sifra evaluate`."""

    @evaluate_app.command("acts")
    def acts(
        path: Annotated[
            Path | None, typer.Option("--set", help="Messages with their acts, one JSON object a line.")
        ] = None,
    ) -> None:
        """Measure how well Sifra reads what a handler wants done with a case."""
        from bot.evaluation.acts import OWN_SET, evaluate, summary

        chosen = path or OWN_SET
        try:
            scores = evaluate(chosen)
        except (OSError, ValueError) as exc:
            raise SifraError(f"{chosen} cannot be read as a set of acts.") from exc
        typer.echo(summary(scores), nl=False)
