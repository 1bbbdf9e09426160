"""Every text of the small world is ids and back, to the letter."""

import random

import pytest

from genevolve.model.closed import SPECIAL, UNKNOWN
from genevolve.policy import Reply
from genevolve.records import Lesson
from genevolve.world import Demonstrator, ExampleSettings, make_examples, open_vocabulary, random_advice
from genevolve.world.names import FIRST, SECOND, names_of
from genevolve.world.opened import NOTICES, SYSTEM
from genevolve.world.speech import read_request

VOCABULARY = open_vocabulary()


def is_exact(text):
    ids = VOCABULARY.encode(text)
    return VOCABULARY.decode(ids) == text and UNKNOWN not in ids


def test_it_is_small_and_says_nothing_twice():
    texts = [token.text for token in VOCABULARY.tokens]

    assert len(VOCABULARY) <= 210
    assert len(set(texts)) == len(texts)


@pytest.mark.slow
async def test_everything_said_in_thousands_of_attempts_comes_back_to_the_letter(world, run):
    """Requests of all splits, replies, observations and advice."""
    said: set[str] = set()
    for split in ("train", "validation", "evaluation"):
        settings = ExampleSettings(seed=3, advised=0.5)
        examples = make_examples(world, world.requests(split, 700), images=run.images, settings=settings)
        async for trajectory in examples:
            said |= {message.text for turn in trajectory.turns for message in turn.heard}
            said |= {turn.reply for turn in trajectory.turns}

    assert len(said) > 5000
    assert [text for text in said if not is_exact(text)] == []


@pytest.mark.parametrize("text", [SYSTEM, *NOTICES.values()])
def test_what_the_rollout_says_is_one_token(text):
    assert len(VOCABULARY.encode(text)) == 1


async def test_repeated_and_fruitless_calls_are_within_the_vocabulary(world, run):
    class Stuck:
        info = Demonstrator().info

        def __init__(self, replies):
            self.replies = iter(replies)

        async def reply(self, conversation):
            return Reply(text=next(self.replies))

    search = '<tool_call>{"name": "search", "arguments": {"queries": ["now once"]}}</tool_call>'
    pictures = '<tool_call>{"name": "image_search", "arguments": {"query": "map"}}</tool_call>'
    skill = '<tool_call>{"name": "query_knowledge", "arguments": {"skill_name": "counting"}}</tool_call>'
    bad = '<answer>{"gen_prompt": "a star", "reference_images": [{"img_id": "IMG_001"}]}</answer>'
    request = world.requests("train", 1)[0]
    heard = []
    for replies in (
        [search, search, search, "star", bad],
        [skill, skill, pictures, pictures, bad],
        [pictures, bad] * 3,
    ):
        trajectory = await world.roll_out(request, Stuck(replies), images=run.images)
        heard += [message.text for turn in trajectory.turns for message in turn.heard]

    assert {text for text in heard if not is_exact(text)} == set()
    assert any("no results" in text for text in heard)
    assert any("You asked this before" in text for text in heard)
    assert set(NOTICES.values()) - set(heard) == {NOTICES["too_long"]}


def test_a_name_is_spelled_by_its_syllables():
    name = names_of("evaluation", seed=5)[0]
    first, second = VOCABULARY.encode(name)

    assert VOCABULARY.tokens[first].text in FIRST
    assert VOCABULARY.tokens[second].text in SECOND
    assert VOCABULARY.decode([first, second, first, second]) == f"{name} {name}"


@pytest.mark.parametrize("text", ["a zebra", "kez", "star  star", "‹think>", "é", "star5", "a,star", " star", "star "])
def test_what_the_world_never_says_is_marked_and_ends(text):
    ids = VOCABULARY.encode(text)

    assert UNKNOWN in ids
    assert len(ids) <= len(text) + 1


def test_any_sampled_ids_are_a_text_that_encodes_again():
    chance = random.Random(0)
    for _ in range(2000):
        ids = [chance.randrange(len(SPECIAL), len(VOCABULARY)) for _ in range(chance.randrange(1, 12))]
        text = VOCABULARY.decode(ids)
        # Not every row of ids is the one that its text has, but its text is the same again.
        again = VOCABULARY.encode(text)
        assert UNKNOWN in again or VOCABULARY.decode(again) == text


def test_advice_is_within_the_vocabulary(world):
    asked = read_request(world.requests("train", 1)[0].text)
    for seed in range(300):
        lesson = random_advice(asked, random.Random(seed), share=0.9)
        assert is_exact(world.advised(lesson).template)
    assert world.advised(Lesson()).template == world.prompt.template
