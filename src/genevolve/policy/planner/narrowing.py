"""Brings the candidates of all clues down to the country that is meant, or says why that cannot be done.

"The country" is one: where two or three fit all that was said, one of them is taken
and the doubt told, and another attempt takes another; where more fit, none is.
"A country" may be any that fits.
"""

from dataclasses import dataclass, field
from difflib import SequenceMatcher

from .answers import MAX_QUERIES, Answered, Evidence, Known, Need, Open
from .candidates import CHECKED, PHRASES, Told, candidates, own_articles
from .contradictions import denies, to_verify
from .facts import Fact, comparable, same_name
from .nodes import Clue, Described, Relation, in_words

_SIMILAR = 0.7
"""How alike two spellings of a capital are at least ("Banjo", "Banjul"), where another clue leads there too."""

_FEW = 3
"""Up to so many countries that fit all clues, one is taken for "the country"."""

Kept = dict[str, Fact]
"""Candidates by comparable name."""


@dataclass(slots=True, kw_only=True)
class _Case:
    """One description under examination."""

    node: Described
    clues: list[Told]
    evidence: Evidence
    unchecked: list[str] = field(default_factory=list[str])
    """What was said of the country and is neither confirmed nor denied."""
    denied: list[str] = field(default_factory=list[str])
    """What was said of the country and is contradicted by what is told of the last candidates."""

    def open(self, why: str) -> Open:
        return Open(why=f"I could not find out {in_words(self.node)}: {why}.")


def narrow(node: Described, clues: list[Told], evidence: Evidence, *, because: list[str]) -> Answered:
    """The country that fits every clue."""
    case = _Case(node=node, clues=clues, evidence=evidence)
    kept = _intersection(case)
    if not isinstance(kept, dict):
        return kept or case.open("no evidence names it")
    if not kept:
        return case.open(" and ".join(case.denied) or "no country that I read of fits all that is said")
    for step in (_ruled_out, _whole_countries, _capital_confirmed, _official, _verified):
        left = step(kept, case)
        if not isinstance(left, dict):
            return left
        kept = left
    if not kept:
        return case.open("nothing is left of what fits")
    return _chosen([fact.subject for fact in kept.values()], case, because)


def _intersection(case: _Case) -> Kept | Need | None:
    kept: Kept | None = None
    for clue, names in case.clues:
        for name in names if clue.relation not in CHECKED else ():
            found = candidates(clue.relation, name, case.evidence.facts)
            if kept and (not found or not kept.keys() & found.keys()):
                left = _unconfirmed(kept, clue, name, case)
                if not isinstance(left, dict):
                    return left
                kept = left
            elif found:
                kept = found if kept is None else {key: fact for key, fact in kept.items() if key in found}
            else:
                case.unchecked.append(PHRASES[clue.relation].format(name))
    return kept


def _unconfirmed(kept: Kept, clue: Clue, name: str, case: _Case) -> Kept | Need:
    """The candidates that a clue which none of them is known to fit leaves: those of which nothing denies it."""
    facts, said = case.evidence.facts, PHRASES[clue.relation].format(name)
    if candidates(clue.relation, name, facts):
        # What was read of the clue lists some countries; the candidates' own articles say more.
        need = own_articles((fact.subject for fact in kept.values()), case.evidence)
        if need:
            return need
        if len(kept) > _FEW:
            return {}
    left = {key: fact for key, fact in kept.items() if not denies(clue, name, key, facts, words=case.node.words)}
    if left:
        case.unchecked.append(said)
    else:
        owners = " or ".join(fact.subject for fact in list(kept.values())[:_FEW])
        case.denied.append(f"what is told of {owners} contradicts that it {said}")
    return left


def _ruled_out(kept: Kept, case: _Case) -> Kept | Need | Open:
    """What is left after the clues that need each candidate's own article."""
    for clue, names in case.clues:
        if clue.relation is Relation.NOT:
            kept = {key: fact for key, fact in kept.items() if not any(_is_same(fact.subject, name) for name in names)}
        elif clue.relation is Relation.BORDERS and (clue.only or clue.tight) and len(kept) > 1:
            left = _only_neighbours(kept, clue, names, case)
            if not isinstance(left, dict):
                return left
            kept = left
        elif clue.relation is Relation.LANDLOCKED:
            left = _inland(kept, case)
            if not isinstance(left, dict):
                return left
            kept = left
        elif clue.relation is Relation.UNREAD:
            case.unchecked += [f"is the {value}" if " " not in value else f"is the one “{value}”" for value in names]
    return kept


def _only_neighbours(kept: Kept, clue: Clue, names: tuple[str, ...], case: _Case) -> Kept | Need | Open:
    need = _articles(kept, case.evidence, relation=Relation.BORDERS)
    if need:
        return need
    wanted = {comparable(name) for name in names}
    exact = {key: fact for key, fact in kept.items() if _neighbours(key, case.evidence.facts) == wanted}
    if not exact and clue.only:
        return case.open("no candidate has only that neighbour")
    return exact or kept


def _inland(kept: Kept, case: _Case) -> Kept | Need | Open:
    need = _articles(kept, case.evidence, relation=Relation.LANDLOCKED)
    if need:
        return need
    dry = {comparable(fact.subject) for fact in case.evidence.facts if fact.relation is Relation.LANDLOCKED}
    inland = {key: fact for key, fact in kept.items() if key in dry}
    if inland:
        return inland
    described = {comparable(fact.subject) for fact in case.evidence.facts if fact.relation is Relation.REGION}
    if case.evidence.can_search and len(kept) == 1 and kept.keys() <= described:
        # Asked whether it is landlocked, its article tells where it lies and not that it has no coast.
        return case.open(f"what is told of {next(iter(kept.values())).subject} does not have it landlocked")
    case.unchecked.append("has no coast")
    return kept


def _whole_countries(kept: Kept, case: _Case) -> Kept | Need:
    """Countries of their own before territories, unless a territory is asked for."""
    evidence = case.evidence
    told = {comparable(f.subject) for f in evidence.facts if f.relation in {Relation.REGION, Relation.TERRITORY}}
    strange = [fact.subject for key, fact in kept.items() if key not in told]
    if case.node.count == 1 and 1 < len(kept) <= MAX_QUERIES and (need := own_articles(strange, evidence)):
        return need
    dependent = {comparable(fact.subject) for fact in evidence.facts if fact.relation is Relation.TERRITORY}
    wants_territory = "territor" in case.node.words.lower()
    return {key: fact for key, fact in kept.items() if (key in dependent) is wants_territory} or kept


def _capital_confirmed(kept: Kept, case: _Case) -> Kept | Need | Open:
    """A capital that nothing I read has is a slip of the pen, or the candidate is not the country that is meant."""
    facts = case.evidence.facts
    strange = [n for c, ns in case.clues if c.relation is Relation.CAPITAL for n in ns
               if not candidates(c.relation, n, facts)]  # fmt: skip
    if not strange:
        return kept
    need = own_articles((fact.subject for fact in kept.values()), case.evidence)
    if need:
        return need
    capitals = [fact for fact in facts if fact.relation is Relation.CAPITAL and comparable(fact.subject) in kept]
    alike = {comparable(fact.subject) for fact in capitals if any(_alike(name, fact.value) for name in strange)}
    if len(alike) == 1:
        case.unchecked = [f"has its capital at {name}, so spelled" for name in strange]
        return {key: fact for key, fact in kept.items() if key in alike}
    if capitals:
        return case.open(f"none of what fits has its capital at {' or '.join(strange)}")
    return kept


def _alike(one: str, other: str) -> bool:
    first, second = comparable(one), comparable(other)
    return first[:2] == second[:2] and SequenceMatcher(None, first, second).ratio() >= _SIMILAR


def _official(kept: Kept, case: _Case) -> Kept:
    """Where "official" is said, a country in which the language is only widely spoken is not meant."""
    if len(kept) < 2 or "official" not in case.node.words.lower():
        return kept
    facts = [fact for fact in case.evidence.facts if fact.relation is Relation.LANGUAGE and "official" in fact.sentence]
    for clue, names in case.clues:
        for name in names if clue.relation is Relation.LANGUAGE else ():
            official = candidates(Relation.LANGUAGE, name, tuple(facts))
            kept = {key: fact for key, fact in kept.items() if key in official} or kept
    return kept


def _verified(kept: Kept, case: _Case) -> Kept | Need:
    """A last candidate is read about, where some clue is not confirmed of it."""
    if len(kept) != 1:
        return kept
    return to_verify(case.clues, kept, case.evidence, words=case.node.words) or kept


def _chosen(names: list[str], case: _Case, because: list[str]) -> Answered:
    """The answer, if the description leaves exactly as many as it means."""
    node, unchecked = case.node, case.unchecked
    several = f"{', '.join(names[:5])} all fit"
    if unchecked and len(names) > 1:
        return case.open(f"{several}, and nothing says which one {' and '.join(unchecked)}")
    doubt = f"nothing I read says that it {' and '.join(unchecked)}" if unchecked else ""
    if node.count is not None and len(names) > node.count:
        means_any = node.is_any or (node.count > 1 and not node.words.lower().startswith("the "))
        if not means_any and len(names) > _FEW:
            return case.open(f"{several}, and the words do not tell which is meant")
        doubt = f"{len(names)} countries fit ({', '.join(names[:5])}); I take {node.count if node.count > 1 else 'one'}"
        first = case.evidence.choice % len(names)
        names = [*names[first:], *names[:first]][: node.count]
    told = [*because, *_sentences(names, case)]
    return Known(names=tuple(names), because=tuple(dict.fromkeys(told)), doubt=doubt)


def _sentences(names: list[str], case: _Case) -> list[str]:
    """The evidence for each clue of the countries that were chosen."""
    keys = [comparable(name) for name in names]
    facts = case.evidence.facts
    found = [candidates(clue.relation, value, facts) for clue, values in case.clues for value in values]
    return [some[key].sentence for some in found for key in keys if key in some]


def _articles(kept: Kept, evidence: Evidence, *, relation: Relation) -> Need | None:
    """Searches for each candidate's own article where nothing of this kind is known of it yet."""
    told = {comparable(fact.subject) for fact in evidence.facts if fact.relation is relation}
    wanted = [fact.subject for key, fact in kept.items() if relation is Relation.LANDLOCKED or key not in told]
    form = "neighbours of {}" if relation is Relation.BORDERS else "is {} landlocked"
    queries = [query for name in wanted if not evidence.asked(query := form.format(name))]
    if not queries or not evidence.can_search or len(kept) > 3 * MAX_QUERIES:
        return None
    return Need(
        queries=tuple(queries[:MAX_QUERIES]), why=f"{len(kept)} countries are left; I read about each to choose."
    )


def _is_same(name: str, other: str) -> bool:
    """Whether a name means another, also in short: "the Vatican" is Vatican City."""
    return same_name(name, other) or comparable(name).startswith(f"{comparable(other)} ")


def _neighbours(key: str, facts: tuple[Fact, ...]) -> set[str]:
    return {comparable(f.value) for f in facts if f.relation is Relation.BORDERS and comparable(f.subject) == key}
