"""Losses against values worked out by hand, and what may not change them."""
# ruff: noqa: E402 - torch is asked for before what needs it

from math import exp

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install 'genevolve[train]'")

from genevolve.learn.config import DistilSettings, GrpoSettings
from genevolve.learn.distil import gap_policy_loss
from genevolve.learn.loss import (
    AGGREGATIONS,
    ESTIMATES,
    Term,
    annealed,
    constant_normaliser,
    entropy_loss,
    grpo_loss,
    k3,
    kl_loss,
    seq_mean_token_mean,
    seq_mean_token_sum,
    token_mean,
    ved_loss,
)

MASK = torch.tensor([[0, 1, 1, 0, 1], [0, 0, 1, 0, 0], [0, 0, 0, 0, 0]], dtype=torch.bool)
LOSS = torch.tensor([[9.0, 1.0, 2.0, 9.0, 3.0], [9.0, 9.0, 5.0, 9.0, 9.0], [9.0, 9.0, 9.0, 9.0, 9.0]])


def batch(seed: int = 0, rows: int = 5, tokens: int = 9) -> dict[str, torch.Tensor]:
    """Random log-probabilities, advantages and a mask with tokens in every row."""
    random = torch.Generator().manual_seed(seed)
    logp = -3 * torch.rand(rows, tokens, generator=random, dtype=torch.float64)
    mask = torch.rand(rows, tokens, generator=random) < 0.6
    mask[:, 3] = True
    return {
        "logp": logp,
        "old": logp + 0.3 * torch.randn(rows, tokens, generator=random, dtype=torch.float64),
        "teacher": logp + torch.randn(rows, tokens, generator=random, dtype=torch.float64),
        "advantage": torch.randn(rows, 1, generator=random, dtype=torch.float64),
        "mask": mask,
    }


def grpo(b: dict[str, torch.Tensor]) -> Term:
    """GRPO of a batch."""
    return grpo_loss(b["logp"], b["old"], b["advantage"], b["mask"])


LOSSES = {
    "grpo": grpo,
    "grpo, token mean": lambda b: grpo_loss(b["logp"], b["old"], b["advantage"], b["mask"], aggregate=token_mean),
    "grpo, sequence means": lambda b: grpo_loss(
        b["logp"], b["old"], b["advantage"], b["mask"], aggregate=seq_mean_token_mean
    ),
    "grpo, constant": lambda b: grpo_loss(
        b["logp"], b["old"], b["advantage"], b["mask"], aggregate=constant_normaliser(100)
    ),
    "ved": lambda b: ved_loss(b["logp"], b["old"], b["teacher"], b["mask"]),
    "kl": lambda b: kl_loss(b["logp"], b["teacher"], b["mask"]),
    "entropy": lambda b: entropy_loss(-b["logp"], b["mask"]),
    "gap policy": lambda b: gap_policy_loss(b["logp"], b["old"], b["teacher"], b["mask"]),
}
every_loss = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())


def value_and_gradient(loss, b, parts=None):
    """The loss of a step taken in parts, and its gradient in the log-probabilities."""
    logp = b["logp"].clone().requires_grad_()
    whole = b | {"logp": logp}
    rows = range(len(logp))
    pieces = [{name: x[list(part)] for name, x in whole.items()} for part in (parts or [rows])]
    weight = sum(loss(piece).weight for piece in pieces)
    total = sum(loss(piece).over(weight) for piece in pieces)
    return total.detach(), torch.autograd.grad(total, logp)[0]


@pytest.mark.parametrize(
    ("aggregate", "total", "weight"),
    [
        (seq_mean_token_sum, 11.0, 2),  # 1 + 2 + 3 + 5 over the two sequences that have tokens
        (token_mean, 11.0, 4),
        (seq_mean_token_mean, 7.0, 2),  # 2 + 5
        (constant_normaliser(10), 11.0, 20),
    ],
    ids=["seq-mean-token-sum", "token-mean", "seq-mean-token-mean", "constant"],
)
def test_aggregations_divide_by_what_their_name_says(aggregate, total, weight):
    term = aggregate(LOSS, MASK)
    assert (float(term.total), float(term.weight)) == (total, weight)
    assert float(term.mean()) == pytest.approx(total / weight)


def test_grpo_is_minus_the_advantage_summed_over_a_sequence_where_the_policy_has_not_moved():
    logp = torch.full((2, 4), -1.0)
    mask = torch.tensor([[0, 1, 1, 1], [0, 0, 0, 1]], dtype=torch.bool)
    term = grpo_loss(logp, logp, torch.tensor([[1.0], [-0.5]]), mask)
    # -(3 * 1 + 1 * -.5) / 2 sequences
    assert float(term.mean()) == pytest.approx(-1.25)


def test_advantages_may_differ_by_token():
    logp = torch.full((1, 3), -1.0)
    mask = torch.tensor([[0, 1, 1]], dtype=torch.bool)
    assert float(grpo_loss(logp, logp, torch.tensor([[7.0, 1.0, -3.0]]), mask).mean()) == pytest.approx(2.0)


def test_ved_is_a_mean_over_the_selected_tokens_and_not_over_all():
    logp = torch.tensor([[-1.0, -1.0, -1.0, -1.0]])
    teacher = torch.tensor([[-1.5, -1.2, 9.0, -0.7]])
    old = torch.tensor([[-1.0, -1.1, 0.0, -1.0]])
    selected = torch.tensor([[True, True, False, False]])
    # l = .5, rho = 1: exp(-.5) - 1 + .5 = .106531;  l = .2, rho = exp(.1): 1.105171 * (exp(-.2) - 1 + .2) = .020701
    expected = (exp(-0.5) - 0.5 + exp(0.1) * (exp(-0.2) - 0.8)) / 2
    assert float(ved_loss(logp, old, teacher, selected).mean()) == pytest.approx(expected)
    assert expected == pytest.approx((0.106531 + 0.020701) / 2, abs=1e-6)


def test_k3_is_exact_where_the_gap_is_small_and_bounded_where_it_is_large():
    assert float(k3(torch.tensor(1e-3, dtype=torch.float64))) == pytest.approx(0.5e-6, rel=1e-3)  # l^2 / 2
    assert k3(torch.tensor([-100.0, 100.0])).tolist() == [10.0, 10.0]
    assert float(k3(torch.tensor(0.0))) == 0


def test_the_kl_term_uses_the_estimate_that_it_is_given():
    logp, reference = torch.tensor([[-1.0, -2.0]]), torch.tensor([[-1.5, -2.0]])
    mask = torch.ones(1, 2, dtype=torch.bool)
    # l = .5 and 0
    values = {"k1": 0.5, "k2": 0.125, "k3": exp(-0.5) - 0.5, "k3_with_k2_gradient": exp(-0.5) - 0.5}
    for name, value in values.items():
        assert float(kl_loss(logp, reference, mask, estimate=ESTIMATES[name]).mean()) == pytest.approx(value)


def test_the_entropy_loss_falls_as_entropy_rises():
    assert float(entropy_loss(torch.tensor([[5.0, 1.0, 2.0]]), torch.tensor([[False, True, True]])).mean()) == -3


@every_loss
def test_a_loss_has_a_gradient_at_the_tokens_of_its_mask_and_nowhere_else(loss):
    b = batch()
    b["old"] = b["logp"] + 0.05  # no clip is reached
    _, gradient = value_and_gradient(loss, b)
    assert torch.equal(gradient != 0, b["mask"])


@every_loss
@pytest.mark.parametrize("rubbish", [float("nan"), float("inf"), -1e4])
def test_what_stands_outside_the_mask_changes_nothing(loss, rubbish):
    b = batch()
    dirty = {n: x if n in ("mask", "advantage") else x.masked_fill(~b["mask"], rubbish) for n, x in b.items()}
    dirty["advantage"] = b["advantage"].expand_as(b["logp"]).masked_fill(~b["mask"], rubbish)
    clean_value, clean_gradient = value_and_gradient(loss, b)
    value, gradient = value_and_gradient(loss, dirty)
    assert torch.equal(value, clean_value)
    assert torch.equal(gradient, clean_gradient)


@every_loss
def test_padding_changes_nothing(loss):
    b = batch()
    wide = {n: x if n == "advantage" else torch.nn.functional.pad(x, (2, 7)) for n, x in b.items()}
    value, gradient = value_and_gradient(loss, b)
    padded_value, padded_gradient = value_and_gradient(loss, wide)
    assert torch.allclose(padded_value, value, atol=1e-12)
    assert torch.allclose(padded_gradient[:, 2:-7], gradient, atol=1e-12)


@every_loss
def test_the_order_of_the_batch_changes_nothing(loss):
    b = batch()
    order = [3, 0, 4, 1, 2]
    value, gradient = value_and_gradient(loss, b)
    other_value, other_gradient = value_and_gradient(loss, {n: x[order] for n, x in b.items()})
    assert torch.allclose(other_value, value, atol=1e-12)
    assert torch.allclose(other_gradient, gradient[order], atol=1e-12)


@every_loss
@pytest.mark.parametrize("parts", [[[0, 1], [2, 3, 4]], [[0], [1], [2], [3], [4]], [[4, 1, 0, 2], [3]]])
def test_micro_batches_add_up_to_the_whole(loss, parts):
    b = batch()
    value, gradient = value_and_gradient(loss, b)
    split_value, split_gradient = value_and_gradient(loss, b, parts)
    assert torch.allclose(split_value, value, atol=1e-12)
    assert torch.allclose(split_gradient, gradient, atol=1e-12)


@every_loss
def test_a_batch_with_no_token_has_a_loss_and_a_gradient_of_exactly_zero(loss):
    b = batch()
    value, gradient = value_and_gradient(loss, b | {"mask": torch.zeros_like(b["mask"])})
    assert float(value) == 0
    assert not gradient.any()


def test_a_teacher_that_agrees_leaves_a_distillation_loss_of_exactly_zero():
    b = batch()
    value, gradient = value_and_gradient(
        lambda b: ved_loss(b["logp"], b["logp"].detach(), b["logp"].detach(), b["mask"]), b
    )
    assert float(value) == 0
    assert not gradient.any()


@every_loss
def test_neither_the_old_policy_nor_the_teacher_gets_a_gradient(loss):
    b = batch()
    others = {n: b[n].clone().requires_grad_() for n in ("old", "teacher", "advantage")}
    logp = b["logp"].clone().requires_grad_()
    loss(b | others | {"logp": logp}).total.backward()
    assert all(x.grad is None for x in others.values())


def test_a_ratio_past_every_bound_stays_finite():
    logp = torch.tensor([[0.0, -200.0]], requires_grad=True)
    old = torch.tensor([[-200.0, 0.0]])
    mask = torch.ones(1, 2, dtype=torch.bool)
    total = grpo_loss(logp, old, torch.zeros(1, 1), mask, dual_clip=None).total + ved_loss(logp, old, old, mask).total
    total.backward()
    assert torch.isfinite(total)
    assert torch.isfinite(logp.grad).all()


@pytest.mark.parametrize(
    ("shape", "weights"),
    [
        ("constant", [2.0, 2.0, 2.0, 2.0]),
        ("linear", [2.0, 1.5, 1.0, 0.0]),
        ("cosine", [2.0, 1 + 2**-0.5, 1.0, 0.0]),  # 1 + cos(pi / 4), 1 + cos(pi / 2)
    ],
)
def test_an_annealed_weight_falls_from_its_value_to_zero_and_stays_there(shape, weights):
    found = [annealed(2.0, step, steps=20, shape=shape) for step in (0, 5, 10, 20)]
    assert found == pytest.approx(weights, abs=1e-12)
    assert annealed(2.0, 21, steps=20, shape=shape) == weights[-1]


def test_every_name_that_the_settings_allow_has_its_function():
    estimates = DistilSettings.model_fields["estimate"].annotation
    assert set(estimates.__args__) == ESTIMATES.keys()
    aggregations = GrpoSettings.model_fields["aggregation"].annotation
    assert set(aggregations.__args__) == AGGREGATIONS.keys() | {"constant"}
