"""Where boxes stand: on the canvas, by one another, and among their like.

All tolerances are stated here. `Canvas` sizes are in pixels; a thing that is
drawn several times stands where the box around all of them stands.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from ...language.positions import Arrangement, Place, Relation
from ...records import Box

OFF_CENTRE = 0.15
"""How far a thing's middle may be from the canvas's, in its width or height, to stand in the centre, with the canvas's
middle on the thing besides; where it is further off, it stands on a side."""
OVERLAP = 0.25
"""How much two things side by side may reach into each other, in sizes of the smaller."""
NEAR = 0.12
"""How wide a gap two things that touch may have, in the canvas's shorter sides."""

Point = tuple[float, float]


def centre(box: Box) -> Point:
    """The middle of a box."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def area(box: Box) -> float:
    """The area of a box, in pixels."""
    return float(max(box[2] - box[0], 0) * max(box[3] - box[1], 0))


def common(one: Box, other: Box) -> float:
    """The area that two boxes share, in pixels."""
    return area((max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])))


def around(boxes: Sequence[Box]) -> Box:
    """The box around boxes."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def is_at(place: Place, boxes: Sequence[Box], size: tuple[int, int]) -> bool:
    """Whether things stand at a place of the canvas; "top" says nothing of left and right."""
    whole = around(boxes)
    x, y = centre(whole)
    across, down = x / size[0] - 0.5, y / size[1] - 0.5
    words = place.value.split()
    if place is Place.CENTRE:
        is_on_it = whole[0] <= size[0] / 2 <= whole[2] and whole[1] <= size[1] / 2 <= whole[3]
        return is_on_it and max(abs(across), abs(down)) <= OFF_CENTRE
    sides = {"left": -across, "right": across, "top": -down, "bottom": down}
    return all(sides[word] > OFF_CENTRE for word in words)


def stands(relation: Relation, one: Sequence[Box], other: Sequence[Box], size: tuple[int, int]) -> bool:
    """Whether the first things stand so, seen from the others."""
    match relation:
        case Relation.ABOVE:
            return _is_before(around(one), around(other), axis=1)
        case Relation.BELOW:
            return _is_before(around(other), around(one), axis=1)
        case Relation.LEFT_OF:
            return _is_before(around(one), around(other), axis=0)
        case Relation.RIGHT_OF:
            return _is_before(around(other), around(one), axis=0)
        case Relation.ON:
            return _is_on(around(one), around(other), size)
        case Relation.IN_FRONT_OF | Relation.BEHIND:
            return _is_in_line(around(one), around(other), size)
        case Relation.INSIDE:
            return all(common(box, around(other)) >= 0.95 * area(box) for box in one)
        case Relation.BESIDE:
            return _is_beside(around(one), around(other))
        case Relation.AROUND:
            return _is_around(one, around(other))
        case Relation.BETWEEN:
            return _is_between(around(one), other)
        case Relation.FLANKING:
            return _is_between(around(other), one)


def is_arranged(arrangement: Arrangement, boxes: Sequence[Box]) -> bool:
    """Whether things of a kind stand together so."""
    if len(boxes) < 2:
        return True
    spots = [centre(box) for box in boxes]
    wide = sum(box[2] - box[0] for box in boxes) / len(boxes)
    high = sum(box[3] - box[1] for box in boxes) / len(boxes)
    return _ARRANGED[arrangement](spots, wide, high)


def _is_before(one: Box, other: Box, *, axis: int) -> bool:
    """The first ends about where the second begins, and is further along this axis than beside it."""
    smaller = min(one[axis + 2] - one[axis], other[axis + 2] - other[axis])
    along = centre(other)[axis] - centre(one)[axis]
    beside = abs(centre(other)[1 - axis] - centre(one)[1 - axis])
    return one[axis + 2] <= other[axis] + OVERLAP * smaller and along > 0 and along >= 0.5 * beside


def _is_on(one: Box, other: Box, size: tuple[int, int]) -> bool:
    """It stands on the other's upper edge, or lies within its outline."""
    x, y = centre(one)
    if not other[0] <= x <= other[2]:
        return False
    stands_on = abs(one[3] - other[1]) <= NEAR * min(size) and y < other[1]
    return stands_on or other[1] - (one[3] - one[1]) / 2 <= y <= other[3]


def _is_in_line(one: Box, other: Box, size: tuple[int, int]) -> bool:
    """One overlaps the other, or stands close above or below it: a flat drawing has no depth of its own."""
    if common(one, other):
        return True
    gap = max(other[1] - one[3], one[1] - other[3])
    return min(one[2], other[2]) > max(one[0], other[0]) and gap <= NEAR * min(size)


def _is_beside(one: Box, other: Box) -> bool:
    smaller = min(one[3] - one[1], other[3] - other[1])
    shared = min(one[3], other[3]) - max(one[1], other[1])
    apart = _is_before(one, other, axis=0) or _is_before(other, one, axis=0)
    return apart and shared >= OVERLAP * smaller


def _is_around(ring: Sequence[Box], core: Box) -> bool:
    """The core's middle has things of the ring in at least three of the four quarters about it."""
    x, y = centre(core)
    return len({(centre(box)[0] > x, centre(box)[1] > y) for box in ring}) >= 3


def _is_between(one: Box, others: Sequence[Box]) -> bool:
    """Two of the others are level with it and on either side: left and right, or above and below."""
    spot = centre(one)
    for axis in (0, 1):
        level = [box for box in others if box[1 - axis] < one[3 - axis] and box[3 - axis] > one[1 - axis]]
        edges = [centre(box)[axis] for box in level]
        size = one[axis + 2] - one[axis]
        if edges and min(edges) < spot[axis] - size / 4 and max(edges) > spot[axis] + size / 4:
            return True
    return False


def _lines(spots: Sequence[Point], axis: int, step: float) -> list[list[Point]]:
    """The spots in lines: sorted along an axis, a new line where the next is more than a step on."""
    ordered = sorted(spots, key=lambda spot: spot[axis])
    lines = [[ordered[0]]]
    for before, spot in pairwise(ordered):
        if spot[axis] - before[axis] > step:
            lines.append([])
        lines[-1].append(spot)
    return lines


def _is_row(spots: Sequence[Point], wide: float, high: float) -> bool:
    across = sorted(x for x, _ in spots)
    return _spread([y for _, y in spots]) <= 0.35 * high and all(b - a >= 0.5 * wide for a, b in pairwise(across))


def _is_column(spots: Sequence[Point], wide: float, high: float) -> bool:
    return _is_row([(y, x) for x, y in spots], high, wide)


def _is_grid(spots: Sequence[Point], wide: float, high: float) -> bool:
    """Two lines or more, each level and spaced evenly; the last may be shorter."""
    rows = _lines(spots, 1, 0.5 * high)
    lengths = [len(row) for row in rows]
    level = all(_is_row(row, wide, high) for row in rows)
    return len(rows) >= 2 <= lengths[0] and level and len(set(lengths[:-1])) == 1 and lengths[-1] <= lengths[0]


def _is_circle(spots: Sequence[Point], wide: float, high: float) -> bool:
    del wide, high
    x = sum(spot[0] for spot in spots) / len(spots)
    y = sum(spot[1] for spot in spots) / len(spots)
    radii = [math.dist(spot, (x, y)) for spot in spots]
    mean = sum(radii) / len(radii)
    angles = sorted(math.atan2(b - y, a - x) for a, b in spots)
    gaps = [b - a for a, b in pairwise([*angles, angles[0] + math.tau])]
    even = max(gaps) <= 1.8 * math.tau / len(spots)
    return len(spots) >= 3 and mean > 0 and _spread(radii) <= 0.4 * mean and even


def _is_arc(spots: Sequence[Point], wide: float, high: float) -> bool:
    """From left to right the heights rise and then fall, or fall and then rise, by a quarter of a thing or more."""
    del wide
    heights = [y for _, y in sorted(spots)]
    if len(heights) < 3 or _spread(heights) < 0.25 * high:
        return False
    middle = heights[1:-1]
    ends = heights[0], heights[-1]
    bows = max(middle) <= min(ends) or min(middle) >= max(ends)
    turns = [b > a for a, b in pairwise(heights) if abs(b - a) > 0.02 * high]
    return bows and sum(a != b for a, b in pairwise(turns)) == 1


def _is_triangle(spots: Sequence[Point], wide: float, high: float) -> bool:
    """Level lines that grow from the first to the last, or shrink."""
    rows = _lines(spots, 1, 0.5 * high)
    lengths = [len(row) for row in rows]
    level = all(_is_row(row, wide, high) for row in rows)
    grows = lengths in (sorted(lengths), sorted(lengths, reverse=True)) and lengths[0] != lengths[-1]
    return len(spots) >= 3 and level and grows


def _is_diagonal(spots: Sequence[Point], wide: float, high: float) -> bool:
    xs, ys = [x for x, _ in spots], [y for _, y in spots]
    if _spread(xs) < 0.5 * wide or _spread(ys) < 0.5 * high:
        return False
    line = [(x - min(xs)) / _spread(xs) for x in xs]
    down = [(y - min(ys)) / _spread(ys) for y in ys]
    falls = all(abs(a - b) <= 0.2 for a, b in zip(line, down, strict=True))
    return falls or all(abs(a - (1 - b)) <= 0.2 for a, b in zip(line, down, strict=True))


def _is_scattered(spots: Sequence[Point], wide: float, high: float) -> bool:
    return not _is_row(spots, wide, high) and not _is_column(spots, wide, high)


def _spread(values: Sequence[float]) -> float:
    return max(values) - min(values)


_ARRANGED: dict[Arrangement, Callable[[Sequence[Point], float, float], bool]] = {
    Arrangement.ROW: _is_row,
    Arrangement.COLUMN: _is_column,
    Arrangement.GRID: _is_grid,
    Arrangement.CIRCLE: _is_circle,
    Arrangement.ARC: _is_arc,
    Arrangement.TRIANGLE: _is_triangle,
    Arrangement.DIAGONAL: _is_diagonal,
    Arrangement.SCATTERED: _is_scattered,
}
