"""`sifra knowledge`: what people's questions tell the owners of the routines."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from textwrap import shorten
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from sifra.errors import SifraError
from sifra.settings import Stack

if TYPE_CHECKING:
    from knowledge.feedback_model import Gap

OSLO = ZoneInfo("Europe/Oslo")
MAX_QUESTION_CHARS = 160
_SECTIONS = {
    "missing": "Routines that somebody missed",
    "unanswered": "Questions without an answer",
    "did_not_help": "Answers that did not help",
}


def make_knowledge_app(load_stack: Callable[[], Stack]) -> typer.Typer:
    """Make the commands.

    Args:
        load_stack: reads the settings.
    """
    app = typer.Typer(no_args_is_help=True, help="What the routines know, and what they do not.")

    @app.callback()
    def knowledge() -> None:
        """Keep `gaps` a command of its own although it is the only one."""

    @app.command("gaps")
    def gaps(
        since: Annotated[
            datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only what was asked from this day on.")
        ] = None,
        owner: Annotated[
            str | None, typer.Option(help="Only routines of owners whose name holds this.")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="For other programs.")] = False,
    ) -> None:
        """List missing routines, questions without an answer, and answers that did not help; newest first.

        Personal data has been left out of the questions, and nobody's name is stored with them.
        """
        found = _read_gaps(load_stack(), since, owner)
        if as_json:
            typer.echo(json.dumps(_as_json(found), ensure_ascii=False, indent=1))
            return
        for line in _as_text(found):
            typer.echo(line)

    return app


def _read_gaps(stack: Stack, since: datetime | None, owner: str | None) -> "list[Gap]":
    from sqlalchemy.exc import OperationalError, ProgrammingError

    from database.clock import utc_now
    from database.engine import make_engine, session_factory
    from knowledge.feedback import FeedbackService

    engine = make_engine(stack.database_url)
    try:
        service = FeedbackService(session_factory(engine), utc_now)
        return service.gaps(since.replace(tzinfo=OSLO) if since else None, owner)
    except (OperationalError, ProgrammingError) as exc:
        raise SifraError(
            "The questions cannot be read from the database. `sifra db status` shows whether its schema is"
            " the newest; `sifra db upgrade` brings it there."
        ) from exc
    finally:
        engine.dispose()


def _as_text(gaps: "list[Gap]") -> Iterator[str]:
    if not gaps:
        yield "No gaps: nothing is noted as missing, unanswered or of no help."
        return
    for kind, title in _SECTIONS.items():
        of_kind = [gap for gap in gaps if gap.kind == kind]
        if of_kind:
            yield f"{title} ({sum(gap.count for gap in of_kind)})"
            yield from _by_document(of_kind) if kind == "did_not_help" else map(_line, of_kind)
            yield ""


def _by_document(gaps: "list[Gap]") -> Iterator[str]:
    """Group by document, the one with the most first."""
    counts: Counter[tuple[str, str]] = Counter()
    for gap in gaps:
        counts[gap.document_id, gap.owner] += gap.count
    for (document_id, owner), count in counts.most_common():
        yield f"  {document_id} ({count}), owner: {owner or 'unknown'}"
        for gap in gaps:
            if (gap.document_id, gap.owner) == (document_id, owner):
                yield f"  {_line(gap)}"


def _line(gap: "Gap") -> str:
    day = gap.last_asked_at.astimezone(OSLO).date()
    times = f" ({gap.count} times)" if gap.count > 1 else ""
    section = f" [{gap.section}]" if gap.section else ""
    nearest = f" (nearest owner: {gap.owner})" if gap.owner and not gap.document_id else ""
    question = shorten(gap.question, MAX_QUESTION_CHARS, placeholder=" \N{HORIZONTAL ELLIPSIS}")
    return f"  {day}  {question}{times}{section}{nearest}"


def _as_json(gaps: "list[Gap]") -> dict[str, Any]:
    counts = {kind: sum(gap.count for gap in gaps if gap.kind == kind) for kind in _SECTIONS}
    rows = [
        {
            "kind": gap.kind.value,
            "question": gap.question,
            "language": gap.language,
            "document": gap.document_id or None,
            "section": gap.section or None,
            "owner": gap.owner or None,
            "count": gap.count,
            "last_asked_at": gap.last_asked_at.isoformat(),
        }
        for gap in gaps
    ]
    return {"counts": counts, "gaps": rows}
