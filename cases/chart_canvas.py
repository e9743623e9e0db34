"""A picture in pixels, drawn by matplotlib without any of its global state, so that threads do not meet.

x goes right and y goes down, both from the upper left corner.
"""

import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Literal

import matplotlib
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

from cases.chart_style import WIDTH, Theme

_DPI = 72  # so that a point is a pixel
_HATCH = "///"
_EDGE = 2.0

Align = Literal["left", "center", "right"]


class Canvas:
    """Collects what is drawn; the height is known only at the end."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self._artists: list[Artist] = []

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        colour: str,
        *,
        bold: bool = False,
        align: Align = "left",
        upright: bool = False,
    ) -> None:
        """Write one line.

        Args:
            x: of the left end, middle or right end, as `align` says.
            y: of the line's upper edge; of the lower end of a line that is `upright`.
            upright: read from below, in the middle of `x`.
        """
        # Dollar signs are what people wrote, not formulas.
        self._artists.append(
            Text(
                x, y, drawable(words), color=colour, font=font(size, bold=bold), parse_math=False,
                rotation=90 if upright else 0, ha="center" if upright else align,
                va="bottom" if upright else "top",
            )
        )  # fmt: skip

    def bar(self, x: float, y: float, width: float, height: float, colour: str, *, hatched: bool) -> None:
        """Draw a filled rectangle, or a hatched one with an edge."""
        if hatched:
            inset = _EDGE / 2
            patch = Rectangle(
                (x + inset, y + inset), max(width - _EDGE, 0), max(height - _EDGE, 0), linewidth=_EDGE,
                facecolor=self.theme.background, edgecolor=colour, hatch=_HATCH, hatch_linewidth=_EDGE,
            )  # fmt: skip
        else:
            patch = Rectangle((x, y), width, height, facecolor=colour, linewidth=0)
        self._artists.append(patch)

    def line(
        self, points: Sequence[tuple[float, float]], colour: str, *, width: float = 2, dashed: bool = False
    ) -> None:
        """Draw straight lines from point to point."""
        xs, ys = zip(*points, strict=True)
        self._artists.append(Line2D(xs, ys, color=colour, linewidth=width, linestyle="--" if dashed else "-"))

    def mark(
        self, x: float, y: float, colour: str, shape: str, *, size: float = 11, filled: bool = True
    ) -> None:
        """Draw a point; `shape` is one of matplotlib's markers."""
        face = colour if filled else self.theme.background
        self._artists.append(
            Line2D(
                [x], [y], marker=shape, markersize=size, markerfacecolor=face, markeredgecolor=colour,
                markeredgewidth=_EDGE, linestyle="none",
            )
        )  # fmt: skip

    def png(self, height: float) -> bytes:
        """The picture; without date or version, so that the same chart is the same bytes."""
        pixels = round(height)
        figure = Figure(figsize=(WIDTH / _DPI, pixels / _DPI), dpi=_DPI, facecolor=self.theme.background)
        canvas = FigureCanvasAgg(figure)
        downwards = Affine2D().scale(1, -1).translate(0, pixels)
        for artist in self._artists:
            artist.set_transform(downwards)
            figure.add_artist(artist)
        buffer = BytesIO()
        canvas.print_png(buffer, metadata={"Software": None})  # type: ignore[no-untyped-call]
        return buffer.getvalue()


def width_of(words: str, size: float, *, bold: bool = False) -> float:
    """How wide a line is, in pixels."""
    renderer = RendererAgg(1, 1, _DPI)  # type: ignore[no-untyped-call]
    measure: Callable[..., tuple[float, float, float]] = renderer.get_text_width_height_descent
    return float(measure(drawable(words), font(size, bold=bold), False)[0])


def wrapped(words: str, size: float, max_width: float, *, bold: bool = False) -> list[str]:
    """Break into lines at spaces, and inside a word only where it does not fit on a line of its own."""
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".strip()
        if width_of(longer, size, bold=bold) <= max_width:
            lines[-1] = longer
            continue
        *whole, rest = _pieces(word, size, max_width, bold=bold)
        lines += [*whole, rest]
    return [line for line in lines if line] or [""]


def font(size: float, *, bold: bool = False) -> FontProperties:
    """The font that comes with matplotlib, whatever else the machine has."""
    return FontProperties(fname=font_file(bold=bold), size=size)


def font_file(*, bold: bool = False) -> Path:
    """Where the font lies: DejaVu Sans, which has all Norwegian letters."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name


def drawable(words: str) -> str:
    """Leave out what the font does not have, such as emojis."""
    kept = (char for char in words if ord(char) in _charmap())
    return "".join(char for char in kept if char.isprintable() or unicodedata.category(char) == "Zs")


def _pieces(word: str, size: float, max_width: float, *, bold: bool) -> list[str]:
    pieces = [""]
    for char in word:
        if pieces[-1] and width_of(pieces[-1] + char + "-", size, bold=bold) > max_width:
            pieces[-1] += "-"
            pieces.append("")
        pieces[-1] += char
    return pieces


@lru_cache(maxsize=1)
def _charmap() -> frozenset[int]:
    return frozenset(FT2Font(str(font_file())).get_charmap())
