"""Counts in words and digits, as people write them before a thing: "three", "12", "a dozen", "a pair of"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
).split()
TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
NUMBER_WORDS: dict[str, int] = (
    {word: value for value, word in enumerate(UNITS)}
    | TENS
    | {f"{ten}-{unit}": value + UNITS.index(unit) for ten, value in TENS.items() for unit in UNITS[1:10]}
    | {"hundred": 100}
)
COLLECTIVES: dict[str, int] = {
    "a pair of": 2, "pair of": 2, "a couple of": 2, "couple of": 2, "both": 2, "a trio of": 3, "trio of": 3,
    "a quartet of": 4, "half a dozen": 6, "a half dozen": 6, "half-dozen": 6, "a dozen": 12, "one dozen": 12,
    "two dozen": 24, "a hundred": 100, "one hundred": 100,
}  # fmt: skip

_SPELLED = sorted([*COLLECTIVES, *NUMBER_WORDS], key=len, reverse=True)
_COUNT = re.compile(
    r"(?<![\w.,:/-])(?:(?P<words>" + "|".join(re.escape(w).replace(r"\ ", r"\s+") for w in _SPELLED) + r")"
    r"|(?P<digits>\d{1,4}))(?![\w:/%°-]|[.,]\d)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A number found in a text."""

    value: int
    start: int
    end: int


def find_counts(text: str) -> Iterator[Count]:
    """Every number of the text that could count things, in order; years, times, sizes and fractions are left out.

    "one" counts too; whether a four-digit number is a year is for the caller, who knows what follows it.
    """
    held: Count | None = None
    for match in _COUNT.finditer(text):
        found = Count(value=_value(match), start=match.start(), end=match.end())
        joined = held and _joined(held, found, text[held.end : found.start])
        if held and not joined:
            yield held
        held = joined or found
    if held:
        yield held


def _value(match: re.Match[str]) -> int:
    if match["digits"]:
        return int(match["digits"])
    word = " ".join(match["words"].lower().split())
    return COLLECTIVES[word] if word in COLLECTIVES else NUMBER_WORDS[word]


def _joined(first: Count, second: Count, between: str) -> Count | None:
    """Two numbers said as one: "two hundred", "a hundred and fifty"."""
    if between.isspace() and second.value == 100 and first.value < 10:
        return Count(value=first.value * 100, start=first.start, end=second.end)
    hundreds = first.value % 100 == 0 and 0 < first.value < 1000
    if hundreds and second.value < 100 and between.split() in ([], ["and"]) and between[:1].isspace():
        return Count(value=first.value + second.value, start=first.start, end=second.end)
    return None


def count_in_words(value: int) -> str:
    """The number as prose writes it: words up to ninety-nine, digits beyond."""
    if 0 <= value < 20:
        return UNITS[value]
    if value < 100:
        tens = next(word for word, ten in TENS.items() if ten == value - value % 10)
        return tens if value % 10 == 0 else f"{tens}-{UNITS[value % 10]}"
    return str(value)
