"""A contrast in words, for a model that is to explain it: two attempts, how they were judged, and the whole group.

Pictures are called by their titles. Addresses are left out, and angle brackets
blunted, so that nothing quoted can act in the conversation.
"""

import re
from collections.abc import Iterator

from ..language.addresses import IMAGE_ID
from ..language.ordinals import ordinal
from ..language.text import one_line
from ..records import Attempt, ToolCall, Trajectory, Turn, Verdict
from .contrast import AxisContrast, Contrast

SAID_CHARS = 600
HEARD_CHARS = 700
RATIONALE_CHARS = 1200
MOST_EFFECTS = 6
"""Choices told for each axis."""

_THOUGHT = re.compile(r"<think>(.*?)(?:</think>|\Z)", re.DOTALL)
_LEFT_OUT = re.compile(r"^(?:\s*(?:url|local_path|page_url|licence): .*|\s*</?tool_response>)\n?", re.MULTILINE)
_CANDIDATE = re.compile(r"^IMG_\d+: title: (.*)$", re.MULTILINE)
_SKILL = "[query_knowledge:"


def tell(contrast: Contrast) -> str:
    """The whole comparison."""
    return "\n\n".join(
        (
            f"# The request\n\n{_blunted(contrast.group.request.text)}",
            "---",
            f"# The better attempt\n\n{_attempt(contrast.best)}",
            f"# The weaker attempt\n\n{_attempt(contrast.worst)}",
            f"# Over all {contrast.compared} attempts\n\n" + "\n".join(map(_axis, contrast.axes)),
        )
    )


def _attempt(attempt: Attempt) -> str:
    trajectory = attempt.trajectory
    lines = [line for number, turn in enumerate(trajectory.turns, 1) for line in _turn(number, turn, trajectory)]
    lines += _ending(trajectory)
    lines += _judged("The picture", attempt.image_verdict)
    lines += _judged("The program", attempt.program_verdict)
    return "\n".join(lines)


def _turn(number: int, turn: Turn, trajectory: Trajectory) -> Iterator[str]:
    if number > 1 and (heard := _heard(turn, trajectory)):
        yield f"   it read: {heard}"
    thought = _THOUGHT.search(turn.reply)
    thinking = f"thought “{_quoted(thought[1], trajectory, SAID_CHARS)}”, " if thought else ""
    action = turn.action
    if isinstance(action, ToolCall):
        asked = ", ".join(f"{name}: {value}" for name, value in action.arguments.items())
        yield f"{number}. {thinking}called {action.name} ({_quoted(asked, trajectory, SAID_CHARS)})"
    elif action.kind == "answer":
        yield f"{number}. {thinking}answered"
    else:
        yield f"{number}. {thinking}said what could not be read: {_quoted(action.problem, trajectory, SAID_CHARS)}"


def _heard(turn: Turn, trajectory: Trajectory) -> str:
    words = "\n".join(message.text for message in turn.heard)
    if _SKILL in words:  # its name stands in the call, and its text is the same in every attempt
        return ""
    return _quoted(_CANDIDATE.sub(r"a picture “\1”", _LEFT_OUT.sub("", words)), trajectory, HEARD_CHARS)


def _ending(trajectory: Trajectory) -> Iterator[str]:
    program = trajectory.program
    if program is None:
        why = trajectory.failure.what if trajectory.failure else "it gave no answer"
        yield f"It ended without a program ({trajectory.stop.value}): {_quoted(why, trajectory, SAID_CHARS)}"
        return
    titles = {image.digest: image.title for image in trajectory.images}
    yield f"Its prompt: {_quoted(program.prompt, trajectory, 2000)}"
    for number, reference in enumerate(program.references, 1):
        title = _blunted(titles.get(reference.digest, "a picture"))
        yield f"Its {ordinal(number)} reference: “{title}”, {_quoted(reference.note, trajectory, SAID_CHARS)}"
    yield from (f"It had to be mended: {_quoted(what, trajectory, SAID_CHARS)}" for what in trajectory.mended)


def _judged(what: str, verdict: Verdict | None) -> Iterator[str]:
    if verdict is None or not verdict.scores:
        yield f"{what} was not judged."
        return
    yield f"{what} was judged: " + ", ".join(f"{axis} {score:g}" for axis, score in verdict.scores.items())
    if verdict.rationale:
        yield f"   because: {_blunted(one_line(verdict.rationale, max_chars=RATIONALE_CHARS))}"


def _axis(axis: AxisContrast) -> str:
    told = "; ".join(
        f"{'higher' if effect.difference > 0 else 'lower'} with: {_blunted(str(effect.choice))} "
        f"({effect.times} of {effect.of})"
        for effect in axis.effects[:MOST_EFFECTS]
    )
    marks = "not compared" if axis.best is None or axis.worst is None else f"{axis.best:g} against {axis.worst:g}"
    return f"- {axis.axis}: {marks}; {told or 'no choice tells the attempts apart'}"


def _quoted(text: str, trajectory: Trajectory, max_chars: int) -> str:
    """On one line, with the titles of pictures in place of their ids."""
    titles = {image.ref: image.title for image in trajectory.images}

    def title(match: re.Match[str]) -> str:
        return f"“{titles.get(f'IMG_{int(match[1]):03d}', 'an unknown picture')}”"

    return _blunted(one_line(IMAGE_ID.sub(title, text), max_chars=max_chars))


def _blunted(text: str) -> str:
    return text.replace("<", "‹")
