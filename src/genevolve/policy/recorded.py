"""Policies that say again what was said: the voice of a replay, and of an attempt that is taken up again."""

import hashlib
from collections.abc import Iterable

from ..errors import PolicyError, TimeIsUpError, UsageError
from ..records import Message, PolicyInfo, Sampling, StopReason, Trajectory
from .base import Conversation, Policy, Reply


class RecordedPolicy:
    """Gives to each conversation the reply that its words were given before.

    A conversation is known by its words and its sampling; pictures are left out,
    because which of them are shown depends on a window and not on what was said.
    """

    def __init__(self, trajectories: Iterable[Trajectory]) -> None:
        """The replies of these trajectories; where several policies spoke, those of the last.

        Raises:
            UsageError: there are none.
        """
        self._recorded = {trajectory.id: trajectory for trajectory in trajectories}
        if not self._recorded:
            raise UsageError("there are no trajectories to replay; name a run that has some")
        self.info = next(reversed(self._recorded.values())).policy
        self._replies: dict[str, Reply] = {}
        for trajectory in self._recorded.values():
            if trajectory.policy == self.info:
                self._replies |= _replies_of(trajectory)

    async def reply(self, conversation: Conversation) -> Reply:
        """The recorded reply.

        Raises:
            PolicyError: these words were not said to the policy before.
        """
        reply = self._replies.get(_name_of(conversation))
        if reply is None:
            raise PolicyError("this conversation was not recorded, and a replay asks nobody")
        return reply

    def of(self, trajectory_id: str) -> Policy:
        """The voice of one attempt, which ends as it did: others with the same request were told other things."""
        trajectory = self._recorded.get(trajectory_id)
        return self if trajectory is None else ResumedPolicy(trajectory, then=_Ended(trajectory, then=self))


class ResumedPolicy:
    """Says what it said in an attempt that broke off, and from there on asks.

    So nothing that was answered is asked, and paid, twice. Where a tool returns
    something else this time, the conversation is another one and is asked anew.
    """

    def __init__(self, begun: Trajectory, *, then: Policy) -> None:
        self._replies = _replies_of(begun)
        self._then = then

    @property
    def info(self) -> PolicyInfo:
        """Who speaks."""
        return self._then.info

    async def reply(self, conversation: Conversation) -> Reply:
        """The reply that was given, or a new one.

        Raises:
            PolicyError: the policy could not be asked.
        """
        reply = self._replies.get(_name_of(conversation)) if self._replies else None
        return reply if reply is not None else await self._then.reply(conversation)


class _Ended:
    """What comes after the last recorded reply: how the attempt ended."""

    def __init__(self, trajectory: Trajectory, *, then: Policy) -> None:
        self._trajectory = trajectory
        self._then = then

    @property
    def info(self) -> PolicyInfo:
        return self._then.info

    async def reply(self, conversation: Conversation) -> Reply:
        said = sum(message.role == "assistant" for message in conversation.messages)
        if said == len(self._trajectory.turns):
            if self._trajectory.stop is StopReason.OUT_OF_TIME:
                raise TimeIsUpError("the recorded attempt ran out of time here")
            failure = self._trajectory.failure
            if failure is not None and failure.where == "policy":
                raise PolicyError(failure.what)
        return await self._then.reply(conversation)


def _replies_of(trajectory: Trajectory) -> dict[str, Reply]:
    """The replies of an attempt, by the name of the conversation so far."""
    words = _Words(trajectory.sampling)
    replies: dict[str, Reply] = {}
    said: tuple[int, ...] = ()
    for turn in trajectory.turns:
        for message in turn.heard:
            words.hear(message)
        tokens = turn.tokens
        if tokens:  # a policy returns the whole prompt, of which a record keeps what is new
            whole = tokens.context if tokens.restarts else (*said, *tokens.context)
            tokens = tokens.but(context=whole, restarts=False)
            said = (*whole, *tokens.reply)
        replies[words.name] = Reply(
            text=turn.reply,
            native_calls=turn.native_calls,
            usage=turn.usage,
            tokens=tokens,
            cut_off=turn.cut_off,
        )
        words.hear(Message.of("assistant", turn.reply))
    return replies


def _name_of(conversation: Conversation) -> str:
    words = _Words(conversation.sampling)
    for message in conversation.messages:
        words.hear(message)
    return words.name


class _Words:
    """The name of a conversation so far."""

    def __init__(self, sampling: Sampling) -> None:
        self._hash = hashlib.sha256(sampling.model_dump_json().encode())

    def hear(self, message: Message) -> None:
        said = message.text.encode()
        self._hash.update(f"\n{message.role} {len(said)}\n".encode() + said)

    @property
    def name(self) -> str:
        return self._hash.hexdigest()
