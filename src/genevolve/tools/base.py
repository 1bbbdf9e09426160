"""What a tool is: a name with a signature, a check of the arguments, and a run that ends in an observation."""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from pydantic import JsonValue

from ..records import ImagePart, ToolCall
from .arguments import Arguments
from .evidence import Evidence

ASKED_BEFORE = "You asked this before; the results are above."
END_OF_RESULTS = "[end of results]"

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What came back from a call."""

    text: str
    """Without the tags of a dialect."""
    images: tuple[ImagePart, ...] = ()
    """The pictures that are new to the conversation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyCall:
    """A call that can be run, its arguments in their one canonical form."""

    call: ToolCall
    repairs: tuple[str, ...] = ()
    """What was read forgivingly, and how."""


class Tool(Protocol):
    """One thing that the policy may call."""

    @property
    def name(self) -> str:
        """What the policy calls it by."""
        ...

    @property
    def description(self) -> str:
        """What it is for, in a sentence or two that the policy reads."""
        ...

    @property
    def parameters(self) -> Mapping[str, JsonValue]:
        """Its arguments as a JSON schema."""
        ...

    def read(self, arguments: Arguments) -> dict[str, JsonValue]:
        """The arguments in their canonical form; what is wrong or was repaired is noted on `arguments`."""
        ...

    async def run(self, call: ToolCall, evidence: Evidence, *, deadline: float) -> Observation:
        """What comes back; every wait ends by `deadline`, a time of the event loop's clock."""
        ...


async def side_by_side(waits: list[Coroutine[object, object, _T]]) -> list[_T]:
    """The results in the order of the waits; if one raises, its exception is raised once the others have ended."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        # What was sent is paid: where a budget admits one query and not the next, the answer of the first is kept.
        await asyncio.gather(*tasks, return_exceptions=True)
        return [task.result() for task in tasks]
    finally:
        for task in tasks:
            task.cancel()


def seconds_left(deadline: float) -> float:
    """Seconds from now until a time of the event loop's clock."""
    return max(0.0, deadline - asyncio.get_running_loop().time())
