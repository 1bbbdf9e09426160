"""Words in quotation marks: what must be readable in a picture, letter by letter."""

import re
from dataclasses import dataclass

_PAIRS = (
    r'"(?P<straight>(?:\\"|[^"]){1,400})"',
    r"“(?P<curly>[^”]{1,400})”",
    r"„(?P<low>[^“”]{1,400})[“”]",
    r"«\s?(?P<guillemets>[^»]{1,400}?)\s?»",
    r"「(?P<corner>[^」]{1,400})」",
    # A single quotation mark opens only after a space or bracket and closes only before one or punctuation, so
    # that apostrophes ("the dog's bowl", "rock 'n' roll") are mostly left alone.
    r"(?<![\w’'])['‘](?P<single>(?=\S)(?:[^'‘’\n]|(?<=\w)['’](?=\w)){1,200}(?<=\S))['’](?!\w)",
)
_QUOTED = re.compile("|".join(_PAIRS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A quoted passage; `start` and `end` take in the marks."""

    text: str
    start: int
    end: int


def find_quotes(text: str) -> list[Quote]:
    """Every quoted passage, in order, without its marks; escaped marks inside become plain."""
    quotes: list[Quote] = []
    for match in _QUOTED.finditer(text):
        inner = next(group for group in match.groups() if group is not None)
        said = inner.replace('\\"', '"').strip()
        if said:
            quotes.append(Quote(text=said, start=match.start(), end=match.end()))
    return quotes


def without_quotes(text: str, *, blank: str = " ") -> str:
    """The text with every character of a quoted passage replaced by `blank`, so that offsets stay true."""
    pieces: list[str] = []
    done = 0
    for quote in find_quotes(text):
        pieces += [text[done : quote.start], blank * (quote.end - quote.start)]
        done = quote.end
    return "".join(pieces) + text[done:]
