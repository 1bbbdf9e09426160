"""Attempts in the small world, drawn by the sketch and judged by the judges that compute.

Neither draws by chance, so an equal program for an equal request is drawn and
judged once, however many attempts end with it.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from ..judge import Judge
from ..judge.computed import ComputedJudge, ComputedProgramJudge
from ..learn.advantage import attempt_reward
from ..pipeline import draw
from ..records import Attempt, Trajectory
from ..score import Interval, bootstrap
from ..store import ImageStore, RunDir
from .opened import World
from .remembered import RememberingJudge, RememberingRenderer


def world_judges(world: World, images: ImageStore) -> tuple[Judge, Judge]:
    """The judge of images and the judge of programs; both compute.

    Raises:
        MissingExtraError: pixels are to be read, and no recogniser is installed.
    """
    of_images = ComputedJudge(images, reads_pixels=world.settings.reads_pixels)
    return RememberingJudge(of_images, world, images), RememberingJudge(ComputedProgramJudge(), world, images)


class WorldJudge:
    """Draws and judges attempts of one world, keeping pictures in a run."""

    def __init__(self, world: World, run: RunDir) -> None:
        """A judge.

        Raises:
            MissingExtraError: pixels are to be read, and no recogniser is installed.
        """
        self._run = run
        self._renderer = RememberingRenderer(world.renderer)
        self._of_images, self._of_programs = world_judges(world, run.images)

    async def judge(self, trajectory: Trajectory) -> Attempt:
        """The attempt with its drawing and both verdicts; without any where it ended without a program."""
        if trajectory.program is None:
            return Attempt(trajectory=trajectory)
        render = await draw(self._run, self._renderer, trajectory)
        attempt = Attempt(trajectory=trajectory, render=render)
        image = await self._of_images.judge(attempt) if render.image else None
        return attempt.but(image_verdict=image, program_verdict=await self._of_programs.judge(attempt))

    async def judge_all(self, trajectories: Sequence[Trajectory]) -> list[Attempt]:
        """The attempts of many trajectories, in their order."""
        return [await self.judge(trajectory) for trajectory in trajectories]


def scores_of(attempt: Attempt) -> dict[str, float]:
    """Every axis of both verdicts; empty where there are none."""
    verdicts = (attempt.image_verdict, attempt.program_verdict)
    return {axis: score for verdict in verdicts if verdict for axis, score in verdict.scores.items()}


def reward_of(attempt: Attempt) -> float | None:
    """The reward of an attempt in [0, 1], as learning counts it: 0 where the policy failed, None where the world did.

    Raises:
        BatchError: it ended with a program that was not drawn, or not judged.
    """
    return attempt_reward(attempt).reward


def mean_reward(attempts: Iterable[Attempt]) -> Interval:
    """The mean reward of attempts with its 95% interval; attempts at one request are resampled together.

    Raises:
        ScoreError: there is none that the world did not spoil.
    """
    earned: dict[str, list[float]] = {}
    for attempt in attempts:
        worth = reward_of(attempt)
        if worth is not None:
            earned.setdefault(attempt.trajectory.request.id, []).append(worth)
    rows = np.array([(sum(rewards), len(rewards)) for rewards in earned.values()]).reshape(-1, 2)
    return bootstrap(rows, lambda sums: sums[:, 0] / sums[:, 1])
