"""Attempts in the small world, drawn by the sketch and judged by the judges that compute.

Neither draws by chance, so an equal program for an equal request is drawn and
judged once, however many attempts end with it.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from ..judge.computed import ComputedJudge, ComputedProgramJudge
from ..pipeline import draw
from ..records import Attempt, Render, Trajectory, Verdict
from ..score import Interval, bootstrap, image_overall, reward
from ..store import RunDir
from .opened import World

_Key = tuple[str, str, tuple[str, ...]]
MOST_KEPT = 4096
"""Programs whose verdicts are remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    render: Render
    image: Verdict | None
    program: Verdict


class WorldJudge:
    """Draws and judges attempts of one world, keeping pictures in a run."""

    def __init__(self, world: World, run: RunDir) -> None:
        """A judge.

        Raises:
            MissingExtraError: pixels are to be read, and no recogniser is installed.
        """
        self._world = world
        self._run = run
        self._image = ComputedJudge(run.images, reads_pixels=world.settings.reads_pixels)
        self._program = ComputedProgramJudge()
        self._known: dict[_Key, _Judged] = {}

    async def judge(self, trajectory: Trajectory) -> Attempt:
        """The attempt with its drawing and both verdicts; without any where it ended without a program."""
        if trajectory.program is None:
            return Attempt(trajectory=trajectory)
        program = trajectory.program
        key = (trajectory.request.id, program.prompt, tuple(one.digest for one in program.references))
        known = self._known.get(key)
        if known is None:
            known = await self._judged(trajectory)
            if len(self._known) >= MOST_KEPT:
                del self._known[next(iter(self._known))]
            self._known[key] = known
        return _attempt(trajectory, known)

    async def judge_all(self, trajectories: Sequence[Trajectory]) -> list[Attempt]:
        """The attempts of many trajectories, in their order."""
        return [await self.judge(trajectory) for trajectory in trajectories]

    def judge_now(self, trajectories: Sequence[Trajectory]) -> list[Attempt]:
        """`judge_all` for programs that run no event loop."""
        return asyncio.run(self.judge_all(trajectories))

    async def _judged(self, trajectory: Trajectory) -> _Judged:
        self._world.stock(self._run.images, trajectory.request)
        render = await draw(self._run, self._world.renderer, trajectory)
        attempt = Attempt(trajectory=trajectory, render=render)
        image = await self._image.judge(attempt) if render.image else None
        return _Judged(render=render, image=image, program=await self._program.judge(attempt))


def _attempt(trajectory: Trajectory, judged: _Judged) -> Attempt:
    """What is known of a program, as records of this trajectory."""
    render = judged.render.model_copy(update={"trajectory": trajectory.id})
    image = judged.image and judged.image.model_copy(update={"of": render.id})
    program = judged.program.model_copy(update={"of": trajectory.id})
    return Attempt(trajectory=trajectory, render=render, image_verdict=image, program_verdict=program)


def scores_of(attempt: Attempt) -> dict[str, float]:
    """Every axis of both verdicts; empty where there are none."""
    verdicts = (attempt.image_verdict, attempt.program_verdict)
    return {axis: score for verdict in verdicts if verdict for axis, score in verdict.scores.items()}


def reward_of(attempt: Attempt) -> float | None:
    """The reward of an attempt in [0, 1]: 0 where the policy failed, None where the world did."""
    trajectory, image, program = attempt.trajectory, attempt.image_verdict, attempt.program_verdict
    if trajectory.program is None:
        return None if trajectory.failure and trajectory.failure.whose == "world" else 0.0
    if image is None or program is None or image.failure or program.failure:
        return None
    drawn = image_overall(image.scores, text_required=image.text_required is not False)
    return reward(drawn, program.scores["sufficiency"])


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
