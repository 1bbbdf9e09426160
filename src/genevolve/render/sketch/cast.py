"""Whom a phrase means: a thing not seen before, one spoken of already, or what a reference shows."""

from ...language.nouns import singular
from . import lexicon
from .clause import Clause
from .marks import Extent, Named
from .phrases import Element, Phrase
from .reading import Item, Picture, Reading, Thing

_PAIRED = frozenset(
    "pants jeans trousers shorts scissors glasses sunglasses skis binoculars pliers headphones goggles".split()
)


class Cast:
    """Everything that a prompt has spoken of so far."""

    def __init__(self, reading: Reading, pictures: list[Picture]) -> None:
        self._reading = reading
        self._pictures = pictures

    def items_for(self, clause: Clause, phrase: Phrase) -> list[Item]:
        """What the phrase means: something new, something spoken of, or all references of that name ("both flags")."""
        if (
            phrase.is_plural
            and (phrase.is_definite or phrase.determiner == "")
            and phrase.count in {None, len(self._pictures)}
        ):
            meant = [picture for picture in self._pictures if picture.aliases & {phrase.head, phrase.noun.lower()}]
            if len(meant) > 1:
                return list[Item](meant)
        return [self._item_for(clause, phrase)]

    def known(self, phrase: Phrase) -> Thing | None:
        """The thing of that name, if one has been spoken of."""
        things = [item for item in self._reading.items if isinstance(item, Thing)]
        same = [thing for thing in things if thing.noun.lower() == phrase.noun.lower()]
        alike = [thing for thing in things if singular(thing.noun.split()[-1].lower()) == phrase.head]
        return next(reversed(same), None) or (alike[-1] if len(phrase.nouns) == 1 and alike else None)

    def _item_for(self, clause: Clause, phrase: Phrase) -> Item:
        picture = self._picture_meant(clause, phrase)
        if picture is not None:
            picture.aliases |= {phrase.noun.lower(), phrase.head}
            picture.size *= size_said(phrase)
            return picture
        known = self.known(phrase) if phrase.is_definite or clause.since[-1:] == ["both"] else None
        if known is not None:
            known.colours = known.colours or list(phrase.colours)
            known.size *= size_said(phrase)
            return known
        thing = self.new_thing(phrase)
        self._reading.items.append(thing)
        left = [
            w
            for w in phrase.adjectives
            if w not in lexicon.SIZES and w not in lexicon.KEPT_ON_LABEL | lexicon.QUALITIES
        ]
        self._reading.not_understood += left
        return thing

    def explain(self, named: Named, element: Element) -> None:
        """Take in a word of "(the flag of São Tomé and Príncipe)" after a reference: what that shows."""
        if isinstance(element, Phrase) and element.nouns:
            for picture in self._shown_by(named):
                picture.aliases |= {element.noun.lower(), element.head}

    def _shown_by(self, named: Named) -> list[Picture]:
        lone = named.lone and len(self._pictures) == 1
        return [picture for picture in self._pictures if lone or picture.ordinal == named.number]

    @staticmethod
    def new_thing(phrase: Phrase) -> Thing:
        """The thing that a phrase names for the first time."""
        if phrase.is_pair and phrase.head in _PAIRED:
            count = 1
        elif phrase.count is not None and not 1900 <= phrase.count <= 2100:
            count = phrase.count
        elif phrase.vague_count is not None:
            count = phrase.vague_count if phrase.is_plural else 1
        else:
            count = 3 if phrase.is_plural and phrase.determiner not in {"a", "an", "each", "every"} else 1
        return Thing(
            noun=phrase.noun,
            label=phrase.label,
            count=max(count, 1),
            colours=list(phrase.colours),
            arrangement=phrase.arrangement,
            columns=phrase.columns,
            size=size_said(phrase),
        )

    def _picture_meant(self, clause: Clause, phrase: Phrase) -> Picture | None:
        """The reference that shows what the phrase names: "the flag from the first reference image"."""
        named = clause.reference_beside()
        if named is not None and (phrase.is_definite or (phrase.count in {None, 1} and not phrase.is_plural)):
            found = self._shown_by(named)
            if found:
                return found[0]
        if not phrase.is_definite and not phrase.tail:
            return None
        words = {phrase.noun.lower(), phrase.head}
        fitting = [picture for picture in self._pictures if picture.aliases & words]
        return fitting[0] if fitting and not self.known(phrase) else None


def form_lines(thing: Thing, phrase: Phrase) -> None:
    """Said of a thing: "in two rows", "in three rows of four"."""
    if phrase.nouns and phrase.columns:
        return
    in_rows = phrase.head != "column"
    thing.columns = phrase.columns or (-(-thing.count // max(phrase.count or 1, 1)) if in_rows else phrase.count)
    thing.arrangement = None


def extend(item: Item, extent: Extent) -> None:
    """Said of an item: that it fills the canvas, or takes a part of its width."""
    if extent.width_share is None:
        item.fills = True
    else:
        item.width_share = extent.width_share


def size_said(phrase: Phrase) -> float:
    """How large the words say that a thing is, against 1."""
    size = 1.0
    for word in phrase.adjectives:
        size *= lexicon.SIZES.get(word, 1.0)
    return min(max(size, 0.2), 4.0)
