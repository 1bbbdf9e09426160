"""A program's prompt to what it binds: which things, how many, in which colours, where, which words in which type."""

import re

from ...language.nouns import plural, singular
from ...language.text import well_formed
from ...records import Program
from . import lexicon
from .binder import Binder
from .marks import MAX_CHARS, find_marks
from .phrases import clauses_of
from .reading import Picture, Reading, Thing, TypeStyle, Wording

_SPACES = re.compile(r"[^\S\n]+")
MAX_THINGS = 28
"""Kinds of thing in one sketch; a page of prose names hundreds."""
MAX_SHAPES = 100
MAX_WORDINGS = 12
MAX_NOT_UNDERSTOOD = 60


def read(program: Program) -> Reading:
    """What the program binds."""
    pictures = [
        Picture(ordinal=number, aliases=_note_words(reference.note))
        for number, reference in enumerate(program.references, start=1)
    ]
    prompt = _SPACES.sub(" ", well_formed(program.prompt))
    binder = Binder(pictures)
    for clause in clauses_of(find_marks(prompt)):
        binder.bind(clause, prompt)
    reading = binder.finish()
    if len(prompt) > MAX_CHARS:
        reading.notes.append(f"only the first {MAX_CHARS:,} characters of the prompt were read")
    _limit(reading)
    for item in reading.items:
        # What nobody styled is set in bold where it has to be seen first.
        if isinstance(item, Wording) and item.style == TypeStyle() and (item.rank == "title" or item.host):
            item.style = TypeStyle(bold=True)
    return reading


def _note_words(note: str) -> set[str]:
    """The single words of a reference's note, by which the prompt may speak of it: "the flag"."""
    words = (word.strip(".,;:()'\"").lower().removesuffix("'s").removesuffix("’s") for word in note.split()[:40])
    return {singular(word) for word in words if word and word not in lexicon.DETERMINERS | lexicon.FUNCTION_WORDS}


def _limit(reading: Reading) -> None:
    """Keep a sketch to what one canvas can show, and say what was left out."""
    wordings = [item for item in reading.items if isinstance(item, Wording)]
    if len(wordings) > MAX_WORDINGS:
        reading.notes.append(f"{len(wordings) - MAX_WORDINGS} more texts are not set")
    things = [item for item in reading.items if isinstance(item, Thing)]
    left_out = {*wordings[MAX_WORDINGS:], *things[MAX_THINGS:]}
    reading.items = [item for item in reading.items if item not in left_out]
    if len(things) > MAX_THINGS:
        reading.notes.append(f"{len(things) - MAX_THINGS} more things are not drawn")
    left = MAX_SHAPES
    for index, thing in enumerate(things[:MAX_THINGS]):
        allowed = max(1, left - (min(len(things), MAX_THINGS) - index - 1))
        if thing.count > allowed:
            reading.notes.append(f"{allowed} of {thing.count:,} {plural(thing.label)} drawn")
            thing.asked, thing.count = thing.count, allowed
        left -= thing.count
    kept = set(map(id, reading.items))
    reading.ties = [tie for tie in reading.ties if id(tie.item) in kept and id(tie.other) in kept]
    for item in reading.items:
        if isinstance(item, Wording) and item.host is not None and id(item.host) not in kept:
            item.host = None
    reading.not_understood = list({words.lower(): words for words in reversed(reading.not_understood)}.values())[::-1]
    del reading.not_understood[MAX_NOT_UNDERSTOOD:]
