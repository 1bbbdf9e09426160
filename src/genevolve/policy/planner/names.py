"""Where a name, a currency, a language or a region ends, as requests write them."""

import re

from ...language.text import fold

_TOKEN = re.compile(r"[^\W_](?:[\w'’]|[-.](?=\w))*")
_JOINERS = frozenset("of the de da do dos di del della la le el al du des d y e von van der den bin ibn".split())
_COMPOUNDS = frozenset(
    {
        "bosnia and herzegovina", "trinidad and tobago", "antigua and barbuda", "saint kitts and nevis",
        "st kitts and nevis", "st. kitts and nevis", "saint vincent and the grenadines",
        "st vincent and the grenadines",
        "st. vincent and the grenadines", "sao tome and principe", "turks and caicos islands", "wallis and futuna",
        "saint pierre and miquelon", "svalbard and jan mayen", "heard island and mcdonald islands",
        "south georgia and the south sandwich islands", "serbia and montenegro", "tristan and isolde",
        "saint helena, ascension and tristan da cunha",
    }
)  # fmt: skip
"""Names with an "and" of their own, which otherwise separates two names."""

STOPS = frozenset(
    "and or but as with without above below over under on onto in into inside at "
    "is are was for flying waving next beside "
    "behind before to from by which that whose where who while along between near of has have having used drawn draw "
    "painted shown made against around hanging fluttering titled title caption captioned labelled labeled plus then "
    "a an the its their surrounded printed placed set written please show paint standing sitting across through".split()
)
"""Words at which a value written in small letters ends."""

_DIRECTION = (
    r"(?:north|south|east|west|central|middle|northern|southern|eastern|western"
    r"|north[\s-]?east(?:ern)?|north[\s-]?west(?:ern)?"
    r"|south[\s-]?east(?:ern)?|south[\s-]?west(?:ern)?|sub-saharan|latin|mainland)"
)
_REGION = re.compile(
    rf"(?:the\s+)?(?:continent\s+of\s+)?(?:{_DIRECTION}\s+)?"
    r"(?:africa|asia|europe|americas?|oceania|antarctica|caribbean|balkans|baltics"
    r"|middle\s+east|near\s+east|scandinavia"
    r"|polynesia|micronesia|melanesia|australasia|maghreb|levant|pacific|horn\s+of\s+africa)(?:\s+continent)?\b",
    re.IGNORECASE,
)
_REGION_ADJECTIVE = re.compile(
    rf"(?:{_DIRECTION}[\s-]+)?(?:african|asian|european|american|oceanian|caribbean"
    r"|polynesian|melanesian|micronesian|scandinavian)\b",
    re.IGNORECASE,
)
_NOUN_OF = {
    "african": "africa", "asian": "asia", "european": "europe", "american": "america", "oceanian": "oceania",
    "polynesian": "polynesia", "melanesian": "melanesia", "micronesian": "micronesia", "scandinavian": "scandinavia",
}  # fmt: skip
_SAME_REGION = {
    "the middle east": "western asia", "middle east": "western asia", "near east": "western asia",
    "levant": "western asia", "scandinavia": "northern europe", "horn of africa": "eastern africa",
    "maghreb": "northern africa", "baltics": "northern europe", "north america": "northern america",
}  # fmt: skip
"""Popular regions, as the United Nations' region that holds them, in whose terms atlases speak; never exact."""


def read_name(text: str, pos: int) -> tuple[str, int] | None:
    """The name that begins at `pos`, with its end: capitalised words, or a few small ones before a stop word."""
    first = _TOKEN.match(text, pos)
    if not first:
        return None
    if not first[0][0].isupper() and not first[0][0].isdigit():
        return read_words(text, pos, most=3)
    end = first.end()
    end = _capitalised(text, end)
    name = text[pos:end]
    owner = re.match(r"[^'’]*(?:['’](?!s\s)[^'’]*)*(?=['’]s\s)", name)
    if owner and owner[0]:
        return owner[0], pos + owner.end()
    if name.endswith(("'s", "’s")):
        return name[:-2], end - 2
    return (name, end) if fold(name) not in STOPS else None


def read_words(text: str, pos: int, *, most: int) -> tuple[str, int] | None:
    """Up to `most` words before the first stop word or mark, with their end; None where there are none."""
    end = pos
    for _ in range(most):
        token = _TOKEN.match(text, end if end == pos else end + 1)
        if not token or (end != pos and (not text[end].isspace() or text[end] == "\n")):
            break
        word = token[0].lower()
        if word in STOPS or (word.endswith(("'s", "’s")) and end == pos and word[:-2] in STOPS):
            break
        end = token.end()
        if word.endswith(("'s", "’s")):
            return text[pos : end - 2], end - 2
    return (text[pos:end], end) if end > pos else None


def read_region(text: str, pos: int) -> tuple[str, int] | None:
    """The part of the world named at `pos`, with its end."""
    match = _REGION.match(text, pos)
    return (match[0], match.end()) if match else None


def read_region_adjective(text: str, pos: int) -> tuple[str, int] | None:
    """The part of the world that an adjective at `pos` speaks of ("West African"), with the adjective's end."""
    match = _REGION_ADJECTIVE.match(text, pos)
    if not match:
        return None
    head, _, last = match[0].lower().replace("-", " ").rpartition(" ")
    return f"{head} {_NOUN_OF.get(last, last)}".strip(), match.end()


def region_key(name: str) -> str:
    """A region's name in the form in which two spellings of it are equal ("West Africa", "Western Africa")."""
    key = re.sub(r"^the\s+|\bcontinent(?:\s+of)?\s*|[\s-]*continent$", "", fold(name)).strip()
    key = _SAME_REGION.get(key, key)
    key = re.sub(r"\b(north|south)[\s-]?(east|west)(?:ern)?\b", r"\1-\2", key)
    key = re.sub(r"(?<![\w-])(north|south|east|west)(?:ern)?(?![\w-])", r"\1", key)
    return {"central africa": "middle africa", "americas": "america", "sub-saharan africa": "africa"}.get(key, key)


def is_compound(name: str) -> bool:
    """Whether a name holds an "and" of its own."""
    return fold(name).removeprefix("the ") in _COMPOUNDS


def split_list(text: str) -> list[str]:
    """The members of "A", "A and B", "A, B and C" or "A, B, and C", articles and brackets removed."""
    text = re.sub(r"\([^()]*\)", "", text).strip(" .;:")
    if is_compound(text):
        return [text]
    if re.search(r",\s+and\s", text):
        parts = re.split(r",\s+(?:and\s+)?", text)
    else:
        *parts, last = re.split(r",\s+", text)
        parts += [last] if is_compound(last) else re.split(r"\s+(?:and|or)\s+(?:also\s+)?", last)
    return [bare for part in parts if (bare := bare_name(part))]


def bare_name(name: str) -> str:
    """A name without article, directions ("to the north") and marks around it."""
    name = re.split(r"\s+(?:to|in|on|along|across|from)\s+(?:the|its)\s", name, maxsplit=1)[0]
    name = name.strip(" .,;:\"“”'‘’*[]")
    return re.sub(r"^(?:the|only|also|both)\s+", "", name, flags=re.IGNORECASE).strip()


_ARTICLED = re.compile(
    r"(?:(?:united|solomon|marshall|cayman|cook|faroe|falkland|aland|åland|virgin"
    r"|canary|channel)\b.*|.*\b(?:islands|republic|states|emirates|kingdom)"
    r"|netherlands|philippines|bahamas|maldives|gambia|seychelles|comoros|vatican|isle of man"
    r"|(?:democratic )?republic of the congo|republic of .*|kingdom of .*|european union|us|usa|uk|uae)"
)


def spoken(name: str) -> str:
    """A country's name as it stands inside a sentence, with the article that some take."""
    return f"the {name}" if _ARTICLED.fullmatch(fold(name)) else name


def _capitalised(text: str, end: int) -> int:
    """Where the run of capitalised words that reached `end` stops."""
    for _ in range(7):
        ahead, words = end, ""
        for _ in range(3):
            if ahead >= len(text) or text[ahead] not in "  ":
                break
            token = _TOKEN.match(text, ahead + 1)
            if not token:
                break
            words, ahead = re.sub(r"^[dl]['’](?=[^\W\d_])", "", token[0]), token.end()
            if words.lower() not in _JOINERS or words[0].isupper():
                break
        if not words or not words[0].isupper():
            break
        end = ahead
    compound = re.compile(r" and (?:the )?\w+(?: \w+)?").match(text, end)
    if compound:
        near = max(end - 80, 0)
        start = max(near, *(text.rfind(mark, near, end) + 1 for mark in ("\n", ",", ";", ":")))
        for tail in (compound[0], compound[0].rsplit(" ", 1)[0]):
            whole = text[start:end] + tail
            if any(fold(whole).endswith(name) for name in _COMPOUNDS):
                return end + len(tail)
    return end
