"""A prompt as a line of marks: words, and the phrases that the shared language knows, with their offsets.

Where two readings of a stretch of text overlap, the one listed first in
`_LAYERS` wins. Everything here is linear in the length of the prompt.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from ...language.asking import find_asking
from ...language.colours import Colour, Rgb, find_colours
from ...language.numbers import find_counts
from ...language.ordinals import find_all_mentions, find_lone_mentions, find_mentions
from ...language.positions import Arrangement, Place, Relation, find_arrangements, find_places, find_relations
from ...language.quotes import find_quotes, without_quotes

MAX_CHARS = 60_000


class Kind(Enum):
    """What a mark is."""

    QUOTE = auto()
    REFERENCE = auto()
    EXTENT = auto()
    COMPARISON = auto()
    PLACE = auto()
    RELATION = auto()
    ARRANGEMENT = auto()
    COUNT = auto()
    COLOUR = auto()
    WORD = auto()
    COMMA = auto()
    STOP = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A stretch of the prompt; `value` depends on `kind`."""

    kind: Kind
    start: int
    end: int
    text: str
    value: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """References named at one place: one number, or none for all of them (`lone`: for the only one)."""

    number: int | None
    lone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much of the canvas a thing is to take: all of it, or a part of its width."""

    width_share: float | None


_QUOTED = "\ufffc"
"""Stands for the characters of quoted text: neither a letter nor a space."""
_CANVAS = r"(?:canvas|image|picture|page|poster|sheet|frame|composition|scene)"
_SHARE = {
    "half": 0.5, "third": 1 / 3, "quarter": 0.25, "two thirds": 2 / 3, "three quarters": 0.75, "full": 1.0,
    "entire": 1.0,
    "whole": 1.0,
}  # fmt: skip
_EXTENT = re.compile(
    rf"\b(?:fill(?:s|ing)?|cover(?:s|ing)?|occup(?:y|ies|ying)|span(?:s|ning)?)\s+(?:up\s+)?(?:the\s+)?(?:entire\s+|whole\s+|full\s+)?"
    rf"(?P<fill>{_CANVAS}|background)\b(?!'s|\s+width)"
    rf"|\bas\s+(?:the|a)\s+(?:full\s+|whole\s+|entire\s+)?(?P<ground>background|backdrop)\b|\b(?P<bleed>full[\s-]bleed|edge\s+to\s+edge)\b"
    rf"|\b(?:a\s+|one[\s-])?(?P<part>half|third|quarter|two[\s-]thirds|three[\s-]quarters|full|entire|whole)\s+(?:of\s+)?(?:the\s+)?"
    rf"(?:{_CANVAS}(?:'s)?\s+)?width\b(?:\s+of\s+the\s+{_CANVAS})?"
    rf"|\b(?P<percent>\d{{1,3}})\s?(?:%|per\s?cent)\s+of\s+the\s+(?:{_CANVAS}(?:'s)?\s+)?width\b(?:\s+of\s+the\s+{_CANVAS})?",
    re.IGNORECASE,
)
_COMPARISON = re.compile(
    r"\b(?:(?P<larger>(?:much\s+)?(?:larger|bigger|taller))|(?P<smaller>(?:much\s+)?(?:smaller|shorter)))\s+than\b"
    r"|\b(?P<factor>twice|three\s+times|half)\s+(?:as\s+(?:large|big|tall|wide)\s+as|the\s+size\s+of)\b",
    re.IGNORECASE,
)
_FACTORS = {"twice": 2.0, "three times": 3.0, "half": 0.5}
_WORD = re.compile(r"[^\W_]+(?:['’.\-&][^\W_]+)*")
_PUNCTUATION = re.compile(r"[,:()\[\]–—|/•]|[.;!?\n。！？]+")
_COMPOUND = re.compile(r"[-’'][^\W\d_]|\s+(?:age|ages|aged|east|eastern|school|class)\b", re.IGNORECASE)
_COMMAS = frozenset(",:()[]–—|/•")


def find_marks(prompt: str) -> list[Mark]:
    """Every mark of the prompt, in order, none overlapping another; words that only ask for the picture have none."""
    text = prompt[:MAX_CHARS]
    blank = without_quotes(text, blank=_QUOTED)
    taken = bytearray(len(text))
    for start, end in find_asking(blank):
        taken[start:end] = b"\x01" * (end - start)
    marks: list[Mark] = []
    for mark in _candidates(text, blank):
        if any(taken[mark.start : mark.end]):
            continue
        taken[mark.start : mark.end] = b"\x01" * (mark.end - mark.start)
        marks.append(mark)
    return sorted(marks, key=lambda mark: mark.start)


def _candidates(text: str, blank: str) -> Iterator[Mark]:
    for quote in find_quotes(text):
        yield Mark(kind=Kind.QUOTE, start=quote.start, end=quote.end, text=quote.text)
    for mention in find_mentions(blank):
        yield _mark(blank, Kind.REFERENCE, mention.start, mention.end, Named(number=mention.number))
    for start, end in find_all_mentions(blank):
        yield _mark(blank, Kind.REFERENCE, start, end, Named(number=None))
    for start, end in find_lone_mentions(blank):
        yield _mark(blank, Kind.REFERENCE, start, end, Named(number=None, lone=True))
    for match in _EXTENT.finditer(blank):
        yield _mark(blank, Kind.EXTENT, match.start(), match.end(), _extent(match))
    for match in _COMPARISON.finditer(blank):
        yield _mark(blank, Kind.COMPARISON, match.start(), match.end(), _factor(match))
    for kind, find in (
        (Kind.RELATION, find_relations),
        (Kind.PLACE, find_places),
        (Kind.ARRANGEMENT, find_arrangements),
    ):
        for word in find(blank):
            if not _COMPOUND.match(blank, word.end):
                yield _mark(blank, kind, word.start, word.end, word.means)
    for count in find_counts(blank):
        yield _mark(blank, Kind.COUNT, count.start, count.end, count.value)
    for colour in find_colours(blank):
        if not _COMPOUND.match(blank, colour.end):
            yield _mark(blank, Kind.COLOUR, colour.start, colour.end, colour)
    for match in _WORD.finditer(blank):
        yield _mark(blank, Kind.WORD, match.start(), match.end(), None)
    for match in _PUNCTUATION.finditer(blank):
        kind = Kind.COMMA if match[0] in _COMMAS else Kind.STOP
        yield _mark(blank, kind, match.start(), match.end(), None)


def _mark(text: str, kind: Kind, start: int, end: int, value: object) -> Mark:
    return Mark(kind=kind, start=start, end=end, text=text[start:end], value=value)


def _extent(match: re.Match[str]) -> Extent:
    if match["percent"]:
        return Extent(width_share=min(max(int(match["percent"]), 5), 100) / 100)
    if match["part"]:
        return Extent(width_share=_SHARE[" ".join(re.split(r"[\s-]+", match["part"].lower()))])
    return Extent(width_share=None)


def _factor(match: re.Match[str]) -> float:
    if match["factor"]:
        return _FACTORS[" ".join(match["factor"].lower().split())]
    return 2.0 if match["larger"] else 0.5


def colour_value(mark: Mark) -> tuple[str, Rgb]:
    """The name and value of a colour mark."""
    assert isinstance(mark.value, Colour)
    return mark.value.name, mark.value.rgb


def place_value(mark: Mark) -> Place | Relation | Arrangement:
    """What a place, relation or arrangement mark means."""
    assert isinstance(mark.value, Place | Relation | Arrangement)
    return mark.value


def count_value(mark: Mark) -> int:
    """The number of a count mark."""
    assert isinstance(mark.value, int)
    return mark.value
