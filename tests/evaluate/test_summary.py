import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genevolve.errors import ScoreError, StoreError
from genevolve.evaluate.suites.base import Case, Overall, of_the_asked
from genevolve.evaluate.summary import id_ranges, read_summary, summarise, write_summary
from genevolve.records import JudgeInfo, PolicyInfo, RendererInfo
from support.scored import KSCORE, attempt, benchmark, requests, unanswered

GOOD, HALF = (1, 1, 1, 1), (1, 0.5, 0, 1)  # KScore 1, and 0.1 + 0.2 + 0 + 0.1 = 0.4


def figures(summary, grouping="all", group="all"):
    found = next(g for g in summary.groups if (g.grouping, g.group) == (grouping, group))
    return {figure.name: figure for figure in found.figures}


def test_a_headline_counts_what_is_missing_or_failed_as_zero_and_the_mean_does_not():
    asked = requests("a", "b", "c", "d", "e")
    made = [attempt(asked[0], GOOD), attempt(asked[1], HALF), attempt(asked[2]), unanswered(asked[3])]  # e: nothing
    summary = summarise(benchmark(), asked, made)

    na_half = figures(summary)["na_half"]
    assert (na_half.headline, na_half.denominator) == (pytest.approx(0.28), 5)  # (1 + 0.4 + 0 + 0 + 0) / 5
    assert (na_half.mean, na_half.count) == (pytest.approx(0.7), 2)  # (1 + 0.4) / 2
    assert na_half.low < 0.28 < na_half.high
    assert summary.unscored == ("c", "d", "e")


def test_the_three_aggregates_differ_where_a_picture_needs_no_text():
    asked = requests("a", "b")
    made = [attempt(asked[0], (1, 1, 0, 1)), attempt(asked[1], (1, 0.5, 0.5, 0), text_required=False)]
    found = figures(summarise(benchmark(), asked, made))

    # a: 0.1 + 0.4 + 0 + 0.1 = 0.6 in all of them.
    # b: na_half 0.1 + 0.2 + 0.4*0.5 + 0 = 0.5; na_renormalised (0.1 + 0.2 + 0) / 0.6 = 0.5.
    assert found["na_half"].headline == pytest.approx(0.55)
    assert found["na_renormalised"].headline == pytest.approx(0.55)
    # na_skipped, from means: F 1, V 0.75, T 0 over one, A 0.5: 0.1 + 0.3 + 0 + 0.05.
    assert found["na_skipped"].headline == pytest.approx(0.45)
    assert (found["text_accuracy"].headline, found["text_accuracy"].denominator) == (pytest.approx(0.25), 2)
    assert (found["text_accuracy_where_needed"].headline, found["text_accuracy_where_needed"].denominator) == (0, 1)
    assert found["text_accuracy_where_needed"].count == 1


def test_attempts_at_one_request_are_averaged_before_requests_are():
    asked = requests("a", "b")
    made = [attempt(asked[0], GOOD), attempt(asked[0], HALF, number=1), attempt(asked[1], HALF)]

    once = figures(summarise(benchmark(), asked, made))["na_half"]
    assert once.headline == pytest.approx(0.55)  # ((1 + 0.4)/2 + 0.4) / 2
    # Where each was to have two attempts, the one that b lacks is a zero: ((1 + 0.4)/2 + (0.4 + 0)/2) / 2.
    twice = figures(summarise(benchmark(), asked, made, attempts_each=2))["na_half"]
    assert twice.headline == pytest.approx(0.45)
    assert (twice.mean, twice.count) == (pytest.approx(0.55), 2)


def test_a_figure_that_nobody_judged_is_absent_and_says_why():
    asked = requests("a")
    found = figures(summarise(benchmark(), asked, [attempt(asked[0], GOOD)]))
    assert found["sufficiency"].absent == "no program was judged"
    assert found["sufficiency"].headline is None
    assert figures(summarise(benchmark(), asked, [unanswered(asked[0])]))["na_half"].absent == "no image was judged"


def test_a_judge_that_never_came_to_a_verdict_leaves_zeros():
    asked = requests("a", "b")
    summary = summarise(benchmark(), asked, [unanswered(r) for r in asked], judges={"image": KSCORE})
    found = figures(summary)["na_half"]
    assert (found.headline, found.low, found.high, found.denominator) == (0, 0, 0, 2)
    assert (found.mean, found.count) == (None, 0)


@pytest.mark.parametrize("name", ["wise-verified", "wise-legacy"])
def test_a_judge_of_other_axes_leaves_figures_absent_and_no_zeros(name):
    asked = requests("a")
    other = JudgeInfo(name=name, model="looker")
    found = figures(summarise(benchmark(), asked, [unanswered(asked[0])], judges={"image": other}))
    assert found["na_half"].headline is None
    assert found["na_half"].absent.startswith(f"the judge {name} gives no ")


def test_a_judge_of_ones_own_is_known_by_the_axes_of_its_scores():
    asked = requests("a", "b")
    mine = JudgeInfo(name="mine")
    made = [attempt(asked[0], GOOD, judge=mine), attempt(asked[1], judge=mine)]
    lame = made[0].image_verdict.but(scores={"faithfulness": 1.0})
    whole = figures(summarise(benchmark(), asked, made))
    part = figures(summarise(benchmark(), asked, [made[0].but(image_verdict=lame), made[1]]))

    assert whole["na_half"].headline == 0.5  # 1 and a failed judgement
    assert (part["faithfulness"].headline, part["na_half"].headline) == (0.5, None)
    assert part["na_half"].absent == "the judge mine gives no aesthetics, text_accuracy, visual_correctness"


def test_a_part_of_a_benchmark_has_neither_missing_cases_nor_an_overall_of_groups():
    asked = requests("a", category="x")
    whole = benchmark(Case(id="z", asked=False), overall=Overall(name="overall", grouping="category", weights={"x": 1}))
    summary = summarise(of_the_asked(whole), asked, [attempt(asked[0], HALF)])
    group, figure = summary.stands_for_it

    assert (group.grouping, figure.headline, figure.denominator) == ("all", pytest.approx(0.4), 1)
    assert summary.missing == ()
    assert summarise(whole, asked, [attempt(asked[0], HALF)]).missing == ("z",)


def test_rewards_need_both_judges():
    asked = requests("a", "b")
    made = [attempt(asked[0], GOOD, sufficiency=0.5), attempt(asked[1], HALF)]
    found = figures(summarise(benchmark(), asked, made))
    assert found["reward"].headline == pytest.approx(0.375)  # a: 0.5*1 + 0.5*0.5 = 0.75; b has no program verdict
    assert found["sufficiency"].headline == pytest.approx(0.25)


def test_groups_have_figures_of_their_own_requests():
    asked = [*requests("a", "b", category="flags", difficulty="easy"), *requests("c", category="maps")]
    made = [attempt(asked[0], GOOD), attempt(asked[1], HALF), attempt(asked[2], HALF)]
    summary = summarise(benchmark(), asked, made)

    assert [(g.grouping, g.group, g.counts.cases) for g in summary.groups] == [
        ("all", "all", 3),
        ("category", "flags", 2),
        ("category", "maps", 1),
        ("difficulty", "easy", 2),
    ]
    assert figures(summary, "category", "flags")["na_half"].headline == pytest.approx(0.7)
    assert figures(summary, "category", "maps")["na_half"].headline == pytest.approx(0.4)


def test_an_overall_of_groups_weighs_them_and_counts_cases_that_the_data_lacks():
    weights = Overall(name="weighted", grouping="category", weights={"x": 0.75, "y": 0.25})
    asked = [*requests("1", category="x"), *requests("2", category="y"), *requests("3", category="z")]
    lacking = [Case(id=str(n), groups={"category": "y"}, asked=False) for n in (7, 8, 9)]
    made = [attempt(asked[0], HALF), attempt(asked[1], GOOD), attempt(asked[2], GOOD)]
    summary = summarise(benchmark(*lacking, overall=weights), asked, made)

    found = figures(summary, "overall", "weighted")["na_half"]
    # x: 0.4; y: 1 of 4 cases; z is in no weight: 0.75*0.4 + 0.25*0.25 = 0.3625; what exists: 0.75*0.4 + 0.25*1.
    assert (found.headline, found.denominator) == (pytest.approx(0.3625), 5)
    assert (found.mean, found.count) == (pytest.approx(0.55), 2)
    assert figures(summary)["na_half"].headline == pytest.approx(2.4 / 6)
    assert summary.missing == ("7–9",)
    group, figure = summary.stands_for_it
    assert (group.group, figure.name) == ("weighted", "na_half")


def test_an_overall_whose_group_is_empty_is_absent_with_the_reason():
    weights = Overall(name="weighted", grouping="category", weights={"x": 0.5, "y": 0.5})
    asked = requests("1", category="x")
    found = figures(summarise(benchmark(overall=weights), asked, [attempt(asked[0], GOOD)]), "overall", "weighted")
    assert found["na_half"].headline is None
    assert "no case of y" in found["na_half"].absent


def test_counts_say_how_far_attempts_came_and_where_they_failed():
    asked = requests("a", "b", "c", "d")
    made = [attempt(asked[0], GOOD), attempt(asked[1]), unanswered(asked[2]), unanswered(asked[3], whose="world")]
    counts = summarise(benchmark(Case(id="z", asked=False)), asked, made).groups[0].counts

    assert (counts.cases, counts.asked, counts.attempts) == (5, 4, 4)
    assert (counts.answered, counts.drawn, counts.judged) == (2, 2, 1)
    assert [(f.stage, f.whose, f.count) for f in counts.failures] == [
        ("judge image", "world", 1),
        ("rollout", "policy", 1),
        ("rollout", "world", 1),
    ]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"renderer": RendererInfo(name="other")}, "renderers"),
        ({"policy": PolicyInfo(name="other")}, "policies"),
        ({"judge": JudgeInfo(name="kscore", model="other")}, "judges of the image"),
    ],
)
def test_a_figure_is_of_one_policy_one_renderer_and_one_judge(change, what):
    asked = requests("a", "b")
    with pytest.raises(ScoreError, match=f"several {what}"):
        summarise(benchmark(), asked, [attempt(asked[0], GOOD), attempt(asked[1], GOOD, **change)])


def test_attempts_at_requests_of_elsewhere_count_nowhere_and_are_told():
    asked = requests("a")
    summary = summarise(benchmark(), asked, [attempt(asked[0], HALF), attempt(requests("other")[0], GOOD)])
    assert figures(summary)["na_half"].headline == pytest.approx(0.4)
    assert "1 attempts are at requests" in summary.told[0]


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False))
def test_neither_the_order_of_requests_nor_that_of_attempts_changes_a_digit(shuffled):
    dice = random.Random(1)
    asked = requests(*map(str, range(30)), category="x")
    made = [attempt(r, [dice.random() for _ in range(4)], text_required=dice.random() < 0.5) for r in asked[:25]]
    first = summarise(benchmark(), asked, made, resamples=200)
    shuffled.shuffle(asked)
    shuffled.shuffle(made)
    assert summarise(benchmark(), asked, made, resamples=200) == first


def test_a_perfect_run_is_one_in_every_figure():
    asked = requests("a", "b", "c")
    made = [attempt(r, GOOD, sufficiency=1, text_required=r.id != "c") for r in asked]
    for figure in figures(summarise(benchmark(), asked, made)).values():
        # Text accuracy of c, which needs none, is one half by definition: (1 + 1 + 0.5) / 3; in KScore 1 - 0.2/3.
        expected = {"text_accuracy": 2.5 / 3, "na_half": 1 - 0.2 / 3, "reward": 1 - 0.1 / 3}.get(figure.name, 1)
        assert figure.headline == pytest.approx(expected, abs=1e-6), figure.name


def test_a_report_reads_back_and_equal_runs_write_equal_bytes(tmp_path):
    asked = requests("a", "b")
    made = [attempt(asked[0], GOOD), attempt(asked[1], HALF)]
    path = write_summary(summarise(benchmark(), asked, made), tmp_path)
    first = path.read_bytes()

    assert read_summary(tmp_path) == summarise(benchmark(), asked, made)
    assert write_summary(summarise(benchmark(), asked, made[::-1]), tmp_path).read_bytes() == first
    with pytest.raises(StoreError, match="cannot write"):
        write_summary(read_summary(tmp_path), path)


def test_ids_are_listed_as_ranges():
    assert id_ranges(["9", "3", "8", "7", "ex01", "007"]) == ("3", "7–9", "007", "ex01")
    assert id_ranges([]) == ()


def test_a_benchmark_without_cases_has_no_summary():
    with pytest.raises(ScoreError, match="no cases"):
        summarise(benchmark(), [], [])
