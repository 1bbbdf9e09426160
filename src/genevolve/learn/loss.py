"""The losses of the paper: GRPO, Visual Experience Distillation, a KL term and entropy, each under its equation.

A loss is returned as a `Term`: a sum and the number of units it is to be divided by. Sums and numbers of
micro-batches add up to those of the whole batch, so however a step is split, its gradient is the same. What
stands at tokens outside a mask never matters, not even if it is infinite. Alternatives are in `distil`.

B trajectories, T tokens.
"""
# ruff: noqa: E741 - symbols are the paper's

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi
from typing import Literal

import torch
from torch import Tensor

MAX_LOG_RATIO = 20.0
"""Where exponents are cut, as verl does, so that none overflows."""
MAX_K3 = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One loss of a batch, or of a part of it."""

    total: Tensor
    """Sum over the units; carries the gradient."""
    weight: Tensor
    """How many units there are; adds up over parts of a batch."""

    def over(self, weight: Tensor | float) -> Tensor:
        """The part of a step's loss that is this batch's, given the weight of the whole step; 0 where that is 0."""
        return self.total / torch.as_tensor(weight, dtype=self.total.dtype, device=self.total.device).clamp(min=1)

    def mean(self) -> Tensor:
        """The loss of this batch alone; exactly 0, with a gradient of 0, where it has no unit."""
        return self.over(self.weight)


Aggregation = Callable[[Tensor, Tensor], Term]
"""From a loss per token and the mask of tokens to a term."""


def seq_mean_token_sum(loss_BT: Tensor, mask_BT: Tensor) -> Term:
    """Sum over a sequence's tokens, mean over sequences that have any; published for GRPO.

    L = (1 / B) sum_b sum_t loss_bt
    """
    return Term(total=_only(loss_BT, mask_BT).sum(), weight=_sequences(mask_BT))


def token_mean(loss_BT: Tensor, mask_BT: Tensor) -> Term:
    """Mean over all tokens of the batch, as in DAPO (arXiv:2503.14476): L = sum_bt loss_bt / sum_b |b|."""
    return Term(total=_only(loss_BT, mask_BT).sum(), weight=mask_BT.bool().sum())


def seq_mean_token_mean(loss_BT: Tensor, mask_BT: Tensor) -> Term:
    """Mean over a sequence's tokens, then over sequences, as in DeepSeekMath: L = (1 / B) sum_b mean_t loss_bt."""
    tokens_B = mask_BT.sum(dim=1).clamp(min=1)
    return Term(total=(_only(loss_BT, mask_BT).sum(dim=1) / tokens_B).sum(), weight=_sequences(mask_BT))


def constant_normaliser(length: int) -> Aggregation:
    """Sum over tokens, divided by sequences times a constant, as in Dr. GRPO (arXiv:2503.20783).

    L = sum_bt loss_bt / (B * length)
    """

    def aggregate(loss_BT: Tensor, mask_BT: Tensor) -> Term:
        return Term(total=_only(loss_BT, mask_BT).sum(), weight=_sequences(mask_BT) * length)

    return aggregate


def grpo_loss(
    logp_BT: Tensor,
    old_logp_BT: Tensor,
    advantage_BT: Tensor,
    mask_BT: Tensor,
    *,
    clip_low: float = 0.20,
    clip_high: float = 0.28,
    dual_clip: float | None = 3.0,
    aggregate: Aggregation = seq_mean_token_sum,
) -> Term:
    """Clipped group-relative policy loss.

        ratio_t = exp(logp_t - logp_old_t)
        gain_t  = min( ratio_t * A, clip(ratio_t, 1 - 0.20, 1 + 0.28) * A )
        gain_t  = max( gain_t, 3.0 * A )           where A < 0
        L_grpo  = - sum_t gain_t, averaged over sequences

    Paper section 3; the upper clip is DAPO's (arXiv:2503.14476), the second line the dual clip
    (arXiv:1912.09729), which bounds what one unlikely token of a bad attempt can do.

    Args:
        logp_BT: log-probability of each token under the current policy, nats.
        old_logp_BT: the same under the policy that sampled it; carries no gradient.
        advantage_BT: of each token, or [B, 1] where a trajectory's tokens share one.
        mask_BT: True where the policy sampled the token.
        clip_low: how far the ratio may fall before its gradient stops.
        clip_high: how far it may rise.
        dual_clip: largest ratio that counts where the advantage is negative; None: no limit.
        aggregate: from losses of tokens to the loss.
    """
    log_ratio_BT = _only(logp_BT - old_logp_BT.detach(), mask_BT)
    a_BT = _only(advantage_BT.detach().expand_as(logp_BT), mask_BT)
    ratio_BT = log_ratio_BT.clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO).exp()
    gain_BT = torch.minimum(ratio_BT * a_BT, ratio_BT.clamp(1 - clip_low, 1 + clip_high) * a_BT)
    if dual_clip is not None:
        gain_BT = torch.where(a_BT < 0, torch.maximum(gain_BT, dual_clip * a_BT), gain_BT)
    return aggregate(-gain_BT, mask_BT)


def k1(l: Tensor) -> Tensor:
    """l: unbiased for the reverse KL; the expectation of its gradient is 0, so it is of use with `rho` only."""
    return l


def k2(l: Tensor) -> Tensor:
    """l^2 / 2: biased for the reverse KL, while the expectation of its gradient is the reverse KL's."""
    return l.square() / 2


def k3(l: Tensor) -> Tensor:
    """exp(-l) - 1 + l, with -l cut to [-20, 20] and the result to [-10, 10]: unbiased, never negative.

    The expectation of its gradient is the forward KL's. Beyond either cut it has none.
    """
    minus_l = (-l).clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO)
    return (minus_l.expm1() - minus_l).clamp(-MAX_K3, MAX_K3)


def k3_with_k2_gradient(l: Tensor) -> Tensor:
    """The value of k3 with the gradient of k2."""
    return k2(l) + (k3(l) - k2(l)).detach()


def kl_loss(
    logp_BT: Tensor,
    reference_logp_BT: Tensor,
    mask_BT: Tensor,
    *,
    estimate: Callable[[Tensor], Tensor] = k3,
    aggregate: Aggregation = seq_mean_token_sum,
) -> Term:
    """An estimate of the KL to a reference policy, to be weighed by 1e-3 where it is used at all.

    l_t  = logp_t - logp_ref_t
    L_kl = sum_t k3(l_t), aggregated like GRPO
    """
    return aggregate(estimate(_only(logp_BT - reference_logp_BT.detach(), mask_BT)), mask_BT)


def entropy_loss(entropy_BT: Tensor, mask_BT: Tensor, *, aggregate: Aggregation = seq_mean_token_sum) -> Term:
    """Minus the entropy at sampled tokens: what an entropy bonus minimises; the published weight is 0."""
    return aggregate(-entropy_BT, mask_BT)


def ved_loss(
    logp_BT: Tensor,
    old_logp_BT: Tensor,
    teacher_logp_BT: Tensor,
    selected_BT: Tensor,
    *,
    cap: float = 2.0,
    estimate: Callable[[Tensor], Tensor] = k3,
    rho_flows: bool = True,
) -> Term:
    """Visual Experience Distillation: the reverse KL to the teacher, at the student's own tokens.

        l_t   = logp_student_t - stopgrad(logp_teacher_t)
        rho_t = exp(logp_student_t - stopgrad(logp_old_t)),  capped at 2.0
        L_ved = mean over selected tokens of  rho_t * k3(l_t)

    The gradient flows through `rho`: then its expectation is the reverse KL's, rho * l * grad logp, and else the
    forward KL's. Where k3 is cut because the teacher is more than 2.6 nats above the student, what is left of the
    gradient comes through `rho` and pushes the token down, away from the teacher; with `rho` detached it is 0.

    Args:
        logp_BT: log-probability of each token under the student, nats.
        old_logp_BT: the same under the policy that sampled it; carries no gradient.
        teacher_logp_BT: the same under the teacher; carries no gradient.
        selected_BT: True at the tokens that are distilled, as `selection` chooses them.
        cap: largest `rho`; beyond it `rho` has no gradient.
        estimate: of the KL from l; published k3.
        rho_flows: False takes `rho` as a number, a departure.
    """
    l = _only(logp_BT - teacher_logp_BT.detach(), selected_BT)
    log_rho_BT = _only(logp_BT - old_logp_BT.detach(), selected_BT).clamp(max=MAX_LOG_RATIO)
    rho_BT = log_rho_BT.exp().clamp(max=cap)
    return token_mean((rho_BT if rho_flows else rho_BT.detach()) * estimate(l), selected_BT)


def annealed(
    weight: float, step: int, *, steps: int, shape: Literal["constant", "linear", "cosine"] = "constant"
) -> float:
    """The weight of a loss at a step, counted from 0; it is 0 from `steps` on, or never falls.

    linear: w * (1 - step / steps);  cosine: w * (1 + cos(pi * step / steps)) / 2
    """
    if shape == "constant":
        return weight
    done = min(step / steps, 1.0)
    return weight * (1 - done) if shape == "linear" else weight * (1 + cos(pi * done)) / 2


def _only(value_BT: Tensor, mask_BT: Tensor) -> Tensor:
    """The values inside a mask, and 0 outside whatever stood there; outside no gradient passes."""
    return value_BT.masked_fill(~mask_BT.bool(), 0.0)


def _sequences(mask_BT: Tensor) -> Tensor:
    return mask_BT.bool().any(dim=1).sum()


AGGREGATIONS: dict[str, Aggregation] = {
    "seq-mean-token-sum": seq_mean_token_sum,
    "token-mean": token_mean,
    "seq-mean-token-mean": seq_mean_token_mean,
}
"""By the names that settings use; "constant" needs a length, see `constant_normaliser`."""
ESTIMATES: dict[str, Callable[[Tensor], Tensor]] = {
    "k1": k1,
    "k2": k2,
    "k3": k3,
    "k3_with_k2_gradient": k3_with_k2_gradient,
}
