"""The countries that requests are made about: which split each belongs to, and whether a text names one.

A country is in one split, whatever the seed. Who has a single neighbour goes
with it, because "the only neighbour of" is a good question and needs both.
Groups are dealt in the order of a digest of their names: three eighths to test,
a quarter to validation, the rest to train. Territories, parts of countries and
partly recognised countries are in no split: they are never an answer, and count
when it is asked whether an answer is the only one.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from ...language.text import fold
from ...records import digest_bytes
from ...search.atlas.articles import Country, Facts

Split = Literal["train", "validation", "test"]

_UP_TO: tuple[tuple[Split, float], ...] = (("test", 3 / 8), ("validation", 5 / 8), ("train", 1.0))
"""Each split with the share of countries at which the next begins."""
_COMMON = frozenset(
    "the and of republic kingdom state states islands island united democratic people's federal federation great "
    "new north south east west northern southern eastern western central commonwealth union city principality "
    "sultanate grand duchy saint arab islamic socialist independent plurinational cooperative bolivarian".split()
)
"""Words of names that name no country by themselves."""
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Countries:
    """Everything the atlas knows, with the lookups that making a request needs."""

    facts: Facts
    split_of: Mapping[str, Split]
    """By code; only of countries that can be an answer."""
    owners: Mapping[str, frozenset[str]]
    """By every name that stands in the atlas, of whom it is; the names of regions are of nobody."""
    pattern: re.Pattern[str]
    """Finds those names, the longest first."""

    @classmethod
    def load(cls) -> "Countries":
        """The atlas, dealt into splits."""
        facts = Facts.load()
        owners: defaultdict[str, set[str]] = defaultdict(set)
        for country in facts.by_code.values():
            for name in _names(country):
                owners[name].add(country.code)
        for region in facts.names.regions.values():
            for name in (region.name.removeprefix("the "), *region.also):
                owners[name] = set()
        longest_first = sorted(owners, key=lambda name: (-len(name), name))
        return cls(
            facts=facts,
            split_of=_deal(facts),
            owners={name: frozenset(codes) for name, codes in owners.items()},
            pattern=re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)"),
        )

    def of_split(self, split: Split) -> list[Country]:
        """The countries of a split, by name."""
        return [country for country in self.facts.countries if self.split_of.get(country.code) == split]

    def named_in(self, text: str) -> frozenset[str]:
        """Codes of all countries, territories and parts that a text names, by any of their names.

        The longest name counts ("Papua New Guinea" names no Guinea), and so does the name of a region
        ("South America"). The name of a language, a people or a currency names no country.
        """
        found: set[str] = set()
        for match in self.pattern.finditer(text):
            found |= self.owners[match[0]]
        return frozenset(found)

    def gives_away(self, text: str, country: Country, *, told: Iterable[str] = ()) -> bool:
        """Whether a text says who is to be found: by a name, a demonym, or a word with the same beginning.

        Args:
            text: the request, or a part of it.
            country: who must not be named.
            told: words of the text that are the clue itself, where the clue is a demonym.
        """
        for clue in told:
            text = text.replace(clue, " ")
        words = _words(text)
        telling = _words(" ".join((*_names(country), *country.demonyms))) - _COMMON
        return any(_alike(word, name) for word in words for name in telling)


def _names(country: Country) -> tuple[str, ...]:
    names = (country.name, *country.also, country.official.removeprefix("the "))
    return tuple(name for name in names if name)


def _words(text: str) -> set[str]:
    """Words and, of words with a hyphen, their parts, folded."""
    found: set[str] = set()
    for match in _WORD.finditer(text):
        word = fold(match[0]).removesuffix("'s")
        found |= {word, *word.split("-")}
    return found


def _alike(word: str, name: str) -> bool:
    """Equal, or one the beginning of the other ("Tunis", "Tunisia"), or five letters in common at the beginning."""
    short, long = sorted((word, name), key=len)
    if len(short) < 4:
        return short == long
    return long.startswith(short) or (len(short) >= 5 and short[:5] == long[:5])


def _deal(facts: Facts) -> dict[str, Split]:
    dealt: dict[str, Split] = {}
    groups = _groups(facts)
    total = sum(map(len, groups))
    for group in groups:
        split = _split_at(len(dealt) / total)
        for code in group:
            dealt[code] = split
    return dealt


def _split_at(share: float) -> Split:
    for split, end in _UP_TO:
        if share < end:
            return split
    raise AssertionError(share)


def _groups(facts: Facts) -> list[list[str]]:
    """Countries that must share a split, in the order in which they are dealt."""
    answers = [country for country in facts.by_code.values() if country.kind == "country"]
    leader = {country.code: country.code for country in answers}

    def led_by(code: str) -> str:
        return code if leader[code] == code else led_by(leader[code])

    for country in answers:
        if len(country.neighbours) == 1 and country.neighbours[0] in leader:
            leader[led_by(country.code)] = led_by(country.neighbours[0])
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for country in answers:
        groups[led_by(country.code)].append(country.code)
    return sorted(groups.values(), key=lambda group: digest_bytes(" ".join(sorted(group)).encode()))
