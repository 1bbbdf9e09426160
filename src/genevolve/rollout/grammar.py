"""What a reply asks for: one tool call, one answer, or nothing that can be used.

    reply   = [ "<think>" anything "</think>" ] action
    action  = "<tool_call>" json "</tool_call>"  |  "<answer>" json "</answer>"

A reply with one clear reading is read, however it is written, and each liberty
is noted; anything else is `Malformed`, with a problem the policy can act on.
Reading takes time in proportion to the reply, whatever it holds.
"""

import re
from dataclasses import dataclass, field

from pydantic import JsonValue

from ..language.text import well_formed
from ..records import Action, Malformed
from .json_reader import JsonError, JsonReader
from .shapes import looks_like_action, read_shape

MAX_REPLY_CHARS = 200_000
"""Longer replies are not looked into: fifty times what the token limit allows in English."""
MAX_FAULTS = 8
"""Attempts at broken JSON in one reply; each may cost its whole length."""

NO_ACTION = (
    "it holds no action; after your thoughts write exactly one <tool_call>{…}</tool_call> or one <answer>{…}</answer>"
)
SEVERAL_ACTIONS = (
    "it holds {count} different actions; write exactly one and end there: "
    "what a tool returns comes in the next message, never from you"
)

_TAG = re.compile(r"<\s{0,2}(/?)\s{0,2}(think|tool_call|answer)\s{0,2}>", re.IGNORECASE)
_THINK_END = re.compile(r"<\s{0,2}/\s{0,2}think\s{0,2}>", re.IGNORECASE)
_OPENS_JSON = re.compile(r"\s*[{\[]")
_FENCE = re.compile(r"\s*```[A-Za-z]{0,10}[ \t]*\n?")
_TAIL = re.compile(r"[\s\]}`]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a reply was understood."""

    action: Action
    repairs: tuple[str, ...] = ()
    """What was read forgivingly, and how."""


def read_reply(text: str) -> Reading:
    """The one action of a reply, or what is wrong with it."""
    if len(text) > MAX_REPLY_CHARS:
        return Reading(
            action=Malformed(problem=f"it has {len(text):,} characters; at most {MAX_REPLY_CHARS:,} are read")
        )
    scan = _scan(well_formed(text))
    if not scan.actions and not scan.fault and not scan.unclosed_think:
        _scan_bare(scan)
    return _conclude(scan)


@dataclass(slots=True)
class _Scan:
    """What has been seen of a reply so far."""

    text: str
    actions: list[Action] = field(default_factory=list[Action])
    repairs: list[str] = field(default_factory=list[str])
    fault: str = ""
    empty_tags: int = 0
    """Opening tags that no JSON follows: mentions in prose."""
    spoken_from: int = 0
    """Where the thoughts end."""
    action_ends: int = 0
    """Behind the last action's closing tag."""
    unclosed_think: bool = False
    faults: int = 0

    def forget(self, position: int) -> None:
        """All before this was thought, not said."""
        self.actions, self.fault, self.empty_tags, self.spoken_from = [], "", 0, position
        self.repairs = []


def _scan(text: str) -> _Scan:
    scan = _Scan(text)
    position = 0
    while match := _TAG.search(text, position):
        position = match.end()
        closing, name = bool(match[1]), match[2].lower()
        if name == "think" and not closing:
            position = _skip_thought(scan, position)
        elif name == "think":
            # Chat templates may open the thought themselves, so a lone </think> ends what began with the reply.
            scan.forget(position)
            scan.repairs.append("all before a </think> without <think> was taken as thought")
        elif not closing:
            position = _read_tagged(scan, name, position)
        if scan.faults >= MAX_FAULTS:
            break
    return scan


def _skip_thought(scan: _Scan, position: int) -> int:
    end = None if scan.unclosed_think else _THINK_END.search(scan.text, position)
    if end is None:
        scan.unclosed_think = True
        return position
    if not scan.actions:
        scan.spoken_from = end.end()
    return end.end()


def _read_tagged(scan: _Scan, tag: str, position: int) -> int:
    """Reads what stands between a tag and its end; returns where to go on."""
    fence = _FENCE.match(scan.text, position)
    reader = JsonReader(scan.text, fence.end() if fence else position)
    if not _OPENS_JSON.match(scan.text, reader.position):
        scan.empty_tags += 1
        return position
    repairs = ["a code fence around the JSON was dropped"] if fence else []
    try:
        value = reader.read()
    except JsonError as fault:
        scan.fault = scan.fault or f"the JSON in <{tag}> cannot be read: {fault}"
        scan.faults += 1
        return position
    repairs += reader.repairs
    _take(scan, value, tag, repairs)
    return _finish_tag(scan, tag, reader.position)


def _finish_tag(scan: _Scan, tag: str, position: int) -> int:
    """Steps over what follows the JSON up to the closing tag, and notes what had to be forgiven."""
    tail = _TAIL.match(scan.text, position)
    assert tail  # the pattern matches the empty text
    if "}" in tail[0] or "]" in tail[0]:
        scan.repairs.append("closing brackets too many were dropped")
    closing = _TAG.search(scan.text, tail.end())
    if closing is None:
        scan.action_ends = len(scan.text)
        scan.repairs.append(f"the missing </{tag}> was added")
        _take_more(scan, tag, tail.end(), len(scan.text))
        return len(scan.text)
    _take_more(scan, tag, tail.end(), closing.start())
    if closing[2].lower() != tag or not closing[1]:
        scan.repairs.append(f"the missing </{tag}> was added")
        scan.action_ends = closing.start()
        return closing.start()
    scan.action_ends = closing.end()
    return closing.end()


def _take_more(scan: _Scan, tag: str, start: int, end: int) -> None:
    """Further objects in one pair of tags are further actions; other words there are passed over."""
    rest = scan.text[start:end].strip(" \t\r\n`,")
    if not rest:
        return
    if not rest.startswith("{"):
        scan.repairs.append(f"words after the JSON in <{tag}> were passed over")
        return
    reader = JsonReader(rest)
    try:
        while reader.position < len(rest):
            _take(scan, reader.read(), tag, [])
            reader.position += len(rest[reader.position :]) - len(rest[reader.position :].lstrip(" \t\r\n`,"))
    except JsonError:
        scan.fault = scan.fault or f"more than one object stands in <{tag}>; write one"


def _take(scan: _Scan, value: JsonValue, tag: str, repairs: list[str]) -> None:
    if isinstance(value, list) and value:
        if len(value) == 1:
            repairs.append("a list of one was read as its only item")
        for item in value:
            _take(scan, item, tag, repairs)
            repairs = []
        return
    reading = read_shape(value, tag=tag)
    if isinstance(reading.action, Malformed):
        scan.fault = scan.fault or reading.action.problem
    elif reading.action in scan.actions:
        scan.repairs.append("the same action stood there more than once and was read once")
    else:
        scan.actions.append(reading.action)
    scan.repairs += [*repairs, *reading.repairs]


def _scan_bare(scan: _Scan) -> None:
    """Looks for an action without its tags: the only JSON objects that have its form."""
    position = scan.spoken_from
    first_fault = ""
    while (position := scan.text.find("{", position)) >= 0 and scan.faults < MAX_FAULTS:
        reader = JsonReader(scan.text, position)
        try:
            value = reader.read()
        except JsonError as fault:
            scan.faults += 1
            first_fault = first_fault or str(fault)
            position += 1
            continue
        position = reader.position
        if looks_like_action(value):
            _take(scan, value, "", reader.repairs)
    if scan.actions:
        scan.repairs.append("an action without its tags was taken as one")
    elif first_fault and re.search(r'"(?:gen_prompt|arguments)"', scan.text[scan.spoken_from :]):
        scan.fault = scan.fault or f"its JSON cannot be read: {first_fault}"


def _conclude(scan: _Scan) -> Reading:
    repairs = tuple(dict.fromkeys(scan.repairs))
    if scan.fault:
        return Reading(action=Malformed(problem=scan.fault))
    if len(scan.actions) > 1:
        return Reading(action=Malformed(problem=SEVERAL_ACTIONS.format(count=len(scan.actions))))
    if not scan.actions:
        missing = "a <tool_call> or <answer> must hold one JSON object" if scan.empty_tags else NO_ACTION
        return Reading(action=Malformed(problem=missing))
    if scan.unclosed_think:
        # A thought may quote a call that is not meant; only one that ends the reply can be meant.
        if scan.text[scan.action_ends :].strip() or scan.empty_tags:
            return Reading(action=Malformed(problem="its <think> is never closed; write </think> before the action"))
        repairs = (*repairs, "the missing </think> was added before the action that ends the reply")
    if scan.empty_tags:
        repairs = (*repairs, "tags that hold nothing were passed over")
    return Reading(action=scan.actions[0], repairs=repairs)
