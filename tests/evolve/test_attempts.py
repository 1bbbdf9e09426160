"""Attempts of a step are made once, by whichever of two versions of the weights made them first."""

from pathlib import Path

import pytest

pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("transformers", reason='pip install "genevolve[train]" runs it')

from genevolve.errors import PolicyError
from genevolve.evolve.attempts import Ledger, Workshop
from genevolve.evolve.settings import ParallelSettings
from genevolve.pipeline import keep_requests
from genevolve.policy import Conversation, Reply
from genevolve.records import PolicyInfo, Request, Trajectory
from support.evolving import agent_of, answer, judges

OLD, NEW = "step-000000", "step-000001"
WANTED = [(Request(id="dot", text="Draw a dot"), 0), (Request(id="dot", text="Draw a dot"), 1)]


class Weights:
    """Answers as weights of a version; or is down."""

    def __init__(self, version: str, *, is_up: bool = True, says: str = answer("A red circle")) -> None:
        self.info = PolicyInfo(name="weights", weights=version)
        self._is_up, self._says = is_up, says

    async def reply(self, conversation: Conversation) -> Reply:
        if not self._is_up:
            raise PolicyError("nobody is there")
        return Reply(text=self._says)


async def made(
    folder: Path, policy: Weights, *, older: tuple[str, ...] = (), retry_failed: bool = False
) -> list[Trajectory]:
    """The attempts, with the run's files as a process that begins now finds them."""
    agent = agent_of(folder, policy)
    keep_requests(agent.run, [WANTED[0][0]])
    with Ledger(agent.run) as ledger:
        workshop = Workshop(
            agent=agent, judges=judges(), ledger=ledger, parallel=ParallelSettings(), tell=lambda *_: None
        )
        return await workshop.roll_out(WANTED, older=older, retry_failed=retry_failed)


def versions(trajectories: list[Trajectory]) -> list[str | None]:
    return [None if one.failure else one.policy.weights for one in trajectories]


async def test_attempts_of_the_weights_before_are_taken_and_not_made_again(tmp_path):
    await made(tmp_path, Weights(OLD))

    assert versions(await made(tmp_path, Weights(NEW), older=(OLD,))) == [OLD, OLD]


async def test_what_failed_ahead_and_was_made_later_is_found_by_who_goes_on(tmp_path):
    await made(tmp_path, Weights(OLD, is_up=False))
    assert versions(await made(tmp_path, Weights(NEW), older=(OLD,))) == [None, None]  # failed, and not tried again
    assert versions(await made(tmp_path, Weights(NEW), older=(OLD,), retry_failed=True)) == [NEW, NEW]

    killed_and_begun_again = await made(tmp_path, Weights(NEW, is_up=False), older=(OLD,))
    assert versions(killed_and_begun_again) == [NEW, NEW]


async def test_what_failed_twice_is_tried_once_more(tmp_path):
    await made(tmp_path, Weights(OLD, is_up=False))
    down = await made(tmp_path, Weights(NEW, is_up=False), older=(OLD,), retry_failed=True)
    assert versions(down) == [None, None]

    assert versions(await made(tmp_path, Weights(NEW), older=(OLD,), retry_failed=True)) == [NEW, NEW]


async def test_a_retry_that_the_policy_failed_counts_also_for_who_goes_on(tmp_path):
    await made(tmp_path, Weights(OLD, is_up=False))
    unbroken = await made(tmp_path, Weights(NEW, says="no tags"), older=(OLD,), retry_failed=True)
    assert {one.failure.whose for one in unbroken if one.failure} == {"policy"}

    begun_again = await made(tmp_path, Weights(NEW), older=(OLD,))
    assert [one.id for one in begun_again] == [one.id for one in unbroken]
