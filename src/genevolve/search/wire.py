"""Reads what search services answer: fields that may be missing, null, of another kind, or full of HTML.

An answer that is not in the service's form at all is a failed search, and never
one without hits.
"""

import html
import re
from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from ..errors import SearchError
from .base import ImageHit, TextHit

Fields = dict[str, Any]
_T = TypeVar("_T", TextHit, ImageHit)

MAX_CHARS = 4000
"""Longer texts are cut before they are looked at."""

# Bounded, so that a page full of "<" costs no more than its length.
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]{0,15})(?:\s[^<>]{0,2000})?/?>")
_HIDDEN = re.compile(r"<(style|script)\b[^<>]{0,500}>[^<]{0,4000}</\1\s{0,3}>", re.IGNORECASE)
_INLINE = frozenset("a abbr b bdi big cite code em font i mark q s small span strong sub sup tt u".split())


def entries(answer: Any, *path: str, who: str) -> list[Fields] | None:
    """The objects of the list at a path; None where the path ends before it, or in null.

    Raises:
        SearchError: the answer is no object, or something else than a list stands there.
    """
    found = answer
    for name in path:
        if not isinstance(found, dict):
            raise SearchError(_other_form(who, path, found))
        found = cast(Fields, found).get(name)
        if found is None:
            return None
    if not isinstance(found, list):
        raise SearchError(_other_form(who, path, found))
    return [cast(Fields, entry) for entry in cast(list[Any], found) if isinstance(entry, dict)]


def required(answer: Any, *path: str, who: str) -> list[Fields]:
    """The objects of the list at a path that an answer of this service always has.

    Raises:
        SearchError: it is not there.
    """
    found = entries(answer, *path, who=who)
    if found is None:
        raise SearchError(_other_form(who, path, answer))
    return found


def inner(fields: Fields, name: str) -> Fields:
    """The object in a field; an empty one where there is none."""
    value = fields.get(name)
    return cast(Fields, value) if isinstance(value, dict) else {}


def text(fields: Fields, *names: str) -> str:
    """The first of these fields that has words, without HTML; "" where none has."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str) and (words := plain(value)):
            return words
    return ""


def address(fields: Fields, *names: str) -> str:
    """The first of these fields that is an http or https address, made whole; "" where none is."""
    for name in names:
        value = fields.get(name)
        if not isinstance(value, str):
            continue
        whole = html.unescape(value.strip())
        whole = f"https:{whole}" if whole.startswith("//") else whole
        if whole.lower().startswith(("http://", "https://")) and len(whole) <= MAX_CHARS:
            return whole
    return ""


def plain(words: str) -> str:
    """Text without HTML: tags removed, entities read, white space folded."""
    words = words[:MAX_CHARS]
    if "<" in words:
        words = _HIDDEN.sub(" ", words)
        words = _TAG.sub(lambda tag: "" if tag.group(1).lower() in _INLINE else " ", words)
    if "&" in words:
        words = html.unescape(words)
    return " ".join(words.split())


def is_drawing(url: str) -> bool:
    """Whether an address names an SVG drawing, which is not decoded here."""
    return ".svg" in url.lower() and urlsplit(url).path.lower().endswith((".svg", ".svgz"))


def picture_address(fields: Fields, *, picture: tuple[str, ...], thumbnail: tuple[str, ...] = ()) -> str:
    """The address of a picture, or of its thumbnail where the picture is a drawing that is not decoded."""
    url = address(fields, *picture)
    return (address(fields, *thumbnail) or url) if is_drawing(url) else url


def unlike(hits: Iterable[_T], *, by: Callable[[_T], Hashable], most: int) -> list[_T]:
    """The first hits that differ, at most so many; a hit without an address is left out."""
    different: dict[Hashable, _T] = {}
    for hit in hits:
        if by(hit):
            different.setdefault(by(hit), hit)
    return list(different.values())[:most]


def _other_form(who: str, path: tuple[str, ...], found: Any) -> str:
    return (
        f"{who} answered in a form that is not its own: expected a list under {'.'.join(path)!r}, "
        f"got {type(found).__name__}. Is its address right?"
    )
