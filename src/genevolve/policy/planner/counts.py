"""Finds counted things in a request: "three red stars", but no years, models, "3 by 4" or "a two lane road"."""

import re
from dataclasses import dataclass

from ...language.nouns import singular
from ...language.numbers import NUMBER_WORDS, find_counts

_NOT_COUNTED = re.compile(
    r"\s*(?:%|percent|per cent|years?(?:\s+old)?\b|hours?\b|minutes?\b|o'clock"
    r"|am\b|pm\b|a\.m|p\.m|degrees?\b|metres?\b|meters?\b|km\b|cm\b|mm\b"
    r"|feet\s+(?:tall|high|long|wide)|inch(?:es)?\b"
    r"|px\b|pixels?\b|th\b|of\s+(?:them|these|those|which|the|it)\b"
    r"|is\b|are\b|was\b|has\b|and\b|or\b|to\b|in\b|on\b|at\b|with\b|point\b"
    r"|dollars?\b|euros?\b|dimensional|-|dimensions?\b)",
    re.IGNORECASE,
)
_IS_NAME_BEFORE = re.compile(
    r"(?:\ban?|\b(?!(?:of|with|and|or|in|on|at|to|by|for|from|the|these|those|all|are|is|has|have|had|exactly|only|just|"
    r"show|showing|shows|draw|paint|add|put|place|contains?|containing|features?|featuring|there|than|over|under|behind|"
    r"between|beside|around|near|above|below|plus|as|into|about|holding|wearing|holds|wears|sees|eating|photo|image|"
    r"picture|make|create|include|includes|including|first|last|its|his|her|their|my|your|our|another|other|next|where|"
    r"while|like|not|least|most|nearly|requiring|using|against|onto|through|set|each|every|which|that)\b)"
    r"[^\W\d_][\w'’-]*(?<![,.;:!?]))\s+$",
    re.IGNORECASE,
)
"""Before digits that belong to a name: "Porsche 911"."""
_MEASURE = rf"(?:\d{{1,4}}|{'|'.join(sorted(NUMBER_WORDS, key=len, reverse=True))})"
_TIMES = re.compile(rf"(?:\s*-?\s*\b(?:by|times)\b\s*-?\s*|\s*[x×]\s*){_MEASURE}\b", re.IGNORECASE)
"""After the first number of a grid or a size: "3 by 4", "three-by-four", "3 x 4"."""
_BEFORE_TIMES = re.compile(rf"\b{_MEASURE}(?:[\s-]+(?:by|times)[\s-]+|\s*[x×]\s*)$", re.IGNORECASE)
_ARTICLE_BEFORE = re.compile(r"\ban?\s+$", re.IGNORECASE)
"""Before a number that belongs to a compound: "a two lane road"."""
_DOING = re.compile(
    r"(?!(?:ring|king|wing|string|earring|building|painting|drawing|swing|duckling|dumpling|viking|stocking|pudding|"
    r"railing|sling|seedling|sibling|herring|awning|hamster|living|wedding|flying|rocking|shooting|running|sailing|"
    r"dancing|sleeping|smiling|burning|floating|glowing|matching|interlocking)s?\b)[a-z]{2,}ing\b",
    re.IGNORECASE,
)
_PHRASE_ENDS = "|".join(
    (
        "and or but with without in on at of to from by for above below over under "
        "beneath behind beside between around near "
        "next inside against across along left right that which who whose where is "
        "are was were has have standing sitting "
        "flying lying hanging placed arranged scattered stacked floating surrounding "
        "surrounded made painted drawn wearing "
        "holding riding playing running walking eating drinking sleeping looking "
        "swimming side through into onto out as while "
        "each all diagonally reading talking jumping growing facing parked resting hovering underneath alongside inside"
    ).split()
)
_NOUN_PHRASE = re.compile(
    r"\s+(?P<phrase>(?:[^\W\d_][\w'’-]*\s+){0,5}?[^\W\d_][\w'’-]*)"
    rf"(?=\s*(?:[,.;:!?()\"“”]|$)|\s+(?:{_PHRASE_ENDS})\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A number of things: "three red stars"."""

    count: int
    phrase: str
    """The things, as written: "red stars"."""
    start: int
    end: int
    """The end of the phrase."""
    number_end: int


def find_counted(bare: str) -> list[Counted]:
    """Every number of things in a text whose lettering and unknowns are blanked, in order."""
    counted: list[Counted] = []
    for count in find_counts(bare):
        if not 0 < count.value < 1000 or _NOT_COUNTED.match(bare, count.end):
            continue
        if _TIMES.match(bare, count.end) or _BEFORE_TIMES.search(bare[max(0, count.start - 30) : count.start]):
            continue
        before = _IS_NAME_BEFORE if bare[count.start].isdigit() else _ARTICLE_BEFORE
        if before.search(bare, max(0, count.start - 40), count.start):
            continue
        noun = _NOUN_PHRASE.match(bare, count.end)
        if noun and _DOING.match(noun["phrase"]):
            continue  # "a family of four posing"
        if not noun or (counted and count.start < counted[-1].end):
            continue
        phrase = _things(noun["phrase"], count.value)
        end = noun.start("phrase") + len(phrase)
        counted.append(Counted(count=count.value, phrase=phrase, start=count.start, end=end, number_end=count.end))
    return counted


def _things(phrase: str, count: int) -> str:
    """The words that name what is counted: a plural ends them, so that "trucks piled up" is counted as trucks."""
    if count == 1:
        return phrase
    ends = [word.end() for word in re.finditer(r"[\w'’-]+", phrase) if singular(word[0]) != word[0]]
    return phrase[: ends[-1]] if ends else phrase
