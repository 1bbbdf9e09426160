"""Bindings to rooms: ties join items to clusters, places sort them into nine fields, the rest stands in the middle."""

import math
from collections.abc import Mapping, Sequence

from ...language.positions import Place, Relation
from .extents import measure_of, picture_leaf, thing_leaf, wording_leaf
from .layout import (
    Anchor,
    Around,
    Extent,
    Leaf,
    Node,
    Rect,
    Slot,
    Split,
    Within,
    drawn_to,
    extent_of,
    place,
    shared,
    weight_of,
)
from .midway import settle_between
from .reading import Item, Picture, Reading, Thing, Tie, Wording

_ROWS = {
    "top": (Place.TOP_LEFT, Place.TOP, Place.TOP_RIGHT),
    "middle": (Place.LEFT, Place.CENTRE, Place.RIGHT),
    "bottom": (Place.BOTTOM_LEFT, Place.BOTTOM, Place.BOTTOM_RIGHT),
}
_SIDE_BY_SIDE = frozenset(
    {Relation.LEFT_OF, Relation.RIGHT_OF, Relation.BESIDE, Relation.BETWEEN, Relation.FLANKING, Relation.AROUND}
)
_SHARED = frozenset(
    {
        Relation.ABOVE,
        Relation.BELOW,
        Relation.LEFT_OF,
        Relation.RIGHT_OF,
        Relation.ON,
        Relation.BEHIND,
        Relation.IN_FRONT_OF,
    }
)
_AHEAD = frozenset({Relation.ABOVE, Relation.LEFT_OF, Relation.ON, Relation.BEHIND})
RING_LEAST = 3
DEEPEST = 7
"""Rows in columns in rows …: each level doubles the time to share out room, and none beyond would be legible."""
TOO_DEEP = "some things stand elsewhere than asked"
_LINES_MOST = 5
"""Kinds of several things that each get a line of their own."""


def compose(reading: Reading, room: Rect, *, aspects: Mapping[int, float], over_picture: bool = False) -> list[Slot]:
    """Rooms for everything that has one, in drawing order; `aspects` are those of the references by ordinal.

    What stands `over_picture` keeps to the edges where it can.
    """
    return _Composer(reading, room, aspects, over_picture).slots()


class _Composer:
    def __init__(self, reading: Reading, room: Rect, aspects: Mapping[int, float], over_picture: bool) -> None:
        self._over_picture = over_picture
        self._reading = reading
        self._room = room
        self._aspects = aspects
        self._measure = measure_of(room.width, room.height)
        self._gap = self._measure * 0.035
        self._hosts = {id(item.host) for item in reading.items if isinstance(item, Wording) and item.host is not None}
        self._nodes: list[Node] = []
        self._places: dict[int, Place] = {}
        self._fellows: dict[tuple[int, Relation], Node] = {}

    def slots(self) -> list[Slot]:
        items = [item for item in self._reading.items if not (isinstance(item, Wording) and item.host is not None)]
        behind = [item for item in items if isinstance(item, Picture) and item.fills]
        leaves = {id(item): self._leaf(item) for item in items if item not in behind}
        self._nodes = list(leaves.values())
        for tie in settle_between(self._reading):
            if id(tie.item) in leaves and id(tie.other) in leaves:
                self._join(tie, leaves)
        self._sort_by_place()
        return [*self._behind(behind), *self._in_fields()]

    def _leaf(self, item: Item) -> Leaf:
        canvas = (self._room.width, self._room.height)
        match item:
            case Thing():
                return thing_leaf(item, self._measure, hosts=id(item) in self._hosts)
            case Picture():
                return picture_leaf(item, self._aspects[item.ordinal], canvas)
            case Wording():
                return wording_leaf(item, self._measure, canvas)
            case _:
                raise AssertionError(f"a sketch has no leaf for {type(item).__name__}")

    def _behind(self, pictures: Sequence[Picture]) -> list[Slot]:
        if not pictures:
            return []
        leaves: list[Node] = []
        for picture in pictures:
            picture.width_share = 1.0
            leaves.append(self._leaf(picture))
        return place(self._in_lines(leaves, self._room), self._room)

    def _join(self, tie: Tie, leaves: dict[int, Leaf]) -> None:
        mine, theirs = self._cluster(leaves[id(tie.item)]), self._cluster(leaves[id(tie.other)])
        # Things that were shared out to both sides of another have their place, and none stands by them as one.
        if mine is None or theirs is None or mine is theirs:
            return
        apart = tie.item.place is not None and tie.relation is not Relation.INSIDE
        if apart and (tie.other.place is None or tie.other.place is not tie.item.place):
            return
        if _depth(mine) + _depth(theirs) > DEEPEST:
            if TOO_DEEP not in self._reading.notes:
                self._reading.notes.append(TOO_DEEP)
            return
        target = leaves[id(tie.other)]
        self._nodes = [node for node in self._nodes if node is not mine]
        fellow = self._fellows.get((id(tie.other), tie.relation))
        if fellow is not None and tie.relation in _SHARED and any(_holds(node, fellow) for node in self._nodes):
            # Two things above a third stand side by side above it.
            both = Split(across=tie.relation not in _SIDE_BY_SIDE, children=[fellow, mine], gap=self._gap)
            self._replace(fellow, both)
            self._fellows[id(tie.other), tie.relation] = both
            return
        self._fellows[id(tie.other), tie.relation] = mine
        self._replace(target, self._joined(tie, mine, target))

    def _joined(self, tie: Tie, mine: Node, target: Leaf) -> Node:
        one_target = target.count == 1
        if tie.relation is Relation.AROUND and isinstance(mine, Leaf) and mine.count >= RING_LEAST:
            return Around(core=target, ring=mine)
        if tie.relation is Relation.INSIDE and one_target and not isinstance(target.item, Wording):
            return Within(outer=target, inner=mine)
        if tie.relation is Relation.BETWEEN and target.count > 1:
            return self._flanked(target, mine)
        if tie.relation is Relation.FLANKING and isinstance(mine, Leaf) and mine.count > 1:
            return self._flanked(mine, target)
        touching = tie.relation in {Relation.ON, Relation.INSIDE}
        # The second of two that something is between goes to its other side.
        closes = tie.relation is Relation.BETWEEN and not isinstance(mine, Leaf)
        ahead = tie.relation in _AHEAD or tie.relation is Relation.INSIDE or closes
        children: list[Node] = [mine, target] if ahead else [target, mine]
        return Split(across=tie.relation in _SIDE_BY_SIDE, children=children, gap=0.0 if touching else self._gap)

    def _flanked(self, several: Leaf, middle: Node) -> Split:
        """Half of the things on either side of a node."""
        assert isinstance(several.item, Thing)
        right = several.count // 2
        hosts = id(several.item) in self._hosts
        halves = [thing_leaf(several.item, self._measure, hosts=hosts, count=n) for n in (several.count - right, right)]
        halves[1].first = several.count - right
        return Split(across=True, children=[halves[0], middle, halves[1]], gap=self._gap)

    def _cluster(self, leaf: Leaf) -> Node | None:
        return next((node for node in self._nodes if any(found is leaf for found in _leaves(node))), None)

    def _replace(self, leaf: Node, new: Node) -> None:
        self._nodes = [_with_replaced(node, leaf, new) for node in self._nodes]

    def _sort_by_place(self) -> None:
        texts = [
            node
            for node in self._nodes
            if isinstance(node, Leaf) and isinstance(node.item, Wording) and node.item.place is None
        ]
        others = len(self._nodes) - len(texts) + self._over_picture
        has_title = any(isinstance(item, Wording) and item.rank == "title" for item in self._reading.items)
        for number, node in enumerate(texts):
            assert isinstance(node.item, Wording)
            rank = node.item.rank
            if not others and rank in {"text", "note"} and not has_title:
                continue
            if rank in {"title", "subtitle"} or (rank == "text" and number == 0 and not has_title):
                self._places[id(node)] = Place.TOP
            else:
                self._places[id(node)] = Place.BOTTOM
        for node in self._nodes:
            stated = next((leaf.item.place for leaf in _leaves(node) if leaf.item.place is not None), None)
            if stated is not None:
                self._places[id(node)] = stated

    def _in_fields(self) -> list[Slot]:
        by_place: dict[Place, list[Node]] = {}
        for node in self._nodes:
            by_place.setdefault(self._places.get(id(node), Place.CENTRE), []).append(node)
        bands = {name: row for name, row in _ROWS.items() if any(spot in by_place for spot in row)}
        heights = self._band_heights(bands, by_place)
        gap = self._gap * 1.2 if len(bands) > 1 else 0.0
        slots: list[Slot] = []
        top = self._room.top
        bottom = self._room.top + self._room.height
        if "top" in bands:
            slots += self._band(bands["top"], by_place, self._strip(top, heights["top"]), y=0.0)
            top += heights["top"] + gap
        if "bottom" in bands:
            bottom -= heights["bottom"]
            slots += self._band(bands["bottom"], by_place, self._strip(bottom, heights["bottom"]), y=1.0)
            bottom -= gap
        if "middle" in bands:
            slots = [*self._band(bands["middle"], by_place, self._strip(top, bottom - top), y=0.5), *slots]
        return slots

    def _strip(self, top: float, height: float) -> Rect:
        return Rect(left=self._room.left, top=top, width=self._room.width, height=max(height, 1.0))

    def _band_heights(
        self, bands: Mapping[str, Sequence[Place]], by_place: Mapping[Place, list[Node]]
    ) -> dict[str, float]:
        most = {1: 1.0, 2: 0.5, 3: 0.36}[len(bands)] if "middle" in bands else 0.47
        space = self._room.height - self._gap * 1.2 * (len(bands) - 1)
        needs: list[float] = []
        weights: list[float] = []
        for name, row in bands.items():
            high = space if name == "middle" else self._room.height * most
            fields = self._fields(row, by_place, self._strip(self._room.top, high))
            needs.append(max(extent_of(node, room.width, high)[1] for node, room, _ in fields))
            weights.append(max(weight_of(node) for node, _, _ in fields) * (1.5 if name == "middle" else 1.0))
        return dict(zip(bands, shared(needs, weights, space), strict=True))

    def _band(self, row: Sequence[Place], by_place: Mapping[Place, list[Node]], strip: Rect, *, y: float) -> list[Slot]:
        slots: list[Slot] = []
        middle = (self._room.left + self._room.width / 2, self._room.top + self._room.height / 2)
        for node, room, x in self._fields(row, by_place, strip):
            placed = place(node, room, Anchor(x=x, y=y))
            # What is told to be in the centre is in the canvas's, not in that of the room which others have left.
            slots += drawn_to(middle, placed, room, by=lambda slot: slot.leaf.item.place is Place.CENTRE)
        return slots

    def _fields(
        self, row: Sequence[Place], by_place: Mapping[Place, list[Node]], strip: Rect
    ) -> list[tuple[Node, Rect, float]]:
        """Left, middle and right of a band: what stands there, its room, and the side it leans to."""
        left, middle, right = (by_place.get(spot, []) for spot in row)
        gap = self._gap
        if not left and not right:
            return [(self._in_lines(middle, strip), strip, 0.5)]
        side = (strip.width - gap) / 2
        if middle:
            widest = max(
                extent_of(self._in_lines(nodes, strip), strip.width * 0.34, strip.height)[0]
                for nodes in (left, right)
                if nodes
            )
            side = min(widest, strip.width * 0.34)
        corner = row[0] is not Place.LEFT
        fields: list[tuple[Node, Rect, float]] = []
        for nodes, start, lean in ((left, strip.left, 0.0), (right, strip.left + strip.width - side, 1.0)):
            if nodes:
                room = Rect(left=start, top=strip.top, width=side, height=strip.height)
                fields.append((self._in_lines(nodes, room), room, lean if corner or middle else 0.5))
        if middle:
            room = Rect(
                left=strip.left + side + gap,
                top=strip.top,
                width=max(strip.width - 2 * (side + gap), 1.0),
                height=strip.height,
            )
            fields.append((self._in_lines(middle, room), room, 0.5))
        return fields

    def _in_lines(self, nodes: Sequence[Node], room: Rect) -> Node:
        """Several clusters in one field: pictures and large clusters first, then all else in even rows."""
        if len(nodes) == 1:
            return nodes[0]
        texts = [node for node in nodes if isinstance(node, Leaf) and isinstance(node.item, Wording)]
        large = [
            node
            for node in nodes
            if node not in texts and (not isinstance(node, Leaf) or isinstance(node.item, Picture))
        ]
        small = [node for node in nodes if node not in texts and node not in large]
        texts.sort(
            key=lambda node: (
                ["title", "text", "subtitle", "note"].index(node.item.rank) if isinstance(node.item, Wording) else 0
            )
        )
        blocks: list[Node] = []
        if large:
            across = len(large) > 1 and room.width > room.height * 0.62
            blocks.append(large[0] if len(large) == 1 else Split(across=across, children=large, gap=self._gap))
        if small:
            blocks.append(self._in_rows(small, room, part=0.45 if large else 1.0))
        if len(blocks) == 2 and room.width > room.height * 1.35:
            blocks = [Split(across=True, children=blocks, gap=self._gap * 1.5)]
        children = [*texts, *blocks]
        return children[0] if len(children) == 1 else Split(across=False, children=children, gap=self._gap * 0.8)

    def _in_rows(self, nodes: Sequence[Node], room: Rect, *, part: float) -> Node:
        """Small things in lines: a line for each kind that there are several of, the single ones together."""
        several = [node for node in nodes if isinstance(node, Leaf) and node.count > 1]
        single = [node for node in nodes if node not in several]
        if len(several) > _LINES_MOST or len(nodes) == len(several) == 1:
            several, single = [], list(nodes)
        lines = [*([node] for node in several), *self._even_lines(single, room, part=part)]
        columns = max(len(line) for line in lines)
        high = (room.height * part - self._gap * (len(lines) - 1)) / len(lines)
        wide = (room.width - self._gap * (columns - 1)) / columns
        largest = max(_size_of(node) for node in nodes)
        rows: list[Node] = []
        for line in lines:
            held: list[Node] = []
            for node in line:
                part_of_cell = math.sqrt(_size_of(node) / largest)
                width = room.width if node in several else wide
                held.append(_held(node, (width * part_of_cell, high * part_of_cell)))
            rows.append(held[0] if len(held) == 1 else Split(across=True, children=held, gap=self._gap))
        return rows[0] if len(rows) == 1 else Split(across=False, children=rows, gap=self._gap)

    def _even_lines(self, nodes: Sequence[Node], room: Rect, *, part: float) -> list[list[Node]]:
        count = len(nodes)
        if not count:
            return []
        wide = max(1, round(math.sqrt(count * room.width / max(room.height * part, 1.0) / 1.15)))
        rows = math.ceil(count / min(count, wide, 7))
        columns = math.ceil(count / rows)
        return [list(nodes[start : start + columns]) for start in range(0, count, columns)]


def _depth(node: Node) -> int:
    match node:
        case Leaf():
            return 0
        case Split(children=children):
            return 1 + max(_depth(child) for child in children)
        case Around(core=core):
            return 1 + _depth(core)
        case Within(inner=inner):
            return 1 + _depth(inner)


def _size_of(node: Node) -> float:
    """The size that is stated of a leaf, against 1; clusters have none."""
    return node.item.size if isinstance(node, Leaf) else 1.0


def _leaves(node: Node) -> list[Leaf]:
    match node:
        case Leaf():
            return [node]
        case Split(children=children):
            return [leaf for child in children for leaf in _leaves(child)]
        case Around(core=core, ring=ring):
            return [*_leaves(core), ring]
        case Within(outer=outer, inner=inner):
            return [outer, *_leaves(inner)]


def _holds(node: Node, sought: Node) -> bool:
    if node is sought:
        return True
    match node:
        case Leaf():
            return False
        case Split(children=children):
            return any(_holds(child, sought) for child in children)
        case Around(core=core):
            return _holds(core, sought)
        case Within(inner=inner):
            return _holds(inner, sought)


def _with_replaced(node: Node, leaf: Node, new: Node) -> Node:
    if node is leaf:
        return new
    match node:
        case Split(children=children):
            changed: list[Node] = []
            for child in children:
                put = _with_replaced(child, leaf, new)
                # A column in a column is one column, so that its parts line up.
                flat = put is not child and isinstance(put, Split) and put.across == node.across and put.gap == node.gap
                changed += put.children if flat and isinstance(put, Split) else [put]
            return Split(across=node.across, children=changed, gap=node.gap)
        case Around(core=core, ring=ring):
            return Around(core=_with_replaced(core, leaf, new), ring=ring)
        case Within(outer=outer, inner=inner) if outer is not leaf:
            return Within(outer=outer, inner=_with_replaced(inner, leaf, new))
        case _:
            return node


def _held(node: Node, cell: Extent) -> Node:
    """A leaf that never outgrows its cell, so that the things of a grid are alike in size."""
    if not isinstance(node, Leaf):
        return node
    extent = node.extent

    def held(width: float, height: float) -> Extent:
        return extent(min(width, cell[0]), min(height, cell[1]))

    return Leaf(item=node.item, count=node.count, first=node.first, weight=node.weight, extent=held)
