"""Whatever a policy says, an attempt ends in one trajectory that can be stored and read again.

`benchmarks/fuzz_rollout.py` does the same with 100,000 replies.
"""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genevolve.records import Answer, Limits, Malformed, Request, Sampling, Trajectory
from genevolve.rollout import faults, read_reply, rollout
from genevolve.testing.replies import random_reply
from genevolve.testing.scripted import ScriptedPolicy

ATTEMPTS = 300


async def test_every_attempt_at_random_replies_ends_in_one_sound_trajectory(toolbox, images):
    chance = random.Random(20260521)
    outcomes: Counter[str] = Counter()
    for number in range(ATTEMPTS):
        replies = [random_reply(chance) for _ in range(8)]
        limits = Limits(max_calls=chance.choice((1, 3, 8)), max_references=chance.choice((0, 1, 2, 2, 2)))
        request = Request(id=f"r{number}", text="x")
        trajectory = await rollout(
            request,
            policy=ScriptedPolicy(*replies),
            toolbox=toolbox,
            images=images,
            sampling=Sampling(limits=limits),
        )
        outcomes[trajectory.stop] += 1
        assert Trajectory.model_validate_json(trajectory.model_dump_json()) == trajectory
        assert (trajectory.program is None) == (trajectory.failure is not None)
        if trajectory.program:
            answer = Answer(
                prompt=trajectory.program.prompt,
                references=tuple({"img_id": r.ref, "note": r.note} for r in trajectory.program.references),
            )
            assert faults(answer, trajectory.images, limits=limits) == []

    # Both ends are reached often, or the replies would test little.
    assert outcomes["answered"] > ATTEMPTS / 5
    assert outcomes["out_of_turns"] > ATTEMPTS / 20


def test_random_replies_are_read_as_all_kinds_of_actions():
    chance = random.Random(7)
    kinds = Counter(type(read_reply(random_reply(chance)).action).__name__ for _ in range(2000))

    assert len(kinds) == 3
    assert min(kinds.values()) > 200


PIECES = st.sampled_from(["<think>", "</think>", "<tool_call>", "<answer>", "{", "}", '"', ":", "a", "[", ","])


@settings(max_examples=300)
@given(st.text() | st.lists(PIECES).map("".join))
def test_any_text_is_read_without_an_exception(text):
    reading = read_reply(text)

    assert not isinstance(reading.action, Malformed) or reading.action.problem


@pytest.mark.parametrize("seed", range(3))
def test_equal_seeds_give_equal_replies(seed):
    first, second = random.Random(seed), random.Random(seed)

    assert [random_reply(first) for _ in range(50)] == [random_reply(second) for _ in range(50)]
