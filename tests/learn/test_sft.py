"""Supervised tuning: what it learns, what it never learns, and the way on to a group with advice."""

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("trl", reason='pip install "genevolve[train]" runs it')

from genevolve.errors import BatchError  # noqa: E402
from genevolve.learn.config import ComputeSettings, SftSettings  # noqa: E402
from genevolve.learn.sft import FILE_NAME, TuneFigures, Tuner, fitting, open_journal, order  # noqa: E402
from genevolve.learn.tokens import NOT_SAID  # noqa: E402
from genevolve.learn.trainer import Trainer  # noqa: E402
from genevolve.model.load import LoadedModel, load_model, save_model  # noqa: E402
from genevolve.store.jsonl import read_records  # noqa: E402
from support.learning import attempt, encoder_of, furthest, group, learning, weights_of  # noqa: E402
from support.tiny_models import tiny  # noqa: E402

QUICK = SftSettings(learning_rate=3e-3, batch=2, epochs=6, held_out_every=4)


def loss_by_hand(model, sequences) -> float:
    """Minus the log-probability of what was said, from the full logits, mean over all of its tokens."""
    total, count = 0.0, 0
    for one in sequences:
        inputs = {"input_ids": one.ids_T[None]}
        if one.images:
            inputs["pixel_values"] = torch.cat([image.pixels for image in one.images])
            inputs["image_grid_thw"] = torch.tensor([image.grid for image in one.images])
            inputs["mm_token_type_ids"] = one.image_T[None].int()
        with torch.no_grad():
            logp_TV = torch.log_softmax(model.module(**inputs).logits[0], dim=-1)
        # The logits at a place predict the token at the next one.
        said = [place for place in range(len(one)) if int(one.turn_T[place]) != NOT_SAID]
        total -= sum(logp_TV[place - 1, one.ids_T[place]].item() for place in said)
        count += len(said)
    return total / count


def test_the_loss_is_that_of_what_was_said_and_of_nothing_else():
    model = tiny()
    sequences = [example.sequence for example in group(model)]
    tuner = Tuner(model.module, sequences, QUICK.but(batch=4, epochs=1))
    expected = loss_by_hand(model, sequences)
    assert tuner.loss_on(sequences) == pytest.approx(expected, rel=1e-5)
    (figures,) = tuner.run()
    assert figures.loss == pytest.approx(expected, rel=1e-5)
    assert figures.tokens == sum(int(one.mask_T.sum()) for one in sequences)


def test_a_repeated_demonstration_is_learned_and_what_sees_stays_as_it_was():
    model = tiny()
    (sequence,) = encoder_of(model).demonstrated(attempt(model, "shown", "1", "2")).sequences
    before = weights_of(model.module)
    tuner = Tuner(model.module, [sequence] * 8, QUICK)
    told = list(tuner.run([sequence]))
    losses = [one.loss for one in told]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.2 * losses[0]
    assert [one.update for one in told if one.held_out_loss is not None] == [3, 7, 11, 15, 19, 23]
    assert told[-1].held_out_loss < losses[-1]
    after = weights_of(model.module)
    assert all(torch.equal(before[name], after[name]) for name in before if "visual" in name)


@pytest.mark.parametrize("tokens", [1, 400, 100_000])
def test_micro_batches_change_no_update(tokens):
    model = tiny()
    sequences = [example.sequence for example in group(model)]
    compute = ComputeSettings(micro_batch_tokens=tokens)
    tuner = Tuner(model.module, sequences, QUICK.but(batch=4, epochs=1, compute=compute))
    (figures,) = tuner.run()
    assert figures.loss == pytest.approx(loss_by_hand(tiny(), sequences), rel=1e-5)
    other = tiny()
    whole = Tuner(other.module, sequences, QUICK.but(batch=4, epochs=1))
    assert [one.gradient_norm for one in whole.run()] == [pytest.approx(figures.gradient_norm, rel=1e-4)]


def test_a_sequence_that_is_too_long_or_says_nothing_is_left_out_and_counted_and_none_is_cut():
    model = tiny()
    sequences = [example.sequence for example in group(model)]
    silent = replace(sequences[0], mask_T=torch.zeros_like(sequences[0].mask_T))
    limit = len(sequences[0])
    found = fitting([*sequences, silent], max_tokens=limit)
    too_long = sum(len(one) > limit for one in sequences)
    assert too_long > 0
    assert (len(found.kept), found.too_long, found.silent) == (4 - too_long, too_long, 1)
    assert all(any(one is kept for one in sequences) for kept in found.kept)

    with pytest.raises(BatchError, match="4 are longer than 10 tokens"):
        Tuner(model.module, sequences, QUICK.but(max_tokens=10))


def test_every_sequence_is_seen_once_an_epoch_in_an_order_of_its_own():
    orders = [order(20, epoch=epoch, seed=0) for epoch in range(3)]
    assert all(sorted(one) == list(range(20)) for one in orders)
    assert len({tuple(one) for one in [*orders, order(20, epoch=0, seed=1)]}) == 4
    assert orders[1] == order(20, epoch=1, seed=0)


def test_the_figures_of_a_tuning_are_lines_of_a_file(tmp_path):
    model = tiny()
    tuner = Tuner(model.module, [group(model)[0].sequence], QUICK)
    with open_journal(tmp_path) as journal:
        told = list(tuner.run())
        for figures in told:
            journal.append(figures)
    assert list(read_records(tmp_path / FILE_NAME, TuneFigures)) == told


def test_a_tiny_model_is_tuned_learns_from_a_group_with_advice_and_is_saved_and_loaded(tmp_path):
    """The whole way, with pictures in observations: demonstrations, a group, distillation, weights on disk."""
    model = tiny()
    encoder = encoder_of(model)
    shown = [encoder.demonstrated(attempt(model, name, *pictures)) for name, *pictures in (("a", "1", "2"), ("b", "3"))]
    tuner = Tuner(model.module, [sequence for one in shown for sequence in one.sequences], QUICK.but(epochs=20))
    *_, last = tuner.run()

    examples = group(model)
    trainer = Trainer(model.module, learning(anchor={"weight": 10.0}, update={"measure_every": 1}))
    told = [trainer.update(examples) for _ in range(3)]
    assert [one.step for one in told] == [0, 1, 2]
    assert all(one.taught_sequences == 2 and one.skipped == 0 for one in told)
    # What was tuned is surer of itself than random weights are, whose entropy is near log(1024) = 6.9 nats.
    assert last.loss < 3.0
    assert told[0].entropy < 5.0
    assert told[0].distil_norm > 0.0

    tuned = LoadedModel(module=trainer.module, processor=model.processor, name="tuned")
    again = load_model(save_model(tuned, tmp_path / "saved"))
    assert furthest(weights_of(again.module), weights_of(trainer.module)) == 0.0
    resumed = Trainer(again.module, learning())
    assert resumed.update(examples).loss_distil == pytest.approx(trainer.update(examples).loss_distil, rel=1e-4)
