"""How good the policy is at requests that it never learns from: attempts in a run of their own, and a line of figures.

The figures are those of learning: what an attempt earns, attempts that the world failed counting nowhere. The interval
is over requests, which are drawn with replacement together with all attempts at them.
"""
# ruff: noqa: E402 - what is missing is said in words before it is imported

from ..model.extra import require

require("torch", "transformers")

from collections.abc import Sequence
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import replace
from math import fsum
from os.path import relpath
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from ..errors import BatchError
from ..judge import Judge
from ..learn.advantage import Earned
from ..learn.config import RewardSettings
from ..learn.curves import Decoding, HeldOutFigures, open_held_out, read_held_out
from ..learn.diagnostics import StepDiagnostics, read_diagnostics
from ..learn.examples import earned_by
from ..pipeline import Agent, keep_requests
from ..records import Attempt, Request, digest_of_requests
from ..score import Interval, bootstrap
from ..store import RunDir
from .attempts import Ledger, Workshop, fault_of_all
from .settings import EvolveSettings, LookSettings, ParallelSettings
from .state import HELD_OUT
from .watch import Moment, Phase, Watch, unwatched


async def look(
    agent: Agent,
    judges: Sequence[Judge],
    requests: Sequence[Request],
    *,
    step: int,
    decoding: Decoding = "sampled",
    settings: LookSettings | None = None,
    reward: RewardSettings | None = None,
    parallel: ParallelSettings | None = None,
    trained_attempts: int = 0,
    trained_seconds: float = 0.0,
    ledger: Ledger | None = None,
    watch: Watch = unwatched,
) -> HeldOutFigures:
    """One look at held-out requests; what the agent's run has of it already is not made again.

    What the world failed is tried once more; attempts that it fails again are counted in the figures.

    Args:
        agent: whose sampling is looked with, greedy ones at temperature 0. It and the judges are prepared.
        step: steps of training so far; with the version of the weights, it stands for what is looked at.
        decoding: "greedy" answers each request once.
        ledger: the files of the agent's run, where they are open already.

    Raises:
        BatchError: the world failed every attempt, or a judgement that the reward needs was not made.
        RunLockedError: another process works in the agent's run.
        ScoreError: a verdict lacks an axis.
    """
    settings, sampling = settings or LookSettings(), agent.sampling
    count = settings.attempts if decoding == "sampled" else 1
    if decoding == "greedy":
        agent = replace(agent, sampling=sampling.but(temperature=0.0))

    def tell(phase: Phase, done: int, total: int, part: str) -> None:
        detail = " ".join(filter(None, (decoding, phase, part)))
        watch(Moment(step=step, phase="look", done=done, total=total, detail=detail))

    keep_requests(agent.run, requests)
    with agent.run.lock(), nullcontext(ledger) if ledger else Ledger(agent.run) as opened:
        parallel = parallel or ParallelSettings()
        workshop = Workshop(agent=agent, judges=judges, ledger=opened, parallel=parallel, tell=tell)
        groups, earned = await _earned(workshop, requests, count, reward)
    mean, valid = _figures(groups, earned, resamples=settings.resamples)
    return HeldOutFigures(
        step=step,
        decoding=decoding,
        requests=len(requests),
        digest=digest_of_requests(requests),
        attempts=sum(map(len, groups)),
        world_failures=_world_failures(earned),
        reward=mean.value,
        low=mean.low,
        high=mean.high,
        valid=valid,
        entropy=_surprise(groups) if decoding == "sampled" else None,
        trained_attempts=trained_attempts,
        trained_seconds=trained_seconds,
    )


class Looks:
    """The looks of one run of training: taken where they are due, once each, and written down."""

    def __init__(
        self,
        agent: Agent,
        judges: Sequence[Judge],
        requests: Sequence[Request],
        settings: EvolveSettings,
        *,
        watch: Watch = unwatched,
    ) -> None:
        """Opens the run's figures and, where there is something to look at, the run of attempts at it.

        Args:
            agent: of the run that trains. It is looked with at the temperature and top-p of training.

        Raises:
            StoreError: a file cannot be opened.
            UsageError: the folder of held-out attempts cannot be made, or is in use for something else.
        """
        self._settings, self._judges, self._requests, self._watch = settings, judges, requests, watch
        self._folder = agent.run.root
        self._digest = digest_of_requests(requests)
        self.trained = {one.step: one for one in read_diagnostics(self._folder)}
        """What was seen of each step that was made, by this process or an earlier one."""
        update = settings.learn.update
        sampling = agent.sampling.but(temperature=update.temperature, top_p=update.top_p, seed=settings.seed)
        with ExitStack() as opened:
            if requests and settings.look.every:
                self._agent = replace(looking_agent(agent, self._folder / HELD_OUT), sampling=sampling)
                keep_requests(self._agent.run, requests)
                self._ledger = opened.enter_context(Ledger(self._agent.run))
                self._journal = opened.enter_context(open_held_out(self._folder))
            self._opened = opened.pop_all()

    def is_due(self, step: int) -> bool:
        """Whether to look after so many steps."""
        every = self._settings.look.every
        return bool(self._requests) and every > 0 and (step % every == 0 or step == self._settings.rounds)

    async def take(self, step: int) -> list[HeldOutFigures]:
        """The looks that are due after so many steps and were not taken before.

        Raises:
            BatchError: the world failed every attempt.
        """
        if not self.is_due(step):
            return []
        known = {(one.step, one.decoding) for one in read_held_out(self._folder) if one.digest == self._digest}
        decodings: tuple[Decoding, ...] = ("sampled", "greedy") if self._settings.look.greedy else ("sampled",)
        trained = [self.trained[one] for one in sorted(self.trained) if one < step]
        taken: list[HeldOutFigures] = []
        for decoding in decodings:
            if (step, decoding) in known:
                continue
            figures = await look(
                self._agent,
                self._judges,
                self._requests,
                step=step,
                decoding=decoding,
                settings=self._settings.look,
                reward=self._settings.learn.reward,
                parallel=self._settings.parallel,
                trained_attempts=sum(one.rewards.attempts for one in trained if one.rewards),
                trained_seconds=fsum(one.seconds.get("step", 0.0) for one in trained),
                ledger=self._ledger,
                watch=self._watch,
            )
            self._journal.append(figures)
            taken.append(figures)
        return taken

    def count(self, step: StepDiagnostics) -> None:
        """Take in a step, so that later looks say how much training was before them."""
        self.trained[step.step] = step

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()


def looking_agent(agent: Agent, folder: Path) -> Agent:
    """The same agent in a run of its own; the pictures of both are kept where the agent keeps its own.

    Raises:
        UsageError: the folder cannot be made, or is in use for something else.
    """
    run = RunDir.create(folder)
    beside = run.root / "images"
    if not beside.exists():
        # Who opens the run by itself finds its pictures so; not every system lets everybody make such links.
        with suppress(OSError):
            beside.symlink_to(relpath(agent.run.root / "images", run.root), target_is_directory=True)
    run.images = agent.run.images
    return replace(agent, run=run)


async def _earned(
    workshop: Workshop, requests: Sequence[Request], count: int, reward: RewardSettings | None
) -> tuple[list[list[Attempt]], list[list[Earned]]]:
    """Attempts at each request, and what they earned."""
    wanted = [(request, number) for request in requests for number in range(count)]

    async def made(places: Sequence[int], *, retry_failed: bool) -> dict[int, tuple[Attempt, Earned]]:
        trajectories = await workshop.roll_out([wanted[place] for place in places], retry_failed=retry_failed)
        drawn = await workshop.draw(trajectories, retry_failed=retry_failed)
        attempts = await workshop.judge(drawn, retry_failed=retry_failed)
        return dict(zip(places, zip(attempts, earned_by([attempts], reward)[0], strict=True), strict=True))

    found = await made(range(len(wanted)), retry_failed=False)
    lost = [place for place, (_, earned) in found.items() if earned.reward is None]
    if lost:
        # Once more, so that an outage does not stay in the curve, nor a look that had to stop for ever.
        found |= await made(lost, retry_failed=True)
    groups = [[found[place] for place in range(first, first + count)] for first in range(0, len(wanted), count)]
    return [[attempt for attempt, _ in group] for group in groups], [[one for _, one in group] for group in groups]


def _world_failures(earned: Sequence[Sequence[Earned]]) -> int:
    return sum(one.reward is None for group in earned for one in group)


def _figures(
    groups: Sequence[Sequence[Attempt]], earned: Sequence[Sequence[Earned]], *, resamples: int
) -> tuple[Interval, float]:
    """Mean reward with its interval, and the share of valid attempts, over the attempts that count."""
    fault = fault_of_all(earned)
    if fault is not None:
        raise BatchError(
            f"the world failed every attempt at held-out requests, most often so: {fault}. "
            "Mend it, and run the same again."
        )
    counting = [
        [(attempt, one.reward) for attempt, one in zip(group, row, strict=True) if one.reward is not None]
        for group, row in zip(groups, earned, strict=True)
    ]
    rows = [(fsum(reward for _, reward in group), len(group)) for group in counting if group]
    mean = bootstrap(np.array(rows, dtype=np.float64), lambda sums: sums[:, 0] / sums[:, 1], resamples=resamples)
    valid = [attempt.trajectory.program is not None for group in counting for attempt, _ in group]
    return mean, sum(valid) / len(valid)


def _surprise(groups: Sequence[Sequence[Attempt]]) -> float | None:
    """Mean of -log p over the sampled tokens: what entropy is on average, a little low where top-p cuts the tail.

    None where no token's probability is known.
    """
    spans = [turn.tokens for group in groups for attempt in group for turn in attempt.trajectory.turns if turn.tokens]
    count = sum(len(span.logprobs) for span in spans)
    return -fsum(one for span in spans for one in span.logprobs) / count if count else None
