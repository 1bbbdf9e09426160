"""What commands do with a run: roll out, draw, and tell how it went."""

import asyncio
import gc
import shutil
from collections import Counter
from collections.abc import Callable, Coroutine, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import typer

from ..errors import UsageError
from ..judge import Judge
from ..language.alike import alike, in_common
from ..pipeline import Agent, do_each, draw_all, judge_all, judged_thing, keep_requests, prepare_judges
from ..records import (
    Attempt,
    Failure,
    Render,
    Request,
    StopReason,
    Trajectory,
    Verdict,
    render_id,
    verdict_id,
)
from ..render import Renderer
from ..store import BadRow, RunDir, Tally, read_records
from ..store.budget import Budget
from .progress import Progress
from .settings import note

T = TypeVar("T")

_MOST_FAILURES_TOLD = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How an attempt ended: of a long run, all that is kept in memory."""

    stop: StopReason
    failure: Failure | None


def roll_out_requests(
    agent: Agent,
    requests: list[Request],
    *,
    attempts: int,
    parallel: int,
    retry_failed: bool = False,
    when_ready: Callable[[], None] = lambda: None,
) -> list[Ended]:
    """How every attempt at every request ended that there is, done now or before, in order.

    Args:
        when_ready: called once nothing is missing: what is written there is of a run that can begin.
    """
    wanted = [(request, attempt) for request in requests for attempt in range(attempts)]
    with agent.run.lock():
        keep_requests(agent.run, requests)
        with Progress("rollout", len(wanted)) as progress:

            async def stage() -> Tally:
                try:
                    for words in await agent.prepare():
                        note(f"no answer  {words}")
                    when_ready()
                    return await agent.roll_out_all(
                        wanted,
                        parallel=parallel,
                        retry_failed=retry_failed,
                        on_record=lambda _, tally: progress.tell(tally),
                    )
                finally:
                    await agent.close()

            tally = run_here(stage())
        tell_torn(agent.run.trajectories, tally)
        by_id = {t.id: Ended(stop=t.stop, failure=t.failure) for t in read_records(agent.run.trajectories, Trajectory)}
    tell_budget_end(tally)
    done = (by_id.get(agent.id_of(request, attempt)) for request, attempt in wanted)
    return [ended for ended in done if ended]


def trajectories_of(agent: Agent, requests: list[Request], *, attempts: int) -> list[Trajectory]:
    """Every attempt at these requests that the run has, in order."""
    by_id = agent.run.read_trajectories()
    done = (by_id.get(agent.id_of(request, attempt)) for request in requests for attempt in range(attempts))
    return [trajectory for trajectory in done if trajectory]


def draw_trajectories(
    run: RunDir, renderer: Renderer, trajectories: list[Trajectory], *, parallel: int, retry_failed: bool = False
) -> list[Render]:
    """Every render of these trajectories by this renderer that there is, done now or before, in order."""
    with run.lock():
        with Progress("render", len(trajectories)) as progress:

            async def stage() -> Tally:
                try:
                    return await draw_all(
                        run,
                        renderer,
                        trajectories,
                        parallel=parallel,
                        retry_failed=retry_failed,
                        on_record=lambda _, tally: progress.tell(tally),
                    )
                finally:
                    await do_each("close", renderer)

            tally = run_here(stage())
        tell_torn(run.renders, tally)
        by_id = run.read_renders()
        drawn = [(t, by_id.get(render_id(t.id, renderer.info))) for t in trajectories if t.program]
        for trajectory, render in drawn:
            if render and render.image:  # a name is given again where its file was deleted
                run.show_picture(render, request_id=trajectory.request.id, attempt=trajectory.attempt)
    tell_budget_end(tally)
    return [render for _, render in drawn if render]


def missing_renders(run: RunDir, renderer: Renderer, trajectories: list[Trajectory]) -> int:
    """How many of these this renderer has not drawn."""
    known = run.read_renders()
    return sum(render_id(trajectory.id, renderer.info) not in known for trajectory in trajectories)


def judge_attempts(run: RunDir, judge: Judge, attempts: list[Attempt], *, parallel: int) -> list[Verdict]:
    """Every verdict of this judge on these attempts that there is, given now or before, in order."""
    named = [of for attempt in attempts if (of := judged_thing(judge, attempt))]
    with run.lock():
        with Progress("judge", len(set(named))) as progress:

            async def stage() -> Tally:
                try:
                    for words in await prepare_judges([judge]):
                        note(f"no answer  {words}")
                    return await judge_all(
                        run, judge, attempts, parallel=parallel, on_record=lambda _, tally: progress.tell(tally)
                    )
                finally:
                    await do_each("close", judge)

            tally = run_here(stage())
        tell_torn(run.verdicts, tally)
        by_id = run.read_verdicts()
    tell_budget_end(tally)
    ids = dict.fromkeys(verdict_id(of, judge.kind, judge.info) for of in named)
    return [by_id[name] for name in ids if name in by_id]


def missing_verdicts(run: RunDir, judge: Judge, attempts: list[Attempt]) -> tuple[int, int]:
    """How many judgements are to be made, failed ones again, and of how many; what must fail is none to make."""
    known = run.read_verdicts()
    named = {of: attempt for attempt in attempts if (of := judged_thing(judge, attempt))}
    able = [of for of, attempt in named.items() if judge.lacks(attempt) is None]
    try:
        info = judge.info
    except UsageError:  # a served model that is not named is known only by asking
        return len(able), len(named)
    made = {name for name, verdict in known.items() if verdict.failure is None}
    return sum(verdict_id(of, judge.kind, info) not in made for of in able), len(named)


def tell_budget_end(tally: Tally) -> None:
    """Say so where a stage stopped because its budget ended."""
    if tally.stopped_by:
        note(f"stopped  {tally.stopped_by}; what is missing is done when the command is given again with more")


def tell_spent(budget: Budget) -> None:
    """What was sent and what it cost, where anything was."""
    if budget.calls:
        for line in budget.in_words():
            note(f"spent  {line}")


def run_here(stage: Coroutine[Any, Any, T]) -> T:
    """Run a stage on the one event loop of the command; an interrupt ends it in words."""
    # What was imported stays: looking through it for garbage again and again took a tenth of a batch's time.
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    try:
        return asyncio.run(stage)
    except KeyboardInterrupt:
        note("stopped; run the same command again to go on from here")
        raise typer.Exit(130) from None


@contextmanager
def run_folder(path: Path) -> Generator[RunDir]:
    """The run in this folder; one that was made now, and in which nothing came to be, is taken away again."""
    was_there = path.exists()
    run = RunDir.create(path)
    try:
        yield run
    finally:
        if not was_there and not run.requests.exists():
            shutil.rmtree(path, ignore_errors=True)


def counted(what: str, count: int) -> str:
    """How many of something: "1 request", "2,000 requests"."""
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def tell_torn(path: Path, tally: Tally) -> None:
    """Say so where an earlier process was stopped in the middle of a line, which was mended."""
    if tally.torn_bytes:
        note(
            f"mended  {path}: an earlier process was stopped in the middle of its last line "
            f"({tally.torn_bytes:,} bytes cut off); that one was done again"
        )


def tell_bad_rows(rows: list[BadRow]) -> None:
    """Name the rows that cannot be run."""
    for row in rows[:20]:
        note(f"left out  {row.where}: {row.problem}")
    if len(rows) > 20:
        note(f"left out  {len(rows) - 20:,} more rows")


def tell_failures(records: Iterable[Ended | Trajectory | Render | Verdict]) -> None:
    """The commonest failures, each once, with how often; those that differ in names and paths alone are one."""
    told = Counter(f"{r.failure.where}: {r.failure.what}" for r in records if r.failure)
    kinds = sorted(alike(told), key=lambda kind: -kind.total())
    for kind in kinds[:_MOST_FAILURES_TOLD]:
        note(f"failed  {kind.total():,} x {in_common(list(kind))}")
    if len(kinds) > _MOST_FAILURES_TOLD:
        note(f"failed  {len(kinds) - _MOST_FAILURES_TOLD} more kinds; see them with genevolve show RUN --failed")


def stops_in_words(attempts: list[Ended]) -> str:
    """How attempts ended: "298 answered, 2 out of turns"."""
    stops = Counter(ended.stop.value.replace("_", " ") for ended in attempts)
    return ", ".join(f"{count:,} {stop}" for stop, count in stops.most_common())
