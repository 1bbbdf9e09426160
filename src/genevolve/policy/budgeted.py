"""A policy whose calls are admitted by a budget."""

from ..records import PolicyInfo
from ..store.budget import Budget
from .base import Conversation, Policy, Reply

CHARS_A_TOKEN = 2
"""For the most that a prompt can cost; prose has about four."""
TOKENS_AN_IMAGE = 400


class BudgetedPolicy:
    """Asks a policy only what the budget admits."""

    def __init__(self, policy: Policy, budget: Budget) -> None:
        self._policy = policy
        self._budget = budget

    @property
    def info(self) -> PolicyInfo:
        """Who speaks behind it."""
        return self._policy.info

    async def reply(self, conversation: Conversation) -> Reply:
        """The next reply.

        Raises:
            PolicyError: the policy could not be asked.
            BudgetError: the reply could pass the budget; it was not asked for.
        """
        prices = self._budget.prices
        most = prices.of(
            "policy",
            prompt_tokens=_most_tokens(conversation),
            reply_tokens=conversation.sampling.limits.max_reply_tokens,
        )
        with self._budget.admit("policy", at_most=most) as admission:
            reply = await self._policy.reply(conversation)
            if most is not None and reply.usage is not None:
                used = reply.usage
                told = prices.of("policy", prompt_tokens=used.prompt_tokens, reply_tokens=used.completion_tokens)
                admission.cost = told or 0.0
            return reply

    async def prepare(self) -> None:
        """Have the policy behind it ask what it must know before it speaks."""
        prepare = getattr(self._policy, "prepare", None)
        if prepare is not None:
            await prepare()

    async def close(self) -> None:
        """Close the policy behind it."""
        close = getattr(self._policy, "close", None)
        if close is not None:
            await close()


def _most_tokens(conversation: Conversation) -> int:
    texts = sum(len(message.text) for message in conversation.messages)
    images = sum(part.kind == "image" for message in conversation.messages for part in message.parts)
    return texts // CHARS_A_TOKEN + images * TOKENS_AN_IMAGE + 8 * len(conversation.messages)
