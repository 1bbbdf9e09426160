"""Checkpoints: made, loaded, saved, and what of them trains."""

import json
import shutil
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("trl", reason='pip install "genevolve[train]" runs it')

from genevolve.errors import StoreError, UsageError  # noqa: E402
from genevolve.model.adapter import adapter_digest, save_adapter  # noqa: E402
from genevolve.model.encode import ChatEncoder  # noqa: E402
from genevolve.model.load import (  # noqa: E402
    LoadedModel,
    add_lora,
    freeze_vision,
    load_model,
    save_model,
    weights_digest,
)
from genevolve.model.settings import LoadSettings, LoraSettings  # noqa: E402
from genevolve.model.tiny import make_tiny  # noqa: E402
from genevolve.records import Message  # noqa: E402
from support.tiny_models import full_logp, noise_png, shown, tiny, tiny_folder  # noqa: E402


def prompt_of(model: LoadedModel):
    chat = ChatEncoder(model.processor, lambda digest: noise_png(int(digest)))
    return chat.encode([Message.of("system", "You see."), shown("What is it?", "1")])


def logits_of(model: LoadedModel) -> torch.Tensor:
    return full_logp(model, prompt_of(model))


def test_a_tiny_model_is_small_and_its_seed_decides_its_weights(tmp_path):
    model = tiny()
    again, other = make_tiny(tmp_path / "again"), make_tiny(tmp_path / "other", seed=1)

    assert sum(parameter.numel() for parameter in model.module.parameters()) < 500_000
    assert sum(path.stat().st_size for path in tiny_folder().iterdir()) < 2_000_000
    assert weights_digest(again) == weights_digest(make_tiny(tmp_path / "third"))
    assert weights_digest(again) != weights_digest(other)


def test_a_model_says_the_same_after_it_was_saved_and_loaded(tmp_path):
    model = tiny()
    with torch.no_grad():
        model.module.lm_head.weight.mul_(1.5)

    loaded = load_model(save_model(model, tmp_path / "saved"), LoadSettings(device="cpu"))

    assert torch.equal(logits_of(loaded), logits_of(model))
    assert not torch.equal(logits_of(loaded), logits_of(tiny()))


@pytest.mark.parametrize("place", ["saved", "saved/model.safetensors/more"])
def test_what_keeps_a_model_from_being_written_is_said(tmp_path, place):
    blocked = tmp_path / place
    blocked.parent.mkdir(parents=True, exist_ok=True)
    if place == "saved":
        blocked.write_text("a file where a folder belongs")
    else:
        blocked.mkdir()  # a folder where the weights belong

    with pytest.raises(StoreError, match=r"the weights cannot be written into '.*saved'.*free some space"):
        save_model(tiny(), tmp_path / "saved")


def test_an_adapter_is_named_by_its_weights_and_by_how_they_are_scaled(tmp_path):
    torch.manual_seed(0)
    plain, again, scaled = (
        save_adapter(add_lora(tiny().module, LoraSettings(rank=4, alpha=alpha)), tmp_path / name)
        for name, alpha in (("plain", 8.0), ("again", 8.0), ("scaled", 16.0))
    )
    for folder in (again, scaled):
        shutil.copy(plain / "adapter_model.safetensors", folder)

    assert adapter_digest(plain) == adapter_digest(again) != adapter_digest(scaled)


def test_the_files_beside_the_weights_are_copied_unchanged(tmp_path):
    source = shutil.copytree(tiny_folder(), tmp_path / "source")
    (source / "video_preprocessor_config.json").write_text('{"fps": 2}')  # not read here, but by other engines

    saved = save_model(load_model(source, LoadSettings(device="cpu")), tmp_path / "saved")

    for name in ("tokenizer.json", "chat_template.jinja", "preprocessor_config.json", "video_preprocessor_config.json"):
        assert (saved / name).read_bytes() == (source / name).read_bytes()


def test_code_of_a_checkpoint_is_never_run(tmp_path):
    folder = shutil.copytree(tiny_folder(), tmp_path / "coded")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"auto_map": {"AutoModel": "evil.Model"}}))
    (folder / "evil.py").write_text("raise SystemExit('it was run')")

    with pytest.raises(UsageError, match="code of its own"):
        load_model(folder)


def test_a_folder_without_a_model_is_told(tmp_path):
    with pytest.raises(UsageError, match=r"there is no model in .* expected a folder with a config\.json"):
        load_model(tmp_path)


def test_damaged_weights_are_told(tmp_path):
    folder = shutil.copytree(tiny_folder(), tmp_path / "torn")
    (folder / "model.safetensors").unlink()

    with pytest.raises(UsageError, match="cannot be loaded"):
        load_model(folder)


@pytest.mark.parametrize("change", [{"image_processor_type": "CLIPImageProcessor"}])
def test_pictures_of_another_family_are_refused(tmp_path, change):
    folder = shutil.copytree(tiny_folder(), tmp_path / "other")
    path = folder / "preprocessor_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))

    with pytest.raises(UsageError, match="CLIPImageProcessor"):
        load_model(folder)


def test_a_model_without_a_chat_template_is_refused(tmp_path):
    folder = shutil.copytree(tiny_folder(), tmp_path / "mute")
    (folder / "chat_template.jinja").unlink()

    with pytest.raises(UsageError, match="no chat template"):
        load_model(folder)


def test_freezing_the_part_that_sees_freezes_all_of_it_and_nothing_else():
    module = tiny().module

    frozen = freeze_vision(module)

    assert frozen == sum(parameter.numel() for parameter in module.model.visual.parameters())
    assert {name.split(".")[1] for name, one in module.named_parameters() if not one.requires_grad} == {"visual"}


def test_low_rank_updates_train_alone_and_are_saved_into_the_weights(tmp_path):
    pytest.importorskip("peft", reason='pip install "genevolve[train]" runs it')
    model = tiny()
    plain = logits_of(model)
    adapted = LoadedModel(
        module=add_lora(model.module, LoraSettings(rank=4)), processor=model.processor, name=model.name
    )
    trained = {name for name, one in adapted.module.named_parameters() if one.requires_grad}
    assert trained
    assert all("lora_" in name and "language_model" in name for name in trained)
    with torch.no_grad():
        for name, one in adapted.module.named_parameters():
            if "lora_B" in name:
                one.fill_(0.05)
    changed = logits_of(adapted)
    assert (changed - plain).abs().max() > 0.01

    loaded = load_model(save_model(adapted, tmp_path / "saved"), LoadSettings(device="cpu"))

    assert torch.allclose(logits_of(loaded), changed, atol=1e-4)
    assert torch.equal(logits_of(adapted), changed)  # saving left the adapted model as it was


def test_a_digest_of_weights_changes_with_them(tmp_path: Path):
    model = tiny()
    before = weights_digest(save_model(model, tmp_path / "before"))
    with torch.no_grad():
        model.module.model.language_model.layers[1].mlp.up_proj.weight[3, 5] += 1

    assert weights_digest(save_model(model, tmp_path / "after")) != before
