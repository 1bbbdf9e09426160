"""A policy that says what it was given to say, for tests of all that listens to one."""

import asyncio
from collections.abc import Callable

from ..errors import PolicyError
from ..policy.base import Conversation, Reply
from ..records import PolicyInfo

Line = str | Reply | Exception | Callable[[Conversation], "str | Reply"]
"""A reply, a reply with its particulars, an exception to raise, or what makes a reply of the conversation."""


class ScriptedPolicy:
    """Says its lines in order, each conversation from the first line, and remembers what it was asked.

    Which line is due follows from the conversation alone, so one scripted policy
    can speak in many attempts at once.
    """

    def __init__(
        self, *lines: Line, repeat_last: bool = False, seconds_a_reply: float = 0.0, name: str = "scripted"
    ) -> None:
        """A policy with these lines.

        Args:
            repeat_last: say the last line for ever; otherwise the end of the script is a `PolicyError`.
            seconds_a_reply: how long each reply takes.
        """
        self._lines = lines
        self._repeat_last = repeat_last
        self._seconds = seconds_a_reply
        self.info = PolicyInfo(name=name)
        self.heard: list[Conversation] = []
        """The conversations that it was asked with, in order."""

    async def reply(self, conversation: Conversation) -> Reply:
        """The next line of this conversation.

        Raises:
            PolicyError: the script is over.
        """
        self.heard.append(conversation)
        if self._seconds:
            await asyncio.sleep(self._seconds)
        said = sum(message.role == "assistant" for message in conversation.messages)
        if said >= len(self._lines) and not (self._repeat_last and self._lines):
            raise PolicyError(f"the script of {len(self._lines)} replies is over; add lines, or set repeat_last")
        line = self._lines[min(said, len(self._lines) - 1)]
        if isinstance(line, Exception):
            raise line
        spoken = line if isinstance(line, str | Reply) else line(conversation)
        return Reply(text=spoken) if isinstance(spoken, str) else spoken
