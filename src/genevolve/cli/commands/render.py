"""`genevolve render`: the programs of a run to pictures."""

from pathlib import Path
from typing import Annotated

import typer

from .. import options
from ..groups import DrawFlags, WorkFlags, grouped


@grouped
def render(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    *,
    draw: DrawFlags,
    seed: Annotated[int | None, typer.Option(help="Seed of drawing. Default: 0.", show_default=False)] = None,
    parallel: options.Parallel = 4,
    spend: WorkFlags,
) -> None:
    """Draw what is not drawn yet. Another renderer, size or seed makes new pictures beside the old."""
    from ...pipeline import draw_with
    from ...store import RunDir
    from ..settings import budget_of, config_of, remember
    from ..work import draw_trajectories, missing_renders, tell_failures, tell_spent

    folder = RunDir.open(run)
    base = config_of(spend.config)
    how = draw.settings(base, seed=seed)
    spending = budget_of(spend.budget, base)
    drawer = draw_with(how, budget=spending)
    trajectories = list(folder.read_trajectories().values())
    with_program = [trajectory for trajectory in trajectories if trajectory.program]
    if spend.dry_run:
        missing = missing_renders(folder, drawer, with_program)
        price = spending.prices.of("render") if how.renderer != "sketch" else 0.0
        cost = "no price is configured" if price is None else f"{missing * price:.2f} USD by the configured prices"
        print(f"renderer   {how.renderer}: {missing:,} of {len(with_program):,} pictures to draw; {cost}")
        print("nothing was sent")
        return
    remember(folder, base, draw=how)
    renders = draw_trajectories(folder, drawer, with_program, parallel=parallel, retry_failed=spend.retry_failed)
    tell_spent(spending)
    tell_failures(renders)
    drawn = sum(render.image is not None for render in renders)
    without = len(trajectories) - len(with_program)
    print(f"{len(with_program):,} programs: {drawn:,} drawn, {len(renders) - drawn:,} failed")
    if without:
        print(f"not drawn  {without:,} trajectories have no program")
    if drawn:
        print(f"pictures   {folder.pictures}")
    print(f"next       genevolve show {folder.root}{'' if drawn else ' --failed'}")
    if drawn < len(with_program):
        raise typer.Exit(1)
