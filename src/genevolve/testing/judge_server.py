"""A judge on loopback that looks at the pictures it is sent, answers as you say, and misbehaves as models do.

    async with JudgeServer(lambda seen: {"rationale": "…", "faithfulness": 1, …}) as server:
        judge = VisionJudge(KSCORE, server.url, images=store, settings=JudgeSettings(model="judge"))

What befalls a call follows from the seed, what is asked, and how often it was
asked before; not from the order in which calls arrive. A reply that misbehaves
holds wrong scores wherever it can, so that who guesses is found out.
"""

import asyncio
import base64
import json
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import web
from pydantic import JsonValue

from ..errors import UsageError
from ..records import digest_bytes
from .chat_server import FAULTS, Fault, error_answer, fault_answer
from .loopback import LoopbackServer

Fields = Mapping[str, JsonValue]
PROMPT_TOKENS = 100
"""What the server counts for every prompt; of a reply it counts the characters."""
_LIMIT_REACHED = "length"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the judge is shown."""

    rubric: str
    text: str
    """The words of the question."""
    pictures: tuple[bytes, ...]
    """The files, in the order in which they were sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One call."""

    question: str
    """Names what is asked: equal for a question and the repair of its reply."""
    messages: tuple[str, ...]
    """The words of each message."""
    pictures: tuple[str, ...]
    """Digests of the files."""
    settings: Mapping[str, Any]
    """The payload without its messages."""
    key: str | None
    """What the caller showed."""
    misbehaviour: str | None
    """What befell the call; None: it was answered well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    text: str | None
    refusal: str | None = None
    ended: str = "stop"


class JudgeServer(LoopbackServer):
    """Answers each question, or spoils the answer; use it with `async with`."""

    def __init__(
        self,
        answer: Callable[[Seen], Fields],
        *,
        misbehaves: float = 0.0,
        kinds: Sequence[str] | None = None,
        seed: int = 0,
        models: Sequence[str] = ("judge",),
        key: str = "",
        seconds_a_reply: float = 0.0,
        takes_schema: bool = True,
        takes_temperature: bool = True,
        counts: bool = True,
    ) -> None:
        """A server that answers so; it is started by `async with`.

        Args:
            answer: the right fields of a reply.
            misbehaves: the share of calls that go wrong.
            kinds: what may go wrong, of `MISBEHAVIOURS`; None for all of it.
            key: what a caller must show; "" lets everyone in.
            takes_schema: otherwise a `response_format` is refused; replies come fenced, in prose or behind thoughts.
            takes_temperature: otherwise one is refused, as by models that reason.
            counts: tell how many tokens were used.

        Raises:
            UsageError: a kind is none of them.
        """
        if unknown := set(kinds or ()) - set(MISBEHAVIOURS):
            raise UsageError(f"nothing goes wrong by the name {min(unknown)!r}; choose of {', '.join(MISBEHAVIOURS)}")
        self._answer = answer
        self._share = misbehaves
        self._kinds = tuple(MISBEHAVIOURS if kinds is None else kinds)
        self._seed = seed
        self.models = list(models)
        self._key = key
        self._seconds = seconds_a_reply
        self._takes_schema = takes_schema
        self._takes_temperature = takes_temperature
        self._counts = counts
        self._times: Counter[str] = Counter()
        self.url = ""
        """The base address, once it is started."""
        self.heard: list[Heard] = []
        """All calls that were let in and not refused for their fields, in order."""
        self.refused: Counter[str] = Counter()
        """How often a field was refused."""

    def calm(self) -> None:
        """From now on nothing goes wrong."""
        self._share = 0.0

    @property
    def befell(self) -> Counter[str]:
        """How often each misbehaviour struck."""
        return Counter(call.misbehaviour for call in self.heard if call.misbehaviour)

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=200_000_000)
        app.router.add_get("/v1/models", self._list_models)
        app.router.add_post("/v1/chat/completions", self._complete)
        self.url = f"http://{await self._start(app)}/v1"
        return self

    async def _list_models(self, request: web.Request) -> web.Response:
        if not self._lets_in(request):
            return error_answer(401, "Unauthorized")
        return web.json_response({"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]})

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        if not self._lets_in(request):
            return error_answer(401, "Unauthorized")
        payload: dict[str, Any] = await request.json()
        if refusal := self._refusal(payload):
            return error_answer(400, refusal)
        if self._seconds:
            await asyncio.sleep(self._seconds)
        seen = _seen(payload["messages"])
        question = _question(payload["messages"])
        chance = random.Random(f"{self._seed} {question} {self._times[question]}")
        self._times[question] += 1
        misbehaviour = chance.choice(self._kinds) if chance.random() < self._share else None
        self.heard.append(_heard(request, payload, seen, misbehaviour))
        if misbehaviour is not None and misbehaviour in _FAULTS:
            return await fault_answer(_FAULTS[misbehaviour], request)
        fields = self._answer(seen)
        if misbehaviour is not None:
            said = SLIPS[misbehaviour](fields, chance)
        else:
            said = _Said(text=json.dumps(fields) if "response_format" in payload else chance.choice(_WAYS)(fields))
        return web.json_response(self._completion(said))

    def _lets_in(self, request: web.Request) -> bool:
        return not self._key or request.headers.get("Authorization") == f"Bearer {self._key}"

    def _refusal(self, payload: dict[str, Any]) -> str:
        """Why the payload is not taken; "" where it is."""
        if payload["model"] not in self.models:
            return f"The model `{payload['model']}` does not exist."
        if not self._takes_schema and "response_format" in payload:
            self.refused["response_format"] += 1
            return "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model."
        if not self._takes_temperature and "temperature" in payload:
            self.refused["temperature"] += 1
            return (
                "Unsupported value: 'temperature' does not support 0.0 with this model. Only the default is supported."
            )
        return ""

    def _completion(self, said: _Said) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": said.text}
        if said.refusal is not None:
            message["refusal"] = said.refusal
        choice = {"index": 0, "message": message, "finish_reason": said.ended}
        answer: dict[str, Any] = {"object": "chat.completion", "choices": [choice]}
        if self._counts:
            answer["usage"] = {"prompt_tokens": PROMPT_TOKENS, "completion_tokens": len(said.text or "")}
        return answer


def _parts(messages: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """The parts of a kind in all messages; a message that is a text is a text part."""
    parts: list[dict[str, Any]] = []
    for message in messages:
        content = message["content"]
        parts += [{"type": "text", "text": content}] if isinstance(content, str) else content
    return [part for part in parts if part["type"] == kind]


def _seen(messages: list[dict[str, Any]]) -> Seen:
    urls = [part["image_url"]["url"] for part in _parts(messages[1:2], "image_url")]
    return Seen(
        rubric=_parts(messages[:1], "text")[0]["text"],
        text=_parts(messages[1:2], "text")[0]["text"],
        pictures=tuple(base64.b64decode(url.partition(",")[2]) for url in urls),
    )


def _question(messages: list[dict[str, Any]]) -> str:
    return digest_bytes(json.dumps(messages[:2]).encode())


def _heard(request: web.Request, payload: dict[str, Any], seen: Seen, misbehaviour: str | None) -> Heard:
    return Heard(
        question=_question(payload["messages"]),
        messages=tuple("\n".join(part["text"] for part in _parts([one], "text")) for one in payload["messages"]),
        pictures=tuple(digest_bytes(picture) for picture in seen.pictures),
        settings={name: value for name, value in payload.items() if name != "messages"},
        key=request.headers.get("Authorization", "").removeprefix("Bearer ") or None,
        misbehaviour=misbehaviour,
    )


_WAYS: tuple[Callable[[Fields], str], ...] = (
    json.dumps,
    lambda fields: f"```json\n{json.dumps(fields, indent=2)}\n```",
    lambda fields: f"Here is what I found.\n\n{json.dumps(fields)}\n\nI hope that this helps.",
    lambda fields: f"<think>Perhaps {json.dumps(_wrong(fields))}? No.</think>\n{json.dumps(fields)}",
    lambda fields: f"So it is {{unclear}}, and then not.\n</think>\n\n{json.dumps(fields)}",
)
"""How a right answer may be written where no schema binds it."""


def _scores(fields: Fields) -> list[str]:
    return [name for name, value in fields.items() if isinstance(value, int | float) and not isinstance(value, bool)]


def _wrong(fields: Fields) -> dict[str, JsonValue]:
    """The fields with every score off."""
    return {**fields, **{name: 0 if fields[name] else 1 for name in _scores(fields)}}


def _with(value: JsonValue) -> Callable[[Fields, random.Random], _Said]:
    """A reply with this value where one of its scores should be, and the others wrong."""

    def said(fields: Fields, chance: random.Random) -> _Said:
        return _Said(text=json.dumps({**_wrong(fields), chance.choice(_scores(fields)): value}))

    return said


def _without_an_axis(fields: Fields, chance: random.Random) -> _Said:
    left_out = chance.choice(_scores(fields))
    return _Said(text=json.dumps({name: value for name, value in _wrong(fields).items() if name != left_out}))


def _twice(fields: Fields, chance: random.Random) -> _Said:
    name = chance.choice(_scores(fields))
    return _Said(text=json.dumps(_wrong(fields))[:-1] + f', "{name}": {json.dumps(fields[name])}}}')


def _two_objects(fields: Fields, chance: random.Random) -> _Said:
    both = [json.dumps(fields), json.dumps(_wrong(fields))]
    chance.shuffle(both)
    return _Said(text="\nOn second thoughts:\n".join(both))


def _prose(fields: Fields, _: random.Random) -> _Said:
    wrong = _wrong(fields)
    return _Said(text="I would say: " + ", ".join(f"{name} {wrong[name]}" for name in _scores(fields)) + ".")


def _half(text: str) -> str:
    return text[: len(text) // 2]


Slip = Callable[[Fields, random.Random], _Said]
SLIPS: dict[str, Slip] = {
    "prose_only": _prose,
    "two_objects": _two_objects,
    "broken_draft_first": lambda fields, _: _Said(text=f"{_half(json.dumps(_wrong(fields)))}…\n{json.dumps(fields)}"),
    "missing_axis": _without_an_axis,
    "extra_axis": lambda fields, _: _Said(text=json.dumps({**_wrong(fields), "overall": 0.9})),
    "axis_twice": _twice,
    "nan": _with(float("nan")),
    "infinity": _with(float("inf")),
    "number_as_text": _with("0.5"),
    "truth_as_number": _with(True),
    "null": _with(None),
    "list_as_number": _with([0.5]),
    "between_levels": _with(0.7),
    "past_the_scale": _with(10),
    "below_the_scale": _with(-1),
    "in_a_list": lambda fields, _: _Said(text=json.dumps([_wrong(fields)])),
    "nested": lambda fields, _: _Said(text=json.dumps({"verdict": _wrong(fields)})),
    "empty": lambda _fields, _: _Said(text=""),
    "refusal": lambda _fields, _: _Said(text="I'm sorry, but I can't help with that."),
    "refusal_field": lambda _fields, _: _Said(text=None, refusal="I can't judge pictures of people."),
    "half_a_character": lambda fields, _: _Said(text=f"\ud83d {_half(json.dumps(_wrong(fields)))}"),
    "cut_off": lambda fields, _: _Said(text=_half(json.dumps(_wrong(fields))), ended=_LIMIT_REACHED),
    "cut_off_behind": lambda fields, _: _Said(text=json.dumps(_wrong(fields)), ended=_LIMIT_REACHED),
    "half_object": lambda fields, _: _Said(text=_half(json.dumps(_wrong(fields)))),
    "endless_thoughts": lambda fields, _: _Said(text=f"<think>Perhaps {json.dumps(_wrong(fields))}"),
}
"""What can be wrong with a reply."""

_FAULTS: dict[str, Fault] = {f"call_{fault}": fault for fault in FAULTS if fault not in {"drip", "key_refused"}}
MISBEHAVIOURS = (*SLIPS, *_FAULTS)
"""What can go wrong with a call: its reply, or what carries it."""
