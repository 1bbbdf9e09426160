"""The language of the small world: what a user asks, what a policy replies, and how both are read again.

Words are few and always the same, so that a policy of any size can learn them,
and nothing here knows the world: a value comes from an observation or from nowhere.
"""

import json
import re
from dataclasses import dataclass
from functools import lru_cache

from ..language.nouns import plural
from .entities import COLOURS, FIGURES, GROUNDS, NUMBERS, Topic
from .names import FIRST, SECOND

_NAME = f"(?:{'|'.join(FIRST)})(?:{'|'.join(SECOND)})"
_REQUEST = re.compile(
    rf"draw (?P<name>{_NAME}) with its (?:(?P<motto>motto) as the title|(?P<thing>\w+), the title “(?P=name)”), "
    r"(?P<ground>\w+) background"
)
_PLURALS = {plural(figure): figure for figure in FIGURES}
UNKNOWN = "some"
"""Said in place of a number that was not found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request says."""

    name: str
    topic: Topic
    """What it leaves open."""
    ground: str
    """The colour of the background."""
    figure: str = ""
    """What is to be counted, in the singular, where a number is open."""

    @property
    def text(self) -> str:
        """The request in words."""
        if self.topic is Topic.MOTTO:
            return f"draw {self.name} with its motto as the title, {self.ground} background"
        thing = plural(self.figure) if self.topic is Topic.NUMBER else "mark"
        return f"draw {self.name} with its {thing}, the title “{self.name}”, {self.ground} background"


def read_request(text: str) -> Asked | None:
    """What a request of this world says; None for other words."""
    match = _REQUEST.fullmatch(text.strip())
    if match is None or match["ground"] not in GROUNDS:
        return None
    name, ground, thing = match["name"], match["ground"], match["thing"]
    if match["motto"]:
        return Asked(name=name, topic=Topic.MOTTO, ground=ground)
    if thing == "mark":
        return Asked(name=name, topic=Topic.MARK, ground=ground)
    figure = _PLURALS.get(thing)
    return Asked(name=name, topic=Topic.NUMBER, ground=ground, figure=figure) if figure else None


def call(tool: str, **arguments: object) -> str:
    """A reply that calls a tool."""
    return f"<tool_call>{json.dumps({'name': tool, 'arguments': arguments}, ensure_ascii=False)}</tool_call>"


def answer(prompt: str, refs: list[str]) -> str:
    """A reply that answers."""
    references = [{"img_id": ref} for ref in refs]
    program = {"gen_prompt": prompt, "reference_images": references}
    return f"<answer>{json.dumps(program, ensure_ascii=False)}</answer>"


def program_prompt(asked: Asked, *, naming: str, value: str | None, heeded: bool) -> str:
    """The prompt of a program.

    Args:
        naming: how the reference is named, an option of that decision.
        value: of the open thing; None leaves it open.
        heeded: the open thing is bound as its skill says.
    """
    thing = _thing(asked, value, heeded=heeded)
    title = [thing] if asked.topic is Topic.MOTTO else [f"the title “{asked.name}”", thing]
    return ", ".join([_named(asked, naming), *title, f"{asked.ground} background"])


def _named(asked: Asked, naming: str) -> str:
    reference = "the first reference image"
    return {"ordinal": reference, "words": f"the {asked.name} emblem", "like": f"an emblem like {reference}"}[naming]


def _thing(asked: Asked, value: str | None, *, heeded: bool) -> str:
    if asked.topic is Topic.MOTTO:
        word = value or "motto"
        return f"the title “{word}”" if heeded else f"the title {word}"
    if asked.topic is Topic.NUMBER:
        things = plural(asked.figure)
        return f"{value or UNKNOWN} {things}" if heeded else f"{things} in number {value or UNKNOWN}"
    colour, _, figure = (value or " ").partition(" ")
    if not figure:
        return "a mark" if heeded else "a mark in colour"
    return f"a {colour} {figure}" if heeded else f"a {figure}, its colour {colour}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a program's prompt says of the decisions that its words show."""

    naming: str | None
    """An option of that decision; None where the reference is named in no way known here."""
    value: str | None = None
    """Of the open thing; None where it is left open, or said in no way known here."""
    is_open: bool = False
    """The thing is there, and its value left open."""
    heeded: bool | None = None
    """Whether it is bound as its skill says; None where it is not there."""


def read_prompt(prompt: str, asked: Asked) -> Said:
    """How a prompt names the reference, and what it says of the open thing."""
    naming = _naming(prompt)
    pattern = _said_pattern(asked)
    match = pattern.search(prompt)
    if match is None:
        return Said(naming=naming)
    said = {name: value for name, value in match.groupdict().items() if value}
    heeded = all(name.startswith("bound") for name in said)
    value = " ".join(said[name] for name in sorted(said))
    is_open = value in {UNKNOWN, Topic.MOTTO, Topic.MARK}
    return Said(naming=naming, value=None if is_open else value, is_open=is_open, heeded=heeded)


def _naming(prompt: str) -> str | None:
    if "emblem like" in prompt:
        return "like"
    if "first reference image" in prompt:
        return "ordinal"
    return "words" if "emblem" in prompt else None


@lru_cache(maxsize=64)
def _said_pattern(asked: Asked) -> re.Pattern[str]:
    """Finds what a prompt says of the open thing: groups "bound…" as the skill says it, groups "loose…" otherwise."""
    match asked.topic:
        case Topic.MOTTO:
            word = f"{_NAME}|{Topic.MOTTO}"
            return re.compile(rf"the title (?:“(?P<bound>{word})”|(?P<loose>{word})\b)")
        case Topic.NUMBER:
            number, things = "|".join((*NUMBERS, UNKNOWN)), plural(asked.figure)
            return re.compile(rf"\b(?:(?P<bound>{number}) {things}|{things} in number (?P<loose>{number}))\b")
        case Topic.MARK:
            colour, figure = "|".join(COLOURS), "|".join(FIGURES)
            return re.compile(
                rf"\ba (?:(?P<bound_1>{colour}) (?P<bound_2>{figure})|(?P<loose_2>{figure}), its colour "
                rf"(?P<loose_1>{colour})|(?P<loose>{Topic.MARK}) in colour|(?P<bound>{Topic.MARK}))\b"
            )
