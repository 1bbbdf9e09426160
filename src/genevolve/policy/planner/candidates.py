"""Which countries a clue leaves, by the evidence, and what to search for where it leaves none yet."""

import re
from collections.abc import Iterable

from ...language.text import fold
from .answers import MAX_QUERIES, Evidence, Need
from .facts import Fact, comparable, plain, same_name, value_matches
from .nodes import Clue, Relation

Told = tuple[Clue, tuple[str, ...]]
"""A clue with the names that its values turned out to be."""

SELECTIVE = (
    Relation.CAPITAL,
    Relation.CITY,
    Relation.DEMONYM,
    Relation.ALIAS,
    Relation.BORDERS,
    Relation.CURRENCY,
    Relation.LANGUAGE,
    Relation.REGION,
    Relation.LANDLOCKED,
    Relation.NOT,
    Relation.UNREAD,
)
"""The most telling clue first."""
CHECKED = frozenset({Relation.LANDLOCKED, Relation.NOT, Relation.UNREAD})
"""Relations that only rule candidates out."""

_LISTED = frozenset({Relation.CURRENCY, Relation.LANGUAGE, Relation.REGION})
"""Relations whose values usually have many countries."""

_QUERIES: dict[Relation, tuple[str, ...]] = {
    Relation.CAPITAL: ("country whose capital is {}", "{} capital city of which country"),
    Relation.CITY: ("country of the city {}", "{} city"),
    Relation.DEMONYM: ("country whose people are called {}", "{}"),
    Relation.ALIAS: ("country called {}", "{}"),
    Relation.BORDERS: ("countries that border {}", "neighbours of {}"),
    Relation.CURRENCY: ("country whose currency is the {}", "{} currency"),
    Relation.LANGUAGE: ("countries whose official language is {}", "{} language"),
    Relation.REGION: ("countries in {}", "{} region"),
}
MOST_READ = 3 * MAX_QUERIES
"""Candidates of which each one's own article is read, where two lists have none in common."""
PHRASES = {
    Relation.CAPITAL: "has its capital at {}",
    Relation.CITY: "holds the city {}",
    Relation.DEMONYM: "has people called {}",
    Relation.ALIAS: "is called {}",
    Relation.BORDERS: "borders {}",
    Relation.CURRENCY: "pays with the {}",
    Relation.LANGUAGE: "speaks {}",
    Relation.REGION: "lies in {}",
}


def next_search(clues: list[Told], evidence: Evidence) -> Need | None:
    """The search for the most telling clue that has no candidates yet; None once a single country is left."""
    kept: dict[str, Fact] | None = None
    for clue, names in clues:
        if clue.relation in CHECKED or (kept is not None and len(kept) <= 1):
            break
        need = missing(clue, names, evidence)
        if need:
            return need
        for name in names:
            found = candidates(clue.relation, name, evidence.facts)
            if not found:
                continue
            left = found if kept is None else {key: fact for key, fact in kept.items() if key in found}
            if not left:
                # Some list was read in part only: read of each candidate, else ask again for long lists.
                lists = sorted((dict(kept or {}), found), key=len)
                read = (own_articles((f.subject for f in one.values()), evidence, most=MOST_READ) for one in lists)
                again = (need for one, values in clues if (need := missing(one, values, evidence, again=True)))
                return next(filter(None, (*read, *again)), None)
            kept = left
    return None


def own_articles(names: Iterable[str], evidence: Evidence, *, most: int = MAX_QUERIES) -> Need | None:
    """Searches for what is told of each of at most so many candidates; None where it was read, or they are more."""
    wanted = list(dict.fromkeys(names))
    queries = [name for name in wanted if not evidence.asked(name)]
    if not queries or not evidence.can_search or len(wanted) > most:
        return None
    return Need(
        queries=tuple(queries[:MAX_QUERIES]), why=f"{len(wanted)} candidates are left; I read what each of them is."
    )


def candidates(relation: Relation, name: str, facts: tuple[Fact, ...]) -> dict[str, Fact]:
    """Countries of which evidence says the clue, by comparable name, with the fact that says so."""
    found: dict[str, Fact] = {}
    names = (name, *_other_names(relation, name, facts))
    for fact in facts:
        holds = fact.relation is relation or (relation is Relation.CITY and fact.relation is Relation.CAPITAL)
        if holds and any(value_matches(relation, one, fact.value) for one in names):
            found.setdefault(comparable(fact.subject), fact)
        elif relation is Relation.BORDERS and fact.relation is relation and same_name(name, fact.subject):
            found.setdefault(
                comparable(fact.value), Fact(subject=fact.value, relation=relation, value=name, sentence=fact.sentence)
            )
    return found


def _other_names(relation: Relation, name: str, facts: tuple[Fact, ...]) -> list[str]:
    """What evidence says that the value of a clue is also called: "Tagalog" is Filipino, "renminbi" the yuan."""
    if relation in {Relation.ALIAS, Relation.DEMONYM, Relation.REGION}:
        return []
    return [
        re.sub(r"\s+(?:language|currency)$", "", fact.subject)
        for fact in facts
        if fact.relation is Relation.ALIAS and same_name(name, fact.value) and not same_name(name, fact.subject)
    ]


def missing(clue: Clue, names: tuple[str, ...], evidence: Evidence, *, again: bool = False) -> Need | None:
    """What to search for so that the clue has candidates; None when it has, or was asked for in vain."""
    if not evidence.can_search or clue.relation in CHECKED:
        return None
    queries: list[str] = []
    phrases: list[str] = []
    for name in names:
        if _is_told(clue.relation, name, evidence) and not again:
            continue
        left = [query for query in _wordings(clue.relation, name) if not evidence.asked(query)]
        if left:
            # Lists are the harder to find: both wordings go into one call.
            queries += left if clue.relation in _LISTED else left[:1]
            phrases.append(PHRASES[clue.relation].format(name))
    if not queries:
        return None
    asked = tuple(dict.fromkeys(queries))[:MAX_QUERIES]
    return Need(
        queries=asked, why=f"I do not know which country {' and '.join(dict.fromkeys(phrases))}; I search for it."
    )


def _is_told(relation: Relation, name: str, evidence: Evidence) -> bool:
    """Whether the countries that fit were told; one that mentions a neighbour is not all that there are."""
    found = candidates(relation, name, evidence.facts)
    if relation is not Relation.BORDERS or not found:
        return bool(found)
    own = any(fact.relation is relation and same_name(fact.subject, name) for fact in evidence.facts)
    return own or any(evidence.asked(query) for query in _wordings(relation, name))


def _wordings(relation: Relation, name: str) -> list[str]:
    """Queries for a clue, best first; a name with stroked letters is asked for without them too."""
    names = (name,) if plain(name) == fold(name) else (name, plain(name))
    return [form.format(spelled) for form in _QUERIES[relation] for spelled in names]
