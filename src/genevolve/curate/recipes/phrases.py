"""The things of a picture as phrases: what each is, and where it goes."""

from collections.abc import Iterable
from random import Random

from ...language.nouns import counted
from ...language.numbers import count_in_words
from ...language.positions import Arrangement, Place, Relation
from ...records.recipe import WantedObject, WantedReference, WantedRelation, WantedText
from .asking import describe
from .pictures import Thing
from .words import LETTERS, PLACES, RELATIONS, TYPEFACES

_QUOTES = (('"', '"'), ('"', '"'), ("“", "”"), ("'", "'"))
_ARRANGED: dict[Arrangement, tuple[str, ...]] = {
    Arrangement.ROW: ("in a row", "in a line", "side by side"),
    Arrangement.COLUMN: ("in a column", "stacked in a column"),
    Arrangement.GRID: ("in a grid", "in a neat grid"),
    Arrangement.CIRCLE: ("in a circle", "in a ring"),
    Arrangement.ARC: ("in an arc", "in an arch"),
    Arrangement.TRIANGLE: ("in a triangle", "forming a triangle"),
    Arrangement.DIAGONAL: ("in a diagonal line", "along the diagonal"),
    Arrangement.SCATTERED: ("scattered about", "scattered over the page"),
}
_COUNT_WORDS: dict[int, tuple[str, ...]] = {2: ("two", "two", "a pair of"), 3: ("three",), 6: ("six", "half a dozen")}


class Phrases:
    """The phrases of one request; habits such as quotation marks and digits stay the same throughout it."""

    def __init__(self, things: Iterable[Thing], rng: Random, *, topic: bool) -> None:
        self._known = {thing.name: thing for thing in things}
        self._rng = rng
        self._topic = topic
        """The sentence before has set the riddle, so that "its flag" is clear."""
        self._quotes = rng.choice(_QUOTES)
        self._digits = rng.random() < 0.3

    def what(self, thing: Thing) -> str:
        """The thing itself: "three red stars", "the flag of Chad"."""
        match thing.wanted:
            case WantedReference():
                return self._flag(thing)
            case WantedObject() as wanted:
                return self._objects(wanted)
            case WantedText() as wanted:
                return self._found(thing) if thing.of else self._words(wanted)

    def plain_words(self, thing: Thing) -> str:
        """A text to follow a verb of writing: the quoted words, or what they must be."""
        assert isinstance(thing.wanted, WantedText)
        return self._found(thing) if thing.of else self._quoted(thing.wanted) + self._type(thing.wanted)

    def where(self, thing: Thing, before: Thing | None = None) -> str:
        """Where it goes and how it is arranged, or nothing: "in a row above the flag".

        Args:
            thing: which.
            before: the thing that was named last, which "it" would mean.
        """
        parts = [self._arranged(thing), self._related(thing, before)]
        if thing.wanted.position is not None:
            parts.append(self._place(thing, thing.wanted.position))
        return " ".join(part for part in parts if part)

    def back(self, thing: Thing) -> str:
        """The thing when it is named again: "the stars"."""
        match thing.wanted:
            case WantedReference():
                return "the flag"
            case WantedObject(noun=noun, count=count):
                return f"the {counted(noun, count)}"
            case WantedText():
                return "the name" if thing.of else self._rng.choice(("the text", "the lettering"))

    def _flag(self, thing: Thing) -> str:
        flag = self._rng.choice(("flag", "flag", "flag", "national flag"))
        if thing.riddle is None:
            return self._rng.choice((f"the {flag} of {thing.country}", f"{_of(thing.country)} {flag}"))
        if self._topic:
            return self._rng.choice((f"its {flag}", f"that country's {flag}", f"the {flag} of that country"))
        return f"the {flag} of {describe(thing.riddle, self._rng)}"

    def _found(self, thing: Thing) -> str:
        """A text that must be found, with its type."""
        assert isinstance(thing.wanted, WantedText)
        if thing.of == "capital":
            # With more things about, "its" could be taken for one of theirs.
            own = (_of(thing.country), "its") if len(self._known) == 2 else (_of(thing.country),)
            whose = "that country's" if thing.riddle else self._rng.choice(own)
            said = self._rng.choice((f"the name of {whose} capital", f"the name of {whose} capital city"))
        elif self._topic:
            said = self._rng.choice(("its name", "the name of that country", "the country's name"))
        else:
            assert thing.riddle is not None
            return f"the name of {describe(thing.riddle, self._rng)}{self._type(thing.wanted, after_clause=True)}"
        return said + self._type(thing.wanted)

    def _objects(self, wanted: WantedObject) -> str:
        noun = counted(wanted.noun, wanted.count)
        described = f"{wanted.colour} {noun}" if wanted.colour else noun
        if wanted.count == 1:
            article = "an" if described[0] in "aeiou" else "a"
            return f"{self._rng.choice((article, article, 'one', 'a single'))} {described}"
        return f"{self._count(wanted.count)} {described}"

    def _count(self, count: int) -> str:
        if self._digits:
            return str(count)
        exactly = "exactly " if self._rng.random() < 0.1 else ""
        words = _COUNT_WORDS.get(count, (count_in_words(count),))
        return exactly + self._rng.choice(words[:1] if exactly else words)

    def _words(self, wanted: WantedText) -> str:
        quoted = self._quoted(wanted)
        word = "word" if " " not in wanted.text else "words"
        said = self._rng.choice(
            (
                f"the {word} {quoted}",
                f"the title {quoted}",
                f"the text {quoted}",
                f"a caption reading {quoted}",
                f"a headline that says {quoted}",
                quoted,
            )
        )
        return said + self._type(wanted)

    def _quoted(self, wanted: WantedText) -> str:
        opening, closing = self._quotes if "'" not in wanted.text else _QUOTES[0]
        return f"{opening}{wanted.text}{closing}"

    def _type(self, wanted: WantedText, *, after_clause: bool = False) -> str:
        """ " in bold red serif letters", or nothing."""
        letters = self._rng.choice(LETTERS)
        if wanted.typeface is None and wanted.colour is None:
            return ""
        said = letters
        if wanted.typeface is not None:
            faces = TYPEFACES[wanted.typeface]
            # "red a serif font" is no English, so that a colour needs a form without an article.
            fitting = [face for face in faces if not (wanted.colour and face.startswith(("a ", "an ")))]
            said = self._rng.choice(fitting).format(letters)
        coloured = f"{wanted.colour} {said}" if wanted.colour else said
        return f", set in {coloured}" if after_clause else f" in {coloured}"

    def _arranged(self, thing: Thing) -> str:
        wanted = thing.wanted
        if isinstance(wanted, WantedObject) and wanted.arrangement is not None:
            return self._rng.choice(_ARRANGED[wanted.arrangement])
        return ""

    def _place(self, thing: Thing, place: Place) -> str:
        if isinstance(thing.wanted, WantedText) and place in {Place.TOP, Place.BOTTOM} and self._rng.random() < 0.3:
            return f"across the {place}"
        is_broad = isinstance(thing.wanted, WantedReference) or thing.is_wide
        return self._rng.choice([said for said in PLACES[place] if is_broad or not said.startswith("along")])

    def _related(self, thing: Thing, before: Thing | None) -> str:
        if len(thing.relations) == 2:
            return self._rng.choice(("between the two flags", "between the flags"))
        if not thing.relations:
            return ""
        (relation,) = thing.relations
        return self._rng.choice(RELATIONS[relation.relation]).format(self._target(thing, relation, before))

    def _target(self, thing: Thing, relation: WantedRelation, before: Thing | None) -> str:
        target = self._known[relation.object]
        if isinstance(thing.wanted, WantedReference):  # one flag by another: the second is named here first
            return self.what(target)
        single = not isinstance(target.wanted, WantedObject) or target.wanted.count == 1
        follows = before is not None and before.name == target.name and single
        may_be_it = follows and relation.relation not in {Relation.INSIDE, Relation.FLANKING}
        return "it" if may_be_it and self._rng.random() < 0.5 else self.back(target)


def _of(country: str) -> str:
    """ "Chad's", "the Netherlands'"."""
    return f"{country}'" if country.endswith("s") else f"{country}'s"
