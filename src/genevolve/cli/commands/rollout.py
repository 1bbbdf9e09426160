"""`genevolve rollout`: many requests to trajectories."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .. import options

if TYPE_CHECKING:
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
    search: options.Search = None,
    index: options.Index = None,
    skills: options.Skills = None,
    system_prompt: options.SystemPrompt = None,
    without_tool: options.WithoutTool = None,
    config: options.Config = None,
    retry_failed: options.RetryFailed = False,
    limit: Annotated[int | None, typer.Option(help="Only the first N requests.", min=1, show_default=False)] = None,
) -> None:
    """Answer every request of a file; each becomes a trajectory in the run folder.

    A run that was stopped, however, goes on where it was when the same command
    is given again. `genevolve render RUN` draws the programs.
    """
    from ..settings import agent_settings, config_of

    how = agent_settings(
        config_of(config),
        policy=policy,
        search=search,
        index=index,
        skills=skills,
        system_prompt=system_prompt,
        without_tool=without_tool or (),
        attempts=attempts,
        seed=seed,
    )
    if not _roll_out(requests, how, out=out, parallel=parallel, retry_failed=retry_failed, limit=limit):
        raise typer.Exit(1)


def _roll_out(
    requests: Path, how: "AgentSettings", *, out: Path | None, parallel: int, retry_failed: bool, limit: int | None
) -> bool:
    """Answer the requests of a file and tell; returns whether all worked."""
    from ...errors import RequestError
    from ...pipeline import open_agent
    from ...store import RunDir, read_request_file
    from ..settings import default_out, remember
    from ..work import roll_out_requests, stops_in_words, tell_bad_rows, tell_failures

    if not requests.is_file():
        raise RequestError(f"there is no file {str(requests)!r}; expected a file of requests")
    folder = RunDir.create(out or default_out(requests.stem))
    good, bad = read_request_file(requests, folder.images)
    tell_bad_rows(bad)
    if not good:
        print(f"no request of {requests} can be run; {len(bad):,} rows are bad")
        return False
    agent = open_agent(folder.root, how)
    remember(folder, agent=how)
    done = roll_out_requests(agent, good[:limit], attempts=how.attempts, parallel=parallel, retry_failed=retry_failed)
    tell_failures(done)
    print(f"{len(done):,} attempts at {len(good[:limit]):,} requests: {stops_in_words(done)}")
    if bad:
        print(f"left out      {len(bad):,} rows that cannot be read")
    print(f"trajectories  {folder.trajectories}")
    print(f"next          genevolve render {folder.root}")
    return not bad and not any(trajectory.failure for trajectory in done)
