import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genevolve.errors import ScoreError
from genevolve.score import AXIS_WEIGHTS, Aggregate, bootstrap, bootstrap_each, image_overall, reward

SCORES = {"faithfulness": 1.0, "visual_correctness": 0.5, "text_accuracy": 1.0, "aesthetics": 0.5}


def mean(sums):
    return sums[:, 0] / sums[:, 1]


def with_ones(values):
    return np.column_stack([values, np.ones(len(values))])


def test_kscore_weighs_the_axes_as_published():
    # 0.1*1 + 0.4*0.5 + 0.4*1 + 0.1*0.5 = 0.1 + 0.2 + 0.4 + 0.05
    assert image_overall(SCORES, text_required=True) == pytest.approx(0.75)
    assert sum(AXIS_WEIGHTS.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("aggregate", "expected"),
    [
        (Aggregate.NA_HALF, 0.55),  # 0.1 + 0.2 + 0.4*0.5 + 0.05
        (Aggregate.NA_RENORMALISED, 0.35 / 0.6),  # (0.1 + 0.2 + 0.05) / 0.6
        (Aggregate.NA_SKIPPED, 0.35 / 0.6),
    ],
)
def test_where_no_text_is_needed_its_score_is_not_looked_at(aggregate, expected):
    for text in (0.0, 1.0):
        scores = SCORES | {"text_accuracy": text}
        assert image_overall(scores, text_required=False, aggregate=aggregate) == pytest.approx(expected)


def test_an_axis_that_is_missing_is_an_error_and_not_a_zero():
    with pytest.raises(ScoreError, match="lack 'aesthetics'"):
        image_overall({axis: 1 for axis in AXIS_WEIGHTS if axis != "aesthetics"}, text_required=True)


def test_a_reward_is_half_image_and_half_program():
    assert reward(0.8, 0.5) == pytest.approx(0.65)


axes = st.fixed_dictionaries(dict.fromkeys(AXIS_WEIGHTS, st.floats(0, 1)))


@given(axes, st.booleans(), st.sampled_from(Aggregate))
def test_an_overall_is_in_the_unit_interval_and_grows_with_every_axis(scores, needs_text, aggregate):
    whole = image_overall(scores, text_required=needs_text, aggregate=aggregate)
    assert -1e-9 <= whole <= 1 + 1e-9
    for axis in AXIS_WEIGHTS:
        better = image_overall(scores | {axis: 1.0}, text_required=needs_text, aggregate=aggregate)
        assert better >= whole - 1e-9


def test_an_interval_of_equal_rows_has_no_width():
    interval = bootstrap(with_ones(np.full(40, 0.25)), mean)
    assert (interval.value, interval.low, interval.high) == (0.25, 0.25, 0.25)


@pytest.mark.parametrize("kinds", [3, 400])
def test_an_interval_of_a_mean_is_that_of_the_normal_law(kinds):
    # 400 values spread evenly over [0, 1] in so many kinds: the interval is about mean +- 1.96 * std / sqrt(400).
    # Three kinds take the way of patterns, 400 that of single rows.
    values = np.arange(400) % kinds / (kinds - 1)
    interval = bootstrap(with_ones(values), mean)
    half = 1.96 * values.std() / np.sqrt(400)

    assert interval.value == pytest.approx(values.mean())
    assert interval.low == pytest.approx(values.mean() - half, abs=0.003)
    assert interval.high == pytest.approx(values.mean() + half, abs=0.003)


def test_intervals_agree_with_resampling_written_out():
    import random

    values = [0, 0.5, 0.5, 1, 1, 1, 0, 0.5, 1, 0.25]
    dice = random.Random(5)
    means = sorted(sum(dice.choices(values, k=10)) / 10 for _ in range(20_000))
    interval = bootstrap(with_ones(np.array(values)), mean, resamples=20_000)

    assert interval.low == pytest.approx(means[500], abs=0.026)  # 2.5% of 20,000; means are 0.025 apart
    assert interval.high == pytest.approx(means[19_500], abs=0.026)


@settings(max_examples=30)
@given(st.permutations(range(12)), st.integers(0, 3), st.booleans())
def test_the_order_of_rows_does_not_matter_to_the_last_digit(order, seed, many_kinds):
    values = np.arange(12) / 11 if many_kinds else np.arange(12) % 2 * 1.0
    rows = np.column_stack([values, np.ones(12), values**2])
    place = list(order)
    strata = [0, 1] * 6

    def one_interval(at):
        return bootstrap(rows[at], mean, strata=[strata[n] for n in at], resamples=200, seed=seed)

    assert one_interval(place) == one_interval(list(range(12)))


def test_strata_keep_their_size():
    # Each stratum has equal rows, so no resample can change the mean; without strata it would.
    rows = with_ones(np.array([0.0] * 10 + [1.0] * 10))
    kept = bootstrap(rows, mean, strata=[0] * 10 + [1] * 10)
    assert (kept.low, kept.high) == (0.5, 0.5)
    assert bootstrap(rows, mean).low < 0.4


def test_several_statistics_of_one_resampling_are_those_of_each_alone():
    rows = with_ones(np.arange(30) % 7 / 6)
    both = bootstrap_each(rows, [mean, lambda sums: 1 - mean(sums)])

    assert both[0] == bootstrap(rows, mean)
    assert both[1].low == pytest.approx(1 - both[0].high)
    assert both[1].high == pytest.approx(1 - both[0].low)


def test_another_seed_gives_another_interval_around_the_same_value():
    rows = with_ones(np.random.default_rng(3).random(50))
    one, other = (bootstrap(rows, mean, seed=seed, resamples=500) for seed in (0, 1))
    assert one.value == other.value
    assert (one.low, one.high) != (other.low, other.high)


def test_nothing_has_no_interval():
    with pytest.raises(ScoreError, match="no request was asked"):
        bootstrap(np.zeros((0, 2)), mean)
    with np.errstate(invalid="ignore"), pytest.raises(ScoreError, match="what the figure counts"):
        bootstrap(np.zeros((5, 2)), mean)
