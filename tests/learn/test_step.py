"""What a step refuses, and what may not get into it: leftovers, dropout, silence, the environment."""

from dataclasses import replace
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("trl", reason='pip install "genevolve[train]" runs it')

from genevolve.errors import BatchError  # noqa: E402
from genevolve.learn.trainer import Trainer  # noqa: E402
from genevolve.model.load import add_lora  # noqa: E402
from genevolve.model.settings import LoraSettings  # noqa: E402
from support.learning import furthest, group, learning, stepped, untaught, weights_of  # noqa: E402
from support.tiny_models import tiny  # noqa: E402


def test_a_pass_that_fails_leaves_no_gradient_for_the_next_step():
    settings = learning(update={"weight_decay": 0.0})
    model = tiny()
    broken = Trainer(model.module, settings)
    descent = broken._descent  # pyright: ignore[reportPrivateUsage]
    weight = descent.trained()[0]

    def fail(number: int) -> torch.Tensor:
        if number:
            raise RuntimeError("out of memory")
        return weight.sum()

    with pytest.raises(RuntimeError, match="out of memory"):
        descent.gather_gradients([0, 1], fail)
    assert all(one.grad is None for one in descent.trained())
    weight.grad = torch.ones_like(weight)  # as what was done outside leaves one
    broken.update(group(model))
    assert furthest(weights_of(broken.module), stepped(settings)[1]) == 0.0


@pytest.mark.parametrize("recomputes", [False, True])
def test_dropout_of_low_rank_updates_leaves_the_equations_of_a_step_alone(recomputes):
    def moved(dropout: float) -> Any:
        torch.manual_seed(0)
        model = tiny()
        module = add_lora(model.module, LoraSettings(rank=4, dropout=dropout))
        # Updates begin at 0, where dropout changes nothing; these do not.
        for name, value in module.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(value, std=0.1, generator=torch.Generator().manual_seed(len(name)))
        settings = learning(compute={"gradient_checkpointing": recomputes})
        trainer = Trainer(module, settings)
        figures = trainer.update(group(model))
        return figures, weights_of(trainer.module)

    (figures, dropped), (_, plain) = moved(0.5), moved(0.0)
    assert figures.kl_old == pytest.approx(0.0, abs=1e-9)
    assert furthest(dropped, plain) < 1e-7


def test_examples_in_which_nothing_is_said_leave_the_weights_alone_though_moments_and_decay_would_move_them():
    model = tiny()
    trainer = Trainer(model.module, learning(update={"weight_decay": 0.1}))
    trainer.update(group(model))
    before = weights_of(trainer.module)
    silent = [
        replace(
            one,
            sequence=replace(one.sequence, mask_T=torch.zeros_like(one.sequence.mask_T)),
            teacher=None,
        )
        for one in group(model)
    ]
    assert trainer.update(silent).updates == 0
    assert furthest(before, weights_of(trainer.module)) == 0.0


def test_a_sequence_sampled_at_another_temperature_is_refused_and_one_of_an_unknown_temperature_is_not():
    model = tiny()
    trainer = Trainer(model.module, learning(update={"temperature": 0.9}))
    with pytest.raises(BatchError, match=r"sampled at temperature 0.7; expected 0.9"):
        trainer.update(group(model))
    unknown = [replace(one, sequence=replace(one.sequence, temperature=None)) for one in untaught(group(model))]
    assert trainer.update(unknown).updates > 0


def test_log_probabilities_of_some_samplers_only_do_not_weigh_a_step():
    model = tiny()
    first, *rest = untaught(group(model))
    mixed = [replace(first, sequence=replace(first.sequence, served_logp_T=None)), *rest]
    with pytest.raises(BatchError, match="3 of 4 sequences have log-probabilities of their sampler"):
        Trainer(model.module, learning(update={"served_weight_cap": 2.0})).update(mixed)


def test_what_the_environment_says_of_accumulation_divides_no_gradient(monkeypatch):
    settings = learning(update={"max_gradient_norm": 1e9})  # clipping would hide it
    expected = stepped(settings)[1]
    monkeypatch.setenv("ACCELERATE_GRADIENT_ACCUMULATION_STEPS", "4")
    assert furthest(stepped(settings)[1], expected) == 0.0
