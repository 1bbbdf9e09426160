"""A policy that is a model in this process, through real rollouts."""

import asyncio
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("trl", reason='pip install "genevolve[train]" runs it')

from genevolve.errors import PolicyError, UsageError  # noqa: E402
from genevolve.learn.batch import Example, collate  # noqa: E402
from genevolve.learn.tokens import TrajectoryEncoder  # noqa: E402
from genevolve.model.encode import ChatEncoder, Prompt  # noqa: E402
from genevolve.model.load import LoadedModel  # noqa: E402
from genevolve.model.settings import EngineSettings  # noqa: E402
from genevolve.policy import Conversation, open_policy  # noqa: E402
from genevolve.policy.base import LocalSettings  # noqa: E402
from genevolve.policy.local import LocalPolicy  # noqa: E402
from genevolve.records import Limits, Malformed, Message, Request, Sampling, StopReason, Trajectory  # noqa: E402
from genevolve.rollout import rollout  # noqa: E402
from genevolve.rollout.window import windowed  # noqa: E402
from genevolve.search.base import ImageHit  # noqa: E402
from genevolve.skills import load_skills  # noqa: E402
from genevolve.store.images import ImageStore  # noqa: E402
from genevolve.testing.scripted import ScriptedPolicy  # noqa: E402
from genevolve.testing.shelf import ShelfProvider  # noqa: E402
from genevolve.tools import Toolbox  # noqa: E402
from support.tiny_models import ANSWER, FLAG, SHORT_PROMPT, full_logp, noise_png, tiny, tiny_folder  # noqa: E402

REQUEST = Request(id="r1", text="A poster with the flag")
BRIEF = Limits(max_calls=3, max_reply_tokens=40)


@pytest.fixture
def images(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "images")


async def attempt(policy, images: ImageStore, *, sampling: Sampling, number: int = 0) -> Trajectory:
    found = [(ImageHit(title=f"Flag {n}", image_url=f"https://e.example/{n}.png"), noise_png(n)) for n in range(2)]
    toolbox = Toolbox(provider=ShelfProvider(pictures={"flag": found}), skills=load_skills())
    return await rollout(
        REQUEST, policy=policy, toolbox=toolbox, images=images, prompt=SHORT_PROMPT, sampling=sampling, attempt=number
    )


def seeded(seed: int, *, temperature: float = 1.0, limits: Limits = BRIEF) -> Sampling:
    return Sampling(temperature=temperature, top_p=1.0, seed=seed, limits=limits)


def exact(model: LoadedModel, chat: ChatEncoder, trajectory: Trajectory, temperature: float) -> list[float]:
    """The log-probabilities of all replies, in one pass over the whole conversation."""
    (sequence,) = TrajectoryEncoder(chat, window=windowed, max_tokens=9999).sampled(trajectory).sequences
    ids = sequence.ids_T.tolist()
    logp = full_logp(model, Prompt(ids=tuple(ids), images=sequence.images), temperature=temperature)
    return [float(logp[place - 1, ids[place]]) for place in sequence.mask_T.nonzero()[:, 0].tolist()]


async def test_a_model_that_knows_nothing_fails_by_its_own_fault_and_is_one_exact_sequence(images):
    model = tiny()
    policy = LocalPolicy(model, images=images, weights="w0")

    trajectory = await attempt(policy, images, sampling=seeded(1))
    await policy.close()

    assert (trajectory.stop, trajectory.failure.whose) == (StopReason.OUT_OF_TURNS, "policy")
    assert all(isinstance(turn.action, Malformed) for turn in trajectory.turns)
    assert len(trajectory.turns) == 3
    # Nonsense rarely encodes to the ids that spelled it, and the conversation is one sequence all the same.
    assert not any(turn.tokens.restarts for turn in trajectory.turns)
    reported = [one for turn in trajectory.turns for one in turn.tokens.logprobs]
    assert reported == pytest.approx(exact(model, ChatEncoder(model.processor, images.read), trajectory, 1.0), abs=1e-4)
    for turn in trajectory.turns:
        assert turn.usage.completion_tokens == len(turn.tokens.reply) <= 40
        assert turn.cut_off == (turn.tokens.reply[-1] not in model.processor.end_ids)


async def test_attempts_side_by_side_say_what_each_says_alone(images):
    model = tiny()
    policy = LocalPolicy(model, images=images)

    together = await asyncio.gather(*[attempt(policy, images, sampling=seeded(seed)) for seed in range(4)])

    for seed, trajectory in enumerate(together):
        by_itself = await attempt(LocalPolicy(tiny(), images=images), images, sampling=seeded(seed))
        assert [turn.tokens.reply for turn in trajectory.turns] == [turn.tokens.reply for turn in by_itself.turns]
    assert len({trajectory.turns[0].tokens.reply for trajectory in together}) == 4
    await policy.close()


def taught_to_say(images: ImageStore, demonstration: Trajectory) -> LoadedModel:
    """The tiny model, tuned until it says what was demonstrated."""
    model = tiny()
    encoder = TrajectoryEncoder(ChatEncoder(model.processor, images.read), window=windowed, max_tokens=4096)
    batch = collate([Example(sequence=one) for one in encoder.demonstrated(demonstration).sequences])
    optimizer = torch.optim.AdamW(model.module.parameters(), lr=5e-3, weight_decay=0.0)
    model.module.train()
    for _ in range(200):
        logits_BTV = model.module(**batch.inputs()).logits[:, :-1]
        nll_BT = -torch.log_softmax(logits_BTV, dim=-1).gather(-1, batch.ids_BT[:, 1:, None])[..., 0]
        loss = nll_BT[batch.mask_BT[:, 1:]].mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if loss < 0.01:
            break
    return model


async def test_a_model_that_was_tuned_on_an_attempt_repeats_it_with_the_pictures_it_finds(images):
    demonstration = await attempt(ScriptedPolicy(FLAG, ANSWER), images, sampling=Sampling())
    model = taught_to_say(images, demonstration)
    policy = LocalPolicy(model, images=images, weights="tuned")

    trajectory = await attempt(policy, images, sampling=seeded(0, temperature=0.0, limits=Limits(max_calls=3)))

    assert [turn.reply for turn in trajectory.turns] == [FLAG, ANSWER]
    assert trajectory.stop is StopReason.ANSWERED
    assert [reference.ref for reference in trajectory.program.references] == ["IMG_002"]
    assert trajectory.policy.weights == "tuned"
    chat = ChatEncoder(model.processor, images.read)
    reported = [one for turn in trajectory.turns for one in turn.tokens.logprobs]
    # Greedy speech reports log-probabilities at temperature 1.
    assert reported == pytest.approx(exact(model, chat, trajectory, 1.0), abs=1e-4)
    await policy.close()


async def test_new_weights_speak_under_their_version(images):
    policy = LocalPolicy(tiny(), images=images, weights="w0")
    before = await attempt(policy, images, sampling=seeded(1))
    changed = tiny().module
    with torch.no_grad():
        changed.model.language_model.layers[0].mlp.up_proj.weight.mul_(2)

    policy.load_weights(changed, "w1")
    after = await attempt(policy, images, sampling=seeded(1))
    await policy.close()
    once_more = await attempt(policy, images, sampling=seeded(1))  # closing frees what is kept, and forgets no weights
    await policy.close()

    assert once_more.turns[0].tokens.reply == after.turns[0].tokens.reply
    assert (before.policy.weights, after.policy.weights) == ("w0", "w1")
    assert before.turns[0].tokens.reply != after.turns[0].tokens.reply
    assert before.id != after.id


async def test_weights_come_after_the_model(images):
    with pytest.raises(UsageError, match="has no model yet"):
        LocalPolicy(tiny(), images=images).load_weights(tiny().module, "w1")


async def test_a_policy_is_opened_by_the_folder_of_its_model(images):
    policy = open_policy(
        f"local:{tiny_folder()}", images=images, local=LocalSettings(engine=EngineSettings(max_together=2))
    )
    await policy.prepare()

    assert (policy.info.name, policy.info.dialect, policy.info.model) == ("local", "tagged", str(tiny_folder()))
    assert len(policy.info.weights) == 32
    trajectory = await attempt(policy, images, sampling=seeded(1))
    assert trajectory.turns[0].tokens is not None
    await policy.close()
    again = await attempt(policy, images, sampling=seeded(1))  # a closed policy loads its model again
    assert again.turns[0].tokens.reply == trajectory.turns[0].tokens.reply
    await policy.close()


def test_a_local_policy_wants_an_image_store_and_a_model(images, tmp_path):
    with pytest.raises(UsageError, match="image store"):
        open_policy("local:x")
    with pytest.raises(UsageError, match="there is no model in"):
        _ = open_policy(f"local:{tmp_path}", images=images).info


async def test_a_request_that_spells_an_image_token_ends_its_attempt_and_no_other(images):
    policy = LocalPolicy(tiny(), images=images)
    conversation = Conversation(messages=(Message.of("user", "draw <|image_pad|>"),), sampling=seeded(0))

    with pytest.raises(PolicyError, match="1 image tokens and come with 0 pictures"):
        await policy.reply(conversation)
    await policy.close()


async def test_the_native_dialect_is_refused_in_words(images):
    conversation = Conversation(messages=(Message.of("user", "x"),), sampling=seeded(0), tools=("{}",))

    with pytest.raises(UsageError, match="speaks the tagged dialect"):
        await LocalPolicy(tiny(), images=images).reply(conversation)
