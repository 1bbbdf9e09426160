"""A writer that asks a chat model for the five slots, and asks once more where the reply will not do."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

from pydantic import JsonValue

from ..chat import ChatClient, Completion
from ..errors import ServiceError, UsageError
from ..http.client import CallLimits
from ..http.keys import Keyring
from ..language.text import one_line
from ..records import Failure, Lesson, Message, Usage, WriterInfo, digest_of
from ..store.budget import Budget, one_call
from .check import MAX_SLOT_CHARS, Secrets
from .contrast import Contrast
from .telling import tell
from .write import WriterSettings, Written, admitted, secrets_in

SLOTS = tuple(Lesson.model_fields)

_THOUGHTS = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_FENCED = re.compile(r"\A```(?:json)?\s*\n(.*)\n\s*```\Z", re.DOTALL)
_SCHEMA: JsonValue = {
    "type": "json_schema",
    "json_schema": {
        "name": "lesson",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {slot: {"type": "string"} for slot in SLOTS},
            "required": list[JsonValue](SLOTS),
            "additionalProperties": False,
        },
    },
}
_NOT_TAKEN = {
    "response_format": re.compile(r"response_format|json_schema|schema|structured|guided", re.IGNORECASE),
    "temperature": re.compile(r"temperature", re.IGNORECASE),
}
"""Fields that some servers or models refuse, by the words in which they do."""

WRITER_KEYS = Keyring(pairs=(("GENEVOLVE_WRITER_URL", "GENEVOLVE_WRITER_KEY"),))


class ModelWriter:
    """Asks one model; close it when it is not needed any more."""

    def __init__(self, client: ChatClient, *, settings: WriterSettings, budget: Budget | None = None) -> None:
        """A writer that speaks through a client whose model is known.

        Args:
            budget: admits every question; None admits all.

        Raises:
            UsageError: the file of instructions cannot be read, or is empty.
        """
        self._client, self._budget = client, budget
        self._max_tokens = settings.max_tokens
        self._instructions = _instructions(settings.instructions)
        self._fields: dict[str, JsonValue] = {"temperature": settings.temperature, "response_format": _SCHEMA}
        self.info = WriterInfo(
            name="model", model=client.model, rubric=digest_of(self._instructions, settings.temperature)
        )

    @classmethod
    def from_environment(cls, settings: WriterSettings, *, budget: Budget | None = None) -> "ModelWriter":
        """The writer at `settings.base_url`, else at GENEVOLVE_WRITER_URL, with the key in GENEVOLVE_WRITER_KEY.

        Raises:
            UsageError: no address or no model is named, or the instructions cannot be read.
        """
        base_url, key = WRITER_KEYS.server(settings.base_url)
        for value, what, how in (
            (base_url, "server", "set base_url or GENEVOLVE_WRITER_URL to an address such as http://localhost:8000/v1"),
            (settings.model, "model", "set model to its name at the server"),
        ):
            if not value:
                raise UsageError(f"a model is to write the experiences, and no {what} is named; {how}")
        client = ChatClient(
            base_url,
            model=settings.model or "",
            key=key,
            who="the writer's server",
            limits=CallLimits(seconds=settings.seconds, tries=settings.tries),
            rpm=settings.rpm,
        )
        return cls(client, settings=settings, budget=budget)

    async def write(self, contrast: Contrast) -> Written:
        """The lesson, or why there is none; what the server or the model does wrong is never raised.

        Raises:
            BudgetError: the next question could pass the budget; it was not sent.
        """
        secrets = secrets_in(contrast)
        asked = [Message.of("system", self._instructions), Message.of("user", tell(contrast))]
        first = await self._reply(asked)
        if isinstance(first, Failure):
            return Written(lesson=None, reason="world", failure=first)
        written, complaint = _read(first, secrets)
        if not complaint:
            return replace(written, usage=first.usage)
        again = [*asked, Message.of("assistant", first.text), Message.of("user", complaint)]
        second = await self._reply(again)
        if isinstance(second, Failure):
            # The first reply may still hold slots that will do.
            return replace(written, failure=second, repairs=(complaint,), usage=first.usage)
        mended, _ = _read(second, secrets)
        better = max((mended, written), key=lambda one: len(one.lesson.said) if one.lesson else 0)
        return replace(better, repairs=(complaint,), usage=_sum(first.usage, second.usage))

    async def close(self) -> None:
        """Close the connections; the writer can be asked again, on another event loop too."""
        await self._client.close()

    async def _reply(self, messages: Sequence[Message]) -> Completion | Failure:
        """The reply to one question, or whose fault it is that there is none."""
        try:
            with one_call(self._budget, "writer"):
                return await self._asked(messages)
        except ServiceError as error:
            return Failure(whose="world", where="experience writer", what=str(error))

    async def _asked(self, messages: Sequence[Message]) -> Completion:
        """The reply, asked for without what the server turns out not to take.

        Raises:
            ServiceError: the server did not serve.
        """
        while True:
            sent = dict(self._fields)
            try:
                return await self._client.complete(messages, max_tokens=self._max_tokens, fields=sent)
            except ServiceError as error:
                refused = next((name for name in sent if _refuses(error, name)), None)
                if refused is None:
                    raise
                self._fields.pop(refused, None)


def read_lesson(text: str) -> Lesson | str:
    """The lesson in a reply that is one JSON object of the five slots, or what is wrong with the reply."""
    bare = _THOUGHTS.sub("", text).strip()
    fenced = _FENCED.match(bare)
    try:
        value: object = json.loads(fenced[1] if fenced else bare, object_pairs_hook=_pairs)
    except (ValueError, RecursionError):
        return "it is not one JSON object and nothing else"
    if not isinstance(value, dict):
        return "it is JSON and no object"
    fields = cast(dict[str, Any], value)
    if missing := [slot for slot in SLOTS if slot not in fields]:
        return f"it lacks {', '.join(missing)}"
    if unknown := [one_line(name, max_chars=60) for name in fields if name not in SLOTS]:
        return f"it has {', '.join(unknown)}, which nobody asked for"
    if untold := [slot for slot in SLOTS if not isinstance(fields[slot], str)]:
        return f"{', '.join(untold)} is no text"
    return Lesson(**{slot: one_line(fields[slot], max_chars=4 * MAX_SLOT_CHARS) for slot in SLOTS})


def _read(reply: Completion, secrets: Secrets) -> tuple[Written, str]:
    """What a reply comes to, and what to complain about; "" where it will do."""
    lesson = "it was cut off at the token limit" if reply.cut_off else read_lesson(reply.text)
    if isinstance(lesson, str):
        return (
            Written(lesson=None, reason="unreadable"),
            f"Your reply could not be used: {lesson}. Reply with the JSON object of the five texts alone.",
        )
    written = admitted(lesson, secrets)
    if not written.violations:
        return written, ""
    faults = "\n".join(f"- {violation}" for violation in written.violations)
    return written, (
        f"Your advice gives away what it must not:\n{faults}\n"
        "Write all five texts again without these, in words that the request itself would allow."
    )


def _refuses(error: ServiceError, field: str) -> bool:
    return error.fault == "bad_request" and _NOT_TAKEN[field].search(str(error)) is not None


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _instructions(path: str | None) -> str:
    if path is None:
        return files("genevolve.experience").joinpath("prompts", "lesson.md").read_text(encoding="utf-8")
    try:
        words = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the instructions {path!r} cannot be read: {error}; expected a UTF-8 text file") from error
    if not words.strip():
        raise UsageError(f"the instructions {path!r} are empty; write some, or leave the setting out")
    return words


def _sum(first: Usage | None, second: Usage | None) -> Usage | None:
    if first is None or second is None:
        return first or second
    return Usage(
        prompt_tokens=first.prompt_tokens + second.prompt_tokens,
        completion_tokens=first.completion_tokens + second.completion_tokens,
    )
