"""A chat server on loopback that says what it was given to say, in either dialect, and can fail in every usual way.

    async with ChatServer(replies=["<answer>…</answer>"]) as server:
        policy = ServedPolicy(server.url, images=store)

It speaks vLLM's API, its additions included: token ids, pictures sent by id.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

from aiohttp import web
from pydantic import JsonValue

from .loopback import LoopbackServer

Fault = Literal[
    "break_off",
    "hang",
    "drip",
    "html",
    "half_json",
    "busy",
    "busy_silent",
    "error",
    "no_choices",
    "no_content",
    "redirect",
    "key_refused",
]
"""What goes wrong with one call; "busy" says how long to wait and "busy_silent" does not."""

FAULTS: tuple[Fault, ...] = get_args(Fault)

SECONDS_A_DRIP = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeReply:
    """A reply with tool calls, each a name and its arguments; a text stands for arguments as they were written."""

    calls: tuple[tuple[str, dict[str, JsonValue] | str], ...]
    text: str = ""
    thought: str | None = None
    """Split off, as a server with a reasoning parser does."""
    cut_off: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainReply:
    """A reply of words alone, with its particulars."""

    text: str
    thought: str | None = None
    """Split off, as a server with a reasoning parser does."""
    cut_off: bool = False


Line = str | PlainReply | NativeReply | Callable[[dict[str, Any]], "str | PlainReply | NativeReply"]
"""A reply, or what makes one of the payload."""


class ChatServer(LoopbackServer):
    """Says its lines in order, each conversation from the first; which is due follows from the conversation alone."""

    def __init__(
        self,
        replies: Sequence[Line],
        *,
        faults: Sequence[Fault | None] | Callable[[int], Fault | None] = (),
        models: Sequence[str] = ("GenEvolve",),
        key: str = "",
        seconds_a_reply: float = 0.0,
        sees_pictures: bool = True,
        max_pictures: int | None = None,
        knows_ids: bool = False,
        counts: bool = True,
        retokenises: bool = False,
        repeat_last: bool = False,
    ) -> None:
        """A server with these lines; it is started by `async with`.

        Args:
            faults: what happens to the first calls, in order, or to the call of a number (from 0); None is no fault.
            key: what a caller must show; "" lets everyone in.
            sees_pictures: otherwise a conversation with pictures is refused, as vLLM does for a model without sight.
            knows_ids: pictures that were sent under an id may be sent by it alone, until `forget_pictures`.
            counts: tell how many tokens were used.
            retokenises: give the history other ids at every call, as a chat template that rewrites it does.
            repeat_last: say the last line for ever; otherwise the end of the script is an error.
        """
        self._replies = list(replies)
        self._faults = faults
        self.models = list(models)
        self._key = key
        self._seconds = seconds_a_reply
        self._sees_pictures = sees_pictures
        self._max_pictures = max_pictures
        self._knows_ids = knows_ids
        self._counts = counts
        self._retokenises = retokenises
        self._repeat_last = repeat_last
        self._refuses: Callable[[dict[str, Any]], str] = lambda _payload: ""
        self._pictures: set[str] = set()
        self.url = ""
        """The base address, once it is started."""
        self.heard: list[dict[str, Any]] = []
        """The payloads of all calls, in order, those that met a fault included."""
        self.asked_for_models = 0

    def refuse_with(self, refusal: Callable[[dict[str, Any]], str]) -> None:
        """Refuse each payload for which this returns words, as a bad request with those words."""
        self._refuses = refusal

    def forget_pictures(self) -> None:
        """Empty the cache of pictures."""
        self._pictures.clear()

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=100_000_000)
        app.router.add_get("/v1/models", self._list_models)
        app.router.add_post("/v1/chat/completions", self._complete)
        self.url = f"http://{await self._start(app)}/v1"
        return self

    async def _list_models(self, request: web.Request) -> web.Response:
        self.asked_for_models += 1
        if not self._lets_in(request):
            return error_answer(401, "Unauthorized")
        return web.json_response({"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]})

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        payload: dict[str, Any] = await request.json()
        number = len(self.heard)
        self.heard.append(payload)
        if not self._lets_in(request):
            return error_answer(401, "Unauthorized")
        if self._seconds:
            await asyncio.sleep(self._seconds)
        fault = self._faults(number) if callable(self._faults) else dict(enumerate(self._faults)).get(number)
        if fault is not None and fault != "drip":
            return await fault_answer(fault, request)
        if refusal := self._refuses(payload) or self._refusal(payload):
            return error_answer(400, refusal)
        said = sum(message["role"] == "assistant" for message in payload["messages"])
        if said >= len(self._replies) and not self._repeat_last:
            return error_answer(400, f"the script of {len(self._replies)} replies is over")
        line = self._replies[min(said, len(self._replies) - 1)]
        answer = self._answer(payload, line(payload) if callable(line) else line, number)
        return await _drip(answer, request) if fault == "drip" else web.json_response(answer)

    def _lets_in(self, request: web.Request) -> bool:
        return not self._key or request.headers.get("Authorization") == f"Bearer {self._key}"

    def _refusal(self, payload: dict[str, Any]) -> str:
        """Why vLLM would not take this payload; "" where it would."""
        if payload["model"] not in self.models:
            return f"The model `{payload['model']}` does not exist."
        pictures = [
            part
            for message in payload["messages"]
            if isinstance(message.get("content"), list)
            for part in message["content"]
            if part["type"] == "image_url"
        ]
        if pictures and not self._sees_pictures:
            return f"{payload['model']} is not a multimodal model"
        if self._max_pictures is not None and len(pictures) > self._max_pictures:
            return f"At most {self._max_pictures} image(s) may be provided in one prompt."
        for index, part in enumerate(pictures):
            if part["image_url"] is None and not self._knows_ids:
                return "image_url: Input should be a valid dictionary"
            if part["image_url"] is None and part["uuid"] not in self._pictures:
                return f"Cache miss for image at index {index} but data is not provided."
        self._pictures |= {part["uuid"] for part in pictures if "uuid" in part}
        return _broken_protocol(payload["messages"])

    def _answer(self, payload: dict[str, Any], said: "str | PlainReply | NativeReply", number: int) -> dict[str, Any]:
        reply = PlainReply(text=said) if isinstance(said, str) else said
        message: dict[str, Any] = {"role": "assistant", "content": reply.text}
        if isinstance(reply, NativeReply):
            message["content"] = reply.text or None
            message["tool_calls"] = [
                {
                    "id": f"chatcmpl-tool-{number}-{index}",
                    "type": "function",
                    "function": {
                        "name": name,
                        "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments),
                    },
                }
                for index, (name, arguments) in enumerate(reply.calls)
            ]
        if reply.thought is not None:
            message["reasoning_content"] = reply.thought
        ended = "length" if reply.cut_off else "tool_calls" if isinstance(reply, NativeReply) else "stop"
        choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": ended}
        answer: dict[str, Any] = {"object": "chat.completion", "model": payload["model"], "choices": [choice]}
        prompt, sampled = _token_ids(payload["messages"], shift=number if self._retokenises else 0), _ids_of(message)
        if self._counts:
            answer["usage"] = {"prompt_tokens": len(prompt), "completion_tokens": len(sampled)}
        if payload.get("return_token_ids"):
            answer["prompt_token_ids"], choice["token_ids"] = prompt, sampled
        if payload.get("logprobs"):
            choice["logprobs"] = {"content": [{"token": "?", "logprob": -token / 1000} for token in sampled]}
        return answer


def error_answer(status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
    """An error as these servers word it."""
    return web.json_response({"error": {"message": message, "code": status}}, status=status, headers=headers)


async def fault_answer(fault: Fault, request: web.Request) -> web.Response:
    """What a call gets that a fault befalls; "drip" is none of these."""
    match fault:
        case "break_off":
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        case "hang":
            await asyncio.sleep(3600)
            return web.Response()
        case "html":
            return web.Response(text="<html><body><h1>Welcome to nginx!</h1></body></html>", content_type="text/html")
        case "half_json":
            return web.Response(
                text='{"object": "chat.completion", "choices": [{"mess', content_type="application/json"
            )
        case "busy":
            return error_answer(429, "Too many requests", {"Retry-After": "0"})
        case "busy_silent":
            return error_answer(429, "Too many requests")
        case "redirect":
            return web.Response(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})
        case "key_refused":
            return error_answer(401, "Incorrect API key provided")
        case "no_choices":
            return web.json_response({"object": "chat.completion", "choices": []})
        case "no_content":
            choice = {"index": 0, "message": {"role": "assistant", "content": None}, "finish_reason": "stop"}
            return web.json_response({"object": "chat.completion", "choices": [choice]})
        case _:
            return error_answer(500, "Internal server error")


async def _drip(answer: dict[str, Any], request: web.Request) -> web.StreamResponse:
    """The answer, a few bytes at a time."""
    body = json.dumps(answer).encode()
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(body))})
    await response.prepare(request)
    for start in range(0, len(body), 8):
        await response.write(body[start : start + 8])
        await asyncio.sleep(SECONDS_A_DRIP)
    return response


def _broken_protocol(messages: list[dict[str, Any]]) -> str:
    """What is wrong with the order of calls and their answers, as strict servers check it; "" where nothing is."""
    due: list[str] = []
    for message in messages:
        if message["role"] == "tool":
            if message.get("tool_call_id") not in due:
                return "messages with role 'tool' must be a response to a preceding message with 'tool_calls'"
            due.remove(message["tool_call_id"])
        elif due:
            return f"tool_call_ids did not have response messages: {', '.join(due)}"
        for call in message.get("tool_calls", ()):
            if not isinstance(json.loads(call["function"]["arguments"]), dict):
                return "the arguments of a tool call are no JSON object"
            due.append(call["id"])
    return f"tool_call_ids did not have response messages: {', '.join(due)}" if due else ""


def _ids_of(message: dict[str, Any]) -> list[int]:
    """A byte each, of the words and of the calls, and a token that ends the message."""
    words = message.get("content") or ""
    if not isinstance(words, str):
        words = json.dumps(words)
    return [*(words + json.dumps(message.get("tool_calls", []))).encode(), 256]


def _token_ids(messages: list[dict[str, Any]], *, shift: int) -> list[int]:
    """A prompt in which every message opens with a token of its role, and the last opens the reply."""
    roles = {"system": 257, "user": 258, "assistant": 259, "tool": 260}
    ids = [token for message in messages for token in (roles[message["role"]] + shift, *_ids_of(message))]
    return [*ids, roles["assistant"] + shift]
