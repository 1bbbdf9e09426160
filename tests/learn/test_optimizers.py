"""The optimisers of learning: which weights Muon takes, how far it goes, and how it goes on from a checkpoint."""

from copy import deepcopy
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("trl", reason='pip install "genevolve[train]" runs it')

from genevolve.learn.config import SftSettings  # noqa: E402
from genevolve.learn.optimizers import open_optimizer  # noqa: E402
from genevolve.learn.sft import Tuner  # noqa: E402
from genevolve.model.load import add_lora, freeze_vision  # noqa: E402
from genevolve.model.small import SmallConfig, SmallForCausalLM  # noqa: E402
from support.learning import furthest, group, weights_of  # noqa: E402
from support.tiny_models import tiny  # noqa: E402

RATE = 1e-2
FREE: dict[str, Any] = {"learning_rate": RATE, "weight_decay": 0.0, "eps": 1e-8}


def model_of(width: int = 32) -> Any:
    """A small model all of whose weights are by chance."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    config = SmallConfig(vocab_size=40, hidden_size=width, intermediate_size=3 * width, num_attention_heads=2)
    model = SmallForCausalLM(config)
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(std=0.1)
    return model


def give_gradients(model: Any, seed: int, *, size: float = 1.0) -> None:
    chance = torch.Generator().manual_seed(seed)
    for weight in model.parameters():
        weight.grad = size * torch.randn(weight.shape, generator=chance)


def taken_by_muon(model: Any) -> set[str]:
    """The names of weights in groups without AdamW's moments."""
    optimizer = open_optimizer("muon", model, **FREE)
    names = {id(weight): name for name, weight in model.named_parameters()}
    groups = [[names[id(weight)] for weight in group["params"]] for group in optimizer.param_groups]
    whole = [name for group in groups for name in group]
    # Every weight that trains is in one group, once.
    assert sorted(whole) == sorted(name for name, weight in model.named_parameters() if weight.requires_grad)
    return {
        name
        for group, given in zip(groups, optimizer.param_groups, strict=True)
        for name in group
        if "betas" not in given
    }


def moved(name: str, **options: Any) -> dict[str, torch.Tensor]:
    """How far one step moves each weight, for gradients by chance."""
    model = model_of()
    before = weights_of(model)
    give_gradients(model, 1, size=options.pop("size", 1.0))
    open_optimizer(name, model, **{**FREE, **options}).step()
    return {name: after - before[name] for name, after in weights_of(model).items()}


def test_muon_takes_the_matrices_between_hidden_states_and_neither_embeddings_nor_the_head():
    model = model_of()
    layers = {name for name, _ in model.named_parameters() if ".layers." in name and "gain" not in name}
    assert taken_by_muon(model) == layers
    assert len(layers) == 6 * model.config.attention_layers


def test_of_a_model_that_sees_muon_takes_no_gain_and_nothing_that_is_frozen():
    model = tiny().module
    freeze_vision(model)
    taken = taken_by_muon(model)
    assert taken
    assert all(name.endswith("_proj.weight") and ".language_model.layers." in name for name in taken)


def test_of_low_rank_updates_muon_takes_all():
    pytest.importorskip("peft", reason='pip install "genevolve[train]" runs it')
    model = add_lora(tiny().module)
    taken = taken_by_muon(model)
    assert taken == {name for name, weight in model.named_parameters() if weight.requires_grad}


@pytest.mark.parametrize("part", ["embed", "layers"])
def test_where_only_embeddings_or_only_matrices_train_the_rest_stays(part):
    model = model_of()
    for name, weight in model.named_parameters():
        weight.requires_grad_(part in name)
    before = weights_of(model)
    give_gradients(model, 1)
    open_optimizer("muon", model, **FREE).step()
    after = weights_of(model)
    assert {name for name in before if not before[name].equal(after[name])} == {name for name in before if part in name}


@pytest.mark.parametrize("size", [1e-3, 1.0, 1e3])
def test_a_step_of_muon_is_equally_long_in_nearly_every_direction_whatever_the_size_of_the_gradient(size):
    steps = moved("muon", size=size)
    for name in taken_by_muon(model_of()):
        # An orthogonal A x B matrix has singular values of 1, and a mean square of 1 / max(A, B). It is scaled by
        # .2 sqrt(max(A, B)), and the five rounds that make it orthogonal leave most values within .7 and 1.2.
        length = 0.2 * RATE
        assert 0.7 * length < float(steps[name].square().mean().sqrt()) < 1.2 * length, name
        values = torch.linalg.svdvals(steps[name]) / (length * max(steps[name].shape) ** 0.5)
        assert 0.6 < float(values.quantile(0.1)) < float(values.max()) < 1.3, name
    # AdamW's first step is the learning rate in every number that is large beside its eps.
    assert float((steps["lm_head.weight"].abs() - RATE).abs().max()) < 0.05 * RATE


def test_what_muon_leaves_to_adamw_moves_as_under_adamw():
    muon, adamw = moved("muon"), moved("adamw")
    layers = taken_by_muon(model_of())
    assert all(muon[name].equal(adamw[name]) == (name not in layers) for name in muon)


def test_adamw_is_that_of_torch_to_the_last_bit():
    ours, torchs = model_of(), model_of()
    given = open_optimizer("adamw", ours, learning_rate=RATE, weight_decay=0.1, eps=1e-6)
    plain = torch.optim.AdamW(torchs.parameters(), lr=RATE, weight_decay=0.1, eps=1e-6)
    for seed in range(4):
        for model, optimizer in ((ours, given), (torchs, plain)):
            give_gradients(model, seed)
            optimizer.step()
    assert furthest(weights_of(ours), weights_of(torchs)) == 0.0
    assert furthest(weights_of(ours), weights_of(model_of())) > RATE


@pytest.mark.parametrize("name", ["adamw", "muon"])
def test_a_gradient_of_nothing_moves_nothing_but_by_weight_decay(name):
    assert all(not step.any() for step in moved(name, size=0.0).values())

    before = weights_of(model_of())
    for key, step in moved(name, size=0.0, weight_decay=0.5).items():
        # Every weight shrinks by the rate times the decay.
        assert torch.allclose(step, -RATE * 0.5 * before[key], atol=1e-7), key


def test_its_state_put_into_another_optimiser_goes_on_alike_and_is_needed_for_that():
    models = [model_of() for _ in range(3)]
    first, resumed, forgetful = (open_optimizer("muon", model, **FREE) for model in models)
    for seed in range(3):
        give_gradients(models[0], seed)
        first.step()
    for model in models[1:]:
        model.load_state_dict(models[0].state_dict())
    resumed.load_state_dict(deepcopy(first.state_dict()))

    for model, optimizer in zip(models, (first, resumed, forgetful), strict=True):
        give_gradients(model, 9)
        optimizer.step()

    whole, again, without = map(weights_of, models)
    assert furthest(whole, again) == 0.0
    assert all(float((whole[name] - without[name]).abs().max()) > 0.1 * RATE for name in whole)


def tuner_of(**changes: Any) -> Tuner:
    model = tiny()
    sequences = [example.sequence for example in group(model)]
    settings = SftSettings(batch=2, epochs=3, learning_rate=3e-3, optimizer="muon")
    return Tuner(model.module, sequences, settings.but(**changes))


def test_tuning_with_muon_goes_on_from_a_checkpoint_to_the_very_weights(tmp_path):
    whole = tuner_of()
    told = list(whole.run())

    stopped = tuner_of()
    for figures in stopped.run():
        if figures.update == 2:
            saved = stopped.save(tmp_path)
            break
    resumed = tuner_of()
    resumed.load(saved)

    assert list(resumed.run()) == told[3:]
    assert furthest(weights_of(whole.module), weights_of(resumed.module)) == 0.0
    assert told[-1].loss < 0.9 * told[0].loss


def test_the_optimiser_that_is_set_is_the_one_that_tunes():
    ended = {}
    for name in ("adamw", "muon"):
        tuner = tuner_of(optimizer=name, epochs=1)
        list(tuner.run())
        ended[name] = weights_of(tuner.module)
    assert furthest(ended["adamw"], ended["muon"]) > 1e-3
