"""The native dialect: the chat API's own tool calls, read with the checks and repairs of those in tags.

A call stands in `tool_calls`, an answer in the words. The API wants every call
of a message answered by its id before anyone else speaks, so calls beyond the
first, which alone is run, are answered too.
"""

import json
from collections.abc import Sequence

from pydantic import JsonValue

from ..records import Answer, ImagePart, Malformed, Message
from .grammar import MAX_REPLY_CHARS, NO_ACTION, Reading, read_reply
from .json_reader import JsonError, JsonReader
from .shapes import read_shape

NO_CALL_OR_ANSWER = (
    "it neither calls a tool nor holds an answer; call one tool, or write exactly one <answer>{…}</answer>"
)
CALL_AND_ANSWER = "it calls a tool and answers at once; do one of the two"
ONE_AT_A_TIME = "This call was not run: make one call at a time. Make it again if you still need it."

Call = dict[str, JsonValue]


def read_native(text: str, calls: Sequence[JsonValue]) -> Reading:
    """The one action of a reply with native calls, or what is wrong with it."""
    if len(text) + length_of(calls) > MAX_REPLY_CHARS:
        return Reading(action=Malformed(problem=f"it has more than the {MAX_REPLY_CHARS:,} characters that are read"))
    spoken = read_reply(text)
    if not calls:
        if spoken.action == Malformed(problem=NO_ACTION):
            return Reading(action=Malformed(problem=NO_CALL_OR_ANSWER))
        return spoken
    if isinstance(spoken.action, Answer):
        return Reading(action=Malformed(problem=CALL_AND_ANSWER))
    reading = _read_call(calls[0])
    if len({_said(call) for call in calls}) > 1 and not isinstance(reading.action, Malformed):
        more = f"only the first of {len(calls)} tool calls was taken"
        return Reading(action=reading.action, repairs=(*reading.repairs, more))
    return reading


def sendable(calls: Sequence[JsonValue], *, reply: int) -> tuple[JsonValue, ...]:
    """The calls as any server takes them back: each with an id of its own, a name, and arguments that are JSON.

    Args:
        reply: number of the reply that made them, for ids that are missing.
    """
    sent: list[JsonValue] = []
    ids: set[str] = set()
    for number, call in enumerate(calls, 1):
        given = call.get("id") if isinstance(call, dict) else None
        call_id = given if isinstance(given, str) and given and given not in ids else f"call_{reply}_{number}"
        ids.add(call_id)
        name, arguments = _said(call)
        function: JsonValue = {"name": name or "unnamed", "arguments": _resent(arguments)}
        sent.append({"id": call_id, "type": "function", "function": function})
    return tuple(sent)


def answered(calls: Sequence[JsonValue], text: str, images: tuple[ImagePart, ...] = ()) -> list[Message]:
    """The messages that answer `sendable` calls: the text for the first, a refusal for the others, then pictures.

    A tool's message holds words only, so pictures follow in one of the user's.
    """
    ids = [str(call["id"]) for call in calls if isinstance(call, dict)]
    said = [text, *[ONE_AT_A_TIME] * (len(ids) - 1)]
    messages = [Message.of("tool", words).but(answers=call_id) for call_id, words in zip(ids, said, strict=True)]
    if images:
        shown = ", ".join(image.ref for image in images)
        messages.append(Message.of("user", f"The pictures that were found, in this order: {shown}", images))
    return messages


def length_of(calls: Sequence[JsonValue]) -> int:
    """Characters that some calls were written in."""
    return sum(len(name) + len(arguments) for name, arguments in map(_said, calls))


def _read_call(call: JsonValue) -> Reading:
    name, arguments = _said(call)
    repairs: tuple[str, ...] = ()
    value: JsonValue = {}
    if arguments.strip():
        try:
            value = json.loads(arguments, parse_constant=_refuse)
        except (ValueError, RecursionError):
            reader = JsonReader(arguments)
            try:
                value = reader.read()
            except JsonError as fault:
                return Reading(action=Malformed(problem=f"the arguments of the tool call cannot be read: {fault}"))
            repairs = tuple(reader.repairs)
    shape = read_shape({"name": name, "arguments": value}, tag="tool_call")
    return Reading(action=shape.action, repairs=(*repairs, *shape.repairs))


def _said(call: JsonValue) -> tuple[str, str]:
    """The name and the arguments as written; some servers send the arguments as an object, some without a wrapping."""
    fields = call if isinstance(call, dict) else {}
    inner = fields.get("function")
    fields = inner if isinstance(inner, dict) else fields
    name, arguments = fields.get("name"), fields.get("arguments")
    written = arguments if isinstance(arguments, str) else "" if arguments is None else json.dumps(arguments)
    return (name if isinstance(name, str) else ""), written


def _resent(arguments: str) -> str:
    """Arguments that are a JSON object: servers parse the history again, and fail on what a model wrote wrongly."""
    try:
        if isinstance(json.loads(arguments, parse_constant=_refuse), dict):
            return arguments
    except (ValueError, RecursionError):
        pass
    return json.dumps({"unreadable": arguments[:2000]}, ensure_ascii=False) if arguments.strip() else "{}"


def _refuse(constant: str) -> JsonValue:
    raise ValueError(f"{constant} is not JSON")
