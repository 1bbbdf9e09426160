"""The teacher of Visual Experience Distillation: the student's weights, reading its context with an experience.

It generates nothing. It scores the very tokens that the student sampled, without a gradient, and only where there
is an experience. Whether its weights follow the student, stay, or trail behind is who stands in (`shadow`).

B trajectories, T tokens, N sampled tokens, D width, V vocabulary, K tokens asked about per position.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor

from ..errors import BatchError
from .batch import Batch, as_student
from .config import DistilSettings
from .distil import expected_gap, jensen_shannon, quietest_baseline
from .logprob import Head, Measure, in_place
from .scorer import Asked, OtherView, Scored

Look = Callable[[Batch, Asked], Scored]
"""A pass over a batch on its device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """What the teacher says of a batch's sampled tokens; nothing carries a gradient."""

    logp_BT: Tensor
    """At the places that the tokens have in the student's batch."""
    also_logp_NK: Tensor | None = None
    hidden_ND: Tensor | None = None
    """Where whole distributions are compared."""
    head: Head | None = None
    """Its last layer, where that is not the student's own; it stays on the model's device."""

    def to(self, device: torch.device | str) -> "Taught":
        """The same on a device."""
        return replace(
            self,
            logp_BT=self.logp_BT.to(device),
            also_logp_NK=None if self.also_logp_NK is None else self.also_logp_NK.to(device),
            hidden_ND=None if self.hidden_ND is None else self.hidden_ND.to(device),
        )


@torch.no_grad()
def teach(
    look: Look, batch: Batch, *, temperature: float, choices_NK: Tensor | None = None, keep_hidden: bool = False
) -> Taught:
    """What the model, as it is now, says of the batch's tokens when it reads the experience.

    Args:
        look: a pass of the model.
        batch: every row of it has an experience.
        temperature: of the sampling.
        choices_NK: further tokens whose log-probabilities are wanted.
        keep_hidden: keep what is needed to compare whole distributions.

    Raises:
        BatchError: a row has no experience.
    """
    view = batch.teacher
    if view is None or not bool(batch.has_experience_B.all()):
        raise BatchError(
            "a sequence without an experience was put before the teacher; expected such sequences in batches of "
            "their own. Divide the examples with parallel.share_of."
        )
    scored = look(view, Asked(temperature=temperature, also_NK=choices_NK, keep_hidden=keep_hidden))
    logp_ET = in_place(scored.tokens.logp_N, view.mask_BT)
    return Taught(
        logp_BT=as_student(batch, logp_ET), also_logp_NK=scored.tokens.also_logp_NK, hidden_ND=scored.hidden_ND
    )


def measure_of(settings: DistilSettings) -> Measure | None:
    """What is measured between student and teacher over the whole vocabulary; None where sampled tokens suffice."""
    if settings.form == "bounded_gap" and settings.top_k is None:
        return partial(expected_gap, bound=settings.bound)
    if settings.form == "jensen_shannon":
        return jensen_shannon
    if settings.form == "gap_policy" and settings.control_variate:
        return quietest_baseline
    return None


def view_of(taught: Taught | None, settings: DistilSettings) -> OtherView | None:
    """The teacher as the student's pass is measured against it; None where no whole distribution is compared."""
    measure = measure_of(settings)
    if taught is None or taught.hidden_ND is None or measure is None:
        return None
    return OtherView(hidden_ND=taught.hidden_ND, head=taught.head, measure=measure)
