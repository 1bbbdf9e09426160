"""The clauses that describe a country: "whose capital is …", "that borders …", "where people pay with …".

Each clause is a pattern up to its value, a way to read the value, and a pattern
that must follow it. Nested descriptions ("bordering the country whose …") are
read by the reader that is passed in.
"""

import re
from collections.abc import Callable

from .forms import BARE_FORMS, FIRST_FORMS, FORMS, Form
from .names import STOPS, read_name, read_region, read_words
from .nodes import Asked, Clue, Named, Node, Relation

ReadNodes = Callable[[str, int], tuple[tuple[Node, ...], int] | None]
"""Reads entities, each a name or a description, at a place of a text; returns them and their end."""

_JOIN = re.compile(r"\s*,?\s*(?:(?:and|but|yet|while)\s+(?:also\s+)?)?(?:it\s+)?", re.IGNORECASE)
_BARE = re.compile(r"\s*,?\s*(?:and|but)\s+(?:its\s+|the\s+)?", re.IGNORECASE)
_AND = re.compile(r"\s*(?:,\s*and|,|and|&)\s+(?:also\s+)?(?:the\s+)?", re.IGNORECASE)
_SEVERAL = re.compile(r"\b(?:capitals|capital\s+cities|currencies)\b", re.IGNORECASE)
_NO_VALUE = re.compile(
    r"(?:names?|letters?|lettering|capitals|bold|italics?|serif|sans|script|cursive|handwriting|handwritten|large|small"
    r"|big|huge|tiny|flag|title|caption|label|capital|currency|language|neighbou?rs?|borders?|coast)\b",
    re.IGNORECASE,
)
"""How something is written, never a value: "with its currency in bold", "the currency's name"."""
_LANGUAGE = re.compile(r"[^\W\d_][\w'’-]*")
_NO_LANGUAGE = frozenset("the a an its their one it they this that many several two both only language".split())


def read_clauses(text: str, pos: int, *, read_nodes: ReadNodes) -> tuple[list[Clue], int]:
    """Every clause that follows `pos`, joined by commas and "and", with the end of the last."""
    clues: list[Clue] = []
    for _ in range(6):
        join = _JOIN.match(text, pos)
        start = join.end() if join else pos
        read = _read_clause(text, start, FORMS, read_nodes=read_nodes)
        if read is None and clues and (bare := _BARE.match(text, pos)):
            read = _read_clause(text, bare.end() - _its_before(bare), FORMS, read_nodes=read_nodes)
        if read is None:
            read = _read_clause(text, start, BARE_FORMS if clues else FIRST_FORMS, read_nodes=read_nodes)
        if read is None:
            break
        clue, after = read
        if clue.relation is Relation.CAPITAL and any(one.relation is Relation.CAPITAL for one in clues):
            break  # a second capital is that of another country, which is described around this one
        clues.append(clue)
        pos = after
    return clues, pos


def _its_before(bare: re.Match[str]) -> int:
    """How far to step back so that "and its currency is" keeps its "its"."""
    article = re.search(r"(?:its|the)\s+$", bare[0], re.IGNORECASE)
    return len(article[0]) if article else 0


def _read_clause(text: str, pos: int, forms: tuple[Form, ...], *, read_nodes: ReadNodes) -> tuple[Clue, int] | None:
    for form in forms:
        before = form.before.match(text, pos)
        if not before or before.end() == pos:
            continue
        if _NO_VALUE.match(text, before.end()):
            continue
        kind = f"{form.value}s" if form.value in {"name", "money"} and _SEVERAL.search(before[0]) else form.value
        read = _read_value(text, before.end(), kind=kind, read_nodes=read_nodes)
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
        case "names" | "moneys":
            return _read_several(text, pos, read_name if kind == "names" else _read_money)
        case "unit":
            read = _read_unit(text, pos)
        case "money":
            read = _read_money(text, pos)
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


def _read_several(
    text: str, pos: int, read_one: Callable[[str, int], tuple[str, int] | None]
) -> tuple[tuple[Node, ...], int] | None:
    """Values after "capitals are" and "currencies are": one for each of several countries."""
    values: list[Node] = []
    end = pos
    while len(values) < 4 and (read := read_one(text, pos)):
        values.append(Named(name=read[0]))
        end = read[1]
        joined = _AND.match(text, end)
        if not joined or not (text[joined.end() : joined.end() + 1].isupper() or joined[0].endswith("the ")):
            break
        pos = joined.end()
    return (tuple(values), end) if values else None


def _read_money(text: str, pos: int) -> tuple[str, int] | None:
    return read_words(text, pos, most=5)


def _read_unit(text: str, pos: int) -> tuple[str, int] | None:
    """One small word that a stop word or a mark follows: what "the country with the ringgit" has."""
    word = re.compile(r"([a-zà-ÿ]{3,})\s*([^\W\d_]+|[,.;:!?]|$)").match(text, pos)
    if not word or word[1] in STOPS or (word[2].isalpha() and word[2].lower() not in STOPS):
        return None
    return word[1], word.end(1)


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
    return re.compile(r"[^\S\n]*(?:$|[^\w ]|(?i:[a-z]+)\b)").match(text, end) is not None
