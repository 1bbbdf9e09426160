"""Reinforcement learning with experience: finished examples in, changed weights and what was seen of it out.

The trainer never calls out: attempts were made, judged and encoded before. What can be known without a gradient is
found out first (`before`), which also tells what each loss will be divided by; then one pass with a gradient gives
every loss from the same hidden states (`update`).
"""
# ruff: noqa: E402 - what is missing is said in words before it is imported

from ..model.extra import require

require("torch", "transformers")

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from ..errors import BatchError
from .batch import Example
from .before import AVERAGED, Looks, shadow_names
from .checkpoint import load_checkpoint, save_checkpoint
from .clock import Clock
from .config import LearnSettings
from .descent import Course, Descent, Taken, norm
from .diagnostics import UpdateFigures, quantiles
from .figures import Sums, add_figures, means
from .loss import k3
from .parallel import check_same, gathered, share_of, summed
from .shadow import Shadow
from .update import Known, Name, asked_of, coefficients, terms, total, units


class Trainer:
    """Updates one model, step by step."""

    def __init__(self, model: nn.Module, settings: LearnSettings | None = None) -> None:
        """Takes a model of transformers, bare or with low-rank updates of PEFT; what is frozen of it stays so.

        Raises:
            UsageError: nothing of the model trains, its head is not known here, or the processes are not.
        """
        self.settings = settings = settings or LearnSettings()
        update = settings.update
        self._descent = Descent(
            model,
            course=Course(
                learning_rate=update.learning_rate,
                total=update.steps * update.updates,
                max_gradient_norm=update.max_gradient_norm,
                weight_decay=update.weight_decay,
                schedule=update.schedule,
                adam_eps=update.adam_eps,
            ),
            compute=settings.compute,
            frozen_vision=update.freeze_vision,
            dropout=False,
        )
        self.step = 0
        """Steps so far."""
        self._shadows = {name: Shadow(self._descent.wrapped) for name in shadow_names(settings)}

    @property
    def module(self) -> nn.Module:
        """The model with its weights as they are now; between steps it is in evaluation mode."""
        return self._descent.module

    def update(self, examples: Sequence[Example]) -> UpdateFigures:
        """One step on finished examples, the same in every process; returns what was seen of it.

        Raises:
            BatchError: processes were given different examples, or one cannot be learned from.
            DivergedError: too many updates in a row had no finite gradient.
        """
        descent, settings = self._descent, self.settings
        clock = Clock(descent.device)
        looks = Looks(descent=descent, settings=settings, shadows=self._shadows, clock=clock)
        check_same(descent.accelerator, examples)
        _check_sampled(examples, settings)
        is_silent = not any(bool(example.sequence.mask_T.any()) for example in examples)
        _reset_peak(descent.device)
        known = looks.first(
            share_of(
                [] if is_silent else examples,
                rank=descent.accelerator.process_index,
                count=descent.accelerator.num_processes,
                max_tokens=settings.compute.micro_batch_tokens,
            )
        )
        every = settings.update.measure_every
        is_measured = bool(known) and every > 0 and self.step % every == 0
        taken, sums, norms = list[Taken](), Sums(), (None, None)
        for number in range(settings.update.updates if known else 0):
            known = looks.by_teacher(known, step=self.step, is_first=number == 0)
            with clock.phase("gradient"):
                found = self._gather(known, sums, is_measured=is_measured and number == 0)
            norms = norms if number else found
            with clock.phase("update"):
                taken.append(descent.take())
        if is_measured:
            with clock.phase("measure"):
                self._add_kl_of_step(looks, known, sums)
        if AVERAGED in self._shadows:
            self._shadows[AVERAGED].follow(settings.distil.teacher_decay)
        figures = self._figures(examples, sums, taken, norms).but(seconds=clock.seconds)
        self.step += 1
        return figures

    def save(self, folder: Path) -> Path:
        """Writes a checkpoint into a folder of checkpoints, and returns its own.

        Raises:
            StoreError: it cannot be written.
        """
        return save_checkpoint(folder, self._descent, numbers={"step": self.step}, shadows=self._shadows)

    def load(self, checkpoint: Path) -> None:
        """Goes on where a checkpoint was written.

        Raises:
            StoreError: it cannot be read, or is one of another model or of other settings.
        """
        self.step = load_checkpoint(checkpoint, self._descent, shadows=self._shadows)["step"]

    def _gather(self, known: Sequence[Known], sums: Sums, *, is_measured: bool) -> tuple[float | None, float | None]:
        """Gathers the gradient of a whole step, and where measured, tells the norms of its two parts."""
        weights = coefficients(self.settings, self.step)
        step_units = self._step_units(known)
        taught = [one for one in known if one.taught is not None]
        descent = self._descent
        if not (is_measured and taught and "distil" in weights):
            descent.gather_gradients(known, self._loss(weights, step_units, into=sums))
            return None, None
        policy: dict[Name, float] = {name: weight for name, weight in weights.items() if name != "distil"}
        descent.gather_gradients(known, self._loss(policy, step_units, into=sums))
        before = descent.gradients()
        distil: dict[Name, float] = {"distil": weights["distil"]}
        descent.gather_gradients(taught, self._loss(distil, step_units, into=None), adds=True)
        return _finite(norm([one for one in before if one is not None])), _finite(descent.norm_beyond(before))

    def _loss(
        self, weights: dict[Name, float], step_units: dict[Name, float], *, into: Sums | None
    ) -> Callable[[Known], Tensor]:
        """The share of a micro-batch in the loss of a step; what is seen on the way is added up."""

        def loss(waiting: Known) -> Tensor:
            known = waiting.to(self._descent.device)
            scores = self._descent.score(known.batch, asked_of(known, self.settings)).tokens
            losses = terms(scores, known, self.settings)
            if into is not None:
                into.add_losses(losses, units(known, self.settings), names=coefficients(self.settings, self.step))
                add_figures(into, scores, known, self.settings)
            return total(losses, weights, step_units)

        return loss

    def _step_units(self, known: Sequence[Known]) -> dict[Name, float]:
        """The units of each loss in the whole step, over all processes."""
        mine: dict[Name, float] = {"grpo": 0.0, "kl": 0.0, "entropy": 0.0, "distil": 0.0, "anchor": 0.0}
        for one in known:
            for name, count in units(one, self.settings).items():
                mine[name] += count
        return summed(self._descent.accelerator, mine)

    def _add_kl_of_step(self, looks: Looks, known: Sequence[Known], sums: Sums) -> None:
        for one in known:
            mask_BT = one.batch.mask_BT
            moved_BT = k3(one.old_logp_BT - looks.again(one))
            sums.add("kl_step", float(moved_BT[mask_BT].sum()), float(mask_BT.sum()))

    def _figures(
        self,
        examples: Sequence[Example],
        sums: Sums,
        taken: Sequence[Taken],
        norms: tuple[float | None, float | None],
    ) -> UpdateFigures:
        accelerator = self._descent.accelerator
        sizes = [one.gradient_norm for one in taken if one.gradient_norm is not None]
        return UpdateFigures(
            step=self.step,
            sequences=len(examples),
            tokens=sum(int(example.sequence.mask_T.sum()) for example in examples),
            taught_sequences=sum(example.teacher is not None for example in examples),
            updates=len(taken),
            skipped=sum(one.is_skipped for one in taken),
            learning_rate=taken[-1].learning_rate if taken else None,
            gradient_norm=sizes[-1] if sizes else None,
            policy_norm=norms[0],
            distil_norm=norms[1],
            distil_weight=coefficients(self.settings, self.step).get("distil", 0.0),
            gap=quantiles(gathered(accelerator, sums.gaps)),
            peak_bytes=_peak_bytes(self._descent.device),
        ).but(**means(summed(accelerator, sums.sums)))


def _check_sampled(examples: Sequence[Example], settings: LearnSettings) -> None:
    """Nothing, where all that is to be known of how the examples were sampled is known.

    Raises:
        BatchError: some have log-probabilities of their sampler, which weigh the loss, and some have none; or one was
            sampled at another temperature than the loss is computed at.
    """
    for sequence in (example.sequence for example in examples):
        if sequence.temperature not in (None, settings.update.temperature):
            raise BatchError(
                f"trajectory {sequence.trajectory!r} was sampled at temperature {sequence.temperature}; expected "
                f"{settings.update.temperature}, which its log-probabilities are computed at. Roll out at that "
                "temperature, or set update.temperature to the one of the rollouts."
            )
    served = sum(example.sequence.served_logp_T is not None for example in examples)
    if settings.update.served_weight_cap is not None and 0 < served < len(examples):
        raise BatchError(
            f"{served} of {len(examples)} sequences have log-probabilities of their sampler, and served_weight_cap "
            "weighs by them; expected all or none. Roll out with token_ids = true, or leave served_weight_cap out."
        )


def _finite(value: float) -> float | None:
    return value if abs(value) < float("inf") else None


def _reset_peak(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def _peak_bytes(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    if sys.platform == "win32":
        return 0
    import resource

    # macOS counts bytes, Linux kilobytes.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
