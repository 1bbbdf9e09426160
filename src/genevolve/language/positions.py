"""Named places on a canvas, relations between two things, and arrangements of several."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Place(StrEnum):
    """The nine places of a canvas."""

    TOP_LEFT = "top left"
    TOP = "top"
    TOP_RIGHT = "top right"
    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"
    BOTTOM_LEFT = "bottom left"
    BOTTOM = "bottom"
    BOTTOM_RIGHT = "bottom right"


class Relation(StrEnum):
    """Where one thing is, seen from another."""

    ABOVE = "above"
    BELOW = "below"
    LEFT_OF = "left of"
    RIGHT_OF = "right of"
    ON = "on"
    IN_FRONT_OF = "in front of"
    BEHIND = "behind"
    INSIDE = "inside"
    BESIDE = "beside"
    AROUND = "around"
    BETWEEN = "between"
    FLANKING = "on both sides of"


class Arrangement(StrEnum):
    """How several things of a kind stand together."""

    ROW = "row"
    COLUMN = "column"
    GRID = "grid"
    CIRCLE = "circle"
    ARC = "arc"
    TRIANGLE = "triangle"
    DIAGONAL = "diagonal"
    SCATTERED = "scattered"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceWord:
    """A place, relation or arrangement found in a text."""

    means: Place | Relation | Arrangement
    start: int
    end: int


_V = r"(?P<v>top|upper|bottom|lower)"
_H = r"(?P<h>left|right)"
_CANVAS = r"(?:the\s+)?(?:image|picture|canvas|frame|page|poster)\b"
_SIDE = rf"(?:[\s-]+(?:hand[\s-]+)?(?:corner|side|edge|part|half|third|of\s+{_CANVAS}))?"
_NOT_OF_A_THING = rf"(?!\s+of\b(?!\s+{_CANVAS}))"
_AT = (
    r"(?:(?:in|at|on|to|near|along|across|from|towards?|fill(?:s|ing)?|occup(?:y|ies|ying)|cover(?:s|ing)?)\s+"
    r"(?:the\s+)?(?:far\s+|very\s+)?)"
)
_NOUN = r"(?!(?:and|or|but|with|is|are|in|on|at|as|plus|while|under|below|above|over|there|goes|stands?)\b)\w"
_PART_OF_CANVAS = (
    r"(?:the\s+)?(?:far\s+|very\s+)?(?:top|upper|bottom|lower|left|right|cent(?:er|re)|middle)\b(?:[\s-]+(?:left|right))?"
    rf"(?:[\s-]+(?:hand[\s-]+)?(?:corner|side|edge|part|half|third))?(?:\s+of\s+{_CANVAS}|(?!\s+of\b|-|\s+{_NOUN}))"
)
"""After "near": a place of the canvas, "the bottom edge", but no part of a thing, "the bottom of the hill"."""
_RELATIONS: tuple[tuple[str, Relation], ...] = (
    (
        rf"(?:directly\s+|just\s+|right\s+)?(?:above|over)|on\s+(?:the\s+)?top\s+of(?!\s+{_CANVAS})|higher\s+than",
        Relation.ABOVE,
    ),
    (
        r"(?:directly\s+|just\s+|right\s+)?(?:below|beneath|underneath|under)|lower\s+than"
        rf"|(?:on|at)\s+the\s+bottom\s+of(?!\s+{_CANVAS})",
        Relation.BELOW,
    ),
    (rf"(?:(?:to|on)\s+the\s+)?left[\s-]+(?:hand\s+)?(?:side\s+)?of(?!\s+{_CANVAS})", Relation.LEFT_OF),
    (rf"(?:(?:to|on)\s+the\s+)?right[\s-]+(?:hand\s+)?(?:side\s+)?of(?!\s+{_CANVAS})", Relation.RIGHT_OF),
    (r"in\s+front\s+of", Relation.IN_FRONT_OF),
    (r"behind", Relation.BEHIND),
    (r"inside(?:\s+of)?|within", Relation.INSIDE),
    (
        rf"beside|next\s+to|on\s+(?:the\s+)?side\s+of|near(?:by)?(?!\s+{_PART_OF_CANVAS})|by\s+the\s+side\s+of"
        r"|adjacent\s+to|alongside",
        Relation.BESIDE,
    ),
    (r"around|surrounding|encircling", Relation.AROUND),
    (r"between", Relation.BETWEEN),
    (r"(?:on\s+)?(?:either|both|each)\s+sides?\s+of|flanking", Relation.FLANKING),
)
_ARRANGEMENTS: tuple[tuple[str, Arrangement], ...] = (
    (
        r"in\s+(?:(?:a|one|single|the)\s+)?(?:\w+\s+)?(?:horizontal\s+)?(?:row|line)\b|side\s+by\s+side",
        Arrangement.ROW,
    ),
    (r"in\s+a\s+(?:\w+\s+)?(?:column|stack)|in\s+a\s+vertical\s+line|stacked(?:\s+vertically)?", Arrangement.COLUMN),
    (r"in\s+a\s+(?:\w+\s+)?grid|\bgrid\s+of\b", Arrangement.GRID),
    (r"in\s+a\s+(?:\w+\s+)?(?:circle|ring)|\bring\s+of\b|\bcircle\s+of\b", Arrangement.CIRCLE),
    (r"in\s+an?\s+(?:\w+\s+)?(?:arc|arch|semicircle|half[\s-]circle)|\barc\s+of\b", Arrangement.ARC),
    (r"in\s+a\s+(?:\w+\s+)?(?:triangle|pyramid)", Arrangement.TRIANGLE),
    (r"diagonally|in\s+a\s+diagonal(?:\s+line)?|along\s+(?:the|a)\s+diagonal", Arrangement.DIAGONAL),
    (r"scattered|sprinkled|randomly\s+placed", Arrangement.SCATTERED),
)
_PLACES = re.compile(
    rf"\b(?:{_AT})?(?:{_V}[\s-]+(?:{_H})|(?P<centre>(?:dead\s+|very\s+)?(?:cent(?:er|re)d?|middle)))"
    rf"(?:[\s-]+(?P<h2>left|right))?{_SIDE}\b"
    r"|\b(?P<v4>top|upper|bottom|lower)[\s-]+(?:cent(?:er|re)|middle)\b"
    rf"|\b{_AT}{_V.replace('<v>', '<v3>')}(?:\s+cent(?:er|re))?{_SIDE}\b{_NOT_OF_A_THING}"
    rf"|\b{_AT}{_H.replace('<h>', '<h3>')}{_SIDE}\b{_NOT_OF_A_THING}",
    re.IGNORECASE,
)
_RELATION = re.compile(
    "|".join(rf"\b(?P<r{i}>{pattern})\b" for i, (pattern, _) in enumerate(_RELATIONS)), re.IGNORECASE
)
_ARRANGED = re.compile(
    "|".join(rf"\b(?P<a{i}>{pattern})" for i, (pattern, _) in enumerate(_ARRANGEMENTS)), re.IGNORECASE
)
_UPPER = {"top", "upper"}


def find_places(text: str) -> Iterator[PlaceWord]:
    """Every named place of the canvas, in order: "in the top-left corner", "at the bottom", "centred"."""
    for match in _PLACES.finditer(text):
        vertical = match["v"] or match["v3"] or match["v4"]
        horizontal = match["h"] or match["h2"] or match["h3"]
        row = "" if not vertical else "top" if vertical.lower() in _UPPER else "bottom"
        name = " ".join(filter(None, [row, (horizontal or "").lower()])) or "centre"
        yield PlaceWord(means=Place(name), start=match.start(), end=match.end())


def find_relations(text: str) -> Iterator[PlaceWord]:
    """Every word that places one thing by another, in order."""
    for match in _RELATION.finditer(text):
        index = next(i for i in range(len(_RELATIONS)) if match[f"r{i}"])
        yield PlaceWord(means=_RELATIONS[index][1], start=match.start(), end=match.end())


def find_arrangements(text: str) -> Iterator[PlaceWord]:
    """Every word that arranges several things, in order."""
    for match in _ARRANGED.finditer(text):
        index = next(i for i in range(len(_ARRANGEMENTS)) if match[f"a{i}"])
        yield PlaceWord(means=_ARRANGEMENTS[index][1], start=match.start(), end=match.end())
