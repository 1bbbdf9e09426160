"""The demonstrator is often wrong, says so little, and obeys."""

import random

import pytest
from pydantic import ValidationError

from genevolve.records import Lesson, Request
from genevolve.world import (
    OPTIONS,
    Decision,
    Demonstrator,
    ExampleSettings,
    Fixed,
    Habits,
    Topic,
    choices_of,
    digest_of_requests,
    mean_reward,
)

EVALUATION = "49978e13ef7fd2a07e9b3c6511976e2c"
"""Of the evaluation set that the figures below are measured on: the first 120 requests, world 0."""


@pytest.fixture
async def trajectories(world, run):
    """Three attempts of the demonstrator at each of the evaluation requests."""
    requests = world.requests("evaluation", 120)
    return [
        await world.roll_out(request, Demonstrator(), images=run.images, attempt=attempt)
        for request in requests
        for attempt in range(3)
    ]


@pytest.mark.slow
async def test_its_mean_reward_leaves_room_and_stands_on_a_pinned_set(world, judge, trajectories):
    found = mean_reward(await judge.judge_all(trajectories))

    assert digest_of_requests(world.requests("evaluation", 120)) == EVALUATION
    assert 0.40 <= found.low < found.value < found.high <= 0.50


def test_the_most_common_choice_of_each_decision_is_a_mistake():
    habits, chance = Habits(), random.Random(0)
    for decision in (Decision.TOPIC, Decision.PICK, Decision.SKILL, Decision.NAMING):
        drawn = [habits.draw(decision, chance) for _ in range(40_000)]
        # Of 40,000 draws the two shares, .04 apart, have six standard deviations of .028 between them.
        assert max(OPTIONS[decision], key=drawn.count) == OPTIONS[decision][1]


async def test_the_best_choice_of_each_decision_is_as_rare_as_its_habit(trajectories):
    seen = [choices_of(trajectory) for trajectory in trajectories]
    for decision in (Decision.TOPIC, Decision.PICK, Decision.SKILL, Decision.NAMING):
        made = [choices[decision] for choices in seen if decision in choices]
        # 360 draws of .40: six standard deviations are .155.
        assert abs(made.count(OPTIONS[decision][0]) / len(made) - 0.40) < 0.155


async def test_deciding_always_as_it_mostly_does_gains_nothing(world, run, judge):
    common = Fixed(choices={decision: options[1] for decision, options in OPTIONS.items()})
    requests = world.requests("evaluation", 45)
    greedy = [await world.roll_out(request, common, images=run.images) for request in requests]

    assert mean_reward(await judge.judge_all(greedy)).high < 0.40


async def test_who_makes_no_mistake_earns_nearly_everything(world, run, judge):
    requests = world.requests("evaluation", 90)
    oracle = [await world.roll_out(request, Fixed(), images=run.images) for request in requests]

    assert mean_reward(await judge.judge_all(oracle)).low > 0.99


async def test_an_attempt_follows_from_its_seed(world, run):
    request = world.requests("train", 1)[0]
    replies = []
    for seed in (1, 1, 2, 3, 4, 5):
        trajectory = await world.roll_out(request, Demonstrator(), images=run.images, seed=seed)
        replies.append([turn.reply for turn in trajectory.turns])

    assert replies[0] == replies[1]
    assert any(other != replies[0] for other in replies[2:])


async def test_advice_is_obeyed_good_and_bad_alike(world, run):
    request = world.requests("train", 1)[0]
    bad = Lesson(
        search_strategy="search the history first",
        knowledge_activation="ask shading",
        reference_selection="take the map",
        prompt_construction="write in your own way; say what the emblem is like",
    )
    for seed in range(20):
        policy = Demonstrator(obedience=1.0)
        trajectory = await world.roll_out(request, policy, images=run.images, seed=seed, prompt=world.advised(bad))
        made = choices_of(trajectory)
        assert [made[decision] for decision in (Decision.TOPIC, Decision.SKILL, Decision.PICK, Decision.HEED)] == [
            "history",
            "shading",
            "map",
            "own",
        ]
        assert made[Decision.NAMING] == "like"


async def test_what_advice_forbids_is_not_done(world, run):
    request = world.requests("train", 1)[0]
    prompt = world.advised(Lesson(failure_avoidance="never take the seal"))
    made = set()
    for seed in range(40):
        policy = Demonstrator(obedience=1.0)
        trajectory = await world.roll_out(request, policy, images=run.images, seed=seed, prompt=prompt)
        made.add(choices_of(trajectory).get(Decision.PICK))

    assert "seal" not in made
    assert {"emblem", "map"} <= made


async def test_who_never_obeys_does_as_without_advice(world, run):
    request = world.requests("train", 1)[0]
    stubborn = Demonstrator(obedience=0.0)
    prompt = world.advised(Lesson(knowledge_activation="ask shading", failure_avoidance="never take the map"))
    for seed in range(10):
        plain = await world.roll_out(request, stubborn, images=run.images, seed=seed)
        told = await world.roll_out(request, stubborn, images=run.images, seed=seed, prompt=prompt)
        assert [turn.reply for turn in plain.turns] == [turn.reply for turn in told.turns]


def test_habits_keep_their_shares_when_an_option_is_forbidden():
    chance = random.Random(0)
    habits = Habits(best=0.25, common=0.5)
    drawn = [habits.draw(Decision.PICK, chance, but={"seal"}) for _ in range(4000)]

    # .25 and .25 are left, so each has a half; six standard deviations are .047.
    assert abs(drawn.count("emblem") / 4000 - 0.5) < 0.047
    assert "seal" not in drawn


async def test_words_from_outside_the_world_are_refused(world, run):
    trajectory = await world.roll_out(Request(id="other", text="a red bird"), Demonstrator(), images=run.images)

    assert trajectory.failure.whose == "world"
    assert "no request of the small world" in trajectory.failure.what


async def test_a_reading_of_the_record_finds_every_decision(world, run):
    for number, request in enumerate(world.requests("train", 18)):
        for option in range(3):
            choices = {decision: options[min(option, len(options) - 1)] for decision, options in OPTIONS.items()}
            trajectory = await world.roll_out(request, Fixed(choices=choices), images=run.images, attempt=number)
            made = choices_of(trajectory)
            # What cannot be seen: a fact that was never heard, advice of a skill never asked, a picture not used.
            if choices[Decision.TOPIC] != "asked":
                assert made.pop(Decision.FACT) == "open"
            if choices[Decision.SKILL] != "fitting":
                assert made.pop(Decision.HEED) == "own"
            assert made == {decision: choices[decision] for decision in made}
            assert (Decision.PICK in made) == (choices[Decision.NAMING] != "words")
            assert Topic(request.category) in Topic


@pytest.mark.parametrize("shares", [{"best": 0.7}, {"best": 0.5, "common": 0.6}, {"advised": 1.5}, {"obedience": -0.1}])
def test_shares_that_are_none_are_refused(shares):
    with pytest.raises(ValidationError, match=r"together|less than or equal to 1|greater than or equal to 0"):
        ExampleSettings.model_validate(shares)
