"""Finds in a request what must be found out: "the flag of …", "the country whose …", "its capital".

Reads phrases only; what they lead to is for `resolve`, what becomes of them in
the program for `write`.
"""

import re

from .descriptions import (
    ATTRIBUTES,
    FLAG_SHEETS,
    KIND,
    LOOK,
    OF,
    attribute_of,
    described_at,
    is_every,
    one_by_one,
    read_entities,
)
from .names import STOPS
from .nodes import PICTURED, Asked, Attribute, Described, Found, Named, Node, Relation, described_in
from .questions import Topic, find_answers, find_questions, find_topics

__all__ = ["FLAG_SHEETS", "find_unknowns"]

_COUNTRY = r"(?:country|nation|state|place|neighbou?r|land|kingdom|republic|territory)"
_OWN = rf"(?:its(?:\s+own)?|their|(?:that|this|the|their|its)\s+(?:same\s+)?{_COUNTRY}['’]s)"
_WORD_ATTRIBUTE = r"capital(?:\s+city)?|currency|languages?|demonym"
_ITS = re.compile(
    rf"\b(?:(?:the\s+)?names?\s+of\s+)?{_OWN}\s+{LOOK}(?P<attribute>{ATTRIBUTES}|names?|money|demonym)"
    r"(?:['’]s?)?(?:\s+names?)?\b(?!['’])"
    rf"|\b(?:the\s+)?(?:names?\s+of\s+(?:the\s+)?)?{LOOK}(?P<of>flag|map|name|{_WORD_ATTRIBUTE})(?:['’]s)?(?:\s+name)?"
    rf"\s+of\s+(?:that|this|the|their)\s+(?:same\s+)?{_COUNTRY}\b(?!['’]|\s+(?:whose|that|where|which|bordering|of"
    r"|next|using|between|with\s+(?:its|the\s+\w+\s+capital)|(?:in|on)\s+(?:which|the\s+(?-i:[A-Z])|(?-i:[A-Z])"
    r"|north|south|east|west|central)))"
    rf"|\b(?:the\s+)?names?\s+of\s+the\s+{LOOK}(?P<bare>{_WORD_ATTRIBUTE})\b(?!\s+(?:of|letters?)\b)"
    rf"|\bthe\s+{LOOK}(?P<named>{_WORD_ATTRIBUTE})(?:['’]s)?\s+name\b(?!\s+of\b)"
    rf"|\bthe\s+{LOOK}(?P<plain>{_WORD_ATTRIBUTE})(?=\s*(?:[,.;!?]|$)|\s+(?:in|written|set|as|below|above|under"
    r"|underneath|beneath|and|over|printed|spelled)\b)",
    re.IGNORECASE,
)
_PARTED = re.compile(
    rf"\b(?P<the>the|an?)\s+(?P<kind>country|nation|state)['’]s\s+{LOOK}(?P<attribute>{ATTRIBUTES})"
    r"(?=\s+(?:where|whose|that|which|in\s+which|with\s+the\s+capital|bordering)\b)",
    re.IGNORECASE,
)
_ADJUNCT = re.compile(
    rf"(?:\b(?:the|an?)\s+|(?<=['’]s\s)|(?<=['’]\s))?{LOOK}\b(?P<attribute>flags?|{_WORD_ATTRIBUTE})"
    r"(?:['’]s\s+name)?\b",
    re.IGNORECASE,
)
_ONES = re.compile(
    r"\b(?:the\s+(?:other\s+)?ones?|that|those)\s+(?:of|for|from|belonging\s+to)\s+(?=the\s|an?\s|(?-i:[A-ZÀ-Þ]))",
    re.IGNORECASE,
)
_BARE_FLAG = re.compile(
    r"(?:\b(?:the|that|this)\s+(?:national\s+)?|(?:^|(?<=[,;:.!?–—(-])|(?<=\band)|(?<=\bwith))\s*(?:national\s+)?)"
    r"(?P<flag>flag)\b(?!['’-]|\s+(?:of|for|from|poles?|posters?|colou?rs?|that|whose|which|showing|with\s+(?:a|an|\w+"
    r"\s+stripes?))\b)",
    re.IGNORECASE,
)
_BEFORE_KIND = re.compile(r"(?:[\w'’-]+\s+){0,7}$")
_NAME_BEFORE = re.compile(r"[^\W\d_a-z]\w+\s+$")
""" "United" before "States"."""
_OWNED_FLAG = re.compile(rf"['’]s?\s+{LOOK}(?P<attribute>{ATTRIBUTES})\b", re.IGNORECASE)
_OTHER_FLAG = re.compile(
    r"\b(?:former|old|older|previous|historic(?:al)?|original|colonial|ancient|first|imperial|proposed|unofficial"
    r"|civil|naval|military|presidential|royal|war|provincial|regional|1[5-9]\d\ds?|20\d\d)\s+(?:\w+\s+)?$"
    r"|\b(?:no|not|without|instead\s+of|rather\s+than|except|unlike|never|nor|replacing)\s+(?:a\s+|an\s+|the\s+)?$",
    re.IGNORECASE,
)
"""Before a flag that is another than today's, or that is not wished for."""
_OTHER_TIME = re.compile(
    r"\s*,?\s*\(?(?:(?:in|from|of|before|until|during|between|as\s+of|since|around|circa)\s+"
    r"(?:the\s+(?:year\s+)?(?:early\s+|late\s+)?)?(?:1[5-9]\d\d|20[01]\d)|(?:before|under|during)\s+(?:the\s+)?"
    r"(?:war|revolution|independence|colonial|soviet|apartheid))",
    re.IGNORECASE,
)
_BEYOND = re.compile(
    r"\b(?:(?:north|south|east|west|across|opposite|far|away|different|other)\w*\s+(?:of|from|to)|than|not|except)\s+$",
    re.IGNORECASE,
)
"""Before a country that is spoken of to tell another one."""


def find_unknowns(text: str) -> list[Found]:
    """Everything in the text that must be found out, in order and without overlaps.

    Quoted passages should be blanked first: what stands in quotes is to be drawn, not looked up.
    """
    found = find_questions(text)
    told, topics = find_topics(text)
    found += [one for one in told if not _overlaps(one, found)]
    found += [one for one in find_answers(text, found) if not _overlaps(one, found)]
    starts = sorted({m.start() for pattern in (OF, _ITS, KIND, _ADJUNCT, _ONES) for m in pattern.finditer(text)})
    for start in starts:
        if any(one.start <= start < one.end for one in found):
            continue
        one = _read_asked(text, start) or _read_ones(text, start) or _read_its(text, start, found, topics)
        one = one or _read_parted(text, start) or _read_described(text, start) or _read_adjunct(text, start)
        if one and not _overlaps(one, found):
            found.append(one)
    found += [one for one in _bare_flags(text, found, topics) if not _overlaps(one, found)]
    return _without_headings(text, sorted(found, key=lambda one: one.start))


def _overlaps(one: Found, others: list[Found]) -> bool:
    return any(other.start < one.end and one.start < other.end for other in others)


def _read_asked(text: str, start: int) -> Found | None:
    asked = OF.match(text, start)
    if not asked:
        return None
    words, attribute = asked["attribute"], attribute_of(asked["attribute"])
    plural = is_every(words) and attribute is not Attribute.ARMS
    read = read_entities(text, asked.end(), several=plural)
    if not read:
        return None
    nodes, end = read
    if (words.lower() == "banner" or attribute is Attribute.NAME) and not isinstance(nodes[0], Described):
        return None
    if attribute is Attribute.MAP and not any(described_in(node) for node in nodes) and not text[asked.end()].isupper():
        return None
    if attribute is not Attribute.FLAG and all(isinstance(n, Named) and n.name[0].islower() for n in nodes):
        return None
    if attribute in PICTURED and _is_another(text, start, end):
        return None
    every = plural and attribute not in PICTURED
    return Found(
        nodes=tuple(Asked(attribute=attribute, of=node, every=every) for node in nodes),
        start=start,
        end=end,
        as_text=attribute not in PICTURED and bool(re.search(r"\bnames?\b", asked[0], re.IGNORECASE)),
    )


def _is_another(text: str, start: int, end: int) -> bool:
    """A flag of another time, or one that must not be seen."""
    begin = re.compile(r"(?:the|an?|two|both)\s+", re.IGNORECASE).match(text, start)
    at = begin.end() if begin else start
    return bool(
        _OTHER_FLAG.search(text, max(0, at - 40), at)
        or _OTHER_FLAG.search(text, max(0, start - 40), start)
        or _OTHER_TIME.match(text, end)
    )


def _read_ones(text: str, start: int) -> Found | None:
    """ "the one of the country whose …" after "two flags"."""
    ones = _ONES.match(text, start)
    if not ones or not re.search(r"\bflags?\b", text[max(0, start - 250) : start], re.IGNORECASE):
        return None
    read = read_entities(text, ones.end(), several=ones[0].lower().startswith("those"))
    if not read or (isinstance(read[0][0], Named) and read[0][0].name[0].islower()):
        return None
    return Found(nodes=tuple(Asked(attribute=Attribute.FLAG, of=node) for node in read[0]), start=start, end=read[1])


def _read_its(text: str, start: int, found: list[Found], topics: list[Topic]) -> Found | None:
    match = _ITS.match(text, start)
    if not match or _PARTED.match(text, start):
        return None
    about = _about(text, start, found, topics)
    if about is None:
        return None
    words = next(match[name] for name in ("attribute", "of", "bare", "named", "plain") if match[name])
    attribute = attribute_of(words)
    if attribute in PICTURED and _is_another(text, start, match.end()):
        return None
    return Found(
        nodes=(Asked(attribute=attribute, of=about, every=is_every(words)),),
        start=start,
        end=match.end(),
        as_text=attribute not in PICTURED and bool(re.search(r"\bnames?\b", match[0], re.IGNORECASE)),
    )


def _read_parted(text: str, start: int) -> Found | None:
    """ "the country's flag where the dirham is used": the attribute parts the country from what is told of it."""
    match = _PARTED.match(text, start)
    read = described_at(f"{match['the']} {match['kind']}{text[match.end() :]}", 0) if match else None
    if not match or not read:
        return None
    shift = match.end() - len(match["the"]) - len(match["kind"]) - 1
    attribute = attribute_of(match["attribute"])
    return Found(nodes=(Asked(attribute=attribute, of=read[0]),), start=start, end=read[1] + shift)


def _about(text: str, start: int, found: list[Found], topics: list[Topic]) -> Node | None:
    """What "its" means: the country spoken of last, also where its flag was asked for; else the next one."""
    told: list[tuple[int, Node]] = [(topic.start, topic.node) for topic in topics]
    for one in found:
        if not _BEYOND.search(text, max(0, one.start - 30), one.start):
            told += [(one.start, about) for node in one.nodes if (about := _spoken_of(node))]
    before = [pair for pair in told if pair[0] < start]
    if before:
        return max(before, key=lambda pair: pair[0])[1]
    return min(told, key=lambda pair: pair[0])[1] if told else None


def _spoken_of(node: Node) -> Node | None:
    described = described_in(node)
    if described:
        return described
    if isinstance(node, Asked) and isinstance(node.of, Named):
        return node.of
    return None


def _bare_flags(text: str, found: list[Found], topics: list[Topic]) -> list[Found]:
    """ "…, flag on the left": the flag of the country spoken of, where no flag was asked for by its country."""
    if any(isinstance(node, Asked) and node.attribute is Attribute.FLAG for one in found for node in one.nodes):
        return []
    match = _BARE_FLAG.search(text)
    if not match or not (found or topics) or _is_another(text, match.start("flag"), match.end()):
        return []
    about = _about(text, match.start("flag"), found, topics)
    start = match.start() + len(match[0]) - len(match[0].lstrip())
    node = Asked(attribute=Attribute.FLAG, of=about) if about else None
    return [Found(nodes=(node,), start=start, end=match.end())] if node else []


def _without_headings(text: str, found: list[Found]) -> list[Found]:
    """Opening words that only tell what "its" means later are no part of the wish: "The country with …: its flag"."""
    done: list[Found] = []
    for index, one in enumerate(found):
        following = found[index + 1] if index + 1 < len(found) else None
        begins = not text[: one.start].strip() or text[: one.start].rstrip()[-1] in ".?!\n"
        dash = re.compile(r"\s*[-–—:]+\s*").match(text, one.end)
        node = following.nodes[0] if following and isinstance(one.nodes[0], Described) else None
        same = isinstance(node, Asked) and node.of == one.nodes[0] and not one.is_question
        if following and dash and begins and same and len(one.nodes) == 1 and following.start - dash.end() <= 30:
            done.append(Found(nodes=one.nodes, start=one.start, end=dash.end(), is_question=True))
        else:
            done.append(one)
    return done


def _read_described(text: str, start: int) -> Found | None:
    kind = KIND.match(text, start)
    if not kind or (text[start].isupper() and _NAME_BEFORE.search(text, max(0, start - 20), start)):
        return None
    before = _BEFORE_KIND.search(text, max(0, start - 80), start)
    offset = before.start() if before else start
    begins = [offset + word.start() for word in re.finditer(r"\b(?!of\b)[\w'’-]+", before[0])] if before else []
    for begin in (*begins, start):
        read = described_at(text, begin)
        if not read or not (read[1] > kind.end() or _is_owned(read[0])) or not _is_telling(read[0]):
            continue
        owned = _OWNED_FLAG.match(text, read[1])
        if owned:
            asked = Asked(attribute=attribute_of(owned["attribute"]), of=read[0])
            return Found(nodes=(asked,), start=begin, end=owned.end())
        return Found(nodes=one_by_one(read[0]), start=begin, end=read[1])
    return None


def _is_owned(node: Described) -> bool:
    """ "India's landlocked neighbour" tells all before the word."""
    return bool(re.match(r"(?:the\s+)?[^\W\d_a-z][\w.'’ -]*['’]s?\s.*neighbou?rs?$", node.words))


def _is_telling(node: Described) -> bool:
    """More is said than a part of the world: "a kingdom in Europe" is a setting, not a riddle."""
    settings = {Relation.REGION, Relation.LANDLOCKED, Relation.NOT, Relation.UNREAD}
    return any(clue.relation not in settings for clue in node.clues)


def _read_adjunct(text: str, start: int) -> Found | None:
    """ "Burkina Faso's flag", "the Chadian flag", "Latvia's capital"."""
    match = _ADJUNCT.match(text, start)
    if not match:
        return None
    words, attribute = match["attribute"], attribute_of(match["attribute"])
    flag = match.start("attribute")
    before = re.compile(
        r"(?:[Tt]he\s+|[Aa]n?\s+)?(?P<name>[a-z]{2,}(?:ian|ean|ese|ish|ench|utch|can"
        r"|ani|aqi)(?=\s+(?:national\s+)?$)|[^\W\d_a-z][\w.-]*(?:(?:\s+(?:of|and|the"
        r"|d[aeou]))*\s+[^\W\d_a-z][\w.'’-]*){0,4}?)(?P<own>['’]s?)?"
        r"\s+(?:(?:national|official|main)\s+)*$"
    ).search(text, max(0, flag - 60), flag)
    if not before or (attribute is not Attribute.FLAG and not before["own"]):
        return None
    name = before["name"].removesuffix("'s").removesuffix("’s")
    if name.isupper() and len(name) < 2:
        return None
    parts = name.split()
    while parts and parts[0].lower() in _OPENERS | STOPS:
        parts = parts[1:]
    if not parts:
        return None
    begin = before.start("name") + name.rindex(" ".join(parts))
    article = re.compile(r"(?:the|an?)\s+$", re.IGNORECASE).search(text, max(0, begin - 5), begin)
    begin = article.start() if article else begin
    named_by = _NAME_OF.search(text, max(0, begin - 24), begin) if attribute is not Attribute.FLAG else None
    begin = named_by.start() if named_by else begin
    if attribute is Attribute.FLAG and _is_another(text, begin, match.end()):
        return None
    named = Named(name=" ".join(word.capitalize() if word.islower() else word for word in parts))
    return Found(
        nodes=(Asked(attribute=attribute, of=named, every=is_every(words) and attribute is not Attribute.FLAG),),
        start=begin,
        end=match.end(),
        as_text=named_by is not None or match[0].lower().endswith(" name"),
    )


_NAME_OF = re.compile(r"\b(?:the\s+)?names?\s+of\s+$", re.IGNORECASE)
""" "The name of" before "Latvia's capital"."""
_OPENERS = frozenset(
    "the a an draw paint show make create design put place render use poster "
    "picture photo image national big small large "
    "waving red white blue green yellow black two three four with and of raise "
    "plant wave hang display sketch illustrate write spell print add "
    "pirate rainbow checkered american-style pride".split()
)
