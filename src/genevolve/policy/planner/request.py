"""Reads a request by the planner's own rules: what it names, counts, places, letters and leaves to be found out.

Rules see words, not meaning: what no rule reads stays in the program as the
user wrote it.
"""

import re
from dataclasses import dataclass

from ...language.colours import find_colours
from ...language.positions import Place, find_arrangements, find_places, find_relations
from ...language.quotes import Quote, find_quotes
from ...language.text import fold, well_formed
from . import words
from .counts import Counted, find_counted
from .nodes import Asked, Attribute, Found
from .relations import find_unknowns

READ_CHARS = 6000
"""Rules read this far; what a longer request says after it is kept in its own words."""

_TEXT_ROLE = re.compile(
    r"\b(?:titled?|subtitle|captions?|captioned|labels?|labelled|labeled|headline"
    r"|heading|slogan|lettering|inscription|inscribed|engraved|logo|sign|words?"
    r"|text|phrase|saying|"
    r"says|reads|reading|written|spelled|spelling|spells|message|tagline|motto)\b",
    re.IGNORECASE,
)
_NO_TEXT = re.compile(
    r"\b(?:no|without(?:\s+any)?)\s+(?:text|words|lettering|letters|writing"
    r"|caption|title)s?\b",
    re.IGNORECASE,
)
_ABSENT = re.compile(
    r"\b(?:no|without(?:\s+any)?|free\s+of)\s+(?!one\b|longer\b|more\b|text\b"
    r"|words\b|bigger\b|smaller\b|other\b)[a-z]+s?\b",
    re.IGNORECASE,
)
_EXACTLY_ONE = re.compile(r"\b(?:exactly|only|just)\s+(?:one|1|a\s+single)\s+[a-z]", re.IGNORECASE)
_DEPTH = re.compile(
    r"\b(?:in\s+the\s+(?:back|fore)ground|on\s+top\s+of|underneath|hidden\s+by"
    r"|on\s+the\s+above|on\s+the\s+below|in\s+the\s+distance|on\s+side\s+of"
    r"|on\s+the\s+bottom\s+of)\b",
    re.IGNORECASE,
)
_UNQUOTED = (
    re.compile(
        r"\b(?:the\s+)?(?:words?|text|letters?|name"
        r"|phrase)\s+(?P<said>[A-Z][A-Z0-9!?&'’]+(?:\s+[A-Z0-9][A-Z0-9!?&'’]*){0,7})\b"
        r"(?!['’])"
    ),
    re.compile(
        r"\b(?:titled|entitled|captioned|headlined|labelled|labeled)\s+(?!(?:with|as"
        r"|by|in|the|a|an)\b)(?P<said>[A-ZÀ-Þ][\w'’!?&-]*(?:\s+"
        r"(?:[A-ZÀ-Þ0-9][\w'’!?&-]*|of|the|and|in|to|for|de|la)(?=\s|$|[,.;])){0,7})"
    ),
    re.compile(
        r"\b(?:says?|saying|reads?|reading)\s+(?P<said>[A-Z][A-Z0-9!?&'’]+"
        r"(?:\s+[A-Z0-9][A-Z0-9!?&'’]*){0,7})\b(?!['’])"
    ),
    re.compile(
        r"\b(?:sign|label|placard|sticker|badge|neon)\s+(?:that\s+)?(?:says|saying"
        r"|reads|reading)\s+(?P<said>[a-z][\w'’]*(?:\s+[\w'’]+){0,3}?)(?=\s*(?:[,.;!?]"
        r"|$)|\s+(?:in|on|at|with|above|below|and|over|under|next|hanging|standing)\b)",
        re.IGNORECASE,
    ),
)
_NAME = re.compile(
    r"(?<![\w'’-])[^\W\d_a-zß-öø-ÿ][\w'’]*(?:[-.][\w'’]+)*(?:\s+(?:(?:of|the|de|da"
    r"|di|del|la|le|van|von|der|el|al)\s+){0,2}[^\W\d_a-zß-öø-ÿ][\w'’]*"
    r"(?:-[\w'’]+)*){0,4}"
)
_STYLE_OF = re.compile(r"(?:style\s+of|by|inspired\s+by|à\s+la|like\s+an?)\s+(?:the\s+)?$", re.IGNORECASE)
_SPOKEN = re.compile(r"\b(?:speak|speaks|speaking|talk)\s+$", re.IGNORECASE)
_LOWER_PLACES = re.compile(
    r"\b(?:eiffel tower|grand canyon|golden gate bridge|statue of liberty"
    r"|great wall of china|great pyramid|taj mahal|big ben|mount fuji"
    r"|mount everest|times square|"
    r"niagara falls|machu picchu|stonehenge|colosseum|hagia sophia"
    r"|sydney opera house|brandenburg gate|leaning tower of pisa"
    r"|sagrada familia)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettering:
    """Words to be set in the picture, as the request has them."""

    text: str
    start: int
    end: int
    quoted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """Something called by its name, of which a picture may be found."""

    name: str
    start: int
    end: int
    is_style: bool = False
    """It stands for a manner ("in the style of Van Gogh") and is not to be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the rules found in a request."""

    text: str
    """The part that was read, with lone surrogates made storable."""
    rest: str
    """What followed it, unread."""
    letterings: tuple[Lettering, ...]
    counted: tuple[Counted, ...]
    unknowns: tuple[Found, ...]
    names: tuple[Name, ...]
    bindings: tuple[tuple[str, str], ...]
    """Attribute and noun: ("red", "stars"), each pair once."""
    places: tuple[Place, ...]
    is_placed: bool
    """Something is placed on the canvas, by another thing, or in an arrangement."""
    is_absent: bool
    """Something must not be there."""
    wants_text: bool
    """Words are to be read in the picture."""

    @property
    def bare(self) -> str:
        """The text with its lettering blanked."""
        return blanked(self.text, [(one.start, one.end) for one in self.letterings])

    @property
    def free(self) -> str:
        """The text with its lettering and its unknowns blanked: what is to be drawn as it is said."""
        return blanked(self.bare, [(one.start, one.end) for one in self.unknowns])


def read_request(text: str) -> Reading:
    """What a request asks for, as far as rules can tell; never fails."""
    text = well_formed(text)
    text, rest = _cut(text)
    letterings = _letterings(text)
    bare = blanked(text, [(one.start, one.end) for one in letterings])
    unknowns = tuple(find_unknowns(bare))
    free = blanked(bare, [(one.start, one.end) for one in unknowns])
    return Reading(
        text=text,
        rest=rest,
        letterings=tuple(letterings),
        counted=tuple(find_counted(free)),
        unknowns=unknowns,
        names=tuple(_names(free)),
        bindings=tuple(_bindings(free)),
        places=tuple(place.means for place in find_places(free) if isinstance(place.means, Place)),
        is_placed=_is_placed(free),
        is_absent=bool(_ABSENT.search(free) or _EXACTLY_ONE.search(free)),
        wants_text=_wants_text(letterings, unknowns, bare),
    )


def blanked(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with the spans made spaces, so that offsets stay true."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def is_lettering(found: Found, bare: str) -> bool:
    """Whether what a phrase leads to is to be written rather than seen: "with its capital as the title"."""
    if found.as_text:
        return True
    before = re.split(r"[.;,!?]", bare[max(0, found.start - 45) : found.start])[-1]
    owner = re.search(r"\b(\w+)\s+(?:of|for|from|in)\s+$", before)
    if owner and not _TEXT_ROLE.fullmatch(owner[1]) and owner[1].lower() not in {"name", "names", "type"}:
        return False  # "the anthem of the country whose …": something else of it is written
    after = bare[found.end : found.end + 45]
    return bool(
        _ROLE_BEFORE.search(before)
        or re.search(r"\b(?:write|writes|writing|spell|spells|letter|type|print)\s+(?:out\s+|down\s+)?$", before, re.I)
        or _SET_AFTER.match(re.split(r"[.;!?,]", after)[0])
        or _SET_AFTER_COMMA.match(after)
        or (_is_word(found) and _TYPE_AFTER.match(re.split(r"[.;!?,]", after)[0]))
    )


_ROLE_BEFORE = re.compile(
    rf"{_TEXT_ROLE.pattern}(?:\s+(?:is|being|of|with|in|by|for|as|just|only|simply"
    r"|giving|showing|naming|stating|:|the|that|gives|names|shows|states|text|word"
    r"|words|name))*\s*:?\s*$",
    re.IGNORECASE,
)
_WRITTEN = r"(?:written|spelled|spelt|printed|lettered|engraved|typed|inscribed|captioned)"
_SET_AFTER = re.compile(
    r"\s*(?:(?:as|for)\s+(?:the\s+|a\s+|its\s+|an\s+)?(?:[\w-]+\s+){0,3}?(?:title"
    r"|caption|label|headline|heading|text|words?|slogan|lettering|inscription"
    rf"|sign)\b|(?:is\s+|are\s+)?(?:{_WRITTEN}|set)\b|in\s+(?:[\w-]+\s+){{0,3}}?"
    r"(?:serif|sans|letters|handwriting|chalk|neon|calligraphy|type"
    r"|font|script|capitals|lettering|typeface|italics?|blackletter)\b)",
    re.IGNORECASE,
)
_SET_AFTER_COMMA = re.compile(rf"\s*,\s*{_WRITTEN}\b", re.IGNORECASE)
_TYPE_AFTER = re.compile(
    r"\s*in\s+(?:[\w-]+\s+){0,2}?(?:bold|italic|cursive|gothic|condensed|uppercase)\b", re.IGNORECASE
)


def _is_word(found: Found) -> bool:
    """What is asked for is a word and can hardly be seen: a currency, a language."""
    words = {Attribute.CURRENCY, Attribute.LANGUAGE, Attribute.DEMONYM, Attribute.CAPITAL}
    return all(isinstance(node, Asked) and node.attribute in words for node in found.nodes)


def _cut(text: str) -> tuple[str, str]:
    if len(text) <= READ_CHARS:
        return text, ""
    at = max(text.rfind(mark, READ_CHARS // 2, READ_CHARS) for mark in (". ", "\n", ", ", " "))
    at = at + 1 if at > 0 else READ_CHARS
    return text[:at], text[at:]


def _letterings(text: str) -> list[Lettering]:
    quotes = [quote for quote in find_quotes(text) if not _names_a_value(text, quote)]
    found = [Lettering(text=quote.text, start=quote.start, end=quote.end) for quote in quotes]
    bare = blanked(text, [(one.start, one.end) for one in found])
    for pattern in _UNQUOTED:
        for match in pattern.finditer(bare):
            start, end = match.span("said")
            if not any(one.start < end and start < one.end for one in found):
                found.append(Lettering(text=match["said"].strip(), start=start, end=end, quoted=False))
    return sorted(found, key=lambda one: one.start)


def _names_a_value(text: str, quote: Quote) -> bool:
    """The quotation marks stand around a clue's value: the country whose capital is "Dakar"."""
    before = text[max(0, quote.start - 40) : quote.start]
    return bool(
        re.search(
            r"\b(?:capital|capital city|currency|language|seat of government)\s+(?:is"
            r"|called|named|is called|is named)\s+(?:the\s+)?$|\b(?:country"
            r"|nation)\s+(?:called|named)\s+$",
            before,
            re.IGNORECASE,
        )
    )


def _names(bare: str) -> list[Name]:
    found: list[Name] = []
    for match in _NAME.finditer(bare):
        name = match[0].removesuffix("'s").removesuffix("’s").rstrip(".,'’")
        starts_sentence = not bare[: match.start()].strip() or bool(
            re.search(r"[.!?:\n]\s*$", bare[max(0, match.start() - 4) : match.start()])
        )
        words_ = name.split()
        while words_ and (
            fold(words_[0]) in words.NOT_NAMES or (starts_sentence and len(words_) > 1 and _is_plain(words_[0]))
        ):
            name = name[len(words_[0]) :].lstrip()
            words_ = words_[1:]
            starts_sentence = False
        if not words_ or (starts_sentence and len(words_) == 1) or (name.isupper() and len(name) > 4) or len(name) < 3:
            continue
        start = match.start() + match[0].index(name)
        if _SPOKEN.search(bare, max(0, start - 24), start):
            continue
        style = bool(_STYLE_OF.search(bare[max(0, start - 24) : start]))
        found.append(Name(name=name, start=start, end=start + len(name), is_style=style))
    for match in _LOWER_PLACES.finditer(bare):
        found.append(Name(name=match[0], start=match.start(), end=match.end()))
    return sorted(found, key=lambda one: one.start)[:12]


def _is_plain(word: str) -> bool:
    """A word that opens many sentences and begins no name."""
    return bool(
        words.STYLE.fullmatch(word)
        or words.PEOPLE.fullmatch(word)
        or words.ANIMAL.fullmatch(word)
        or words.SHEET.fullmatch(word)
    )


def _bindings(bare: str) -> list[tuple[str, str]]:
    """Colours, sizes, shapes and materials with the noun that each stands before."""
    spans = [(colour.start, colour.end, colour.name) for colour in find_colours(bare)]
    for pattern in (words.SIZE, words.SHAPE, words.MATERIAL):
        spans += [(match.start(), match.end(), match[0].lower()) for match in pattern.finditer(bare)]
    pairs: dict[tuple[str, str], None] = {}
    for _, end, attribute in sorted(spans):
        noun = _noun_after(bare, end)
        if noun:
            pairs[attribute, noun] = None
    return list(pairs)


def _noun_after(bare: str, end: int) -> str:
    """The last word of the noun phrase that an attribute opens; none where it stands after its noun."""
    for _ in range(4):
        match = re.compile(r"[\s,-]*(?:and\s+)?([^\W\d_][\w'’-]*)").match(bare, end)
        if not match or match[1].lower() in words.NOT_NAMES | {"background", "is", "are"}:
            return ""
        word = match[1]
        if (
            next(find_colours(word), None)
            or words.SIZE.fullmatch(word)
            or words.SHAPE.fullmatch(word)
            or words.MATERIAL.fullmatch(word)
        ):
            end = match.end()
            continue
        return word.lower()
    return ""


def _is_placed(bare: str) -> bool:
    settled = re.sub(
        r"\bin\s+the\s+(?:middle|center|centre)\s+of\s+(?:nowhere|the\s+night)\b"
        r"|\bover\s+(?:time|there)\b",
        "",
        bare,
        flags=re.IGNORECASE,
    )
    found = (*find_places(settled), *find_relations(settled), *find_arrangements(settled))
    return bool(found) or bool(_DEPTH.search(settled))


def _wants_text(letterings: list[Lettering], unknowns: tuple[Found, ...], bare: str) -> bool:
    if letterings or any(is_lettering(found, bare) for found in unknowns):
        return True
    return bool(
        re.search(
            r"\b(?:a|the|with|its)\s+(?:title|caption|headline|slogan|inscription)\b",
            _NO_TEXT.sub("", bare),
            re.IGNORECASE,
        )
    )
