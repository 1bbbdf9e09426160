"""`genevolve rollout`: many requests to trajectories."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .. import options
from ..groups import AgentFlags, AnswerFlags, WorkFlags, WorldFlags, grouped

if TYPE_CHECKING:
    from ...config import RunConfig
    from ...pipeline import AgentSettings
    from ...world.settings import WorldSettings


@grouped
def rollout(
    requests: Annotated[
        Path,
        typer.Argument(
            help="A file of requests: .jsonl or .json with `prompt` (and `id`), .csv, .tsv, or a line each in .txt."
        ),
    ],
    *,
    out: options.Out = None,
    parallel: options.Parallel = 16,
    seed: options.Seed = None,
    world: WorldFlags,
    agent: AgentFlags,
    answers: AnswerFlags,
    spend: WorkFlags,
    limit: Annotated[int | None, typer.Option(help="Only the first N requests.", min=1, show_default=False)] = None,
) -> None:
    """Answer every request of a file; each becomes a trajectory in the run folder.

    A run that was stopped, however, goes on where it was when the same command
    is given again. `genevolve render RUN` draws the programs.
    """
    from ..settings import config_of
    from ..small_world import agent_settings_of

    base = config_of(spend.config, replay=answers.replay)
    small = world.settings(base)
    batch = Batch(
        base=base,
        world=small,
        how=agent_settings_of(base, agent, small, seed=seed),
        parallel=parallel,
        answers=answers,
        spend=spend,
        limit=limit,
    )
    if not _roll_out(requests, batch, out=out):
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """How many requests are rolled out."""

    base: "RunConfig"
    world: "WorldSettings | None"
    how: "AgentSettings"
    parallel: int
    answers: AnswerFlags
    spend: WorkFlags
    limit: int | None


def _roll_out(requests: Path, batch: Batch, *, out: Path | None) -> bool:
    """Answer the requests of a file and tell; returns whether all worked."""
    from ...errors import RequestError
    from ...store import read_request_file
    from ..plan import plan
    from ..settings import budget_of, default_out, remember
    from ..small_world import drawn_in, open_agent_in, requests_in
    from ..work import counted, roll_out_requests, run_folder, stops_in_words, tell_bad_rows, tell_failures, tell_spent

    budget = budget_of(batch.spend.budget, batch.base)
    if not requests.is_file():
        raise RequestError(f"there is no file {str(requests)!r}; expected a file of requests")
    with run_folder(out or default_out(requests.stem)) as folder:
        good, bad = read_request_file(requests, folder.images)
        tell_bad_rows(bad)
        if not good:
            print(f"no request of {requests} can be run; {len(bad):,} rows are bad")
            return False
        chosen = requests_in(folder, good[: batch.limit], batch.world)
        agent = open_agent_in(folder, batch.how, None, world=batch.world, answers=batch.answers, budget=budget)
        if batch.spend.dry_run:
            print("\n".join(plan(agent, chosen, batch.how, None, budget=budget)))
            return True
        done = roll_out_requests(
            agent,
            chosen,
            attempts=batch.how.attempts,
            parallel=batch.parallel,
            retry_failed=batch.spend.retry_failed,
            when_ready=lambda: remember(folder, batch.base, world=batch.world, agent=batch.how),
        )
        tell_failures(done)
        tell_spent(budget)
        ended = stops_in_words(done) or "none was made"
        print(f"{counted('attempt', len(done))} at {counted('request', len(chosen))}: {ended}")
        if bad:
            print(f"left out      {len(bad):,} rows that cannot be read")
        print(f"trajectories  {folder.trajectories}")
        size = drawn_in(batch.world).size if batch.world else None
        print(f"next          genevolve render {folder.root}{f' --size {size.width}x{size.height}' if size else ''}")
        complete = len(done) == len(chosen) * batch.how.attempts
        return complete and not bad and not any(attempt.failure for attempt in done)
