"""`genevolve evolve`: the outer loop, from a config to a better policy."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .. import options

if TYPE_CHECKING:
    from ...config import RunConfig


def evolve(
    *,
    config: Annotated[
        Path,
        typer.Option(help="A TOML file with [model], [evolve] and who takes part, such as configs/small-evolve.toml."),
    ],
    out: options.Out = None,
    start: Annotated[
        str | None,
        typer.Option(
            help="The model to start from, in place of the config's: a folder, or a name on the hub.",
            show_default=False,
        ),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(help="Stop after this step, in place of the config's last.", min=1, show_default=False)
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the latest run of this config, wherever it stands.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Print what would start, be asked and take memory, with the arithmetic; do nothing."
        ),
    ] = False,
    tiny: Annotated[
        bool,
        typer.Option(
            "--tiny", help="The same settings at tiny size, here: a random model, servers on loopback, short replies."
        ),
    ] = False,
    budget: Annotated[
        str | None,
        typer.Option(
            help="Stop before this is passed: 5usd (with [prices] in the config) or 200calls. It bounds replies of a "
            "served policy, searches, pictures, judges, writer and embedder; the question whether new weights "
            "arrived, asked once or twice a step, is not counted.",
            rich_help_panel="The run",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Let a policy attempt requests, be judged, and learn from what set its attempts apart, step by step.

    A run that was stopped, however, goes on where it was when the same command is given again, with the weights that
    it would have had. `genevolve experience RUN` shows the lessons, `genevolve report RUN` the curves.

    Example: `genevolve evolve --config configs/small-evolve.toml --out runs/evolve-1`
    """
    from ...config import load_config
    from ...errors import UsageError
    from ...model.extra import require
    from ..evolve_refusals import refuse_unfit
    from ..settings import default_out

    settings = _changed(load_config(config), start=start, steps=steps)
    refuse_unfit(settings)
    if dry_run:
        from ..plan_training import plan_evolve

        print("\n".join(plan_evolve(settings)))
        return
    require("torch", "transformers")
    from ..evolving import evolve_in

    name = f"{config.stem}-tiny" if tiny else config.stem
    folder = out or (_latest(name) if resume else default_out(name))
    if resume and not (folder / "evolve.json").is_file():
        raise UsageError(f"there is no run of evolution in {str(folder)!r} to go on with; leave --resume out")
    evolve_in(folder, settings, tiny=tiny, budget=budget)


def _changed(config: "RunConfig", *, start: str | None, steps: int | None) -> "RunConfig":
    """The settings with what flags say."""
    from ...config import ModelSettings, with_changes
    from ...evolve.settings import EvolveSettings

    model, evolve = config.model or ModelSettings(), config.evolve or EvolveSettings()
    if start:
        model = model.but(start=start)
    if steps:
        evolve = with_changes(evolve, {"steps": steps})
    return config.but(model=model, evolve=evolve)


def _latest(name: str) -> Path:
    """The run of this name that was begun last; one that would be begun today where there is none."""
    from ..settings import default_out

    today = default_out(name)
    return max(today.parent.glob(f"????-??-??-{name}"), default=today)
