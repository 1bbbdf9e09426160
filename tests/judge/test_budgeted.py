"""A judge within a budget."""

import pytest

from genevolve.errors import BudgetError
from genevolve.judge.budgeted import BudgetedJudge
from genevolve.judge.kscore import KSCORE
from genevolve.store.budget import Budget, Prices
from genevolve.testing.chat_server import ChatServer
from genevolve.testing.judge_server import JudgeServer
from support.judged import drawn_attempt, judge_of, kscores

PRICES = Prices(judge=0.01)


async def test_judgements_are_admitted_until_the_next_could_pass_the_limit(images):
    budget = Budget(usd=0.025, prices=PRICES)
    async with JudgeServer(lambda _: kscores(0)) as server:
        judge = BudgetedJudge(judge_of(server, KSCORE, images), budget)
        await judge.prepare()
        for number in range(2):
            assert (await judge.judge(drawn_attempt(images, number))).failure is None
        with pytest.raises(BudgetError, match="could pass the budget"):
            await judge.judge(drawn_attempt(images, 3))
        await judge.close()

    assert len(server.heard) == 2
    assert budget.spent_usd == pytest.approx(0.02)
    assert (judge.kind, judge.info.name) == ("image", "kscore")


async def test_what_was_not_sent_or_surely_not_served_costs_nothing(images):
    budget = Budget(usd=1.0, prices=PRICES)
    async with ChatServer(["x"], faults=["busy", "error"]) as server:
        judge = BudgetedJudge(judge_of(server, KSCORE, images, model="GenEvolve", tries=1), budget)
        for number in range(2):
            assert (await judge.judge(drawn_attempt(images, number))).failure is not None
        assert (await judge.judge(drawn_attempt(images, target=False))).failure is not None
        await judge.close()

    assert len(server.heard) == 2
    assert budget.spent_usd == 0.0


@pytest.mark.parametrize("kind", ["call_break_off", "prose_only"])
async def test_a_judgement_that_failed_after_it_may_have_been_served_is_paid(images, kind):
    budget = Budget(usd=1.0, prices=PRICES)
    async with JudgeServer(lambda _: kscores(0), misbehaves=1.0, kinds=[kind]) as server:
        judge = BudgetedJudge(judge_of(server, KSCORE, images, key="sk-judge"), budget)
        assert (await judge.judge(drawn_attempt(images))).failure is not None
        await judge.close()

    assert budget.spent_usd == pytest.approx(0.01)
