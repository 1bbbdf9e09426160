"""Where a program's prompt speaks of the things of a recipe, and what it says beside them.

No grammar is attempted. A place, a kind of type or a colour of lettering belongs
to the nearest thing named before or after it in its sentence; both are tried, so
a prompt is given the benefit of the doubt. A count or a colour of objects must
stand before its noun, with at most describing words between, or follow it
("stars in red", "stars: five").

What names a thing: an object, its noun in singular or plural; a text, its words
in quotation marks; a reference, its ordinal, its entity's name, or "flag" where
only one is wanted.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from ...language.colours import find_colours
from ...language.nouns import plural, singular
from ...language.numbers import find_counts
from ...language.ordinals import find_all_mentions, find_lone_mentions, find_mentions
from ...language.positions import (
    Arrangement,
    Place,
    PlaceWord,
    Relation,
    find_arrangements,
    find_places,
    find_relations,
)
from ...language.quotes import Quote, find_quotes, without_quotes
from ...language.text import fold
from ...records import Program
from ...records.recipe import Recipe
from .standing import plain

_STOP = re.compile(r"[.!?;\n]+(?=\s|$)")
_BLANK = "\ufffc"
_BETWEEN = re.compile(r"[^,.:;!?()\n\ufffc]*\Z")
"""What may stand between a count or colour and its noun."""
_AFTER = re.compile(
    r"\s*(?:,|:|\()?\s*(?:(?:all|each|both|are|is|in|of|coloured|colored|painted|that|which|solid|bright)\s+){0,4}\Z",
    re.IGNORECASE,
)
_GROUND = re.compile(r"\b(?:(?:back)?(?:ground|drop)|canvas|paper)\b", re.IGNORECASE)
_ON = re.compile(r"\bon(?:\s+top\s+of)?\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*")
_PRONOUN = re.compile(r"\s+(?:it|them|both|these|those|each)\b", re.IGNORECASE)
_SIDES = frozenset({Relation.ABOVE, Relation.BELOW, Relation.LEFT_OF, Relation.RIGHT_OF})
_FARTHEST = 40
"""Characters between a count or colour and its noun, at most."""


Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """One place where a thing is named, or several at once ("both reference images")."""

    names: frozenset[str]
    start: int
    end: int


class Mentions:
    """A prompt as the places where the things of a recipe are named."""

    def __init__(self, program: Program, recipe: Recipe) -> None:
        self.prompt = program.prompt
        self.blank = without_quotes(program.prompt, blank=_BLANK)
        """The prompt with quoted text blanked out."""
        self.quotes: list[Quote] = find_quotes(program.prompt)
        self._program = program
        self._recipe = recipe
        self._stops = [match.start() for match in _STOP.finditer(self.blank)]

    @cached_property
    def all(self) -> list[Named]:
        """Every mention, in the order of the prompt; of two that overlap the longer."""
        spans: dict[tuple[int, int], set[str]] = {}
        for name, span in [*self._objects(), *self._texts(), *self._references()]:
            spans.setdefault(span, set()).add(name)
        kept: list[Named] = []
        for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
            if not kept or start >= kept[-1].end:
                kept.append(Named(names=frozenset(spans[start, end]), start=start, end=end))
        return kept

    @cached_property
    def words(self) -> list[tuple[str, int, int]]:
        """Every word outside quotation marks, in lower case, and where it stands."""
        return [(match[0].lower(), *match.span()) for match in _WORD.finditer(self.blank)]

    @cached_property
    def ordinals(self) -> dict[int, list[Span]]:
        """Where each reference of the program is named by its number; "both" and "the reference image" count too."""
        named: dict[int, list[Span]] = {}
        for mention in find_mentions(self.blank):
            named.setdefault(mention.number, []).append((mention.start, mention.end))
        count = len(self._program.references)
        for span in find_all_mentions(self.blank):
            for number in range(1, count + 1):
                named.setdefault(number, []).append(span)
        if count == 1:
            named.setdefault(1, []).extend(find_lone_mentions(self.blank))
        return named

    def of(self, name: str) -> list[Named]:
        """The mentions of one thing."""
        return [mention for mention in self.all if name in mention.names]

    def says_count(self, name: str, count: int) -> bool:
        """Whether a mention of the thing has this count; one may also be said by an article and the singular."""
        counts = list(find_counts(self.blank))
        for mention in self.of(name):
            spans = [(c.start, c.end) for c in counts if c.value == count]
            others = [(c.start, c.end) for c in counts if c.value != count]
            if any(self._binds(span, mention) for span in spans):
                return True
            noun = self.blank[mention.start : mention.end].lower()
            is_one = singular(noun) == noun and not any(self._binds(span, mention) for span in others)
            if count == 1 and is_one:
                return True
        return False

    def says_colour(self, name: str, colour: str) -> bool:
        """Whether a mention of the thing has this colour, by name."""
        spans = [(c.start, c.end) for c in find_colours(self.blank) if c.name == colour.lower()]
        return any(self._binds(span, mention) for span in spans for mention in self.of(name))

    def says_place(self, name: str, means: Place | Arrangement) -> bool:
        """Whether a place or an arrangement stands nearest to the thing, before or after it, in its sentence."""
        words: list[PlaceWord] = [*find_places(self.blank), *find_arrangements(self.blank)]
        return any(name in self.nearest(word.start, word.end) for word in words if word.means == means)

    def says_relation(self, subject: str, means: Relation, other: str) -> bool:
        """Whether the relation stands between the two, or before both: "above the flag, three stars".

        "Between the other and something else" says as much as "above", "below", "left" or "right" of it.
        """
        for start, end, said in self._relations(means):
            before, after = self._around(start, end)
            reach = 2 if said is Relation.BETWEEN else 1
            is_subject = any(subject in mention.names for mention in before[-1:])
            is_other = any(other in mention.names for mention in after[:reach])
            if is_subject and (is_other or _PRONOUN.match(self.blank, end)):
                return True
            if is_other and any(subject in mention.names for mention in after[1 : reach + 1]):
                return True
        return False

    def says_background(self, colour: str) -> bool:
        """Whether the colour stands next to a word for the background: "on a navy background"."""
        spans = [(c.start, c.end) for c in find_colours(self.blank) if c.name == colour.lower()]
        for ground in _GROUND.finditer(self.blank):
            for start, end in spans:
                between = (
                    self.blank[end : ground.start()] if end <= ground.start() else self.blank[ground.end() : start]
                )
                if len(between) <= _FARTHEST and _BETWEEN.match(between):
                    return True
        return False

    def nearest(self, start: int, end: int) -> set[str]:
        """The names of the things next before and next after a stretch, in its sentence."""
        before, after = self._around(start, end)
        return {name for mention in [*before[-1:], *after[:1]] for name in mention.names}

    def _relations(self, means: Relation) -> list[tuple[int, int, Relation]]:
        """Where words stand that say the relation, or as much."""
        wanted = {means, Relation.BETWEEN} if means in _SIDES else {means}
        found = [(word.start, word.end, word.means) for word in find_relations(self.blank)]
        spans = [(start, end, said) for start, end, said in found if isinstance(said, Relation) and said in wanted]
        if means is Relation.ON:  # the shared language leaves this word to readers, for it has many uses
            spans += [(*match.span(), means) for match in _ON.finditer(self.blank)]
        return spans

    def _around(self, start: int, end: int) -> tuple[list[Named], list[Named]]:
        """Mentions before and after a stretch in its sentence, each thing once where it is named twice in a row."""
        sentence = bisect_right(self._stops, start)
        here = [mention for mention in self.all if bisect_right(self._stops, mention.start) == sentence]
        before = [mention for mention in here if mention.end <= start]
        return before, _once([mention for mention in here if mention.start >= end])

    def _binds(self, span: tuple[int, int], mention: Named) -> bool:
        start, end = span
        if end <= mention.start <= end + _FARTHEST:
            between = self.blank[end : mention.start]
            return bool(_BETWEEN.match(between)) and not self._is_named_in(end, mention.start)
        if mention.end <= start <= mention.end + _FARTHEST:
            follows = self.all[self.all.index(mention) + 1 :][:1]
            is_of_next = bool(follows) and end <= follows[0].start and _is_before(self.blank[end : follows[0].start])
            return bool(_AFTER.match(self.blank[mention.end : start])) and not is_of_next
        return False

    def _is_named_in(self, start: int, end: int) -> bool:
        return any(mention.start >= start and mention.end <= end for mention in self.all)

    def _objects(self) -> Iterator[tuple[str, Span]]:
        for wanted in self._recipe.objects:
            for form in {wanted.noun, singular(wanted.noun), plural(singular(wanted.noun))}:
                yield from ((wanted.noun, span) for span in _spans(self.blank, form))

    def _texts(self) -> Iterator[tuple[str, Span]]:
        wanted = {plain(text.text): text.text for text in self._recipe.texts}
        for quote in self.quotes:
            if (said := plain(quote.text)) in wanted:
                yield wanted[said], (quote.start, quote.end)

    def _references(self) -> Iterator[tuple[str, Span]]:
        for wanted in self._recipe.references:
            spans = _spans(self.blank, wanted.entity)
            if len(self._recipe.references) == 1:
                spans += _spans(self.blank, wanted.what)
            for number, reference in enumerate(self._program.references, start=1):
                if reference.digest == wanted.digest:
                    spans += self.ordinals.get(number, [])
            yield from ((wanted.entity, span) for span in spans)


def says(text: str, words: str) -> bool:
    """Whether a text has some words, whole, whatever their case and accents."""
    return re.search(rf"(?<!\w){re.escape(fold(words))}(?!\w)", fold(text)) is not None


def _spans(text: str, words: str) -> list[Span]:
    pattern = r"\s+".join(re.escape(word) for word in words.split())
    return [match.span() for match in re.finditer(rf"(?<!\w){pattern}(?!\w)", text, re.IGNORECASE)]


def _is_before(between: str) -> bool:
    """Whether nothing but describing words lies between a colour or count and the noun after it."""
    return bool(_BETWEEN.match(between)) and len(between) <= _FARTHEST


def _once(mentions: Sequence[Named]) -> list[Named]:
    kept: list[Named] = []
    for mention in mentions:
        if not kept or kept[-1].names != mention.names:
            kept.append(mention)
    return kept
