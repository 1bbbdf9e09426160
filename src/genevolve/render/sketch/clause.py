"""One clause while it is walked: what has been said in it, what waits for the next thing, and what comes next."""

import re
from dataclasses import dataclass, field

from ...language.positions import Arrangement, Place, Relation
from . import lexicon
from .marks import Extent, Kind, Mark, Named
from .phrases import Element, Phrase
from .reading import Item, Thing, Wording
from .wording import is_about_type

_TO_A_PICTURE = frozenset(
    (
        "from in of shown seen as taken using exactly is depicted provided given appearing drawn by based copied ( ,"
    ).split()
)
_LINKS = frozenset("from in of shown as using by depicted based".split())
_FROM_A_PICTURE = frozenset("as shows showing is depicts depicting for of contains ( , which that :".split())
_MAKING = re.compile(
    r"\b(?:make|making|give|show\s+(?:me|us)|put\s+together|let['’]s|now|then|design|create|need|want|draw|generate|produce|prepare|looking\s+for|like|use|help\s+\w+\s+with)\b[^.,;:]*\Z",
    re.IGNORECASE,
)
_NEEDED = re.compile(r"\s+(?:is|are)\s+(?:needed|wanted|required)\b", re.IGNORECASE)
_DASH = re.compile(r"\s*[-–—](?=\s)")
_CARRYING = frozenset(
    "with that which shows showing show has have having features featuring carries carrying bears should must will "
    "exactly on against ,".split()
)


@dataclass(slots=True, kw_only=True)
class Clause:
    """What is known while one clause is walked."""

    elements: list[Element]
    index: int = 0
    items: list[Item] = field(default_factory=list[Item])
    chain: list[Item] = field(default_factory=list[Item])
    """Things joined by "and", of which a place is said together."""
    is_list: bool = False
    """The chain has its "and"; things that only commas join are spoken of one by one."""
    since: list[str] = field(default_factory=list[str])
    """Words since the last item."""
    front_place: Place | None = None
    front_relation: Relation | None = None
    front_target: Item | None = None
    relation: Relation | None = None
    sources: list[Item] = field(default_factory=list[Item])
    between: Item | None = None
    pronoun: Item | None = None
    """What "it" was taken for before in this clause."""
    arrangement: Arrangement | None = None
    extent: Extent | None = None
    size: float = 1.0
    """Said of what is named next: "a small first reference image"."""
    comparison: tuple[Item, float] | None = None
    lead: list[Phrase] = field(default_factory=list[Phrase])
    """What was said of type before the quoted text that it is said of."""
    describes: bool = False
    """The last words gave the last item its colour."""
    negates_next: bool = False
    negates_all: bool = False

    @property
    def spoken_of(self) -> list[Item]:
        """What a place or relation is said of."""
        alike = [item for item in self.chain if type(item) is type(self.items[-1])] if self.is_list else self.items[-1:]
        # What stands on a sign goes where the sign goes.
        return [item.host if isinstance(item, Wording) and item.host is not None else item for item in alike]

    @property
    def last(self) -> Item | None:
        """The last thing that the clause spoke of."""
        return self.items[-1] if self.items else None

    def negates(self, phrase: Phrase) -> bool:
        """Whether the phrase names what is not wanted: "no people, cars or trees"."""
        if self.negates_all or phrase.count == 0:
            return True
        if not self.negates_next or not (phrase.nouns or phrase.colours or phrase.adjectives):
            return False
        follows = self.elements[self.index + 1 : self.index + 3]
        first = follows[0] if follows else None
        if not isinstance(first, Mark):
            self.negates_next = False
        elif first.kind is not Kind.QUOTE:
            # "no people, cars or trees" negates each; "no dogs, a cat" only the first.
            listed = first.text.lower() in {",", "or", "and", "nor"}
            second = follows[1] if len(follows) > 1 else None
            new = isinstance(second, Phrase) and bool(second.determiner or second.count is not None)
            self.negates_next = listed and not new
        return True

    def meant_by(self, pronoun: str, *, topic: Item | None, group: list[Item]) -> list[Item]:
        """What a pronoun after a relation stands for: "it" is one thing, "them" are several.

        `topic` and `group` are what the clause before spoke of: its first item, and all.
        """
        before = [item for item in self.items if item not in self.sources]
        if pronoun == "it":
            one = [item for item in before if not isinstance(item, Thing) or item.count == 1]
            return [self.pronoun] if self.pronoun else one[-1:] or ([topic] if topic else [])
        if self.relation is Relation.BETWEEN:
            seen = [[item for item in items if not isinstance(item, Wording)] for items in (before, group)]
            return next((items[-2:] for items in [*seen, before] if len(items) > 1), before[-1:])
        return before[-1:] or ([topic] if topic else [])

    def named_next(self) -> bool:
        """Whether a reference or quoted text comes next."""
        follows = self.elements[self.index + 1 : self.index + 2]
        return bool(follows) and isinstance(follows[0], Mark) and follows[0].kind in {Kind.REFERENCE, Kind.QUOTE}

    def is_inside_a_thing(self) -> bool:
        """Whether "of" and something on the canvas follow: "in the centre of the table"."""
        follows = self.elements[self.index + 1 : self.index + 3]
        if len(follows) < 2 or not isinstance(follows[0], Mark) or follows[0].text.lower() != "of" or not self.chain:
            return False
        if isinstance(follows[1], Phrase):
            return bool(follows[1].nouns) and follows[1].head not in lexicon.CANVAS_NOUNS
        return follows[1].kind is Kind.REFERENCE

    def new_thing_follows(self) -> bool:
        """Whether something not spoken of before comes next."""
        follows = self.elements[self.index + 1 : self.index + 2]
        if not follows:
            return False
        element = follows[0]
        if isinstance(element, Phrase):
            return bool(element.nouns) and (element.count is not None or element.determiner in lexicon.INDEFINITE)
        return element.kind is Kind.QUOTE

    def each_follows(self) -> bool:
        """Whether "each" or "each other" comes next."""
        follows = self.elements[self.index + 1] if self.index + 1 < len(self.elements) else None
        return isinstance(follows, Phrase) and follows.determiner == "each" and not follows.nouns

    def target_follows(self) -> bool:
        """Whether what comes next can be what something is placed by."""
        for element in self.elements[self.index + 1 : self.index + 4]:
            if isinstance(element, Phrase):
                if element.nouns:
                    return not is_about_type(element)
                continue
            if element.kind in {Kind.REFERENCE, Kind.QUOTE}:
                return True
            if element.kind is not Kind.WORD:
                return False
            if element.text.lower() in lexicon.PRONOUNS:
                return True
            if element.text.lower() in {"and", "or", "is", "are"}:
                return False
        return False

    def is_asked_for(self, phrase: Phrase, prompt: str) -> bool:
        """Whether the phrase that opens a prompt is the kind of picture: "Placard: …", "Design a sign with …"."""
        if phrase.is_plural or phrase.count not in {None, 1} or phrase.colours:
            return False
        after = self.elements[self.index + 1] if self.index + 1 < len(self.elements) else None
        if isinstance(after, Mark) and after.text == ":":
            return len(prompt) > after.end + 1
        words = [word.lower() for word in phrase.nouns]
        if phrase.head not in lexicon.CARRIERS or (words[-1] == "sign" and len(words) > 1 and "board" not in words):
            return False
        if (after is None and self.index == 0 and not phrase.is_definite) or _DASH.match(prompt, phrase.end):
            return len(prompt) > phrase.end + 1  # a heading: "Sign. An owl on the left."
        made = _MAKING.search(prompt, 0, phrase.start) or _NEEDED.match(prompt, phrase.end)
        return bool(made) or self._carries_things(even_text=phrase.determiner == "the")

    def _carries_things(self, *, even_text: bool) -> bool:
        """Whether "with" or "that shows" follows, and a thing rather than text: that stands on the sign itself."""
        for steps, element in enumerate(self.elements[self.index + 1 : self.index + 8]):
            if isinstance(element, Phrase):
                if element.head in lexicon.GROUNDS | lexicon.PAPERS:
                    continue
                return bool(steps) and (even_text or not is_about_type(element))
            if element.kind in {Kind.REFERENCE, Kind.QUOTE}:
                return bool(steps) and (even_text or element.kind is Kind.REFERENCE)
            if element.text.lower() not in _CARRYING:
                return False
        return False

    def holder_follows(self) -> bool:
        """Whether a vase or bowl comes next, or a surface for the text just quoted."""
        element = self.elements[self.index + 1] if self.index + 1 < len(self.elements) else None
        if not isinstance(element, Phrase) or is_about_type(element):
            return False
        surface = isinstance(self.last, Wording) and element.head in lexicon.SURFACES
        return element.head in lexicon.HOLDERS or surface

    def explained(self) -> dict[int, Named]:
        """Places of elements that only say in brackets what a reference shows: "(the flag of Chad)"."""
        found: dict[int, Named] = {}
        for index, element in enumerate(self.elements[:-2]):
            after, first = self.elements[index + 1 : index + 3]
            if not (isinstance(element, Mark) and isinstance(element.value, Named) and isinstance(after, Mark)):
                continue
            if after.text != "(" or not isinstance(first, Phrase) or not first.is_definite:
                continue
            for place, inner in enumerate(self.elements[index + 2 :], start=index + 2):
                if isinstance(inner, Mark) and inner.text == ")":
                    break
                found[place] = element.value
        return found

    def reference_beside(self) -> Named | None:
        """The reference that is named right beside the phrase at hand, over linking words only."""
        after = self.elements[self.index + 1 : self.index + 6]
        before = list(reversed(self.elements[: self.index]))[:5]
        return _reach(after, _TO_A_PICTURE, needs=_LINKS) or _reach(before, _FROM_A_PICTURE, needs=frozenset())


def _reach(elements: list[Element], through: frozenset[str], *, needs: frozenset[str]) -> Named | None:
    """The reference that is named right beside, over linking words only."""
    passed: set[str] = set()
    for element in elements:
        if isinstance(element, Phrase):
            if element.nouns or element.colours:
                return None
            continue
        if element.kind is Kind.REFERENCE:
            assert isinstance(element.value, Named)
            return element.value if not needs or passed & needs else None
        if element.text.lower() not in through:
            return None
        passed.add(element.text.lower())
    return None
