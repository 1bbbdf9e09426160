"""Advice in the words of the small world: a lesson of five slots, read again, or made up by chance.

A piece of advice names an option of a decision, or one to keep from. Nothing in
its words tells whether it is good.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..experience.hint import HEADING, OPENING, hint_of
from ..records import Lesson
from ..records.advised import advised_text
from .decisions import IDLE_SKILL, OPTIONS, Decision, Task, skill_name, skill_option, topic_option, topic_word
from .entities import HISTORY, Topic
from .speech import Asked, read_request

SLOTS: dict[Decision, str] = {
    Decision.TOPIC: "search_strategy",
    Decision.SKILL: "knowledge_activation",
    Decision.PICK: "reference_selection",
    Decision.FACT: "prompt_construction",
    Decision.HEED: "prompt_construction",
    Decision.NAMING: "prompt_construction",
}
"""Where advice on a decision stands in a lesson."""
AVOIDANCE = "failure_avoidance"
NEVER = "never "
JOINT = "; "
PREAMBLE = f"{HEADING}\n\n{OPENING}\n"
"""What a hint begins with."""
_PLAIN: dict[Decision, dict[str, str]] = {
    Decision.PICK: {
        "emblem": "take the emblem",
        "seal": "take the seal",
        "map": "take the map",
    },
    Decision.FACT: {"now": "state what is now", "once": "state what was once", "open": "leave it open"},
    Decision.HEED: {"heeded": "write as the skill says", "own": "write in your own way"},
    Decision.NAMING: {
        "ordinal": "name the first reference image",
        "words": "name the emblem in words",
        "like": "say what the emblem is like",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One piece of advice on a request."""

    decision: Decision
    option: str
    avoid: bool = False
    """It is to be kept from."""


def words_of(piece: Piece, asked: Asked) -> str:
    """A piece of advice on a request, in words."""
    match piece.decision:
        case Decision.TOPIC:
            words = f"search the {topic_word(piece.option, asked.topic)} first"
        case Decision.SKILL:
            words = f"ask {skill_name(piece.option, asked.posed.task)}"
        case _:
            words = _PLAIN[piece.decision][piece.option]
    return NEVER + words if piece.avoid else words


def all_words() -> Iterator[str]:
    """Everything that advice can say."""
    for topic in (*Topic, HISTORY):
        yield f"search the {topic} first"
    for skill in (*Task, IDLE_SKILL):
        yield f"ask {skill}"
    for sentences in _PLAIN.values():
        yield from sentences.values()


def lesson_of(pieces: list[Piece], asked: Asked) -> Lesson:
    """Pieces of advice on a request as a lesson."""
    slots: dict[str, list[str]] = {}
    for piece in pieces:
        slot = AVOIDANCE if piece.avoid else SLOTS[piece.decision]
        slots.setdefault(slot, []).append(words_of(piece, asked))
    return Lesson(**{slot: JOINT.join(words) for slot, words in slots.items()})


def with_hint(system: str, lesson: Lesson) -> str:
    """A system message with a lesson at its end; unchanged where the lesson says nothing."""
    return advised_text(system, hint_of(lesson))


def read_advice(system: str, asked: Asked) -> list[Piece]:
    """The pieces of advice in a system message, as they bear on a request."""
    _, found, hint = system.partition(HEADING)
    lines = hint.splitlines() if found else []
    sentences = [words for line in lines for words in line.partition(": ")[2].split(JOINT) if words]
    pieces = (_piece(words.removeprefix(NEVER), asked, avoid=words.startswith(NEVER)) for words in sentences)
    return [piece for piece in pieces if piece is not None]


def advised(system: str, request: str) -> tuple[dict[Decision, str], dict[Decision, set[str]]]:
    """By decision, the option that a system message advises for a request, and the options that it advises against."""
    asked = read_request(request)
    pieces = read_advice(system, asked) if asked else []
    against: dict[Decision, set[str]] = {}
    for piece in pieces:
        if piece.avoid:
            against.setdefault(piece.decision, set()).add(piece.option)
    return {piece.decision: piece.option for piece in pieces if not piece.avoid}, against


def random_advice(asked: Asked, chance: random.Random, *, share: float = 0.5) -> Lesson:
    """Advice by chance, good and bad alike: on each decision as often as `share`, and one thing to keep from.

    It always says something.
    """
    decisions = [decision for decision in Decision if chance.random() < share]
    pieces = [Piece(decision=decision, option=chance.choice(OPTIONS[decision])) for decision in decisions]
    left = [decision for decision in Decision if decision not in decisions]
    if left and (not pieces or chance.random() < share):
        decision = chance.choice(left)
        pieces.append(Piece(decision=decision, option=chance.choice(OPTIONS[decision]), avoid=True))
    return lesson_of(pieces, asked)


def _piece(words: str, asked: Asked, *, avoid: bool) -> Piece | None:
    option, decision = None, Decision.TOPIC
    if words.startswith("search the "):
        option = topic_option(words.removeprefix("search the ").removesuffix(" first"), asked.topic)
    elif words.startswith("ask "):
        decision, option = Decision.SKILL, skill_option(words.removeprefix("ask "), asked.posed.task)
    elif words in _MEANINGS:
        decision, option = _MEANINGS[words]
    return Piece(decision=decision, option=option, avoid=avoid) if option else None


_MEANINGS: Mapping[str, tuple[Decision, str]] = {
    words: (decision, option) for decision, options in _PLAIN.items() for option, words in options.items()
}
