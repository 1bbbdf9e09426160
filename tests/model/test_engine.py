"""Many conversations that speak at once with one model in this process."""

import asyncio

import pytest

torch = pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("trl", reason='pip install "genevolve[train]" runs it')

from genevolve.errors import UsageError  # noqa: E402
from genevolve.model.decode import Manner  # noqa: E402
from genevolve.model.encode import ChatEncoder, Prompt  # noqa: E402
from genevolve.model.engine import Engine, Spoken  # noqa: E402
from genevolve.model.load import LoadedModel  # noqa: E402
from genevolve.model.settings import EngineSettings  # noqa: E402
from genevolve.records import Message  # noqa: E402
from support.tiny_models import full_logp, noise_png, shown, tiny  # noqa: E402


@pytest.fixture
def model() -> LoadedModel:
    return tiny()


def chat_of(model: LoadedModel) -> ChatEncoder:
    return ChatEncoder(model.processor, lambda digest: noise_png(int(digest)))


def prompts(model: LoadedModel) -> list[Prompt]:
    """Of many lengths, with no picture, one, two or three."""
    pictures = ["1", "2", "3"]
    return [
        chat_of(model).encode([Message.of("system", "Look. " * number * 7), shown("go", *pictures[: number % 4])])
        for number in range(6)
    ]


def manner(number: int, *, temperature: float = 0.7, max_tokens: int = 24) -> Manner:
    return Manner(temperature=temperature, top_p=0.95, seed=bytes([number]), max_tokens=max_tokens)


async def alone(model: LoadedModel, prompt: Prompt, how: Manner) -> Spoken:
    engine = Engine(model.module, model.processor)
    try:
        return await engine.speak(prompt, how)
    finally:
        engine.close()


def exact(model: LoadedModel, prompt: Prompt, spoken: Spoken, temperature: float) -> list[float]:
    """The log-probabilities of a reply in one pass over all of it."""
    whole = Prompt(ids=prompt.ids + spoken.ids, images=prompt.images)
    logp = full_logp(model, whole, temperature=temperature)
    return [float(logp[len(prompt.ids) - 1 + place, one]) for place, one in enumerate(spoken.ids)]


async def test_log_probabilities_are_those_of_one_pass_over_the_whole_conversation(model):
    engine = Engine(model.module, model.processor)
    given = prompts(model)

    spoken = await asyncio.gather(*[engine.speak(prompt, manner(number)) for number, prompt in enumerate(given)])

    for prompt, reply in zip(given, spoken, strict=True):
        assert reply.logprobs == pytest.approx(exact(model, prompt, reply, 0.7), abs=1e-4)
    engine.close()


@pytest.mark.parametrize("temperature", [0.0, 1.0])
async def test_who_else_speaks_changes_no_reply(model, temperature):
    engine = Engine(model.module, model.processor, EngineSettings(max_together=4))
    given = prompts(model)
    hows = [manner(number, temperature=temperature, max_tokens=8 + 5 * number) for number in range(len(given))]

    together = await asyncio.gather(*[engine.speak(prompt, how) for prompt, how in zip(given, hows, strict=True)])
    engine.close()

    for prompt, how, reply in zip(given, hows, together, strict=True):
        by_itself = await alone(model, prompt, how)
        assert reply.ids == by_itself.ids
        assert reply.logprobs == pytest.approx(by_itself.logprobs, abs=1e-4)
    assert len({reply.ids[:5] for reply in together}) > 1


async def test_equal_seeds_give_equal_replies_and_others_others(model):
    prompt = prompts(model)[1]

    first, again, other = [await alone(model, prompt, manner(seed)) for seed in (1, 1, 2)]

    assert first == again
    assert first.ids != other.ids


async def test_a_reply_ends_at_its_end_token_or_is_cut_off(model):
    prompt = prompts(model)[0]
    (end,) = model.processor.end_ids
    cut = await alone(model, prompt, manner(1, max_tokens=5))
    assert (len(cut.ids), cut.cut_off) == (5, True)

    def favour_the_end(_module, _inputs, logits):
        logits[..., end] += 1000 * (logits.shape[0] > 0)
        return logits

    model.module.lm_head.register_forward_hook(favour_the_end)
    ended = await alone(model, prompt, manner(1, max_tokens=5))
    assert ended.ids == (end,)
    assert not ended.cut_off


async def test_tokens_of_pictures_are_never_said_however_likely(model):
    image, video = model.processor.image_id, model.processor.video_id

    def favour_pictures(_module, _inputs, logits):
        logits[..., [image, video]] += 30
        return logits

    model.module.lm_head.register_forward_hook(favour_pictures)
    spoken = await alone(model, prompts(model)[2], manner(3))

    assert not {image, video} & set(spoken.ids)
    # What is reported is the whole distribution's, in which other tokens are unlikely.
    assert max(spoken.logprobs) < -5


async def test_a_turn_goes_on_from_what_was_read_before(model):
    read: list[int] = []
    model.module.register_forward_pre_hook(
        lambda _module, _inputs, fields: read.append(fields["input_ids"].numel()), with_kwargs=True
    )
    engine = Engine(model.module, model.processor)
    chat = chat_of(model)
    first = chat.encode([shown("go", "1", "2")])
    spoken = await engine.speak(first, manner(1))
    news = [shown("and this", "3")]
    added = chat.ids("<|im_end|>\n" + chat.written(news, asked=True), chat.features(news))
    second = Prompt(ids=first.ids + spoken.ids + added, images=first.images + chat.features(news))
    read.clear()

    resumed = await engine.speak(second, manner(2, max_tokens=6))

    # The last token said was not read yet; then what was added; then a token each for all but the last reply token.
    assert read == [1 + len(added), *[1] * 5]
    assert resumed.logprobs == pytest.approx(exact(model, second, resumed, 0.7), abs=1e-4)
    assert resumed.ids == (await alone(model, second, manner(2, max_tokens=6))).ids
    engine.close()


async def test_attempts_at_one_request_read_it_once(model):
    read: list[int] = []
    model.module.register_forward_pre_hook(
        lambda _module, _inputs, fields: read.append(fields["input_ids"].shape[-1]), with_kwargs=True
    )
    engine = Engine(model.module, model.processor)
    prompt = prompts(model)[3]

    replies = await asyncio.gather(*[engine.speak(prompt, manner(seed, max_tokens=3)) for seed in range(4)])
    engine.close()

    assert sorted(length for length in read if length > 1) == [len(prompt.ids)]
    for seed, reply in enumerate(replies):
        assert reply.ids == (await alone(model, prompt, manner(seed, max_tokens=3))).ids


async def test_another_picture_in_the_same_words_is_looked_at(model):
    engine = Engine(model.module, model.processor)
    chat = chat_of(model)
    one, other = (chat.encode([shown("what is it?", digest)]) for digest in "12")
    assert one.ids == other.ids

    first, second = [await engine.speak(prompt, manner(1)) for prompt in (one, other)]
    engine.close()

    assert second.logprobs == pytest.approx(exact(model, other, second, 0.7), abs=1e-4)
    assert abs(first.logprobs[0] - exact(model, other, first, 0.7)[0]) > 1e-3


async def test_little_memory_changes_no_reply(model):
    given = prompts(model)
    roomy, tight = (
        Engine(model.module, model.processor),
        Engine(model.module, model.processor, EngineSettings(max_together=2, max_tokens=1, kept_tokens=0)),
    )

    replies = [
        await asyncio.gather(*[engine.speak(prompt, manner(number)) for number, prompt in enumerate(given)])
        for engine in (roomy, tight)
    ]

    assert [reply.ids for reply in replies[0]] == [reply.ids for reply in replies[1]]
    roomy.close()
    tight.close()


async def test_who_gives_up_waiting_stops_nobody_else(model):
    engine = Engine(model.module, model.processor)
    given = prompts(model)
    leaving = asyncio.create_task(engine.speak(given[0], manner(0, max_tokens=10_000)))
    staying = asyncio.create_task(engine.speak(given[1], manner(1, max_tokens=60)))
    await asyncio.sleep(0.05)

    leaving.cancel()
    async with asyncio.timeout(20):
        reply = await staying

    assert reply.ids == (await alone(model, given[1], manner(1, max_tokens=60))).ids
    engine.close()


async def test_what_breaks_is_told_to_all_who_wait_and_the_engine_speaks_again(model):
    engine = Engine(model.module, model.processor)
    given = prompts(model)

    def break_down(_module, _inputs):
        raise RuntimeError("the device was lost")

    breaking = model.module.model.language_model.register_forward_pre_hook(break_down)
    outcomes = await asyncio.gather(*[engine.speak(prompt, manner(1)) for prompt in given[:3]], return_exceptions=True)
    breaking.remove()

    assert [str(outcome) for outcome in outcomes] == ["the device was lost"] * 3
    assert (await engine.speak(given[0], manner(0))).ids == (await alone(model, given[0], manner(0))).ids
    engine.close()


async def test_new_weights_forget_what_was_read_with_the_old(model):
    engine = Engine(model.module, model.processor)
    prompt = prompts(model)[1]
    before = await engine.speak(prompt, manner(1))
    changed = tiny()
    with torch.no_grad():
        for parameter in changed.module.model.language_model.layers[0].parameters():
            parameter.mul_(1.3)

    engine.use(changed.module)
    after = await engine.speak(prompt, manner(1))

    assert after.logprobs == pytest.approx(exact(changed, prompt, after, 0.7), abs=1e-4)
    assert after.logprobs[0] != pytest.approx(before.logprobs[0], abs=1e-4)
    engine.close()


async def test_weights_are_not_changed_under_a_reply(model):
    engine = Engine(model.module, model.processor)
    speaking = asyncio.create_task(engine.speak(prompts(model)[0], manner(0)))
    await asyncio.sleep(0)

    with pytest.raises(UsageError, match="while it speaks"):
        engine.use(model.module)
    await speaking
    engine.close()
