"""`genevolve sft`: supervised tuning, from demonstrations to a policy that a rollout can ask."""

from pathlib import Path
from typing import Annotated

import typer

from .. import options


def sft(
    *,
    config: Annotated[
        Path,
        typer.Option(help="A TOML file with [model], [demonstrations] and [sft], such as configs/small-sft.toml."),
    ],
    out: options.Out = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be learned and what memory it takes, and do nothing.")
    ] = False,
) -> None:
    """Tune a model to say what was said in demonstrations; only what the policy said is learned.

    Demonstrations are the attempts of a run folder or of a file, or those of the small world's demonstrator, made on
    the spot. A run that was stopped, however, goes on from its last checkpoint when the same command is given again,
    with the very updates that were left. It ends with a folder that `--policy local:FOLDER` reads.

    Example: `genevolve sft --config configs/small-sft.toml --out runs/small-sft`
    """
    from ...config import keep_config, load_config, refuse_changes
    from ...model.extra import require
    from ..settings import default_out, note
    from ..work import counted, run_folder

    settings = load_config(config)
    if dry_run:
        from ..plan_training import plan_sft

        print("\n".join(plan_sft(settings)))
        return
    require("torch", "transformers")
    from ..learner import next_command
    from ..tuning import tune

    with run_folder(out or default_out(config.stem)) as folder, folder.lock():
        refuse_changes(folder, settings, ("world", "model", "demonstrations", "sft"))
        keep_config(folder, settings)
        note(f"run        {folder.root}")
        done = tune(folder, settings)
    held_out = "" if done.held_out_loss is None else f", {done.held_out_loss:.4f} on what was held out"
    loss = "not finite" if done.loss is None else f"{done.loss:.4f}"
    print(f"tuned      {counted('update', done.updates)}; loss {loss}{held_out}")
    print(f"figures    {folder.root / 'tuning.jsonl'}")
    print(f"policy     {done.policy}")
    print(f"next       {next_command(done.policy, settings)}")
    following = (config.with_stem(config.stem.removesuffix("-sft") + ending) for ending in ("-evolve", ""))
    for found in [path for path in following if path.is_file() and path != config][:1]:
        print(f"           genevolve evolve --config {found} --start {done.policy}")
