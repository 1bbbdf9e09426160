"""A step of learning on a tiny Qwen3-VL: what it computes, what may not change it, and what it leaves alone."""

from dataclasses import replace
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("trl", reason='pip install "genevolve[train]" runs it')

from genevolve.errors import BatchError, DivergedError, UsageError  # noqa: E402
from genevolve.learn.batch import Example, collate  # noqa: E402
from genevolve.learn.config import LearnSettings  # noqa: E402
from genevolve.learn.kinds import DECISIONS  # noqa: E402
from genevolve.learn.scorer import Asked, Scorer  # noqa: E402
from genevolve.learn.teacher import teach  # noqa: E402
from genevolve.learn.tokens import TokenSequence  # noqa: E402
from genevolve.learn.trainer import Trainer  # noqa: E402
from genevolve.model.load import add_lora  # noqa: E402
from support.learning import encoder_of, furthest, group, learning, sampled, stepped, untaught, weights_of  # noqa: E402
from support.tiny_models import tiny  # noqa: E402

SEES = "visual"


def logp_of(module: Any, sequence: TokenSequence, temperature: float) -> torch.Tensor:
    """Log-probabilities of the sampled tokens of one sequence, from the full logits."""
    inputs: dict[str, Any] = {"input_ids": sequence.ids_T[None]}
    if sequence.images:
        inputs["pixel_values"] = torch.cat([image.pixels for image in sequence.images])
        inputs["image_grid_thw"] = torch.tensor([image.grid for image in sequence.images])
        inputs["mm_token_type_ids"] = sequence.image_T[None].int()
    logp_TV = torch.log_softmax(module(**inputs).logits[0, :-1] / temperature, dim=-1)
    logp_T = logp_TV.gather(-1, sequence.ids_T[1:, None])[:, 0]
    return logp_T[sequence.mask_T[1:]]


def loss_by_hand(module: Any, examples: list[Example], settings: LearnSettings) -> tuple[torch.Tensor, torch.Tensor]:
    """GRPO and distillation of one step, sequence by sequence, from the paper's equations and the full logits.

    With one update the ratio is 1 in value, so no clip is met: the gradients of ratio * A and rho * k3(l) are
    those of exp(logp - stopgrad(logp)).
    """
    temperature = settings.update.temperature
    grpo, kept = [], []
    for example in examples:
        logp_N = logp_of(module, example.sequence, temperature)
        ratio_N = (logp_N - logp_N.detach()).exp()
        grpo.append(-(ratio_N * example.advantage).sum())
        if example.teacher is None:
            continue
        with torch.no_grad():
            teacher_N = logp_of(module, example.teacher, temperature)
        gap_N = logp_N - teacher_N
        count = len(gap_N)
        top = gap_N.detach().abs().argsort(descending=True)[: -(-count // 10)]
        kind_N = example.sequence.kind_T[example.sequence.mask_T]
        selected_N = torch.isin(kind_N, torch.tensor(sorted(DECISIONS), dtype=kind_N.dtype))
        selected_N[top] = True
        kept.append((ratio_N * ((-gap_N).exp() - 1 + gap_N))[selected_N])
    return torch.stack(grpo).mean(), torch.cat(kept).mean()


def test_a_step_follows_the_papers_equations_computed_from_full_logits_one_sequence_at_a_time():
    settings = learning(update={"measure_every": 1, "max_gradient_norm": 1e9, "weight_decay": 0.0})
    model = tiny()
    examples = group(model)
    grpo, ved = loss_by_hand(model.module, examples, settings)
    trained = [value for name, value in model.module.named_parameters() if SEES not in name]
    of_grpo = torch.autograd.grad(grpo, trained, retain_graph=True)
    of_ved = [2.0 * gradient for gradient in torch.autograd.grad(ved, trained)]
    whole = [a + b for a, b in zip(of_grpo, of_ved, strict=True)]

    def norm(gradients: Any) -> float:
        return torch.cat([gradient.flatten() for gradient in gradients]).norm().item()

    figures, weights = stepped(settings)

    assert figures.loss_grpo == pytest.approx(grpo.item(), rel=1e-4)
    assert figures.loss_distil == pytest.approx(ved.item(), rel=1e-4)
    assert figures.policy_norm == pytest.approx(norm(of_grpo), rel=1e-4)
    assert figures.distil_norm == pytest.approx(norm(of_ved), rel=1e-4)
    assert figures.gradient_norm == pytest.approx(norm(whole), rel=1e-4)
    # AdamW's first step, by hand: both moments are the gradient's own, w - lr * g / (|g| + eps) with eps = 1.
    for (name, before), gradient in zip(
        [(n, v) for n, v in model.module.named_parameters() if SEES not in n], whole, strict=True
    ):
        expected = before.detach() - 1e-3 * gradient / (gradient.abs() + 1.0)
        assert torch.allclose(weights[name], expected, atol=2e-6), name


@pytest.mark.parametrize("form", ["published", "bounded_gap", "jensen_shannon", "gap_policy", "shaped"])
def test_neither_micro_batches_nor_padding_nor_order_change_a_step(form):
    parts = {
        "distil": {"form": form},
        "anchor": {"weight": 10.0},
        "grpo": {"kl_weight": 1e-2, "entropy_weight": 1e-2},
        "update": {"updates": 2},
    }
    together, one = stepped(learning(**parts, compute={"micro_batch_tokens": 100_000}))
    apart, other = stepped(learning(**parts, compute={"micro_batch_tokens": 1}))
    _, turned = stepped(learning(**parts), lambda model: group(model)[::-1])

    assert furthest(one, other) < 1e-6
    assert furthest(one, turned) < 1e-6
    for name, value in together.model_dump(exclude={"seconds", "peak_bytes", "gap"}, exclude_none=True).items():
        assert value == pytest.approx(getattr(apart, name), rel=2e-4, abs=1e-6), name


@pytest.mark.parametrize("aggregation", ["seq-mean-token-sum", "token-mean", "seq-mean-token-mean", "constant"])
def test_no_way_of_averaging_depends_on_micro_batches(aggregation):
    parts = {"grpo": {"aggregation": aggregation}, "update": {"max_gradient_norm": 1e9}}
    _, one = stepped(learning(**parts, compute={"micro_batch_tokens": 100_000}))
    _, other = stepped(learning(**parts, compute={"micro_batch_tokens": 1}))
    assert furthest(one, other) < 1e-6


def test_a_gradient_longer_than_the_limit_is_cut_to_it():
    """With eps = 1 and a gradient cut to 0.01 a step is lr * g / (|g| + 1), which is within a hundredth of lr * g."""
    before = weights_of(tiny().module)
    figures, after = stepped(learning(update={"max_gradient_norm": 0.01, "weight_decay": 0.0}))
    moved = torch.cat([(after[name] - before[name]).flatten() for name in before]).double().norm().item()
    assert figures.gradient_norm > 1.0
    assert moved == pytest.approx(1e-3 * 0.01, rel=0.02)


def test_no_gradient_leads_to_what_the_teacher_says_while_one_leads_to_the_student():
    model = tiny()
    scorer, batch = Scorer(model.module), collate(group(model)[:1])
    taught = teach(scorer, batch, temperature=0.7, keep_hidden=True)
    assert scorer(batch, Asked()).tokens.logp_N.requires_grad
    assert not taught.logp_BT.requires_grad
    assert taught.hidden_ND is not None
    assert not taught.hidden_ND.requires_grad


def test_a_sequence_without_an_experience_is_not_put_before_the_teacher():
    model = tiny()
    with pytest.raises(BatchError, match="batches of their own"):
        teach(Scorer(model.module), collate(group(model)), temperature=0.7)


def test_recomputing_activations_passes_a_layer_once_more_going_backward_and_changes_no_number():
    def passes(*, recomputed: bool) -> tuple[int, dict[str, torch.Tensor]]:
        model = tiny()
        trainer = Trainer(model.module, learning(compute={"gradient_checkpointing": recomputed}))
        calls: list[int] = []
        layer = model.module.model.language_model.layers[0].input_layernorm
        layer.register_forward_hook(lambda *_: calls.append(1))
        trainer.update(untaught(group(model)))
        return len(calls), weights_of(trainer.module)

    kept, one = passes(recomputed=False)
    more, other = passes(recomputed=True)
    # One micro-batch: once for the old log-probabilities, once with a gradient, and once more going backward.
    assert (kept, more) == (2, 3)
    assert furthest(one, other) < 1e-7


def test_weights_that_train_are_put_into_fp32_and_frozen_ones_stay_as_they_are():
    model = tiny()
    trainer = Trainer(model.module.bfloat16(), learning(update={"learning_rate": 1e-6, "adam_eps": 1e-8}))
    before = weights_of(trainer.module)
    trainer.update(group(model))
    after = weights_of(trainer.module)
    for name, value in after.items():
        assert value.dtype == (torch.bfloat16 if SEES in name else torch.float32), name
    # In bf16 a step of 1e-6 beside a weight of 0.1 would be lost.
    name = "model.language_model.layers.0.mlp.up_proj.weight"
    assert (before[name] != after[name]).float().mean().item() > 0.99


def test_bf16_comes_close():
    exact, _ = stepped(learning())
    rough, weights = stepped(learning(compute={"bf16": True}))
    assert rough.entropy != exact.entropy
    assert rough.entropy == pytest.approx(exact.entropy, rel=1e-2)
    assert rough.gradient_norm == pytest.approx(exact.gradient_norm, rel=5e-2)
    assert {value.dtype for value in weights.values()} == {torch.float32}


@pytest.mark.parametrize("form", ["published", "bounded_gap", "jensen_shannon"])
def test_an_empty_experience_distils_exactly_nothing(form):
    def with_nothing(model: Any) -> list[Example]:
        encoder = encoder_of(model)
        return [replace(one, teacher=encoder.taught(one.sequence, "")) for one in group(model)]

    settings = learning(distil={"form": form}, update={"measure_every": 1})
    figures, taught = stepped(settings, with_nothing)
    _, alone = stepped(settings, lambda model: untaught(group(model)))

    assert figures.taught_sequences == 4
    assert figures.gap == {"0.5": 0.0, "0.9": 0.0, "0.99": 0.0, "1.0": 0.0}
    # Jensen–Shannon mixes two equal distributions first, and rounds there.
    assert figures.loss_distil == (pytest.approx(0.0, abs=1e-6) if form == "jensen_shannon" else 0.0)
    assert figures.distil_norm < 1e-5
    assert furthest(taught, alone) < 1e-6


def test_the_teacher_is_asked_only_where_there_is_an_experience_and_a_weight():
    taught, _ = stepped(learning())
    without, _ = stepped(learning(), lambda model: untaught(group(model)))
    weightless, _ = stepped(learning(distil={"weight": 0.0}))
    annealed, _ = stepped(learning(distil={"anneal": "linear", "anneal_steps": 1}), steps=2)

    assert "teacher" in taught.seconds
    for figures in (without, weightless, annealed):
        assert "teacher" not in figures.seconds
        assert figures.loss_distil is None
        assert figures.selected == 0.0


def test_selected_tokens_are_the_decisions_and_a_tenth_of_those_with_an_experience():
    every, _ = stepped(learning(distil={"selection": "all"}))
    published, _ = stepped(learning())
    assert every.selected_of_taught == 1.0
    examples = group(tiny())
    said = [example.sequence.kind_T[example.sequence.mask_T] for example in examples if example.teacher]
    decided = sum(int(torch.isin(kinds, torch.tensor(sorted(DECISIONS))).sum()) for kinds in said)
    tokens = sum(map(len, said))
    assert decided / tokens < published.selected_of_taught <= (decided + tokens * 0.1 + 2) / tokens


def test_a_frozen_teacher_stays_an_averaged_one_trails_and_a_following_one_goes_along():
    """After a step the student has moved; the teacher's distance from it tells whose weights it has.

    The teacher reads no more than the student (an empty experience): a following one is at no distance, a frozen one
    at the whole distance of the step, an averaged one between them.
    """

    def with_nothing(model: Any) -> list[Example]:
        encoder = encoder_of(model)
        return [replace(one, teacher=encoder.taught(one.sequence, "")) for one in group(model)]

    def gap(teacher: str) -> float:
        distil = {"teacher": teacher, "teacher_decay": 0.5, "selection": "all"}
        figures, _ = stepped(learning(distil=distil, update={"learning_rate": 1e-2}), with_nothing, steps=2)
        return figures.gap["1.0"]

    assert gap("following") == 0.0
    assert 0.0 < gap("averaged") < gap("frozen")


def test_what_sees_is_left_alone_unless_it_is_thawed_and_then_learns():
    before = weights_of(tiny().module)
    _, frozen = stepped(learning(update={"weight_decay": 0.0}))
    _, thawed = stepped(learning(update={"weight_decay": 0.0, "freeze_vision": False}))
    seeing = [name for name in before if SEES in name]
    assert all(torch.equal(before[name], frozen[name]) for name in seeing)
    assert sum(not torch.equal(before[name], thawed[name]) for name in seeing) > len(seeing) / 2
    assert not torch.equal(
        before["model.language_model.embed_tokens.weight"], frozen["model.language_model.embed_tokens.weight"]
    )


def test_only_low_rank_updates_change_where_there_are_some():
    model = tiny()
    trainer = Trainer(add_lora(model.module), learning(update={"learning_rate": 1e-2}))
    before = weights_of(trainer.module)
    trainer.update(group(model))
    moved = {name for name, value in weights_of(trainer.module).items() if not torch.equal(value, before[name])}
    assert moved
    assert all("lora_" in name for name in moved)


def test_a_step_with_nothing_to_learn_from_changes_nothing_and_says_so():
    model = tiny()
    trainer = Trainer(model.module, learning())
    before = weights_of(trainer.module)
    figures = trainer.update([])
    assert (figures.sequences, figures.updates, figures.learning_rate, figures.gradient_norm) == (0, 0, None, None)
    assert furthest(before, weights_of(trainer.module)) == 0.0
    assert trainer.step == 1


def test_an_update_that_is_not_finite_is_skipped_and_counted_and_the_third_in_a_row_is_an_error():
    model = tiny()
    trainer = Trainer(model.module, learning())
    good = group(model)
    broken = [replace(good[0], advantage=float("nan")), *good[1:]]
    before = weights_of(trainer.module)

    figures = trainer.update(broken)
    assert (figures.skipped, figures.gradient_norm, figures.loss_grpo) == (1, None, None)
    assert furthest(before, weights_of(trainer.module)) == 0.0

    assert trainer.update(good).skipped == 0
    trainer.update(broken)
    trainer.update(broken)
    with pytest.raises(DivergedError, match="3 updates in a row, up to number 5"):
        trainer.update(broken)


def test_the_samplers_log_probabilities_can_stand_for_the_old_ones_and_save_a_pass():
    recomputed, _ = stepped(learning())
    served, _ = stepped(learning(update={"old_logp": "served"}))
    assert recomputed.kl_old == 0.0
    assert recomputed.kl_served > 0.01
    assert (served.kl_served, served.kl_old > 0.01) == (0.0, True)

    model = tiny()
    nothing_served = [replace(one, sequence=replace(one.sequence, served_logp_T=None)) for one in group(model)]
    with pytest.raises(BatchError, match="no log-probabilities of its sampler"):
        Trainer(model.module, learning(update={"old_logp": "served"})).update(nothing_served)


def test_tokens_that_another_policy_sampled_are_weighed_by_how_much_likelier_they_were_before_the_update():
    """With the sampler at half of every probability, old / served = 2, and so the policy loss and gradient double."""
    plain, _ = stepped(learning(distil={"form": "none"}))
    model = tiny()

    def halved(_: Any) -> list[Example]:
        examples = group(model)
        made = []
        for one in examples:
            with torch.no_grad():
                logp_N = logp_of(model.module, one.sequence, 0.7)
            served_T = torch.zeros(len(one.sequence))
            served_T[one.sequence.mask_T] = logp_N - torch.tensor(2.0).log()
            made.append(replace(one, sequence=replace(one.sequence, served_logp_T=served_T)))
        return made

    doubled, _ = stepped(learning(distil={"form": "none"}, update={"served_weight_cap": 5.0}), halved)
    capped, _ = stepped(learning(distil={"form": "none"}, update={"served_weight_cap": 1.5}), halved)
    assert doubled.gradient_norm == pytest.approx(2 * plain.gradient_norm, rel=1e-4)
    assert capped.gradient_norm == pytest.approx(1.5 * plain.gradient_norm, rel=1e-4)
    assert (doubled.served_capped, capped.served_capped) == (0.0, 1.0)


def test_the_anchor_sees_mass_leave_the_support_only_after_weights_have_moved():
    parts = {"anchor": {"weight": 10.0}, "update": {"learning_rate": 1e-2}}
    first, _ = stepped(learning(**parts))
    second, _ = stepped(learning(**parts), steps=2)
    watched, _ = stepped(learning(anchor={"watch": True}, update={"learning_rate": 1e-2}), steps=2)
    assert watched.loss_anchor is None
    assert watched.outside != first.outside
    assert second.loss_anchor > 0.0


def test_the_kl_of_a_step_is_that_of_the_next_steps_old_policy_to_the_one_before():
    """A second update on the same attempts meets as its old-to-new KL what the first one measured at its end."""
    once, _ = stepped(learning(update={"measure_every": 1}))
    twice, _ = stepped(learning(update={"updates": 2}))
    assert once.kl_step > 0.0
    # The mean over both updates has 0 from the first.
    assert twice.kl_old == pytest.approx(once.kl_step / 2, rel=1e-4)


def test_a_good_attempt_becomes_likelier_and_a_bad_one_less():
    model = tiny()
    trainer = Trainer(model.module, learning(distil={"form": "none"}, update={"learning_rate": 3e-3}))
    good, bad = sampled(model, "good", "1"), sampled(model, "bad", "2", words="another poster")
    before = [logp_of(model.module, one, 0.7).sum().item() for one in (good, bad)]
    for _ in range(5):
        trainer.update([Example(sequence=good, advantage=1.0), Example(sequence=bad, advantage=-1.0)])
    after = [logp_of(model.module, one, 0.7).sum().item() for one in (good, bad)]
    assert after[0] > before[0]
    assert after[1] - before[1] < after[0] - before[0]


def test_a_model_of_which_nothing_trains_is_refused():
    model = tiny()
    model.module.requires_grad_(False)
    with pytest.raises(UsageError, match="no weight of the model trains"):
        Trainer(model.module, learning())
