"""Who speaks in a rollout: a conversation in, a reply out."""

from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from pydantic import JsonValue

from ..errors import UsageError
from ..language.text import one_line
from ..records import Message, PolicyInfo, Sampling, TokenSpan, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What a policy is asked with: everything said so far, its own replies included as "assistant" messages."""

    messages: tuple[Message, ...]
    sampling: Sampling


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a policy said."""

    text: str
    native_calls: tuple[JsonValue, ...] = ()
    usage: Usage | None = None
    tokens: TokenSpan | None = None
    cut_off: bool = False
    """The reply ended because it reached the token limit."""


class Policy(Protocol):
    """Anything that can be asked for the next reply."""

    @property
    def info(self) -> PolicyInfo:
        """Who it is; part of the key by which a run is resumed."""
        ...

    async def reply(self, conversation: Conversation) -> Reply:
        """The next reply.

        Raises:
            PolicyError: it could not be asked; the trajectory ends as failed, by fault of the world.
        """
        ...


PolicyName = Literal["planner"]


def open_policy(name: str) -> Policy:
    """The policy of that name; its module is imported only now.

    Raises:
        UsageError: there is none of that name.
    """
    if name == "planner":
        from .planner import Planner

        return Planner()
    raise UsageError(
        f"there is no policy {one_line(name, max_chars=60)!r}; choose one of: {', '.join(get_args(PolicyName))}"
    )
