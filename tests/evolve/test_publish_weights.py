"""Whole weights published to a server that loads them from a folder while it runs, and every way it may not."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("peft", reason='pip install "genevolve[train]" runs it')

from genevolve.errors import PublishError, UsageError  # noqa: E402
from genevolve.evolve.publish import UNPUBLISHED, PublishSettings  # noqa: E402
from genevolve.evolve.publish_weights import WeightsPublisher  # noqa: E402
from genevolve.model.load import load_model  # noqa: E402
from genevolve.policy import Conversation  # noqa: E402
from genevolve.records import Limits, Message  # noqa: E402
from genevolve.testing.engine_server import EngineServer  # noqa: E402
from support.published import SAMPLING, asking, gap_of, train, with_lora  # noqa: E402
from support.tiny_models import tiny, tiny_folder  # noqa: E402

EXACT = PublishSettings(tolerance=1e-4)
LONG = Conversation(
    messages=(Message.of("user", "Go on."),), sampling=SAMPLING.but(seed=1, limits=Limits(max_reply_tokens=200))
)


async def test_what_the_server_says_afterwards_is_of_the_published_weights(tmp_path: Path):
    model = tiny()
    async with EngineServer(tiny_folder()) as server, asking(server.url, tmp_path) as policy:
        publisher = WeightsPublisher(policy, tmp_path / "published", model.processor, EXACT)
        await publisher.prepare()
        assert await publisher.serving() == UNPUBLISHED
        for step in (1, 2):
            train(model.module, seed=step)
            assert await gap_of(policy, model, tmp_path) > 0.1

            await publisher.publish(model.module, version=f"step-{step:06d}")

            assert await gap_of(policy, model, tmp_path) < 1e-4
            assert await publisher.serving() == policy.info.weights == f"step-{step:06d}"
        assert server.orders[: len(server.orders) // 2] == [
            *("pause", "update_weight_version", "collective_rpc"),
            *("reset_prefix_cache", "reset_encoder_cache", "update_weight_version", "resume"),
        ]


async def test_low_rank_updates_are_merged_and_the_trainer_keeps_them(tmp_path: Path):
    model = with_lora()
    train(model.module, seed=1)
    async with EngineServer(tiny_folder()) as server, asking(server.url, tmp_path) as policy:
        publisher = WeightsPublisher(policy, tmp_path / "published", model.processor, EXACT)

        await publisher.publish(model.module, version="step-000001")

        assert await gap_of(policy, model, tmp_path) < 1e-4
        (published,) = (tmp_path / "published").iterdir()
        assert await gap_of(policy, load_model(published), tmp_path) < 1e-4  # any engine reads it
        assert any("lora_" in name for name, _ in model.module.named_parameters())


async def test_the_newest_two_checkpoints_stay(tmp_path: Path):
    model = tiny()
    async with EngineServer(tiny_folder()) as server, asking(server.url, tmp_path) as policy:
        publisher = WeightsPublisher(policy, tmp_path / "published", model.processor)
        for step in range(3):
            await publisher.publish(model.module, version=f"step-{step:06d}")
            train(model.module, seed=step)

        names = sorted(path.name.rpartition("-")[0] for path in (tmp_path / "published").iterdir())
        assert names == ["step-000001", "step-000002"]


async def test_what_others_are_being_told_is_finished_with_the_older_weights(tmp_path: Path):
    model = tiny()
    train(model.module, seed=1)
    async with (
        EngineServer(tiny_folder()) as server,
        asking(server.url, tmp_path) as policy,
        asking(server.url, tmp_path) as other,
    ):
        alone = await other.reply(LONG)
        reply = asyncio.create_task(other.reply(LONG))
        while not server.replies:
            await asyncio.sleep(0.01)

        await WeightsPublisher(policy, tmp_path / "published", model.processor, EXACT).publish(
            model.module, version="step-000001"
        )

        assert (await reply).tokens.reply == alone.tokens.reply
        assert (await other.reply(LONG)).tokens.reply != alone.tokens.reply


async def test_nothing_is_published_while_the_policy_speaks(tmp_path: Path):
    model = tiny()
    async with EngineServer(tiny_folder()) as server, asking(server.url, tmp_path) as policy:
        publisher = WeightsPublisher(policy, tmp_path / "published", model.processor)
        reply = asyncio.create_task(policy.reply(LONG))
        while not policy.is_speaking:
            await asyncio.sleep(0)

        with pytest.raises(UsageError, match="between rounds"):
            await publisher.publish(model.module, version="step-000001")
        with pytest.raises(UsageError, match="wait for its replies"):
            policy.speak_with(weights="step-000001")

        await reply
        assert server.orders == []


async def test_who_was_killed_while_writing_or_before_loading_publishes_again(tmp_path: Path):
    model, published = tiny(), tmp_path / "published"
    train(model.module, seed=1)
    (published / ".partial").mkdir(parents=True)
    (published / ".partial" / "model.safetensors").write_bytes(b"half")
    async with EngineServer(tiny_folder()) as server, asking(server.url, tmp_path) as policy:
        publisher = WeightsPublisher(policy, published, model.processor, EXACT)
        server.misbehaviour = "fail_to_load"
        with pytest.raises(PublishError, match="did not load"):
            await publisher.publish(model.module, version="step-000001")
        assert (await publisher.serving(), policy.info.weights) == (UNPUBLISHED, None)
        assert await gap_of(policy, tiny(), tmp_path) < 1e-4  # nobody is left waiting

        server.misbehaviour = None
        await publisher.publish(model.module, version="step-000001")

        assert len(list(published.iterdir())) == 1
        assert await gap_of(policy, model, tmp_path) < 1e-4


async def test_a_server_that_keeps_the_older_weights_is_noticed(tmp_path: Path):
    model = tiny()
    async with EngineServer(tiny_folder()) as server, asking(server.url, tmp_path) as policy:
        publisher = WeightsPublisher(policy, tmp_path / "published", model.processor)
        await publisher.publish(model.module, version="step-000000")
        server.misbehaviour = "keep_old_weights"

        train(model.module, seed=1, far=1e-5)  # too little for any tolerance that an engine in bfloat16 needs
        with pytest.raises(PublishError, match=r"'step-000000-.*kept the older weights"):
            await publisher.publish(model.module, version="step-000001")
        train(model.module, seed=2)
        with pytest.raises(PublishError, match="nats off"):
            await publisher.publish(model.module, version="step-000002")
        assert policy.info.weights == "step-000000"


async def test_a_small_step_that_the_server_takes_is_not_mistaken(tmp_path: Path):
    model = tiny()
    async with EngineServer(tiny_folder()) as server, asking(server.url, tmp_path) as policy:
        publisher = WeightsPublisher(policy, tmp_path / "published", model.processor)
        for step, far in enumerate((0.0, 1e-5, 1e-7, 0.0, 1e-9)):
            train(model.module, seed=step, far=far)
            await publisher.publish(model.module, version=f"step-{step:06d}")
        assert await publisher.serving() == "step-000004"


@pytest.mark.parametrize("tells_versions", [True, False])
async def test_a_server_that_was_started_anew_is_noticed(tmp_path: Path, tells_versions: bool):
    model = tiny()
    train(model.module, seed=1)
    async with (
        EngineServer(tiny_folder(), tells_versions=tells_versions) as server,
        asking(server.url, tmp_path) as policy,
    ):
        publisher = WeightsPublisher(policy, tmp_path / "published", model.processor)
        assert await publisher.serving() == (UNPUBLISHED if tells_versions else None)
        await publisher.publish(model.module, version="step-000001")
        assert await publisher.serving() == "step-000001"

        await server.restart()

        assert await publisher.serving() == UNPUBLISHED
        await publisher.publish(model.module, version="step-000001")
        assert await publisher.serving() == "step-000001"


async def test_another_process_knows_the_version_by_what_the_server_tells(tmp_path: Path):
    model = tiny()
    async with EngineServer(tiny_folder()) as server:
        async with asking(server.url, tmp_path) as policy:
            await WeightsPublisher(policy, tmp_path / "published", model.processor).publish(
                model.module, version="step-000001"
            )
        async with asking(server.url, tmp_path) as policy:
            assert await WeightsPublisher(policy, tmp_path / "published", model.processor).serving() == "step-000001"
            elsewhere = WeightsPublisher(policy, tmp_path / "elsewhere", model.processor)
            assert await elsewhere.serving() == UNPUBLISHED  # not by this run


async def test_answers_that_were_lost_are_no_reason_to_stop(tmp_path: Path):
    model = tiny()
    train(model.module, seed=1)
    async with EngineServer(tiny_folder()) as server, asking(server.url, tmp_path, tries=2) as policy:
        publisher = WeightsPublisher(policy, tmp_path / "published", model.processor, EXACT)
        server.misbehaviour = "lose_answers"

        await publisher.publish(model.module, version="step-000001")

        assert server.orders.count("collective_rpc") == 2
        assert await gap_of(policy, model, tmp_path) < 1e-4


async def test_a_server_that_paused_and_lost_its_answer_is_not_left_paused(tmp_path: Path):
    model = tiny()
    async with EngineServer(tiny_folder()) as server, asking(server.url, tmp_path, tries=1) as policy:
        publisher = WeightsPublisher(policy, tmp_path / "published", model.processor, EXACT)
        server.misbehaviour = "lose_pause"

        with pytest.raises(PublishError):
            await publisher.publish(model.module, version="step-000001")

        assert server.orders[-2:] == ["pause", "resume"]


async def test_what_cannot_be_published_to_says_so_before_any_work(tmp_path: Path):
    model = tiny()
    async with (
        EngineServer(tiny_folder(), is_in_dev_mode=False) as server,
        asking(server.url, tmp_path) as policy,
    ):
        with pytest.raises(UsageError, match="VLLM_SERVER_DEV_MODE=1"):
            await WeightsPublisher(policy, tmp_path / "published", model.processor).prepare()


async def test_a_server_of_another_model_is_noticed(tmp_path: Path):
    model = tiny()
    other = replace(model, module=type(model.module)(model.module.config))
    async with EngineServer(tiny_folder()) as server, asking(server.url, tmp_path) as policy:
        server.misbehaviour = "load_nothing"
        publisher = WeightsPublisher(policy, tmp_path / "published", model.processor)
        with pytest.raises(PublishError, match="Does it serve the model that is trained"):
            await publisher.publish(other.module, version="step-000000")
