"""A judge whose judgements are admitted by a budget."""

from ..records import Attempt, JudgeInfo, Verdict, VerdictKind
from ..store.budget import Budget
from .base import AsksServer, Judge


class BudgetedJudge:
    """Asks a judge only for what the budget admits."""

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

    async def judge(self, attempt: Attempt) -> Verdict:
        """The verdict on an attempt; a price counts for the whole judgement, a repaired reply included.

        Raises:
            BudgetError: the judgement could pass the budget; nothing was sent.
        """
        if not isinstance(self._judge, AsksServer):
            return await self._judge.judge(attempt)
        with self._budget.admit("judge", at_most=self._budget.prices.of("judge")) as admission:
            judgement = await self._judge.ask(attempt)
            if not judgement.may_have_cost:
                admission.cost = 0.0
            return judgement.verdict

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
