"""Supervised tuning as a run: demonstrations, updates with their figures, checkpoints, and at the end a policy."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..config import DemonstrationSettings, ModelSettings, RunConfig
from ..evolve.state import CHECKPOINTS, POLICY
from ..learn.checkpoint import checkpoints
from ..learn.config import SftSettings
from ..learn.sft import FILE_NAME, TuneFigures, Tuner, open_journal
from ..learn.tokens import Encoded, TrajectoryEncoder
from ..records import Trajectory
from ..store import RunDir, read_records
from .demonstrations import Demonstrations, demonstrations_of
from .learner import encoder_of, open_model, write_policy
from .settings import note
from .work import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """What came of it."""

    policy: Path
    updates: int
    loss: float | None
    """Of the last update."""
    held_out_loss: float | None
    """Of the last look; None where nothing was held out."""


def tune(run: RunDir, config: RunConfig) -> Tuned:
    """Tune the model of a config, or go on where that was stopped.

    Raises:
        UsageError: the model or the demonstrations are not there.
        BatchError: nothing can be learned from the demonstrations.
        DivergedError: the gradients are not finite.
    """
    settings = config.sft or SftSettings()
    shown = demonstrations_of(run, config.demonstrations or DemonstrationSettings(), config.world)
    model = open_model(config.model or ModelSettings(), run.root)
    encoder = encoder_of(model, shown.read_image, max_tokens=settings.max_tokens)
    learned, held_out = _encoded(encoder, shown.learned), _encoded(encoder, shown.held_out)
    tuner = Tuner(model.module, [one for each in learned for one in each.sequences], settings)
    _tell(shown, tuner)
    if found := checkpoints(run.root / CHECKPOINTS):
        tuner.load(found[-1])
        note(f"goes on    after update {tuner.done:,}, from {found[-1]}")
    _updates(run, tuner, held_out)
    last = list(read_records(run.root / FILE_NAME, TuneFigures))[-1]
    return Tuned(
        policy=write_policy(model, run.root / POLICY),
        updates=tuner.done,
        loss=last.loss,
        held_out_loss=last.held_out_loss,
    )


def _updates(run: RunDir, tuner: Tuner, held_out: Sequence[Encoded]) -> None:
    """The updates that are left, each journalled; a checkpoint, and a line, as often as held-out loss is measured."""
    measured = [one for each in held_out for one in each.sequences]
    every, began, first = tuner.settings.held_out_every, time.monotonic(), tuner.done
    with open_journal(run.root) as journal:
        known = set(journal.failed_by_key)
        for figures in tuner.run(measured):
            if str(figures.update) not in known:  # what was lost with a checkpoint is done again, with equal figures
                journal.append(figures)
            if tuner.done % every == 0 or tuner.done == tuner.total:
                tuner.save(run.root / CHECKPOINTS)
                rate = (tuner.done - first) / max(1e-9, time.monotonic() - began)
                note(f"update {tuner.done:>6,} of {tuner.total:,}  {_losses(figures)}  {rate:.2f} a second")


def _losses(figures: TuneFigures) -> str:
    told = "not finite" if figures.loss is None else f"{figures.loss:.4f}"
    held_out = "" if figures.held_out_loss is None else f"  held out {figures.held_out_loss:.4f}"
    return f"loss {told}{held_out}"


def _encoded(encoder: TrajectoryEncoder, trajectories: Sequence[Trajectory]) -> list[Encoded]:
    return [encoder.demonstrated(trajectory) for trajectory in trajectories]


def _tell(shown: Demonstrations, tuner: Tuner) -> None:
    """What is learned from, and what was left out of it."""
    fits = tuner.fitting
    note(f"learns     from {counted('sequence', len(fits.kept))}, {counted('update', tuner.total)} in all")
    note(f"held out   {counted('attempt', len(shown.held_out))} at requests of their own")
    reasons = {
        "without a usable answer": shown.left_out,
        f"longer than {tuner.settings.max_tokens:,} tokens": fits.too_long,
        "that say nothing": fits.silent,
    }
    for reason, count in reasons.items():
        if count:
            note(f"left out   {count:,} {reason}")
