"""What a prompt says about its type: "in bold italic serif", "all caps", "hand-lettered"."""

from collections.abc import Iterable
from dataclasses import replace

from ...language.typefaces import family_of, is_bold, is_italic
from . import lexicon
from .phrases import Phrase
from .reading import Wording

_UPPER = frozenset("caps uppercase upper-case capitals capitalized capitalised".split())
TYPE_ADJECTIVES = frozenset(
    "bold italic condensed narrow handwritten cursive rounded monospaced gothic blackletter heavy".split()
)


def with_words(wording: Wording, words: Iterable[str]) -> None:
    """Apply what the words say about type to a wording."""
    said = [word.lower() for word in words]
    style = wording.style
    family = family_of(said)
    if family:
        style = replace(style, family=family)
    if is_bold(said):
        style = replace(style, bold=True)
    if is_italic(said):
        style = replace(style, italic=True)
    wording.style = style
    if _UPPER.intersection(said) or ("capital" in said and "letters" in said):
        wording.text = wording.text.upper()


def is_about_type(phrase: Phrase) -> bool:
    """Whether the phrase speaks of written text: "bold serif letters", "the title"."""
    if phrase.nouns:
        return phrase.nouns[-1].lower() in lexicon.TYPE_WORDS
    return bool(TYPE_ADJECTIVES.intersection(phrase.adjectives))
