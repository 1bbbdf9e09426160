"""`genevolve judge`: what a run has drawn to verdicts."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..groups import JudgeFlags, SpendFlags, grouped

if TYPE_CHECKING:
    from ...records import JudgeInfo, VerdictKind
    from ...store import RunDir


@grouped
def judge(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    *,
    judges: JudgeFlags,
    spend: SpendFlags,
) -> None:
    """Judge what is not judged yet, and failed judgements again. Another judge, model or rubric judges beside the old.

    Example: `genevolve judge runs/try --judge kscore --judge-model gemini-3.1-pro-preview --rpm 60`
    """
    from ...pipeline import judge_with, read_attempts
    from ...store import RunDir
    from ..plan import most_of_judging
    from ..settings import budget_of, config_of, remember
    from ..work import judge_attempts, missing_verdicts, tell_failures, tell_spent

    folder = RunDir.open(run)
    base = config_of(spend.config)
    how = judges.settings(base, default=("computed",))
    budget = budget_of(spend.budget, base)
    attempts = read_attempts(folder)
    opened = [judge_with(settings, images=folder.images, budget=budget) for settings in how]
    if spend.dry_run:
        for settings, one in zip(how, opened, strict=True):
            missing, of = missing_verdicts(folder, one, attempts)
            cost = most_of_judging(settings, missing, budget)
            print(f"judge     {settings.judge}: {missing:,} of {of:,} judgements to make; {cost}")
        print("nothing was sent")
        return
    remember(folder, base, judges=how)
    failed = False
    for settings, one in zip(how, opened, strict=True):
        verdicts = judge_attempts(folder, one, attempts, parallel=settings.parallel)
        tell_failures(verdicts)
        wrong = sum(verdict.failure is not None for verdict in verdicts)
        print(f"{one.info.name}  {len(verdicts):,} judgements, {wrong:,} of them failed")
        failed = failed or wrong > 0 or not verdicts
    tell_spent(budget)
    for these in _each_by_itself([(one.kind, one.info) for one in opened]):
        _print_figures(folder, these)
    print(f"verdicts  {folder.verdicts}")
    print(f"next      genevolve show {folder.root}")
    if failed:
        raise typer.Exit(1)


def _each_by_itself(judges: "list[tuple[VerdictKind, JudgeInfo]]") -> "Iterator[dict[VerdictKind, JudgeInfo]]":
    """One judge of each kind at a time, so that each is in some figures; a single one of its kind is in all."""
    by_kind: dict[VerdictKind, list[JudgeInfo]] = {}
    for kind, info in judges:
        by_kind.setdefault(kind, []).append(info)
    for number in range(max(map(len, by_kind.values()))):
        yield {kind: infos[min(number, len(infos) - 1)] for kind, infos in by_kind.items()}


def _print_figures(run: "RunDir", judges: "dict[VerdictKind, JudgeInfo]") -> None:
    """The figures of the run's latest drawings by these judges; beside the run's report where that is by others."""
    from ...evaluate.sides import Wanted, read_side
    from ...evaluate.summary import summarise
    from ...evaluate.tables import headline
    from ..bench import keep_figures, place_beside, print_summary, reported
    from ..settings import asked_of, note

    chosen = read_side(run, Wanted(judges=judges), asked=asked_of(run))
    for words in chosen.told:
        note(f"note  {words}")
    side, own = chosen.side, reported(run)
    summary = summarise(
        side.suite,
        side.requests,
        side.attempts,
        judges=side.judges,
        attempts_each=side.attempts_each,
        told=own.told if own and own.suite == side.suite.name else (),
    )
    kept = keep_figures(summary, run, beside=place_beside(summary, own))
    print_summary(summary)
    print(f"\n{headline(summary)}")
    print(f"figures   {kept[0]}, {kept[1]}")
