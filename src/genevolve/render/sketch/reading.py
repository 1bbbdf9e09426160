"""What a prompt binds, before anything has a place on the canvas."""

from dataclasses import dataclass, field

from ...language.colours import Rgb
from ...language.positions import Arrangement, Place, Relation

PAPER: Rgb = (247, 243, 234)


@dataclass(slots=True, kw_only=True, eq=False)
class Item:
    """Anything that takes a place; filled in while the prompt is read.

    Two items are never equal, however alike: a prompt may ask for a cat twice.
    """

    place: Place | None = None
    size: float = 1.0
    """Area asked for, against 1 where no size is stated."""
    width_share: float | None = None
    """Part of the canvas's width, where the prompt says so."""
    fills: bool = False
    """It is to fill the canvas."""


@dataclass(slots=True, kw_only=True, eq=False)
class Thing(Item):
    """Counted objects of one kind."""

    noun: str
    label: str
    count: int = 1
    asked: int | None = None
    """The count of the prompt where it is more than can be drawn."""
    colours: list[tuple[str, Rgb]] = field(default_factory=list[tuple[str, Rgb]])
    """Names and values; several are dealt out in turn where there are several things."""
    arrangement: Arrangement | None = None
    columns: int | None = None
    """Things in a line, where the prompt says so: "in two rows"."""


@dataclass(slots=True, kw_only=True, eq=False)
class Picture(Item):
    """A reference image."""

    ordinal: int
    named: bool = False
    aliases: set[str] = field(default_factory=set[str])
    """What the prompt calls its content: "flag"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeStyle:
    """A kind of type."""

    family: str = "sans"
    bold: bool = False
    italic: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Wording(Item):
    """Quoted text to set in type."""

    text: str
    style: TypeStyle = field(default_factory=TypeStyle)
    colour: tuple[str, Rgb] | None = None
    rank: str = "text"
    """"title", "subtitle", "note" or "text": how large it is set."""
    host: Thing | None = None
    """What it is written on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """One thing placed by another: `item` is `relation` `other`."""

    relation: Relation
    item: Item
    other: Item


@dataclass(slots=True, kw_only=True)
class Reading:
    """All that the prompt binds, in the order of the prompt."""

    items: list[Item] = field(default_factory=list[Item])
    ties: list[Tie] = field(default_factory=list[Tie])
    background: tuple[Rgb, ...] = (PAPER,)
    border: tuple[str, Rgb] | None = None
    not_understood: list[str] = field(default_factory=list[str])
    notes: list[str] = field(default_factory=list[str])
    """What the renderer did otherwise than asked, in words for the caption."""

    def of_kind(self, kind: type[Item]) -> list[Item]:
        """The items of one kind."""
        return [item for item in self.items if isinstance(item, kind)]
