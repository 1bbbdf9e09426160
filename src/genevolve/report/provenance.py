"""Where the words of a prompt came from: the request, the evidence that was found, or a skill that was read.

By matching words alone. From left to right the longest run of words that also stands, in the same order, in a source
is taken; of equal runs the request's goes first, then the evidence's, then a skill's. A run counts with two words
that are no function words; of the request and the evidence also with three words of which one is none, and a lone
word where it is a name or a number. Case, accents and punctuation do not matter. Words that name a reference are left
out: they say which picture is meant. What matches nothing is the policy's own wording.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise
from typing import Literal

from ..language.ordinals import find_mentions
from ..language.text import fold

Origin = Literal["request", "evidence", "skill"]
RANK: tuple[Origin, ...] = ("request", "evidence", "skill")

_MOST_WORDS = 40_000
"""Of one source; what is behind them was hardly read closely."""
_WORD = re.compile(r"\w+(?:['’]\w+)?")
_NAMES_A_REFERENCE = ""
"""Stands for its words, and is no word of any source."""
_FUNCTION = frozenset(
    "a an the of in on at to for from by with and or as is are be it its this that these those no not into under over "
    "above below beside near one each all their his her they them than then so if but also".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A text that the policy had read when it wrote."""

    origin: Origin
    name: str
    """What a reader would call it: "the request", a query, a skill."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of the prompt that also stands in a source."""

    start: int
    end: int
    source: Source


@dataclass(frozen=True, slots=True)
class _Read:
    """A source, ready to be matched with."""

    source: Source
    words: tuple[str, ...]
    places: dict[tuple[str, str], list[int]]
    """Of two words: where they stand one after the other."""
    known: frozenset[str]


def provenance(prompt: str, sources: Sequence[Source]) -> list[Span]:
    """The stretches of a prompt that a source has too, in order, none overlapping."""
    places = [(match.start(), match.end()) for match in _WORD.finditer(prompt)]
    words = [fold(prompt[start:end]) for start, end in places]
    named = [(mention.start, mention.end) for mention in find_mentions(prompt)]
    for number, (start, end) in enumerate(places):
        if any(first <= start and end <= last for first, last in named):
            words[number] = _NAMES_A_REFERENCE
    ordered = [_Read(source, *_index(source.text)) for source in sorted(sources, key=lambda s: RANK.index(s.origin))]
    spans: list[Span] = []
    at = 0
    while at < len(words):
        length, source = _longest(words, at, ordered)
        if source is None and _is_name_or_number(prompt, places[at][0], words[at]):
            length, source = 1, _knowing(words[at], ordered)
        if source is None:
            at += 1
            continue
        spans.append(Span(start=places[at][0], end=places[at + length - 1][1], source=source))
        at += length
    return spans


def _longest(words: Sequence[str], at: int, sources: Sequence[_Read]) -> tuple[int, Source | None]:
    """The longest run from this word on that counts, and the first source that has it."""
    most, best = 0, None
    if at + 2 > len(words):
        return 0, None
    two = (words[at], words[at + 1])
    for read in sources:
        for place in read.places.get(two, ()):
            length = _common(words, at, read.words, place)
            if length > most and _counts(words[at : at + length], read.source.origin):
                most, best = length, read.source
    return most, best


def _counts(run: Sequence[str], origin: Origin) -> bool:
    content = sum(word not in _FUNCTION for word in run)
    return content >= 2 or (content == 1 and len(run) >= 3 and origin != "skill")


def _common(words: Sequence[str], at: int, text: Sequence[str], place: int) -> int:
    most = min(len(words) - at, len(text) - place)
    return next((n for n in range(2, most) if words[at + n] != text[place + n]), most)


def _knowing(word: str, sources: Sequence[_Read]) -> Source | None:
    """The first source that has a word; skills have all sorts of words and are not asked."""
    return next((read.source for read in sources if read.source.origin != "skill" and word in read.known), None)


def _is_name_or_number(prompt: str, start: int, word: str) -> bool:
    if word == _NAMES_A_REFERENCE:
        return False
    if word[0].isdigit():
        return True
    before = prompt[:start].rstrip(" \t\"'“”‘’(")
    opens_sentence = not before or before[-1] in ".!?:\n"
    return prompt[start].isupper() and not opens_sentence and word not in _FUNCTION


@lru_cache(maxsize=256)  # attempts at one request read the same pages, and all of them the same skills
def _index(text: str) -> tuple[tuple[str, ...], dict[tuple[str, str], list[int]], frozenset[str]]:
    words = tuple(islice((match[0] for match in _WORD.finditer(fold(text))), _MOST_WORDS))
    places: dict[tuple[str, str], list[int]] = {}
    for place, two in enumerate(pairwise(words)):
        places.setdefault(two, []).append(place)
    return words, places, frozenset(words)
