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


def say_type(wording: Wording, phrase: Phrase, *, size: float) -> None:
    """Apply a phrase about type to a wording: kind of type, rank, colour, and how large the phrase says it is."""
    with_words(wording, [*phrase.adjectives, *phrase.nouns])
    for word in phrase.nouns:
        if word.lower() in lexicon.TITLE_WORDS and wording.rank == "text":
            wording.rank = lexicon.TITLE_WORDS[word.lower()]
    if phrase.colours:
        wording.colour = phrase.colours[0]
    wording.size *= size


def is_about_type(phrase: Phrase) -> bool:
    """Whether the phrase speaks of written text: "bold serif letters", "the title"."""
    if phrase.nouns:
        return phrase.nouns[-1].lower() in lexicon.TYPE_WORDS
    return bool(TYPE_ADJECTIVES.intersection(phrase.adjectives))
