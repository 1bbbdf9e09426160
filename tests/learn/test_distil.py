"""The alternatives to the published distillation, by hand and by law."""
# ruff: noqa: E402 - torch is asked for before what needs it

from math import exp, log

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install 'genevolve[train]'")

from genevolve.learn.distil import (
    choices_gap,
    expected_gap,
    gap_policy_loss,
    jensen_shannon,
    mean_over,
    outside_support,
    quietest_baseline,
    shaped_advantage,
    student_choices,
    support_ids,
)
from genevolve.learn.selection import most_uncertain, published_selection, top_share, with_experience


def logps(*rows: list[float]) -> torch.Tensor:
    """Distributions given by their probabilities."""
    return torch.tensor(rows, dtype=torch.float64).log()


STUDENT = logps([0.5, 0.3, 0.2], [0.98, 0.01, 0.01])
TEACHER = logps([0.2, 0.3, 0.5], [0.01, 0.98, 0.01])


def test_the_bounded_gap_weighs_tokens_by_the_student_and_bounds_each():
    # row 0: -(.5 ln .4 + .3 * 0 + .2 ln 2.5), no gap beyond 1;  row 1: -(.98 * -1 + .01 * 1 + 0)
    expected = [-(0.5 * log(0.4) + 0.2 * log(2.5)), 0.97]
    assert expected_gap(STUDENT, TEACHER).tolist() == pytest.approx(expected)


def chosen(logp: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    """Log-probabilities at `student_choices`, -inf where there is none."""
    return logp.gather(1, ids.clamp(min=0)).masked_fill(ids < 0, -torch.inf)


def test_the_students_choices_are_its_top_and_the_sampled_token_once():
    # the sampled token joins row 0, and stands among the top of row 1 already
    assert student_choices(STUDENT.topk(2).indices, torch.tensor([2, 0])).tolist() == [[0, 1, 2], [0, 1, -1]]


def test_over_the_students_choices_the_sampled_token_weighs_one():
    ids = student_choices(STUDENT.topk(2).indices, torch.tensor([2, 0]))
    of_student = chosen(STUDENT, ids).requires_grad_()
    some = choices_gap(of_student, chosen(TEACHER, ids))
    # row 0: -(.5 ln .4 + .3 * 0) - 1 * ln 2.5;  row 1, where it is among the top: -(.98 * -1 + .01 * 1)
    assert some.tolist() == pytest.approx([-0.5 * log(0.4) - log(2.5), 0.97])
    some.sum().backward()
    assert torch.isfinite(of_student.grad).all()


@pytest.mark.parametrize("top_k", [1, 2, 4])
def test_over_the_students_choices_the_gradient_is_in_expectation_that_over_the_vocabulary(top_k):
    logits = torch.tensor([[0.9, 0.2, -0.3, -1.0, 0.6]], dtype=torch.float64, requires_grad=True)
    teacher = logps([0.1, 0.4, 0.25, 0.2, 0.05])
    logp = logits.log_softmax(dim=1)
    (whole,) = torch.autograd.grad(expected_gap(logp, teacher).sum(), logits, retain_graph=True)

    few = torch.zeros_like(whole)
    for token in range(5):
        ids = student_choices(logp.topk(top_k).indices, torch.tensor([token]))
        gap = choices_gap(chosen(logp, ids), chosen(teacher, ids)).sum()
        (gradient,) = torch.autograd.grad(gap, logits, retain_graph=True)
        few += logp[0, token].exp().detach() * gradient
    assert torch.allclose(few, whole, atol=1e-12)


def test_divergences_of_equal_distributions_are_zero_and_of_others_positive():
    for measure in (expected_gap, jensen_shannon):
        assert measure(STUDENT, STUDENT).tolist() == pytest.approx([0, 0], abs=1e-12)
        assert (measure(STUDENT, TEACHER) > 0).all()


def test_jensen_shannon_is_symmetric_and_at_most_log_two():
    assert torch.allclose(jensen_shannon(STUDENT, TEACHER), jensen_shannon(TEACHER, STUDENT))
    apart = jensen_shannon(logps([1 - 1e-12, 1e-12]), logps([1e-12, 1 - 1e-12]))
    assert apart.item() == pytest.approx(log(2), abs=1e-9)


def test_a_token_that_the_student_cannot_say_adds_nothing():
    student = torch.tensor([[log(0.5), log(0.5), -torch.inf]], dtype=torch.float64)
    teacher = logps([0.25, 0.5, 0.25])
    assert expected_gap(student, teacher).item() == pytest.approx(0.5 * log(2))
    assert torch.isfinite(quietest_baseline(student, teacher)).all()


def test_shaping_strengthens_what_the_teacher_agrees_with_and_never_turns_an_advantage():
    advantage = torch.tensor([[2.0, 2.0, -2.0, -2.0, 2.0, 0.0]])
    student = torch.zeros(1, 6)
    teacher = torch.tensor([[0.5, -0.5, 0.5, -0.5, -9.0, 3.0]])
    shaped = shaped_advantage(advantage, student, teacher, torch.tensor([True]))
    # A * (1 + sign(A) * clip(gap)): 2 * 1.5, 2 * .5, -2 * .5, -2 * 1.5, 2 * 0, 0
    assert shaped.tolist() == [[3.0, 1.0, -1.0, -3.0, 0.0, 0.0]]


def test_shaping_leaves_sequences_without_an_experience_alone():
    advantage = torch.tensor([[2.0], [2.0]])
    logp, teacher = torch.zeros(2, 3), torch.full((2, 3), 0.5)
    shaped = shaped_advantage(advantage, logp, teacher, torch.tensor([True, False]))
    assert shaped.tolist() == [[3.0] * 3, [2.0] * 3]


def test_the_gap_policy_loss_by_hand():
    logp = torch.tensor([[-1.0, -2.0]], dtype=torch.float64)
    teacher = torch.tensor([[-0.5, -2.5]], dtype=torch.float64)
    old = torch.tensor([[-1.0, -2.0 - log(1.5)]], dtype=torch.float64)
    mask = torch.ones(1, 2, dtype=torch.bool)
    # -(1 * .5 + 1.5 * -.5) / 2;  with a baseline of .1: -(.4 + 1.5 * -.6) / 2
    assert gap_policy_loss(logp, old, teacher, mask).mean().item() == pytest.approx(0.125)
    shifted = gap_policy_loss(logp, old, teacher, mask, baseline_BT=torch.full_like(logp, 0.1))
    assert shifted.mean().item() == pytest.approx(0.25)
    far = gap_policy_loss(logp, logp - torch.tensor([[5.0, 0.0]]), teacher, mask)
    # rho is capped at 2: -(2 * .5 + 1 * -.5) / 2
    assert far.mean().item() == pytest.approx(-0.25)


def test_the_support_holds_what_the_start_gave_at_least_a_hundredth():
    start = logps([0.985, 0.01, 0.005], [0.4, 0.35, 0.25])
    top = start.topk(3)
    assert support_ids(top.indices, top.values).tolist() == [[0, 1, -1], [0, 1, 2]]


def test_the_anchor_is_minus_the_log_of_what_is_left_on_the_support():
    student = logps([0.7, 0.1, 0.2], [0.2, 0.3, 0.5])
    ids = torch.tensor([[0, 1, -1], [0, 1, 2]])
    inside = student.gather(1, ids.clamp(min=0)).masked_fill(ids < 0, -torch.inf)
    # o = .2 and 0
    assert outside_support(inside).tolist() == pytest.approx([-log(1 - 0.2), 0.0])


def test_the_anchors_gradient_pulls_mass_back_in_proportion_to_what_leaked():
    # d/dz_j of -log sum_{a in A} S(a) is S_j outside, and S_j - S_j / (1 - o) inside
    logits = torch.tensor([1.0, 0.2, -0.5], dtype=torch.float64, requires_grad=True)
    logp = logits.log_softmax(dim=0)
    outside_support(torch.stack([logp[0], logp[1], logp[1].new_tensor(-torch.inf)])[None]).sum().backward()
    s = logp.detach().exp()
    left = 1 - s[2]
    assert torch.allclose(logits.grad, torch.stack([s[0] - s[0] / left, s[1] - s[1] / left, s[2]]), atol=1e-12)


def test_a_position_whose_start_supported_nothing_is_left_alone():
    inside = torch.full((1, 3), -torch.inf, requires_grad=True)
    outside_support(inside).sum().backward()
    assert outside_support(inside).item() == 0
    assert not inside.grad.any()


def test_a_mean_over_selected_tokens_is_zero_where_there_are_none():
    value = torch.tensor([[1.0, 2.0, 6.0]], requires_grad=True)
    assert mean_over(value, torch.tensor([[True, False, True]])).mean().item() == 3.5
    none = mean_over(value, torch.zeros(1, 3, dtype=torch.bool)).mean()
    none.backward()
    assert none.item() == 0
    assert not value.grad.any()


def test_the_published_selection_joins_decisions_with_the_tenth_of_largest_gap():
    l = torch.zeros(2, 32)  # noqa: E741 - the paper's symbol
    l[:, 4], l[:, 9], l[:, 20], l[:, 31] = -3.0, 2.0, 1.0, 99.0
    mask = torch.ones(2, 32, dtype=torch.bool)
    mask[:, 30:] = False
    decision = torch.zeros(2, 32, dtype=torch.bool)
    decision[:, 9], decision[:, 12], decision[:, 31] = True, True, True
    selected = published_selection(l, mask, decision, torch.tensor([True, False]))
    # of 30 sampled tokens three: 4, 9, 20; and the decisions 9 and 12; never the unsampled 31
    assert selected[0].nonzero().flatten().tolist() == [4, 9, 12, 20]
    assert not selected[1].any()


@pytest.mark.parametrize(("count", "taken"), [(1, 1), (9, 1), (10, 1), (11, 2), (30, 3), (31, 4), (0, 0)])
def test_a_tenth_of_a_sequences_tokens_is_rounded_up(count, taken):
    mask = torch.arange(40)[None] < count
    assert top_share(torch.rand(1, 40), mask, share=0.1).sum().item() == taken


def test_a_whole_number_of_tokens_is_not_rounded_up_by_the_error_of_the_product():
    assert 0.07 * 100 > 7
    assert top_share(torch.rand(1, 100), torch.ones(1, 100), share=0.07).sum().item() == 7


def test_a_selection_depends_on_its_own_sequence_only_and_prefers_the_first_of_equals():
    value = torch.tensor([[1.0, 1.0, 1.0, 0.0], [50.0, 90.0, 10.0, 20.0]])
    mask = torch.ones(2, 4, dtype=torch.bool)
    together = top_share(value, mask, share=0.5)
    assert together.tolist() == [[True, True, False, False], [True, True, False, False]]
    assert torch.equal(together[:1], top_share(value[:1], mask[:1], share=0.5))


def test_uncertain_tokens_are_taken_where_there_is_an_experience():
    entropy = torch.tensor([[0.1, 3.0, 0.2, 0.3, 0.4], [0.1, 3.0, 0.2, 0.3, 0.4]])
    mask = torch.tensor([[True, False, True, True, True]] * 2)
    selected = most_uncertain(entropy, mask, torch.tensor([True, False]), share=0.25)
    assert selected.tolist() == [[False, False, False, False, True], [False] * 5]
    assert with_experience(mask, torch.tensor([False, True])).tolist() == [[False] * 5, mask[1].tolist()]


def test_a_student_that_is_sure_has_a_finite_baseline():
    sure = torch.tensor([[0.0, -800.0]], dtype=torch.float64)
    assert quietest_baseline(sure, logps([0.5, 0.5])).item() == pytest.approx(0, abs=1e-6)
    assert exp(-800) == 0
