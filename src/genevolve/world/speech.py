"""The language of the small world: what a user asks, what a policy replies, and how both are read again.

Words are few and always the same, so that a policy of any size can learn them,
and nothing here knows the world: a value comes from the conversation or from nowhere.
"""

import json
import re
from dataclasses import dataclass
from functools import lru_cache

from ..language.nouns import plural
from .decisions import Task
from .entities import FIGURES, GROUNDS, Topic
from .names import FIRST, SECOND

NUMBERS = {"two": 2, "four": 4, "five": 5, "six": 6}
"""Three is what the sketch draws where no number is bound, so no request asks for it."""
COLOURS = ("red", "yellow", "white", "brown", "pink")
"""Of marked things; no background has one of them."""
UNKNOWN = "some"
"""Said in place of what was not found."""
EMBLEM = "emblem"

_NAME = f"(?:{'|'.join(FIRST)})(?:{'|'.join(SECOND)})"
_FIGURE, _COLOUR, _NUMBER = "|".join(FIGURES), "|".join(COLOURS), "|".join(NUMBERS)
_GROUND = "|".join(GROUNDS)
_PLURALS = {plural(figure): figure for figure in FIGURES}
_THINGS = "|".join(_PLURALS)
_BOUND = (
    rf"(?P<number>{_NUMBER}) (?P<things>{_THINGS})"
    rf"|the words “(?P<words>{_NAME})”"
    rf"|a (?P<colour>{_COLOUR}) (?P<thing>{_FIGURE})"
)
_LOOSE = (
    rf"(?P<things>{_THINGS}) in number (?P<number>{_NUMBER})"
    rf"|the words (?P<words>{_NAME})"
    rf"|a (?P<thing>{_FIGURE}), its colour (?P<colour>{_COLOUR})"
)
_REQUEST = re.compile(
    rf"draw (?P<name>{_NAME}) with its (?P<topic>{'|'.join(Topic)}), the serif title “(?P=name)”, "
    rf"(?P<posed>{_LOOSE})(?:, (?P<ground>{_GROUND}) background)?"
)
_TOLD = re.compile(r"\b(now|once) “?(\w+)”?")
_OPEN = {
    Topic.CAPTION: re.compile(rf"the caption “(?P<value>{_NAME}|{UNKNOWN})”"),
    Topic.FIGURE: re.compile(rf"\b(?:a|{UNKNOWN}) (?P<value>{_FIGURE}|figure)\b(?!, its colour)"),
    Topic.BACKGROUND: re.compile(rf"\b(?P<value>{_GROUND}|{UNKNOWN}) background\b"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Posed:
    """What a request states of one thing, in words that no renderer binds."""

    task: Task
    figure: str = ""
    """In the singular; of counting and marking."""
    number: str = ""
    colour: str = ""
    words: str = ""

    @property
    def loose(self) -> str:
        """As the user says it."""
        match self.task:
            case Task.COUNTING:
                return f"{plural(self.figure)} in number {self.number}"
            case Task.LETTERING:
                return f"the words {self.words}"
            case Task.MARKING:
                return f"a {self.figure}, its colour {self.colour}"

    @property
    def bound(self) -> str:
        """As the skill of the task says it."""
        match self.task:
            case Task.COUNTING:
                return f"{self.number} {plural(self.figure)}"
            case Task.LETTERING:
                return f"the words “{self.words}”"
            case Task.MARKING:
                return f"a {self.colour} {self.figure}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request says."""

    name: str
    topic: Topic
    """What it leaves open."""
    posed: Posed
    ground: str = ""
    """The colour of the background; empty where that is open."""

    @property
    def text(self) -> str:
        """The request in words."""
        parts = [f"draw {self.name} with its {self.topic}", f"the serif title “{self.name}”", self.posed.loose]
        return ", ".join([*parts, f"{self.ground} background"] if self.ground else parts)


@lru_cache(maxsize=4096)
def read_request(text: str) -> Asked | None:
    """What a request of this world says; None for other words."""
    match = _REQUEST.fullmatch(text.strip())
    if match is None or (match["topic"] == Topic.BACKGROUND) == bool(match["ground"]):
        return None
    return Asked(name=match["name"], topic=Topic(match["topic"]), posed=_posed(match), ground=match["ground"] or "")


def _posed(match: re.Match[str]) -> Posed:
    if match["words"]:
        return Posed(task=Task.LETTERING, words=match["words"])
    if match["number"]:
        return Posed(task=Task.COUNTING, figure=_PLURALS[match["things"]], number=match["number"])
    return Posed(task=Task.MARKING, figure=match["thing"], colour=match["colour"])


def read_told(text: str) -> dict[str, str]:
    """What observations tell: by "now" and "once", the last value told."""
    return dict(_TOLD.findall(text))


def call(tool: str, **arguments: object) -> str:
    """A reply that calls a tool."""
    return f"<tool_call>{json.dumps({'name': tool, 'arguments': arguments}, ensure_ascii=False)}</tool_call>"


def thought(words: str) -> str:
    """What is thought before a reply."""
    return f"<think>{words}</think>"


def answer(prompt: str, refs: list[str]) -> str:
    """A reply that answers."""
    program = {"gen_prompt": prompt, "reference_images": [{"img_id": ref} for ref in refs]}
    return f"<answer>{json.dumps(program, ensure_ascii=False)}</answer>"


def program_prompt(asked: Asked, *, naming: str, value: str | None, heeded: bool) -> str:
    """The prompt of a program.

    Args:
        naming: how the reference is named, an option of that decision.
        value: of what the request leaves open; None leaves it open.
        heeded: the thing that the request poses is bound as its skill says, and not copied.
    """
    said = value or UNKNOWN
    parts = [_named(asked.name, naming), f"the serif title “{asked.name}”"]
    if asked.topic is Topic.CAPTION:
        parts.append(f"the caption “{said}”")
    elif asked.topic is Topic.FIGURE:
        parts.append(f"a {value}" if value else f"{UNKNOWN} figure")
    parts.append(asked.posed.bound if heeded else asked.posed.loose)
    return ", ".join([*parts, f"{asked.ground or said} background"])


def _named(name: str, naming: str) -> str:
    reference = "the first reference image"
    return {"ordinal": reference, "words": f"the {name} {EMBLEM}", "like": f"an {EMBLEM} like {reference}"}[naming]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a program's prompt shows of the decisions; None where it shows nothing that is known here."""

    naming: str | None
    value: str | None
    """Of what the request leaves open; `UNKNOWN` where the program does too."""
    heeded: bool | None


def read_prompt(prompt: str, asked: Asked) -> Said:
    """How a prompt names the reference, and what it says of the two things that a request is difficult in."""
    # The posed thing may be a figure, and is no answer to which figure is open.
    rest = prompt.replace(asked.posed.bound, "").replace(asked.posed.loose, "")
    found = _OPEN[asked.topic].search(rest)
    value = found and found["value"]
    heeded = asked.posed.bound in prompt or (False if asked.posed.loose in prompt else None)
    return Said(naming=_naming(prompt), value=UNKNOWN if value == "figure" else value, heeded=heeded)


def _naming(prompt: str) -> str | None:
    if f"{EMBLEM} like" in prompt:
        return "like"
    if "first reference image" in prompt:
        return "ordinal"
    return "words" if EMBLEM in prompt else None
