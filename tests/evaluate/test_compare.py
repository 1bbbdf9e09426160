import pytest

from genevolve.errors import ScoreError
from genevolve.evaluate.compare import Side, compare, each_request
from genevolve.evaluate.suites.base import Case, Overall
from genevolve.records import JudgeInfo
from support.scored import KSCORE, attempt, benchmark, requests, unanswered

GOOD, HALF, BAD = (1, 1, 1, 1), (1, 0.5, 0, 1), (0, 0, 0, 0)  # KScore 1, 0.4, 0


def side(name, asked, made, suite=None, **settings):
    return Side(name=name, suite=suite or benchmark(), requests=asked, attempts=made, **settings)


def na_half(comparison, grouping="all", group="all"):
    found = next(g for g in comparison.groups if (g.grouping, g.group) == (grouping, group))
    return next(figure for figure in found.figures if figure.name == "na_half")


def test_a_difference_is_the_second_run_less_the_first_request_by_request():
    asked = requests(*"abcd")
    one = side("one", asked, [attempt(r, HALF) for r in asked])
    other = side("other", asked, [attempt(r, s) for r, s in zip(asked, (GOOD, GOOD, HALF, BAD), strict=True)])
    found = na_half(compare(one, other))

    # 0.4 against (1 + 1 + 0.4 + 0) / 4 = 0.6
    assert (found.one, found.other, found.difference) == pytest.approx((0.4, 0.6, 0.2))
    assert (found.wins, found.ties, found.losses) == (2, 1, 1)
    assert found.low < 0 < found.high
    assert not found.is_sure


def test_a_missing_request_is_a_zero_on_its_side():
    asked = requests("a", "b")
    one = side("one", asked, [attempt(r, HALF) for r in asked])
    other = side("other", asked, [attempt(asked[0], HALF), unanswered(asked[1])])
    found = na_half(compare(one, other))
    assert (found.difference, found.losses, found.ties) == (pytest.approx(-0.2), 1, 1)


def test_pairing_sees_what_two_separate_intervals_cannot():
    # Requests differ by up to 1, and the second run is better by 0.05 in each: every resample has a mean of 0.05.
    asked = requests(*map(str, range(40)))
    low = [(n % 20 / 20, 0.5, 0.5, 0.5) for n in range(40)]
    high = [(f, 0.5, 0.625, 0.5) for f, *_ in low]
    found = na_half(
        compare(
            side("one", asked, [attempt(r, s) for r, s in zip(asked, low, strict=True)]),
            side("other", asked, [attempt(r, s) for r, s in zip(asked, high, strict=True)]),
        )
    )
    assert (found.low, found.difference, found.high) == pytest.approx((0.05, 0.05, 0.05))
    assert found.is_sure


def test_swapping_the_runs_turns_the_signs():
    asked = requests(*"abcdef", category="x")
    one = side("one", asked, [attempt(r, HALF) for r in asked])
    scores = (GOOD, HALF, BAD, GOOD, GOOD, HALF)
    other = side("other", asked, [attempt(r, s) for r, s in zip(asked, scores, strict=True)])
    there, back = na_half(compare(one, other), "category", "x"), na_half(compare(other, one), "category", "x")
    assert (there.difference, there.wins, there.losses) == (-back.difference, back.losses, back.wins)


def test_only_requests_that_both_were_asked_are_compared():
    one = side("one", requests("1", "2", "3"), [attempt(r, HALF) for r in requests("1", "2", "3")])
    other = side("other", requests("3", "4", "5"), [attempt(r, GOOD) for r in requests("3", "4", "5")])
    found = compare(one, other)
    assert (found.pairs, found.only_in_one, found.only_in_other) == (1, ("1", "2"), ("4", "5"))
    assert na_half(found).difference == pytest.approx(0.6)


def test_what_the_data_of_both_lacks_is_no_pair():
    asked, lacking = requests("1", category="x"), Case(id="9", groups={"category": "x"}, asked=False)
    one = side("one", asked, [attempt(asked[0], HALF)], benchmark(lacking))
    assert compare(one, one).pairs == 1


def test_the_overall_of_groups_is_compared_with_its_weights():
    weights = Overall(name="weighted", grouping="category", weights={"x": 0.75, "y": 0.25})
    asked = [*requests("1", category="x"), *requests("2", "3", category="y")]
    suite = benchmark(overall=weights)
    one = side("one", asked, [attempt(r, HALF) for r in asked], suite)
    other = side("other", asked, [attempt(asked[0], HALF), *[attempt(r, GOOD) for r in asked[1:]]], suite)
    assert na_half(compare(one, other), "overall", "weighted").difference == pytest.approx(0.15)  # 0.25 * 0.6


def test_the_most_changed_requests_come_first():
    asked = requests(*"abcd")
    one = side("one", asked, [attempt(r, HALF) for r in asked])
    other = side("other", asked, [attempt(r, s) for r, s in zip(asked, (BAD, HALF, GOOD, BAD), strict=True)])
    changed = compare(one, other).changed
    assert [(c.id, c.one, c.other) for c in changed] == [("c", 0.4, 1), ("a", 0.4, 0), ("d", 0.4, 0)]


def test_every_request_has_its_figures_the_ties_last():
    asked = requests(*"abc")
    one = side("one", asked, [attempt(r, HALF) for r in asked])
    other = side("other", asked, [attempt(r, s) for r, s in zip(asked, (HALF, BAD, GOOD), strict=True)])
    every = each_request(one, other)
    assert [(c.id, c.one, c.other) for c in every] == [("c", 0.4, 1), ("b", 0.4, 0), ("a", 0.4, 0.4)]


@pytest.mark.parametrize(
    ("judge", "says"),
    [
        (JudgeInfo(name="computed", model="looker", rubric="r1"), "name of the image judge"),
        (JudgeInfo(name="kscore", model="other", rubric="r1"), "model of the image judge"),
        (JudgeInfo(name="kscore", model="looker", rubric="r2"), "rubric of the image judge"),
        (JudgeInfo(name="kscore", model="looker", rubric="r1", settings={"t": 1}), "setting t of the image judge"),
    ],
)
def test_runs_that_were_judged_differently_are_compared_only_when_told_to(judge, says):
    asked = requests("a")
    one = side("one", asked, [attempt(asked[0], HALF)])
    other = side("other", asked, [attempt(asked[0], GOOD, judge=judge)])
    with pytest.raises(ScoreError, match=says):
        compare(one, other)
    mixed = compare(one, other, mixed=True)
    assert says in mixed.mixed[0]
    assert na_half(mixed).difference == pytest.approx(0.6)


def test_of_the_settings_of_judges_only_those_that_differ_are_named():
    asked, judges = requests("a"), [KSCORE.but(settings={"t": t, "rubric": "a long text"}) for t in (0, 1)]
    one, other = (side(str(j.settings["t"]), asked, [attempt(asked[0], HALF, judge=j)]) for j in judges)

    assert compare(one, other, mixed=True).mixed == ("setting t of the image judge (0 and 1)",)


def test_editions_are_not_mixed():
    asked = requests("a")
    one = side("one", asked, [attempt(asked[0], HALF)], benchmark(edition="legacy"))
    other = side("other", asked, [attempt(asked[0], HALF)], benchmark(edition="verified"))
    with pytest.raises(ScoreError, match=r"edition \('legacy' and 'verified'\)"):
        compare(one, other)


def test_an_id_that_asks_for_different_things_cannot_be_paired():
    asked, changed = requests("a"), [requests("a")[0].but(text="draw something else")]
    one = side("one", asked, [attempt(asked[0], HALF)])
    with pytest.raises(ScoreError, match="asks for different things"):
        compare(one, side("other", changed, [attempt(changed[0], HALF)]), mixed=True)


def test_runs_without_a_common_request_are_not_compared():
    one = side("one", requests("a"), [attempt(requests("a")[0], HALF)])
    other = side("other", requests("b"), [attempt(requests("b")[0], HALF)])
    with pytest.raises(ScoreError, match="no request in common"):
        compare(one, other)


def test_a_figure_that_one_run_lacks_is_named_with_the_reason():
    asked = requests("a")
    one = side("one", asked, [attempt(asked[0], HALF, sufficiency=1)])
    found = compare(one, side("other", asked, [attempt(asked[0], HALF)]))
    assert found.absent == dict.fromkeys(("sufficiency", "reward"), "no program was judged")
