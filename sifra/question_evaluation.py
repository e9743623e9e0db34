"""`sifra evaluate questions`: how well questions about cases are understood."""

from pathlib import Path
from typing import Annotated

import typer

from sifra.errors import SifraError


def add_question_evaluation(app: typer.Typer) -> None:
    """Add the command to `sifra evaluate`."""

    @app.command("questions")
    def questions(
        question_set: Annotated[
            Path | None, typer.Option("--set", help="Labelled questions, one JSON object a line.")
        ] = None,
    ) -> None:
        """Measure how questions about cases are understood; without a set, the project's own."""
        from bot.evaluation.errors import QuestionSetError
        from bot.evaluation.questions import QUESTIONS, evaluate, summary

        try:
            typer.echo(summary(evaluate(question_set or QUESTIONS)), nl=False)
        except QuestionSetError as exc:
            raise SifraError(str(exc)) from exc
        except OSError as exc:
            raise SifraError(f"{question_set or QUESTIONS} cannot be read.") from exc
