"""Weights handed to a policy in this process."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("trl", reason='pip install "genevolve[train]" runs it')

from genevolve.errors import UsageError  # noqa: E402
from genevolve.evolve.publish import LocalPublisher, lora_options  # noqa: E402
from genevolve.policy import Conversation  # noqa: E402
from genevolve.policy.local import LocalPolicy  # noqa: E402
from genevolve.records import Limits, Message  # noqa: E402
from genevolve.store.images import ImageStore  # noqa: E402
from support.published import SAMPLING, gap_of, train, with_lora  # noqa: E402
from support.tiny_models import tiny_folder  # noqa: E402


async def test_a_policy_in_this_process_speaks_with_the_very_module(tmp_path: Path):
    model = with_lora()
    policy = LocalPolicy(tiny_folder(), images=ImageStore(tmp_path / "images"), weights="start")
    publisher = LocalPublisher(policy)
    await publisher.prepare()
    assert await publisher.serving() == "start"
    train(model.module, seed=1)
    assert await gap_of(policy, model, tmp_path) > 0.1

    await publisher.publish(model.module, version="step-000001")
    await publisher.publish(model.module, version="step-000001")

    assert await publisher.serving() == policy.info.weights == "step-000001"
    assert await gap_of(policy, model, tmp_path) < 1e-4
    await publisher.close()
    await policy.close()


async def test_a_policy_in_this_process_is_not_published_to_while_it_speaks(tmp_path: Path):
    policy = LocalPolicy(tiny_folder(), images=ImageStore(tmp_path / "images"), weights="start")
    publisher = LocalPublisher(policy)
    await publisher.prepare()
    module = with_lora().module
    sampling = SAMPLING.but(limits=Limits(max_reply_tokens=200))
    conversation = Conversation(messages=(Message.of("user", "Go on."),), sampling=sampling)
    reply = asyncio.create_task(policy.reply(conversation))

    async def publish_until(is_over: Callable[[], bool]) -> None:
        while not is_over():  # until the first word is asked for, it may be
            await publisher.publish(module, version="step-000001")
            await asyncio.sleep(0.005)

    with pytest.raises(UsageError, match="while it speaks"):
        await publish_until(reply.done)

    assert len((await reply).tokens.reply) > 0
    await policy.close()


def test_the_options_of_the_server_leave_room_for_the_rank():
    assert lora_options(32)[:3] == ["--enable-lora", "--max-lora-rank", "32"]
    assert lora_options(33)[2] == "64"
    with pytest.raises(UsageError, match="up to rank 512"):
        lora_options(513)
