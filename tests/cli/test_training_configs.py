"""The config files of training: each loads, says what it is meant to, and is reckoned with before anything starts."""

import json
import tomllib
from pathlib import Path

import pytest

from genevolve.cli.footprint import LOGIT_CHUNKS, copies_of, serving, training
from genevolve.cli.plan_training import plan_evolve, plan_sft
from genevolve.config import RunConfig, load_config
from genevolve.errors import UsageError
from genevolve.learn.config import AnchorSettings, DistilSettings, GrpoSettings, LearnSettings, SftSettings
from genevolve.model.settings import LoraSettings
from genevolve.model.shape import ModelShape
from genevolve.records import Limits

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.toml"))
QWEN = next(path for path in CONFIGS if path.name == "qwen3-vl-8b.toml")
PUBLISHED = {
    "text_config": {
        "num_hidden_layers": 36, "hidden_size": 4096, "intermediate_size": 12288, "num_attention_heads": 32,
        "num_key_value_heads": 8, "head_dim": 128, "vocab_size": 151936,
    },
    "vision_config": {
        "depth": 27, "hidden_size": 1152, "intermediate_size": 4304, "out_hidden_size": 4096, "patch_size": 16,
        "num_position_embeddings": 2304, "deepstack_visual_indexes": [8, 16, 24],
    },
}  # fmt: skip
"""Of the published config.json of Qwen3-VL-8B-Instruct, the numbers that say how large it is."""


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_every_config_of_the_repository_loads_and_can_be_planned(path):
    config = load_config(path)

    lines = plan_evolve(config) if config.evolve else plan_sft(config)

    assert lines[-1] == "nothing was started"
    assert lines[0].startswith(f"model      {config.model.start}")


def test_the_published_settings_are_the_published_ones():
    evolve, sft = load_config(QWEN).evolve, load_config(QWEN.with_stem("qwen3-vl-8b-sft")).sft

    assert evolve.learn == LearnSettings()
    assert load_config(QWEN).agent.sampling.limits == Limits()
    assert (evolve.min_gap, evolve.most_comparisons, evolve.memory.capacity, evolve.memory.threshold) == (
        0.20, 8, 500, 0.84,
    )  # fmt: skip
    assert sft.but(compute=SftSettings().compute) == SftSettings()


def test_every_setting_of_the_published_evolution_is_written_down_with_where_it_is_from():
    lines = QWEN.read_text(encoding="utf-8").splitlines()
    body = lines[next(at for at, line in enumerate(lines) if line.startswith("[evolve]")) :]
    told = [line for line in body if line and not line.startswith(("[", " ", "#"))]

    assert len(told) > 25
    assert [line for line in told if "# " not in line] == []


def test_the_stable_variant_is_one_line_away():
    text = QWEN.read_text(encoding="utf-8")
    annealed = tomllib.loads(text.replace('anneal = "constant"', 'anneal = "linear"'))
    anchored = tomllib.loads(text.replace("weight = 0.0              # not in the paper", "weight = 10.0  #"))

    assert RunConfig.model_validate(annealed).evolve.learn.distil.anneal == "linear"
    assert RunConfig.model_validate(anchored).evolve.learn.anchor.weight == 10.0


@pytest.mark.parametrize(
    ("written", "path", "meant"),
    [
        ("[evolve.learn.update]\nlearning_rte = 1e-6", "evolve.learn.update.learning_rte", "'learning_rate'"),
        ("[evovle]\nsteps = 3", "evovle", "'evolve'"),
        ('[[judges]]\njudge = "kscore"\nmodle = "x"', "judges.0.modle", "'model'"),
        ("[world]\nsede = 1", "world.sede", "'seed'"),
    ],
)
def test_a_setting_that_is_not_known_is_refused_with_file_key_and_what_was_meant(tmp_path, written, path, meant):
    file = tmp_path / "mine.toml"
    file.write_text(written, encoding="utf-8")

    with pytest.raises(UsageError) as refused:
        load_config(file)

    assert f"{str(file)!r}" in str(refused.value)
    assert f"{path}: there is no such setting; did you mean {meant}?" in str(refused.value)


def test_a_setting_like_no_other_is_refused_with_those_that_there_are(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text("[world]\nxyzzy = 1", encoding="utf-8")

    with pytest.raises(
        UsageError, match=r"world\.xyzzy: there is no such setting; there are seed, canvas_px, max_calls"
    ):
        load_config(file)


def test_the_shape_in_the_config_is_that_of_the_published_model():
    shape = load_config(QWEN).model.shape

    assert shape == ModelShape.of(PUBLISHED)
    # A layer: q and o 2 x 4096 x 4096, k and v 2 x 4096 x 1024, gated part 3 x 4096 x 12288, norms 2 x 4096 + 2 x 128.
    assert shape.layer_parameters == 33_554_432 + 8_388_608 + 150_994_944 + 8_448
    # 36 of them, embedding and head 2 x 151936 x 4096, the last norm 4096; the published total is 8.77 billion.
    assert shape.language_parameters == 36 * 192_946_432 + 1_244_659_712 + 4096
    assert shape.parameters == 8_190_735_360 + 576_388_336
    # A key and a value, in 36 layers, of 8 heads of 128.
    assert shape.kv_numbers == 73_728
    # q and o: rank x (4096 + 4096), k and v: rank x (4096 + 1024), the gated part: rank x 3 x (4096 + 12288).
    assert shape.lora_parameters(2, LoraSettings().layers) == 36 * 2 * (16_384 + 10_240 + 49_152)


def test_a_models_parameters_are_counted_as_torch_counts_them(tmp_path):
    pytest.importorskip("trl", reason='pip install "genevolve[train]" runs it')
    from genevolve.model.load import load_model
    from genevolve.model.tiny import make_tiny

    folder = make_tiny(tmp_path / "tiny")
    module = load_model(folder).module

    shape = ModelShape.of(json.loads((folder / "config.json").read_text()))
    seeing = sum(weight.numel() for name, weight in module.named_parameters() if "visual" in name)
    assert shape.parameters == sum(weight.numel() for weight in module.parameters())
    assert shape.vision_parameters == seeing


def test_the_memory_of_full_weights_and_of_low_rank_updates_adds_up():
    shape = ModelShape.of(PUBLISHED)
    full = training(shape, lora=None, freezes_vision=True, copies=["teacher"], tokens=1000)
    low = training(shape, lora=LoraSettings(rank=1), freezes_vision=True, copies=["teacher"], tokens=1000)

    # 8,190,735,360 that train: weight 4, gradient 4, moments 8, copy 4 and autocast's 2 bytes; vision at 2 bytes.
    # 36 layers x 1000 tokens x 4096 x 4 bytes; a layer: 2 x 1000 x (8 x 4096 + 4 x 1024 + 4 x 12288) x 2 bytes.
    activations = 589_824_000 + 344_064_000 + LOGIT_CHUNKS
    assert full.bytes_on(1) == 8_190_735_360 * 22 + 576_388_336 * 2 + activations
    # 36 x 75,776 numbers a rank at 20 bytes; all 8,767,123,696 frozen at 2; the stream between layers in bf16.
    assert low.bytes_on(1) == 36 * 75_776 * 20 + 8_767_123_696 * 2 + activations - 294_912_000
    assert full.gpus_for(80 * 10**9) == 4
    assert low.gpus_for(80 * 10**9) == 1


def test_the_cache_of_an_engine_is_what_its_weights_leave():
    weights, room = serving(ModelShape.of(PUBLISHED), tensor_parallel=2, gpu_bytes=80 * 10**9, context=65_536)

    assert weights.bytes == 8_767_123_696  # 2 bytes each, on two GPUs
    assert room.bytes == 72 * 10**9 - weights.bytes
    # 63,232,876,304 = 73,728 x 857,650 + 57,104.
    assert "857,650 tokens of 73,728 bytes, 13 conversations of 65,536" in room.how


@pytest.mark.parametrize(
    "settings",
    [
        LearnSettings(),
        LearnSettings(anchor=AnchorSettings(weight=10)),
        LearnSettings(anchor=AnchorSettings(watch=True), distil=DistilSettings(form="none")),
        LearnSettings(distil=DistilSettings(teacher="averaged"), grpo=GrpoSettings(kl_weight=1e-3)),
        LearnSettings(distil=DistilSettings(teacher="frozen")),
        LearnSettings(distil=DistilSettings(form="none", teacher="averaged")),
    ],
)
def test_as_many_copies_of_the_weights_are_reckoned_as_the_trainer_makes(settings):
    pytest.importorskip("transformers", reason='pip install "genevolve[train]" runs it')
    from genevolve.learn.before import shadow_names
    from genevolve.learn.logprob import CHUNK_BYTES

    assert len(copies_of(settings)) == len(shadow_names(settings))
    assert LOGIT_CHUNKS == 6 * CHUNK_BYTES


def test_a_plan_names_the_servers_the_calls_of_a_step_and_what_fits():
    told = "\n".join(plan_evolve(load_config(QWEN)))

    assert "VLLM_SERVER_DEV_MODE=1 vllm serve runs/qwen3-vl-8b-sft/policy --served-model-name GenEvolve" in told
    assert "305, each 8 requests x 6 = 48 attempts" in told
    # 48 attempts: 11 replies and 10 tool calls each, two judges, each asked again at most once.
    assert "528 replies of at most 4,096 tokens, 480 tool calls, 48 pictures" in told
    assert "96 judgements by a server, in at most 192 calls" in told
    assert "48 x (6,144 prompt + 30,000 response) = 1,734,912 tokens" in told
    assert "Adam's two moments, fp32                  65.53  8,190,735,360 x 8 bytes" in told
    assert "full weights      184.0 GB on one GPU: does not fit one of 80 GB; split over 8" in told
    assert "low-rank updates  " in told
    assert "fits one of 80 GB" in told


def test_a_plan_of_low_rank_updates_serves_adapters(tmp_path):
    text = QWEN.read_text(encoding="utf-8").replace("# lora = { rank = 32", "lora = { rank = 48")
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")

    told = "\n".join(plan_evolve(load_config(tmp_path / "mine.toml")))

    assert "VLLM_ALLOW_RUNTIME_LORA_UPDATING=True vllm serve" in told
    assert "--enable-lora --max-lora-rank 64" in told
    assert "published as a LoRA adapter" in told
