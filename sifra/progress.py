"""Progress for people: a live line with the elapsed time on a terminal, plain lines everywhere else."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn
from rich.progress import Task as RichTask
from rich.text import Text


def duration(seconds: float) -> str:
    """Write a duration the way people say it: `0.4 s`, `12 s`, `3 min 4 s`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


class _Elapsed(TextColumn):
    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: RichTask) -> Text:
        return Text(f"… {duration(task.elapsed or 0)}")


class Activity:
    """One thing that is going on; made by `Display.begin`."""

    def __init__(self, display: "Display", title: str) -> None:
        self._display = display
        self._title = title
        self._began = time.monotonic()
        self._line: TaskID | None = display.show_live(title)

    def done(self, detail: str = "") -> None:
        """Say that it went well and how long it took."""
        self._end("✓", f" ({detail})" if detail else "", "green")

    def failed(self) -> None:
        """Say that it did not."""
        self._end("✗", ": failed", "red")

    def _end(self, mark: str, detail: str, style: str) -> None:
        self._display.hide_live(self._line)
        elapsed = duration(time.monotonic() - self._began)
        self._display.say(f"{mark} {self._title}{detail}  {elapsed}", style)


class Display:
    """Where progress goes; a context manager, because a live line must be taken down at the end."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)
        self._live: Progress | None = None
        if self.console.is_terminal:
            self._live = Progress(
                SpinnerColumn(), TextColumn("{task.description}"), _Elapsed(),
                console=self.console, transient=True,
            )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def begin(self, title: str) -> Activity:
        """Show that something starts."""
        if not self._live:
            self.say(f"… {title}")
        return Activity(self, title)

    def say(self, line: str, style: str = "") -> None:
        """Print a line that stays."""
        self.console.print(Text(line, style=style))

    def show_live(self, title: str) -> TaskID | None:
        """Put up a live line, where there is a terminal."""
        if not self._live:
            return None
        line = self._live.add_task(title, total=None)
        self._live.start()
        return line

    def hide_live(self, line: TaskID | None) -> None:
        """Take a live line down again; with the last one the refreshing ends too."""
        if self._live and line is not None:
            self._live.remove_task(line)
            self._live.refresh()
            if not self._live.tasks:
                self._live.stop()
