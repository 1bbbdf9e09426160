"""What a chat completion says: the first choice's words and calls, what they cost, and why they ended.

Servers differ in what they leave out. Whatever leaves the reply unclear is a
`ServiceError` in words; nothing is made up.
"""

import json
from dataclasses import dataclass
from math import isfinite
from typing import Any, cast

from pydantic import JsonValue

from ..errors import ServiceError
from ..language.text import one_line, well_formed
from ..records import TokenSpan, Usage

Fields = dict[str, Any]
MAX_DEPTH = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """One reply of a chat model."""

    text: str
    """Its words; thoughts that the server split off stand before them again, in <think> tags."""
    native_calls: tuple[JsonValue, ...] = ()
    """`tool_calls`, as received."""
    usage: Usage | None = None
    tokens: TokenSpan | None = None
    """Its context is the whole prompt."""
    cut_off: bool = False
    """It ended because it reached the token limit."""


def read_completion(answer: object, *, who: str) -> Completion:
    """The reply in a server's answer; `who` is what messages call the server.

    Raises:
        ServiceError: the answer holds no reply.
    """
    fields = _object(answer)
    choice = _object(next(iter(_list(fields.get("choices"))), None))
    message = _object(choice.get("message"))
    if not message:
        raise _nonsense(who, "no choice with a message", _error_within(fields) or one_line(repr(answer)))
    calls = _storable(_list(message.get("tool_calls")), who)
    words = _words(message.get("content"))
    thought = next((t for key in ("reasoning_content", "reasoning") if (t := _words(message.get(key)))), None)
    if words is None and not calls and thought is None:
        words = _words(message.get("refusal"))
        if words is None:
            ended = one_line(str(choice.get("finish_reason")), max_chars=60)
            raise _nonsense(who, "a message without content or tool calls", f"finish_reason {ended}")
    thinking = "" if thought is None else f"<think>{thought}</think>"
    return Completion(
        text=thinking + (words or ""),
        native_calls=calls,
        usage=_usage(fields.get("usage")),
        tokens=_tokens(fields, choice),
        cut_off=choice.get("finish_reason") == "length",
    )


def read_models(answer: object, *, who: str) -> list[str]:
    """The names in a server's list of models.

    Raises:
        ServiceError: the answer is no such list.
    """
    listed = _object(answer).get("data")
    if not isinstance(listed, list):
        raise ServiceError(f"{who} lists its models in no form that is known", fault="broken")
    return [name for entry in _list(cast(object, listed)) if isinstance(name := _object(entry).get("id"), str)]


def _nonsense(who: str, what: str, said: str) -> ServiceError:
    return ServiceError(
        f"{who} answered with {what} ({said}); expected a chat completion. "
        "Is it an OpenAI-compatible server, and does it serve a chat model?",
        fault="broken",
        may_have_served=True,
    )


def _error_within(fields: Fields) -> str:
    """The words of an error that came with status 200, as some gateways send it."""
    error = fields.get("error")
    said = _object(error).get("message", error)
    return one_line(said, max_chars=300) if isinstance(said, str) else ""


def _words(content: object) -> str | None:
    """A text, or the texts of a list of parts; None where there is neither."""
    if isinstance(content, str):
        return content
    texts = [text for part in _list(content) if isinstance(text := _object(part).get("text"), str)]
    return "".join(texts) if texts else None


def _usage(value: object) -> Usage | None:
    counts = _object(value)
    prompt, completion = counts.get("prompt_tokens"), counts.get("completion_tokens")
    if not isinstance(prompt, int) or not isinstance(completion, int) or min(prompt, completion) < 0:
        return None
    return Usage(prompt_tokens=prompt, completion_tokens=completion)


def _tokens(fields: Fields, choice: Fields) -> TokenSpan | None:
    """The ids and log-probabilities, in vLLM's fields; None unless all are there and agree in number."""
    context, reply = _list(fields.get("prompt_token_ids")), _list(choice.get("token_ids"))
    logprobs = [_object(entry).get("logprob") for entry in _list(_object(choice.get("logprobs")).get("content"))]
    if not context or not reply or len(logprobs) != len(reply):
        return None
    if not all(type(number) is int for number in (*context, *reply)):
        return None
    if not all(isinstance(number, int | float) and isfinite(number) for number in logprobs):
        return None
    return TokenSpan(
        context=tuple(cast(list[int], context)),
        reply=tuple(cast(list[int], reply)),
        logprobs=tuple(cast(list[float], logprobs)),
    )


def _storable(calls: list[object], who: str) -> tuple[JsonValue, ...]:
    """The calls as a record can hold them: no lone surrogates, no NaN, and not deeper than any tool needs."""
    if not calls:
        return ()
    if any(_is_deeper(call, MAX_DEPTH) for call in calls):
        raise _nonsense(who, "a tool call nested too deep", f"more than {MAX_DEPTH} levels")
    try:
        written = json.dumps(calls, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise _nonsense(who, "a tool call that holds no JSON value", "NaN or Infinity") from error
    return tuple(json.loads(well_formed(written)))


def _is_deeper(value: object, levels: int) -> bool:
    if not isinstance(value, list | dict):
        return False
    inner = cast(list[object], value) if isinstance(value, list) else list(cast(Fields, value).values())
    return levels == 0 or any(_is_deeper(item, levels - 1) for item in inner)


def _object(value: object) -> Fields:
    return cast(Fields, value) if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return cast(list[object], value) if isinstance(value, list) else []
