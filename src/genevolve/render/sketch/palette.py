"""Colours that go together, and whether one can be read on another."""

from collections.abc import Sequence

from ...language.colours import Rgb

INK: Rgb = (38, 40, 46)
WHITE: Rgb = (255, 255, 255)
QUIET: Rgb = (118, 114, 106)
"""For captions on paper."""
CARDS: tuple[Rgb, ...] = (
    (126, 160, 190), (222, 164, 118), (144, 176, 132), (198, 138, 146), (164, 150, 194), (214, 188, 116), (120, 176,
    172),
    (186, 158, 136),
)  # fmt: skip
"""Muted colours for things whose colour the prompt leaves open, dealt out in order."""
READABLE = 3.0
"""The least contrast for large text, by WCAG 2.1."""
DISTINCT = 70.0
"""The least distance of a figure's colour from its ground that shows without an outline."""


def luminance(rgb: Rgb) -> float:
    """Relative luminance from 0 to 1, as WCAG 2.1 defines it."""
    red, green, blue = ((c / 255 / 12.92) if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Rgb, other: Rgb) -> float:
    """WCAG contrast ratio, from 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def distance(one: Rgb, other: Rgb) -> float:
    """How far apart two colours are, from 0 to 442: by hue as well as by lightness."""
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5


def ink_on(ground: Rgb) -> Rgb:
    """Dark or white, whichever reads better on the ground."""
    return INK if contrast(INK, ground) >= contrast(WHITE, ground) else WHITE


def mixed(one: Rgb, other: Rgb, part: float) -> Rgb:
    """The first colour with a part of the second, from 0 to 1."""
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(one, other, strict=True))
    return red, green, blue


def darker(rgb: Rgb, part: float = 0.22) -> Rgb:
    """The colour towards black; a dark one towards white, so that it shows."""
    return mixed(rgb, (0, 0, 0), part) if luminance(rgb) > 0.03 else mixed(rgb, WHITE, part)


def lighter(rgb: Rgb, part: float = 0.4) -> Rgb:
    """The colour towards white; a light one a little towards black."""
    return mixed(rgb, WHITE, part) if luminance(rgb) < 0.8 else mixed(rgb, (0, 0, 0), part / 4)


def at_height(stops: Sequence[Rgb], part: float) -> Rgb:
    """The colour of a gradient at a part of its height, from 0 at the top to 1."""
    if len(stops) == 1:
        return stops[0]
    spot = min(max(part, 0.0), 1.0) * (len(stops) - 1)
    index = min(int(spot), len(stops) - 2)
    return mixed(stops[index], stops[index + 1], spot - index)
