"""Adapters published to a server that loads them while it runs, and every way in which it may not."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("peft", reason='pip install "genevolve[train]" runs it')

from genevolve.errors import PublishError, StoreError, UsageError  # noqa: E402
from genevolve.evolve.publish import UNPUBLISHED, PublishSettings  # noqa: E402
from genevolve.evolve.publish_lora import LoraPublisher  # noqa: E402
from genevolve.testing.engine_server import EngineServer  # noqa: E402
from support.published import asking, gap_of, train, with_lora  # noqa: E402
from support.tiny_models import tiny, tiny_folder  # noqa: E402

EXACT = PublishSettings(tolerance=1e-4)


async def test_what_the_server_says_afterwards_is_of_the_published_weights(tmp_path: Path):
    model = with_lora()
    train(model.module, seed=1)
    async with EngineServer(tiny_folder()) as server, asking(server.url, tmp_path) as policy:
        publisher = LoraPublisher(policy, tmp_path / "published", EXACT)
        await publisher.prepare()
        assert await publisher.serving() == UNPUBLISHED
        assert await gap_of(policy, tiny(), tmp_path) < 1e-4  # the model itself answers as long as nothing is published
        assert await gap_of(policy, model, tmp_path) > 0.1

        await publisher.publish(model.module, version="step-000001")

        assert await publisher.serving() == "step-000001"
        assert (policy.info.model, policy.info.weights) == ("GenEvolve", "step-000001")
        assert await gap_of(policy, model, tmp_path) < 1e-4
        train(model.module, seed=2)
        assert await gap_of(policy, model, tmp_path) > 0.1
        await publisher.publish(model.module, version="step-000002")
        assert await gap_of(policy, model, tmp_path) < 1e-4


async def test_the_newest_two_adapters_stay_on_disk_and_loaded(tmp_path: Path):
    model = with_lora()
    async with EngineServer(tiny_folder()) as server, asking(server.url, tmp_path) as policy:
        publisher = LoraPublisher(policy, tmp_path / "published")
        for step in range(4):
            await publisher.publish(model.module, version=f"step-{step:06d}")
            train(model.module, seed=step)

        folders = sorted(path.name for path in (tmp_path / "published").iterdir())
        assert [name.rpartition("-")[0] for name in folders] == ["step-000002", "step-000003"]
        assert sorted(server.models) == ["GenEvolve", *folders]


async def test_publishing_again_loads_nothing_again(tmp_path: Path):
    model = with_lora()
    async with EngineServer(tiny_folder()) as server:
        for _ in range(2):  # the second time as a process that was killed after the first would
            async with asking(server.url, tmp_path) as policy:
                await LoraPublisher(policy, tmp_path / "published").publish(model.module, version="step-000000")
                assert policy.info.weights == "step-000000"

        assert server.orders == ["load_lora_adapter"]
        assert len(list((tmp_path / "published").iterdir())) == 1


async def test_who_was_killed_while_writing_or_before_loading_publishes_again(tmp_path: Path):
    model, published = with_lora(), tmp_path / "published"
    train(model.module, seed=1)
    (published / ".partial").mkdir(parents=True)
    (published / ".partial" / "adapter_model.safetensors").write_bytes(b"half")
    async with EngineServer(tiny_folder()) as server, asking(server.url, tmp_path) as policy:
        publisher = LoraPublisher(policy, published, EXACT)
        server.misbehaviour = "fail_to_load"
        with pytest.raises(PublishError, match="did not load"):
            await publisher.publish(model.module, version="step-000001")
        (written,) = published.iterdir()  # it lies ready, and nobody has it
        assert (await publisher.serving(), policy.info.weights) == (UNPUBLISHED, None)
        assert await gap_of(policy, tiny(), tmp_path) < 1e-4

        server.misbehaviour = None
        await publisher.publish(model.module, version="step-000001")

        assert [path.name for path in published.iterdir()] == [written.name]
        assert await gap_of(policy, model, tmp_path) < 1e-4


async def test_a_server_that_keeps_the_older_weights_under_the_new_name_is_noticed(tmp_path: Path):
    model = with_lora()
    async with EngineServer(tiny_folder()) as server, asking(server.url, tmp_path) as policy:
        publisher = LoraPublisher(policy, tmp_path / "published")
        await publisher.publish(model.module, version="step-000000")
        server.misbehaviour = "keep_old_weights"

        train(model.module, seed=1, far=1e-4)  # too little for any tolerance that an engine in bfloat16 needs
        with pytest.raises(PublishError, match="kept the older weights"):
            await publisher.publish(model.module, version="step-000001")
        train(model.module, seed=2)
        with pytest.raises(PublishError, match="nats off"):
            await publisher.publish(model.module, version="step-000002")

        assert (await publisher.serving(), policy.info.weights) == ("step-000000", "step-000000")


async def test_the_same_weights_under_a_new_version_may_answer_alike(tmp_path: Path):
    model = with_lora()
    async with EngineServer(tiny_folder()) as server, asking(server.url, tmp_path) as policy:
        publisher = LoraPublisher(policy, tmp_path / "published", EXACT)

        await publisher.publish(model.module, version="step-000000")
        await publisher.publish(model.module, version="step-000001")  # a step on groups that taught nothing

        assert await publisher.serving() == "step-000001"


async def test_a_server_that_says_it_loaded_and_has_nothing_is_noticed(tmp_path: Path):
    async with EngineServer(tiny_folder()) as server, asking(server.url, tmp_path) as policy:
        server.misbehaviour = "load_nothing"

        with pytest.raises(PublishError, match=r"says that it loaded 'step-000000-\w+', and has only: GenEvolve"):
            await LoraPublisher(policy, tmp_path / "published").publish(with_lora().module, version="step-000000")


async def test_a_server_that_was_started_anew_is_noticed_and_published_to(tmp_path: Path):
    model = with_lora()
    train(model.module, seed=1)
    async with EngineServer(tiny_folder()) as server, asking(server.url, tmp_path) as policy:
        publisher = LoraPublisher(policy, tmp_path / "published", EXACT)
        await publisher.publish(model.module, version="step-000001")

        await server.restart()

        assert await publisher.serving() == UNPUBLISHED
        await publisher.publish(model.module, version="step-000001")
        assert await publisher.serving() == "step-000001"
        assert await gap_of(policy, model, tmp_path) < 1e-4


async def test_an_answer_that_was_lost_is_no_reason_to_stop(tmp_path: Path):
    async with EngineServer(tiny_folder()) as server, asking(server.url, tmp_path, tries=2) as policy:
        publisher = LoraPublisher(policy, tmp_path / "published")
        server.misbehaviour = "lose_answers"

        await publisher.publish(with_lora().module, version="step-000000")

        assert server.orders == ["load_lora_adapter"] * 2  # the second is told that it is loaded
        assert await publisher.serving() == "step-000000"


@pytest.mark.slow
async def test_a_server_slower_than_the_patience_with_it_is_asked_again(tmp_path: Path):
    async with (
        EngineServer(tiny_folder(), seconds_to_load=2.0) as server,
        asking(server.url, tmp_path, tries=4, seconds=1.5) as policy,
    ):
        await LoraPublisher(policy, tmp_path / "published").publish(with_lora().module, version="step-000000")

        assert len(server.orders) > 1
        assert policy.info.weights == "step-000000"


async def test_what_cannot_be_published_to_says_so_before_any_work(tmp_path: Path):
    async with EngineServer(tiny_folder(), takes_adapters=False) as server, asking(server.url, tmp_path) as policy:
        with pytest.raises(UsageError, match="VLLM_ALLOW_RUNTIME_LORA_UPDATING=True"):
            await LoraPublisher(policy, tmp_path / "published").prepare()


async def test_a_model_that_trains_more_than_its_low_rank_updates_is_refused(tmp_path: Path):
    model = with_lora()
    next(weight for name, weight in model.module.named_parameters() if "norm" in name).requires_grad_(True)
    async with EngineServer(tiny_folder()) as server, asking(server.url, tmp_path) as policy:
        publisher = LoraPublisher(policy, tmp_path / "published")

        with pytest.raises(UsageError, match="1 weights train that are no low-rank updates"):
            await publisher.publish(model.module, version="step-000000")
        with pytest.raises(UsageError, match="no low-rank updates to write"):
            await publisher.publish(tiny().module, version="step-000000")
        assert server.orders == []


async def test_a_folder_that_cannot_be_written_or_named_says_so(tmp_path: Path):
    (tmp_path / "published").write_text("a file")
    async with asking("http://127.0.0.1:1/v1", tmp_path) as policy:
        publisher = LoraPublisher(policy, tmp_path / "published")
        with pytest.raises(StoreError, match="cannot be written"):
            await publisher.publish(with_lora().module, version="step-000000")
        with pytest.raises(UsageError, match="cannot name a folder"):
            await publisher.publish(with_lora().module, version="a/b")


async def test_a_server_in_a_container_is_given_its_own_name_of_the_folder(tmp_path: Path):
    (tmp_path / "mounted").symlink_to(tmp_path / "published")
    settings = PublishSettings(server_folder=str(tmp_path / "mounted"))
    async with EngineServer(tiny_folder()) as server, asking(server.url, tmp_path) as policy:
        publisher = LoraPublisher(policy, tmp_path / "published", settings)
        await publisher.publish(with_lora().module, version="step-000000")
        (root,) = set(server.models.values()) - {str(tiny_folder())}
        assert root.startswith(f"{tmp_path}/mounted/step-000000-")
        assert await publisher.serving() == "step-000000"
