"""Answers a tree of unknowns from the facts at hand, or says what to search for next.

One step at a time: what a step depends on is resolved before it. A clue that no
evidence speaks of leaves the answer open unless the other clues leave a single
candidate; where several candidates satisfy all that was said, any of them does.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ...language.text import fold
from .facts import Fact, comparable, plain, same_name, value_matches
from .nodes import Asked, Attribute, Clue, Described, Named, Node, Relation, in_words

MAX_QUERIES = 5
"""Queries of one call, as the toolbox takes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a node turned out to be."""

    names: tuple[str, ...]
    because: tuple[str, ...] = ()
    """Sentences of evidence, in the order in which they were used."""
    doubt: str = ""
    """What could not be checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What to search for next, and why."""

    queries: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """What could not be found out, and why."""

    why: str


Answered = Known | Need | Open


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Facts so far, and which queries were asked already."""

    facts: tuple[Fact, ...]
    asked: Callable[[str], bool]
    can_search: bool = True
    choice: int = 0
    """Which of several equal candidates to take."""


def resolve(node: Node, evidence: Evidence) -> Answered:
    """What the node is, what to search for, or why it stays open."""
    match node:
        case Named(name=name):
            return Known(names=(name,))
        case Described():
            return _resolve_described(node, evidence)
        case Asked(attribute=attribute, of=of):
            known = resolve(of, evidence)
            if not isinstance(known, Known) or attribute in _OF_ITSELF:
                return known
            return _resolve_attribute(attribute, known, evidence)


def identify(name: str, evidence: Evidence) -> Answered:
    """The country that a name stands for which is not its usual one ("Chadian", "Upper Volta")."""
    for relation in (Relation.DEMONYM, Relation.ALIAS):
        for fact in evidence.facts:
            if fact.relation is relation and value_matches(relation, name, fact.value):
                return Known(names=(fact.subject,), because=(fact.sentence,))
    queries = (name, f"country whose demonym is {name}")
    return _next(
        queries, evidence, why=(f"I do not know a country called {name!r}; I look up whose name or people that is.")
    )


_OF_ITSELF = frozenset({Attribute.NAME, Attribute.FLAG, Attribute.MAP, Attribute.ARMS})
_ATTRIBUTE_RELATIONS = {
    Attribute.CAPITAL: Relation.CAPITAL,
    Attribute.CURRENCY: Relation.CURRENCY,
    Attribute.LANGUAGE: Relation.LANGUAGE,
    Attribute.DEMONYM: Relation.DEMONYM,
}


def _resolve_attribute(attribute: Attribute, of: Known, evidence: Evidence) -> Answered:
    relation = _ATTRIBUTE_RELATIONS[attribute]
    values: list[str] = []
    because = list(of.because)
    for name in of.names:
        facts = [f for f in evidence.facts if f.relation is relation and same_name(f.subject, name)]
        if not facts:
            queries = (f"{attribute.value} of {name}", name)
            return _next(queries, evidence, why=f"I need the {attribute.value} of {name} and do not know it.")
        # A country's own article comes before lists that mention it among others.
        fact = facts[0]
        values.append(fact.value)
        because.append(fact.sentence)
    return Known(names=tuple(values), because=tuple(because), doubt=of.doubt)


def _resolve_described(node: Described, evidence: Evidence) -> Answered:
    values: list[tuple[Clue, tuple[str, ...]]] = []
    because: list[str] = []
    for clue in node.clues:
        names: list[str] = []
        for value in clue.values:
            known = resolve(value, evidence)
            if not isinstance(known, Known):
                return known
            names += known.names
            because += known.because
        values.append((clue, tuple(names)))
    values.sort(key=lambda pair: _SELECTIVE.index(pair[0].relation))
    need = _next_clue(values, evidence)
    if need:
        return need
    return _intersect(node, values, evidence, because=because)


_SELECTIVE = (
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
_CHECKED = frozenset({Relation.LANDLOCKED, Relation.NOT, Relation.UNREAD})
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
_PHRASES = {
    Relation.CAPITAL: "has its capital at {}",
    Relation.CITY: "holds the city {}",
    Relation.DEMONYM: "has people called {}",
    Relation.ALIAS: "is called {}",
    Relation.BORDERS: "borders {}",
    Relation.CURRENCY: "pays with the {}",
    Relation.LANGUAGE: "speaks {}",
    Relation.REGION: "lies in {}",
}


def _next_clue(clues: list[tuple[Clue, tuple[str, ...]]], evidence: Evidence) -> Need | None:
    """The search for the most telling clue that has no candidates yet; None once a single country is left."""
    kept: set[str] | None = None
    for clue, names in clues:
        if clue.relation in _CHECKED or (kept is not None and len(kept) <= 1):
            break
        need = _missing(clue, names, evidence)
        if need:
            return need
        for name in names:
            found = set(_candidates(clue.relation, name, evidence.facts))
            if found:
                kept = found if kept is None else kept & found
        if kept is not None and not kept:
            # Some list was read in part only: ask again for what can have many members.
            return next((need for one, values in clues if (need := _missing(one, values, evidence, again=True))), None)
    return None


def _missing(clue: Clue, names: tuple[str, ...], evidence: Evidence, *, again: bool = False) -> Need | None:
    """What to search for so that the clue has candidates; None when it has, or was asked for in vain."""
    if not evidence.can_search or clue.relation in _CHECKED:
        return None
    queries: list[str] = []
    phrases: list[str] = []
    for name in names:
        if _candidates(clue.relation, name, evidence.facts) and not again:
            continue
        left = [query for query in _wordings(clue.relation, name) if not evidence.asked(query)]
        if left:
            # Lists are the harder to find: both wordings go into one call.
            queries += left if clue.relation in _LISTED else left[:1]
            phrases.append(_PHRASES[clue.relation].format(name))
    if not queries:
        return None
    asked = tuple(dict.fromkeys(queries))[:MAX_QUERIES]
    return Need(
        queries=asked, why=(f"I do not know which country {' and '.join(dict.fromkeys(phrases))}; I search for it.")
    )


def _wordings(relation: Relation, name: str) -> list[str]:
    """Queries for a clue, best first; a name with stroked letters is asked for without them too."""
    names = (name,) if plain(name) == fold(name) else (name, plain(name))
    return [form.format(spelled) for form in _QUERIES[relation] for spelled in names]


def _candidates(relation: Relation, name: str, facts: tuple[Fact, ...]) -> dict[str, Fact]:
    """Countries of which evidence says the clue, by comparable name, with the fact that says so."""
    found: dict[str, Fact] = {}
    for fact in facts:
        holds = fact.relation is relation or (relation is Relation.CITY and fact.relation is Relation.CAPITAL)
        if holds and value_matches(relation, name, fact.value):
            found.setdefault(comparable(fact.subject), fact)
        elif relation is Relation.BORDERS and fact.relation is relation and same_name(name, fact.subject):
            found.setdefault(
                comparable(fact.value), Fact(subject=fact.value, relation=relation, value=name, sentence=fact.sentence)
            )
    return found


def _intersect(
    node: Described, clues: list[tuple[Clue, tuple[str, ...]]], evidence: Evidence, *, because: list[str]
) -> Answered:
    kept: dict[str, Fact] | None = None
    unchecked: list[str] = []
    for clue, names in clues:
        if clue.relation in _CHECKED:
            continue
        for name in names:
            found = _candidates(clue.relation, name, evidence.facts)
            if not found:
                unchecked.append(_PHRASES[clue.relation].format(name))
                continue
            kept = found if kept is None else {key: fact for key, fact in kept.items() if key in found}
    if not kept:
        lacking = "no country that I read of fits all that is said" if kept is not None else "no evidence names it"
        return Open(why=f"I could not find out {in_words(node)}: {lacking}.")
    return _narrow(node, kept, clues, evidence, unchecked=unchecked, because=because)


def _narrow(
    node: Described,
    kept: dict[str, Fact],
    clues: list[tuple[Clue, tuple[str, ...]]],
    evidence: Evidence,
    *,
    unchecked: list[str],
    because: list[str],
) -> Answered:
    """Rule candidates out by the clues that need each one's own article, then choose."""
    for clue, names in clues:
        if clue.relation is Relation.NOT:
            kept = {key: fact for key, fact in kept.items() if not any(_is_same(fact.subject, name) for name in names)}
        elif clue.relation is Relation.BORDERS and (clue.only or clue.tight) and len(kept) > 1:
            need = _articles(kept, evidence, relation=Relation.BORDERS)
            if need:
                return need
            exact = {k: f for k, f in kept.items() if _neighbours(k, evidence.facts) == {comparable(n) for n in names}}
            if not exact and clue.only:
                return Open(why=f"I could not find out {in_words(node)}: no candidate has only that neighbour.")
            kept = exact or kept
        elif clue.relation is Relation.LANDLOCKED and len(kept) > 1:
            need = _articles(kept, evidence, relation=Relation.LANDLOCKED)
            if need:
                return need
            dry = {comparable(f.subject) for f in evidence.facts if f.relation is Relation.LANDLOCKED}
            inland = {key: fact for key, fact in kept.items() if key in dry}
            if not inland:
                unchecked.append("has no coast")
            kept = inland or kept
        elif clue.relation is Relation.UNREAD:
            unchecked += [f"is the {value}" for value in names]
    if node.count == 1 and len(kept) > 1 and (need := _status(kept, evidence)):
        return need
    dependent = {comparable(fact.subject) for fact in evidence.facts if fact.relation is Relation.TERRITORY}
    sovereign = {key: fact for key, fact in kept.items() if key not in dependent}
    if "territor" not in node.words.lower():
        kept = sovereign or kept
    if not kept:
        return Open(why=f"I could not find out {in_words(node)}: nothing is left of what fits.")
    names = [fact.subject for fact in kept.values()]
    if unchecked and len(names) > 1:
        return Open(
            why=f"I could not find out {in_words(node)}: {', '.join(names[:5])} all fit, "
            f"and nothing says which one {' and '.join(unchecked)}."
        )
    doubt = f"nothing I read says that it {' and '.join(unchecked)}" if unchecked else ""
    if node.count == 1 and len(names) > 1:
        doubt = f"{len(names)} countries fit ({', '.join(names[:5])}); I take one"
        names = [names[evidence.choice % len(names)]]
    elif node.count is not None:
        names = names[: node.count]
    told = [*because, *_sentences(names, clues, evidence)]
    return Known(names=tuple(names), because=tuple(dict.fromkeys(told)), doubt=doubt)


def _sentences(names: list[str], clues: list[tuple[Clue, tuple[str, ...]]], evidence: Evidence) -> list[str]:
    """The evidence for each clue of the countries that were chosen."""
    keys = [comparable(name) for name in names]
    found = [_candidates(clue.relation, value, evidence.facts) for clue, values in clues for value in values]
    return [facts[key].sentence for facts in found for key in keys if key in facts]


def _articles(kept: dict[str, Fact], evidence: Evidence, *, relation: Relation) -> Need | None:
    """Searches for each candidate's own article where nothing of this kind is known of it yet."""
    told = {comparable(fact.subject) for fact in evidence.facts if fact.relation is relation}
    wanted = [fact.subject for key, fact in kept.items() if relation is Relation.LANDLOCKED or key not in told]
    form = "neighbours of {}" if relation is Relation.BORDERS else "is {} landlocked"
    queries = [query for name in wanted if not evidence.asked(query := form.format(name))]
    if not queries or not evidence.can_search or len(kept) > 2 * MAX_QUERIES:
        return None
    return Need(
        queries=tuple(queries[:MAX_QUERIES]), why=f"{len(kept)} countries are left; I read about each to choose."
    )


def _is_same(name: str, other: str) -> bool:
    """Whether a name means another, also in short: "the Vatican" is Vatican City."""
    return same_name(name, other) or comparable(name).startswith(f"{comparable(other)} ")


def _status(kept: dict[str, Fact], evidence: Evidence) -> Need | None:
    """Searches for the articles of candidates of which it is not known whether they are countries of their own."""
    told = {comparable(f.subject) for f in evidence.facts if f.relation in {Relation.REGION, Relation.TERRITORY}}
    queries = [fact.subject for key, fact in kept.items() if key not in told and not evidence.asked(fact.subject)]
    if not queries or not evidence.can_search or len(kept) > MAX_QUERIES:
        return None
    return Need(queries=tuple(queries), why=f"{len(kept)} candidates are left; I read what each of them is.")


def _neighbours(key: str, facts: tuple[Fact, ...]) -> set[str]:
    return {comparable(f.value) for f in facts if f.relation is Relation.BORDERS and comparable(f.subject) == key}


def _next(queries: tuple[str, ...], evidence: Evidence, *, why: str) -> Need | Open:
    query = next((query for query in queries if not evidence.asked(query)), None)
    if query is None or not evidence.can_search:
        return Open(why=f"{why.split(';', maxsplit=1)[0].removesuffix('.')}, and no search told me.")
    return Need(queries=(query,), why=why)
