"""Finds in a request what must be found out: "the flag of …", "the country whose …", "its capital".

Reads phrases only; what they lead to is for `resolve`, what becomes of them in
the program for `write`.
"""

import re
from dataclasses import dataclass, replace

from ...language.numbers import find_counts
from .clues import countries_only, read_clauses
from .names import read_name, read_region, read_region_adjective
from .nodes import Asked, Attribute, Clue, Described, Found, Named, Node, Relation, described_in

MAX_DEPTH = 4
"""Descriptions inside descriptions are read to this depth; deeper ones stay words."""

_ATTRIBUTES = {
    "flag": Attribute.FLAG,
    "flags": Attribute.FLAG, "ensign": Attribute.FLAG, "banner": Attribute.FLAG, "map": Attribute.MAP,
    "maps": Attribute.MAP,
    "coat of arms": Attribute.ARMS, "coats of arms": Attribute.ARMS, "capital": Attribute.CAPITAL,
    "capital city": Attribute.CAPITAL, "capitals": Attribute.CAPITAL, "capital cities": Attribute.CAPITAL,
    "seat of government": Attribute.CAPITAL, "currency": Attribute.CURRENCY, "money": Attribute.CURRENCY,
    "language": Attribute.LANGUAGE, "languages": Attribute.LANGUAGE, "demonym": Attribute.DEMONYM,
    "name": Attribute.NAME,
}  # fmt: skip
_WORDS = (
    r"coats? of arms|capital cit(?:y|ies)|seat of government|flags?|banner|ensign|maps?|capitals?|currency|languages?"
)
FLAG_SHEETS = r"poster|card|postcard|stamp|sticker|banner|badge|icon|print|pin|sign"
"""Things that a flag is put on: "a flag poster for"."""
_LOOK = r"(?:(?:national|official|state|country|main|only|common|local)\s+)*"
_THE = r"(?:(?:the|a|an|two|both|each\s+of\s+the)\s+)?"
_OF = re.compile(
    rf"\b{_THE}(?:names?\s+of\s+(?:the\s+)?)?{_LOOK}(?P<attribute>{_WORDS})(?:\s+(?:{FLAG_SHEETS}))?"
    r"\s+(?:of|for|from|flown\s+(?:by|in|over)|used\s+(?:by|in)|belonging\s+to|spoken\s+in)\s+(?:both\s+)?",
    re.IGNORECASE,
)
_ITS = re.compile(
    r"\b(?P<name>(?:the\s+)?names?\s+of\s+)?(?:its|their|(?:that|this"
    r"|the)\s+(?:same\s+)?(?:country|nation|state|place)(?:['’]s))\s+"
    rf"{_LOOK}(?P<attribute>{_WORDS}|names?|money|demonym)\b"
    r"|\b(?:the\s+)?(?P<of>flag|capital(?:\s+city)?|currency|language"
    r"|name)\s+of\s+(?:that|this|the)\s+(?:same\s+)?(?:country|nation"
    r"|state)\b(?!\s+(?:whose|that|where|with|which|in|bordering|of|on|next|using"
    r"|between))",
    re.IGNORECASE,
)
_ADJUNCT = re.compile(r"\b(?:the\s+|a\s+|an\s+)?(?P<attribute>(?:national\s+)?flags?)\b", re.IGNORECASE)
_KIND = re.compile(
    r"\b(?P<kind>countr(?:y|ies)|nations?|states?|kingdoms?|republics?"
    r"|island\s+nations?|microstates?|city[\s-]states?|principalit(?:y|ies)"
    r"|sultanates?|emirates?|monarch(?:y|ies)|territor(?:y|ies)|neighbou?rs?)\b",
    re.IGNORECASE,
)
_BEFORE_KIND = re.compile(r"(?:[\w'’-]+\s+){0,7}$")
_QUESTION = re.compile(r"\b(?:which|what)\s+(?=(?:[\w-]+\s+){0,3}(?:country|nation|state)\b)", re.IGNORECASE)
_CAPITAL_OF_WHICH = re.compile(
    r"\s+is\s+(?:the\s+|an?\s+)?(?P<role>(?:national\s+)?capital(?:\s+city)?"
    r"|(?:official\s+)?currency|(?:official\s+)?language|only\s+neighbou?r"
    r"|neighbou?r)"
    r"\s+of\s+(?:which|what|some|a\s+certain|one|a)\s+(?:country|nation|state)\b",
    re.IGNORECASE,
)
_ROLE_RELATIONS = {"capital": Relation.CAPITAL, "currency": Relation.CURRENCY, "language": Relation.LANGUAGE}
_DETERMINERS = frozenset(
    "the a an its any whichever whatever some one that this all both which what those of only sole single other".split()
)
_UNREAD = frozenset(
    "largest smallest biggest richest poorest oldest newest youngest northern southern eastern western northernmost "
    "southernmost easternmost westernmost tallest populous wealthiest coldest hottest former ancient".split()
)
_AND = re.compile(r"\s*(?:,\s*and|,|and|&)\s+", re.IGNORECASE)
_LISTED = re.compile(r"\s*(?:,\s*and|,|and|&)\s+(?:(?:that|the\s+flag|the\s+one)\s+of\s+|of\s+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Adjectives:
    clues: tuple[Clue, ...]
    count: int | None
    start: int


def find_unknowns(text: str) -> list[Found]:
    """Everything in the text that must be found out, in order and without overlaps.

    Quoted passages should be blanked first: what stands in quotes is to be drawn, not looked up.
    """
    found: list[Found] = []
    starts = sorted({m.start() for pattern in (_OF, _ITS, _KIND, _ADJUNCT) for m in pattern.finditer(text)})
    found = _questions(text)
    taken = [(one.start, one.end) for one in found]
    for start in starts:
        if any(begin <= start < end for begin, end in taken):
            continue
        one = _read_asked(text, start) or _read_its(text, start, found) or _read_described(text, start)
        one = one or _read_adjunct(text, start)
        if one and not any(begin < one.end and one.start < end for begin, end in taken):
            found.append(one)
            taken.append((one.start, one.end))
    return sorted(found, key=lambda one: one.start)


def read_entities(text: str, pos: int, *, depth: int = 0, several: bool = True) -> tuple[tuple[Node, ...], int] | None:
    """The entities that begin at `pos`, names and descriptions; more after commas and "and" if `several` may come."""
    nodes: list[Node] = []
    end = pos
    while len(nodes) < 6:
        read = _read_entity(text, pos, depth=depth)
        if read is None:
            break
        node, end = read
        nodes.append(node)
        joined = (_LISTED if depth == 0 else _AND).match(text, end)
        if not several or not joined:
            break
        pos = joined.end()
        following = re.compile(r"(?:the\s+)?(\w+)", re.IGNORECASE).match(text, pos)
        if not following or not (following[1][0].isupper() or _described_at(text, pos)) or _OF.match(text, pos):
            break
    return (tuple(nodes), end) if nodes else None


def _read_entity(text: str, pos: int, *, depth: int) -> tuple[Node, int] | None:
    if depth < MAX_DEPTH:
        asked = _OF.match(text, pos)
        if asked and (read := read_entities(text, asked.end(), depth=depth + 1, several=False)):
            return Asked(attribute=_attribute(asked["attribute"]), of=read[0][0]), read[1]
        described = _described_at(text, pos, depth=depth)
        if described:
            return described
    article = re.compile(r"(?:the\s+)?", re.IGNORECASE).match(text, pos)
    read_at = article.end() if article else pos
    name = read_name(text, read_at)
    if name is None or (name[0][0].islower() and _KIND.match(name[0].split()[-1])):
        return None
    if re.match(r"(?i)(?:country|nation|state|world|land|future|past)\b", name[0]):
        return None
    end = name[1]
    neighbour = re.compile(
        r"['’]s?\s+(?P<adjectives>(?:(?:only|sole|landlocked)\s+){0,2})neighbou?r\b", re.IGNORECASE
    ).match(text, end)
    if neighbour:
        return _neighbour_of(Named(name=name[0]), neighbour, text[pos : neighbour.end()]), neighbour.end()
    return Named(name=name[0]), end


def _neighbour_of(node: Node, match: re.Match[str], words: str) -> Described:
    clues = [Clue(relation=Relation.BORDERS, values=(node,))]
    if "landlocked" in match["adjectives"].lower():
        clues.append(Clue(relation=Relation.LANDLOCKED, values=()))
    return Described(clues=tuple(clues), words=words)


def _read_asked(text: str, start: int) -> Found | None:
    asked = _OF.match(text, start)
    if not asked:
        return None
    attribute = _attribute(asked["attribute"])
    plural = asked["attribute"].lower().endswith(("s", "ies")) and attribute is not Attribute.ARMS
    read = read_entities(text, asked.end(), several=plural)
    if not read:
        return None
    nodes, end = read
    if asked["attribute"].lower() == "banner" and not isinstance(nodes[0], Described):
        return None
    if attribute is Attribute.MAP and not any(described_in(node) for node in nodes) and not text[asked.end()].isupper():
        return None
    if attribute is not Attribute.FLAG and all(isinstance(n, Named) and n.name[0].islower() for n in nodes):
        return None
    return Found(nodes=tuple(Asked(attribute=attribute, of=node) for node in nodes), start=start, end=end)


def _read_its(text: str, start: int, found: list[Found]) -> Found | None:
    match = _ITS.match(text, start)
    if not match:
        return None
    before = [one for one in found if one.end <= start] or found
    about = next((d for one in reversed(before) for node in one.nodes if (d := _spoken_of(node))), None)
    if about is None:
        return None
    attribute = _attribute(match["attribute"] or match["of"])
    return Found(nodes=(Asked(attribute=attribute, of=about),), start=start, end=match.end())


def _spoken_of(node: Node) -> Node | None:
    """What "its" means after this phrase: the country, also where its flag was asked for."""
    described = described_in(node)
    if described:
        return described
    if isinstance(node, Asked) and isinstance(node.of, Named):
        return node.of
    return None


def _read_described(text: str, start: int) -> Found | None:
    kind = _KIND.match(text, start)
    if not kind:
        return None
    before = _BEFORE_KIND.search(text, max(0, start - 80), start)
    words = list(re.finditer(r"[\w'’-]+", before[0])) if before else []
    offset = before.start() if before else start
    for word in words:
        begin = offset + word.start()
        read = _described_at(text, begin)
        if read and read[1] > kind.end() and _is_telling(read[0]):
            return Found(nodes=(read[0],), start=begin, end=read[1])
    read = _described_at(text, start)
    return Found(nodes=(read[0],), start=start, end=read[1]) if read and _is_telling(read[0]) else None


def _is_telling(node: Described) -> bool:
    """More is said than a part of the world: "a kingdom in Europe" is a setting, not a riddle."""
    return any(clue.relation not in {Relation.REGION, Relation.LANDLOCKED, Relation.NOT} for clue in node.clues)


def _read_adjunct(text: str, start: int) -> Found | None:
    """ "Burkina Faso's flag", "the Chadian flag"; also where the name is a whole description's possessive."""
    match = _ADJUNCT.match(text, start)
    if not match or not match["attribute"]:
        return None
    flag = match.start("attribute")
    before = re.compile(
        r"(?:[Tt]he\s+|[Aa]n?\s+)?(?P<name>[a-z]{2,}(?:ian|ean|ese|ish|ench|utch|can"
        r"|ani|aqi)(?=\s+$)|[^\W\d_a-z][\w.-]*(?:(?:\s+(?:of|and|the"
        r"|d[aeou]))*\s+[^\W\d_a-z][\w.'’-]*){0,4}?)(?P<own>['’]s?)?\s+$"
    ).search(text, max(0, flag - 60), flag)
    if not before:
        return None
    name = before["name"].removesuffix("'s").removesuffix("’s")
    if name.isupper() and len(name) < 2:
        return None
    words = name.split()
    while words and words[0].lower() in _OPENERS:
        words = words[1:]
    if not words:
        return None
    begin = before.start("name") + name.rindex(" ".join(words))
    article = re.compile(r"(?:the|an?)\s+$", re.IGNORECASE).search(text, max(0, begin - 5), begin)
    node = Asked(
        attribute=Attribute.FLAG,
        of=Named(name=" ".join(word.capitalize() if word.islower() else word for word in words)),
    )
    return Found(nodes=(node,), start=article.start() if article else begin, end=match.end())


_OPENERS = frozenset(
    "the a an draw paint show make create design put place render use poster "
    "picture photo image national big small large "
    "waving red white blue green yellow black two three four with and of raise "
    "plant wave hang display sketch illustrate "
    "pirate rainbow checkered american-style pride".split()
)


def _questions(text: str) -> list[Found]:
    """Sentences that only ask which country is meant, before "its flag" is wished for."""
    found: list[Found] = []
    for match in _CAPITAL_OF_WHICH.finditer(text):
        begin = max(text.rfind(mark, 0, match.start()) for mark in ".?!\n;,:") + 1
        begin += len(text[begin : match.start()]) - len(text[begin : match.start()].lstrip())
        value = re.sub(r"^(?:the|a|an)\s+", "", text[begin : match.start()], flags=re.IGNORECASE)
        if not value or len(value.split()) > 6:
            continue
        role = match["role"].lower()
        relation = next((r for word, r in _ROLE_RELATIONS.items() if word in role), Relation.BORDERS)
        clue = Clue(relation=relation, values=(Named(name=value),))
        node = Described(clues=(clue,), words=f"the country whose {relation.value} is {value}")
        found.append(_sentence(text, node, begin, match.end()))
    for match in _QUESTION.finditer(text):
        if any(one.start <= match.start() < one.end for one in found):
            continue
        read = _described_at(text, match.start())
        if read:
            node = replace(read[0], words=re.sub(r"^\w+", "the", read[0].words))
            found.append(_sentence(text, node, match.start(), read[1]))
    return found


def _sentence(text: str, node: Node, start: int, end: int) -> Found:
    begins = not text[:start].strip() or text[:start].rstrip()[-1] in ".?!:\n"
    mark = re.compile(r"\s*[?.!]+(?=\s|$)").match(text, end) if begins else None
    return Found(nodes=(node,), start=start, end=mark.end() if mark else end, is_question=mark is not None)


def _described_at(text: str, pos: int, *, depth: int = 0) -> tuple[Described, int] | None:
    adjectives = _read_adjectives(text, pos)
    if adjectives is None:
        return None
    kind = _KIND.match(text, adjectives.start)
    if not kind:
        return None

    def read_nodes(text: str, pos: int) -> tuple[tuple[Node, ...], int] | None:
        return read_entities(text, pos, depth=depth + 1)

    clues, end = list(adjectives.clues), kind.end()
    if kind["kind"].lower().startswith("neighb"):
        of = re.compile(r"\s+(?:of|to|countr(?:y|ies)\s+of)\s+", re.IGNORECASE).match(text, end)
        read = read_nodes(text, of.end()) if of else None
        read = countries_only(text, read)
        if read is not None:
            clues.append(Clue(relation=Relation.BORDERS, values=read[0]))
            end = read[1]
    more, end = read_clauses(text, end, read_nodes=read_nodes)
    clues += more
    if not clues or all(clue.relation is Relation.UNREAD for clue in clues):
        return None
    plural = kind["kind"].lower().endswith("s") and not kind["kind"].lower().endswith("ss")
    count = adjectives.count if adjectives.count is not None else None if plural else 1
    if plural and text[pos : pos + 7].lower() == "one of ":
        count = 1
    return Described(clues=tuple(clues), count=count, words=text[pos:end].strip()), end


def _read_adjectives(text: str, pos: int) -> _Adjectives | None:
    clues: list[Clue] = []
    count: int | None = None
    for _ in range(8):
        if _KIND.match(text, pos):
            return _Adjectives(tuple(clues), count, pos)
        region = read_region_adjective(text, pos)
        owner = read_region(text, pos)
        if owner and text[owner[1] : owner[1] + 3] in {"'s ", "’s "}:
            clues.append(Clue(relation=Relation.REGION, values=(Named(name=owner[0]),)))
            pos = owner[1] + 3
            continue
        word = re.compile(r"([^\W_][\w'’-]*),?\s+").match(text, pos)
        if region and text[region[1] : region[1] + 1].isspace():
            clues.append(Clue(relation=Relation.REGION, values=(Named(name=region[0]),)))
            pos = region[1] + 1
            continue
        if not word:
            return None
        lower = word[1].lower()
        number = next(find_counts(word[1]), None)
        if lower == "landlocked":
            clues.append(Clue(relation=Relation.LANDLOCKED, values=()))
        elif lower.endswith("-speaking"):
            clues.append(Clue(relation=Relation.LANGUAGE, values=(Named(name=word[1][: -len("-speaking")]),)))
        elif lower in _UNREAD:
            clues.append(Clue(relation=Relation.UNREAD, values=(Named(name=lower),)))
        elif number and number.value > 0 and lower != "one":
            count = number.value
        elif lower not in _DETERMINERS and lower not in _PLAIN:
            return None
        pos = word.end()
    return None


_PLAIN = frozenset(
    "one small big large tiny little island sovereign independent neighbouring neighboring same whole".split()
)


def _attribute(words: str) -> Attribute:
    key = " ".join(words.lower().split())
    return _ATTRIBUTES.get(key) or _ATTRIBUTES[key.removesuffix("s")]
