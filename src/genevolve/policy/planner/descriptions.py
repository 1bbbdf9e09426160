"""Reads one entity of a request: a name, a description ("the country whose …"), something of either ("the flag of …").

Whatever is not wholly understood is not read: a name that owns the next word
("Mongolia's southern neighbour" is not Mongolia), or a clause that no rule knows.
"""

import re
from dataclasses import dataclass, replace

from ...language.numbers import find_counts
from . import words
from .clues import countries_only, read_clauses
from .names import STOPS, read_name, read_region, read_region_adjective
from .nodes import Asked, Attribute, Clue, Described, Named, Node, Relation, in_words

MAX_DEPTH = 4
"""Descriptions inside descriptions are read to this depth; deeper ones stay words."""

_ATTRIBUTES = {
    "flag": Attribute.FLAG, "ensign": Attribute.FLAG, "banner": Attribute.FLAG, "map": Attribute.MAP,
    "coat of arms": Attribute.ARMS, "coats of arms": Attribute.ARMS, "capital": Attribute.CAPITAL,
    "capital city": Attribute.CAPITAL, "capital cities": Attribute.CAPITAL, "seat of government": Attribute.CAPITAL,
    "currency": Attribute.CURRENCY, "currencies": Attribute.CURRENCY, "money": Attribute.CURRENCY,
    "language": Attribute.LANGUAGE, "demonym": Attribute.DEMONYM, "name": Attribute.NAME,
}  # fmt: skip
ATTRIBUTES = (
    r"coats? of arms|capital cit(?:y|ies)|seat of government|flags?|banner|ensign|maps?|capitals?|currency"
    r"|currencies|languages?"
)
FLAG_SHEETS = r"poster|card|postcard|stamp|sticker|banner|badge|icon|print|pin|sign"
"""Things that a flag is put on: "a flag poster for"."""
LOOK = r"(?:(?:national|official|state|country|main|only|common|local)\s+)*"
_THE = r"(?:(?:the|a|an|two|both|each\s+of\s+the)\s+)?"
OF = re.compile(
    rf"\b{_THE}(?:names?\s+(?:of\s+)?(?:the\s+)?)?{LOOK}(?P<attribute>{ATTRIBUTES}|names?)(?:['’]s?)?"
    rf"(?:\s+names?)?(?:\s+(?:{FLAG_SHEETS}))?"
    r"\s+(?:of|for|from|flown\s+(?:by|in|over)|used\s+(?:by|in)|belonging\s+to|spoken\s+in)\s+(?:both\s+)?",
    re.IGNORECASE,
)
KIND = re.compile(
    r"\b(?P<kind>countr(?:y|ies)|nations?|states?|kingdoms?|republics?"
    r"|island\s+nations?|microstates?|city[\s-]states?|principalit(?:y|ies)"
    r"|sultanates?|emirates?|monarch(?:y|ies)|territor(?:y|ies)|neighbou?rs?)\b",
    re.IGNORECASE,
)
_THE_ONE = re.compile(
    r"(?P<kind>one)\s+(?=(?:whose|where|that|which|with|of\s+which|in\s+which|bordering|next\s+to|between)\b)",
    re.IGNORECASE,
)
""" "Bordering the one whose capital is …": inside a description, a country like the one that is described."""
_CAPITAL_BEFORE = re.compile(r"[^\W\d_a-z]\w+\s+$")
_APPOSED = re.compile(
    r"(?:(?:the|its|their)\s+)?(?P<owner>[^\W\d_a-z][\w’'-]*(?:\s+[^\W\d_a-z][\w’'-]*)*['’]s?\s+)?"
    r"(?:(?!(?:of|than|from|to|with|near|against|in|by|border\w*)\b)[a-zà-ÿ-]+\s+){0,3}?"
    r"(?:(?:country|nation)(?:\s+of)?|neighbou?r(?:ing\s+(?:country|nation|state))?|neighbou?ring),?\s+"
    r"(?=(?P<name>[^\W\d_a-z]))"
)
""" "San Marino's neighbour France", "the island nation of Fiji": the name alone says it."""
_NEIGHBOUR_OF = re.compile(r"\s+(?:of|to|countr(?:y|ies)\s+of)\s+(?:both\s+)?", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’]s?(?=\s)")
_ASIDE = re.compile(r"(?:\s+[a-z][a-z'’]*){1,6}\s*,\s*(?=(?:its|whose)\s)", re.IGNORECASE)
""" "the country my friend lives in, its capital is …"."""
_LEFT_UNREAD = re.compile(
    r"\s*,?\s*(?:(?:and|but)\s+)?(?:whose|where|which|that|who|in\s+which|of\s+which|(?:north|south|east|west)\w*\s+of"
    r"|(?:but\s+)?not|(?:with|and)\s+(?:(?:its|the|a|an|no)\s+)?(?:\w+\s+)?"
    r"(?:capital(?!\s+letters?)|currency|language|neighbou?rs?|borders?|coast|population))\b",
    re.IGNORECASE,
)
"""How a clause begins that narrows the choice; where one is left that no rule read, the choice is not ours."""
_DETERMINERS = frozenset(
    "the a an its any whichever whatever some one that this all both which what those of only sole single other".split()
)
_UNREAD = frozenset(
    "largest smallest biggest richest poorest oldest newest youngest northern southern eastern western northernmost "
    "southernmost easternmost westernmost tallest populous wealthiest coldest hottest former ancient closest nearest "
    "northeastern northwestern southeastern southwestern bigger smaller larger".split()
)
_PLAIN = frozenset(
    "one small big large tiny little island sovereign independent neighbouring neighboring same whole land direct "
    "immediate first second".split()
)
_AND = re.compile(r"\s*(?:,\s*and|,|and|&)\s+", re.IGNORECASE)
_LISTED = re.compile(r"\s*(?:,\s*and|,|and|&)\s+(?:(?:that|the\s+flag|the\s+one)\s+of\s+|of\s+)?", re.IGNORECASE)
_PARTITIVE = re.compile(r"\b(?:one|each|all|both|any|some|two|three|none)\s+$", re.IGNORECASE)
_BEGUN = re.compile(r"(?:the|an?|this|that|some|any|which|what)\s", re.IGNORECASE)
"""After these, every word before "country" tells of it."""
_ANY = re.compile(r"(?:an?|any|some|one|another)\b", re.IGNORECASE)
_PEOPLE = re.compile(r"[^\W\d_a-z]\w*(?:ian|ean|ese|ish|ench|utch|aqi|ani|can)\s+(?!and\b|with\b|on\b|in\b)[a-z]{3,}")
""" "Romanian dancers": an adjective, not the next country of a list."""


@dataclass(frozen=True, slots=True)
class _Adjectives:
    clues: tuple[Clue, ...]
    count: int | None
    start: int
    owner: str = ""
    """Whose neighbour it is: "India's landlocked neighbour"."""


def attribute_of(said: str) -> Attribute:
    """What is asked for by a word of the request: "flags", "capital city"."""
    key = " ".join(said.lower().split())
    return _ATTRIBUTES.get(key) or _ATTRIBUTES[key.removesuffix("s")]


def is_every(said: str) -> bool:
    """Whether the word asks for all there are: "languages"."""
    return said.lower().endswith("s")


def read_entities(text: str, pos: int, *, depth: int = 0, several: bool = True) -> tuple[tuple[Node, ...], int] | None:
    """The entities that begin at `pos`, names and descriptions; more after commas and "and" if `several` may come."""
    nodes: list[Node] = []
    end = pos
    while len(nodes) < 6:
        read = _read_entity(text, pos, depth=depth)
        if read is None:
            break
        node, end = read
        nodes += one_by_one(node) if several else (node,)
        joined = (_LISTED if depth == 0 else _AND).match(text, end)
        if not several or not joined:
            break
        pos = joined.end()
        following = re.compile(r"(?:the\s+)?(\w+)", re.IGNORECASE).match(text, pos)
        described = described_at(text, pos, depth=depth)
        if not following or not (following[1][0].isupper() or described) or OF.match(text, pos):
            break
        if _PEOPLE.match(text, pos):
            break
    return (tuple(nodes), end) if nodes else None


def one_by_one(node: Node) -> tuple[Node, ...]:
    """ "the countries whose capitals are A and B" as two descriptions, one for each value."""
    if not isinstance(node, Described):
        return (node,)
    for index, clue in enumerate(node.clues):
        if clue.relation in {Relation.CAPITAL, Relation.CURRENCY} and len(clue.values) > 1:
            return tuple(_for_one(node, index, value) for value in clue.values)
    return (node,)


def _for_one(node: Described, index: int, value: Node) -> Described:
    clue = replace(node.clues[index], values=(value,))
    said = f"the country whose {clue.relation.value} is {in_words(value)}"
    return replace(node, clues=(*node.clues[:index], clue, *node.clues[index + 1 :]), count=1, words=said)


def _read_entity(text: str, pos: int, *, depth: int) -> tuple[Node, int] | None:
    if depth < MAX_DEPTH:
        asked = OF.match(text, pos)
        if asked and (read := read_entities(text, asked.end(), depth=depth + 1, several=False)):
            return Asked(attribute=attribute_of(asked["attribute"]), of=read[0][0]), read[1]
    if apposed := _read_apposed(text, pos):
        return apposed
    if depth < MAX_DEPTH and (described := described_at(text, pos, depth=depth)):
        return described
    article = re.compile(r"(?:the\s+)?", re.IGNORECASE).match(text, pos)
    name = read_name(text, article.end() if article else pos)
    if name is None or (name[0][0].islower() and KIND.match(name[0].split()[-1])):
        return None
    if re.match(r"(?i)(?:country|nation|state|world|land|future|past|neighbou?r\w*)\b", name[0]):
        return None
    if _POSSESSIVE.match(text, name[1]):
        return None  # something of it is meant, which no rule read
    return Named(name=name[0]), name[1]


def _read_apposed(text: str, pos: int) -> tuple[Node, int] | None:
    match = _APPOSED.match(text, pos)
    name = read_name(text, match.start("name")) if match else None
    if not match or not name or KIND.match(text, match.start("name")) or _POSSESSIVE.match(text, name[1]):
        return None
    following = re.compile(r"\s+([a-z]+)").match(text, name[1])
    if following and following[1] not in STOPS:
        return None  # "the country France surrounds"
    return Named(name=name[0]), name[1]


def described_at(text: str, pos: int, *, depth: int = 0) -> tuple[Described, int] | None:
    """The description that begins at `pos`, with its end; None where nothing is told of the country."""
    adjectives = _read_adjectives(text, pos, depth=depth)
    kind = _kind_at(text, adjectives.start, depth=depth) if adjectives else None
    if adjectives is None or kind is None or _is_in_a_name(text, pos, kind.start()):
        return None

    def read_nodes(text: str, pos: int) -> tuple[tuple[Node, ...], int] | None:
        return read_entities(text, pos, depth=depth + 1)

    clues, end = list(adjectives.clues), kind.end("kind")
    is_neighbour = kind["kind"].lower().startswith("neighb")
    if adjectives.owner and not is_neighbour:
        return None
    if adjectives.owner:
        clues.append(Clue(relation=Relation.BORDERS, values=(Named(name=adjectives.owner),)))
    elif is_neighbour:
        of = _NEIGHBOUR_OF.match(text, end)
        read = countries_only(text, read_nodes(text, of.end()) if of else None)
        if read is not None:
            clues.append(Clue(relation=Relation.BORDERS, values=read[0]))
            end = read[1]
    more, end = read_clauses(text, end, read_nodes=read_nodes)
    aside = None if clues or more else _ASIDE.match(text, end)
    if aside:
        more, end = read_clauses(text, aside.end(), read_nodes=read_nodes)
    clues += more
    if not clues or all(clue.relation is Relation.UNREAD for clue in clues):
        return None
    left = _LEFT_UNREAD.match(text, end)
    if left:
        clues.append(Clue(relation=Relation.UNREAD, values=(Named(name=_said(text, left.start())),)))
    count, is_any = _how_many(text[pos:end], adjectives.count, kind["kind"].lower())
    return Described(clues=tuple(clues), count=count, is_any=is_any, words=text[pos:end].strip()), end


def _kind_at(text: str, pos: int, *, depth: int) -> re.Match[str] | None:
    return KIND.match(text, pos) or (_THE_ONE.match(text, pos) if depth else None)


def _is_in_a_name(text: str, pos: int, kind: int) -> bool:
    """ "The Federated States of Micronesia": capitals before and in the word, which is then part of a name."""
    before = _CAPITAL_BEFORE.search(text, pos, kind)
    return text[kind].isupper() and before is not None and not read_region_adjective(text, before.start())


def _said(text: str, start: int) -> str:
    """The words of a clause that no rule read."""
    return " ".join(re.split(r"[,.;:!?]", text[start:].lstrip(" ,"), maxsplit=1)[0].split()[:8])


def _how_many(said: str, count: int | None, kind: str) -> tuple[int | None, bool]:
    """How many a description means, and whether any that fits will do."""
    plural = kind.endswith("s") and not kind.endswith("ss")
    one_of = said.lower().startswith("one of ")
    number = 1 if (plural and one_of) or (count is None and not plural) else count
    return number, one_of or bool(_ANY.match(said))


def _read_adjectives(text: str, pos: int, *, depth: int) -> _Adjectives | None:
    clues: list[Clue] = []
    count: int | None = None
    owner = ""
    begin = pos
    for _ in range(8):
        if _kind_at(text, pos, depth=depth):
            return _Adjectives(tuple(clues), count, pos, owner)
        owned = _read_owner(text, pos)
        if owned:
            owner, relation, pos = owned
            if relation is Relation.REGION:
                clues.append(Clue(relation=relation, values=(Named(name=owner),)))
                owner = ""
            continue
        region = read_region_adjective(text, pos)
        if region and text[region[1] : region[1] + 1].isspace():
            clues.append(Clue(relation=Relation.REGION, values=(Named(name=region[0]),)))
            pos = region[1] + 1
            continue
        word = re.compile(r"([^\W_][\w'’-]*(?:\s+speaking\b)?),?\s+").match(text, pos)
        if not word:
            return None
        number = next(find_counts(word[1]), None)
        if number and number.value > 0 and word[1].lower() != "one":
            count = number.value
        elif (clue := _adjective(word[1])) is not None:
            clues.append(clue)
        elif word[1].lower() not in _DETERMINERS | _PLAIN or (word[1] == "of" and not _PARTITIVE.search(text, 0, pos)):
            if not _BEGUN.match(text, begin) or begin == pos or word[1].lower() in STOPS:
                return None
            clues.append(Clue(relation=Relation.UNREAD, values=(Named(name=word[1]),)))  # "the Baltic country"
        pos = word.end()
    return None


def _adjective(word: str) -> Clue | None:
    """What an adjective before "country" tells."""
    lower = word.lower()
    if lower == "landlocked":
        return Clue(relation=Relation.LANDLOCKED, values=())
    if lower.endswith(("-speaking", " speaking")):
        return Clue(relation=Relation.LANGUAGE, values=(Named(name=word[: -len("-speaking")].rstrip()),))
    return Clue(relation=Relation.UNREAD, values=(Named(name=lower),)) if lower in _UNREAD else None


def _read_owner(text: str, pos: int) -> tuple[str, Relation, int] | None:
    """A possessive before "country" or "neighbour": a part of the world's, or a country's."""
    region = read_region(text, pos)
    if region and text[region[1] : region[1] + 3] in {"'s ", "’s "}:
        return region[0], Relation.REGION, region[1] + 3
    if not text[pos : pos + 1].isupper():
        return None
    name = read_name(text, pos)
    if name and name[0].split()[0].lower() in words.NOT_NAMES:
        return None
    own = _POSSESSIVE.match(text, name[1]) if name else None
    return (name[0], Relation.BORDERS, own.end() + 1) if name and own else None
