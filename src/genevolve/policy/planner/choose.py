"""Chooses among the images that were found, by how well a title says what was wanted.

A picture is accepted only if its title holds the whole name; one whose title
says more than was asked ("Flag of Equatorial Guinea" for Guinea) is refused.
No reference is better than a wrong one.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ...language.nouns import singular
from ...language.text import fold
from .names import spoken
from .nodes import Attribute
from .observations import Picture

ACCEPTED = 0.6
"""Scores below this are refused."""

_KINDS: dict[Attribute | None, tuple[frozenset[str], ...]] = {
    Attribute.FLAG: (frozenset({"flag"}), frozenset({"ensign"})),
    Attribute.MAP: (frozenset({"map"}),),
    Attribute.ARMS: (frozenset({"coat", "arm"}), frozenset({"arms"}), frozenset({"emblem"})),
}
_KIND_WORDS = frozenset(
    "flag ensign map coat arm arms emblem locator logo icon stub signature seal diagram banner".split()
)
_STOPS = frozenset("the of a an and in on at for s d la le el file image picture photo photograph".split())
_NEUTRAL = frozenset(
    "svg png jpg jpeg webp gif national official state country vector wikipedia "
    "wikimedia commons free hd large full emoji x px "
    "republic kingdom high resolution colour color waving new current".split()
)
_PAST = re.compile(
    r"\b(?:former|historical|historic|proposed|proposal|old|obsolete|colonial"
    r"|civil|naval|war|variant|fictional|alternative|monochrome|outline|unofficial"
    r"|1[5-9]\d\d|20[01]\d)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A picture to look for."""

    name: str
    """What it must show."""
    kind: Attribute | None = None
    """A flag, a map, a coat of arms of it; none for the thing itself."""

    @property
    def title(self) -> str:
        """What it is called in a sentence."""
        return f"{self.kind.value} of {self.name}" if self.kind else self.name

    @property
    def spoken(self) -> str:
        """The same inside a sentence."""
        return f"the {self.kind.value} of {spoken(self.name)}" if self.kind else self.name

    @property
    def queries(self) -> tuple[str, ...]:
        """What to ask an image search, best first."""
        if self.kind:
            return (f"{self.kind.value} of {self.name}", f"{self.name} {self.kind.value}")
        return (self.name, f"photo of {self.name}")


def choose(wanted: Wanted, pictures: Iterable[Picture], *, choice: int = 0) -> Picture | None:
    """The picture that shows what is wanted; among equally good ones, the one that `choice` counts to."""
    scored = [(score(wanted, picture), picture) for picture in pictures]
    good = [pair for pair in scored if pair[0] >= ACCEPTED]
    if not good:
        return None
    best = max(value for value, _ in good)
    equal = [picture for value, picture in good if value >= best - 1e-9]
    return equal[choice % len(equal)]


def score(wanted: Wanted, picture: Picture) -> float:
    """How well the title says what is wanted, from 0 to 1."""
    title, name = _tokens(picture.title), _tokens(wanted.name)
    if not name or not name <= title:
        return 0.0
    said = title - name
    if wanted.kind:
        kind = next((kind for kind in _KINDS[wanted.kind] if kind <= said), None)
        if kind is None:
            return 0.0
        extra = said - kind - _NEUTRAL
        value = 1.0 - 0.45 * len(extra)
    else:
        if said & _KIND_WORDS - name:
            return 0.0
        value = 1.0 - 0.06 * len(said - _NEUTRAL)
    if _PAST.search(fold(picture.title)) and not _PAST.search(fold(wanted.name)):
        value -= 0.3
    return max(value, 0.0)


def _tokens(text: str) -> frozenset[str]:
    cleaned = re.sub(r"\.(?:svg|png|jpe?g|webp|gif|tiff?)\b", "", fold(text).replace("'s ", " "))
    found = re.findall(r"[^\W_]+", cleaned)
    return frozenset(singular(token) for token in found if token not in _STOPS)
