"""One micro-batch of an update: its losses, what they are divided by, and what is to be known of it.

Everything is a pure function of tensors. Sums and weights add up over micro-batches and processes, so the trainer
divides by the weights of the whole step and no split changes a number.

B trajectories, T tokens, N sampled tokens, K tokens asked about per position.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, Self

import torch
from torch import Tensor

from .batch import Batch
from .config import DistilSettings, GrpoSettings, LearnSettings
from .credit import tokens_of
from .distil import choices_gap, gap_policy_loss, mean_over, outside_support, shaped_advantage
from .kinds import DECISIONS
from .logprob import TokenScores, in_place
from .loss import (
    AGGREGATIONS,
    ESTIMATES,
    Aggregation,
    Term,
    annealed,
    constant_normaliser,
    entropy_loss,
    grpo_loss,
    kl_loss,
    ved_loss,
)
from .scorer import Asked
from .selection import most_uncertain, published_selection, with_experience
from .teacher import Taught, view_of

Name = Literal["grpo", "kl", "entropy", "distil", "anchor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A micro-batch, and what was found out about it before its gradient is taken."""

    batch: Batch
    """With the log-probabilities under the weights before the update."""
    old_logp_BT: Tensor
    old_entropy_BT: Tensor | None = None
    choices_NK: Tensor | None = None
    """The student's most probable tokens and the sampled one, where only they are compared with the teacher's."""
    reference_logp_BT: Tensor | None = None
    support_NK: Tensor | None = None
    """Tokens that the policy gave some probability when training began; -1 is padding."""
    taught: Taught | None = None
    selected_BT: Tensor
    """Tokens that are distilled."""

    @classmethod
    def of(cls, batch: Batch) -> Self:
        """What a batch with its old log-probabilities tells by itself."""
        assert batch.old_logp_BT is not None
        return cls(batch=batch, old_logp_BT=batch.old_logp_BT, selected_BT=torch.zeros_like(batch.mask_BT))

    def to(self, device: torch.device | str) -> "Known":
        """The same on a device."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return replace(self, **{name: value.to(device) for name, value in fields.items() if value is not None})


def coefficients(settings: LearnSettings, step: int) -> dict[Name, float]:
    """What each loss is weighed by at a step; one that is off is not named.

    L = L_grpo + 1e-3 * L_kl - w * H + 2.0 * L_ved + 10 * L_sup
    """
    distil = settings.distil
    weight = annealed(distil.weight, step, steps=distil.anneal_steps, shape=distil.anneal)
    weights: dict[Name, float] = {
        "grpo": 1.0,
        "kl": settings.grpo.kl_weight,
        "entropy": settings.grpo.entropy_weight,
        "distil": 0.0 if distil.form in ("none", "shaped") else weight,
        "anchor": settings.anchor.weight,
    }
    return {name: weight for name, weight in weights.items() if weight}


def needs_teacher(settings: LearnSettings, step: int) -> bool:
    """Whether a teacher is asked at a step."""
    return settings.distil.form == "shaped" or "distil" in coefficients(settings, step)


def aggregation(settings: GrpoSettings) -> Aggregation:
    """How losses of tokens become the policy loss."""
    if settings.aggregation == "constant":
        return constant_normaliser(settings.constant_length)
    return AGGREGATIONS[settings.aggregation]


def selection(known: Known, settings: DistilSettings) -> Tensor:
    """The tokens to distil, from log-probabilities before the update, so that their number is known in advance."""
    batch, taught = known.batch, known.taught
    if taught is None:
        return torch.zeros_like(batch.mask_BT)
    if settings.selection == "published":
        l_BT = known.old_logp_BT - taught.logp_BT
        decision_BT = tokens_of(batch.kind_BT, DECISIONS)
        return published_selection(l_BT, batch.mask_BT, decision_BT, batch.has_experience_B, share=settings.top_share)
    if settings.selection == "most_uncertain" and known.old_entropy_BT is not None:
        return most_uncertain(
            known.old_entropy_BT, batch.mask_BT, batch.has_experience_B, share=settings.uncertain_share
        )
    return with_experience(batch.mask_BT, batch.has_experience_B)


def units(known: Known, settings: LearnSettings) -> dict[Name, float]:
    """How many units each loss of this micro-batch is summed over; they add up to what the step is divided by."""
    mask_BT = known.batch.mask_BT
    sequences = float(aggregation(settings.grpo)(torch.zeros(mask_BT.shape, device=mask_BT.device), mask_BT).weight)
    return {
        "grpo": sequences,
        "kl": sequences,
        "entropy": sequences,
        "distil": float(known.selected_BT.sum()),
        "anchor": float(mask_BT.sum()),
    }


def asked_of(known: Known, settings: LearnSettings) -> Asked:
    """What the student's one pass has to tell for all losses together."""
    wanted = [part for part in (known.choices_NK, known.support_NK) if part is not None]
    return Asked(
        temperature=settings.update.temperature,
        also_NK=torch.cat(wanted, dim=1) if wanted else None,
        against=view_of(known.taught, settings.distil),
    )


def terms(scores: TokenScores, known: Known, settings: LearnSettings) -> dict[Name, Term]:
    """Every loss of a micro-batch that can be told from what is known of it."""
    mask_BT, grpo = known.batch.mask_BT, settings.grpo
    aggregate = aggregation(grpo)
    logp_BT = in_place(scores.logp_N, mask_BT)
    losses: dict[Name, Term] = {
        "grpo": grpo_loss(
            logp_BT,
            known.old_logp_BT,
            _advantage(logp_BT, known, settings),
            mask_BT,
            clip_low=grpo.clip_low,
            clip_high=grpo.clip_high,
            dual_clip=grpo.dual_clip,
            aggregate=aggregate,
        ),
        "entropy": entropy_loss(in_place(scores.entropy_N, mask_BT), mask_BT, aggregate=aggregate),
    }
    if known.reference_logp_BT is not None:
        estimate = ESTIMATES[grpo.kl_estimate]
        losses["kl"] = kl_loss(logp_BT, known.reference_logp_BT, mask_BT, estimate=estimate, aggregate=aggregate)
    if known.taught is not None and settings.distil.form != "shaped":
        losses["distil"] = _distil(scores, logp_BT, known, settings.distil)
    outside_N = outside(scores, known)
    if outside_N is not None:
        losses["anchor"] = mean_over(in_place(outside_N, mask_BT), mask_BT)
    return losses


def total(losses: Mapping[Name, Term], weights: Mapping[Name, float], step_units: Mapping[Name, float]) -> Tensor:
    """The micro-batch's share in the loss of the step, given the units of the whole step."""
    shares = [weight * losses[name].over(step_units[name]) for name, weight in weights.items() if name in losses]
    return torch.stack(shares).sum()


def outside(scores: TokenScores, known: Known) -> Tensor | None:
    """The support anchor at each sampled token, [N]; None where no support is known."""
    if known.support_NK is None or scores.also_logp_NK is None:
        return None
    return outside_support(scores.also_logp_NK[:, -known.support_NK.shape[1] :])


def served_weight(known: Known, *, cap: float) -> Tensor:
    """How much each token counts where another policy than the old one sampled it: min(old / served, cap)."""
    served_BT = known.batch.served_logp_BT
    if served_BT is None:
        return known.batch.mask_BT.to(known.old_logp_BT.dtype)
    ratio_BT = (known.old_logp_BT - served_BT).clamp(max=20.0).exp().clamp(max=cap)
    return ratio_BT.masked_fill(~known.batch.mask_BT, 0.0)


def _advantage(logp_BT: Tensor, known: Known, settings: LearnSettings) -> Tensor:
    advantage_BT, distil = known.batch.advantage_BT, settings.distil
    if settings.update.served_weight_cap is not None:
        # Weights are positive and the policy loss is linear in a positive factor, so this weighs the loss itself.
        advantage_BT = advantage_BT * served_weight(known, cap=settings.update.served_weight_cap)
    if distil.form == "shaped" and known.taught is not None:
        has_experience_B = known.batch.has_experience_B
        return shaped_advantage(advantage_BT, logp_BT, known.taught.logp_BT, has_experience_B, bound=distil.bound)
    return advantage_BT


def _distil(scores: TokenScores, logp_BT: Tensor, known: Known, settings: DistilSettings) -> Term:
    """The distillation loss of the form that is set."""
    assert known.taught is not None
    mask_BT, selected_BT, teacher_logp_BT = known.batch.mask_BT, known.selected_BT, known.taught.logp_BT
    measured_BT = None if scores.measure_N is None else in_place(scores.measure_N, mask_BT)
    if settings.form == "gap_policy":
        baseline_BT = None if measured_BT is None else measured_BT.detach()
        return gap_policy_loss(
            logp_BT,
            known.old_logp_BT,
            teacher_logp_BT,
            selected_BT,
            baseline_BT=baseline_BT,
            cap=settings.rho_cap,
        )
    if measured_BT is not None:
        return mean_over(measured_BT, selected_BT)
    if known.choices_NK is not None and scores.also_logp_NK is not None and known.taught.also_logp_NK is not None:
        own_NK = scores.also_logp_NK[:, : known.choices_NK.shape[1]]
        gap_N = choices_gap(own_NK, known.taught.also_logp_NK, bound=settings.bound)
        return mean_over(in_place(gap_N, mask_BT), selected_BT)
    return ved_loss(
        logp_BT,
        known.old_logp_BT,
        teacher_logp_BT,
        selected_BT,
        cap=settings.rho_cap,
        estimate=ESTIMATES[settings.estimate],
        rho_flows=settings.rho_flows,
    )
