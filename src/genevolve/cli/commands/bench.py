"""`genevolve bench`: a benchmark from its data to a table, with the published numbers beside it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .. import options
from ..groups import AgentFlags, AnswerFlags, DrawFlags, JudgeFlags, WorkFlags, grouped

if TYPE_CHECKING:
    from ...config import BenchSettings, RunConfig
    from ...evaluate.suites import Suite
    from ...judge import JudgeSettings
    from ...pipeline import AgentSettings, DrawSettings


@grouped
def bench(
    suite: Annotated[
        str | None,
        typer.Argument(
            help="genevolve-bench, wise, knowgen, or sketch (offline, no data, no model).", show_default=False
        ),
    ] = None,
    *,
    data: Annotated[
        Path | None, typer.Option(help="The benchmark's file, or its folder as it was downloaded.", show_default=False)
    ] = None,
    edition: Annotated[
        str | None,
        typer.Option(
            help="Of wise: legacy (the paper's table) or verified. Of sketch: test, validation or train.",
            show_default=False,
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(help="Only the first N requests; the table says so.", min=1, show_default=False)
    ] = None,
    check_published: Annotated[
        bool, typer.Option("--check-published", help="Recompute the published tables from their own columns, and end.")
    ] = False,
    out: options.Out = None,
    parallel: options.Parallel = 16,
    seed: options.Seed = None,
    agent: AgentFlags,
    draw: DrawFlags,
    judges: JudgeFlags,
    answers: AnswerFlags,
    spend: WorkFlags,
) -> None:
    """Answer, draw and judge a benchmark's requests, and print its figures; what is done already is not done again.

    Missing and failed requests count as zero in a headline. `genevolve compare` compares two such runs.

    Example: `genevolve bench sketch`
    """
    from ...config import BenchSettings
    from ...errors import UsageError
    from ...evaluate.suites import open_suite
    from ..bench import check_judges, print_check
    from ..settings import config_of

    if check_published:
        print_check()
        return
    base = config_of(spend.config, replay=answers.replay)
    which = base.bench
    if suite is not None:
        which = BenchSettings(suite=suite, edition=edition, data=str(data) if data else None, limit=limit)
    elif which is not None and limit is not None:
        which = which.but(limit=limit)
    if which is None:
        raise UsageError("no benchmark is named; expected one of genevolve-bench, wise, knowgen, sketch")
    opened = open_suite(which.suite, edition=which.edition)
    how = Bench(
        base=base,
        which=which,
        suite=opened,
        agent=agent.settings(base, seed=seed),
        draw=draw.settings(base, seed=seed),
        judges=judges.settings(base, default=_default_judges(opened)),
        parallel=parallel,
        answers=answers,
        spend=spend,
    )
    check_judges(opened, how.judges)
    if not _bench(how, out=out):
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """How a benchmark is run."""

    base: "RunConfig"
    which: "BenchSettings"
    suite: "Suite"
    agent: "AgentSettings"
    draw: "DrawSettings"
    judges: "tuple[JudgeSettings, ...]"
    parallel: int
    answers: AnswerFlags
    spend: WorkFlags


def _default_judges(suite: "Suite") -> tuple[str, ...]:
    """Its image judge; others too where they cost nothing."""
    first, *more = suite.judges
    return (first, *more) if first.startswith("computed") else (first,)


def _bench(how: Bench, *, out: Path | None) -> bool:
    """Run what is missing and print the figures; returns whether every request has its score."""
    from ...evaluate.run import Parallel
    from ...pipeline import judge_with, open_agent
    from ..bench import bench_requests, print_figures, run_stages
    from ..plan import plan, plan_judges
    from ..settings import budget_of, default_out, remember
    from ..work import run_folder, tell_spent

    budget, replay = budget_of(how.spend.budget, how.base), how.answers.recorded()
    name = "-".join(filter(None, [how.which.suite, how.which.edition, how.agent.policy, how.draw.renderer]))
    with run_folder(out or default_out(name)) as folder:
        ask = bench_requests(how.suite, how.which, folder)
        agent = open_agent(
            folder.root,
            how.agent,
            how.draw,
            budget=budget,
            replay=replay,
            use_cache=not how.answers.no_cache,
        )
        judges = [judge_with(settings, images=folder.images, budget=budget, replay=replay) for settings in how.judges]
        if how.spend.dry_run:
            lines = plan(agent, ask.requests, how.agent, how.draw, budget=budget)
            print(
                "\n".join(
                    [*lines[:-1], *plan_judges(how.judges, len(ask.requests) * how.agent.attempts, budget), lines[-1]]
                )
            )
            return True
        remember(folder, how.base, bench=ask.which, agent=how.agent, draw=how.draw, judges=how.judges)
        parallel = Parallel(
            rollouts=how.parallel, drawings=min(how.parallel, 8), judgements=max(s.parallel for s in how.judges)
        )
        ran = run_stages(
            agent,
            judges,
            ask.requests,
            attempts=how.agent.attempts,
            parallel=parallel,
            retry_failed=how.spend.retry_failed,
        )
        tell_spent(budget)
        return print_figures(folder, ask, ran, judges, attempts_each=how.agent.attempts)
