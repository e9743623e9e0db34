"""How far a build of the index is: a bar with counts and the time that remains, or lines where there is no
terminal."""

import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from sifra.progress import duration

if TYPE_CHECKING:
    from index_builder.build import BuildProgress

_LINE_EVERY_S = 10.0


class IndexProgress:
    """Shows one build; a context manager, because the bar must be taken down at the end."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, soft_wrap=True)
        self._began_s = self._told_s = time.monotonic()
        self._task: TaskID | None = None
        self._bar = Progress(
            TextColumn("Indexing"), BarColumn(), MofNCompleteColumn(), TextColumn("files,"),
            TextColumn("{task.fields[chunks]} passages,"), TimeRemainingColumn(), TextColumn("left"),
            console=self._console, transient=True,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:  # else it would print an empty line
            self._bar.stop()

    def show(self, progress: "BuildProgress") -> None:
        """Show how far it is."""
        if not self._console.is_terminal:
            self._tell(progress)
            return
        if self._task is None:
            self._task = self._bar.add_task("", total=progress.files, chunks=0)
            self._bar.start()
        self._bar.update(self._task, completed=progress.files_done, chunks=progress.chunks_encoded)

    def _tell(self, progress: "BuildProgress") -> None:
        now_s = time.monotonic()
        if now_s - self._told_s < _LINE_EVERY_S or not progress.files_done:
            return
        self._told_s = now_s
        left_s = (now_s - self._began_s) * (progress.files - progress.files_done) / progress.files_done
        self._console.print(
            f"{progress.files_done} of {progress.files} files, {progress.chunks_encoded} passages,"
            f" about {duration(left_s)} left"
        )
