"""`genevolve render`: the programs of a run to pictures."""

from pathlib import Path
from typing import Annotated

import typer

from .. import options


def render(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    renderer: options.Renderer = None,
    size: options.Size = None,
    seed: Annotated[int | None, typer.Option(help="Seed of drawing. Default: 0.", show_default=False)] = None,
    parallel: options.Parallel = 4,
    config: options.Config = None,
    retry_failed: options.RetryFailed = False,
) -> None:
    """Draw what is not drawn yet. Another renderer, size or seed makes new pictures beside the old."""
    from ...render import open_renderer
    from ...store import RunDir
    from ..settings import config_of, draw_settings, remember
    from ..work import draw_trajectories, tell_failures

    folder = RunDir.open(run)
    how = draw_settings(config_of(config), renderer=renderer, size=size, seed=seed)
    drawer = open_renderer(how.renderer, size=how.size, seed=how.seed)
    trajectories = list(folder.read_trajectories().values())
    with_program = [trajectory for trajectory in trajectories if trajectory.program]
    remember(folder, draw=how)
    renders = draw_trajectories(folder, drawer, with_program, parallel=parallel, retry_failed=retry_failed)
    tell_failures(renders)
    drawn = sum(render.image is not None for render in renders)
    without = len(trajectories) - len(with_program)
    print(f"{len(with_program):,} programs: {drawn:,} drawn, {len(renders) - drawn:,} failed")
    if without:
        print(f"not drawn  {without:,} trajectories have no program")
    print(f"pictures   {folder.pictures}")
    print(f"next       genevolve show {folder.root}")
    if drawn < len(with_program):
        raise typer.Exit(1)
