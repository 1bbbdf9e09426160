"""From losses to changed weights: gradients over micro-batches and processes, clipping, AdamW, what is skipped.

Reinforcement and supervised tuning share it. A loss is given already divided by what the whole step weighs, so
that gradients of micro-batches, and of processes, add up to the step's.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from math import cos, hypot, inf, isfinite, pi
from typing import Any, TypeVar, cast

import torch
from torch import Tensor, nn

from ..errors import DivergedError, UsageError
from ..model.load import VISION, freeze_vision
from .config import ComputeSettings, OptimizerName, Schedule
from .optimizers import open_optimizer
from .parallel import open_accelerator
from .scorer import Asked, Batch, Scored, Scorer, plain

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How far each update goes."""

    learning_rate: float
    total: int
    """Updates in all."""
    max_gradient_norm: float
    weight_decay: float
    schedule: Schedule = "cosine"
    warmup_share: float = 0.0
    adam_eps: float = 1e-8
    optimizer: OptimizerName = "adamw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one update."""

    gradient_norm: float | None
    """Before it was clipped; None where it was not finite."""
    learning_rate: float
    is_skipped: bool


def learning_rate_at(update: int, course: Course) -> float:
    """The learning rate of an update, counted from 0.

    warm-up: w = round up(share * total) updates, rate * (u + 1) / w
    cosine:  rate * (1 + cos(pi * (u - w) / (total - w))) / 2, and 0 from `total` on
    """
    warmup = -int(-course.warmup_share * course.total // 1)
    if update < warmup:
        return course.learning_rate * (update + 1) / warmup
    if course.schedule == "constant":
        return course.learning_rate
    done = min(1.0, (update - warmup) / max(1, course.total - warmup))
    return course.learning_rate * (1 + cos(pi * done)) / 2


class Descent:
    """A model with its optimiser, in one process or several."""

    def __init__(
        self, model: nn.Module, *, course: Course, compute: ComputeSettings, frozen_vision: bool, dropout: bool
    ) -> None:
        """Takes the model for training: weights that train are put into fp32, in which small steps are not lost.

        Args:
            dropout: gradients are taken with the model's dropout; without it a pass with a gradient and one without
                compute the same numbers, as reinforcement needs.

        Raises:
            UsageError: no weight trains, or the processes were started in a way that is not known here.
        """
        if frozen_vision:
            freeze_vision(model)
        trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        if not trained:
            raise UsageError("no weight of the model trains; thaw some, or add low-rank updates (add_lora)")
        for parameter in trained:
            parameter.data = parameter.data.float()
        self.course = course
        self.updates = 0
        """Updates so far, skipped ones included."""
        self.skipped_in_a_row = 0
        """Updates just before that were skipped."""
        self._max_skipped = compute.max_skipped
        self._dropout = dropout
        self.accelerator = open_accelerator(some_unused=_may_be_unused(model))
        on_gpu = self.accelerator.device.type == "cuda"
        scorer = Scorer(model, bf16=on_gpu if compute.bf16 is None else compute.bf16)
        if on_gpu if compute.gradient_checkpointing is None else compute.gradient_checkpointing:
            plain(model).gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        optimizer = open_optimizer(
            course.optimizer,
            model,
            learning_rate=course.learning_rate,
            weight_decay=course.weight_decay,
            eps=course.adam_eps,
        )
        # What accelerate gives back has no types of its own.
        self._joined: Any = self.accelerator
        self.wrapped, self._optimizer = cast(tuple[nn.Module, Any], self._joined.prepare(scorer, optimizer))
        """The scorer in what joins the processes, and the optimiser likewise."""
        self.scorer = cast(Scorer, self._joined.unwrap_model(self.wrapped))

    @property
    def module(self) -> nn.Module:
        """The model itself, in the state that it is in now."""
        return self.scorer.model

    @property
    def device(self) -> torch.device:
        """Where the model is."""
        return self.accelerator.device

    @property
    def bare_optimizer(self) -> torch.optim.Optimizer:
        """The optimiser that holds the moments."""
        return cast(torch.optim.Optimizer, self._optimizer.optimizer)

    def trained(self) -> list[nn.Parameter]:
        """The weights that train."""
        return [parameter for parameter in self.wrapped.parameters() if parameter.requires_grad]

    def score(self, batch: Batch, asked: Asked) -> Scored:
        """One pass over a batch that is on the model's device, through what joins the processes."""
        return cast(Scored, self.wrapped(batch, asked))

    @torch.no_grad()
    def look(self, batch: Batch, asked: Asked) -> Scored:
        """The same without a gradient, and with nothing random in it."""
        self.module.eval()
        return self.score(batch, asked)

    def gather_gradients(self, parts: Sequence[Part], loss: Callable[[Part], Tensor], *, adds: bool = False) -> None:
        """Gathers the gradients of a step's parts, over all processes; where a pass fails, none are left.

        Args:
            parts: as many as every other process has.
            loss: a part's share in the loss of the whole step.
            adds: those gathered before belong to the same step and stay.
        """
        if not adds:
            self._optimizer.zero_grad(set_to_none=True)
        self._ready()
        try:
            self._pass_back(parts, loss)
        except BaseException:
            self._optimizer.zero_grad(set_to_none=True)
            raise
        finally:
            self.module.eval()

    def _ready(self) -> None:
        """Puts the model into the mode that gradients are taken in."""
        if self._dropout:
            self.module.train()
            return
        for part in self.module.modules():
            # A layer recomputes its activations in training mode only; what drops numbers is inside it.
            part.training = bool(getattr(part, "gradient_checkpointing", False))

    def _pass_back(self, parts: Sequence[Part], loss: Callable[[Part], Tensor]) -> None:
        for number, part in enumerate(parts, start=1):
            is_last = number == len(parts)
            with nullcontext() if is_last else self._joined.no_sync(self.wrapped):
                # Processes' gradients are averaged where they meet, and are to be summed.
                scaled = loss(part) * self.accelerator.num_processes
                self._joined.backward(scaled)

    def gradients(self) -> list[Tensor | None]:
        """Copies of the gradients gathered so far; None for a weight that has none."""
        return [None if weight.grad is None else weight.grad.clone() for weight in self.trained()]

    def norm_beyond(self, before: Sequence[Tensor | None]) -> float:
        """The norm of what was gathered since `gradients` gave `before`; one weight's difference is held at a time."""
        sizes: list[float] = []
        for weight, then in zip(self.trained(), before, strict=True):
            if weight.grad is not None:
                sizes.append(norm([weight.grad if then is None else weight.grad - then]))
        return hypot(*sizes)

    def keep_course(self) -> None:
        """Gives the optimiser its course again, after another's state was put into it."""
        for group in self._optimizer.param_groups:
            group["weight_decay"] = self.course.weight_decay
            if "betas" in group:  # AdamW's; Muon's is no such number
                group["eps"] = self.course.adam_eps

    def take(self) -> Taken:
        """Changes the weights by the gradients gathered, unless those are not finite, and drops them.

        Raises:
            DivergedError: too many updates in a row were skipped.
        """
        rate = learning_rate_at(self.updates, self.course)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        size = _number(self._joined.clip_grad_norm_(self.wrapped.parameters(), self.course.max_gradient_norm))
        is_skipped = not isfinite(size)
        if not is_skipped:
            self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self.updates += 1
        self.skipped_in_a_row = self.skipped_in_a_row + 1 if is_skipped else 0
        if self.skipped_in_a_row >= self._max_skipped:
            raise DivergedError(
                f"the gradients of {self.skipped_in_a_row} updates in a row, up to number {self.updates}, were not "
                "finite and were skipped; expected finite ones. Go back to an earlier checkpoint with a lower learning "
                "rate, and look at the losses that the diagnostics have."
            )
        return Taken(gradient_norm=None if is_skipped else size, learning_rate=rate, is_skipped=is_skipped)


def norm(tensors: Sequence[Tensor]) -> float:
    """The Euclidean norm of all numbers of some tensors, sharded ones included."""
    return _number(nn.utils.get_total_norm(list(tensors), norm_type=2.0, error_if_nonfinite=False))


def _number(value: Any) -> float:
    whole = value.full_tensor() if hasattr(value, "full_tensor") else value
    return float(whole) if whole is not None else inf


def _may_be_unused(model: nn.Module) -> bool:
    """Whether the part that sees trains: a batch without pictures does not use it."""
    return any(
        parameter.requires_grad and any(part in VISION for part in name.split("."))
        for name, parameter in model.named_parameters()
    )
