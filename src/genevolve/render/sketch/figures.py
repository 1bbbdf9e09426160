"""The figures that are drawn as themselves: stars, hearts, trees, boats; every other thing is a labelled card.

A figure is a pile of layers, each a set of polygons in one tint of the figure's
colour. Coordinates are on a square of 100; a figure is scaled so that it fills
its box, whose aspect it decides.
"""

from dataclasses import dataclass
from functools import cache

from ...language.colours import Rgb
from ...language.nouns import singular
from .everyday import EVERYDAY
from .outlines import ALSO, BLUE, GOLD, PATHS, Tint
from .paths import Polygon, ellipse, flatten, moved, regular, repeat_around, star


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """Polygons in one colour: a tint of the figure's, or one of its own."""

    polygons: tuple[Polygon, ...]
    paint: Tint | Rgb = Tint.MAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A drawable figure; its layers lie in the unit square, touching all four sides."""

    layers: tuple[Layer, ...]
    aspect: float
    """Width over height."""
    colour: Rgb
    """Its colour where the prompt names none."""


_BUILT: dict[str, tuple[Rgb, tuple[Layer, ...]]] = {
    "star": (GOLD, (Layer(polygons=(star(5, inner=0.382),)),)),
    "four-pointed star": (GOLD, (Layer(polygons=(star(4, inner=0.36),)),)),
    "six-pointed star": (GOLD, (Layer(polygons=(star(6, inner=0.577),)),)),
    "seven-pointed star": (GOLD, (Layer(polygons=(star(7, inner=0.55),)),)),
    "eight-pointed star": (GOLD, (Layer(polygons=(star(8, inner=0.6),)),)),
    "pentagon": (BLUE, (Layer(polygons=(regular(5),)),)),
    "hexagon": (BLUE, (Layer(polygons=(regular(6, turn=0),)),)),
    "octagon": (BLUE, (Layer(polygons=(regular(8, turn=22.5),)),)),
    "sun": (
        GOLD,
        (
            Layer(polygons=repeat_around("M 50 0 L 55 20 L 45 20 Z", times=12)),
            Layer(polygons=(ellipse(50, 50, 26, 26),)),
        ),
    ),
    "flower": (
        (228, 100, 130),
        (
            Layer(polygons=repeat_around("O 50 22 17 22", times=6)),
            Layer(polygons=(ellipse(50, 50, 15, 15),), paint=(250, 206, 70)),
        ),
    ),
    "snowflake": (
        (120, 178, 220),
        (
            Layer(
                polygons=repeat_around(
                    "M 47 0 L 53 0 L 53 50 L 47 50 Z M 50 22 L 64 10 L 67 14 L 50 30 L 33 14 L 36 10 Z", times=6
                )
            ),
        ),
    ),
    "gear": (
        (130, 138, 150),
        (
            Layer(polygons=(*repeat_around("M 41 0 L 59 0 L 62 18 L 38 18 Z", times=8), ellipse(50, 50, 38, 38))),
            Layer(polygons=(ellipse(50, 50, 15, 15),), paint=Tint.CUT),
        ),
    ),
}
_OUTLINES = PATHS | EVERYDAY


def figure_for(noun: str) -> str | None:
    """The name of the figure that a noun is drawn as, or None where it becomes a card."""
    name = singular(noun.lower())
    name = ALSO.get(name, name)
    return name if name in _OUTLINES or name in _BUILT else None


def is_figure(word: str) -> bool:
    """Whether the noun, singular or plural, is drawn as itself."""
    return figure_for(word) is not None


def figure_names() -> tuple[str, ...]:
    """All figures, in alphabetical order."""
    return tuple(sorted({*_OUTLINES, *_BUILT}))


@cache
def figure(name: str) -> Figure:
    """A figure by its own name."""
    if name in _BUILT:
        colour, layers = _BUILT[name]
    else:
        colour, paths = _OUTLINES[name]
        layers = tuple(Layer(polygons=flatten(path), paint=paint) for paint, path in paths)
    solid = [
        point for layer in layers if layer.paint is not Tint.CUT for polygon in layer.polygons for point in polygon
    ]
    left, right = min(x for x, _ in solid), max(x for x, _ in solid)
    top, bottom = min(y for _, y in solid), max(y for _, y in solid)
    width, height = right - left, bottom - top
    placed = tuple(
        Layer(polygons=moved(layer.polygons, lambda x, y: ((x - left) / width, (y - top) / height)), paint=layer.paint)
        for layer in layers
    )
    return Figure(layers=placed, aspect=width / height, colour=colour)
