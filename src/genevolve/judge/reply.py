"""What a judge is asked to fill in, and the strict reading of what it wrote.

A reply is read only where it has one meaning. It is one JSON object: alone, in
one fence, or the only one within prose, behind thoughts that end in `</think>`.
Every opening brace outside it counts as another object, because a judge that
wrote two may mean either. The object has exactly the asked fields, each once; a
score is a JSON number on its scale. Whatever else was written is a `JudgeError`
that tells the judge what to change; nothing is put right for it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, cast

from pydantic import JsonValue

from ..errors import JudgeError
from ..language.text import one_line, well_formed

RATIONALE = "rationale"
_END_OF_THOUGHTS = "</think>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One score that is asked for."""

    name: str
    levels: tuple[float, ...]
    """The numbers that may be written, ascending from 0; the last is a score of 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What a judge wrote, read."""

    rationale: str
    scores: Mapping[str, float]
    """By axis, each in [0, 1]."""
    flags: Mapping[str, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The fields of a reply, the rationale first: a judge that has reasoned scores better than one that will."""

    axes: tuple[Axis, ...]
    flags: tuple[str, ...] = ()
    """Statements that are true or false."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of all fields, in order."""
        return (RATIONALE, *(axis.name for axis in self.axes), *self.flags)

    def schema(self) -> dict[str, JsonValue]:
        """The form as a JSON schema, as servers of structured output read it."""
        properties: dict[str, JsonValue] = {RATIONALE: {"type": "string"}}
        properties |= {axis.name: {"type": "number", "enum": list(axis.levels)} for axis in self.axes}
        properties |= {flag: {"type": "boolean"} for flag in self.flags}
        return {
            "type": "object",
            "properties": properties,
            "required": list(self.fields),
            "additionalProperties": False,
        }

    def in_words(self) -> str:
        """What the reply must look like, as the judge is told."""
        lines = [f'"{RATIONALE}": a text']
        lines += [f'"{axis.name}": one of the numbers {_listed(axis.levels)}' for axis in self.axes]
        lines += [f'"{flag}": true or false' for flag in self.flags]
        return (
            "Reply with one JSON object and nothing else. Its fields, all of them and no others, in this order:\n"
            + ("\n".join(f"- {line}" for line in lines))
        )

    def read(self, text: str, *, cut_off: bool = False) -> Marks:
        """The marks in a reply.

        Args:
            cut_off: it ended because it reached the token limit.

        Raises:
            JudgeError: it has no single meaning, or is not filled in as asked.
        """
        if cut_off:
            raise JudgeError("it was cut off at the token limit; write a shorter rationale")
        fields = _only_object(spoken(text))
        _check_names(fields, self.fields)
        rationale = fields[RATIONALE]
        if not isinstance(rationale, str):
            raise JudgeError(f'"{RATIONALE}" is {_shown(rationale)}; expected a text')
        return Marks(
            rationale=well_formed(rationale),
            scores={axis.name: _score(fields[axis.name], axis) for axis in self.axes},
            flags={flag: _statement(fields[flag], flag) for flag in self.flags},
        )


def spoken(text: str) -> str:
    """What a reply says behind its thoughts; "" where it never stopped thinking."""
    thoughts, ended, rest = text.partition(_END_OF_THOUGHTS)
    # A chat template may have opened the thoughts, so that the reply only closes them.
    if thoughts.lstrip().startswith(("{", "```")):
        return text.strip()
    if ended:
        return rest.strip()
    return "" if thoughts.lstrip().startswith("<think>") else text.strip()


def _only_object(text: str) -> dict[str, Any]:
    """The one object of a text.

    Raises:
        JudgeError: it has none, more than one, or one that is no JSON.
    """
    if not text:
        raise JudgeError("it is empty; expected one JSON object")
    start = text.find("{")
    if start < 0:
        raise JudgeError(f"it has no JSON object: {one_line(text, max_chars=80)!r}; scores are read from nowhere else")
    try:
        value, end = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise JudgeError(f"its JSON is broken or unfinished: {error.msg} at character {error.pos}") from error
    except (ValueError, RecursionError) as error:
        raise JudgeError("its JSON is nested too deep, or has a number that is too long") from error
    if text[:start].rstrip().endswith("["):
        raise JudgeError("its JSON is a list; expected one object")
    if "{" in text[end:]:
        raise JudgeError("it has more than one JSON object; expected exactly one")
    return cast(dict[str, Any], value)  # what begins with a brace is an object


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise JudgeError(f"the field {_name(name)} stands twice; write it once")
        members[name] = value
    return members


def _no_number(word: str) -> NoReturn:
    raise JudgeError(f"{word} is not a number that can be a score")


# A raw line break in the rationale has one meaning, so the decoder may take it.
_DECODER = json.JSONDecoder(object_pairs_hook=_members, parse_constant=_no_number, strict=False)


def _check_names(fields: Mapping[str, object], wanted: tuple[str, ...]) -> None:
    if missing := [name for name in wanted if name not in fields]:
        raise JudgeError(f"it lacks {', '.join(map(_name, missing))}; expected {', '.join(map(_name, wanted))}")
    if unknown := [name for name in fields if name not in wanted]:
        raise JudgeError(
            f"it has a field that was not asked for: {_name(unknown[0])}; expected only {', '.join(map(_name, wanted))}"
        )


def _score(value: object, axis: Axis) -> float:
    expected = f"expected one of {_listed(axis.levels)}"
    # A truth value is a number to Python, and none to a judge.
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise JudgeError(f'"{axis.name}" is {_shown(value)}; {expected}, written as a bare number')
    if value not in axis.levels:
        raise JudgeError(f'"{axis.name}" is {_shown(value)}; {expected}')
    return value / axis.levels[-1]


def _statement(value: object, flag: str) -> bool:
    if not isinstance(value, bool):
        raise JudgeError(f'"{flag}" is {_shown(value)}; expected true or false')
    return value


def _shown(value: object) -> str:
    return one_line(json.dumps(value), max_chars=40)


def _name(name: str) -> str:
    return f'"{one_line(name, max_chars=40)}"'


def _listed(levels: tuple[float, ...]) -> str:
    *first, last = [f"{level:g}" for level in levels]
    return f"{', '.join(first)} or {last}"
