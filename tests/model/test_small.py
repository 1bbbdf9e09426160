"""The small model reads in pieces, padded and side by side what it reads in one pass."""

from itertools import pairwise

import pytest

torch = pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("trl", reason='pip install "genevolve[train]" runs it')

from genevolve.errors import UsageError  # noqa: E402
from genevolve.learn.batch import Example, collate  # noqa: E402
from genevolve.learn.config import ComputeSettings, SftSettings  # noqa: E402
from genevolve.learn.scorer import Asked, Scorer  # noqa: E402
from genevolve.learn.sft import Tuner  # noqa: E402
from genevolve.learn.tokens import TrajectoryEncoder  # noqa: E402
from genevolve.model.cache import cache_of, layers_of, restacked  # noqa: E402
from genevolve.model.closed import FILE_NAME  # noqa: E402
from genevolve.model.encode import ChatEncoder  # noqa: E402
from genevolve.model.load import add_lora, load_model, save_model  # noqa: E402
from genevolve.model.settings import LoraSettings  # noqa: E402
from genevolve.policy.local import LocalPolicy  # noqa: E402
from genevolve.rollout.window import windowed  # noqa: E402
from genevolve.store import ImageStore  # noqa: E402
from genevolve.world import Fixed, open_world  # noqa: E402
from genevolve.world.model import make_policy  # noqa: E402
from support.learning import furthest, weights_of  # noqa: E402
from support.small_models import lively, small, some_ids  # noqa: E402

COUNT = 24


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """One for all who change nothing of it."""
    return lively(tmp_path_factory.mktemp("small") / "policy")


def logits_of(model, ids, **given):
    with torch.no_grad():
        return model.module(ids, **given).logits


def apart(one, other) -> float:
    return float((one - other).abs().max())


def fresh_cache(model):
    return cache_of([], depth=model.module.config.num_hidden_layers)


@pytest.mark.parametrize("cuts", [*[(cut,) for cut in range(1, COUNT)], (1, 2, 9), tuple(range(1, COUNT))])
def test_what_is_read_in_pieces_is_what_is_read_at_once(model, cuts):
    ids = some_ids(model, 2, COUNT)
    cache = fresh_cache(model)
    edges = [0, *cuts, COUNT]
    pieces = [logits_of(model, ids[:, begin:end], past_key_values=cache) for begin, end in pairwise(edges)]
    assert apart(torch.cat(pieces, dim=1), logits_of(model, ids)) < 1e-5


@pytest.mark.parametrize("place", [1, 7, 14, COUNT - 1])
def test_every_token_that_was_read_counts_and_none_that_is_to_come(model, place):
    ids = some_ids(model, 1, COUNT)
    other = ids.clone()
    other[0, place] = (other[0, place] + 1) % len(model.processor.tokenizer)
    moved = (logits_of(model, other) - logits_of(model, ids)).abs().amax(dim=-1)[0]
    assert moved[:place].max() == 0.0
    assert bool((moved[place:] > 1e-3).all())


def test_the_last_logits_alone_are_the_last_of_all(model):
    ids = some_ids(model, 2, COUNT)
    assert torch.equal(logits_of(model, ids, logits_to_keep=3), logits_of(model, ids)[:, -3:])


@pytest.mark.parametrize("content", [0, 77])
@pytest.mark.parametrize("side", ["left", "right"])
def test_padding_on_either_side_changes_no_real_token_whatever_it_holds(model, side, content):
    lengths = (COUNT, COUNT - 1, 9, 1)
    rows = [some_ids(model, 1, length, seed=length) for length in lengths]
    ids = torch.full((len(rows), COUNT), content)
    mask = torch.zeros_like(ids)
    places = [slice(COUNT - length, COUNT) if side == "left" else slice(0, length) for length in lengths]
    for row, (real, place) in enumerate(zip(rows, places, strict=True)):
        ids[row, place], mask[row, place] = real[0], 1

    found = logits_of(model, ids, attention_mask=mask)

    for row, (real, place) in enumerate(zip(rows, places, strict=True)):
        assert apart(found[row, place], logits_of(model, real)[0]) < 1e-5


def test_a_gradient_through_padding_is_that_without_it(model):
    ids, module = some_ids(model, 1, 9), model.module

    def gradients(given, **options):
        module.zero_grad()
        module(given, **options).logits[:, -9:].square().mean().backward()
        return {name: weight.grad.clone() for name, weight in module.named_parameters()}

    padded = torch.cat([some_ids(model, 1, 5, seed=3), ids], dim=1)
    mask = torch.tensor([[0] * 5 + [1] * 9])
    assert furthest(gradients(padded, attention_mask=mask), gradients(ids)) < 1e-6


def test_conversations_of_other_lengths_go_on_side_by_side_as_each_does_alone(model):
    rows = [some_ids(model, 1, length, seed=length) for length in (5, 17)]
    caches = [fresh_cache(model) for _ in rows]
    for row, cache in zip(rows, caches, strict=True):
        logits_of(model, row, past_key_values=cache)
    joined = restacked(None, [], [layers_of(cache) for cache in caches])
    said = some_ids(model, 2, 1)
    mask = torch.tensor([[0] * 12 + [1] * 6, [1] * 18])

    found = logits_of(model, said, past_key_values=joined, attention_mask=mask, position_ids=torch.tensor([[5], [17]]))

    for number, row in enumerate(rows):
        alone = logits_of(model, torch.cat([row, said[number : number + 1]], dim=1))
        assert apart(found[number, -1], alone[0, -1]) < 1e-5


def test_transformers_own_way_to_generate_says_what_is_likeliest(model):
    ids = some_ids(model, 1, 7)
    made = model.module.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=6, do_sample=False)
    by_hand = ids
    for _ in range(6):
        by_hand = torch.cat([by_hand, logits_of(model, by_hand)[:, -1:].argmax(dim=-1)], dim=1)
    assert made.tolist() == by_hand.tolist()


def test_a_question_that_it_does_not_know_is_refused(model):
    with pytest.raises(TypeError, match="SmallForCausalLM knows no 'labels'"):
        model.module(some_ids(model, 1, 4), labels=some_ids(model, 1, 4))


def test_it_has_under_a_million_weights_and_its_seed_decides_them(tmp_path):
    model = small(tmp_path / "policy")
    assert sum(weight.numel() for weight in model.module.parameters()) < 1_000_000
    again, other = (load_model(make_policy(tmp_path / f"seed {seed}", seed=seed)) for seed in (0, 1))
    assert furthest(weights_of(model.module), weights_of(again.module)) == 0.0
    assert furthest(weights_of(model.module), weights_of(other.module)) > 0.1


def test_making_a_policy_leaves_the_chances_of_others_alone(tmp_path):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    make_policy(tmp_path / "policy")
    assert torch.equal(torch.rand(3), expected)


def test_it_says_the_same_after_it_was_saved_and_loaded(model, tmp_path):
    loaded = load_model(save_model(model, tmp_path / "saved"))
    ids = some_ids(model, 2, COUNT)
    assert torch.equal(logits_of(loaded, ids), logits_of(model, ids))
    assert loaded.processor.tokenizer.vocabulary.digest == model.processor.tokenizer.vocabulary.digest


def test_low_rank_updates_sit_in_every_layer_and_are_saved_into_the_weights(tmp_path):
    pytest.importorskip("peft", reason='pip install "genevolve[train]" runs it')
    model = lively(tmp_path / "policy")
    ids = some_ids(model, 1, COUNT)
    before = logits_of(model, ids)
    adapted = type(model)(
        module=add_lora(model.module, LoraSettings(rank=2)), processor=model.processor, name=model.name
    )
    changed = {name.split(".lora_")[0] for name, one in adapted.module.named_parameters() if one.requires_grad}
    # Of each layer q, k, v, o, up and down.
    assert len(changed) == 6 * model.module.config.attention_layers
    with torch.no_grad():
        for name, weight in adapted.module.named_parameters():
            if "lora_B" in name:
                weight.fill_(0.05)
    expected = logits_of(adapted, ids)
    assert apart(expected, before) > 0.01
    assert apart(logits_of(load_model(save_model(adapted, tmp_path / "saved")), ids), expected) < 1e-4


async def rolled_out(model, images, *, temperature: float, count: int = 3):
    """Attempts in the small world, of a policy that says whatever comes to it."""
    world = open_world()
    policy = LocalPolicy(model, images=images, weights="w0")
    limits = world.sampling.limits.but(max_reply_tokens=16)
    sampling = world.sampling.but(temperature=temperature, top_p=1.0, limits=limits)
    made = [
        await world.roll_out(request, policy, images=images, sampling=sampling)
        for request in world.requests("train", count)
    ]
    await policy.close()
    return made


@pytest.mark.parametrize("temperature", [0.7, 1.0])
async def test_what_it_reports_of_its_replies_is_what_learning_recomputes(model, tmp_path, temperature):
    images = ImageStore(tmp_path / "images")
    attempts = await rolled_out(model, images, temperature=temperature)
    encoder = TrajectoryEncoder(ChatEncoder(model.processor, images.read), window=windowed, max_tokens=4096)
    sequences = [one for attempt in attempts for one in encoder.sampled(attempt).sequences]
    assert len(sequences) == len(attempts)
    assert len({len(one) for one in sequences}) > 1  # the shorter ones are padded
    batch = collate([Example(sequence=one) for one in sequences])

    with torch.no_grad():
        found = Scorer(model.module)(batch, Asked(temperature=temperature)).tokens.logp_N

    assert apart(found, batch.served_logp_BT[batch.mask_BT]) < 1e-4
    assert len(found) > 50


async def test_activations_that_are_computed_again_change_no_update(tmp_path):
    images, world = ImageStore(tmp_path / "images"), open_world()
    shown = [await world.roll_out(request, Fixed(), images=images) for request in world.requests("train", 4)]

    def tuned(*, recomputes: bool):
        model = lively(tmp_path / "policy")
        encoder = TrajectoryEncoder(ChatEncoder(model.processor, images.read), window=windowed, max_tokens=4096)
        sequences = [one for attempt in shown for one in encoder.demonstrated(attempt).sequences]
        compute = ComputeSettings(gradient_checkpointing=recomputes)
        # Rates of AdamW's steps would blow rounding up; Muon's are of whole matrices.
        settings = SftSettings(learning_rate=1e-3, batch=2, epochs=1, optimizer="muon", compute=compute)
        tuner = Tuner(model.module, sequences, settings)
        layers = [part for part in tuner.module.modules() if getattr(part, "gradient_checkpointing", False)]
        figures = list(tuner.run())
        assert len(layers) == (model.module.config.attention_layers if recomputes else 0)
        return figures, weights_of(tuner.module)

    again, kept = tuned(recomputes=True), tuned(recomputes=False)
    assert [one.loss for one in again[0]] == [pytest.approx(one.loss, rel=1e-5) for one in kept[0]]
    assert furthest(again[1], kept[1]) < 1e-5


def test_a_policy_without_its_vocabulary_is_refused_in_words(tmp_path):
    folder = make_policy(tmp_path / "policy")
    (folder / FILE_NAME).unlink()
    with pytest.raises(UsageError, match=r"the tokenizer in .* cannot be loaded: .* vocabulary\.json"):
        load_model(folder)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("", "Invalid JSON"),
        ("null", "should be a valid array"),
        ("[1]", "should be an object"),
        ('[{"text": "a", "kind": "verb"}]', "should be 'special', 'word'"),
    ],
)
def test_a_broken_vocabulary_is_refused_in_words(tmp_path, written, told):
    folder = make_policy(tmp_path / "policy")
    (folder / FILE_NAME).write_text(written, encoding="utf-8")
    with pytest.raises(UsageError, match=rf"vocabulary\.json' is no vocabulary: .*{told}.* Copy it again"):
        load_model(folder)


@pytest.mark.parametrize(
    ("change", "count"), [(lambda text: "[]", 6), (lambda text: text[:-1] + ',{"text":"a"}]', 205)]
)
def test_the_vocabulary_of_other_weights_is_refused_in_words(tmp_path, change, count):
    folder = make_policy(tmp_path / "policy")
    path = folder / FILE_NAME
    path.write_text(change(path.read_text(encoding="utf-8").strip()), encoding="utf-8")
    with pytest.raises(UsageError, match=f"has {count} tokens and the weights have rows for 204"):
        load_model(folder)
