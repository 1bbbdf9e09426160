import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genevolve.errors import ScoreError
from genevolve.evaluate.suites import KSCORE_FIGURES, PROGRAM_FIGURES, Case, Overall, count, in_ranges
from genevolve.records import Request
from genevolve.score import bootstrap
from support.scored import attempt, unanswered

FIGURES = {figure.name: figure for figure in (*KSCORE_FIGURES, *PROGRAM_FIGURES)}
ONE = Request(id="one", text="draw one")
CASE = Case(id="one")
WITH_TEXT = attempt(ONE, (1, 0.5, 0, 0.5), sufficiency=0.75)
WITHOUT_TEXT = attempt(ONE, (1, 0.5, 0, 0.5), text_required=False)
AXIS = st.sampled_from([0.0, 0.5, 1.0])
JUDGED = st.builds(
    lambda scores, needs_text: attempt(ONE, scores, text_required=needs_text, sufficiency=scores[0]),
    st.tuples(AXIS, AXIS, AXIS, AXIS),
    st.booleans(),
)


def value(name: str, *attempts) -> float:
    figure = FIGURES[name]
    return count(figure, [(CASE, figure.quantities(one)) for one in attempts]).value


def test_the_figures_of_two_pictures_are_worked_out_by_hand():
    # One picture needs text and has none right; the other needs none.
    two = (WITH_TEXT, WITHOUT_TEXT)

    assert value("faithfulness", *two) == 1
    assert value("text_accuracy", *two) == 0.25  # 0 and a half
    assert value("text_accuracy_where_needed", *two) == 0  # the first alone
    # .1 + .2 + 0 + .05 = .35, and .35 + .2 for the half: their mean.
    assert value("na_half", *two) == pytest.approx(0.45)
    # Mean axes 1, .5, .5 and text 0 over one picture: .1 + .2 + .05 + 0.
    assert value("na_skipped", *two) == pytest.approx(0.35)
    # .35 and .35 / .6: their mean.
    assert value("na_renormalised", *two) == pytest.approx((0.35 + 0.35 / 0.6) / 2)
    # .5 of .35 and .5 of .75.
    assert value("reward", WITH_TEXT) == pytest.approx(0.55)


def test_skipping_text_in_a_set_that_needs_none_scales_the_other_axes():
    assert value("na_skipped", WITHOUT_TEXT) == pytest.approx(0.35 / 0.6)
    figure = FIGURES["text_accuracy_where_needed"]
    counted = count(figure, [(CASE, figure.quantities(WITHOUT_TEXT))])
    with pytest.raises(ScoreError, match="nothing to average"):
        bootstrap(counted.rows, counted.statistic, resamples=10)


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_what_failed_has_nothing_to_add(figure):
    assert figure.quantities(unanswered(ONE)) is None
    assert figure.quantities(attempt(ONE)) is None


def test_a_reward_needs_both_verdicts():
    assert FIGURES["reward"].quantities(WITHOUT_TEXT) is None
    assert FIGURES["sufficiency"].quantities(WITHOUT_TEXT) is None
    assert FIGURES["na_half"].quantities(WITHOUT_TEXT) is not None


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_all_perfect_is_one_all_missing_is_zero_and_half_missing_is_half(figure):
    perfect = attempt(ONE, (1, 1, 1, 1), sufficiency=1)

    assert count(figure, [(CASE, figure.quantities(perfect)), (CASE, None)]).value == pytest.approx(0.5)
    assert count(figure, [(CASE, figure.quantities(perfect))] * 7).value == pytest.approx(1)
    assert count(figure, [(CASE, None)] * 7).value == 0


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
@given(attempts=st.lists(JUDGED, min_size=1, max_size=8), missing=st.integers(0, 5))
def test_order_never_matters_and_what_is_missing_never_helps(figure, attempts, missing):
    there = [(CASE, added) for one in attempts if (added := figure.quantities(one)) is not None]
    entries = [*there, *[(CASE, None)] * missing]
    shuffled = random.Random(0).sample(entries, len(entries))

    headline = count(figure, entries).value
    assert count(figure, shuffled).value == pytest.approx(headline, nan_ok=True)
    # Where no picture needs text its accuracy is no number, and a missing one makes it zero.
    mean = count(figure, there).value
    assert not headline > mean + 1e-12


def test_an_overall_resamples_each_group_within_itself():
    overall = Overall(name="overall", grouping="category", weights={"a": 0.25, "b": 0.75})
    cases = [Case(id=str(n), groups={"category": "a" if n < 2 else "b"}) for n in range(6)]
    # All of a are 1 and all of b are 0, so every resample gives .25.
    entries = [(case, (1.0 if case.groups["category"] == "a" else 0.0, 1.0)) for case in cases]
    counted = count(FIGURES["faithfulness"], entries, overall=overall)

    assert counted.strata == (0, 0, 1, 1, 1, 1)
    interval = bootstrap(counted.rows, counted.statistic, strata=counted.strata, resamples=200)
    assert (interval.low, interval.value, interval.high) == (0.25, 0.25, 0.25)


def test_an_overall_of_a_group_without_scores_cannot_be_had():
    overall = Overall(name="overall", grouping="category", weights={"a": 0.5, "b": 0.5})
    entries = [(Case(id="1", groups={"category": "a"}), (1.0, 1.0))]

    with pytest.raises(ScoreError, match="faithfulness has no overall: no case of b has a score"):
        count(FIGURES["faithfulness"], entries, overall=overall)
    with pytest.raises(ScoreError, match="nothing to average"):
        count(FIGURES["faithfulness"], [])


def test_numbers_are_told_as_ranges():
    assert in_ranges([9, 3, 7, 8, 7]) == "3, 7–9"
    assert in_ranges([]) == ""
