"""A request with its understood parts replaced by single marks, so that what remains can be cut at commas safely.

A mark is one private-use character. Its words come back with `unmark`, after
the sentences around it have been rearranged.
"""

import re
from dataclasses import dataclass
from typing import Literal

FIRST = 0xE000
MOST = 6000
"""More parts than this are left in the user's words; the private-use area holds 6,400."""

Kind = Literal["lettering", "reference", "counted", "words"]
_PRIVATE = re.compile("[\ue000-\uf8ff]")
ANY = "[\ue000-\uf8ff]"
"""A pattern for any mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A part of the request and what stands for it in the program."""

    start: int
    end: int
    kind: Kind
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """The text with marks, and what each stands for."""

    text: str
    edits: tuple[Edit, ...]

    def kind(self, mark: str) -> Kind:
        """What kind of part a mark stands for."""
        return self.edits[ord(mark) - FIRST].kind

    def marks(self, kind: Kind, text: str) -> list[str]:
        """The marks of that kind in a piece of text, in order."""
        return [mark for mark in _PRIVATE.findall(text) if self.kind(mark) == kind]

    def unmark(self, text: str) -> str:
        """The piece of text with words in place of marks."""
        return _PRIVATE.sub(lambda match: self.edits[ord(match[0]) - FIRST].words, text)


def mark(text: str, edits: list[Edit]) -> Marked:
    """The text with every edit as a mark; of two that overlap the earlier one stands."""
    text = _PRIVATE.sub("\ufffd", text)
    kept: list[Edit] = []
    for edit in sorted(edits, key=lambda edit: (edit.start, -edit.end)):
        if len(kept) < MOST and (not kept or edit.start >= kept[-1].end):
            kept.append(edit)
    pieces: list[str] = []
    done = 0
    for index, edit in enumerate(kept):
        pieces += [text[done : edit.start], chr(FIRST + index)]
        done = edit.end
    return Marked(text="".join(pieces) + text[done:], edits=tuple(kept))
