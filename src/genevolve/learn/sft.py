"""Supervised tuning: the policy learns to say what was said in demonstrations, and nothing else of them.

It shares encoder, passes and descent with reinforcement. The order in which sequences are seen follows from a seed,
so a run that was stopped goes on with the very updates that were left.

B sequences, T tokens.
"""
# ruff: noqa: E402 - what is missing is said in words before it is imported

from ..model.extra import require

require("torch", "transformers")

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import torch
from torch import Tensor, nn

from ..errors import BatchError
from ..records import StoredRecord
from ..store.jsonl import Journal
from .batch import Batch, Example, collate
from .checkpoint import load_checkpoint, save_checkpoint
from .config import SftSettings
from .descent import Course, Descent
from .logprob import in_place
from .loss import Term, token_mean
from .parallel import check_same, share_of, summed
from .scorer import Asked, Scored
from .tokens import TokenSequence

FILE_NAME = "tuning.jsonl"


class TuneFigures(StoredRecord):
    """What was seen of one update."""

    update: int
    """Counted from 0."""
    epoch: int
    sequences: int
    tokens: int
    """Those that are learned."""
    loss: float | None
    """Nats a token; None where it was not finite."""
    held_out_loss: float | None = None
    """After the update, over all held-out sequences; None where there are none, or it was not their turn."""
    learning_rate: float
    gradient_norm: float | None
    """Before it was clipped; None where the update was skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """Which sequences a model can learn from."""

    kept: tuple[TokenSequence, ...]
    too_long: int
    silent: int
    """Sequences in which nothing was said that could be learned."""


def fitting(sequences: Sequence[TokenSequence], *, max_tokens: int) -> Fitting:
    """The sequences that are no longer than a limit and say something; none is ever cut."""
    short = [sequence for sequence in sequences if len(sequence) <= max_tokens]
    kept = tuple(sequence for sequence in short if bool(sequence.mask_T.any()))
    return Fitting(kept=kept, too_long=len(sequences) - len(short), silent=len(short) - len(kept))


def sft_loss(logp_BT: Tensor, mask_BT: Tensor) -> Term:
    """Minus the log-probability of what was said, mean over the tokens of all sequences of an update.

    L = - sum_bt logp_bt / sum_b |b|
    """
    return token_mean(-logp_BT, mask_BT)


def order(count: int, *, epoch: int, seed: int) -> list[int]:
    """The order in which examples are seen in an epoch."""
    random = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
    return [int(place) for place in torch.randperm(count, generator=random)]


class Tuner:
    """Tunes one model on demonstrations."""

    def __init__(self, model: nn.Module, train: Sequence[TokenSequence], settings: SftSettings | None = None) -> None:
        """Takes a model of transformers, bare or with low-rank updates of PEFT, and what it is to learn.

        Raises:
            BatchError: there is nothing to learn from.
            UsageError: nothing of the model trains, its head is not known here, or the processes are not.
        """
        self.settings = settings = settings or SftSettings()
        self.fitting = fitting(train, max_tokens=settings.max_tokens)
        """What is learned from, and how much was left out."""
        if not self.fitting.kept:
            raise BatchError(
                f"none of {len(train)} sequences can be learned from ({self.fitting.too_long} are longer than "
                f"{settings.max_tokens} tokens, in {self.fitting.silent} nothing is said); expected at least one"
            )
        self._epoch_updates = ceil(len(self.fitting.kept) / settings.batch)
        self._descent = Descent(
            model,
            course=Course(
                learning_rate=settings.learning_rate,
                total=self.total,
                max_gradient_norm=settings.max_gradient_norm,
                weight_decay=settings.weight_decay,
                schedule=settings.schedule,
                warmup_share=settings.warmup_share,
                optimizer=settings.optimizer,
            ),
            compute=settings.compute,
            frozen_vision=settings.freeze_vision,
            dropout=True,
        )

    @property
    def total(self) -> int:
        """Updates from beginning to end."""
        return self._epoch_updates * self.settings.epochs

    @property
    def done(self) -> int:
        """Updates so far."""
        return self._descent.updates

    @property
    def module(self) -> nn.Module:
        """The model with its weights as they are now."""
        return self._descent.module

    def run(self, held_out: Sequence[TokenSequence] = ()) -> Iterator[TuneFigures]:
        """The updates that are left, one each time it is asked; the caller may save, or stop, between any two.

        Args:
            held_out: sequences to measure the loss on, now and then and at the end; those that do not fit are left out.

        Raises:
            BatchError: processes were given different sequences.
            DivergedError: too many updates in a row had no finite gradient.
        """
        check_same(self._descent.accelerator, [Example(sequence=one) for one in self.fitting.kept])
        asked = fitting(held_out, max_tokens=self.settings.max_tokens).kept
        while self.done < self.total:
            figures = self._update()
            is_due = self.done % self.settings.held_out_every == 0 or self.done == self.total
            if asked and is_due:
                figures = figures.but(held_out_loss=self.loss_on(asked))
            yield figures

    def loss_on(self, sequences: Sequence[TokenSequence]) -> float | None:
        """The loss on some sequences, without learning from them; None where it is not finite.

        Raises:
            BatchError: there are none, or nothing is said in them.
        """
        if not any(bool(sequence.mask_T.any()) for sequence in sequences):
            raise BatchError("there is nothing to measure a loss on; expected sequences in which something is said")
        sums = {"sum": 0.0, "count": 0.0}
        for batch in self._batches(sequences):
            term = _term(self._descent.look, batch.to(self._descent.device))
            sums = {"sum": sums["sum"] + float(term.total), "count": sums["count"] + float(term.weight)}
        return _mean(summed(self._descent.accelerator, sums))

    def save(self, folder: Path) -> Path:
        """Writes a checkpoint into a folder of checkpoints, and returns its own.

        Raises:
            StoreError: it cannot be written.
        """
        return save_checkpoint(folder, self._descent, numbers={"step": self.done}, shadows={})

    def load(self, checkpoint: Path) -> None:
        """Goes on where a checkpoint was written.

        Raises:
            StoreError: it cannot be read, or is one of another model.
        """
        load_checkpoint(checkpoint, self._descent, shadows={})

    def _update(self) -> TuneFigures:
        epoch, place = divmod(self.done, self._epoch_updates)
        places = order(len(self.fitting.kept), epoch=epoch, seed=self.settings.seed)
        size = self.settings.batch
        sequences = [self.fitting.kept[number] for number in places[place * size : (place + 1) * size]]
        tokens = sum(int(sequence.mask_T.sum()) for sequence in sequences)
        sums = {"sum": 0.0, "count": 0.0}

        def loss(waiting: Batch) -> Tensor:
            term = _term(self._descent.score, waiting.to(self._descent.device))
            sums["sum"] += float(term.total.detach())
            sums["count"] += float(term.weight)
            return term.over(tokens)

        update = self.done
        self._descent.gather_gradients(self._batches(sequences), loss)
        taken = self._descent.take()
        return TuneFigures(
            update=update,
            epoch=epoch,
            sequences=len(sequences),
            tokens=tokens,
            loss=_mean(summed(self._descent.accelerator, sums)),
            learning_rate=taken.learning_rate,
            gradient_norm=taken.gradient_norm,
        )

    def _batches(self, sequences: Sequence[TokenSequence]) -> list[Batch]:
        """The micro-batches of this process."""
        accelerator = self._descent.accelerator
        share = share_of(
            [Example(sequence=sequence) for sequence in sequences],
            rank=accelerator.process_index,
            count=accelerator.num_processes,
            max_tokens=self.settings.compute.micro_batch_tokens,
        )
        return [collate(part) for part in share.untaught]


def open_journal(folder: Path) -> Journal[TuneFigures]:
    """The file of a tuning's figures in a folder, opened for appending.

    Raises:
        StoreError: it cannot be opened.
    """
    return Journal(folder / FILE_NAME, TuneFigures, key=lambda one: str(one.update), has_failed=lambda _: False)


def _term(score: Callable[[Batch, Asked], Scored], batch: Batch) -> Term:
    logp_BT = in_place(score(batch, Asked()).tokens.logp_N, batch.mask_BT)
    return sft_loss(logp_BT, batch.mask_BT)


def _mean(sums: dict[str, float]) -> float | None:
    mean = sums["sum"] / sums["count"]
    return mean if abs(mean) < float("inf") else None
