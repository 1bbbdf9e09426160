"""Kinds of type as people name them: "bold serif", "typewriter", "hand-lettered", "old English"."""

import re
from collections.abc import Iterable

_FAMILIES: tuple[tuple[str, str], ...] = (
    (r"slab", "slab"),
    (r"sans|grotesque|helvetica|arial", "sans"),
    (r"serif|times|garamond|roman", "serif"),
    (r"mono|monospaced?|typewriter|typewritten|code", "monospace"),
    (r"script|cursive|calligraph\w*|swash", "script"),
    (r"handwrit\w*|hand-?\w*|chalk\w*|marker|brush\w*|scrawl\w*|scribbl\w*|graffiti|signature", "handwritten"),
    (r"condensed|narrow|compressed", "condensed"),
    (r"display|impact|heavy|chunky|block|blocky|poster|stencil\w*", "display"),
    (r"blackletter|fraktur|gothic|medieval|old-english", "blackletter"),
    (r"rounded|bubbl\w*|comic|playful|balloon|cartoon\w*", "rounded"),
)
_FAMILY = [(re.compile(rf"(?:{pattern})\Z"), family) for pattern, family in _FAMILIES]
_BOLD = frozenset("bold semibold heavy thick".split())
_ITALIC = frozenset("italic italics oblique italicized italicised slanted".split())


def family_of(words: Iterable[str]) -> str | None:
    """The family that words in lower case name; "sans serif" is one, and so is "slab serif"."""
    said = list(words)
    parts = [part for word in said for part in ([word] if word in {"old-english"} else re.split(r"[-\s]+", word))]
    joined = [*said, *parts, *(["old-english"] if "english" in parts and "old" in parts else [])]
    for pattern, family in _FAMILY:
        if any(pattern.match(word) for word in joined):
            return family
    return None


def is_bold(words: Iterable[str]) -> bool:
    """Whether words in lower case ask for bold type."""
    return not _BOLD.isdisjoint(words)


def is_italic(words: Iterable[str]) -> bool:
    """Whether words in lower case ask for italic type."""
    return not _ITALIC.isdisjoint(words)
