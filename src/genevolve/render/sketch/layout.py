"""Rooms for what a sketch shows: a tree of rows and columns, shared out so that each thing has what it needs.

A leaf says how large it would be at most; a row or column that is short of
space takes from the largest first, in proportion to their weights, so that a
line of text is not starved by a picture beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from .reading import Item

UNBOUNDED = 1e9
Extent = tuple[float, float]
"""Width and height."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rect:
    """A room on the canvas, in pixels."""

    left: float
    top: float
    width: float
    height: float

    def inset(self, by: float) -> "Rect":
        """The room without a margin, never less than a pixel wide."""
        by = min(by, self.width / 2 - 0.5, self.height / 2 - 0.5)
        return Rect(left=self.left + by, top=self.top + by, width=self.width - 2 * by, height=self.height - 2 * by)


@dataclass(slots=True, kw_only=True, eq=False)
class Leaf:
    """One item, or a part of a counted one."""

    item: Item
    count: int = 1
    """How many of the item's things stand here."""
    first: int = 0
    """How many of them stand in leaves before this one."""
    weight: float = 1.0
    extent: Callable[[float, float], Extent]
    """The size it takes where at most so much width and height is free."""


@dataclass(slots=True, kw_only=True, eq=False)
class Split:
    """Nodes side by side, or one below the other."""

    across: bool
    children: list["Node"]
    gap: float


@dataclass(slots=True, kw_only=True, eq=False)
class Around:
    """Things in a ring around something."""

    core: "Node"
    ring: Leaf


@dataclass(slots=True, kw_only=True, eq=False)
class Within:
    """Something on top of something larger."""

    outer: Leaf
    inner: "Node"


Node = Leaf | Split | Around | Within


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A leaf and the room it got."""

    leaf: Leaf
    room: Rect
    around: bool = False
    """Its things stand along the room's edge, around what is in the middle."""
    has_inner: bool = False
    """Something else stands on top of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """Where content stands in a room larger than itself: 0 is left or top, 1 right or bottom."""

    x: float = 0.5
    y: float = 0.5


CENTRED = Anchor()
CORE_SHARE = 0.5
"""The part of a ring's room that what it surrounds takes."""
INNER_SHARE = 0.5


def weight_of(node: Node) -> float:
    """How much a node counts where space is short."""
    match node:
        case Leaf():
            return node.weight
        case Split(children=children):
            return sum(weight_of(child) for child in children)
        case Around(core=core, ring=ring):
            return weight_of(core) + weight_of(ring)
        case Within(outer=outer):
            return outer.weight


def extent_of(node: Node, width: float, height: float) -> Extent:
    """The size that a node takes in a room of at most that width and height."""
    match node:
        case Leaf():
            return node.extent(width, height)
        case Split():
            extents = _children_extents(node, width, height)
            gaps = node.gap * (len(extents) - 1)
            if node.across:
                return sum(w for w, _ in extents) + gaps, max(h for _, h in extents)
            return max(w for w, _ in extents), sum(h for _, h in extents) + gaps
        case Around(core=core):
            w, h = (side / CORE_SHARE for side in extent_of(core, width * CORE_SHARE, height * CORE_SHARE))
            # A rounder ring leaves the corners of what it surrounds free.
            return min(max(w, 0.95 * h), width), min(max(h, 0.95 * w), height)
        case Within(outer=outer):
            return outer.extent(width, height)


def place(node: Node, room: Rect, anchor: Anchor = CENTRED) -> list[Slot]:
    """The rooms of all leaves of a node."""
    width, height = extent_of(node, room.width, room.height)
    box = Rect(
        left=room.left + (room.width - width) * anchor.x,
        top=room.top + (room.height - height) * anchor.y,
        width=width,
        height=height,
    )
    match node:
        case Leaf():
            return [Slot(leaf=node, room=box)]
        case Split():
            return _place_children(node, box, room, anchor)
        case Around(core=core, ring=ring):
            w, h = box.width * CORE_SHARE, box.height * CORE_SHARE
            middle = Rect(left=box.left + (box.width - w) / 2, top=box.top + (box.height - h) / 2, width=w, height=h)
            return [*place(core, middle), Slot(leaf=ring, room=box, around=True)]
        case Within(outer=outer, inner=inner):
            w, h = box.width * INNER_SHARE, box.height * INNER_SHARE
            middle = Rect(left=box.left + (box.width - w) / 2, top=box.top + (box.height - h) / 2, width=w, height=h)
            return [Slot(leaf=outer, room=box, has_inner=True), *place(inner, middle)]


def drawn_to(point: tuple[float, float], slots: list[Slot], bounds: Rect, *, by: Callable[[Slot], bool]) -> list[Slot]:
    """The slots, moved together so that those picked out lie about a point, as nearly as the bounds allow."""
    picked = [slot.room for slot in slots if by(slot)]
    if not picked:
        return slots
    rooms = [slot.room for slot in slots]
    dx = _moved(point[0], [(r.left, r.left + r.width) for r in picked], [(r.left, r.left + r.width) for r in rooms],
                (bounds.left, bounds.left + bounds.width))  # fmt: skip
    dy = _moved(point[1], [(r.top, r.top + r.height) for r in picked], [(r.top, r.top + r.height) for r in rooms],
                (bounds.top, bounds.top + bounds.height))  # fmt: skip
    return [replace(slot, room=replace(slot.room, left=slot.room.left + dx, top=slot.room.top + dy)) for slot in slots]


def _moved(
    goal: float, picked: list[tuple[float, float]], spans: list[tuple[float, float]], bounds: tuple[float, float]
) -> float:
    middle = (min(low for low, _ in picked) + max(high for _, high in picked)) / 2
    least = min(bounds[0] - min(low for low, _ in spans), 0.0)
    most = max(bounds[1] - max(high for _, high in spans), 0.0)
    return min(max(goal - middle, least), most)


def shared(needs: list[float], weights: list[float], space: float) -> list[float]:
    """Space shared out: each gets what it needs, or where space is short what its weight earns, if that is less."""
    if sum(needs) <= space:
        return needs
    got = [0.0] * len(needs)
    hungry: list[int] = [index for index, need in enumerate(needs) if need > 0]
    left = max(space, 0.0)
    while hungry:
        level = left / sum(max(weights[index], 1e-6) for index in hungry)
        sated: list[int] = [index for index in hungry if needs[index] <= level * max(weights[index], 1e-6)]
        if not sated:
            for index in hungry:
                got[index] = level * max(weights[index], 1e-6)
            break
        for index in sated:
            got[index] = needs[index]
            left -= needs[index]
        hungry: list[int] = [index for index in hungry if index not in sated]
    return got


def _children_extents(node: Split, width: float, height: float) -> list[Extent]:
    gaps = node.gap * (len(node.children) - 1)
    weights = [weight_of(child) for child in node.children]
    if node.across:
        free = [extent_of(child, max(width - gaps, 1), height)[0] for child in node.children]
        shares = shared(free, weights, max(width - gaps, 1))
        return [extent_of(child, share, height) for child, share in zip(node.children, shares, strict=True)]
    free = [extent_of(child, width, max(height - gaps, 1))[1] for child in node.children]
    shares = shared(free, weights, max(height - gaps, 1))
    return [extent_of(child, width, share) for child, share in zip(node.children, shares, strict=True)]


def _place_children(node: Split, box: Rect, room: Rect, anchor: Anchor) -> list[Slot]:
    slots: list[Slot] = []
    offset = 0.0
    for child, (width, height) in zip(node.children, _children_extents(node, room.width, room.height), strict=True):
        if node.across:
            # Neighbours in a row stand on one middle line.
            inner = Rect(left=box.left + offset, top=box.top, width=width, height=box.height)
            slots += place(child, inner, Anchor(x=0.5, y=0.5))
            offset += width + node.gap
        else:
            inner = Rect(left=box.left, top=box.top + offset, width=box.width, height=height)
            slots += place(child, inner, Anchor(x=anchor.x, y=0.5))
            offset += height + node.gap
    return slots
