"""How charts look. Lengths are in pixels of the picture, of which two make one on the screen."""

from dataclasses import dataclass

WIDTH = 720
MARGIN = 24
TITLE_SIZE = 30
TEXT_SIZE = 24  # 12 CSS pixels
SMALL_SIZE = 22  # 11 CSS pixels, the least that is used
LINE_HEIGHT = 1.3

# A trend with more points than this is a line, as bars get too thin for the eye and for numbers at them.
MAX_TIME_BARS = 18
MAX_PAIRED_TIME_BARS = 12
# With more groups than this the rest become one bar.
MAX_BARS = 12


@dataclass(frozen=True)
class Theme:
    """Colours as #rrggbb.

    `current` and `before` are blue-green and orange, which people with any of the common colour blindnesses
    tell apart; `before` is hatched or dashed besides.
    """

    background: str
    text: str
    quiet: str
    line: str
    current: str
    before: str


# The surfaces are those of the web chat.
LIGHT = Theme("#ffffff", "#18262a", "#51626a", "#7d8d8c", "#0b5a5e", "#b5540c")
DARK = Theme("#182225", "#e4ebea", "#a3b3b6", "#74888c", "#74c8c1", "#f0a35e")


def contrast(first: str, second: str) -> float:
    """The contrast of two colours, 1 to 21, after https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[start : start + 2], 16) / 255) for start in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
