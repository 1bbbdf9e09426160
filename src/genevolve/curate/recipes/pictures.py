"""Composes a picture: what it shows, where each thing stands, and how much of that the request will say.

Every thing gets a cell of its own on a grid of three by three first; a place
or a relation that is told follows from the cells, so that no two can
contradict each other. Only what is told is part of the recipe.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from random import Random
from typing import Literal

from ...language.colours import find_colours
from ...language.positions import Arrangement, Place, Relation
from ...records.recipe import Fact, Recipe, WantedObject, WantedReference, WantedRelation, WantedText
from .riddles import Riddle
from .words import BACKGROUNDS, COLOURS, CONTAINERS, NOUNS, PLACE_NAMES, TITLES, TYPEFACES

Told = Literal["always", "often"]

_CROSS = (Place.TOP, Place.BOTTOM, Place.LEFT, Place.RIGHT, Place.CENTRE)
_CORNERS = (Place.TOP_LEFT, Place.TOP_RIGHT, Place.BOTTOM_LEFT, Place.BOTTOM_RIGHT, Place.CENTRE)
_WIDE = frozenset({Place.TOP, Place.BOTTOM, Place.CENTRE})
"""Where words and rows have room."""
_CELLS: dict[Place, tuple[int, int]] = {
    place: (1 + place.value.startswith("bottom") - place.value.startswith("top"),
            1 + place.value.endswith("right") - place.value.endswith("left"))
    for place in Place
}  # fmt: skip
"""Row and column of a place, from the top left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """One thing of a picture, and how it is asked for."""

    wanted: WantedReference | WantedObject | WantedText
    riddle: Riddle | None = None
    """Of a reference or text that is not named but described."""
    of: Literal["", "name", "capital"] = ""
    """What of a country a text that must be found is."""
    country: str = ""
    """Of a flag or a found text, how a sentence calls its country where that is named."""
    relations: tuple[WantedRelation, ...] = ()

    @property
    def name(self) -> str:
        """By which the recipe knows it."""
        match self.wanted:
            case WantedReference(entity=entity):
                return entity
            case WantedObject(noun=noun):
                return noun
            case WantedText(text=text):
                return text

    @property
    def is_wide(self) -> bool:
        """A text, or a thing of which there are so many that they need a row."""
        return isinstance(self.wanted, WantedText) or (isinstance(self.wanted, WantedObject) and self.wanted.count > 3)

    @property
    def is_placed(self) -> bool:
        """Something is told about where it is, more than how it is arranged."""
        return self.wanted.position is not None or bool(self.relations)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What a request asks for."""

    things: tuple[Thing, ...]
    background: str | None = None
    facts: tuple[Fact, ...] = ()

    def recipe(self) -> Recipe:
        """The same, as judges read it."""
        wanted = [thing.wanted for thing in self.things]
        return Recipe(
            facts=self.facts,
            references=tuple(one for one in wanted if isinstance(one, WantedReference)),
            objects=tuple(one for one in wanted if isinstance(one, WantedObject)),
            texts=tuple(one for one in wanted if isinstance(one, WantedText)),
            relations=tuple(relation for thing in self.things for relation in thing.relations),
            background=self.background,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a picture of a category has, beside its flags and found texts."""

    objects: tuple[int, ...] = (0,)
    """How many kinds, one of these."""
    counts: tuple[int, ...] = (1, 1, 2, 3, 4, 5)
    texts: tuple[int, ...] = (0,)
    colours: float = 0.75
    """How often a thing has a colour."""
    arranged: float = 0.3
    """How often three and more things are arranged."""
    background: float = 0.35
    told: Told = "often"
    """How often it is said where a thing is."""
    titles: tuple[str, ...] = field(default=tuple(title for title in TITLES if title not in PLACE_NAMES))


def compose(subjects: Sequence[Thing], order: Order, rng: Random) -> Picture:
    """A picture of the subjects (flags and texts to be found), and of what the order adds."""
    background = rng.choice(BACKGROUNDS) if rng.random() < order.background else None
    colours = _colours_on(background or "white", 1.5)
    inks = _colours_on(background or "white", 4.5)
    nouns = [noun for noun in NOUNS if noun not in {thing.name for thing in subjects}]
    objects = _objects(order, rng, nouns, colours)
    texts = [_text(title, order, rng, inks) for title in rng.sample(order.titles, rng.choice(order.texts))]
    left = [colour for colour in colours if colour not in {wanted.colour for wanted in objects}]
    found = _finished(subjects, order, rng, inks, left)
    rest = [Thing(wanted=wanted) for wanted in (*objects, *texts)]
    things = _Layout(rng, order).place([*found, *rest])
    facts = tuple(dict.fromkeys(fact for thing in subjects for fact in _facts(thing)))
    return Picture(things=tuple(things), background=background, facts=facts)


def one_inside_another(rng: Random) -> tuple[Thing, Thing]:
    """A thing and one inside it, still without colours."""
    inner, outer = rng.choice(CONTAINERS)
    inside = WantedRelation(subject=inner, relation=Relation.INSIDE, object=outer)
    return Thing(wanted=WantedObject(noun=outer)), Thing(wanted=WantedObject(noun=inner), relations=(inside,))


def _facts(thing: Thing) -> tuple[Fact, ...]:
    """What must be known for it; a text that is the answer's capital is one fact more."""
    steps = thing.riddle.facts if thing.riddle else ()
    if thing.of == "capital" and isinstance(thing.wanted, WantedText):
        name = thing.riddle.answer.name if thing.riddle else thing.country.removeprefix("the ")
        return (*steps, Fact(subject=name, relation="capital", value=thing.wanted.text))
    return steps


def _objects(order: Order, rng: Random, nouns: Sequence[str], colours: Sequence[str]) -> list[WantedObject]:
    kinds = rng.choice(order.objects)
    return [
        WantedObject(noun=noun, count=rng.choice(order.counts), colour=colour if rng.random() < order.colours else None)
        for noun, colour in zip(rng.sample(nouns, kinds), rng.sample(colours, kinds), strict=True)
    ]


def _text(words: str, order: Order, rng: Random, inks: Sequence[str]) -> WantedText:
    typeface = rng.choice(list(TYPEFACES)) if rng.random() < 0.75 or order.told == "always" else None
    coloured = rng.random() < order.colours / 2 or (order.told == "always" and typeface is not None)
    return WantedText(text=words, typeface=typeface, colour=rng.choice(inks) if coloured else None)


def _finished(
    subjects: Sequence[Thing], order: Order, rng: Random, inks: Sequence[str], colours: Sequence[str]
) -> list[Thing]:
    """The subjects, texts with their type, objects each in a colour that stands out from the one before it."""
    finished: list[Thing] = []
    for thing in subjects:
        match thing.wanted:
            case WantedText(text=text):
                finished.append(replace(thing, wanted=_text(text, order, rng, inks)))
            case WantedObject():
                colour = rng.choice(colours)
                finished.append(replace(thing, wanted=thing.wanted.model_copy(update={"colour": colour})))
                colours = _colours_on(colour, 1.5)
            case WantedReference():
                finished.append(thing)
    return finished


class _Layout:
    """Cells for things, and what is told of them."""

    def __init__(self, rng: Random, order: Order) -> None:
        self._rng = rng
        self._order = order
        self._cell: dict[str, Place] = {}
        self._done: list[Thing] = []
        self._beside = False

    def place(self, things: list[Thing]) -> list[Thing]:
        """The things with places and relations, in the order in which a request names them."""
        flags = [thing for thing in things if isinstance(thing.wanted, WantedReference)]
        rest = [thing for thing in things if not isinstance(thing.wanted, WantedReference)]
        # Words need width: the top and the bottom go to texts first.
        rest.sort(key=lambda thing: isinstance(thing.wanted, WantedObject))
        free = self._two_flags(flags) if len(flags) == 2 else self._free_beside(flags, rest)
        for thing in rest:
            self._take(thing, free)
        alone = [thing for thing in rest if not thing.relations]
        self._rng.shuffle(alone)
        rest = [one for thing in alone for one in (thing, *(o for o in rest if _is_inside(o, thing)))]
        texts = sum(isinstance(thing.wanted, WantedText) for thing in rest)
        for thing in rest:
            self._done.append(self._tell(thing, flags, texts))
        return self._in_order()

    def _in_order(self) -> list[Thing]:
        """As they were placed; now and then the last comes first, where it leans on nothing before it."""
        *before, last = self._done
        if last.relations or last.of or self._rng.random() > 0.3:
            return self._done
        return [last, *before]

    def _two_flags(self, flags: list[Thing]) -> list[Place]:
        first, second = flags
        pair = (Place.LEFT, Place.RIGHT) if self._rng.random() < 0.8 else (Place.TOP, Place.BOTTOM)
        self._cell |= {first.name: pair[0], second.name: pair[1]}
        how = self._rng.random()
        if how < 0.6:
            self._done += [_at(first, pair[0]), _at(second, pair[1])]
        else:
            self._beside = how > 0.85 and pair[0] is Place.LEFT
            word = Relation.BESIDE if self._beside else _relation_of(pair[0], pair[1])
            assert word is not None
            told = WantedRelation(subject=first.name, relation=word, object=second.name)
            self._done += [replace(first, relations=(told,)), second]
        others = [place for place in _CROSS if place not in pair and not (self._beside and place is Place.CENTRE)]
        return others if pair[0] is Place.LEFT else [Place.CENTRE, Place.LEFT, Place.RIGHT]

    def _free_beside(self, flags: list[Thing], rest: list[Thing]) -> list[Place]:
        """The cells that are left when a single flag, if any, has its own."""
        family = _CROSS if any(thing.is_wide for thing in rest) or self._rng.random() < 0.6 else _CORNERS
        free = list(family)
        if not flags:
            return free
        flag = flags[0]
        central = self._rng.random() < 0.7
        cell = Place.CENTRE if central else self._rng.choice(free)
        free.remove(cell)
        self._cell[flag.name] = cell
        told = self._order.told == "always" or cell is not Place.CENTRE or self._rng.random() < 0.5
        self._done.append(_at(flag, cell) if told else flag)
        return free

    def _take(self, thing: Thing, free: list[Place]) -> None:
        if thing.relations:  # inside another, which was placed before
            self._cell[thing.name] = self._cell[thing.relations[0].object]
            return
        fitting = [place for place in free if place in _WIDE] if thing.is_wide else []
        cell = self._rng.choice(fitting or free)
        free.remove(cell)
        self._cell[thing.name] = cell

    def _tell(self, thing: Thing, flags: list[Thing], texts: int) -> Thing:
        if thing.relations:
            return thing
        cell = self._cell[thing.name]
        if self._order.told == "often" and self._rng.random() < 0.15:
            return self._arrange(thing, None)
        if len(flags) == 2 and cell is Place.CENTRE:
            return self._between(thing, flags)
        targets = [
            (other, word)
            for other in self._done
            if (word := _relation_of(cell, self._cell[other.name])) is not None
            and (texts < 2 or not isinstance(other.wanted, WantedText))
            and len(flags) < 2
        ]
        if targets and self._rng.random() < 0.5:
            other, word = self._rng.choice(targets)
            word = self._special(thing, other) or word
            relation = WantedRelation(subject=thing.name, relation=word, object=other.name)
            return self._arrange(replace(thing, relations=(relation,)), cell)
        return self._arrange(_at(thing, cell), cell)

    def _special(self, thing: Thing, other: Thing) -> Relation | None:
        """Two things may flank what is in the middle, and many may go around it, where nothing else is beside it."""
        alone = len(self._cell) <= 2 and self._cell[other.name] is Place.CENTRE
        if not isinstance(thing.wanted, WantedObject) or not alone or self._rng.random() < 0.4:
            return None
        if thing.wanted.count == 2:
            return Relation.FLANKING
        return Relation.AROUND if thing.wanted.count >= 5 else None

    def _between(self, thing: Thing, flags: list[Thing]) -> Thing:
        told: list[WantedRelation] = []
        for flag in flags:
            word = _relation_of(Place.CENTRE, self._cell[flag.name])
            assert word is not None
            told.append(WantedRelation(subject=thing.name, relation=word, object=flag.name))
        return replace(thing, relations=tuple(told))

    def _arrange(self, thing: Thing, cell: Place | None) -> Thing:
        wanted = thing.wanted
        around = any(relation.relation in {Relation.AROUND, Relation.FLANKING} for relation in thing.relations)
        if (
            not isinstance(wanted, WantedObject)
            or wanted.count < 3
            or around
            or self._rng.random() > self._order.arranged
        ):
            return thing
        forms = _arrangements(wanted.count, cell)
        return replace(thing, wanted=wanted.model_copy(update={"arrangement": self._rng.choice(forms)}))


def _arrangements(count: int, cell: Place | None) -> list[Arrangement]:
    """How so many things can stand in a cell; None is a place that is not told."""
    if cell in {Place.LEFT, Place.RIGHT}:
        return [Arrangement.COLUMN]
    forms = [Arrangement.ROW]
    if cell in {Place.TOP, Place.CENTRE}:
        forms.append(Arrangement.ARC)
    if cell is None or cell is Place.CENTRE:
        forms += [Arrangement.CIRCLE] if count >= 4 else []
        forms += [Arrangement.GRID] if count in {4, 6, 8, 9} else []
        forms += [Arrangement.TRIANGLE] if count in {3, 6} else []
        forms += [Arrangement.DIAGONAL] if count <= 5 else []
    if cell is None and count >= 4:
        forms.append(Arrangement.SCATTERED)
    return forms


def _is_inside(thing: Thing, other: Thing) -> bool:
    return any(relation.object == other.name for relation in thing.relations)


def _at(thing: Thing, place: Place) -> Thing:
    return replace(thing, wanted=thing.wanted.model_copy(update={"position": place}))


def _relation_of(cell: Place, seen_from: Place) -> Relation | None:
    """Where a cell is, seen from another of its row or column."""
    row, column = _CELLS[cell]
    other_row, other_column = _CELLS[seen_from]
    if column == other_column:
        return Relation.ABOVE if row < other_row else Relation.BELOW if row > other_row else None
    if row == other_row:
        return Relation.LEFT_OF if column < other_column else Relation.RIGHT_OF
    return None


@lru_cache
def _colours_on(background: str, least: float) -> tuple[str, ...]:
    """Colours that stand out from another by at least that contrast ratio (WCAG 2)."""
    behind = _luminance(background)
    ratios = {
        colour: (max(_luminance(colour), behind) + 0.05) / (min(_luminance(colour), behind) + 0.05)
        for colour in COLOURS
    }
    return tuple(colour for colour, ratio in ratios.items() if ratio >= least)


@lru_cache
def _luminance(colour: str) -> float:
    """Relative luminance, from 0 for black to 1 for white (WCAG 2)."""
    rgb = next(find_colours(colour)).rgb
    linear = [part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
