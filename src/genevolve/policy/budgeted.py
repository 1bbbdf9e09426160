"""A policy whose calls are admitted by a budget."""

import json

from ..errors import PolicyError, ServiceError
from ..records import PolicyInfo
from ..store.budget import Budget
from .base import Conversation, Policy, Reply

TOKENS_AN_IMAGE = 1100
"""For the most that a thumbnail of 160,000 pixels costs: models count from 160 for it to a thousand."""
TOKENS_A_MESSAGE = 16
"""Of a chat template around each."""


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
            try:
                reply = await self._policy.reply(conversation)
            except PolicyError as error:
                if isinstance(error.__cause__, ServiceError) and not error.__cause__.may_have_served:
                    admission.cost = 0.0  # nobody was there, or nobody took it
                raise
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
    """No tokenizer makes more tokens than there are bytes."""
    texts = sum(len(message.text.encode()) for message in conversation.messages)
    calls = sum(len(json.dumps(message.native_calls)) for message in conversation.messages if message.native_calls)
    offered = sum(len(tool.encode()) for tool in conversation.tools)
    images = sum(part.kind == "image" for message in conversation.messages for part in message.parts)
    return texts + calls + offered + images * TOKENS_AN_IMAGE + TOKENS_A_MESSAGE * len(conversation.messages)
