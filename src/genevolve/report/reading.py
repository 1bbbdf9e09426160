"""What the records of an attempt say, taken apart for a reader: the terminal and the page show the same readings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ..language.text import one_line
from ..records import (
    Answer,
    FoundImage,
    ImagePart,
    Malformed,
    Message,
    PlacedReference,
    PlacedShape,
    PlacedText,
    StopReason,
    ToolCall,
    Trajectory,
    Turn,
)

HeardKind = Literal["system", "request", "observation", "reminder", "refusal", "notice"]
"""What a message is to the policy: reminder: its reply could not be used; refusal: its answer cannot be drawn;
notice: only an answer is accepted now."""

_THOUGHT = re.compile(r"<think>(.*?)(?:</think>|\Z)", re.DOTALL)
_HEADING = re.compile(r"\[(?P<tool>search|image_search|query_knowledge): (?P<query>.*)\]$")
_END = re.compile(r"\[end of (?:results|skill)\]$")
_HIT = re.compile(r"\d+\. title: (?P<title>.*)$")
_PICTURE = re.compile(r"(?:(?P<first>IMG_\d{3,}): title: .*|title: .* \((?P<last>IMG_\d{3,})\))$")
_FIELD = re.compile(r"\s+(?P<key>url|snippet|page_url|local_path|licence): (?P<value>.*)$")
_WRAPPING = frozenset({"<tool_response>", "</tool_response>"})
_FINAL = "FINAL STEP"


@dataclass(slots=True, kw_only=True)
class Answered:
    """What came back for one question."""

    tool: str
    query: str
    hits: list[dict[str, str]]
    """Of a search for text: title, url and snippet of each."""
    refs: list[str]
    """Of a search for pictures: their ids."""
    said: str = ""
    """All other words: a skill's text, that nothing was found, why it failed."""


def thought_of(turn: Turn) -> str:
    """What the policy thought before it acted; empty where it did not say."""
    return "\n".join(thought.strip() for thought in _THOUGHT.findall(turn.reply)).strip()


def heard_kinds(trajectory: Trajectory, number: int) -> list[tuple[HeardKind, Message]]:
    """The messages before a turn, from 0, with what each is."""
    before = trajectory.turns[number - 1].action if number else None
    return [(_kind(message, before), message) for message in trajectory.turns[number].heard]


@lru_cache(maxsize=256)  # a skill is read in most attempts, and each response for two purposes
def observed(text: str) -> tuple[Answered, ...]:
    """A tool's response by question, as the policy read it; words without a heading stand by themselves."""
    answers: list[Answered] = []
    said: list[str] = []

    def close() -> None:
        words = "\n".join(said).strip("\n")
        said.clear()
        if words:
            if not answers or answers[-1].said:
                answers.append(Answered(tool="", query="", hits=[], refs=[]))
            answers[-1].said = words

    for line in text.splitlines():
        if heading := _HEADING.match(line):
            close()
            answers.append(Answered(tool=heading["tool"], query=heading["query"], hits=[], refs=[]))
        elif _END.match(line):
            close()
        elif line.strip() not in _WRAPPING and not (answers and _listed(line, answers[-1])):
            said.append(line)
    close()
    return tuple(answers)


def plain_lines(message: Message) -> list[str]:
    """The lines of an observation, without the tags around it."""
    return [line for line in message.text.splitlines() if line.strip() not in _WRAPPING]


def refs_shown(message: Message) -> tuple[str, ...]:
    """The ids of the pictures that a message shows."""
    return tuple(part.ref for part in message.parts if isinstance(part, ImagePart))


def questions_of(trajectory: Trajectory) -> Iterator[Answered]:
    """Everything that came back in an attempt, in order."""
    for number in range(1, len(trajectory.turns)):
        for kind, message in heard_kinds(trajectory, number):
            if kind == "observation":
                yield from observed(message.text)


def placed_in_words(item: PlacedReference | PlacedText | PlacedShape) -> str:
    """What stands where on a picture."""
    match item:
        case PlacedReference():
            what = f"reference {item.ordinal}"
        case PlacedText():
            what = f"{item.role} text {one_line(item.text, max_chars=80)!r} in {item.typeface}"
        case PlacedShape():
            what = " ".join(filter(None, [item.colour_name, item.noun]))
    left, top, right, bottom = item.box
    return f"{what}: {right - left}x{bottom - top} px at {left},{top}"


def credit_in_words(image: FoundImage) -> str:
    """A picture's title with its licence, author and source on one line."""
    known = ", ".join(filter(None, [image.licence, image.author, image.page_url or image.image_url]))
    return f"{one_line(image.title, max_chars=100)} ({known})"


def stop_in_words(stop: StopReason) -> str:
    """Why an attempt ended: "out of turns"."""
    return stop.value.replace("_", " ")


def _kind(message: Message, before: ToolCall | Answer | Malformed | None) -> HeardKind:
    if message.role == "system":
        return "system"
    if before is None:
        return "request"
    text = message.text
    if text.startswith(_FINAL):
        return "notice"
    match before:
        case Answer():
            return "refusal"
        case Malformed():
            return "reminder"
        case ToolCall():
            # A call that was made when none was left is answered with a reminder: it names no tool's answer.
            return (
                "reminder"
                if _FINAL in text and not any(_HEADING.match(line) for line in plain_lines(message))
                else "observation"
            )


def _listed(line: str, answer: Answered) -> bool:
    """Take up a line that lists a hit or says more of it; False where it is none."""
    if picture := _PICTURE.match(line):
        answer.refs.append(picture["first"] or picture["last"])
    elif hit := _HIT.match(line):
        answer.hits.append({"title": hit["title"]})
    elif field := _FIELD.match(line):
        if not answer.hits:
            return bool(answer.refs)
        answer.hits[-1][field["key"]] = field["value"]
    else:
        return False
    return True
