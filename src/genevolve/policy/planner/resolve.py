"""Answers a tree of unknowns from the facts at hand, or says what to search for next.

One step at a time: what a step depends on is resolved before it. Where the
evidence leaves an answer open it stays open: nothing is guessed.
"""

from .answers import Answered, Evidence, Known, Need, Open
from .candidates import SELECTIVE, Told, next_search
from .facts import comparable, same_name, value_matches
from .narrowing import narrow
from .nodes import Asked, Attribute, Described, Named, Node, Relation


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
            return _resolve_attribute(node, known, evidence)


def identify(name: str, evidence: Evidence) -> Answered:
    """The country that a name stands for which is not its usual one ("Chadian", "Upper Volta")."""
    for relation in (Relation.DEMONYM, Relation.ALIAS):
        facts = [f for f in evidence.facts if f.relation is relation and value_matches(relation, name, f.value)]
        if len({comparable(fact.subject) for fact in facts}) > 1:
            owners = " or ".join(dict.fromkeys(fact.subject for fact in facts))
            return Open(why=f"{name!r} may mean {owners}.")
        if facts:
            return Known(names=(facts[0].subject,), because=(facts[0].sentence,))
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


def _resolve_attribute(node: Asked, of: Known, evidence: Evidence) -> Answered:
    attribute, relation = node.attribute, _ATTRIBUTE_RELATIONS[node.attribute]
    values: list[str] = []
    because = list(of.because)
    doubt = of.doubt
    for name in of.names:
        facts = [f for f in evidence.facts if f.relation is relation and same_name(f.subject, name)]
        if not facts:
            queries = (f"{attribute.value} of {name}", name)
            return _next(queries, evidence, why=f"I need the {attribute.value} of {name} and do not know it.")
        # A country's own article comes before lists that mention it among others.
        alike = [fact for fact in facts if fact.sentence == facts[0].sentence]
        told = list(dict.fromkeys(fact.value for fact in alike))
        values += told if node.every else told[:1]
        because.append(facts[0].sentence)
        if len(told) > 1 and not node.every:
            doubt = doubt or f"it has several; I take the first that is named, {told[0]}"
    return Known(names=tuple(values), because=tuple(because), doubt=doubt)


def _resolve_described(node: Described, evidence: Evidence) -> Answered:
    clues: list[Told] = []
    because: list[str] = []
    for clue in node.clues:
        names: list[str] = []
        for value in clue.values:
            known = resolve(value, evidence)
            if not isinstance(known, Known):
                return known
            names += known.names
            because += known.because
        clues.append((clue, tuple(names)))
    clues.sort(key=lambda pair: SELECTIVE.index(pair[0].relation))
    return next_search(clues, evidence) or narrow(node, clues, evidence, because=because)


def _next(queries: tuple[str, ...], evidence: Evidence, *, why: str) -> Need | Open:
    query = next((query for query in queries if not evidence.asked(query)), None)
    if query is None or not evidence.can_search:
        return Open(why=f"{why.split(';', maxsplit=1)[0].removesuffix('.')}, and no search told me.")
    return Need(queries=(query,), why=why)
