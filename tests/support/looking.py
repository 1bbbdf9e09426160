"""Where things lie, for tests that compare boxes."""

from genevolve.records import Box


def centre(box: Box) -> tuple[float, float]:
    """The middle of a box."""
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def overlap(one: Box, other: Box) -> int:
    """The area that two boxes share, in pixels."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return max(wide, 0) * max(high, 0)


def is_above(one: Box, other: Box) -> bool:
    """The first ends where the second begins, or higher."""
    return one[3] <= other[1] + 1


def is_left_of(one: Box, other: Box) -> bool:
    """The first ends where the second begins, or further left."""
    return one[2] <= other[0] + 1
