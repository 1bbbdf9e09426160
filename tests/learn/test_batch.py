"""Sequences side by side, and that being side by side changes nothing."""

import random
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("trl", reason='pip install "genevolve[train]" runs it')

from genevolve.errors import BatchError  # noqa: E402
from genevolve.learn.batch import Batch, Example, as_student, collate, micro_batches  # noqa: E402
from genevolve.learn.tokens import NOT_SAID, TokenSequence, TrajectoryEncoder  # noqa: E402
from genevolve.model.encode import ChatEncoder  # noqa: E402
from genevolve.model.load import LoadedModel, freeze_vision  # noqa: E402
from genevolve.records import Message  # noqa: E402
from genevolve.rollout.window import windowed  # noqa: E402
from support.tiny_models import ANSWER, FLAG, noise_png, shown, tiny  # noqa: E402


@pytest.fixture
def model() -> LoadedModel:
    return tiny()


def encoder_of(model: LoadedModel, *, seeds: dict[str, int] | None = None) -> TrajectoryEncoder:
    chat = ChatEncoder(model.processor, lambda digest: noise_png((seeds or {}).get(digest, int(digest))))
    return TrajectoryEncoder(chat, window=windowed, max_tokens=4096)


def sequence(encoder: TrajectoryEncoder, name: str, *digests: str, words: str = "a poster") -> TokenSequence:
    """A conversation that shows these pictures before its last reply."""
    asked = [Message.of("system", "You look."), Message.of("user", words), Message.of("assistant", FLAG)]
    (made,) = encoder.demonstrated_messages(
        name, [*asked, shown("these", *digests), Message.of("assistant", ANSWER)]
    ).sequences
    return made


def several(model: LoadedModel) -> list[Example]:
    """Four sequences: two pictures, none, one, none; the first and the third have an experience."""
    encoder = encoder_of(model)
    made = [
        sequence(encoder, "two", "1", "2"),
        sequence(encoder, "plain"),
        sequence(encoder, "one", "3", words="a poster " * 9),
        sequence(encoder, "long", words="a poster " * 30),
    ]
    teachers = [encoder.taught(made[0], "Advice: look."), None, encoder.taught(made[2], "Advice: look twice."), None]
    return [
        Example(sequence=one, advantage=float(place) - 1.5, teacher=teacher)
        for place, (one, teacher) in enumerate(zip(made, teachers, strict=True))
    ]


def logp_of(model: LoadedModel, batch: Batch) -> torch.Tensor:
    """The log-probability of every token given those before; 0 for the first and for padding."""
    logits_BTV = model.module(**batch.inputs()).logits
    logp_BT = torch.log_softmax(logits_BTV[:, :-1], dim=-1).gather(-1, batch.ids_BT[:, 1:, None])[..., 0]
    return torch.nn.functional.pad(logp_BT, (1, 0)) * batch.real_BT


def test_padding_and_who_else_is_there_change_no_log_probability(model):
    examples = several(model)
    with torch.no_grad():
        together = logp_of(model, collate(examples))
        for row, example in enumerate(examples):
            alone = logp_of(model, collate([example]))[0]
            assert (together[row, : len(alone)] - alone).abs().max() < 1e-5
            assert not together[row, len(alone) :].any()


def test_the_order_of_a_batch_changes_nothing_but_the_order(model):
    examples = several(model)
    order = [2, 0, 3, 1]
    with torch.no_grad():
        straight = logp_of(model, collate(examples))
        turned = logp_of(model, collate([examples[place] for place in order]))

    assert torch.allclose(turned, straight[order], atol=1e-5)


def test_pictures_belong_to_their_rows(model):
    batch = collate(several(model))

    assert batch.image_row_I.tolist() == [0, 0, 2]
    assert batch.grid_I3.tolist() == [[1, 4, 6]] * 3  # 96 x 64 in patches of 16
    assert batch.image_BT.sum(dim=1).tolist() == [12, 0, 6, 0]
    assert batch.pixels_PC.shape[0] == 3 * 4 * 6


def test_a_batch_without_pictures_is_words_only(model):
    plain = sequence(encoder_of(model), "plain")

    assert set(collate([Example(sequence=plain)]).inputs()) == {"input_ids", "attention_mask"}


def test_padding_carries_neither_mask_nor_advantage(model):
    examples = several(model)
    batch = collate(examples)
    padding = ~batch.real_BT

    assert batch.lengths_B.tolist() == [len(example.sequence) for example in examples]
    assert batch.real_BT.sum(dim=1).tolist() == batch.lengths_B.tolist()
    assert padding.any()
    assert not batch.mask_BT[padding].any()
    assert not batch.kind_BT[padding].any()
    assert not batch.advantage_BT[padding].any()
    assert set(batch.turn_BT[padding].tolist()) == {NOT_SAID}


def test_an_advantage_stands_at_the_tokens_that_were_said_and_nowhere_else(model):
    examples = several(model)
    each_T = torch.arange(len(examples[1].sequence)).float()
    examples[1] = replace(examples[1], advantage_T=each_T)

    batch = collate(examples)

    assert batch.advantage_B.tolist() == [-1.5, -0.5, 0.5, 1.5]
    assert set(batch.advantage_BT[0, batch.mask_BT[0]].tolist()) == {-1.5}
    assert torch.equal(batch.advantage_BT[1, batch.mask_BT[1]], each_T[examples[1].sequence.mask_T])
    assert not batch.advantage_BT[~batch.mask_BT].any()


def test_a_value_of_the_teachers_is_placed_at_the_students_tokens(model):
    examples = several(model)
    batch = collate(examples)
    assert batch.teacher.trajectories == ("two", "one")
    assert batch.has_experience_B.tolist() == [True, False, True, False]

    placed = as_student(batch, batch.teacher.ids_BT.float())

    # Of every token that was said the teacher's id is the student's id; elsewhere there is nothing.
    with_experience = batch.mask_BT & batch.has_experience_B[:, None]
    assert torch.equal(placed[with_experience].long(), batch.ids_BT[with_experience])
    assert not placed[~with_experience].any()
    assert torch.equal(batch.teacher.mask_BT.sum(dim=1), batch.mask_BT[batch.teacher_row_E].sum(dim=1))


def test_the_same_context_gives_the_teacher_the_students_log_probabilities(model):
    same = sequence(encoder_of(model), "two", "1", "2")
    plain = sequence(encoder_of(model), "plain", words="a poster " * 40)
    batch = collate([Example(sequence=plain), Example(sequence=same, teacher=same)])
    with torch.no_grad():
        student, teacher = logp_of(model, batch), as_student(batch, logp_of(model, batch.teacher))

    assert (student - teacher)[1][batch.mask_BT[1]].abs().max() < 1e-5


def test_advice_changes_what_the_teacher_expects(model):
    batch = collate(several(model))
    with torch.no_grad():
        student, teacher = logp_of(model, batch), as_student(batch, logp_of(model, batch.teacher))

    assert (student - teacher)[0][batch.mask_BT[0]].abs().max() > 1e-3


def test_a_teachers_view_of_other_replies_is_refused(model):
    examples = several(model)
    examples[0] = replace(examples[0], teacher=shifted(examples[0].teacher))

    with pytest.raises(BatchError, match="view of trajectory 'two' holds other replies"):
        collate(examples)


def shifted(one: TokenSequence) -> TokenSequence:
    """The sequence with its mask one place later."""
    return replace(one, mask_T=one.mask_T.roll(1))


def test_a_batch_of_nothing_is_told():
    with pytest.raises(BatchError, match="no example"):
        collate([])


def test_there_is_one_advantage_a_token(model):
    example = Example(sequence=sequence(encoder_of(model), "plain"), advantage_T=torch.zeros(3))

    with pytest.raises(BatchError, match=r"'plain' has \d+ tokens and 3 advantages"):
        collate([example])


def test_a_teacher_that_is_not_there_places_nothing(model):
    batch = collate([Example(sequence=sequence(encoder_of(model), "plain"))])

    assert not batch.has_experience_B.any()
    with pytest.raises(BatchError, match="no sequence of the batch has an experience"):
        as_student(batch, torch.zeros(0, 0))


def test_another_picture_changes_what_was_said_after_it_and_nothing_before(model):
    one = collate([Example(sequence=sequence(encoder_of(model), "m", "1", "2"))])
    other = collate([Example(sequence=sequence(encoder_of(model, seeds={"2": 77}), "m", "1", "2"))])
    assert torch.equal(one.ids_BT, other.ids_BT)
    with torch.no_grad():
        difference_T = (logp_of(model, one) - logp_of(model, other))[0].abs()

    second = int(one.image_BT[0].nonzero()[6])  # the first token of the second picture
    assert difference_T[: second + 1].max() < 1e-6
    assert difference_T[(one.turn_BT[0] == 1)].max() > 1e-3


@pytest.mark.parametrize("is_frozen", [False, True])
def test_the_gradient_of_a_reply_reaches_the_part_that_sees_unless_it_is_frozen(model, is_frozen):
    if is_frozen:
        freeze_vision(model.module)
    batch = collate(several(model)[:1])

    (-logp_of(model, batch)[batch.turn_BT == 1].sum()).backward()

    seeing = model.module.model.visual.patch_embed.proj.weight
    assert (seeing.grad is None) == is_frozen
    if not is_frozen:
        assert seeing.grad.abs().max() > 1e-4
    assert model.module.model.language_model.layers[0].mlp.up_proj.weight.grad.abs().max() > 1e-4


def test_a_reply_before_a_picture_sends_no_gradient_to_it(model):
    batch = collate(several(model)[:1])

    (-logp_of(model, batch)[batch.turn_BT == 0].sum()).backward()

    assert model.module.model.visual.patch_embed.proj.weight.grad.abs().max() == 0


def test_micro_batches_hold_every_example_once_and_fit(model):
    chance = random.Random(0)
    encoder = encoder_of(model)
    examples = [
        Example(sequence=sequence(encoder, str(n), words="a poster " * chance.randrange(60))) for n in range(25)
    ]

    batches = micro_batches(examples, max_tokens=700)

    assert sorted(int(one.sequence.trajectory) for batch in batches for one in batch) == list(range(25))
    for batch in batches:
        assert len(batch) == 1 or collate(batch).ids_BT.numel() <= 700
    assert len(batches) < 25
    names = [[one.sequence.trajectory for one in batch] for batch in batches]
    assert names == [[one.sequence.trajectory for one in batch] for batch in micro_batches(examples, max_tokens=700)]


def test_an_example_that_is_longer_than_the_budget_stands_alone(model):
    examples = several(model)

    batches = micro_batches(examples, max_tokens=1)

    assert [len(batch) for batch in batches] == [1, 1, 1, 1]


def test_a_sum_over_micro_batches_is_the_sum_over_the_batch(model):
    examples = several(model)

    def gradient(batches: list[list[Example]]) -> torch.Tensor:
        model.module.zero_grad()
        for batch in map(collate, batches):
            (logp_of(model, batch) * batch.advantage_BT).sum().backward()
        return model.module.lm_head.weight.grad.clone()

    whole, parts = gradient([examples]), gradient(micro_batches(examples, max_tokens=300))

    assert len(micro_batches(examples, max_tokens=300)) > 1
    assert torch.allclose(parts, whole, rtol=1e-4, atol=1e-4 * whole.abs().max().item())


def test_a_batch_moves_with_its_teacher(model):
    batch = collate(several(model)).to("meta")

    assert batch.ids_BT.device.type == batch.teacher.pixels_PC.device.type == "meta"
    assert batch.trajectories == ("two", "plain", "one", "long")


def test_old_log_probabilities_carry_no_gradient(model):
    batch = collate(several(model))

    assert not batch.with_old_logp(torch.ones(4, 3, requires_grad=True) * 2).old_logp_BT.requires_grad
