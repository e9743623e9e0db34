"""`sifra index`: build, update, status and verify the search index of the routines."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sifra.errors import SifraError
from sifra.settings import Stack

if TYPE_CHECKING:
    from index_builder.build import BuildReport, OnProgress

Sources = Annotated[
    list[Path] | None,
    typer.Option("--source", help="A folder of routines, may be repeated; else SIFRA_ROUTINES."),
]
IndexDir = Annotated[Path | None, typer.Option("--index", help="Where the index is; else SIFRA_INDEX_DIR.")]
_MAX_NAMED = 10  # files under one reason


def make_index_app(load_stack: Callable[[bool | None], Stack]) -> typer.Typer:
    """Make the commands.

    Args:
        load_stack: reads the settings.
    """
    app = typer.Typer(no_args_is_help=True, help="The search index of the routines.")

    @app.command("build")
    def build(source: Sources = None, index: IndexDir = None) -> None:
        """Index all routines anew."""
        from index_builder.build import build_index

        _run(load_stack(None), source, index, build_index)

    @app.command("update")
    def update(
        source: Sources = None,
        index: IndexDir = None,
        full: Annotated[
            bool, typer.Option("--full", help="Also read files whose time and size are as before.")
        ] = False,
    ) -> None:
        """Index the routines that have changed and drop those that are gone."""
        from index_builder.build import update_index

        def update_all(
            source_dirs: list[Path], index_dir: Path, encoder: str, tell: "OnProgress | None"
        ) -> "BuildReport":
            return update_index(source_dirs, index_dir, encoder, tell, read_all=full)

        _run(load_stack(None), source, index, update_all)

    @app.command("status")
    def status(source: Sources = None, index: IndexDir = None) -> None:
        """Show what the index holds, and what has changed since."""
        stack = load_stack(None)
        _show_status(_source_dirs(stack, source), _index_dir(stack, index))

    @app.command("verify")
    def verify(source: Sources = None, index: IndexDir = None) -> None:
        """Check that the index is whole; exit code 1 when it is not."""
        stack = load_stack(None)
        _verify(_source_dirs(stack, source), _index_dir(stack, index), stack.encoder)

    return app


def summary_lines(report: "BuildReport") -> list[str]:
    """Say what a build did, a line each."""
    lines = [f"Everything was indexed anew. {report.anew_because}"] if report.anew_because else []
    if not report.published:
        lines.append("Nothing has changed; the index stays as it is.")
    lines.append(
        f"{report.indexed} documents indexed, {report.unchanged} unchanged, {report.removed} removed,"
        f" {len(report.skipped)} files skipped"
    )
    lines.append(f"{report.documents} documents in {report.chunks} passages")
    return lines + skipped_lines(report.skipped)


def skipped_lines(skipped: Iterable[tuple[Path, str]]) -> list[str]:
    """List the files that are not in the index under the reasons why."""
    by_reason: dict[str, list[Path]] = defaultdict(list)
    for path, reason in skipped:
        by_reason[reason].append(path)
    lines = []
    for reason, paths in sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0])):
        lines.append(f"skipped, {reason}:")
        lines += [f"  {path}" for path in paths[:_MAX_NAMED]]
        if len(paths) > _MAX_NAMED:
            lines.append(f"  and {len(paths) - _MAX_NAMED} more")
    return lines


def _run(
    stack: Stack,
    source: list[Path] | None,
    index: Path | None,
    work: "Callable[[list[Path], Path, str, OnProgress | None], BuildReport]",
) -> None:
    from index_builder.errors import IndexBuilderError
    from knowledge.errors import KnowledgeError
    from sifra.index_progress import IndexProgress
    from sifra.progress import duration

    try:
        with IndexProgress() as progress:
            report = work(_source_dirs(stack, source), _index_dir(stack, index), stack.encoder, progress.show)
    except (IndexBuilderError, KnowledgeError) as exc:
        raise SifraError(str(exc)) from exc
    for line in summary_lines(report):
        typer.echo(line)
    typer.echo(f"Done in {duration(report.elapsed_s)}.")


def _show_status(source_dirs: list[Path], index_dir: Path) -> None:
    from index_builder.index_status import index_status
    from knowledge.errors import KnowledgeError

    try:
        status = index_status(index_dir, source_dirs)
    except KnowledgeError as exc:
        raise SifraError(str(exc)) from exc
    manifest = status.manifest
    typer.echo(f"{len(manifest.documents)} documents in {manifest.chunk_count} passages")
    typer.echo(f"built   {manifest.built_at:%Y-%m-%d %H:%M} UTC")
    typer.echo(f"encoder {manifest.encoder_name} ({manifest.dimension} dimensions)")
    typer.echo(
        f"since   {status.changed} files changed, {status.new} new, {status.removed} removed,"
        f" {status.unchanged} as they were"
    )
    skipped = ((Path(entry.source_dir, entry.source.path), entry.reason) for entry in manifest.skipped)
    for line in skipped_lines(skipped):
        typer.echo(line)


def _verify(source_dirs: list[Path], index_dir: Path, encoder_name_or_path: str) -> None:
    from index_builder.index_status import index_status
    from index_builder.verification import verify_index
    from knowledge.errors import KnowledgeError
    from knowledge.index_files import current_version_dir
    from knowledge.sentence_transformer_encoder import load_encoder

    try:
        manifest = verify_index(current_version_dir(index_dir), load_encoder(encoder_name_or_path))
        status = index_status(index_dir, source_dirs)
    except KnowledgeError as exc:
        raise SifraError(str(exc)) from exc
    typer.echo(f"The index is whole: {len(manifest.documents)} documents in {manifest.chunk_count} passages.")
    if status.changed or status.new or status.removed:
        typer.echo("Files have changed since it was built; `sifra index update` takes them in.")


def _source_dirs(stack: Stack, given: list[Path] | None) -> list[Path]:
    return [folder.resolve() for folder in given] if given else [stack.routines]


def _index_dir(stack: Stack, given: Path | None) -> Path:
    return given.resolve() if given else stack.index_dir
