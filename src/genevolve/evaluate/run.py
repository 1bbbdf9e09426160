"""A benchmark from requests to verdicts in one run folder: each stage does only what is missing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..judge import Judge
from ..pipeline import Agent, draw_all, judge_all, judged_thing, keep_requests, prepare_judges, with_verdicts
from ..records import Attempt, Request, Trajectory, render_id
from ..store import Tally

Watch = Callable[[str, int, Tally], None]
"""Hears of progress: the stage ("rollout", "render", or "judge" with its name), how much there is, how far it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel:
    """How many of each are under way at once."""

    rollouts: int = 16
    drawings: int = 4
    judgements: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a benchmark run has, now and from before."""

    attempts: list[Attempt]
    """Each attempt at each request, in order, with this renderer's drawing and these judges' verdicts."""
    stopped_by: tuple[str, ...] = ()
    """Why stages ended early, where the budget did."""
    unreached: tuple[str, ...] = ()
    """Parts that could not be reached when the run began, in words."""
    torn_bytes: dict[str, int] = field(default_factory=dict[str, int])
    """By stage, bytes of a torn last line that were cut off."""


async def run_suite(
    agent: Agent,
    judges: Sequence[Judge],
    requests: Sequence[Request],
    *,
    attempts: int = 1,
    parallel: Parallel | None = None,
    retry_failed: bool = False,
    watch: Watch = lambda _stage, _total, _tally: None,
) -> Ran:
    """Answer, draw and judge what is missing, and return all that there is.

    Failed judgements are always tried again; failed rollouts and drawings where `retry_failed` says so.
    The agent and the judges stay open.

    Args:
        judges: at most one of images and one of programs.

    Raises:
        UsageError: something that is needed is missing: a key, a model.
        RunLockedError: another process works in the run folder.
    """
    wanted = [(request, attempt) for request in requests for attempt in range(attempts)]
    bench = _Bench(agent=agent, parallel=parallel or Parallel(), retry_failed=retry_failed, watch=watch)
    with agent.run.lock():
        keep_requests(agent.run, requests)
        unreached = [*await agent.prepare(), *await prepare_judges(judges)]
        trajectories = await bench.roll_out(wanted)
        drawn = await bench.draw(trajectories)
        for judge in judges:
            await bench.judge(judge, drawn)
        by_kind = {judge.kind: judge.info for judge in judges}
        judged = with_verdicts(
            drawn, agent.run.read_verdicts(), image=by_kind.get("image"), program=by_kind.get("program")
        )
    return Ran(
        attempts=judged,
        stopped_by=tuple(tally.stopped_by for tally in bench.tallies.values() if tally.stopped_by),
        unreached=tuple(unreached),
        torn_bytes={stage: tally.torn_bytes for stage, tally in bench.tallies.items() if tally.torn_bytes},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    """The stages of one benchmark run, each telling how far it is."""

    agent: Agent
    parallel: Parallel
    retry_failed: bool
    watch: Watch
    tallies: dict[str, Tally] = field(default_factory=dict[str, Tally])

    def _telling(self, stage: str, total: int) -> Callable[[object, Tally], None]:
        return lambda _record, tally: self.watch(stage, total, tally)

    async def roll_out(self, wanted: list[tuple[Request, int]]) -> list[Trajectory]:
        """Every wanted attempt that there is, in order."""
        self.tallies["rollout"] = await self.agent.roll_out_all(
            wanted,
            parallel=self.parallel.rollouts,
            retry_failed=self.retry_failed,
            on_record=self._telling("rollout", len(wanted)),
        )
        recorded = self.agent.run.read_trajectories()
        return [t for item in wanted if (t := recorded.get(self.agent.id_of(*item)))]

    async def draw(self, trajectories: list[Trajectory]) -> list[Attempt]:
        """The attempts with this renderer's drawings."""
        programs = [trajectory for trajectory in trajectories if trajectory.program]
        self.tallies["render"] = await draw_all(
            self.agent.run,
            self.agent.renderer,
            programs,
            parallel=self.parallel.drawings,
            retry_failed=self.retry_failed,
            on_record=self._telling("render", len(programs)),
        )
        renders, info = self.agent.run.read_renders(), self.agent.renderer.info
        return [Attempt(trajectory=t, render=renders.get(render_id(t.id, info))) for t in trajectories]

    async def judge(self, judge: Judge, drawn: list[Attempt]) -> None:
        """Judge what this judge has not judged."""
        stage = f"judge {judge.info.name}"
        due = sum(judged_thing(judge, attempt) is not None for attempt in drawn)
        self.tallies[stage] = await judge_all(
            self.agent.run,
            judge,
            drawn,
            parallel=self.parallel.judgements,
            on_record=self._telling(stage, due),
        )
