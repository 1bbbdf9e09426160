"""What `bench` does around a run of a benchmark: reads its data, shows progress, prints its figures."""

from collections.abc import Sequence
from pathlib import Path

from ..config import BenchSettings
from ..errors import UsageError
from ..evaluate.published import check_published, check_table, unexplained
from ..evaluate.run import Parallel, Ran, run_suite
from ..evaluate.suites import Suite
from ..evaluate.summary import Summary, summarise, write_summary
from ..evaluate.tables import (
    all_figures,
    as_csv,
    as_text,
    beside_published,
    counts_table,
    figures_table,
    groups_table,
    headline,
)
from ..judge import Judge
from ..pipeline import Agent, do_each
from ..records import Request
from ..store import RunDir, Tally, write_whole
from .progress import Progress
from .settings import note
from .work import run_here, tell_bad_rows, tell_failures


def bench_requests(
    suite: Suite, which: BenchSettings, run: RunDir, *, limit: int | None
) -> tuple[list[Request], tuple[str, ...]]:
    """The requests of a benchmark, their targets in the run's store, and what a reader of its figures must know.

    Raises:
        RequestError: the data cannot be used.
        UsageError: it has no request.
    """
    reading = suite.read(Path(which.data) if which.data else None, run.images)
    tell_bad_rows(reading.bad)
    if not reading.requests:
        raise UsageError(f"{which.data!r} has no request of {suite.title} that can be asked")
    told = list(reading.told)
    if reading.bad:
        told.append(f"{len(reading.bad):,} rows of the data cannot be read and count nowhere")
    if limit is not None and limit < len(reading.requests):
        told.append(f"only the first {limit:,} of {len(reading.requests):,} requests were asked")
    for words in told:
        note(f"note  {words}")
    return reading.requests[:limit], tuple(told)


def run_stages(
    agent: Agent,
    judges: Sequence[Judge],
    requests: Sequence[Request],
    *,
    attempts: int,
    parallel: Parallel,
    retry_failed: bool,
) -> Ran:
    """Do what is missing on the one event loop of the command, and tell how far it is."""
    progress: dict[str, Progress] = {}

    def watch(stage: str, total: int, tally: Tally) -> None:
        if stage not in progress:
            for done in progress.values():
                done.close()
            progress[stage] = Progress(stage, total)
        progress[stage].tell(tally)

    async def all_stages() -> Ran:
        try:
            return await run_suite(
                agent,
                judges,
                requests,
                attempts=attempts,
                parallel=parallel,
                retry_failed=retry_failed,
                watch=watch,
            )
        finally:
            await do_each("close", *judges)
            await agent.close()

    try:
        ran = run_here(all_stages())
    finally:
        for stage in progress.values():
            stage.close()
    for words in ran.unreached:
        note(f"no answer  {words}")
    for words in ran.stopped_by:
        note(f"stopped  {words}; what is missing is done when the command is given again with more")
    tell_failures([a.trajectory for a in ran.attempts])
    tell_failures([a.render for a in ran.attempts if a.render])
    tell_failures([v for a in ran.attempts for v in (a.image_verdict, a.program_verdict) if v])
    return ran


def print_figures(
    run: RunDir,
    suite: Suite,
    requests: Sequence[Request],
    ran: Ran,
    judges: Sequence[Judge],
    *,
    attempts_each: int,
    told: Sequence[str],
) -> bool:
    """Print the figures, keep them in the run folder, and return whether every attempt has its score."""
    summary = summarise(
        suite,
        requests,
        ran.attempts,
        judges={judge.kind: judge.info for judge in judges},
        attempts_each=attempts_each,
        told=told,
    )
    keep_figures(summary, run)
    print_summary(summary)
    if published := beside_published(summary):
        print(f"\npublished, and whether it may be compared\n{as_text(published)}")
    print(f"\n{headline(summary)}")
    print(f"figures  {run.root / 'report.json'}, {run.root / 'figures.csv'}")
    print(f"next     genevolve show {run.root}, or genevolve compare {run.root} OTHER")
    counts = summary.groups[0].counts
    return counts.judged == len(requests) * attempts_each and not ran.stopped_by


def keep_figures(summary: Summary, run: RunDir) -> None:
    """Write `report.json`, and every number again in `figures.csv`."""
    write_summary(summary, run.root)
    write_whole(run.root / "figures.csv", as_csv(all_figures(summary)).encode())


def print_summary(summary: Summary) -> None:
    """How far the attempts came, the figures of all, and the headline of each group."""
    print(as_text(counts_table(summary)))
    print(f"\n{as_text(figures_table(summary))}")
    if len(summary.groups) > 1:
        print(f"\n{as_text(groups_table(summary))}")
    for name, ids in (("missing", summary.missing), ("without a score", summary.unscored)):
        if ids:
            print(f"{name}  {', '.join(ids[:20])}" + (f" and {len(ids) - 20:,} more" if len(ids) > 20 else ""))
    for words in summary.told:
        print(f"note  {words}")


def print_check() -> None:
    """Every published number that is made of others, recomputed; names those that rounding cannot explain."""
    checks = check_published()
    print(as_text(check_table(checks)))
    strange = unexplained(checks)
    print(f"{len(checks)} published numbers recomputed, {len(checks) - len(strange)} within their rounding")
    for check in strange:
        print(f"not explained by rounding  {check.row.name}: {check.says}, off by {float(check.difference):+.6f}")
