"""What is between two things that have places of their own: midway, as the centre is of left and right."""

from collections import defaultdict

from ...language.positions import Place, Relation
from .reading import Item, Reading, Tie

_CELLS: dict[Place, tuple[int, int]] = {
    Place.TOP_LEFT: (-1, -1), Place.TOP: (0, -1), Place.TOP_RIGHT: (1, -1),
    Place.LEFT: (-1, 0), Place.CENTRE: (0, 0), Place.RIGHT: (1, 0),
    Place.BOTTOM_LEFT: (-1, 1), Place.BOTTOM: (0, 1), Place.BOTTOM_RIGHT: (1, 1),
}  # fmt: skip
"""Across and down, from the centre."""


def settle_between(reading: Reading) -> list[Tie]:
    """Give what is between two placed things the place midway; the ties that are left to be joined."""
    between: dict[int, list[Tie]] = defaultdict(list)
    for tie in reading.ties:
        if tie.relation is Relation.BETWEEN:
            between[id(tie.item)].append(tie)
    settled: list[Tie] = []
    for ties in between.values():
        place = _midway([tie.other for tie in ties])
        if place is not None and ties[0].item.place in {None, place}:
            ties[0].item.place = place
            settled += ties
    return [tie for tie in reading.ties if tie not in settled]


def _midway(others: list[Item]) -> Place | None:
    """The place in the middle of two, where neither of them is there itself."""
    places = [other.place for other in others if other.place is not None]
    if len(others) != 2 or len(places) != 2:
        return None
    sums = [one + other for one, other in zip(*(_CELLS[place] for place in places), strict=True)]
    if sums[0] % 2 or sums[1] % 2 or places[0] is places[1]:
        return None
    return next(place for place, cell in _CELLS.items() if cell == (sums[0] // 2, sums[1] // 2))
