"""A judge within a budget."""

import asyncio
import json

import pytest

from genevolve.errors import BudgetError
from genevolve.judge.budgeted import BudgetedJudge
from genevolve.judge.kscore import KSCORE
from genevolve.store.budget import Budget, Prices
from genevolve.testing.chat_server import ChatServer
from genevolve.testing.judge_server import JudgeServer, Seen
from support.judged import drawn_attempt, judge_of, kscores, number_of

PRICES = Prices(judge=0.01)


def by_number(seen: Seen) -> dict[str, float | bool | str]:
    return kscores(number_of(seen))


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
    assert budget.calls == {"judge": 2}  # nothing was sent for the request without a target


async def test_a_call_that_is_sent_again_is_one_question(images):
    budget = Budget(calls=1)
    answer = json.dumps(kscores(0))
    async with ChatServer([answer], faults=["busy", "busy"]) as server:
        judge = BudgetedJudge(judge_of(server, KSCORE, images, model="GenEvolve", tries=4), budget)
        verdict = await judge.judge(drawn_attempt(images))
        await judge.close()

    assert verdict.failure is None
    assert len(server.heard) == 3
    assert budget.calls == {"judge": 1}


async def test_no_more_questions_are_heard_than_the_budget_admits_repairs_included(images):
    budget = Budget(calls=10)
    async with JudgeServer(by_number, misbehaves=0.7, kinds=["prose_only"], seed=1) as server:
        judge = BudgetedJudge(judge_of(server, KSCORE, images), budget)
        attempts = [drawn_attempt(images, number) for number in range(11)]
        ended = await asyncio.gather(*map(judge.judge, attempts), return_exceptions=True)
        await judge.close()

    stopped = [end for end in ended if isinstance(end, BudgetError)]
    assert len(server.heard) == 10
    assert budget.calls == {"judge": 10}
    assert len(stopped) > 1  # of 11 questions one is too many; repairs took the place of others


# A reply that breaks off is not asked for again; one that cannot be read is repaired once, by a question of its own.
@pytest.mark.parametrize(("kind", "questions"), [("call_break_off", 1), ("prose_only", 2)])
async def test_a_judgement_that_failed_after_it_may_have_been_served_is_paid(images, kind, questions):
    budget = Budget(usd=1.0, prices=PRICES)
    async with JudgeServer(lambda _: kscores(0), misbehaves=1.0, kinds=[kind]) as server:
        judge = BudgetedJudge(judge_of(server, KSCORE, images, key="sk-judge"), budget)
        assert (await judge.judge(drawn_attempt(images))).failure is not None
        await judge.close()

    assert budget.calls == {"judge": questions}
    assert budget.spent_usd == pytest.approx(0.01 * questions)
