"""What one attempt decided: tools, queries, skills, references, the prompt's wording, and where it stumbled.

A choice is a thing that an attempt did or did not do, so that attempts of a
group can be told apart by their choices.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from ..language.colours import find_colours
from ..language.numbers import find_counts
from ..language.ordinals import numbers_named
from ..language.positions import find_arrangements, find_places, find_relations
from ..language.quotes import find_quotes, without_quotes
from ..language.text import fold
from ..records import Malformed, Program, ToolCall, Trajectory

ChoiceKind = Literal["tool", "query", "skill", "reference", "prompt", "trouble"]

QUOTES = "quotes the words to be read"
COUNTS = "says how many there are"
COLOURS = "names colours"
PLACES = "says where things are"
NAMES_REFERENCES = "names every reference by its number"
NO_REFERENCE = "uses no reference"

MALFORMED = "a reply that could not be read"
MENDED = "a program that had to be mended"
REPEATED = "the same question twice"
NO_ANSWER = "no answer"


@dataclass(frozen=True, slots=True, order=True)
class Choice:
    """One thing that an attempt did."""

    kind: ChoiceKind
    what: str
    """A tool's or skill's name, a query, a picture's title, or one of this module's phrases."""
    digest: str = ""
    """Of a picture: two of the same title are two choices."""

    def __str__(self) -> str:
        match self.kind:
            case "tool":
                return f"called {self.what}"
            case "query":
                return f"asked for “{self.what}”"
            case "skill":
                return f"read the skill {self.what}"
            case "reference":
                return f"used the picture “{self.what}”"
            case "prompt":
                return f"a prompt that {self.what}"
            case "trouble":
                return self.what


def choices_of(trajectory: Trajectory) -> frozenset[Choice]:
    """All that an attempt decided."""
    calls = [turn.action for turn in trajectory.turns if isinstance(turn.action, ToolCall)]
    program = trajectory.program
    return frozenset(
        chain(
            chain.from_iterable(_of_call(call) for call in calls),
            _of_program(program, {image.digest: image.title for image in trajectory.images}) if program else (),
            _troubles(trajectory, calls),
        )
    )


def queries_of(call: ToolCall) -> tuple[str, ...]:
    """What a call asked for, as it was written."""
    asked = [call.arguments.get("query"), call.arguments.get("queries")]
    listed = [item for value in asked for item in (value if isinstance(value, list) else [value])]
    return tuple(item for item in listed if isinstance(item, str) and item)


def _of_call(call: ToolCall) -> Iterator[Choice]:
    yield Choice("tool", call.name)
    for query in queries_of(call):
        yield Choice("query", fold(query))
    skill = call.arguments.get("skill_name")
    if isinstance(skill, str) and skill:
        yield Choice("skill", skill)


def _of_program(program: Program, titles: dict[str, str]) -> Iterator[Choice]:
    for reference in program.references:
        yield Choice("reference", titles.get(reference.digest, reference.ref), reference.digest)
    count, bare = len(program.references), without_quotes(program.prompt)
    said = {
        NO_REFERENCE: not count,
        NAMES_REFERENCES: count and numbers_named(bare, count=count) >= set(range(1, count + 1)),
        QUOTES: bool(find_quotes(program.prompt)),
        COUNTS: any(found.value > 1 for found in find_counts(bare)),
        COLOURS: any(find_colours(bare)),
        PLACES: any(chain(find_places(bare), find_relations(bare), find_arrangements(bare))),
    }
    for phrase, holds in said.items():
        if holds:
            yield Choice("prompt", phrase)


def _troubles(trajectory: Trajectory, calls: list[ToolCall]) -> Iterator[Choice]:
    if any(isinstance(turn.action, Malformed) for turn in trajectory.turns):
        yield Choice("trouble", MALFORMED)
    if trajectory.mended:
        yield Choice("trouble", MENDED)
    if trajectory.program is None:
        yield Choice("trouble", NO_ANSWER)
    asked = [(call.name, repr(sorted(call.arguments.items()))) for call in calls]
    if len(set(asked)) < len(asked):
        yield Choice("trouble", REPEATED)
