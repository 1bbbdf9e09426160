"""A run that was stopped goes on as if it had not been."""

import json
import shutil
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("trl", reason='pip install "genevolve[train]" runs it')

from genevolve.errors import DivergedError, StoreError  # noqa: E402
from genevolve.learn.checkpoint import checkpoints  # noqa: E402
from genevolve.learn.config import ComputeSettings, SftSettings  # noqa: E402
from genevolve.learn.sft import Tuner  # noqa: E402
from genevolve.learn.trainer import Trainer  # noqa: E402
from genevolve.model.load import add_lora, load_model, save_model  # noqa: E402
from genevolve.model.settings import LoraSettings  # noqa: E402
from support.learning import furthest, group, learning, weights_of  # noqa: E402
from support.tiny_models import tiny  # noqa: E402

PARTS = {
    "distil": {"teacher": "averaged"},
    "grpo": {"kl_weight": 0.01},
    # AdamW as it is used, whose moments matter, and a learning rate that falls.
    "update": {"adam_eps": 1e-8, "schedule": "cosine", "steps": 6, "measure_every": 2},
}


@pytest.mark.parametrize("kind", ["full weights", "low-rank updates"])
def test_a_run_resumed_from_a_checkpoint_ends_in_the_very_weights_of_one_that_was_not_stopped(tmp_path, kind):
    def fresh():
        model = tiny()
        # Random dropout makes the random state matter.
        module = model.module if kind == "full weights" else add_lora(model.module, LoraSettings(rank=4, dropout=0.3))
        return model, Trainer(module, learning(**PARTS))

    torch.manual_seed(0)
    model, whole = fresh()
    for _ in range(2):
        whole.update(group(model))
    saved = whole.save(tmp_path)
    last = [whole.update(group(model)) for _ in range(2)][-1]

    torch.manual_seed(1)
    model, resumed = fresh()
    resumed.load(saved)
    assert resumed.step == 2
    again = [resumed.update(group(model)) for _ in range(2)][-1]

    assert furthest(weights_of(whole.module), weights_of(resumed.module)) == 0.0
    exclude = {"seconds", "peak_bytes"}
    assert again.model_dump(exclude=exclude) == last.model_dump(exclude=exclude)


def test_tuning_goes_on_with_the_updates_that_were_left(tmp_path):
    def fresh() -> Tuner:
        model = tiny()
        sequences = [example.sequence for example in group(model)]
        compute = ComputeSettings(micro_batch_tokens=500)
        return Tuner(model.module, sequences, SftSettings(batch=2, epochs=3, learning_rate=1e-3, compute=compute))

    whole = fresh()
    told = list(whole.run())

    stopped = fresh()
    for figures in stopped.run():
        if figures.update == 2:  # within the second epoch
            saved = stopped.save(tmp_path)
            break
    resumed = fresh()
    resumed.load(saved)
    rest = list(resumed.run())

    assert [one.update for one in rest] == [3, 4, 5]
    assert rest == told[3:]
    assert furthest(weights_of(whole.module), weights_of(resumed.module)) == 0.0


def test_a_model_that_was_trained_is_saved_loaded_and_says_the_same(tmp_path):
    for name, wrapped in (("full", lambda module: module), ("low-rank", add_lora)):
        model = tiny()
        trainer = Trainer(wrapped(model.module), learning(update={"learning_rate": 1e-2}))
        trainer.update(group(model))
        ids = group(model)[0].sequence.ids_T[None, :40]
        with torch.no_grad():
            expected = trainer.module(input_ids=ids).logits
        save_model(type(model)(module=trainer.module, processor=model.processor, name=name), tmp_path / name)
        with torch.no_grad():
            found = load_model(tmp_path / name).module(input_ids=ids).logits
        assert torch.allclose(found, expected, atol=1e-4), name


def test_what_a_killed_process_left_half_written_is_no_checkpoint(tmp_path):
    model = tiny()
    trainer = Trainer(model.module, learning())
    trainer.update(group(model))
    whole = trainer.save(tmp_path)
    shutil.copytree(whole, tmp_path / ".step-000002.partial")
    (tmp_path / "step-000003").mkdir()  # as a copy that was broken off leaves it
    assert checkpoints(tmp_path) == [whole]

    trainer.update(group(model))
    assert checkpoints(tmp_path) == [whole]
    assert trainer.save(tmp_path).name == "step-000002"
    assert not (tmp_path / ".step-000002.partial").exists()


def test_only_the_latest_checkpoints_stay(tmp_path):
    trainer = Trainer(tiny().module, learning())
    for _ in range(4):
        trainer.update([])
        trainer.save(tmp_path)
    assert [path.name for path in checkpoints(tmp_path)] == ["step-000003", "step-000004"]
    trainer.save(tmp_path)
    assert [path.name for path in checkpoints(tmp_path)] == ["step-000003", "step-000004"]


def test_a_checkpoint_of_another_model_or_other_settings_is_refused_in_words(tmp_path):
    trainer = Trainer(tiny().module, learning())
    saved = trainer.save(tmp_path)

    with pytest.raises(StoreError, match="same parts frozen and the same low-rank updates"):
        Trainer(add_lora(tiny().module), learning()).load(saved)
    with pytest.raises(StoreError, match="no 'start' copy of the weights"):
        Trainer(tiny().module, learning(grpo={"kl_weight": 0.1})).load(saved)
    with pytest.raises(StoreError, match="cannot be read"):
        trainer.load(tmp_path / "step-000009")
    state = saved / "state.pt"
    state.write_bytes(state.read_bytes()[:1000])
    with pytest.raises(StoreError, match="Go on from an earlier one"):
        trainer.load(saved)
    numbers = json.loads((saved / "numbers.json").read_text(encoding="utf-8"))
    assert numbers == {"step": 0, "updates": 0, "skipped_in_a_row": 0, "processes": 1}


def test_settings_of_the_optimiser_are_those_of_now_and_updates_skipped_before_still_count(tmp_path):
    broken = learning(update={"weight_decay": 0.5}, compute={"max_skipped": 2})
    model = tiny()
    trainer = Trainer(model.module, broken)
    examples = [replace(one, advantage=float("nan"), teacher=None) for one in group(model)]
    assert trainer.update(examples).skipped == 1
    saved = trainer.save(tmp_path)

    now = learning(update={"weight_decay": 0.0, "adam_eps": 1e-3}, compute={"max_skipped": 2})
    resumed = Trainer(tiny().module, now)
    resumed.load(saved)
    (group_now,) = resumed._descent.bare_optimizer.param_groups  # pyright: ignore[reportPrivateUsage]
    assert (group_now["weight_decay"], group_now["eps"]) == (0.0, 1e-3)
    with pytest.raises(DivergedError, match="2 updates in a row"):
        resumed.update(examples)


def test_a_checkpoint_without_the_random_state_of_a_process_that_wrote_it_is_refused_in_words(tmp_path):
    trainer = Trainer(tiny().module, learning())
    saved = trainer.save(tmp_path)
    (saved / "random-0.pt").unlink()
    with pytest.raises(StoreError, match=r"random state 'random-0.pt'"):
        trainer.load(saved)
