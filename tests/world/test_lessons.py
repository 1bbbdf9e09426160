"""The lesson between two attempts says what mattered, in words that can be followed."""

import random

import pytest

from genevolve.policy import Reply
from genevolve.records import Attempt, Group, Lesson
from genevolve.testing.scripted import ScriptedPolicy
from genevolve.world import (
    OPTIONS,
    Decision,
    Demonstrator,
    Fixed,
    Task,
    Topic,
    hint_of,
    mean_reward,
    random_advice,
    reward_of,
    write_lesson,
)
from genevolve.world.advice import Piece, lesson_of, read_advice
from genevolve.world.lessons import write_group_lesson
from genevolve.world.speech import read_request


def request_of(world, topic, task):
    for request in world.requests("validation", 9):
        asked = read_request(request.text)
        if (asked.topic, asked.posed.task) == (topic, task):
            return request
    raise AssertionError


async def test_of_two_attempts_only_what_cost_something_is_said(world, decide):
    request = request_of(world, Topic.FIGURE, Task.LETTERING)
    best = await decide(request, {Decision.TOPIC: "history"})
    worst = await decide(request, {Decision.TOPIC: "another", Decision.PICK: "seal"})

    # Both left the figure open, by different mistakes: visual correctness fell alone, and its cause is the picture.
    assert write_lesson(best, worst) == Lesson(
        reference_selection="take the emblem",
        failure_avoidance="never take the seal",
    )


async def test_a_spoiled_text_is_traced_to_the_fact_that_was_stated(world, decide):
    request = request_of(world, Topic.CAPTION, Task.COUNTING)
    lesson = write_lesson(await decide(request), await decide(request, {Decision.FACT: "once"}))

    assert lesson == Lesson(prompt_construction="state what is now", failure_avoidance="never state what was once")


async def test_a_skill_that_was_not_asked_is_named(world, decide):
    request = request_of(world, Topic.BACKGROUND, Task.MARKING)
    lesson = write_lesson(await decide(request), await decide(request, {Decision.SKILL: "shading"}))

    assert lesson.knowledge_activation == "ask marking"
    assert lesson.prompt_construction == "write as the skill says"
    assert lesson.failure_avoidance == "never ask shading"


async def test_over_a_group_the_mistake_of_the_best_attempt_is_told_from_what_made_it_the_best(world, decide):
    request = request_of(world, Topic.CAPTION, Task.COUNTING)
    wrong_picture = await decide(request, {Decision.PICK: "seal"})
    wrong_text = await decide(request, {Decision.FACT: "once"})
    both = await decide(request, {Decision.PICK: "seal", Decision.FACT: "once"})
    group = Group(request=request, attempts=(wrong_picture, wrong_text, both))

    # The picture costs visual correctness and the fact the text; in the pair, both attempts took the seal.
    assert write_lesson(wrong_picture, both).reference_selection == ""
    assert write_group_lesson(group) == Lesson(
        reference_selection="take the emblem",
        prompt_construction="state what is now",
        failure_avoidance="never take the seal",
    )


async def test_a_group_whose_attempts_differ_in_nothing_that_counts_teaches_nothing(world, run, decide):
    request = request_of(world, Topic.CAPTION, Task.COUNTING)
    one = await decide(request)
    unanswered = Attempt(
        trajectory=await world.roll_out(request, ScriptedPolicy("no tags"), images=run.images, attempt=9)
    )

    assert not write_group_lesson(Group(request=request, attempts=(one, one))).said
    assert not write_group_lesson(Group(request=request, attempts=(one, unanswered))).said


async def test_equal_attempts_teach_nothing(world, decide):
    request = world.requests("validation", 1)[0]

    assert write_lesson(await decide(request), await decide(request)) == Lesson()


async def test_an_attempt_without_a_program_is_worse_on_every_axis(world, run, judge, decide):
    class Silent:
        info = Demonstrator().info

        async def reply(self, conversation):
            return Reply(text="star")

    request = world.requests("validation", 1)[0]
    failed = await judge.judge(await world.roll_out(request, Silent(), images=run.images))

    assert reward_of(failed) == 0.0
    lesson = write_lesson(await decide(request), failed)
    assert lesson.search_strategy == f"search the {request.category} first"
    assert not lesson.failure_avoidance


@pytest.mark.slow
async def test_lessons_help_who_follows_them(world, run, judge):
    """The best of six attempts is compared with the worst, and the lesson is followed in six more."""
    plain, advised = [], []
    for request in world.requests("validation", 27):
        group = []
        for attempt in range(6):
            trajectory = await world.roll_out(request, Demonstrator(), images=run.images, attempt=attempt)
            group.append(await judge.judge(trajectory))
        lesson = write_lesson(max(group, key=reward_of), min(group, key=reward_of))
        plain += group
        for attempt in range(6, 12):
            trajectory = await world.roll_out(
                request, Demonstrator(), images=run.images, attempt=attempt, prompt=world.advised(lesson)
            )
            advised.append(await judge.judge(trajectory))

    assert mean_reward(advised).low > mean_reward(plain).high + 0.05


async def test_the_whole_lesson_of_an_oracle_makes_a_good_attempt(world, run, judge):
    attempts = []
    for request in world.requests("validation", 18):
        asked = read_request(request.text)
        best = [Piece(decision=decision, option=options[0]) for decision, options in OPTIONS.items()]
        prompt = world.advised(lesson_of(best, asked))
        policy = Demonstrator(obedience=1.0)
        attempts.append(await judge.judge(await world.roll_out(request, policy, images=run.images, prompt=prompt)))

    assert mean_reward(attempts).value > 0.99


@pytest.mark.parametrize("seed", range(20))
def test_advice_reads_back_as_it_was_meant(world, seed):
    chance = random.Random(seed)
    for request in world.requests("train", 9):
        asked = read_request(request.text)
        pieces = [
            Piece(decision=decision, option=chance.choice(options), avoid=chance.random() < 0.3)
            for decision, options in OPTIONS.items()
            if chance.random() < 0.6
        ]
        read = read_advice(world.advised(lesson_of(pieces, asked)).template, asked)
        assert sorted(read, key=str) == sorted(pieces, key=str)


def test_random_advice_says_something_and_favours_nothing(world):
    asked = read_request(world.requests("train", 1)[0].text)
    said: dict[tuple[Decision, str], int] = {}
    for seed in range(3000):
        lesson = random_advice(asked, random.Random(seed))
        assert hint_of(lesson)
        for piece in read_advice(world.advised(lesson).template, asked):
            if not piece.avoid:
                said[piece.decision, piece.option] = said.get((piece.decision, piece.option), 0) + 1

    for decision, options in OPTIONS.items():
        # Half of 3,000 speak of it, each option as often: six standard deviations of a third of 1,500 are 110.
        assert all(abs(said[decision, option] - 1500 / len(options)) < 120 for option in options)


def test_a_lesson_that_says_nothing_adds_nothing():
    assert hint_of(Lesson()) == ""


async def test_fixed_choices_are_named(world):
    assert Fixed().info != Fixed(choices={**Fixed().choices, Decision.HEED: "own"}).info
