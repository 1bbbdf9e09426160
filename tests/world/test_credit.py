"""What an axis says reaches the tokens that made the decisions it judges, and no others."""

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch", reason='torch: pip install "genevolve[train]"')

from genevolve.learn.tokens import TrajectoryEncoder
from genevolve.model.closed import ClosedTokenizer
from genevolve.model.encode import ChatEncoder
from genevolve.model.processor import Processor
from genevolve.records import Message
from genevolve.rollout.window import windowed
from genevolve.world import Fixed, Topic, open_vocabulary
from genevolve.world.credit import claims_of
from genevolve.world.decisions import Task
from genevolve.world.speech import read_request


@pytest.fixture
async def said(world, run):
    """An attempt without a mistake at a request about a caption and several things, encoded."""
    kinds = ((read_request(one.text), one) for one in world.requests("train", 60))
    request = next(one for asked, one in kinds if (asked.topic, asked.posed.task) == (Topic.CAPTION, Task.COUNTING))
    trajectory = await world.roll_out(request, Fixed(), images=run.images)
    processor = Processor(tokenizer=ClosedTokenizer(open_vocabulary()), image_processor=None, folder=Path())
    encoder = TrajectoryEncoder(ChatEncoder(processor, run.images.read), window=windowed, max_tokens=4096)
    return encoder.demonstrated(trajectory).sequences[0]


def words(sequence, mask):
    return open_vocabulary().decode([int(one) for one in sequence.ids_T[mask]])


async def test_each_axis_claims_the_words_of_its_decisions(said):
    name = words(said, said.turn_T == 0).split()[-2].rpartition('"')[2]
    claimed = {axis: words(said, mask) for axis, mask in claims_of(said).items()}

    # The caption is the open thing and the number the posed one; see the table of `genevolve.world.decisions`.
    assert claimed["text_accuracy"] == f"{name} caption state what is now;"
    assert claimed["visual_correctness"].startswith("take the emblem")
    assert "the first reference image," in claimed["visual_correctness"]
    assert "IMG_00" in claimed["visual_correctness"]
    assert "IMG_00" not in claimed["faithfulness"]
    assert "write as the skill says;" in claimed["faithfulness"]
    assert "counting" in claimed["faithfulness"]
    assert "counting" not in claimed["text_accuracy"]


async def test_the_judge_of_programs_claims_every_decision(said):
    claims = claims_of(said)
    for axis, mask in claims.items():
        assert bool((mask <= claims["sufficiency"]).all()), axis
        assert bool((mask <= said.mask_T).all()), axis


async def test_words_of_another_world_claim_nothing(said):
    assert claims_of(replace(said, opening=(Message.of("user", "a red bird"),))) == {}
