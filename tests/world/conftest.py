"""A small world, and a judge that keeps its pictures in a run of the test."""

from collections.abc import Awaitable, Callable

import pytest

from genevolve.records import Attempt, Request
from genevolve.store import RunDir
from genevolve.world import World, WorldJudge, open_world
from genevolve.world.decisions import BEST, Decision
from genevolve.world.demonstrator import Fixed

Decide = Callable[..., Awaitable[Attempt]]


@pytest.fixture(scope="session")
def world() -> World:
    return open_world()


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunDir:
    """One run for all tests: a picture is named by its content, so none can see another's work."""
    return RunDir.create(tmp_path_factory.mktemp("world") / "run")


@pytest.fixture(scope="session")
def judge(world: World, run: RunDir) -> WorldJudge:
    return WorldJudge(world, run)


@pytest.fixture(scope="session")
def decide(world: World, run: RunDir, judge: WorldJudge) -> Decide:
    """One judged attempt in which everything is decided best, save what is said otherwise."""

    async def once(request: Request, mistakes: dict[Decision, str] | None = None, attempt: int = 0) -> Attempt:
        policy = Fixed(choices={**BEST, **(mistakes or {})})
        return await judge.judge(await world.roll_out(request, policy, images=run.images, attempt=attempt))

    return once
