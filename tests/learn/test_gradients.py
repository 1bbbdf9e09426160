"""Gradients of the losses against closed forms, on a policy small enough to enumerate.

The policy is a softmax over five actions with one logit each. Expectations are sums over all actions, not
averages of draws, so that nothing but rounding separates the two sides. With S the student, T the teacher:

    grad KL(S || T)_j = S_j * (log S_j / T_j - KL(S || T))          reverse
    grad KL(T || S)_j = S_j - T_j                                   forward
"""
# ruff: noqa: E402, E741 - torch is asked for before what needs it; symbols are the paper's

from math import exp, log

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install 'genevolve[train]'")

from genevolve.learn.distil import (
    expected_gap,
    gap_policy_loss,
    jensen_shannon,
    quietest_baseline,
)
from genevolve.learn.loss import grpo_loss, k1, k2, k3, k3_with_k2_gradient, ved_loss

STUDENT = torch.tensor([0.3, -0.5, 1.1, 0.0, -1.4], dtype=torch.float64)
TEACHER = torch.tensor([2.0, -0.9, -0.4, 0.6, -0.2], dtype=torch.float64)
OLD = torch.tensor([0.1, -0.3, 1.0, 0.2, -1.2], dtype=torch.float64)
T = TEACHER.log_softmax(dim=0)


def expected_gradient(loss, *, old=STUDENT):
    """Gradient at the student's logits of a loss's expectation over actions drawn from the old policy.

    The loss takes the log-probability of one action under student, old policy and teacher.
    """
    logits = STUDENT.clone().requires_grad_()
    logp, old_logp = logits.log_softmax(dim=0), old.log_softmax(dim=0)
    total = sum(
        old_logp[a].exp() * loss(logp[a].view(1, 1), old_logp[a].view(1, 1), T[a].view(1, 1)).total
        for a in range(len(STUDENT))
    )
    return torch.autograd.grad(total, logits)[0]


def reverse_kl(logp, teacher_logp):
    """KL(S || T) over the vocabulary: what the published loss estimates from one token."""
    return (logp.exp() * (logp - teacher_logp.detach())).sum(dim=-1)


def forward_kl(logp, teacher_logp):
    """KL(T || S) over the vocabulary: what the published loss estimates with `rho` detached."""
    teacher_logp = teacher_logp.detach()
    return (teacher_logp.exp() * (teacher_logp - logp)).sum(dim=-1)


def reverse_kl_gradient():
    """Of KL(S || T), in closed form."""
    s = STUDENT.log_softmax(dim=0)
    return s.exp() * (s - T - (s.exp() * (s - T)).sum())


def forward_kl_gradient():
    """Of KL(T || S), in closed form."""
    return STUDENT.softmax(dim=0) - T.exp()


def gradient_of(measure):
    """Gradient of a measure over the full distribution, at the student's logits."""
    logits = STUDENT.clone().requires_grad_()
    return torch.autograd.grad(measure(logits.log_softmax(dim=0), T), logits)[0]


def selected(logp):
    """Every token."""
    return torch.ones_like(logp, dtype=torch.bool)


def ved(**settings):
    """The distillation loss of one token."""
    return lambda logp, old, teacher: ved_loss(logp, old, teacher, selected(logp), **settings)


def test_with_rho_flowing_the_expected_gradient_is_that_of_the_reverse_kl():
    assert torch.allclose(expected_gradient(ved()), reverse_kl_gradient(), atol=1e-12)


def test_with_rho_detached_it_is_that_of_the_forward_kl():
    assert torch.allclose(expected_gradient(ved(rho_flows=False)), forward_kl_gradient(), atol=1e-12)


def test_the_two_are_far_apart_here():
    assert (reverse_kl_gradient() - forward_kl_gradient()).abs().max() > 0.05


def test_rho_corrects_for_tokens_that_an_older_policy_drew():
    # the ratios are at most exp(.2) * (normalisers), far below the cap of 2
    assert torch.allclose(expected_gradient(ved(), old=OLD), reverse_kl_gradient(), atol=1e-12)


@pytest.mark.parametrize(
    ("estimate", "rho_flows", "closed_form"),
    [
        (k1, True, reverse_kl_gradient),
        (k1, False, lambda: torch.zeros_like(T)),
        (k2, False, reverse_kl_gradient),
        (k3, False, forward_kl_gradient),
        (k3_with_k2_gradient, False, reverse_kl_gradient),
    ],
    ids=["k1 rho", "k1", "k2", "k3", "k3 with the gradient of k2"],
)
def test_each_estimate_has_the_gradient_that_its_docstring_says(estimate, rho_flows, closed_form):
    gradient = expected_gradient(ved(estimate=estimate, rho_flows=rho_flows))
    assert torch.allclose(gradient, closed_form(), atol=1e-12)


def test_k1_and_k3_are_unbiased_for_the_reverse_kl_and_k3_with_k2_gradient_has_the_value_of_k3():
    s = STUDENT.log_softmax(dim=0)
    exact = (s.exp() * (s - T)).sum()
    for estimate in (k1, k3, k3_with_k2_gradient):
        assert (s.exp() * estimate(s - T)).sum() == pytest.approx(float(exact), abs=1e-12)
    assert abs(float((s.exp() * k2(s - T)).sum() - exact)) > 0.005


def test_the_gap_as_an_advantage_has_the_gradient_of_the_reverse_kl():
    gradient = expected_gradient(lambda logp, old, teacher: gap_policy_loss(logp, old, teacher, selected(logp)))
    assert torch.allclose(gradient, reverse_kl_gradient(), atol=1e-12)


def test_a_baseline_changes_no_expectation_and_none_is_quieter_than_the_quietest():
    s = STUDENT.log_softmax(dim=0)

    def one_action(action, baseline):
        logits = STUDENT.clone().requires_grad_()
        logp = logits.log_softmax(dim=0)[action].view(1, 1)
        term = gap_policy_loss(logp, logp, T[action].view(1, 1), selected(logp), baseline_BT=baseline.view(1, 1))
        return torch.autograd.grad(term.total, logits)[0]

    def noise(baseline):
        gradients = torch.stack([one_action(a, baseline) for a in range(5)])
        mean = s.exp() @ gradients
        assert torch.allclose(mean, reverse_kl_gradient(), atol=1e-12)
        return float(s.exp() @ (gradients - mean).square().sum(dim=1))

    best = quietest_baseline(s, T)
    others = [torch.zeros_like(best), -reverse_kl(s, T), best + 0.01, best - 0.01]
    assert all(noise(best) < noise(other) for other in others)


def test_full_distribution_measures_have_their_closed_forms():
    assert torch.allclose(gradient_of(reverse_kl), reverse_kl_gradient(), atol=1e-12)
    assert torch.allclose(gradient_of(forward_kl), forward_kl_gradient(), atol=1e-12)


def test_the_gradient_of_jensen_shannon_is_its_closed_form():
    # d/dS_a of (1-q) KL(S||M) + q KL(T||M) is (1-q) log(S_a / M_a), constants aside; then through the softmax.
    s = STUDENT.softmax(dim=0)
    for q in (0.5, 0.2):
        c = (1 - q) * (s.log() - ((1 - q) * s + q * T.exp()).log())
        gradient = gradient_of(lambda logp, teacher, q=q: jensen_shannon(logp, teacher, teacher_share=q))
        assert torch.allclose(gradient, s * (c - s @ c), atol=1e-12)


def test_the_bounded_gap_clips_what_a_token_weighs_and_passes_no_gradient_through_the_clip():
    # grad of -sum_a S_a c_a with constant c is -S_j (c_j - sum_a S_a c_a)
    s = STUDENT.softmax(dim=0)
    for bound in (1.0, 0.25):
        c = (T - s.log()).clamp(-bound, bound)
        gradient = gradient_of(lambda logp, teacher, b=bound: expected_gap(logp, teacher, bound=b))
        assert torch.allclose(gradient, -s * (c - s @ c), atol=1e-12)


def test_a_gap_that_no_token_exceeds_has_the_gradient_of_the_reverse_kl():
    assert (T - STUDENT.log_softmax(dim=0)).abs().max() < 5
    gradient = gradient_of(lambda logp, teacher: expected_gap(logp, teacher, bound=5.0))
    assert torch.allclose(gradient, reverse_kl_gradient(), atol=1e-12)


@pytest.mark.parametrize(
    ("ratio", "advantage", "loss", "slope"),
    [
        # d loss / d logp is -ratio * A where the gradient passes, and 0 where it is stopped.
        (1.00, 1.0, -1.00, -1.00),
        (1.25, 1.0, -1.25, -1.25),  # within the upper clip of .28; a symmetric one of .20 would stop it
        (1.30, 1.0, -1.28, 0.00),  # above the upper clip
        (0.70, 1.0, -0.70, -0.70),  # a good token that became rare may always come back
        (1.00, -1.0, 1.00, 1.00),
        (0.85, -1.0, 0.85, 0.85),
        (0.75, -1.0, 0.80, 0.00),  # below the lower clip
        (1.50, -1.0, 1.50, 1.50),  # a bad token that became frequent is pushed back …
        (2.90, -1.0, 2.90, 2.90),
        (3.50, -1.0, 3.00, 0.00),  # … up to the dual clip
        (3.50, -2.0, 6.00, 0.00),
        (3.50, 1.0, -1.28, 0.00),  # the dual clip does not touch good tokens
        (9.00, 0.0, 0.00, 0.00),
    ],
)
def test_clip_and_dual_clip_stop_exactly_the_gradients_they_should(ratio, advantage, loss, slope):
    logp = torch.tensor([[log(ratio)]], dtype=torch.float64, requires_grad=True)
    one = torch.ones(1, 1, dtype=torch.bool)
    term = grpo_loss(logp, torch.zeros_like(logp), torch.tensor([[advantage]], dtype=torch.float64), one)
    term.total.backward()
    assert (term.total.item(), logp.grad.item()) == pytest.approx((loss, slope), abs=1e-12)


def test_without_the_dual_clip_a_bad_token_is_pushed_however_frequent_it_became():
    logp = torch.tensor([[log(3.5)]], dtype=torch.float64, requires_grad=True)
    one = torch.ones(1, 1, dtype=torch.bool)
    grpo_loss(logp, torch.zeros_like(logp), -torch.ones(1, 1), one, dual_clip=None).total.backward()
    assert float(logp.grad) == pytest.approx(3.5)


@pytest.mark.parametrize(
    ("l", "rho", "flowing", "detached"),
    [
        # flowing: rho * (k3 + 1 - exp(-l)) = rho * l;  detached: rho * (1 - exp(-l))
        (0.5, 1.0, 0.5, 1 - exp(-0.5)),
        (-0.5, 1.0, -0.5, 1 - exp(0.5)),
        (0.5, 1.5, 0.75, 1.5 * (1 - exp(-0.5))),
        (0.5, 4.0, 2 * (1 - exp(-0.5)), 2 * (1 - exp(-0.5))),  # rho is 2 and has no gradient above its cap
        (-2.5, 1.0, -2.5, 1 - exp(2.5)),  # k3 = 8.7: the teacher's favourite is pulled up
        (-3.0, 1.0, 10.0, 0.0),  # k3 = 16.1 is cut to 10: flowing, the sign is wrong; detached, there is none
        (-25.0, 1.0, 10.0, 0.0),  # past the cut of the exponent as well
        (10.0, 1.0, 10.0, 1 - exp(-10)),  # k3 = 9.00005
        (12.0, 1.0, 10.0, 0.0),  # k3 = 11 is cut: the sign is right, the size bounded
        (25.0, 1.0, 10.0, 0.0),
        (-3.0, 4.0, 0.0, 0.0),  # both stop
    ],
)
def test_cap_and_clamp_stop_exactly_the_gradients_they_should(l, rho, flowing, detached):
    for flows, slope in ((True, flowing), (False, detached)):
        logp = torch.zeros(1, 1, dtype=torch.float64, requires_grad=True)
        ved_loss(logp, logp.detach() - log(rho), logp.detach() - l, selected(logp), rho_flows=flows).total.backward()
        assert float(logp.grad) == pytest.approx(slope, abs=1e-9)


@pytest.mark.parametrize(("rho_flows", "moves"), [(True, -1), (False, 0)], ids=["flowing", "detached"])
def test_beyond_the_clamp_a_step_moves_the_teachers_favourite_away_or_not_at_all(rho_flows, moves):
    logits = torch.tensor([-4.0, 0.0, 0.0], dtype=torch.float64, requires_grad=True)
    teacher = torch.tensor([4.0, 0.0, 0.0], dtype=torch.float64).log_softmax(dim=0)
    before = logits.log_softmax(dim=0)
    assert (teacher[0] - before[0]).item() > 2.6
    logp = before[0].view(1, 1)
    ved_loss(logp, logp.detach(), teacher[0].view(1, 1), selected(logp), rho_flows=rho_flows).total.backward()
    after = (logits.detach() - 0.01 * logits.grad).log_softmax(dim=0)
    assert torch.sign(after[0] - before[0]).item() == moves
