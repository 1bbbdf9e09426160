"""What `bench` does around a run of a benchmark: reads its data, shows progress, prints its figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..config import BenchSettings
from ..errors import UsageError
from ..evaluate.published import check_published, check_table, unexplained
from ..evaluate.run import Parallel, Ran, run_suite
from ..evaluate.suites import Suite, of_the_asked, scores_of
from ..evaluate.summary import REPORT, Summary, read_summary, summarise, write_summary
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
from ..judge import Judge, JudgeSettings
from ..judge.known import known_judge
from ..pipeline import Agent, do_each
from ..records import Request, VerdictKind, digest_of
from ..store import RunDir, Tally, write_whole
from .progress import Progress
from .settings import note
from .work import run_here, tell_bad_rows, tell_failures


@dataclass(frozen=True, slots=True, kw_only=True)
class ToAsk:
    """What a benchmark run asks."""

    suite: Suite
    """Over all of the benchmark, or over the asked requests alone where a limit leaves some out."""
    which: BenchSettings
    """With the limit only where it leaves some out."""
    requests: list[Request]
    told: tuple[str, ...]
    """What a reader of the figures must know, one sentence each."""


def check_judges(suite: Suite, judges: Sequence[JudgeSettings]) -> None:
    """See before any work that the judges make a benchmark's figures.

    Raises:
        UsageError: two judge the same kind of thing, or one gives other axes than the figures need.
    """
    by_kind: dict[VerdictKind, str] = {}
    for name in (settings.judge for settings in judges):
        known = known_judge(name)
        assert known is not None, "settings name judges of ours only"
        if other := by_kind.get(known.kind):
            raise UsageError(
                f"{other} and {name} both judge the {known.kind}, and a benchmark's figures are of one judge of each "
                f"kind; name one here, and run the other afterwards with genevolve judge RUN --judge {name}"
            )
        by_kind[known.kind] = name
        if suite.judges and known.kind == "image" and (lacking := suite.lacks_of(name)):
            raise UsageError(
                f"the judge {name} gives no {', '.join(lacking)}, of which the figures of {suite.title} are made; "
                f"judge with {suite.judges[0]}"
            )


def bench_requests(suite: Suite, which: BenchSettings, run: RunDir) -> ToAsk:
    """The requests of a benchmark, their targets in the run's store.

    Raises:
        RequestError: the data cannot be used.
        UsageError: it has no request.
    """
    assert suite.read is not None, "a benchmark that has a name can be read"
    reading = suite.read(Path(which.data) if which.data else None, run.images)
    tell_bad_rows(reading.bad)
    if not reading.requests:
        raise UsageError(f"{which.data!r} has no request of {suite.title} that can be asked")
    told = list(reading.told)
    if reading.bad:
        told.append(f"{len(reading.bad):,} rows of the data cannot be read and count nowhere")
    limit = which.limit if which.limit and which.limit < len(reading.requests) else None
    if limit is not None:
        suite = of_the_asked(suite)
        told.append(
            f"only the first {limit:,} of {len(reading.requests):,} requests were asked, and the headline is over these"
        )
    for words in told:
        note(f"note  {words}")
    return ToAsk(suite=suite, which=which.but(limit=limit), requests=reading.requests[:limit], told=tuple(told))


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


def print_figures(run: RunDir, ask: ToAsk, ran: Ran, judges: Sequence[Judge], *, attempts_each: int) -> bool:
    """Print the figures, keep them in the run folder, and return whether every judge scored every attempt."""
    summary = summarise(
        ask.suite,
        ask.requests,
        ran.attempts,
        judges={judge.kind: judge.info for judge in judges},
        attempts_each=attempts_each,
        told=ask.told,
    )
    kept = keep_figures(summary, run)
    print_summary(summary)
    if published := beside_published(summary):
        print(f"\npublished, and whether it may be compared\n{as_text(published)}")
    print(f"\n{headline(summary)}")
    print(f"figures  {kept[0]}, {kept[1]}")
    print(f"next     genevolve show {run.root}, or genevolve compare {run.root} OTHER")
    due = len(ask.requests) * attempts_each
    return not ran.stopped_by and all(_scored(ran, judge.kind) == due for judge in judges)


def _scored(ran: Ran, kind: VerdictKind) -> int:
    """How many attempts have scores of this kind."""
    verdicts = (a.image_verdict if kind == "image" else a.program_verdict for a in ran.attempts)
    return sum(scores_of(verdict) is not None for verdict in verdicts)


def keep_figures(summary: Summary, run: RunDir, *, beside: str = "") -> tuple[Path, Path]:
    """Write `report.json`, and every number again in `figures.csv`; returns both.

    Args:
        beside: added to both names, for figures that do not take the place of the run's own.
    """
    report = write_summary(summary, run.root, name=f"report{beside}.json")
    figures = run.root / f"figures{beside}.csv"
    write_whole(figures, as_csv(all_figures(summary)).encode())
    return report, figures


def reported(run: RunDir) -> Summary | None:
    """The run's own report; None where it has none."""
    return read_summary(run.root) if run.root.joinpath(REPORT).exists() else None


def place_beside(summary: Summary, own: Summary | None) -> str:
    """What is added to the names of files for figures by other judges than those of the run's own report.

    Nothing where they say all that the report says: it was made by the same, or they are of one more judge.
    """
    if own is None or _replaces(summary, own):
        return ""
    judges = summary.makers.judges
    others = {kind: info for kind, info in judges.items() if own.makers.judges.get(kind) != info} or judges
    names = "-".join(info.name for _, info in sorted(others.items()))
    return f"-{names}-{digest_of(sorted(others.items()))[:8]}"


def _replaces(summary: Summary, own: Summary) -> bool:
    before, now = own.makers, summary.makers
    return (
        (own.suite, own.edition) == (summary.suite, summary.edition)
        and before.policy in (None, now.policy)
        and before.renderer in (None, now.renderer)
        and all(now.judges.get(kind) == info for kind, info in before.judges.items())
    )


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
