"""A budget is never passed, whatever prices and usages there are; what was stopped goes on later."""

import asyncio
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genevolve.errors import BudgetError, PolicyError, RenderError, SearchError, ServiceError
from genevolve.policy import Conversation, Reply
from genevolve.policy.budgeted import BudgetedPolicy
from genevolve.records import Limits, Message, PolicyInfo, Program, RendererInfo, Sampling, Usage
from genevolve.render import Drawing
from genevolve.render.budgeted import BudgetedRenderer
from genevolve.search.budgeted import BudgetedProvider
from genevolve.store.budget import Budget, Prices
from genevolve.testing.faulty_world import FaultyWorld
from genevolve.testing.shelf import ShelfProvider
from support.served import DRAWN, SERVED, command, write_requests

MOST_REPLY_TOKENS = 64
PRICE = st.one_of(st.none(), st.floats(min_value=0.0, max_value=2.0))
TOKEN_PRICE = st.one_of(st.none(), st.floats(min_value=0.0, max_value=20_000.0))


class Spender:
    """A policy that uses up what it may at random, bills it truly, and sometimes fails, before the bill or after it."""

    def __init__(self, chance: random.Random, prices: Prices) -> None:
        self.info = PolicyInfo(name="spender")
        self.billed = 0.0
        self.calls = 0
        self._chance = chance
        self._prices = prices

    async def reply(self, conversation: Conversation) -> Reply:
        self.calls += 1
        await asyncio.sleep(self._chance.random() / 1000)
        self._fail_before(PolicyError)
        read = self._chance.randint(0, sum(len(message.text.encode()) for message in conversation.messages))
        usage = Usage(prompt_tokens=read, completion_tokens=self._chance.randint(0, MOST_REPLY_TOKENS))
        cost = self._prices.of("policy", prompt_tokens=read, reply_tokens=usage.completion_tokens)
        self.billed += cost or 0.0
        if self._chance.random() < 0.1:
            error = ServiceError("the answer was lost", fault="busy", may_have_served=True)
            raise PolicyError("lost") from error
        return Reply(text="…", usage=usage if self._chance.random() < 0.8 else None)

    def _fail_before(self, kind):
        if self._chance.random() < 0.1:
            raise kind("nobody there") from ServiceError("nobody there", fault="unreachable")


class Painter:
    info = RendererInfo(name="painter")
    reference_limits = (0, 2)

    def __init__(self, spender: Spender, prices: Prices) -> None:
        self._spender = spender
        self._prices = prices

    async def draw(self, program, references):
        self._spender.calls += 1
        await asyncio.sleep(0)
        self._spender._fail_before(RenderError)
        self._spender.billed += self._prices.render or 0.0
        return Drawing(data=b"")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    prices=st.builds(Prices, policy_prompt=TOKEN_PRICE, policy_reply=TOKEN_PRICE, search=PRICE, render=PRICE),
    usd=st.one_of(st.none(), st.floats(min_value=0.0, max_value=20.0)),
    calls=st.one_of(st.none(), st.integers(min_value=0, max_value=120)),
    seed=st.integers(min_value=0, max_value=2**32),
)
def test_neither_calls_nor_money_are_ever_passed(prices, usd, calls, seed):
    chance = random.Random(seed)
    budget = Budget(usd=usd, calls=calls, prices=prices)
    spender = Spender(chance, prices)
    policy = BudgetedPolicy(spender, budget)
    renderer = BudgetedRenderer(Painter(spender, prices), budget)
    shelf = ShelfProvider()
    provider = BudgetedProvider(shelf, budget)
    sampling = Sampling(limits=Limits(max_reply_tokens=MOST_REPLY_TOKENS))

    async def one(number: int) -> None:
        words = "日本 and so on " * chance.randint(0, 20)
        conversation = Conversation(messages=(Message.of("user", words),), sampling=sampling)
        for _ in range(4):
            try:
                match chance.randrange(3):
                    case 0:
                        await policy.reply(conversation)
                    case 1:
                        await renderer.draw(Program(prompt="x"), ())
                    case _:
                        await provider.search(f"{number}", top_k=1)
            except (PolicyError, RenderError, SearchError):
                continue
            except BudgetError:
                return

    async def all_of_them() -> None:
        slots = asyncio.Semaphore(16)

        async def in_turn(number: int) -> None:
            async with slots:
                await one(number)

        await asyncio.gather(*(in_turn(number) for number in range(48)))

    asyncio.run(all_of_them())

    billed = spender.billed + len(shelf.asked) * (prices.search or 0.0)
    sent = spender.calls + len(shelf.asked)
    assert sent == sum(budget.calls.values())
    assert billed <= budget.spent_usd * (1 + 1e-9) + 1e-12
    if calls is not None:
        assert sent <= calls
    if usd is not None:
        assert billed <= usd * (1 + 1e-6)


@pytest.mark.slow
async def test_a_budget_of_calls_stops_a_batch_and_the_same_command_goes_on_later(tmp_path):
    async with FaultyWorld(requests=12, share=0.0) as world:
        rows = write_requests(world, tmp_path / "requests.jsonl")
        roll_out = ("rollout", rows, *SERVED, "--out", "run", "--parallel", "4")
        first = await command(*roll_out, "--budget", "30calls", cwd=tmp_path, world=world)
        sent = len(world.chat.heard) + len(world.search.asked)
        done = (tmp_path / "run" / "trajectories.jsonl").read_bytes().count(b"\n")
        second = await command(*roll_out, cwd=tmp_path, world=world)

    assert first.returncode == 1
    assert "the budget of 30 calls is used up" in first.stderr
    assert "spent" in first.stderr
    assert sent <= 30
    assert 0 < done < 12
    assert second.returncode == 0, second.stderr
    assert (tmp_path / "run" / "trajectories.jsonl").read_bytes().count(b"\n") == 12
    # What the first command was answered is asked for once: three queries for each of the twelve.
    assert sum("number" in query for _, query in world.search.asked) == 36


async def test_a_budget_of_money_says_what_it_spent_and_what_has_no_price(tmp_path):
    (tmp_path / "prices.toml").write_text("[prices]\nrender = 0.04\n")
    async with FaultyWorld(requests=6, share=0.0) as world:
        rows = write_requests(world, tmp_path / "requests.jsonl")
        config = ("--config", "prices.toml", "--budget", "0.17usd")
        rolled = await command("rollout", rows, *SERVED, *config, "--out", "run", cwd=tmp_path, world=world)
        drawn = await command("render", "run", *DRAWN, *config, cwd=tmp_path, world=world)
        pictures = len(world.images.asked)

    assert rolled.returncode == 0, rolled.stderr
    assert "no price is configured for image_search, policy, search: taken for free" in rolled.stderr
    assert drawn.returncode == 1
    assert "0.1600 of 0.17 USD" in drawn.stderr
    assert pictures == 4


@pytest.mark.parametrize("text", ["5usd", "many", "-3calls", "5", "2.5calls"])
async def test_a_budget_that_cannot_be_kept_is_refused(tmp_path, text):
    async with FaultyWorld(requests=1, share=0.0) as world:
        done = await command("run", "a flag", *SERVED, f"--budget={text}", cwd=tmp_path, world=world)
        assert (world.chat.heard, world.search.asked) == ([], [])

    assert done.returncode == 2
    assert "--budget" in done.stderr


async def test_a_dry_run_says_what_would_be_called_and_calls_nothing(tmp_path):
    async with FaultyWorld(requests=3, share=0.0) as world:
        rows = write_requests(world, tmp_path / "requests.jsonl")
        told = [
            await command(*words, "--dry-run", cwd=tmp_path, world=world)
            for words in (
                ("rollout", rows, *SERVED, "--out", "run"),
                ("rollout", rows, "--policy", "served", "--search", "serper", "--out", "run"),
                ("run", world.requests[0].text, *SERVED, *DRAWN, "--out", "one"),
            )
        ]
        asked = (
            world.chat.heard,
            world.chat.asked_for_models,
            world.search.asked,
            world.files.asked,
            world.images.asked,
        )

    assert asked == ([], 0, [], [], [])
    assert all(done.returncode == 0 and "nothing was sent" in done.stdout for done in told), told
    assert "3 of 3 are still to be made" in told[0].stdout
    assert not any(path.name == "trajectories.jsonl" for path in tmp_path.rglob("*"))
