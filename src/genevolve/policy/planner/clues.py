"""The clauses that describe a country: "whose capital is …", "that borders …", "where people pay with …".

Each clause is a pattern up to its value, a way to read the value, and a pattern
that must follow it. Nested descriptions ("bordering the country whose …") are
read by the reader that is passed in.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from .names import read_name, read_region, read_words
from .nodes import Asked, Clue, Named, Node, Relation

ReadNodes = Callable[[str, int], tuple[tuple[Node, ...], int] | None]
"""Reads entities, each a name or a description, at a place of a text; returns them and their end."""

_WHOSE = (
    r"(?:(?:whose|with\s+(?:its|a|an|the)|(?:which|that)\s+has\s+(?:its|a|an|the)?"
    r"|ha(?:s|ving)\s+(?:its|a|an|the)?|its|the)\s*)"
)
_IS = (
    r"\s*(?:\b(?:is|are|was|includes?|being|at|in|named|called|known\s+as|of|city\s+is"
    r"|is\s+called|is\s+named|is\s+known\s+as)\b|,"
    r"|:)?\s*(?:the\s+city\s+of\s+)?[\"“']?"
)
_WITH = r"(?:with|(?:which|that)\s+has|ha(?:s|ving))\s+"
_AS = r"[\"”']?\s+(?:as|for|is)\s+(?:its\s+|the\s+|a\s+|an\s+|their\s+)?"
_ROLE_CAPITAL = (
    r"(?:national\s+|administrative\s+|current\s+)?"
    r"(?:capital(?:\s+city)?|capitals|capital\s+cities|seat\s+of\s+(?:its\s+|the\s+)?government)\b"
)
_ROLE_MONEY = (
    r"(?:official\s+|national\s+|local\s+|only\s+)?(?:currency|currencies|money"
    r"|legal\s+tender|monetary\s+unit|unit\s+of\s+currency)\b"
)
_ROLE_LANGUAGE = (
    r"(?:(?:only|sole|single|main|official|national|primary)\s+){0,3}(?:languages?|tongue)\b(?:\s+of\s+government)?"
)
_THEY = (
    r"(?:they|people|the\s+people|one|you|everyone|locals|the\s+locals"
    r"|its\s+people|we|shoppers|inhabitants|citizens)"
)
_WHERE = rf"(?:where|in\s+which)\s+(?:{_THEY}\s+)?(?:can\s+|must\s+|all\s+|mostly\s+|officially\s+)?"
_PLACED = (
    r"(?:that\s+(?:is|lies|sits)\s+|which\s+(?:is|lies)\s+|is\s+|lying\s+|lies\s+"
    r"|located\s+|situated\s+|found\s+|sandwiched\s+|wedged\s+|squeezed\s+)*"
)
_WHICH = r"(?:that|which|who)?\s*"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    relation: Relation
    before: re.Pattern[str]
    value: str
    """How the value is read: name, proper name, money, language, region, nodes or none."""
    after: re.Pattern[str]
    only: bool = False
    tight: bool = False


def _form(relation: Relation, before: str, value: str, after: str = "", **kind: bool) -> _Form:
    return _Form(
        relation=relation,
        before=re.compile(before, re.IGNORECASE),
        value=value,
        after=re.compile(after, re.IGNORECASE),
        **kind,
    )


_FORMS: tuple[_Form, ...] = (
    _form(Relation.CAPITAL, rf"{_WHOSE}{_ROLE_CAPITAL}{_IS}", "name", r"[\"”']?"),
    _form(Relation.CAPITAL, rf"{_WITH}(?:the\s+city\s+of\s+)?[\"“']?", "name", rf"{_AS}{_ROLE_CAPITAL}"),
    _form(
        Relation.CAPITAL,
        r"(?:of\s+which|for\s+which|that|which|where)\s+",
        "name",
        rf"\s+(?:is|serves\s+as)\s+(?:the\s+|its\s+|a\s+)?{_ROLE_CAPITAL}(?:\s+of\b)?",
    ),
    _form(Relation.CAPITAL, rf"{_WHICH}(?:is\s+)?(?:governed|ruled|run|administered)\s+from\s+", "name"),
    _form(Relation.CURRENCY, rf"{_WHOSE}{_ROLE_MONEY}{_IS}(?:the\s+|a\s+)?", "money"),
    _form(Relation.CURRENCY, rf"{_WITH}(?:the\s+)?", "money", rf"{_AS}{_ROLE_MONEY}"),
    _form(
        Relation.CURRENCY,
        rf"{_WHERE}(?:pays?|shops?|trades?|buys?\s+\w+|purchases?\s+\w+)\s+(?:\w+\s+)?"
        r"(?:with|in|using|by)\s+(?:the\s+)?",
        "money",
    ),
    _form(
        Relation.CURRENCY,
        rf"{_WHERE}(?:uses?|spends?)\s+(?:the\s+)?",
        "money",
        r"(?:\s+(?:as|for)\s+(?:its\s+|their\s+|the\s+)?(?:\w+\s+)?(?:currency"
        r"|money))?",
    ),
    _form(
        Relation.CURRENCY,
        r"(?:where|in\s+which)\s+(?:the\s+)?",
        "money",
        r"\s+(?:is|are)\s+(?:used|spent|accepted|legal\s+tender|(?:the\s+"
        rf"|its\s+)?{_ROLE_MONEY})",
    ),
    _form(
        Relation.CURRENCY,
        r"(?:that|which)?\s*(?:pays?|paying|trades?|trading)\s+(?:with"
        r"|in)\s+(?:the\s+)?",
        "money",
    ),
    _form(
        Relation.CURRENCY,
        r"(?:that|which)?\s*(?:uses|using|spends|spending|use)\s+(?:the\s+)?",
        "money",
        r"(?:\s+(?:as|for)\s+(?:its\s+|their\s+|the\s+)?(?:\w+\s+)?(?:currency"
        r"|money))?",
    ),
    _form(Relation.LANGUAGE, rf"{_WHOSE}{_ROLE_LANGUAGE}{_IS}", "language"),
    _form(Relation.LANGUAGE, rf"{_WITH}", "language", rf"{_AS}{_ROLE_LANGUAGE}"),
    _form(Relation.LANGUAGE, rf"{_WHERE}(?:speaks?|talks?)\s+", "language"),
    _form(
        Relation.LANGUAGE,
        r"(?:where|in\s+which)\s+",
        "language",
        r"\s+(?:is|are)\s+(?:(?:officially\s+|mainly\s+)?spoken|(?:an?\s+|the\s+"
        rf"|its\s+)?{_ROLE_LANGUAGE}|official)",
    ),
    _form(Relation.LANGUAGE, r"(?:that|which)?\s*(?:officially\s+)?(?:speaks|speaking)\s+", "language"),
    _form(Relation.BORDERS, rf"{_WHOSE}(?:only|sole|single|one)\s+(?:land\s+)?neighbou?r{_IS}", "nodes", only=True),
    _form(
        Relation.BORDERS, rf"{_WITH}", "nodes", rf"{_AS}(?:only|sole|single|one)\s+(?:land\s+)?neighbou?r", only=True
    ),
    _form(
        Relation.BORDERS,
        rf"{_WHICH}(?:borders?|bordering|neighbou?rs|adjoins|touches)\s+(?:only|just"
        r"|nothing\s+but)\s+",
        "nodes",
        only=True,
    ),
    _form(
        Relation.BORDERS,
        rf"{_WHICH}(?:(?:is\s+)?(?:completely|entirely|wholly|fully"
        r"|totally)\s+)?(?:is\s+)?(?:surrounded|enclosed|encircled)\s+(?:completely\s+"
        r"|entirely\s+)?(?:only\s+)?by\s+",
        "nodes",
        only=True,
    ),
    _form(
        Relation.BORDERS,
        rf"{_WHICH}(?:lies\s+|is\s+)?(?:completely|entirely|wholly|fully"
        r"|totally)\s+(?:inside|within)(?:\s+of)?\s+",
        "nodes",
        only=True,
    ),
    _form(
        Relation.BORDERS,
        rf"{_WHICH}(?:is\s+)?(?:borders?|bordering|bordered\s+by|neighbou?rs"
        r"|neighbou?ring|adjoins?|adjoining|touches|touching|abuts?"
        r"|abutting)(?:\s+on)?\s+(?:both\s+)?",
        "nodes",
    ),
    _form(
        Relation.BORDERS,
        r"(?:(?:that|which)\s+)?(?:shares?|sharing|has|having|with)\s+(?:its|an?|the"
        r"|their)\s+only\s+(?:land\s+)?border\s+with\s+",
        "nodes",
        only=True,
    ),
    _form(
        Relation.BORDERS,
        r"(?:(?:that|which)\s+)?(?:shares?|sharing|ha(?:s|ve|ving)|with)\s+(?:(?:a|its"
        r"|their|all|of|only|one|land|common|both|the)\s+){0,4}(?:borders?"
        r"|frontiers?)\s+with\s+(?:both\s+)?",
        "nodes",
    ),
    _form(
        Relation.BORDERS,
        rf"{_PLACED}(?:right\s+)?(?:next(?:\s+door)?\s+to|adjacent\s+to|beside)\s+(?:both\s+)?",
        "nodes",
    ),
    _form(Relation.BORDERS, rf"{_PLACED}(?:right\s+)?between\s+", "nodes", tight=True),
    _form(
        Relation.NOT,
        r"(?:(?:that|which)\s+)?(?:is\s+not|isn['’]t|but\s+not|other\s+than|except(?:\s+for)?)\s+",
        "nodes",
    ),
    _form(Relation.CAPITAL, r"(?:with\s+)?(?:its\s+|the\s+)?capital(?:\s+city)?:?\s+(?=(?-i:[A-ZÀ-Þ]))", "name"),
    _form(Relation.CAPITAL, r"is\s+(?=(?-i:[A-ZÀ-Þ]))", "name", rf"\s+(?:the\s+)?{_ROLE_CAPITAL}(?:\s+of\b)?"),
    _form(
        Relation.CURRENCY,
        r"whose\s+(?:people|citizens|inhabitants|shops)\s+(?:pay\s+(?:in|with)|use|spend|take|accept)\s+(?:the\s+)?",
        "money",
    ),
    _form(Relation.BORDERS, rf"{_WHICH}only\s+(?:borders|bordering|touches|neighbou?rs)\s+", "nodes", only=True),
    _form(
        Relation.BORDERS,
        rf"{_WHICH}(?:(?:completely|entirely|wholly|fully|totally)\s+)?(?:surrounds"
        r"|encloses|encircles|surrounding|enclosing)\s+",
        "nodes",
    ),
    _form(Relation.BORDERS, rf"{_WHOSE}neighbou?rs?\s+(?:are|is|include)\s+(?:both\s+)?", "nodes"),
    _form(
        Relation.DEMONYM,
        rf"{_WHOSE}(?:people|citizens|inhabitants)\s+(?:are|is)\s+(?:called|known\s+as"
        r"|named)?\s*(?:the\s+)?",
        "name",
    ),
    _form(Relation.REGION, rf"{_PLACED}(?:in|of|from|on\s+the\s+continent\s+of|on)\s+", "region"),
    _form(
        Relation.LANDLOCKED,
        rf"{_WHICH}(?:is\s+)?(?:landlocked|without\s+(?:a\s+|any\s+)?(?:coast|coastline"
        r"|sea|access\s+to\s+the\s+sea)|ha(?:s|ving)\s+no\s+(?:coast|coastline"
        r"|access\s+to\s+the\s+sea|sea\s+coast)|with\s+no\s+(?:coast|coastline"
        r"|access\s+to\s+the\s+sea))\b",
        "none",
    ),
    _form(
        Relation.ALIAS,
        rf"{_WHICH}(?:is\s+|was\s+)?(?:(?:formerly|previously|once|also|officially)\s+)?(?:called|named|known\s+as)\s+",
        "proper name",
    ),
    _form(
        Relation.CITY,
        r"(?:(?:where|in\s+which)\s+|(?:that|which)\s+(?:contains|has|includes)\s+"
        r"|containing\s+|home\s+to\s+)(?:the\s+city\s+(?:of\s+)?)?",
        "proper name",
        r"(?:\s+(?:is|lies|stands|sits)\b(?:\s+(?:found|located|situated))?)?",
    ),
)

_JOIN = re.compile(r"\s*,?\s*(?:(?:and|but|yet|while)\s+(?:also\s+)?)?(?:it\s+)?", re.IGNORECASE)
_BARE = re.compile(r"\s*,?\s*(?:and|but)\s+(?:its\s+|the\s+)?", re.IGNORECASE)
_AND = re.compile(r"\s*(?:,\s*and|,|and|&)\s+(?:also\s+)?(?:the\s+)?", re.IGNORECASE)
_LANGUAGE = re.compile(r"[^\W\d_][\w'’-]*")
_NO_LANGUAGE = frozenset("the a an its their one it they this that many several two both only".split())


def read_clauses(text: str, pos: int, *, read_nodes: ReadNodes) -> tuple[list[Clue], int]:
    """Every clause that follows `pos`, joined by commas and "and", with the end of the last."""
    clues: list[Clue] = []
    for _ in range(6):
        join = _JOIN.match(text, pos)
        start = join.end() if join else pos
        read = _read_clause(text, start, read_nodes=read_nodes)
        if read is None and clues and (bare := _BARE.match(text, pos)):
            read = _read_clause(text, bare.end() - _its_before(bare), read_nodes=read_nodes)
        if read is None:
            break
        clue, pos = read
        clues.append(clue)
    return clues, pos


def _its_before(bare: re.Match[str]) -> int:
    """How far to step back so that "and its currency is" keeps its "its"."""
    article = re.search(r"(?:its|the)\s+$", bare[0], re.IGNORECASE)
    return len(article[0]) if article else 0


def _read_clause(text: str, pos: int, *, read_nodes: ReadNodes) -> tuple[Clue, int] | None:
    for form in _FORMS:
        before = form.before.match(text, pos)
        if not before or before.end() == pos:
            continue
        read = _read_value(text, before.end(), kind=form.value, read_nodes=read_nodes)
        if read is None:
            continue
        values, end = read
        after = form.after.match(text, end)
        if after is None or (form.value == "money" and not _ends_well(text, after.end())):
            continue
        return Clue(relation=form.relation, values=values, only=form.only, tight=form.tight), after.end()
    return None


def _read_value(text: str, pos: int, *, kind: str, read_nodes: ReadNodes) -> tuple[tuple[Node, ...], int] | None:
    match kind:
        case "none":
            return (), pos
        case "nodes":
            return countries_only(text, read_nodes(text, pos))
        case "region":
            read = read_region(text, pos)
        case "language":
            return _read_languages(text, pos)
        case "money":
            read = read_words(text, pos, most=5)
        case _:
            read = read_name(text, pos)
    if read and kind == "proper name" and not read[0][0].isupper():
        return None
    return ((Named(name=read[0]),), read[1]) if read else None


def countries_only(text: str, read: tuple[tuple[Node, ...], int] | None) -> tuple[tuple[Node, ...], int] | None:
    """What was read, if it can be countries: described ones, or names, which begin large unless all is small."""
    all_small = text.islower()
    for node in read[0] if read else ():
        if isinstance(node, Asked) or (isinstance(node, Named) and not all_small and not node.name[0].isupper()):
            return None
    return read


def _read_languages(text: str, pos: int) -> tuple[tuple[Node, ...], int] | None:
    languages: list[Node] = []
    end = pos
    while len(languages) < 4:
        read = _read_language(text, pos)
        if read is None:
            break
        name, end = read
        languages.append(Named(name=name))
        joined = _AND.match(text, end)
        if not joined:
            break
        pos = joined.end()
        if not text[pos : pos + 1].isupper():
            break
    return (tuple(languages), end) if languages else None


def _read_language(text: str, pos: int) -> tuple[str, int] | None:
    word = _LANGUAGE.match(text, pos)
    if not word or word[0].lower() in _NO_LANGUAGE:
        return None
    end = word.end()
    following = re.compile(r" ([A-ZÀ-Þ][\w'’-]*)").match(text, end)
    if word[0][0].isupper() and following:
        end = following.end()
    return text[pos:end], end


def _ends_well(text: str, end: int) -> bool:
    """A value in small letters has been read to a stop word or a mark, not broken off in a longer phrase."""
    return re.compile(r"\s*(?:$|[^\w\s]|(?i:[a-z]+)\b)").match(text, end) is not None
