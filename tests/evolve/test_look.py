"""Looks at held-out requests: what they measure, what they leave on disk, and that none is taken twice."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("transformers", reason='pip install "genevolve[train]" runs it')

from genevolve.errors import BatchError, PolicyError
from genevolve.evolve.look import Looks, look, looking_agent
from genevolve.evolve.settings import LookSettings
from genevolve.evolve.watch import Moment
from genevolve.learn.curves import read_held_out
from genevolve.pipeline import Agent, keep_requests
from genevolve.policy import Conversation, Reply
from genevolve.records import PolicyInfo, Request, TokenSpan, digest_of_requests
from genevolve.store import RunDir
from support.evolving import agent_of, answer, evolving, judges

REQUESTS = [Request(id=name, text=f"Draw {name}") for name in ("a", "b", "c")]


class Lines:
    """Says what a function makes of a request's text and an attempt's seed; None fails as a dead server does."""

    info = PolicyInfo(name="lines", weights="step-000000")

    def __init__(self, line: Callable[[str, int], str | None]) -> None:
        self._line = line
        self.temperatures: list[float] = []

    async def reply(self, conversation: Conversation) -> Reply:
        sampling = conversation.sampling
        self.temperatures.append(sampling.temperature)
        line = self._line("\n".join(one.text for one in conversation.messages), sampling.seed or 0)
        if line is None:
            raise PolicyError("nobody is there")
        return Reply(text=line, tokens=TokenSpan(context=(1, 2), reply=(3, 4), logprobs=(-0.5, -1.5)))


def agent(folder: Path, line: Callable[[str, int], str | None]) -> Agent:
    made = agent_of(folder, Lines(line))
    keep_requests(made.run, [Request(id="train", text="Learn")])
    return made


def by_request(text: str, seed: int) -> str | None:
    """Of "Draw a" both attempts earn 1, of "Draw b" the second, and of "Draw c" one has no answer and one no server."""
    match text.partition("Draw ")[2][:1], seed % 2:
        case "a", _:
            return answer("x" * 30)
        case "b", second:
            return answer("x" * (30 if second else 15))
        case _, second:
            return None if second else "nothing to see"


async def test_a_look_is_the_mean_over_attempts_that_count_with_an_interval_over_requests(tmp_path):
    looking = agent(tmp_path, by_request)
    figures = await look(looking, judges(), REQUESTS, step=7, settings=LookSettings(attempts=2))

    # a: 1, 1. b: 0.5, 1. c: 0, and one that counts nowhere. The mean is 3.5 / 5.
    assert figures.reward == pytest.approx(0.7)
    assert figures.valid == pytest.approx(4 / 5)
    # Drawn again, requests can all be c, or all be a.
    assert (figures.low, figures.high) == (0.0, 1.0)
    assert (figures.step, figures.decoding, figures.requests, figures.attempts) == (7, "sampled", 3, 6)
    assert figures.digest == digest_of_requests(REQUESTS)
    assert figures.world_failures == 1
    # -log p is 0.5 and 1.5 of the two tokens of each reply.
    assert figures.entropy == pytest.approx(1.0)


async def test_a_greedy_look_answers_each_request_once_at_temperature_zero(tmp_path):
    looking = agent(tmp_path, lambda _text, _seed: answer("x" * 15))
    figures = await look(looking, judges(), REQUESTS, step=0, decoding="greedy", settings=LookSettings(attempts=5))

    assert looking.policy.temperatures == [0.0] * 3
    assert (figures.attempts, figures.reward, figures.entropy) == (3, pytest.approx(0.5), None)


async def test_a_look_at_which_all_was_down_is_an_error_in_words(tmp_path):
    with pytest.raises(BatchError, match=r"every attempt at held-out requests.*nobody is there"):
        await look(agent(tmp_path, lambda _text, _seed: None), judges(), REQUESTS, step=0)


async def test_a_look_that_had_to_stop_is_taken_once_the_world_is_back(tmp_path):
    with pytest.raises(BatchError):
        await look(agent(tmp_path, lambda _text, _seed: None), judges(), REQUESTS, step=0)

    figures = await look(agent(tmp_path, lambda _text, _seed: answer("x" * 30)), judges(), REQUESTS, step=0)

    assert (figures.reward, figures.attempts, figures.world_failures) == (1.0, 3, 0)


async def test_what_the_world_fails_in_a_look_is_tried_once_more_and_then_counted(tmp_path):
    asked: list[str] = []

    def line(text: str, _seed: int) -> str | None:
        asked.append(text.partition("Draw ")[2][:1])
        again = asked.count(asked[-1]) > 1
        match asked[-1]:
            case "a":
                return answer("x" * 30) if again else "the policy's own mistake"
            case "b":
                return answer("x" * 30) if again else None
            case _:
                return None

    figures = await look(agent(tmp_path, line), judges(), REQUESTS, step=0)

    assert sorted(asked) == ["a", "b", "b", "c", "c"]
    # a: 0, for a mistake is not made good. b: 1. c counts nowhere.
    assert (figures.reward, figures.valid, figures.attempts, figures.world_failures) == (0.5, 0.5, 3, 1)


async def test_the_run_of_held_out_attempts_shares_the_pictures_of_the_agents_own(tmp_path):
    own = agent(tmp_path / "run", by_request)
    looking = looking_agent(own, tmp_path / "run" / "held_out")
    await look(looking, judges(), REQUESTS[:1], step=0)

    held_out = RunDir.open(tmp_path / "run" / "held_out")
    (render,) = held_out.read_renders().values()
    assert held_out.images.read(render.image) == own.run.images.read(render.image)
    assert own.run.read_trajectories() == {}


async def test_looks_of_a_run_are_taken_where_they_are_due_and_once(tmp_path):
    settings = evolving(steps=5, look=LookSettings(every=2))
    heard: list[Moment] = []

    async def taken(steps: range) -> list[tuple[int, str]]:
        with Looks(agent(tmp_path, by_request), judges(), REQUESTS, settings, watch=heard.append) as looks:
            return [(one.step, one.decoding) for step in steps for one in await looks.take(step)]

    assert await taken(range(3)) == [(s, d) for s in (0, 2) for d in ("sampled", "greedy")]
    assert await taken(range(6)) == [(s, d) for s in (4, 5) for d in ("sampled", "greedy")]
    assert [one.step for one in read_held_out(tmp_path)] == [0, 0, 2, 2, 4, 4, 5, 5]
    assert {moment.phase for moment in heard} == {"look"}
    assert "greedy judge length of the image" in {moment.detail for moment in heard}


async def test_other_held_out_requests_are_another_look(tmp_path):
    settings = evolving(steps=1, look=LookSettings(every=1, greedy=False))
    for requests in (REQUESTS, REQUESTS[:2], REQUESTS):
        with Looks(agent(tmp_path, by_request), judges(), requests, settings) as looks:
            await looks.take(0)

    assert len({one.digest for one in read_held_out(tmp_path)}) == len(read_held_out(tmp_path)) == 2


async def test_no_look_is_taken_where_nothing_is_held_out_or_none_is_wanted(tmp_path):
    every = evolving(steps=1, look=LookSettings(every=1))
    for requests, settings in (([], every), (REQUESTS, evolving(steps=1))):
        with Looks(replace(agent(tmp_path, by_request)), judges(), requests, settings) as looks:
            assert await looks.take(0) == []
    assert not (tmp_path / "held_out").exists()
