"""`sifra evaluate search` and `sifra evaluate retrieval`: how well routines are found."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from sifra.errors import SifraError
from sifra.settings import Stack

Questions = Annotated[Path, typer.Option(help="Labelled questions, one JSON object a line.")]
JsonOut = Annotated[Path | None, typer.Option("--json", help="Write the scores to this file.")]


def add_search_evaluations(app: typer.Typer, load_stack: Callable[[bool | None], Stack]) -> None:
    """Add the commands to `sifra evaluate`.

    Args:
        load_stack: reads the settings.
    """

    @app.command("search")
    def search(
        routines: Annotated[list[Path], typer.Option(help="A folder of routines; may be repeated.")],
        questions: Questions,
        unanswerable: Annotated[
            Path | None, typer.Option(help="Questions that no routine answers, one JSON object a line.")
        ] = None,
        json_out: JsonOut = None,
    ) -> None:
        """Measure the search on labelled questions, on an index of its own."""
        from index_builder.evaluation.search_run import evaluate_search
        from index_builder.evaluation.summary import search_summary

        encoder = load_stack(None).encoder
        folders = [folder.resolve() for folder in routines]
        _run(lambda: evaluate_search(folders, questions, unanswerable, encoder), search_summary, json_out)

    @app.command("retrieval")
    def retrieval(
        passages: Annotated[Path, typer.Option(help="Rows with id, title and text.")],
        questions: Questions,
        first: Annotated[
            int | None, typer.Option(min=1, help="Ask only so many questions; else all.")
        ] = None,
        json_out: JsonOut = None,
    ) -> None:
        """Measure the ranking of the search on plain passages, such as a public benchmark."""
        from index_builder.evaluation.search_run import evaluate_retrieval
        from index_builder.evaluation.summary import retrieval_summary

        encoder = load_stack(None).encoder
        _run(
            lambda: evaluate_retrieval(passages, questions, encoder, first=first), retrieval_summary, json_out
        )


def _run(
    evaluate: Callable[[], dict[str, Any]], summary: Callable[[dict[str, Any]], str], json_out: Path | None
) -> None:
    from index_builder.errors import IndexBuilderError
    from knowledge.errors import KnowledgeError

    try:
        scores = evaluate()
    except (IndexBuilderError, KnowledgeError) as exc:
        raise SifraError(str(exc)) from exc
    typer.echo(summary(scores), nl=False)
    if json_out:
        json_out.write_text(json.dumps(scores, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
