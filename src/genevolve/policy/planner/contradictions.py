"""Whether what is told of a country denies a clue: only a statement to the contrary does, silence does not.

An article that names another currency denies a currency, provided that evidence
knows whose the wanted one is; otherwise the two may be spellings of one thing.
Regions deny each other by continent only, since their parts are drawn variously.
"""

import re

from ...language.text import fold
from .answers import Evidence, Need
from .candidates import Told, candidates, missing, own_articles
from .facts import Fact, comparable
from .names import region_key
from .nodes import Clue, Relation

_STATED = frozenset({Relation.CAPITAL, Relation.CURRENCY, Relation.BORDERS, Relation.DEMONYM, Relation.LANGUAGE})
"""Relations of which a country's own article tells all values."""

_CONTINENTS = {
    "africa": "africa", "asia": "asia", "europe": "europe", "oceania": "oceania", "australia": "oceania",
    "polynesia": "oceania", "melanesia": "oceania", "micronesia": "oceania", "scandinavia": "europe",
    "america": "america", "americas": "america", "caribbean": "northern america",
}  # fmt: skip
_BETWEEN = "west asia"
"""Its countries are counted as European too."""


def denies(clue: Clue, name: str, key: str, facts: tuple[Fact, ...], *, words: str) -> bool:
    """Whether the evidence tells of the country `key` something that the clue's value `name` cannot stand beside."""
    told = [fact.value for fact in facts if fact.relation is clue.relation and comparable(fact.subject) == key]
    found = candidates(clue.relation, name, facts)
    if not told or key in found:
        return False
    if clue.relation is Relation.REGION:
        return _elsewhere(name, told)
    # Of languages only the official ones are told in full.
    is_told_in_full = clue.relation is not Relation.LANGUAGE or "official" in words.lower()
    return clue.relation in _STATED and is_told_in_full and bool(found)


def to_verify(clues: list[Told], kept: dict[str, Fact], evidence: Evidence, *, words: str) -> Need | None:
    """The search that tells whether clues not confirmed of the last candidate are denied; None once it was made."""
    for clue, names in clues:
        if clue.relation not in _STATED and clue.relation is not Relation.REGION:
            continue
        if clue.relation is Relation.LANGUAGE and "official" not in words.lower():
            continue
        if all(key in candidates(clue.relation, name, evidence.facts) for name in names for key in kept):
            continue
        own = own_articles((fact.subject for fact in kept.values()), evidence)
        need = own or (None if clue.relation is Relation.REGION else missing(clue, names, evidence))
        if need:
            return need
    return None


def _elsewhere(wanted: str, told: list[str]) -> bool:
    """Whether every continent that is told is another than the wanted one."""
    here = _continent(wanted)
    others = {continent for region in told if (continent := _continent(region))}
    if here == "europe" and any(region_key(region) == _BETWEEN for region in told):
        return False
    return bool(here) and bool(others) and not any(_overlap(here, other) for other in others)


def _overlap(one: str, other: str) -> bool:
    return one == other or ("america" in {one, other} and one.endswith("america") and other.endswith("america"))


def _continent(region: str) -> str:
    """The continent that a region's name holds; of the Americas, which half; empty where it holds none."""
    name = fold(region)
    words = re.findall(r"[a-z]+", name)
    continent = next((_CONTINENTS[word] for word in words if word in _CONTINENTS), "")
    if continent != "america":
        return continent
    half = re.search(r"\b(?:(?P<south>south)|north|central)", name)
    return continent if not half else "southern america" if half["south"] else "northern america"
