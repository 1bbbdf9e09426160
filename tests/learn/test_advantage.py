"""What attempts earn, and what that is worth in their group."""

from itertools import pairwise
from math import sqrt

import pytest

from genevolve.errors import BatchError, ScoreError
from genevolve.learn.advantage import Counts, Earned, attempt_reward, axis_weights, group_advantages
from genevolve.learn.config import LearnSettings
from genevolve.records import Failure, StopReason
from genevolve.score import Aggregate
from support.earned import attempt, failed, of_rewards, program_verdict, verdict

POLICY = Failure(whose="policy", where="rollout", what="no answer in 11 replies")
WORLD = Failure(whose="world", where="judge kscore", what="no answer within 60 s")


def test_a_reward_is_half_the_image_and_half_the_program():
    # KScore 0.1 * 1 + 0.4 * 0.5 + 0.4 * 0 + 0.1 * 1 = 0.4, and 0.5 * 0.4 + 0.5 * 0.75 = 0.575
    judged = attempt(image=verdict(1, 0.5, 0, 1), program=program_verdict(0.75))
    assert attempt_reward(judged).reward == pytest.approx(0.575)


def test_one_judgement_alone_makes_the_reward_only_where_that_is_asked_for():
    judged = attempt(image=verdict(1, 0.5, 0, 1), program=None)
    assert attempt_reward(judged, parts="image").reward == pytest.approx(0.4)
    with pytest.raises(BatchError, match="no program verdict"):
        attempt_reward(judged)
    sufficient = attempt(image=None, program=program_verdict(0.75), drawn=False)
    assert attempt_reward(sufficient, parts="program").reward == 0.75
    with pytest.raises(BatchError, match="no image verdict"):
        attempt_reward(sufficient)


def test_a_reward_is_the_weighed_sum_of_its_axes():
    for needs_text in (True, False):
        for aggregate in Aggregate:
            judged = attempt(image=verdict(1, 0.5, 0, 0, text_required=needs_text), program=program_verdict(0.25))
            earned = attempt_reward(judged, aggregate=aggregate)
            weights = axis_weights()
            assert sum(weights[axis] * earned.axes[axis] for axis in weights) == pytest.approx(earned.reward)


@pytest.mark.parametrize("parts", ["image_and_program", "image", "program"])
def test_the_shares_of_the_axes_sum_to_one(parts):
    assert sum(axis_weights(parts).values()) == pytest.approx(1)


def test_an_image_without_text_counts_half_for_its_text():
    # 0.1 * 1 + 0.4 * 1 + 0.4 * 0.5 + 0.1 * 1 = 0.8
    judged = attempt(image=verdict(1, 1, 0, 1, text_required=False), program=None)
    assert attempt_reward(judged, parts="image").reward == pytest.approx(0.8)


@pytest.mark.parametrize(
    "broken",
    [
        failed(trajectory_failure=WORLD),
        failed(render_failure=WORLD),
        failed(image_failure=WORLD),
        failed(program_failure=WORLD),
    ],
    ids=["rollout", "render", "image judge", "program judge"],
)
def test_a_failure_of_the_world_earns_nothing_at_all(broken):
    earned = attempt_reward(broken)
    assert earned.reward is None
    assert earned.failure == WORLD


@pytest.mark.parametrize(
    "broken",
    [failed(trajectory_failure=POLICY), failed(render_failure=POLICY), failed(no_program=True)],
    ids=["rollout", "render", "no program"],
)
def test_a_failure_of_the_policy_earns_zero_on_every_axis(broken):
    earned = attempt_reward(broken)
    assert earned.reward == 0
    assert set(earned.axes.values()) == {0.0}
    assert earned.failure is not None
    assert earned.failure.whose == "policy"


def test_a_failure_of_what_the_reward_does_not_need_is_no_failure():
    assert attempt_reward(failed(image_failure=WORLD), parts="program").reward == 1
    assert attempt_reward(failed(program_failure=WORLD), parts="image").reward == 1


def test_an_answer_that_had_to_be_mended_earns_zero_unless_told_otherwise():
    mended = attempt(image=verdict(1, 1, 1, 1), program=program_verdict(1), mended=("IMG_009 was dropped",))
    assert attempt_reward(mended).reward == 0
    assert attempt_reward(mended, mended_earns_nothing=False).reward == 1


def test_an_answer_that_time_kept_from_being_mended_says_nothing_about_the_policy():
    late = attempt(
        image=verdict(1, 1, 1, 1),
        program=program_verdict(1),
        mended=("IMG_009 was dropped",),
        stop=StopReason.OUT_OF_TIME,
    )
    assert attempt_reward(late).reward is None


def test_a_verdict_without_its_axis_is_an_error_that_names_it():
    judged = attempt(image=verdict(1, 1, 1, 1), program=program_verdict(1).but(scores={"other": 1.0}))
    with pytest.raises(ScoreError, match="'sufficiency'"):
        attempt_reward(judged)


def test_advantages_are_rewards_less_the_mean_over_the_sample_deviation():
    # Of 0, .5, 1 the mean is .5 and the sample's deviation sqrt((.25 + 0 + .25) / 2) = .5; the population's is .408.
    ((low, middle, high),), _ = group_advantages([of_rewards(0.0, 0.5, 1.0)], eps=0)
    assert (low, middle, high) == (-1, 0, 1)


def test_without_the_deviation_they_are_the_differences_from_the_mean():
    (advantages,), _ = group_advantages([of_rewards(0.2, 0.5, 0.8)], divide_by_std=False)
    assert advantages == pytest.approx((-0.3, 0, 0.3))


def test_eps_is_added_to_the_deviation():
    (advantages,), _ = group_advantages([of_rewards(0.0, 1.0)], eps=0.5)
    # +-.5 / (sqrt(.5) + .5)
    assert advantages == pytest.approx((-0.5 / (sqrt(0.5) + 0.5), 0.5 / (sqrt(0.5) + 0.5)))


def test_advantages_sum_to_zero_and_keep_the_order_of_rewards():
    (advantages,), _ = group_advantages([of_rewards(0.1, 0.25, 0.3, 0.9, 0.95, 1.0)])
    assert sum(a or 0 for a in advantages) == pytest.approx(0, abs=1e-12)
    assert all(a < b for a, b in pairwise(a or 0 for a in advantages))


def test_a_failure_of_the_world_leaves_the_baseline_and_the_loss():
    with_failure, counts = group_advantages([of_rewards(0.0, None, 1.0)])
    without, _ = group_advantages([of_rewards(0.0, 1.0)])
    assert with_failure[0] == (without[0][0], None, without[0][1])
    assert (counts.world_failures, counts.learning) == (1, 2)


def test_a_failure_of_the_policy_stays_in_baseline_and_loss():
    group = [*of_rewards(0.5), attempt_reward(failed(trajectory_failure=POLICY))]
    (advantages,), counts = group_advantages([group], divide_by_std=False)
    assert advantages == (0.25, -0.25)
    assert (counts.policy_failures, counts.learning) == (1, 2)


def test_groups_that_teach_nothing_are_skipped_and_counted():
    nearly = 0.1 + 0.2  # 0.30000000000000004
    groups = [of_rewards(0.3, nearly, 0.3), of_rewards(0.4, None), of_rewards(None, None), of_rewards(0.0, 1.0)]
    advantages, counts = group_advantages(groups)
    assert advantages[:3] == ((None,) * 3, (None,) * 2, (None,) * 2)
    assert counts == Counts(
        groups=4, attempts=9, world_failures=3, policy_failures=0, lone_groups=2, equal_groups=1, learning=2
    )


def test_groups_do_not_see_one_another():
    alone = group_advantages([of_rewards(0.0, 1.0, 0.3)])[0][0]
    together = group_advantages([of_rewards(1.0, 0.9), of_rewards(0.0, 1.0, 0.3)])[0][1]
    assert alone == together


def test_the_published_numbers_are_the_defaults():
    settings = LearnSettings()
    assert (settings.grpo.clip_low, settings.grpo.clip_high, settings.grpo.dual_clip) == (0.20, 0.28, 3.0)
    assert (settings.distil.weight, settings.distil.rho_cap, settings.distil.top_share) == (2.0, 2.0, 0.10)
    assert (settings.update.requests, settings.update.attempts, settings.update.temperature) == (8, 6, 0.7)
    assert settings.grpo.aggregation == "seq-mean-token-sum"


def test_earned_by_nobody_is_no_group():
    assert group_advantages([]) == ((), Counts())
    assert Counts.of([[Earned(reward=None, axes={}, failure=WORLD)]], [[None]]).lone_groups == 1
