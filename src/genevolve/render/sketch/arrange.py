"""Where several things of a kind stand within their room: rows, grids, circles, arcs and the rest."""

import math
from random import Random

from ...language.positions import Arrangement

Cell = tuple[float, float, float, float]
"""left, top, width, height; all cells of an arrangement are equal in size."""
GAP = 0.22
"""Space between neighbours, in sides of a cell."""


def cells(
    count: int,
    arrangement: Arrangement | None,
    *,
    width: float,
    height: float,
    aspect: float,
    seed: int = 0,
    columns: int | None = None,
) -> list[Cell]:
    """Room for each of `count` things of an aspect (width over height), none overlapping another.

    `columns` is how many stand in a line of a grid, where that is stated.
    """
    match arrangement if count > 1 else None:
        case Arrangement.ROW:
            return _grid(count, count, width, height, aspect)
        case Arrangement.COLUMN:
            return _grid(count, 1, width, height, aspect)
        case Arrangement.CIRCLE if count > 2:
            return _on_ellipse(count, width, height, aspect, start=-math.pi / 2, turn=2 * math.pi)
        case Arrangement.ARC if count > 2:
            return _on_arc(count, width, height, aspect)
        case Arrangement.TRIANGLE if count > 2:
            return _triangle(count, width, height, aspect)
        case Arrangement.DIAGONAL:
            return _diagonal(count, width, height, aspect)
        case Arrangement.SCATTERED if count > 2:
            return _scattered(count, width, height, aspect, seed)
        case _:
            return _grid(
                count,
                min(columns, count) if columns else _best_columns(count, width, height, aspect),
                width,
                height,
                aspect,
            )


def natural(count: int, arrangement: Arrangement | None, aspect: float) -> tuple[float, float]:
    """Width and height that the things would take if each were 1 high."""
    match arrangement if count > 1 else None:
        case Arrangement.ROW:
            columns, rows = count, 1
        case Arrangement.COLUMN:
            columns, rows = 1, count
        case Arrangement.CIRCLE | Arrangement.SCATTERED | Arrangement.DIAGONAL | Arrangement.TRIANGLE if count > 2:
            side = max(2.4, count / math.pi * 1.4 if arrangement is Arrangement.CIRCLE else math.sqrt(count) * 1.5)
            return side * aspect, side
        case Arrangement.ARC if count > 2:
            return count * aspect, max(1.8, count / 2.4)
        case _:
            columns = count if count <= 5 else math.ceil(math.sqrt(count * 1.4))
            rows = math.ceil(count / columns)
    return (columns + GAP * (columns - 1)) * aspect, rows + GAP * (rows - 1)


def _best_columns(count: int, width: float, height: float, aspect: float) -> int:
    """The columns that give the largest cells, among those whose last row is not nearly empty."""

    def side(columns: int) -> float:
        rows = math.ceil(count / columns)
        # A grid without gaps in its last row is worth somewhat smaller things.
        worth = 1.3 if count % columns == 0 and columns > 1 else 1.0
        return worth * min(width / ((columns + GAP * (columns - 1)) * aspect), height / (rows + GAP * (rows - 1)))

    full = [
        columns
        for columns in range(1, count + 1)
        if count % columns == 0 or (count >= 5 and count % columns > columns / 2)
    ]
    return max(full, key=lambda columns: (side(columns), columns))


def _grid(count: int, columns: int, width: float, height: float, aspect: float) -> list[Cell]:
    rows = math.ceil(count / columns)
    h = min(width / ((columns + GAP * (columns - 1)) * aspect), height / (rows + GAP * (rows - 1)))
    w = h * aspect
    top = (height - h * (rows + GAP * (rows - 1))) / 2
    placed: list[Cell] = []
    for index in range(count):
        row, column = divmod(index, columns)
        in_row = min(columns, count - row * columns)
        left = (width - w * (in_row + GAP * (in_row - 1))) / 2
        placed.append((left + column * w * (1 + GAP), top + row * h * (1 + GAP), w, h))
    return placed


def _around(centres: list[tuple[float, float]], width: float, height: float, aspect: float) -> list[Cell]:
    """The largest equal cells about centres given in the unit square, within the room and apart from each other."""
    low, high = 0.0, min(width / aspect, height)
    for _ in range(24):
        h = (low + high) / 2
        if _fits(centres, width, height, h * aspect, h):
            low = h
        else:
            high = h
    h, w = low, low * aspect
    return [(x * (width - w), y * (height - h), w, h) for x, y in centres]


def _fits(centres: list[tuple[float, float]], width: float, height: float, w: float, h: float) -> bool:
    if w > width or h > height:
        return False
    spots = [(x * (width - w), y * (height - h)) for x, y in centres]
    apart = 1 + GAP / 3
    # On a curve only the nearest neighbours can meet, the ends of a closed one included.
    return all(
        abs(spots[i][0] - spots[i - back][0]) >= w * apart or abs(spots[i][1] - spots[i - back][1]) >= h * apart
        for back in range(1, min(5, len(spots)))
        for i in range(len(spots))
    )


def _on_ellipse(count: int, width: float, height: float, aspect: float, *, start: float, turn: float) -> list[Cell]:
    side = min(width, height)
    angles = [start + turn * i / count for i in range(count)]
    centres = [(0.5 + 0.5 * math.cos(a), 0.5 + 0.5 * math.sin(a)) for a in angles]
    placed = _around(centres, side, side, aspect)
    return [(x + (width - side) / 2, y + (height - side) / 2, w, h) for x, y, w, h in placed]


def _on_arc(count: int, width: float, height: float, aspect: float) -> list[Cell]:
    angles = [math.pi * (1.08 + 0.84 * i / (count - 1)) for i in range(count)]
    lift = [math.sin(a) for a in angles]
    highest, lowest = min(lift), max(lift)
    centres = [(i / (count - 1), (y - highest) / (lowest - highest)) for i, y in enumerate(lift)]
    flat = min(height, width * 0.45)
    placed = _around(centres, width, flat, aspect)
    return [(x, y + (height - flat) / 2, w, h) for x, y, w, h in placed]


def _triangle(count: int, width: float, height: float, aspect: float) -> list[Cell]:
    rows = 1
    while rows * (rows + 1) // 2 < count:
        rows += 1
    sizes = list(range(1, rows + 1))
    surplus = rows * (rows + 1) // 2 - count
    if surplus:
        sizes[-1] -= surplus
        sizes = sorted(size for size in sizes if size > 0)
    widest = max(sizes)
    h = min(width / ((widest + GAP * (widest - 1)) * aspect), height / (len(sizes) + GAP * (len(sizes) - 1)))
    w = h * aspect
    top = (height - h * (len(sizes) + GAP * (len(sizes) - 1))) / 2
    placed: list[Cell] = []
    for row, size in enumerate(sizes):
        left = (width - w * (size + GAP * (size - 1))) / 2
        placed += [(left + column * w * (1 + GAP), top + row * h * (1 + GAP), w, h) for column in range(size)]
    return placed


def _diagonal(count: int, width: float, height: float, aspect: float) -> list[Cell]:
    return _around([(i / (count - 1), i / (count - 1)) for i in range(count)], width, height, aspect)


def _scattered(count: int, width: float, height: float, aspect: float, seed: int) -> list[Cell]:
    """Loosely strewn: one thing in each field of a grid, moved about within it."""
    columns = max(1, round(math.sqrt(count * width / max(height * aspect, 1e-6))))
    rows = math.ceil(count / columns)
    random = Random(seed * 7919 + count)
    w0, h0 = width / columns, height / rows
    h = min(w0 / aspect, h0) * 0.66
    w = h * aspect
    fields = sorted(random.sample(range(columns * rows), count))
    return [
        (
            (field % columns) * w0 + random.random() * (w0 - w),
            (field // columns) * h0 + random.random() * (h0 - h),
            w,
            h,
        )
        for field in fields
    ]
