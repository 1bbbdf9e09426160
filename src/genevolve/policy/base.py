"""Who speaks in a rollout: a conversation in, a reply out."""

from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import JsonValue

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
