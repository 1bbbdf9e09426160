"""`genevolve judge`: what a run has drawn to verdicts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..groups import JudgeFlags, SpendFlags, grouped

if TYPE_CHECKING:
    from ...judge import JudgeSettings


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
    from ..work import judge_attempts, missing_verdicts, tell_failures, tell_spent, verdicts_in_words

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
        for line in verdicts_in_words(one, attempts, verdicts):
            print(line)
        failed = failed or not verdicts or any(verdict.failure for verdict in verdicts)
    tell_spent(budget)
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
