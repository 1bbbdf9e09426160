"""What may stand in the place of the published distillation, each one line of mathematics.

Two kinds. Some need the sampled token only and are written over [B, T]. Others compare whole distributions:
those are measures, from log-probabilities [..., V] to one number per token [...]; `logprob.score_tokens` takes
them a few tokens at a time, and `mean_over` makes a loss of their numbers. `S` is the student, `T` the teacher
(which never has a gradient), `S0` the policy after supervised tuning.

B trajectories, T tokens, V vocabulary, K tokens asked about per position.
"""

import torch
from torch import Tensor

from .loss import MAX_LOG_RATIO, Term, token_mean


def mean_over(value_BT: Tensor, selected_BT: Tensor) -> Term:
    """A measure's mean over the selected tokens."""
    return token_mean(value_BT, selected_BT)


def expected_gap(logp: Tensor, teacher_logp: Tensor, *, bound: float = 1.0) -> Tensor:
    """The bounded expected gap: every token weighed by how probable it is, no single one by more than `bound`.

        g_t = - sum_a S(a) * stopgrad(clip(log T(a) - log S(a), -1, 1))

    The sum is over the last dimension, the vocabulary. A token with log-probability -inf under the student is left
    out.
    """
    s = logp.exp()
    gap = (teacher_logp - logp).detach().clamp(-bound, bound)
    return -(s * gap.masked_fill(logp == -torch.inf, 0.0)).sum(dim=-1)


def choices_gap(logp: Tensor, teacher_logp: Tensor, *, bound: float = 1.0) -> Tensor:
    """The same over `student_choices`, with the same gradient in expectation as over the vocabulary.

        g_t = sum over the top k as above - S(a) / stopgrad(S(a)) * stopgrad(clip(...)),   a the sampled token

    The sampled token, in the last place, stands for all beyond the top. It is drawn as often as the student says it,
    so it must not be weighed by that once more. Exact where the student is the policy that sampled.
    """
    outside = logp[..., -1]
    is_outside = outside != -torch.inf
    # The place may be empty: infinity less itself is no number.
    outside = outside.masked_fill(~is_outside, 0.0)
    gap = (teacher_logp[..., -1].masked_fill(~is_outside, 0.0) - outside).detach().clamp(-bound, bound)
    among_top = expected_gap(logp[..., :-1], teacher_logp[..., :-1], bound=bound)
    return among_top - (outside - outside.detach()).exp() * gap


def student_choices(top_ids_NK: Tensor, ids_N: Tensor) -> Tensor:
    """The student's top tokens and the sampled one, [N, K + 1]; -1 in the last place if it is among the top."""
    last_N = ids_N.masked_fill((top_ids_NK == ids_N[:, None]).any(dim=1), -1)
    return torch.cat([top_ids_NK, last_N[:, None]], dim=1)


def jensen_shannon(logp: Tensor, teacher_logp: Tensor, *, teacher_share: float = 0.5) -> Tensor:
    """The Jensen–Shannon divergence over the full vocabulary, for self-distillation (SDPO, arXiv:2601.20802).

        M    = (1 - q) * S + q * T
        js_t = (1 - q) * KL(S || M) + q * KL(T || M)

    SDPO's teacher is an exponential average of the student; whose average it is, the caller decides.
    """
    teacher_logp = teacher_logp.detach()
    shares = torch.tensor([1 - teacher_share, teacher_share], dtype=logp.dtype, device=logp.device)
    mixed = torch.logaddexp(logp + shares[0].log(), teacher_logp + shares[1].log())
    return shares[0] * _kl(logp, mixed) + shares[1] * _kl(teacher_logp, mixed)


def shaped_advantage(
    advantage_BT: Tensor,
    logp_BT: Tensor,
    teacher_logp_BT: Tensor,
    has_experience_B: Tensor,
    *,
    bound: float = 1.0,
) -> Tensor:
    """Advantages that the teacher makes larger where it agrees with their sign, and smaller where it does not.

        gap_t = stopgrad(logp_teacher_t - logp_student_t)
        A'_t  = A * (1 + sign(A) * clip(gap_t, -1, 1)),   where there is an experience

    It never turns an advantage around, and at most doubles it.

    Args:
        advantage_BT: of each token, or [B, 1] where a trajectory's tokens share one.
        logp_BT: log-probability of each token under the student, nats.
        teacher_logp_BT: the same under the teacher.
        has_experience_B: True where the teacher read an experience.
        bound: how far the gap counts; above 1 an advantage can turn around.
    """
    gap_BT = (teacher_logp_BT - logp_BT).detach().clamp(-bound, bound)
    shaped_BT = advantage_BT * (1 + advantage_BT.sign() * gap_BT)
    return torch.where(has_experience_B.bool()[:, None], shaped_BT, advantage_BT)


def gap_policy_loss(
    logp_BT: Tensor,
    old_logp_BT: Tensor,
    teacher_logp_BT: Tensor,
    selected_BT: Tensor,
    *,
    baseline_BT: Tensor | None = None,
    cap: float = 2.0,
) -> Term:
    """The policy-gradient form of the reverse KL: the gap to the teacher as each token's own advantage.

        A_t = stopgrad(logp_teacher_t - logp_student_t - baseline_t)
        L   = mean over selected tokens of  - rho_t * A_t

    The baseline depends on the position and not on the token, so it changes no expectation. That of
    `quietest_baseline` takes out as much noise as any can.

    Args:
        logp_BT: log-probability of each token under the student, nats.
        old_logp_BT: the same under the policy that sampled it.
        teacher_logp_BT: the same under the teacher.
        selected_BT: True at the tokens that are distilled.
        baseline_BT: the control variate; None: no baseline.
        cap: largest `rho`; beyond it the token has no gradient.
    """
    advantage_BT = teacher_logp_BT - logp_BT
    if baseline_BT is not None:
        advantage_BT = advantage_BT - baseline_BT
    advantage_BT = advantage_BT.detach().masked_fill(~selected_BT.bool(), 0.0)
    log_rho_BT = (logp_BT - old_logp_BT.detach()).masked_fill(~selected_BT.bool(), 0.0)
    rho_BT = log_rho_BT.clamp(max=MAX_LOG_RATIO).exp().clamp(max=cap)
    return mean_over(-rho_BT * advantage_BT, selected_BT)


def quietest_baseline(logp: Tensor, teacher_logp: Tensor) -> Tensor:
    """The control variate of `gap_policy_loss`: of all baselines, the one with the least variance.

        n_a = |grad log S(a)|^2 = 1 - 2 S(a) + sum_b S(b)^2      in the logits
        b   = sum_a S(a) n_a (log T(a) - log S(a)) / sum_a S(a) n_a

    The plain expectation of the gap, -KL(S || T), is no substitute: tokens with a large gradient are the rare
    ones, their gap is of the other sign as often as not, and then it adds noise.
    """
    s = logp.detach().exp()
    weight = s * (1 - 2 * s + s.square().sum(dim=-1, keepdim=True))
    gap = (teacher_logp - logp).detach().masked_fill(logp == -torch.inf, 0.0)
    # A student that is sure of one token has no gradient at all, hence no noise.
    return (weight * gap).sum(dim=-1) / weight.sum(dim=-1).clamp(min=torch.finfo(s.dtype).tiny)


def support_ids(top_ids_NK: Tensor, top_logp_NK: Tensor, *, floor: float = 0.01) -> Tensor:
    """The tokens that `S0` gave at least `floor`, from its most probable ones; the rest become -1.

    At most 1 / floor tokens can have that much, so the top 100 hold all of them at 0.01.
    """
    # A probability equal to the floor counts as inside, and must not fall out by the rounding of its logarithm.
    inside_NK = top_logp_NK >= torch.tensor(floor, dtype=top_logp_NK.dtype).log().item() - 1e-6
    return top_ids_NK.masked_fill(~inside_NK, -1)


def outside_support(support_logp_NK: Tensor) -> Tensor:
    """The support anchor at each token: minus the log of what the student leaves on the support of `S0`.

        o_t = sum of S(a) over tokens a with S0(a) < 0.01
        a_t = -log(1 - o_t)

    1 - o_t is summed from the few tokens inside, which is exact where o_t is small. A position where `S0` gave no
    token that much says nothing, and gets 0.

    Args:
        support_logp_NK: the student's log-probabilities of `support_ids`; -inf in places of -1.
    """
    empty_N1 = (support_logp_NK == -torch.inf).all(dim=-1, keepdim=True)
    return -support_logp_NK.masked_fill(empty_N1, 0.0).logsumexp(dim=-1).masked_fill(empty_N1.squeeze(-1), 0.0)


def _kl(logp: Tensor, other_logp: Tensor) -> Tensor:
    """Sum over the last dimension of p * (log p - log q); a token that p gives nothing adds nothing."""
    term = logp.exp() * (logp - other_logp)
    return term.masked_fill(logp == -torch.inf, 0.0).sum(dim=-1)
