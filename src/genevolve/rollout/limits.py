"""How much of an attempt's allowance is spent, in tokens.

What the server counted is used where it says; otherwise four characters count
as one token, which is close for English and JSON and too kind to other
scripts, and a picture as the 160 tokens that 160,000 pixels cost a model that
reads patches of 32x32.
"""

from collections.abc import Iterable

from ..records import ImagePart, Limits, Message, Usage

CHARS_A_TOKEN = 4
IMAGE_TOKENS = 160


def estimate_text(text: str) -> int:
    """Tokens of a text, estimated."""
    return -(-len(text) // CHARS_A_TOKEN)


def estimate(messages: Iterable[Message]) -> int:
    """Tokens of some messages, estimated."""
    return sum(
        IMAGE_TOKENS if isinstance(part, ImagePart) else estimate_text(part.text)
        for message in messages
        for part in message.parts
    )


class Allowance:
    """The tokens of one attempt, as they are spent."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._prompt: int | None = None
        self._context = 0
        self._last_reply = 0

    @property
    def prompt(self) -> int:
        """Tokens that stood before the first reply."""
        return self._context if self._prompt is None else self._prompt

    @property
    def response(self) -> int:
        """Tokens of replies and observations together."""
        return self._context - self.prompt

    def hear(self, messages: Iterable[Message]) -> None:
        """Counts messages that were added."""
        self._context += estimate(messages)

    def reply(self, chars: int, usage: Usage | None) -> None:
        """Counts a reply; what the server counted takes the place of the estimates so far."""
        if usage is None:
            self._last_reply = -(-chars // CHARS_A_TOKEN)
            self._prompt = self.prompt
            self._context += self._last_reply
            return
        self._last_reply = usage.completion_tokens
        self._prompt = usage.prompt_tokens if self._prompt is None else self._prompt
        self._context = usage.prompt_tokens + usage.completion_tokens

    def last_reply_too_long(self) -> bool:
        """Whether the last reply went past its limit."""
        return self._last_reply > self._limits.max_reply_tokens

    def overspent(self) -> str:
        """Which limit has been reached, in words; "" while the policy may speak."""
        limits = self._limits
        if self._prompt is None and self.prompt > limits.max_prompt_tokens:
            return (
                f"the system prompt and the request have about {self.prompt:,} tokens; "
                f"at most {limits.max_prompt_tokens:,} may stand before the first reply"
            )
        if self.response >= limits.max_response_tokens:
            return (
                f"replies and observations have {self.response:,} tokens; the limit is {limits.max_response_tokens:,}"
            )
        if self._context >= limits.max_context_tokens:
            return f"the conversation has {self._context:,} tokens; the limit is {limits.max_context_tokens:,}"
        return ""

    def nearly_spent(self) -> bool:
        """Whether only one more reply fits, so that it must be the answer."""
        return any(
            spent > allowed - min(self._limits.max_reply_tokens, allowed // 4)
            for spent, allowed in (
                (self.response, self._limits.max_response_tokens),
                (self._context, self._limits.max_context_tokens),
            )
        )
