"""How large each kind of item would be: the natural sizes that the layout shares room between."""

import math
from functools import lru_cache

from ...language.positions import Arrangement
from .arrange import cells, natural
from .figures import figure, figure_for
from .layout import Extent, Leaf
from .reading import Picture, Thing, TypeStyle, Wording
from .typeset import Setting, fit, measure

CARD_ASPECT = 1.3
HOST_ASPECT = 1.7
LABEL_STRIP = 0.2
"""Height of a label under a figure, in heights of the figures' room."""
_TYPE_SIZES = {"title": 0.15, "subtitle": 0.062, "text": 0.085, "note": 0.06}
"""Largest size of type, in measures of the canvas."""
_LOW_FAMILIES = frozenset({"script", "handwritten"})
"""Kinds of type whose small letters are low for their size."""
_WEIGHTS = {"title": 1.6, "subtitle": 1.0, "text": 1.2, "note": 0.7}


_IN_LINES = frozenset({None, Arrangement.ROW, Arrangement.COLUMN, Arrangement.GRID})


def measure_of(width: float, height: float) -> float:
    """The side of the canvas that sizes are relative to; long strips count for more than their short side."""
    return min(min(width, height) * 1.5, math.sqrt(width * height))


def drawn_as(thing: Thing) -> str:
    """The figure of a thing, or "card"."""
    return figure_for(thing.label) or figure_for(thing.noun) or figure_for(thing.noun.split()[-1]) or "card"


def needs_label(thing: Thing) -> bool:
    """Whether a thing that is drawn as a figure still needs its name under it, for its material or kind."""
    name = drawn_as(thing)
    return name != "card" and figure_for(thing.label) != name


def aspect_of(thing: Thing, *, hosts: bool) -> float:
    """Width over height of one of the things."""
    name = drawn_as(thing)
    if hosts:
        return HOST_ASPECT
    return CARD_ASPECT if name == "card" else figure(name).aspect


def thing_leaf(thing: Thing, measure: float, *, hosts: bool, count: int | None = None) -> Leaf:
    """The leaf of a counted thing, or of some of its number."""
    number = thing.count if count is None else count
    aspect = aspect_of(thing, hosts=hosts)
    arrangement = thing.arrangement
    area = (measure * (0.62 if hosts else 0.44)) ** 2 * thing.size / number**0.55
    tallest = math.sqrt(area / aspect)
    strip = 1 - LABEL_STRIP if needs_label(thing) else 1.0

    def extent(width: float, height: float) -> Extent:
        width, height = max(width, 1.0), max(height * strip, 1.0)
        placed = cells(number, arrangement, width=width, height=height, aspect=aspect, columns=thing.columns)
        scale = min(1.0, tallest / max(placed[0][3], 1e-6))
        if number > 1 and arrangement not in _IN_LINES:
            columns, rows = natural(number, arrangement, aspect)
            scale = min(1.0, tallest * rows / height, tallest * columns / width)
            return width * scale, height * scale / strip
        wide = max(x + w for x, _, w, _ in placed) - min(x for x, _, _, _ in placed)
        high = max(y + h for _, y, _, h in placed) - min(y for _, y, _, _ in placed)
        return wide * scale, high * scale / strip

    return Leaf(
        item=thing, count=number, weight=math.sqrt(thing.size * number**0.5) * (1.6 if hosts else 1.0), extent=extent
    )


def picture_leaf(picture: Picture, aspect: float, canvas: Extent) -> Leaf:
    """The leaf of a reference image: whole, in its own aspect."""
    share = picture.size**0.85
    widest = canvas[0] * (picture.width_share or min(1.0, 0.72 * share))
    highest = canvas[1] * (1.0 if picture.width_share else min(1.0, 0.6 * share))

    def extent(width: float, height: float) -> Extent:
        w = max(min(width, widest, height * aspect, highest * aspect), 1.0)
        return w, w / aspect

    return Leaf(item=picture, weight=3.0 * picture.size, extent=extent)


def wording_leaf(wording: Wording, measure: float, canvas: Extent) -> Leaf:
    """The leaf of quoted text."""
    largest = largest_type(wording, measure)
    widest = canvas[0] * (wording.width_share or 1.0)

    def extent(width: float, height: float) -> Extent:
        setting = setting_of(wording.text, wording.style, width=min(width, widest), height=height, largest=largest)
        return float(setting.width), float(setting.height)

    return Leaf(
        item=wording,
        weight=_WEIGHTS[wording.rank] * math.sqrt(wording.size) * (1 + len(wording.text) / 160),
        extent=extent,
    )


def largest_type(wording: Wording, measure: float) -> int:
    """The largest size of type for a text, by its rank and length."""
    short = 1.0 if len(wording.text) <= 28 else 0.8 if len(wording.text) <= 80 else 0.6
    low = 1.3 if wording.style.family in _LOW_FAMILIES else 1.0
    return max(9, round(measure * _TYPE_SIZES[wording.rank] * short * low * wording.size**0.8))


def setting_of(text: str, style: TypeStyle, *, width: float, height: float, largest: int) -> Setting:
    """The text set in a room; rooms that differ by less than a pixel give the same."""
    return _setting(text, style, max(int(width + 0.01), 1), max(int(height + 0.01), 1), largest)


@lru_cache(maxsize=512)
def _setting(text: str, style: TypeStyle, width: int, height: int, largest: int) -> Setting:
    return fit(text, style, width=width, height=height, largest=largest)


def forget_settings() -> None:
    """Forget what was set before, so that a measurement starts afresh."""
    _setting.cache_clear()
    measure.cache_clear()
