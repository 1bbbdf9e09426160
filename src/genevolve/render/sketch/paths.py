"""Outlines of figures: a small path language, flattened to polygons.

A path is a string of commands with absolute coordinates, as in SVG: `M x y`,
`L x y`, `Q` and `C` for curves, `Z`; and `O cx cy rx ry` for an ellipse.
"""

import math
from collections.abc import Callable, Iterator

Point = tuple[float, float]
Polygon = tuple[Point, ...]

_STEPS = 14
"""Straight pieces of one curve; at 4x oversampling the corners do not show."""
_ARGUMENTS = {"M": 2, "L": 2, "Q": 4, "C": 6, "O": 4, "Z": 0}


def flatten(path: str) -> tuple[Polygon, ...]:
    """The closed polygons of a path."""
    polygons: list[Polygon] = []
    points: list[Point] = []
    for command, numbers in _commands(path):
        if command in "MOZ" and points:
            polygons.append(tuple(points))
            points = []
        if command == "O":
            cx, cy, rx, ry = numbers
            polygons.append(ellipse(cx, cy, rx, ry))
        elif command in "ML":
            points.append((numbers[0], numbers[1]))
        elif command in "QC":
            points += _curve(points[-1], numbers)
    return tuple([*polygons, tuple(points)] if points else polygons)


def ellipse(cx: float, cy: float, rx: float, ry: float, *, steps: int = 72) -> Polygon:
    """An ellipse as a polygon."""
    return tuple(
        (cx + rx * math.cos(2 * math.pi * i / steps), cy + ry * math.sin(2 * math.pi * i / steps)) for i in range(steps)
    )


def regular(corners: int, *, turn: float = -90.0) -> Polygon:
    """A regular polygon of radius 50 around (50, 50), its first corner at `turn` degrees."""
    angles = [math.radians(turn + 360 * i / corners) for i in range(corners)]
    return tuple((50 + 50 * math.cos(a), 50 + 50 * math.sin(a)) for a in angles)


def star(points: int, *, inner: float) -> Polygon:
    """A star of radius 50 around (50, 50) whose inner corners lie at `inner` of the radius."""
    angles = [math.radians(-90 + 180 * i / points) for i in range(2 * points)]
    return tuple(
        (50 + 50 * (1 if i % 2 == 0 else inner) * math.cos(a), 50 + 50 * (1 if i % 2 == 0 else inner) * math.sin(a))
        for i, a in enumerate(angles)
    )


def repeat_around(path: str, *, times: int) -> tuple[Polygon, ...]:
    """The polygons of a path, turned about (50, 50) to as many places."""
    return tuple(
        tuple(_turned(point, 2 * math.pi * i / times) for point in polygon)
        for i in range(times)
        for polygon in flatten(path)
    )


def moved(polygons: tuple[Polygon, ...], change: Callable[[float, float], Point]) -> tuple[Polygon, ...]:
    """Polygons with every point changed."""
    return tuple(tuple(change(x, y) for x, y in polygon) for polygon in polygons)


def _turned(point: Point, angle: float) -> Point:
    x, y = point[0] - 50, point[1] - 50
    return 50 + x * math.cos(angle) - y * math.sin(angle), 50 + x * math.sin(angle) + y * math.cos(angle)


def _commands(path: str) -> Iterator[tuple[str, list[float]]]:
    tokens = path.replace(",", " ").split()
    index = 0
    command = ""
    while index < len(tokens):
        if tokens[index] in _ARGUMENTS:
            command = tokens[index]
            index += 1
        size = _ARGUMENTS[command]
        yield command, [float(token) for token in tokens[index : index + size]]
        index += size


def _curve(start: Point, numbers: list[float]) -> list[Point]:
    x0, y0 = start
    points: list[Point] = []
    for step in range(1, _STEPS + 1):
        t = step / _STEPS
        u = 1 - t
        if len(numbers) == 4:
            x1, y1, x2, y2 = numbers
            points.append((u * u * x0 + 2 * u * t * x1 + t * t * x2, u * u * y0 + 2 * u * t * y1 + t * t * y2))
        else:
            x1, y1, x2, y2, x3, y3 = numbers
            a, b, c, d = u**3, 3 * u * u * t, 3 * u * t * t, t**3
            points.append((a * x0 + b * x1 + c * x2 + d * x3, a * y0 + b * y1 + c * y2 + d * y3))
    return points
