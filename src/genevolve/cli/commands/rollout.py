"""`genevolve rollout`: many requests to trajectories."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .. import options

if TYPE_CHECKING:
    from ...config import RunConfig
    from ...pipeline import AgentSettings


def rollout(
    requests: Annotated[
        Path,
        typer.Argument(
            help="A file of requests: .jsonl or .json with `prompt` (and `id`), .csv, .tsv, or a line each in .txt."
        ),
    ],
    out: options.Out = None,
    parallel: options.Parallel = 16,
    attempts: options.Attempts = None,
    seed: options.Seed = None,
    policy: options.Policy = None,
    base_url: options.BaseUrl = None,
    model: options.Model = None,
    dialect: options.Dialect = None,
    text_only: options.TextOnly = False,
    search: options.Search = None,
    index: options.Index = None,
    skills: options.Skills = None,
    system_prompt: options.SystemPrompt = None,
    without_tool: options.WithoutTool = None,
    config: options.Config = None,
    budget: options.Budget = None,
    dry_run: options.DryRun = False,
    replay: options.Replay = None,
    no_cache: options.NoCache = False,
    retry_failed: options.RetryFailed = False,
    limit: Annotated[int | None, typer.Option(help="Only the first N requests.", min=1, show_default=False)] = None,
) -> None:
    """Answer every request of a file; each becomes a trajectory in the run folder.

    A run that was stopped, however, goes on where it was when the same command
    is given again. `genevolve render RUN` draws the programs.
    """
    from ..settings import agent_settings, config_of

    base = config_of(config, replay=replay)
    how = agent_settings(
        base,
        policy=policy,
        served__base_url=base_url,
        served__model=model,
        served__dialect=dialect,
        text_only=text_only or None,
        search=search,
        index=index,
        skills=skills,
        system_prompt=system_prompt,
        without_tool=without_tool or (),
        attempts=attempts,
        sampling__seed=seed,
    )
    batch = Batch(
        base=base,
        how=how,
        parallel=parallel,
        budget=budget,
        replay=replay,
        use_cache=not no_cache,
        retry=retry_failed,
        limit=limit,
    )
    if not _roll_out(requests, batch, out=out, dry_run=dry_run):
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """How many requests are rolled out."""

    base: "RunConfig"
    how: "AgentSettings"
    parallel: int
    budget: str | None
    replay: Path | None
    use_cache: bool
    retry: bool
    limit: int | None


def _roll_out(requests: Path, batch: Batch, *, out: Path | None, dry_run: bool) -> bool:
    """Answer the requests of a file and tell; returns whether all worked."""
    from ...errors import RequestError
    from ...pipeline import open_agent
    from ...store import RunDir, read_request_file
    from ..plan import plan
    from ..settings import budget_of, default_out, remember
    from ..work import counted, roll_out_requests, run_folder, stops_in_words, tell_bad_rows, tell_failures, tell_spent

    budget = budget_of(batch.budget, batch.base)
    replay = RunDir.open(batch.replay) if batch.replay else None
    if not requests.is_file():
        raise RequestError(f"there is no file {str(requests)!r}; expected a file of requests")
    with run_folder(out or default_out(requests.stem)) as folder:
        good, bad = read_request_file(requests, folder.images)
        tell_bad_rows(bad)
        if not good:
            print(f"no request of {requests} can be run; {len(bad):,} rows are bad")
            return False
        agent = open_agent(folder.root, batch.how, budget=budget, replay=replay, use_cache=batch.use_cache)
        chosen = good[: batch.limit]
        if dry_run:
            print("\n".join(plan(agent, chosen, batch.how, None, budget=budget)))
            return True
        remember(folder, batch.base, agent=batch.how)
        done = roll_out_requests(
            agent, chosen, attempts=batch.how.attempts, parallel=batch.parallel, retry_failed=batch.retry
        )
        tell_failures(done)
        tell_spent(budget)
        ended = stops_in_words(done) or "none was made"
        print(f"{counted('attempt', len(done))} at {counted('request', len(chosen))}: {ended}")
        if bad:
            print(f"left out      {len(bad):,} rows that cannot be read")
        print(f"trajectories  {folder.trajectories}")
        print(f"next          genevolve render {folder.root}")
        complete = len(done) == len(chosen) * batch.how.attempts
        return complete and not bad and not any(attempt.failure for attempt in done)
