"""Takes a phrase out of English prose so that what remains still reads.

"the flag of the second reference image" loses its last four words and their
"of"; "Take the colours from the second reference image." goes as a whole where
other sentences stand; and where neither is possible the phrase becomes plain
words for the picture it meant.
"""

import re
from typing import NamedTuple

from ..language.ordinals import find_mentions, ordinal
from ..language.quotes import find_quotes
from .leaks import Leak

_LEADS = (
    "exactly as shown in|exactly as in|as shown in|as seen in|as depicted in|as in|shown in|seen in|depicted in|"
    "like in|like|based on|taken from|copied from|modelled on|modeled on|inspired by|following|matching|next to|"
    "in front of|on top of|beside|above|below|behind|under|over|near|around|against|inside|within|onto|into|from|with|"
    "using|of|in|on|at|to|by|and"
)
_LEAD = re.compile(rf"(?:,\s?|\s)(?:{_LEADS})\s(?:the\s|a\s|an\s)?$", re.IGNORECASE)
_ARTICLE = re.compile(r"\b(?:the|a|an)\s$", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’]s(?:\s\w{1,30})?")
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n")
_CALLED = re.compile(r"(?:\b(?:the|an?)\s)?(?:\b(?:reference\s)?(?:image|picture|photo|reference)\s)?$", re.IGNORECASE)
# Longer than the longest lead with its article.
_WINDOW = 40


class Span(NamedTuple):
    """A stretch of a text."""

    start: int
    end: int


def remove(text: str, span: Span) -> str:
    """The text without a stretch; empty brackets and doubled spaces that this leaves go too."""
    before, after = text[: span.start], text[span.end :]
    while before[-1:] in {"(", "["} and after[:1] in {")", "]"} and before[-1:]:
        before, after = before[:-1], after[1:]
    if before.endswith(" ") and (not after or after[0] in " .,;:!?)\n"):
        before = before.rstrip(" ")
    elif not before.strip():
        before, after = "", after.lstrip(" ,;:.")
    return before + after


def remove_with_lead(text: str, span: Span) -> str:
    """The text without a stretch and the preposition that leads to it."""
    window_start = max(0, span.start - _WINDOW)
    lead = _LEAD.search(text[window_start : span.start])
    return remove(text, Span(window_start + lead.start() if lead else span.start, span.end))


def drop_phrase(text: str, span: Span, *, instead: str) -> str:
    """The text without a noun phrase and what leans on it; `instead` stands where it cannot go."""
    possessive = _POSSESSIVE.match(text, span.end)
    end = possessive.end() if possessive else span.end
    sentence = _sentence(text, span)
    window = text[max(sentence.start, span.start - _WINDOW) : span.start]
    lead = _LEAD.search(window)
    opens_sentence = not text[sentence.start : span.start - len(window) + (lead.start() if lead else 0)].strip()
    if lead and not (opens_sentence and not window[: lead.start()].strip()):
        return remove(text, Span(span.start - len(window) + lead.start(), end))
    if _can_go(text, sentence, span):
        return remove(text, Span(sentence.start, sentence.end))
    article = _ARTICLE.search(window)
    start = span.start - (len(article[0]) if article else 0)
    opens = not text[sentence.start : start].strip()
    return text[:start] + (instead[:1].upper() + instead[1:] if opens else instead) + text[span.end :]


def name_in_place_of_id(text: str, leak: Leak, number: int) -> str:
    """The text with an image id replaced by "the first reference image"."""
    before, after = text[: leak.start], text[leak.end :]
    if before[-1:] in {"(", "["} and after[:1] in {")", "]"} and before[-1:]:
        mentions = list(find_mentions(before[-80:]))
        if mentions and not before[-80:][mentions[-1].end :].strip(" (["):
            return remove(text, Span(leak.start, leak.end))
    called = _CALLED.search(before[-_WINDOW:])
    start = leak.start - (len(called[0]) if called else 0)
    article = "The" if not text[:start].rstrip() or text[:start].rstrip()[-1] in ".!?\n" else "the"
    return f"{text[:start]}{article} {ordinal(number)} reference image{after}"


def _sentence(text: str, span: Span) -> Span:
    """The sentence around a stretch, its mark and the space after it included."""
    start = 0
    for match in _SENTENCE_END.finditer(text, 0, span.start):
        start = match.end()
    closing = _SENTENCE_END.search(text, span.end)
    return Span(start, closing.end() if closing else len(text))


def _can_go(text: str, sentence: Span, span: Span) -> bool:
    """Whether a sentence says nothing else that must be kept, and is not all there is."""
    if not (text[: sentence.start] + text[sentence.end :]).strip():
        return False
    said = text[sentence.start : sentence.end]
    others = [m for m in find_mentions(said) if m.start + sentence.start != span.start]
    return not others and not find_quotes(said)
