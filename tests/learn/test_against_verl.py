"""The same numbers as verl's, where that is installed: advantages, policy loss, k3."""
# ruff: noqa: E402 - torch is asked for before what needs it

import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install 'genevolve[train]'")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of the libraries that it imports
    core_algos = pytest.importorskip(
        "verl.trainer.ppo.core_algos",
        reason="needs verl 0.9 with what it imports, in an environment of its own: pip install verl",
        exc_type=ImportError,
    )
    from verl.workers.config import ActorConfig

from genevolve.learn.advantage import Earned, group_advantages
from genevolve.learn.loss import AGGREGATIONS, grpo_loss, k1, k2, k3, k3_with_k2_gradient

RANDOM = torch.Generator().manual_seed(0)
LOGP = -3 * torch.rand(6, 40, generator=RANDOM, dtype=torch.float64)
OLD = LOGP + 1.2 * torch.randn(6, 40, generator=RANDOM, dtype=torch.float64)
ADVANTAGE = torch.randn(6, 1, generator=RANDOM, dtype=torch.float64)
MASK = torch.rand(6, 40, generator=RANDOM) < 0.7
MASK[2] = False


@pytest.mark.parametrize("divide_by_std", [True, False])
def test_advantages_are_verls(divide_by_std):
    rewards = [[0.1, 0.5, 0.9, 0.3], [0.0, 1.0, 0.25, 0.25]]
    ours, _ = group_advantages(
        [[Earned(reward=reward, axes={}) for reward in group] for group in rewards], divide_by_std=divide_by_std
    )
    theirs, _ = core_algos.compute_grpo_outcome_advantage(
        torch.tensor(rewards, dtype=torch.float64).view(8, 1),
        torch.ones(8, 1),
        np.repeat(["a", "b"], 4),
        norm_adv_by_std_in_grpo=divide_by_std,
    )
    assert [a for group in ours for a in group] == pytest.approx(theirs.flatten().tolist(), abs=1e-9)


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_the_policy_loss_and_its_gradient_are_verls(aggregation):
    config = ActorConfig(
        strategy="fsdp",
        clip_ratio_low=0.20,
        clip_ratio_high=0.28,
        clip_ratio_c=3.0,
        rollout_n=1,
        use_dynamic_bsz=True,
    )
    ours, theirs = LOGP.clone().requires_grad_(), LOGP.clone().requires_grad_()
    loss = grpo_loss(ours, OLD, ADVANTAGE, MASK, aggregate=AGGREGATIONS[aggregation]).mean()
    reference, _ = core_algos.compute_policy_loss_vanilla(
        OLD, theirs, ADVANTAGE.expand_as(LOGP), MASK, loss_agg_mode=aggregation, config=config
    )
    assert loss.item() == pytest.approx(reference.item(), abs=1e-6)
    loss.backward()
    reference.backward()
    assert torch.allclose(ours.grad, theirs.grad, atol=1e-6)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(k1, "k1"), (k2, "k2"), (k3, "k3"), (k3_with_k2_gradient, "k3+")],
    ids=["k1", "k2", "k3", "k3+"],
)
def test_estimates_of_the_kl_and_their_gradients_are_verls(ours, theirs):
    far = 8 * (OLD - LOGP)  # past both clamps here and there
    a, b = far.clone().requires_grad_(), far.clone().requires_grad_()
    estimate, reference = ours(a), core_algos.kl_penalty(b, torch.zeros_like(b), theirs)
    assert torch.allclose(estimate, reference)
    estimate.sum().backward()
    reference.sum().backward()
    assert torch.allclose(a.grad, b.grad)
