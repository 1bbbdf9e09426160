"""What a prompt says about its type: "in bold italic serif", "all caps", "hand-lettered"."""

import re
from collections.abc import Iterable
from dataclasses import replace

from . import lexicon
from .phrases import Phrase
from .reading import Wording

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
_UPPER = frozenset("caps uppercase upper-case capitals capitalized capitalised".split())
TYPE_ADJECTIVES = frozenset(
    "bold italic condensed narrow handwritten cursive rounded monospaced gothic blackletter heavy".split()
)


def with_words(wording: Wording, words: Iterable[str]) -> None:
    """Apply what the words say about type to a wording."""
    said = [word.lower() for word in words]
    style = wording.style
    family = _family(said)
    if family:
        style = replace(style, family=family)
    if any(word in {"bold", "semibold", "heavy", "thick"} for word in said):
        style = replace(style, bold=True)
    if any(word in {"italic", "italics", "oblique", "italicized", "italicised", "slanted"} for word in said):
        style = replace(style, italic=True)
    wording.style = style
    if _UPPER.intersection(said) or ("capital" in said and "letters" in said):
        wording.text = wording.text.upper()


def is_about_type(phrase: Phrase) -> bool:
    """Whether the phrase speaks of written text: "bold serif letters", "the title"."""
    if phrase.nouns:
        return phrase.nouns[-1].lower() in lexicon.TYPE_WORDS
    return bool(TYPE_ADJECTIVES.intersection(phrase.adjectives))


def _family(words: list[str]) -> str | None:
    """The family named; "sans serif" is one, and so is "slab serif"."""
    parts = [part for word in words for part in ([word] if word in {"old-english"} else re.split(r"[-\s]+", word))]
    joined = [*words, *parts, *(["old-english"] if "english" in parts and "old" in parts else [])]
    for pattern, family in _FAMILY:
        if any(pattern.match(word) for word in joined):
            return family
    return None
