"""Aesthetics: a plain formula over a layout; it knows nothing of taste.

Seven measures from 0 to 1, each 1 where nothing is to be said against the picture:

    margins     the share of things with a fiftieth of the canvas's shorter side free on every side
    apart       1 - 4 times the area that things which should not overlap share, over the area of all
    balance     1 to 0 as the things' common centre of gravity moves from the canvas's to half-way to an edge
    filled      the share of the canvas that things take, over a tenth, at most 1
    contrast    the share of things that stand out: text by a contrast of 3, others in the pixels, by fill or outline
    legibility  the share of texts set in type of at least 2.2% of the canvas's shorter side
    understood  1 - a quarter for each part of the prompt that the renderer could not draw

The quality is half-way between their mean and the lowest of them, so that one clear fault is seen: 1 from 0.8 on, 0.5
from 0.6 on, else 0; an empty picture is 0. Captions are left out of all
measures but the last, and a border out of all.
"""

from collections.abc import Sequence

from ...records import PlacedReference, PlacedShape, PlacedText
from .checks import Measure
from .geometry import area, centre, common
from .seen import Placed, Seen
from .words import READABLE, SMALLEST_TYPE

AXIS = "aesthetics"
GOOD = 0.8
FAIR = 0.6
MARGIN = 0.02
FILLED = 0.1


def measure_beauty(seen: Seen) -> list[Measure]:
    """Every measure of the formula; none of an empty picture."""
    drawn = [(number, item) for number, item in enumerate(seen.scene.items) if _counts(item)]
    if not drawn:
        return []
    items = [item for _, item in drawn]
    values = {
        "margins": _margins(items, seen.size),
        "apart": _apart(items),
        "balance": _balance(items, seen.size),
        "filled": min(1.0, sum(area(item.box) for item in items) / (seen.size[0] * seen.size[1] * FILLED)),
        "contrast": sum(_stands_out(number, item, seen) for number, item in drawn) / len(drawn),
        "legibility": _legibility(items, seen.size),
        "understood": max(0.0, 1 - len(seen.scene.not_understood) / 4),
    }
    return [Measure(axis=AXIS, name=name, value=value) for name, value in values.items()]


def quality(measures: Sequence[Measure]) -> float:
    """Half-way between the mean of the measures and the lowest; 0 of an empty picture."""
    values = [measure.value for measure in measures]
    return (sum(values) / len(values) + min(values)) / 2 if values else 0.0


def beauty_level(measures: Sequence[Measure]) -> float:
    """The score by the cuts above."""
    found = quality(measures)
    return 1.0 if found >= GOOD else 0.5 if found >= FAIR else 0.0


def _counts(item: Placed) -> bool:
    if isinstance(item, PlacedText):
        return item.role != "caption"
    return not (isinstance(item, PlacedShape) and item.drawn_as == "border")


def _margins(items: Sequence[Placed], size: tuple[int, int]) -> float:
    least = MARGIN * min(size)
    free = [
        min(item.box[0], item.box[1], size[0] - item.box[2], size[1] - item.box[3]) >= least or _fills(item, size)
        for item in items
    ]
    return sum(free) / len(free)


def _fills(item: Placed, size: tuple[int, int]) -> bool:
    """A picture that is the ground of all has no margins to keep."""
    return isinstance(item, PlacedReference) and area(item.box) >= 0.9 * size[0] * size[1]


def _apart(items: Sequence[Placed]) -> float:
    """Text belongs on the thing that it names, and one thing within another is a choice; half-overlaps are not."""
    clash = 0.0
    for number, one in enumerate(items):
        for other in items[number + 1 :]:
            shared = common(one.box, other.box)
            if shared < 0.9 * min(area(one.box), area(other.box)):
                clash += shared
    whole = sum(area(item.box) for item in items)
    return max(0.0, 1 - 4 * clash / whole) if whole else 0.0


def _balance(items: Sequence[Placed], size: tuple[int, int]) -> float:
    weights = [max(area(item.box), 1.0) for item in items]
    off = 0.0
    for axis in (0, 1):
        middle = sum(centre(item.box)[axis] * weight for item, weight in zip(items, weights, strict=True)) / sum(
            weights
        )
        off = max(off, abs(middle / size[axis] - 0.5))
    return max(0.0, 1 - off / 0.25)


def _stands_out(number: int, item: Placed, seen: Seen) -> bool:
    if isinstance(item, PlacedReference):
        return True
    if isinstance(item, PlacedText):
        return seen.contrast(number, item.colour) >= READABLE
    return seen.is_visible(number)


def _legibility(items: Sequence[Placed], size: tuple[int, int]) -> float:
    texts = [item for item in items if isinstance(item, PlacedText)]
    if not texts:
        return 1.0
    return sum(text.size_px >= SMALLEST_TYPE * min(size) for text in texts) / len(texts)
