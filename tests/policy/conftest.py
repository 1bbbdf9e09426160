"""Attempts by the planner, through the real rollout, tools and skills."""

from pathlib import Path

import pytest

from genevolve.policy.planner import Planner
from genevolve.records import Limits, Request, Sampling, Trajectory
from genevolve.rollout.loop import rollout
from genevolve.search import open_provider
from genevolve.search.base import Provider
from genevolve.skills import load_skills
from genevolve.store.images import ImageStore
from genevolve.tools import Toolbox
from support.attempts import Attempt


@pytest.fixture(scope="session")
def atlas() -> Provider:
    return open_provider("atlas")


@pytest.fixture
def attempt(atlas: Provider, tmp_path: Path) -> Attempt:
    """One attempt at a request; offline, with the bundled atlas unless another provider is given."""
    images = ImageStore(tmp_path / "images")

    async def run(
        text: str,
        *,
        provider: Provider = atlas,
        seed: int | None = None,
        only: tuple[str, ...] | None = None,
        limits: Limits | None = None,
        brought: tuple[bytes, ...] = (),
    ) -> Trajectory:
        request = Request(id="r1", text=text, brought=tuple(images.add(data) for data in brought))
        toolbox = Toolbox(provider=provider, skills=load_skills(), only=only)
        sampling = Sampling(seed=seed, limits=limits or Limits())
        return await rollout(request, policy=Planner(), toolbox=toolbox, images=images, sampling=sampling)

    return run
