"""A policy that says again what was said: the voice of a replay."""

import hashlib
from collections.abc import Iterable

from ..errors import PolicyError, UsageError
from ..records import Message, Sampling, Trajectory
from .base import Conversation, Reply


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
        recorded = list(trajectories)
        if not recorded:
            raise UsageError("there are no trajectories to replay; name a run that has some")
        self.info = recorded[-1].policy
        self._replies: dict[str, Reply] = {}
        for trajectory in recorded:
            if trajectory.policy == self.info:
                self._learn(trajectory)

    async def reply(self, conversation: Conversation) -> Reply:
        """The recorded reply.

        Raises:
            PolicyError: these words were not said to the policy before.
        """
        known = _Words(conversation.sampling)
        for message in conversation.messages:
            known.hear(message)
        reply = self._replies.get(known.name)
        if reply is None:
            raise PolicyError("this conversation was not recorded, and a replay asks nobody")
        return reply

    def _learn(self, trajectory: Trajectory) -> None:
        words = _Words(trajectory.sampling)
        said: tuple[int, ...] = ()
        for turn in trajectory.turns:
            for message in turn.heard:
                words.hear(message)
            tokens = turn.tokens
            if tokens:  # a policy returns the whole prompt, of which a record keeps what is new
                whole = tokens.context if tokens.restarts else (*said, *tokens.context)
                tokens = tokens.but(context=whole, restarts=False)
                said = (*whole, *tokens.reply)
            self._replies[words.name] = Reply(
                text=turn.reply,
                native_calls=turn.native_calls,
                usage=turn.usage,
                tokens=tokens,
                cut_off=turn.cut_off,
            )
            words.hear(Message.of("assistant", turn.reply))


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
