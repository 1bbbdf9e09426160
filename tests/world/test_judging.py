"""Attempts are drawn and judged as any others are, only once for equal programs."""

import random

import pytest

from genevolve.errors import UsageError
from genevolve.experience.hint import HEADING
from genevolve.judge.computed import ComputedJudge, ComputedProgramJudge
from genevolve.model.closed import SPECIAL
from genevolve.pipeline import draw
from genevolve.policy import Reply
from genevolve.records import Attempt, Failure, Lesson, Request
from genevolve.world import (
    Demonstrator,
    Fixed,
    WorldSettings,
    make_examples,
    open_vocabulary,
    open_world,
    reward_of,
    scores_of,
    write_lesson,
)


async def test_a_remembered_judgement_is_what_the_judges_say(world, run, judge):
    request = world.requests("validation", 1)[0]
    for attempt in range(8):
        trajectory = await world.roll_out(request, Demonstrator(), images=run.images, attempt=attempt)
        found = await judge.judge(trajectory)
        render = await draw(run, world.renderer, trajectory)
        judged = Attempt(trajectory=trajectory, render=render)
        image = await ComputedJudge(run.images).judge(judged)
        program = await ComputedProgramJudge().judge(judged)

        assert found.render.id == render.id
        assert found.render.image == render.image
        assert (found.image_verdict.id, found.program_verdict.id) == (image.id, program.id)
        assert scores_of(found) == {**image.scores, **program.scores}


async def test_the_reward_is_half_the_image_and_half_the_program(world, decide):
    attempt = await decide(world.requests("validation", 1)[0], {})
    scores = scores_of(attempt)
    image = (
        0.1 * scores["faithfulness"]
        + 0.4 * scores["visual_correctness"]
        + 0.4 * scores["text_accuracy"]
        + 0.1 * scores["aesthetics"]
    )

    assert reward_of(attempt) == pytest.approx(0.5 * image + 0.5 * scores["sufficiency"])


async def test_a_failure_of_the_world_has_no_reward(world, decide):
    attempt = await decide(world.requests("validation", 1)[0])
    failure = Failure(whose="world", where="policy", what="it is down")
    gone = attempt.trajectory.but(program=None, failure=failure)

    assert reward_of(Attempt(trajectory=gone)) is None
    assert reward_of(Attempt(trajectory=gone.but(failure=failure.but(whose="policy")))) == 0.0
    assert reward_of(attempt.but(image_verdict=attempt.image_verdict.but(scores={}, failure=failure))) is None


async def test_a_stated_share_of_examples_is_advised(world, run):
    examples = [one async for one in make_examples(world, world.requests("train", 400), images=run.images)]
    advised = [one for one in examples if HEADING in one.turns[0].heard[0].text]

    # 400 draws of .4: six standard deviations are .147.
    assert abs(len(advised) / 400 - 0.4) < 0.147
    assert len({one.prompt_digest for one in advised}) > 100
    assert all(one.program for one in examples)


async def test_examples_are_made_of_requests_of_this_world_alone(world, run):
    with pytest.raises(UsageError, match="no request of the small world"):
        _ = [one async for one in make_examples(world, [Request(id="a", text="a red bird")], images=run.images)]


async def test_another_world_is_another_toolbox_and_the_same_words(world):
    other = open_world(WorldSettings(seed=1))

    assert other.toolbox.info != world.toolbox.info
    assert other.prompt == world.prompt
    assert {request.text for request in other.requests("train", 50)} != {
        request.text for request in world.requests("train", 50)
    }


class Babbler:
    """Says what a half-trained model may: a row of tokens by chance, or a good reply with some of them replaced."""

    info = Demonstrator().info

    def __init__(self, seed):
        self.chance = random.Random(seed)

    async def reply(self, conversation):
        vocabulary, chance = open_vocabulary(), self.chance
        good = vocabulary.encode((await Fixed().reply(conversation)).text)
        kept = chance.choice((0.0, 0.9, 0.97))
        anything = range(len(SPECIAL), len(vocabulary))
        return Reply(text=vocabulary.decode([id if chance.random() < kept else chance.choice(anything) for id in good]))


async def test_whatever_a_policy_says_ends_in_an_attempt_that_has_a_reward(world, run, judge):
    rewards, lessons = [], set()
    for seed in range(150):
        request = world.requests("train", 150)[seed]
        trajectory = await world.roll_out(request, Babbler(seed), images=run.images)
        attempt = await judge.judge(trajectory)
        rewards.append(reward_of(attempt))
        lessons.add(write_lesson(attempt, attempt))

    assert all(0.0 <= reward <= 1.0 for reward in rewards)
    assert len(set(rewards)) > 5
    assert lessons == {Lesson()}
