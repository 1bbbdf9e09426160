"""The policy of the small world reads and is taught as any model of transformers is."""

import random
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("trl", reason='pip install "genevolve[train]" runs it')

from genevolve.experience.hint import hint_of  # noqa: E402
from genevolve.learn.config import SftSettings  # noqa: E402
from genevolve.learn.sft import Tuner  # noqa: E402
from genevolve.learn.tokens import TrajectoryEncoder  # noqa: E402
from genevolve.model.closed import END, UNKNOWN, ClosedTokenizer  # noqa: E402
from genevolve.model.encode import ChatEncoder  # noqa: E402
from genevolve.model.load import save_model  # noqa: E402
from genevolve.model.processor import Processor  # noqa: E402
from genevolve.policy import open_policy  # noqa: E402
from genevolve.records import Message  # noqa: E402
from genevolve.rollout.window import windowed  # noqa: E402
from genevolve.world import (  # noqa: E402
    Demonstrator,
    ExampleSettings,
    Fixed,
    make_examples,
    open_vocabulary,
    random_advice,
)
from genevolve.world.speech import read_request  # noqa: E402
from support.small_models import small  # noqa: E402
from support.tiny_models import token_line  # noqa: E402

TOKENIZER = ClosedTokenizer(open_vocabulary())


@pytest.fixture
def chat(run):
    return ChatEncoder(Processor(tokenizer=TOKENIZER, image_processor=None, folder=Path()), run.images.read)


@pytest.fixture
def encoder(chat):
    return TrajectoryEncoder(chat, window=windowed, max_tokens=4096)


class Sampled:
    """The demonstrator as a policy that reports the ids of what it read and said."""

    info = Demonstrator().info

    def __init__(self, chat):
        self.chat, self.inner = chat, Demonstrator()

    async def reply(self, conversation):
        return token_line(self.chat, (await self.inner.reply(conversation)).text)(conversation)


async def test_what_was_sampled_is_what_the_written_conversation_encodes_to(world, run, chat, encoder):
    for request in world.requests("train", 6):
        trajectory = await world.roll_out(request, Sampled(chat), images=run.images)
        (sampled,) = encoder.sampled(trajectory).sequences
        (shown,) = encoder.demonstrated(trajectory).sequences
        messages = []
        for turn in trajectory.turns:
            messages += [*turn.heard, Message.of("assistant", turn.reply)]

        assert tuple(sampled.ids_T.tolist()) == chat.encode(messages, asked=False).ids
        assert sampled.ids_T.equal(shown.ids_T)
        assert sampled.mask_T.equal(shown.mask_T)


async def test_replies_and_their_ends_are_what_is_learned(world, run, encoder):
    trajectory = await world.roll_out(world.requests("train", 2)[1], Demonstrator(), images=run.images)
    (sequence,) = encoder.demonstrated(trajectory).sequences
    said = sequence.ids_T[sequence.mask_T].tolist()

    assert TOKENIZER.decode([id for id in said if id != END]) == "".join(turn.reply for turn in trajectory.turns)
    assert said.count(END) == len(trajectory.turns)


async def test_a_lesson_stands_in_the_opening_as_a_rollout_reads_it_and_what_was_sampled_follows(
    world, run, chat, encoder
):
    for number, request in enumerate(world.requests("train", 6)):
        (sequence,) = encoder.sampled(await world.roll_out(request, Sampled(chat), images=run.images)).sequences
        lesson = random_advice(read_request(request.text), random.Random(number), share=0.9)
        taught = encoder.taught(sequence, hint_of(lesson))

        opening, grown = sequence.opening_tokens, taught.opening_tokens
        assert grown > opening
        assert taught.ids_T[grown:].equal(sequence.ids_T[opening:])
        assert taught.mask_T[grown:].equal(sequence.mask_T[opening:])
        assert not taught.mask_T[:grown].any()
        assert UNKNOWN not in taught.ids_T
        advised = await world.roll_out(request, Fixed(), images=run.images, prompt=world.advised(lesson))
        (read,) = encoder.demonstrated(advised).sequences
        assert taught.ids_T[:grown].equal(read.ids_T[: read.opening_tokens])


async def test_a_policy_is_made_taught_saved_and_asked_by_its_folder(world, run, tmp_path):
    """Two requests by heart: what is learned of many is measured elsewhere."""
    model = small(tmp_path / "new")
    encoder = TrajectoryEncoder(ChatEncoder(model.processor, run.images.read), window=windowed, max_tokens=4096)
    requests = world.requests("train", 2)
    made = make_examples(world, requests, images=run.images, settings=ExampleSettings(advised=0.0))
    shown = [trajectory async for trajectory in made]
    sequences = [one for trajectory in shown for one in encoder.demonstrated(trajectory).sequences]
    settings = SftSettings(learning_rate=1e-2, batch=2, epochs=40, schedule="constant", optimizer="muon")
    *_, last = Tuner(model.module, sequences, settings).run()
    assert last.loss < 0.02

    policy = open_policy(f"local:{save_model(model, tmp_path / 'taught')}", images=run.images)
    greedy = world.sampling.but(temperature=0.0)
    for request, trajectory in zip(requests, shown, strict=True):
        again = await world.roll_out(request, policy, images=run.images, sampling=greedy)
        assert [turn.reply for turn in again.turns] == [turn.reply for turn in trajectory.turns]
        assert again.program == trajectory.program
    await policy.close()
