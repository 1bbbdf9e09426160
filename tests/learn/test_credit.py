"""What a judge said of one axis reaches the tokens that decide it."""
# ruff: noqa: E402 - torch is asked for before what needs it; tensors end in their axes

import pytest

torch = pytest.importorskip("torch", reason="needs torch: pip install 'genevolve[train]'")

from genevolve.errors import BatchError
from genevolve.learn.advantage import Earned, axis_weights, group_advantages
from genevolve.learn.credit import axis_advantages, judged_by, token_advantages, tokens_of
from genevolve.learn.kinds import DECISIONS, Kind
from genevolve.records import Failure

WEIGHTS = axis_weights()
AXES = list(WEIGHTS)
DOWN = Failure(whose="world", where="renderer", what="down")


def earned(**scores: float) -> Earned:
    """An attempt with these scores, 0.5 on the other axes."""
    axes = dict.fromkeys(WEIGHTS, 0.5) | scores
    return Earned(reward=sum(WEIGHTS[axis] * axes[axis] for axis in WEIGHTS), axes=axes)


def test_undivided_the_axes_sum_to_the_advantage_of_the_whole_reward():
    group = [earned(text_accuracy=1), earned(visual_correctness=0), earned(sufficiency=0.75, aesthetics=0)]
    (by_axis,), _ = axis_advantages([group], WEIGHTS, divide_by_std=False)
    (whole,), _ = group_advantages([group], divide_by_std=False)
    assert [sum(row.values()) for row in by_axis if row] == pytest.approx(whole)


def test_divided_they_sum_to_grpo_where_the_axes_agree():
    group = [earned(**dict.fromkeys(AXES, value)) for value in (0.0, 0.25, 1.0)]
    (by_axis,), _ = axis_advantages([group], WEIGHTS, eps=0)
    (whole,), _ = group_advantages([group], eps=0)
    assert [sum(row.values()) for row in by_axis if row] == pytest.approx(whole)


def test_an_axis_is_standardised_by_its_own_spread_and_weighed():
    group = [earned(text_accuracy=0, aesthetics=1), earned(text_accuracy=1, aesthetics=1)]
    ((_, best),), _ = axis_advantages([group], WEIGHTS, eps=0)
    # text: (1 - .5) / std(0, 1) = .5 / .7071 = .7071, weighed by .5 * .4 = .2; the other axes do not differ
    assert best == pytest.approx(dict.fromkeys(AXES, 0.0) | {"text_accuracy": 0.2 * 0.5**0.5})


def test_axes_that_cancel_in_the_reward_teach_and_stay_finite():
    # Text and visual correctness weigh the same, so both rewards are equal and GRPO has nothing to say.
    group = [earned(text_accuracy=1, visual_correctness=0), earned(text_accuracy=0, visual_correctness=1)]
    assert group_advantages([group])[1].equal_groups == 1
    ((first, second),), counts = axis_advantages([group], WEIGHTS)
    assert first is not None
    assert second is not None
    assert first["text_accuracy"] == pytest.approx(0.2 * 0.5**0.5, rel=1e-4)
    assert first["text_accuracy"] == -second["text_accuracy"] == -first["visual_correctness"]
    assert (counts.equal_groups, counts.learning) == (0, 2)


def test_failures_of_the_world_and_equal_groups_have_no_credit():
    down = Earned(reward=None, axes={}, failure=DOWN)
    groups = [[earned(aesthetics=1), down, earned()], [earned(), earned()]]
    advantages, counts = axis_advantages(groups, WEIGHTS)
    assert [row is None for row in advantages[0]] == [False, True, False]
    assert advantages[1] == (None, None)
    assert (counts.world_failures, counts.equal_groups) == (1, 1)


def test_weights_of_another_reward_are_refused():
    with pytest.raises(BatchError, match="'sufficiency'"):
        axis_advantages([[Earned(reward=1.0, axes=dict.fromkeys(AXES[:-1], 1.0))]], WEIGHTS)


def test_a_token_gets_the_axes_that_judge_it_and_an_unclaimed_one_gets_all():
    kind_BT = torch.tensor([[Kind.OTHER, Kind.THOUGHT, Kind.IMAGE_ID, Kind.PROMPT]], dtype=torch.int8)
    mask_BT = kind_BT != Kind.OTHER
    axes = ["visual", "text"]
    claims = {
        "visual": tokens_of(kind_BT, {Kind.IMAGE_ID, Kind.PROMPT}),
        "text": tokens_of(kind_BT, {Kind.PROMPT}),
    }
    advantage_BT = token_advantages(torch.tensor([[0.3, -0.1]]), judged_by(claims, axes, mask_BT))
    # not sampled: 0; a thought: all; the image's id: visual alone; the prompt: both that claim it
    assert advantage_BT.tolist() == [pytest.approx([0.0, 0.2, 0.3, 0.2])]


def test_with_no_claim_every_sampled_token_has_the_whole_advantage():
    mask_BT = torch.tensor([[False, True, True], [True, False, False]])
    advantage_BA = torch.tensor([[0.3, -0.1], [1.0, 0.5]])
    advantage_BT = token_advantages(advantage_BA, judged_by({}, ["visual", "text"], mask_BT))
    assert torch.allclose(advantage_BT, advantage_BA.sum(dim=1, keepdim=True) * mask_BT)


def test_a_claim_for_an_axis_that_is_not_judged_is_refused():
    with pytest.raises(BatchError, match="'texture'"):
        judged_by({"texture": torch.ones(1, 2)}, ["visual"], torch.ones(1, 2))


def test_decisions_are_tags_tool_names_skill_names_and_image_ids():
    kind_BT = torch.tensor([list(Kind)], dtype=torch.int8)
    assert tokens_of(kind_BT, DECISIONS).tolist() == [
        [False, False, True, True, False, True, True, False, False],
    ]
