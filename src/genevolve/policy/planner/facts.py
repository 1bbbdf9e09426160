"""Takes facts out of what searches returned, sentence by sentence.

Reads the regular sentences of the bundled atlas and the usual forms of
encyclopedias ("X is the capital and largest city of Y", "the official currency
of Y is the X", "Y shares borders with A to the north and B to the east").
A sentence that begins with "It" or "Its" speaks of its document's title.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from ...language.text import fold
from .names import bare_name, region_key, split_list
from .nodes import Relation
from .observations import Document

MAX_SENTENCE = 1500
"""Longer ones are no prose; they are cut here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A country, how it is related, and to what; with the sentence that says so."""

    subject: str
    relation: Relation
    value: str
    sentence: str


_N = r"[^.;:!?\n()]{2,90}?"
_LIST = r"[^.;:!?\n]{2,1400}"
_AUTHORITY = (
    r"(?:(?:the|a|an|one of the|its|current|official|national|sole|only|main|also"
    r"|de facto|administrative|legislative|executive|judicial)\s+)*"
)
_CAPITAL = (
    r"(?:capital(?:\s+city)?|seat of government)(?:\s*(?:,"
    r"|and)\s*(?:the\s+)?(?:[\w-]+\s+){0,4}(?:city|town|port|cent(?:re|er)))?"
)
_MONEY = r"(?:currency|currencies|legal tender|unit of currency|monetary unit)"
_LANGUAGE = r"(?:official|national|main|primary|sole|working)?\s*languages?"
_TAIL = r"(?:,\s+(?:an?|the|which|where|and|in)\b[^.]*)?"
_ITS_VALUE = re.compile(
    rf"^(?:(?:Its|The country['’]s|(?P<own>{_N})['’]s?)\s+(?:(?:official|national|largest|current|only)\s+)*"
    r"(?:(?P<capital>capitals?(?:\s+city)?(?:\s+and\s+largest\s+city)?)"
    rf"|(?P<money>{_MONEY})|(?P<language>languages?)|(?P<demonym>demonyms?)"
    r"|(?P<alias>name)|(?P<borders>(?:land\s+)?neighbou?rs?))\s+(?:is"
    rf"|are)\s+(?P<value>{_LIST}))$"
)
_OF_VALUE = re.compile(
    r"^The\s+(?:(?:official|national|current|sole|only"
    rf"|main)\s+)*(?:(?P<capital>{_CAPITAL})|(?P<money>{_MONEY})"
    rf"|(?P<language>languages?))\s+(?:of|in|used in)\s+(?P<subject>{_N})\s+(?:is"
    rf"|are)\s+(?P<value>{_LIST})$"
)
_VALUE_OF = re.compile(
    rf"^(?:The\s+)?(?P<value>{_N})(?:\s*\([^)]*\))?(?:,[^,]*,)?\s+(?:is"
    rf"|are)\s+{_AUTHORITY}(?:(?P<capital>{_CAPITAL})|(?P<money>{_MONEY})"
    rf"|(?P<language>{_LANGUAGE}))\s+(?:of|in)\s+(?:\d+\s+(?:countries|territories"
    rf"|countries and territories):\s*)?(?P<subjects>{_LIST})$"
)
_SPOKEN = re.compile(
    rf"^(?P<value>{_N})\s+is\s+(?:also\s+)?(?:widely\s+"
    rf"|mainly\s+)?spoken\s+in\s+(?:\d+\s+[\w\s]+?:\s*)?(?P<subjects>{_LIST})$"
)
_PROPER = r"[A-ZÀ-Þ][\w'’-]*(?:\s+(?:(?:of|the|de|del|da|la|le|and)\s+)?[A-ZÀ-Þ][\w'’-]*){0,4}"
_APPOSED = re.compile(
    rf"(?P<value>{_PROPER}),\s+(?:the|a)\s+capital(?:\s+city)?\s+of\s+(?P<subject>(?:the\s+)?{_PROPER})"
)
_CAPITAL_AT = re.compile(r"capital(?:\s+city)?(?:\s+(?:is|at|in)|:|\s*\()\s*(?P<value>[A-ZÀ-Þ][\w'’ -]{1,60})")
_IT_BORDERS = re.compile(
    rf"^(?P<subject>It|The country|{_N})\s+(?:(?:is\s+)?(?:also\s+)?"
    r"(?:completely\s+|entirely\s+)?(?P<verb>bordered|surrounded|borders|bounded"
    r"|enclosed)(?:\s+by)?(?:\s+only)?|(?:shares"
    rf"|has)\s+(?:\w+\s+){{0,3}}borders?\s+with)\s+(?P<value>{_LIST})$"
)
_BORDERING = re.compile(
    r"(?:bordered|bordering|surrounded|enclosed)\s+(?:on\s+all\s+sides\s+)?by\s+"
    rf"(?P<value>{_LIST})$|,\s+bordering\s+(?P<other>{_LIST})$"
)
_THAT_BORDER = re.compile(
    rf"^The\s+(?:only\s+)?countr(?:y|ies)\s+that\s+borders?\s+(?P<subject>{_N})\s+"
    rf"(?:is|are)\s+(?P<value>{_LIST})$"
)
_IS_A_COUNTRY = re.compile(
    rf"^(?P<subject>{_N})(?:\s*\([^)]*\))?(?:,[^.]{{0,200}}?,)?\s+(?:is"
    rf"|are)\s+an?\s+(?P<kind>(?:[\w-]+\s+){{0,6}}?)(?:country|nation|state"
    rf"|republic|kingdom|monarchy|territory|part)\b(?P<rest>[^.]{{0,400}})$"
)
_REGION_OF = re.compile(r"\b(?:in|of)\s+(?:the\s+)?(?P<region>(?:[A-Z][\w-]+)(?:\s+[A-Z][\w-]+)*)")
_IT_HAS = re.compile(rf"^It has \d+ (?:countries|country|territories|territory): (?P<value>{_LIST})$")
_OTHER_LANGUAGES = re.compile(
    r"^(?:Another|Other)\s+languages?\s+(?:widely\s+)?spoken\s+there\s+(?:is"
    rf"|are)\s+(?P<value>{_LIST})$"
)
_KNOWN_AS = re.compile(rf"^It is (?:also |formerly )?(?:known|called) (?:as )?(?P<value>{_LIST})$")
_SPEAKS = re.compile(
    rf"^(?:It|(?P<subject>{_N}))\s+(?:uses|pays in"
    rf"|pays with)\s+the\s+(?P<value>{_N})(?:\s+as\s+its\s+currency)?$"
)
_GROUPS = {"capital": Relation.CAPITAL, "money": Relation.CURRENCY, "language": Relation.LANGUAGE}
_SINGLE = {"demonym": Relation.DEMONYM, "alias": Relation.ALIAS, "borders": Relation.BORDERS}
# A full stop ends a sentence unless an initial or a short title stands before it ("St. Lucia", "U.S.").
_SENTENCE_END = re.compile(
    r"(?<![A-Z]\.[A-Z])(?<!\bSt)(?<!\bSte)(?<!\bMt)(?<!\bDr)(?<!\b[A-Z])[.!?](?=\s"
    r"|$)|\n|\s…\s|\.\.\."
)


def read_facts(documents: Iterable[Document]) -> tuple[Fact, ...]:
    """Every fact in the documents' titles and snippets, in order."""
    return tuple(fact for document in documents for fact in _facts_of(document.title, document.snippet))


@lru_cache(maxsize=512)
def _facts_of(title: str, snippet: str) -> tuple[Fact, ...]:
    subject = clean_title(title)
    facts: dict[tuple[str, Relation, str], Fact] = {}
    for raw in _SENTENCE_END.split(snippet)[:80]:
        sentence = " ".join(raw[:MAX_SENTENCE].split())
        for said_of, relation, said in _read(sentence, subject):
            who, value = bare_name(said_of), bare_name(said)
            if who and value:
                fact = Fact(subject=who, relation=relation, value=value, sentence=_told(sentence, subject))
                facts.setdefault((who, relation, value), fact)
    return tuple(facts.values())


def _told(sentence: str, subject: str) -> str:
    """The sentence with its subject, where it says only "it"."""
    return re.sub(r"^It(?P<s>s?)\b", lambda m: f"{subject}'s" if m["s"] else subject, sentence)


def clean_title(title: str) -> str:
    """A document's title without the site's name and what is in brackets."""
    bare = re.split(r"\s+[-–—|·]\s+", title.strip())[0]
    return re.sub(r"^(?:File|Category|Image):|\s*\([^)]*\)\s*$|\.(?:html?|md|txt|pdf)$", "", bare).strip()


def _read(sentence: str, title: str) -> Iterator[tuple[str, Relation, str]]:
    """The triples of one sentence."""
    if match := _ITS_VALUE.match(sentence):
        subject = match["own"] or title
        name = next(n for n in ("capital", "money", "language", "demonym", "alias", "borders") if match[n])
        for value in _values(match["value"]):
            yield subject, (_GROUPS | _SINGLE)[name], value
    elif match := _OF_VALUE.match(sentence):
        for value in _values(match["value"]):
            yield match["subject"], _GROUPS[_group(match)], value
    elif match := _THAT_BORDER.match(sentence):
        for value in split_list(match["value"]):
            yield match["subject"], Relation.BORDERS, value
    elif match := _IT_HAS.match(sentence):
        for value in split_list(match["value"]):
            yield value, Relation.REGION, title
            if "territor" in sentence[: match.start("value")]:
                yield value, Relation.TERRITORY, "territory"
    elif match := _VALUE_OF.match(sentence):
        for subject in _subjects(match["subjects"]):
            yield subject, _GROUPS[_group(match)], match["value"]
    elif match := _SPOKEN.match(sentence):
        for subject in _subjects(match["subjects"]):
            yield subject, Relation.LANGUAGE, match["value"]
    elif match := _OTHER_LANGUAGES.match(sentence):
        for value in split_list(match["value"]):
            yield title, Relation.LANGUAGE, value
    elif match := _KNOWN_AS.match(sentence):
        for value in split_list(match["value"]):
            yield title, Relation.ALIAS, value
    elif match := _SPEAKS.match(sentence):
        yield match["subject"] or title, Relation.CURRENCY, match["value"]
    yield from _loose(sentence, title)


def _loose(sentence: str, title: str) -> Iterator[tuple[str, Relation, str]]:
    """Triples that stand inside a longer sentence."""
    if match := _IT_BORDERS.match(sentence):
        subject = title if match["subject"] in {"It", "The country"} else match["subject"]
        for value in split_list(_landward(match["value"])):
            yield subject, Relation.BORDERS, value
    if match := _IS_A_COUNTRY.match(sentence):
        subject = match["subject"] if match["subject"] != "It" else title
        if "landlocked" in match["kind"].lower() or "landlocked" in match["rest"].lower():
            yield subject, Relation.LANDLOCKED, "landlocked"
        if re.search(r"\b(?:territory|part)\b", match[0][match.end("kind") : match.start("rest")]):
            yield subject, Relation.TERRITORY, "territory"
        for region in _REGION_OF.finditer(match["rest"]):
            yield subject, Relation.REGION, region["region"]
        if bordering := _BORDERING.search(match["rest"]):
            for value in split_list(_landward(bordering["value"] or bordering["other"])):
                yield subject, Relation.BORDERS, value
    if sentence.lower().startswith(("it is landlocked", "the country is landlocked")):
        yield title, Relation.LANDLOCKED, "landlocked"
    for match in _APPOSED.finditer(sentence):
        yield match["subject"], Relation.CAPITAL, match["value"]
    if not _GROUP_START.match(sentence) and (match := _CAPITAL_AT.search(sentence)):
        yield title, Relation.CAPITAL, match["value"]


_GROUP_START = re.compile(r"^(?:The\s+(?:\w+\s+)?capital|Its\s|[A-ZÀ-Þ][\w'’ -]{1,60}['’]s?\s)")


def _group(match: re.Match[str]) -> str:
    return next(name for name in _GROUPS if match[name])


def _values(text: str) -> list[str]:
    text = re.sub(r",\s+(?:a|an|the|which|where|with|and\s+its)\s.*$", "", text)
    return split_list(text)


def _subjects(text: str) -> list[str]:
    """Countries of a list; an explanation in apposition ("…, a country in Western Africa") is no member."""
    text = re.sub(
        r",\s+(?:an?\s+(?:\w+\s+){0,3}?(?:country|territory|part|nation|island"
        r"|sovereign|state)\b|which\b|where\b|as well as\b).*$",
        "",
        text,
    )
    return split_list(re.sub(r"^(?:the\s+)?(?:Republic|Kingdom|State)\s+of\s+(?=(?!the\s+Congo)[A-Z])", "", text))


def _landward(text: str) -> str:
    """A list of neighbours without directions and seas."""
    text = re.sub(r"\s+(?:to|in|on|along)\s+(?:the|its)\s+(?:far\s+)?(?:north|south|east|west)[\w-]*", "", text)
    text = re.sub(r";.*$", "", text)
    return re.sub(r"(?:,|\s+and)\s+(?:by\s+)?the\s+[\w\s]+?\b(?:Ocean|Sea|Gulf|Bay)\b(?:\s+of\s+\w+)?", "", text)


def same_name(one: str, other: str) -> bool:
    """Whether two spellings name the same thing: accents, articles and case aside."""
    return comparable(one) == comparable(other)


def value_matches(relation: Relation, wanted: str, found: str) -> bool:
    """Whether a value in evidence is what a clue says; "lempira" is the "Honduran lempira"."""
    if relation is Relation.REGION:
        return region_key(wanted) == region_key(found) or region_key(found).endswith(f" {region_key(wanted)}")
    wanted_key, found_key = comparable(wanted), comparable(found)
    if wanted_key == found_key:
        return True
    if relation is Relation.CURRENCY:
        singular = wanted_key.removesuffix("s")
        if found_key == singular or found_key.endswith((f" {wanted_key}", f" {singular}")):
            return True
        # The adjective names the country, however its unit is spelled: "Mongolian tögrög", "Mongolian tugrik".
        nation = wanted_key.rpartition(" ")[0]
        return len(nation) > 4 and nation == found_key.rpartition(" ")[0]
    if relation is Relation.DEMONYM:
        return wanted_key.removesuffix("s") == found_key.removesuffix("s")
    return _nearly(wanted_key, found_key)


_STROKED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"})


def plain(name: str) -> str:
    """A name folded, also where a letter with a stroke has no accent to remove ("złoty")."""
    return fold(name).translate(_STROKED)


@lru_cache(maxsize=4096)
def comparable(name: str) -> str:
    """A name in the form in which its spellings are equal."""
    folded = re.sub(r"[^\w\s]", " ", plain(re.sub(r"\([^()]*\)", "", name)).replace("'", ""))
    folded = re.sub(r"^(?:the|a|an)\s+", "", " ".join(folded.split()))
    return re.sub(r"\bst\b", "saint", folded).removesuffix(" city") or folded


def _nearly(one: str, other: str) -> bool:
    """One letter wrong, missing or doubled in a name of seven letters or more: a slip of the pen."""
    if min(len(one), len(other)) < 7 or abs(len(one) - len(other)) > 1 or one[0] != other[0]:
        return False
    short, long = sorted((one, other), key=len)
    at = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    return short[at:] == long[at + 1 :] if len(short) != len(long) else short[at + 1 :] == long[at + 1 :]
