"""A judge whose questions are admitted by a budget."""

from functools import partial

from ..records import Attempt, JudgeInfo, Verdict, VerdictKind
from ..store.budget import Budget
from .base import AsksServer, Judge


class BudgetedJudge:
    """Has a judge ask only what the budget admits."""

    def __init__(self, judge: Judge, budget: Budget) -> None:
        self._judge = judge
        self._budget = budget

    @property
    def kind(self) -> VerdictKind:
        """What the judge behind it looks at."""
        return self._judge.kind

    @property
    def info(self) -> JudgeInfo:
        """Who judges behind it."""
        return self._judge.info

    def lacks(self, attempt: Attempt) -> str | None:
        """What the judge behind it needs and the attempt has not."""
        return self._judge.lacks(attempt)

    async def judge(self, attempt: Attempt) -> Verdict:
        """The verdict on an attempt; every question counts and has its price, that which repairs a reply too.

        Raises:
            BudgetError: the next question could pass the budget; it was not sent.
        """
        if not isinstance(self._judge, AsksServer):
            return await self._judge.judge(attempt)
        return await self._judge.ask(
            attempt, partial(self._budget.admit, "judge", at_most=self._budget.prices.of("judge"))
        )

    async def prepare(self) -> None:
        """Have the judge behind it find out what it needs."""
        prepare = getattr(self._judge, "prepare", None)
        if prepare is not None:
            await prepare()

    async def close(self) -> None:
        """Close the judge behind it."""
        close = getattr(self._judge, "close", None)
        if close is not None:
            await close()
