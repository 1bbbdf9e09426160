"""`genevolve judge`: what a run has drawn to verdicts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..groups import JudgeFlags, SpendFlags, grouped

if TYPE_CHECKING:
    from ...judge import JudgeSettings
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
            print(_planned(settings, *missing_verdicts(folder, one, attempts), price=budget.prices.of("judge")))
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
    _print_figures(folder)
    print(f"verdicts  {folder.verdicts}")
    print(f"next      genevolve show {folder.root}")
    if failed:
        raise typer.Exit(1)


def _planned(settings: "JudgeSettings", missing: int, of: int, *, price: float | None) -> str:
    if settings.judge.startswith("computed"):
        cost = "here, no model"
    else:
        cost = "no price is configured" if price is None else f"{missing * price:.2f} USD by the configured prices"
    return f"judge     {settings.judge}: {missing:,} of {of:,} judgements to make; {cost}"


def _print_figures(run: "RunDir") -> None:
    """The figures of the run's latest drawings and verdicts, kept as its report."""
    from ...evaluate.sides import read_side
    from ...evaluate.summary import summarise
    from ...evaluate.tables import headline
    from ..bench import keep_figures, print_summary
    from ..settings import note

    chosen = read_side(run)
    for words in chosen.told:
        note(f"note  {words}")
    side = chosen.side
    summary = summarise(side.suite, side.requests, side.attempts, judges=side.judges, attempts_each=side.attempts_each)
    keep_figures(summary, run)
    print_summary(summary)
    print(f"\n{headline(summary)}")
