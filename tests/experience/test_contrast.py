import pytest

from genevolve.errors import ScoreError
from genevolve.experience.choices import Choice
from genevolve.experience.contrast import contrast, contrasts
from genevolve.records import Failure, Malformed, Request, StopReason
from support.groups import attempt, group, image_search, search, skill

REQUEST = Request(id="r1", text="the flag of the country whose capital is Ouagadougou")


def plain(count):
    return group(*(attempt(REQUEST, number) for number in range(count)))


def ends(found):
    return None if found is None else (found.best.trajectory.attempt, found.worst.trajectory.attempt)


@pytest.mark.parametrize(
    ("rewards", "expected"),
    [
        ([0.1, 0.9, 0.5], (1, 0)),
        ([0.7, 0.5], (0, 1)),  # 0.7 - 0.5 is 0.19999999999999996 in binary, and 0.2 on paper
        ([0.5, 0.69], None),
        ([0.4, 0.4, 0.4], None),
        ([0.2, 0.9, 0.9, 0.2], (1, 0)),  # of equals the earlier, at both ends
        ([None, 0.9, 0.3, None], (1, 2)),
        ([0.9, None], None),
        ([None, None], None),
        ([], None),
    ],
)
def test_best_and_worst_are_compared_where_their_rewards_are_a_fifth_apart(rewards, expected):
    groups = plain(len(rewards)) if rewards else plain(1).but(attempts=())

    assert ends(contrast(groups, rewards)) == expected


def test_which_of_equal_attempts_is_taken_does_not_depend_on_their_order():
    attempts = [attempt(REQUEST, number) for number in range(4)]
    rewards = [0.2, 0.9, 0.9, 0.2]

    backwards = contrast(group(*attempts[::-1]), rewards[::-1])

    assert ends(backwards) == ends(contrast(group(*attempts), rewards)) == (1, 0)


def test_an_attempt_that_failed_through_the_world_is_in_no_comparison_whatever_its_reward():
    lost = Failure(whose="world", where="search", what="down")
    attempts = [attempt(REQUEST, 0, failure=lost), attempt(REQUEST, 1), attempt(REQUEST, 2)]

    found = contrast(group(*attempts), [0.0, 0.5, 0.9])

    assert ends(found) == (2, 1)
    assert found.compared == 2


def test_an_attempt_that_failed_by_the_policys_own_fault_stays_and_can_be_the_worst():
    own = Failure(whose="policy", where="rollout", what="no answer")
    silent = attempt(REQUEST, 1, prompt=None, stop=StopReason.OUT_OF_TURNS, failure=own)

    found = contrast(group(attempt(REQUEST, 0), silent), [0.5, 0.0])

    assert ends(found) == (0, 1)
    assert Choice("trouble", "no answer") in found.only_worst


def test_rewards_that_do_not_match_the_attempts_are_refused():
    with pytest.raises(ScoreError, match="2 attempts and 1 rewards"):
        contrast(plain(2), [0.5])


def test_at_most_eight_comparisons_are_made_a_step_those_of_the_widest_gaps_in_the_order_of_the_groups():
    gaps = [0.3, 0.9, 0.2, 0.5, 0.5, 0.6, 0.7, 0.8, 0.4, 0.1]

    found = contrasts([(plain(2), [gap, 0.0]) for gap in gaps])

    # 0.1 is too small; of the other nine, 0.2 is the smallest.
    assert [one.gap for one in found] == [0.3, 0.9, 0.5, 0.5, 0.6, 0.7, 0.8, 0.4]


def test_the_axis_on_which_best_and_worst_differ_most_comes_first():
    high = attempt(REQUEST, 0, image={"faithfulness": 1, "text_accuracy": 1, "aesthetics": 0.5}, program=0.5)
    low = attempt(REQUEST, 1, image={"faithfulness": 0.5, "text_accuracy": 0, "aesthetics": 1}, program=0.5)

    found = contrast(group(high, low), [0.9, 0.1])

    assert [(one.axis, one.gap, one.spread) for one in found.axes] == [
        ("text_accuracy", 1, 1),
        ("faithfulness", 0.5, 0.5),
        ("sufficiency", 0, 0),
        ("aesthetics", -0.5, 0.5),
    ]


def test_text_accuracy_of_an_image_that_needs_no_text_is_no_axis():
    judged = {"image": {"faithfulness": 1, "text_accuracy": 0.5}, "text_required": False}

    found = contrast(group(attempt(REQUEST, 0, **judged), attempt(REQUEST, 1, **judged)), [0.9, 0.1])

    assert [one.axis for one in found.axes] == ["faithfulness"]


def test_over_the_group_each_axis_is_set_against_the_choices_that_went_with_it():
    reads = skill("text_rendering")
    attempts = [
        attempt(REQUEST, 0, does=[reads], image={"text_accuracy": 1}),
        attempt(REQUEST, 1, does=[reads], image={"text_accuracy": 0.5}),
        attempt(REQUEST, 2, image={"text_accuracy": 0.5}),
        attempt(REQUEST, 3, image={"text_accuracy": 0}),
        attempt(REQUEST, 4, does=[reads]),  # not judged: on no axis
    ]

    (axis,) = contrast(group(*attempts), [0.9, 0.5, 0.5, 0.1, 0.3]).axes

    effect = next(one for one in axis.effects if one.choice == Choice("skill", "text_rendering"))
    # With it (1 + 0.5) / 2, without it (0.5 + 0) / 2.
    assert (effect.with_it, effect.without_it, effect.times, effect.of) == (0.75, 0.25, 2, 4)
    assert effect.difference == 0.5


def test_a_choice_that_divides_the_whole_group_comes_before_one_that_a_single_attempt_made():
    # The skill divides 1, 1, 0.5 from three halves: (1/3)² * 3 * 3 = 1. The lone query stands at 1 against a mean
    # of 0.6, which is further off and says less: 0.4² * 1 * 5 = 0.8.
    scores = [1, 1, 0.5, 0.5, 0.5, 0.5]
    attempts = [
        attempt(
            REQUEST,
            number,
            does=[*([skill("text_rendering")] if number < 3 else []), *([search("Accra")] if number == 0 else [])],
            image={"text_accuracy": score},
        )
        for number, score in enumerate(scores)
    ]

    (axis,) = contrast(group(*attempts), [0.9, 0.5, 0.5, 0.5, 0.5, 0.1]).axes

    assert [(str(one.choice), one.weight) for one in axis.effects] == [
        ("read the skill text_rendering", pytest.approx(1)),
        ("called query_knowledge", pytest.approx(1)),
        ("asked for “accra”", pytest.approx(0.8)),
        ("called search", pytest.approx(0.8)),
    ]


def test_choices_are_read_off_the_turns_and_the_program():
    done = attempt(
        REQUEST,
        0,
        does=[search("Capital  of Chad", "capital of Mali"), image_search("flag"), image_search("flag")],
        prompt='The first reference image above three red stars, titled "FASO".',
        references=["Flag of Chad"],
        mended=("a reference was dropped",),
    )
    bare = attempt(REQUEST, 1, does=[Malformed(problem="no tags")], prompt="a calm sea")

    found = contrast(group(done, bare), [0.9, 0.1])

    told = sorted(str(choice) for choice in found.only_best)
    assert told == sorted(
        [
            "called search",
            "called image_search",
            "asked for “capital of chad”",
            "asked for “capital of mali”",
            "asked for “flag”",
            "used the picture “Flag of Chad”",
            "a prompt that names every reference by its number",
            "a prompt that quotes the words to be read",
            "a prompt that says how many there are",
            "a prompt that names colours",
            "a prompt that says where things are",
            "the same question twice",
            "a program that had to be mended",
        ]
    )
    assert {str(choice) for choice in found.only_worst} == {
        "a prompt that uses no reference",
        "a reply that could not be read",
    }
