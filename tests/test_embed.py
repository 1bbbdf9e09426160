import subprocess
import sys

import numpy as np
import pytest

from genevolve.embed import (
    HASHED_THRESHOLD,
    PUBLISHED_MODEL,
    EmbedSettings,
    HashedEmbedder,
    LocalEmbedder,
    ServedEmbedder,
    open_embedder,
)
from genevolve.errors import BudgetError, ServiceError, UsageError
from genevolve.store.budget import Budget
from genevolve.testing.embed_server import EmbedServer
from support.command import clean_environment

TEXTS = ["three red stars above the sea", "Three  RED stars above the séa", "a fox in a library", ""]


def served(server, **settings):
    return ServedEmbedder(server.url, settings=EmbedSettings(**settings))


async def cosine(first, second):
    one, other = await HashedEmbedder().embed([first, second])
    return float(one @ other)


async def test_hashed_vectors_have_length_one_or_are_zero():
    vectors = await HashedEmbedder().embed(TEXTS)

    assert vectors.shape == (4, 1024)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1, 0], abs=1e-6)


async def test_case_accents_and_spaces_do_not_matter():
    vectors = await HashedEmbedder().embed(TEXTS)

    assert vectors[0] @ vectors[1] == pytest.approx(1, abs=1e-6)


async def test_a_text_has_the_same_vector_whatever_stands_beside_it_and_in_every_process():
    (alone,) = await HashedEmbedder().embed(TEXTS[:1])
    beside = await HashedEmbedder().embed(TEXTS)
    code = (
        "import asyncio; from genevolve.embed import HashedEmbedder as H; "
        f"print(asyncio.run(H().embed([{TEXTS[0]!r}])).tobytes().hex())"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=clean_environment() | {"PYTHONHASHSEED": "7"},
    )

    assert (beside[0] == alone).all()
    assert said.stdout.strip() == alone.tobytes().hex()


@pytest.mark.parametrize(
    ("first", "second", "is_similar"),
    [
        ("three red stars above a calm blue sea at night", "three red stars above a calm blue sea at dawn", True),
        ("a poster of the flag of Chad over two stars", "two stars under the flag of Chad, a poster", True),
        ("the portrait of an owl in a velvet coat", "the portrait of an otter in a velvet coat", True),
        ("a poster of the flag of Chad", "a photograph of a fox in a library", False),
        ("the owl and the fox", "the sea and the sky", False),  # all that they share is small words
        ("a glass teapot on a wooden table", "a wooden boat on a calm lake", False),
    ],
)
async def test_requests_that_say_nearly_the_same_pass_the_threshold_and_others_do_not(first, second, is_similar):
    assert (await cosine(first, second) >= HASHED_THRESHOLD) is is_similar


async def test_words_that_stand_in_every_request_do_not_make_two_alike():
    assert abs(await cosine("the owl and the fox of it", "the sea and the sky of it")) < 0.1
    # Where there is nothing else, they count: of three words, two pairs and four pieces all but the pairs are shared.
    assert await cosine("the of it", "it of the") == pytest.approx(7 / 9, abs=1e-6)


async def test_unlike_texts_do_not_become_alike_by_collisions():
    # Texts without a piece in common, in so few places that they must collide: with random signs the mean of the 190
    # cosines is 0 with a deviation of about 1 / sqrt(64 * 190) = 0.009; without signs it would be far above.
    texts = [" ".join(chr(97 + at) * length for length in (3, 5, 7, 9)) for at in range(20)]
    vectors = await HashedEmbedder(64).embed(texts)

    assert abs((vectors @ vectors.T)[np.triu_indices(20, 1)].mean()) < 0.05


async def test_a_served_model_is_asked_in_batches_and_its_order_restored():
    async with EmbedServer(lambda text: [len(text), 0, 4]) as server:
        embedder = served(server, model="m", batch=2)
        vectors = await embedder.embed(["abc", "", "abc"])
        await embedder.close()

    # 3-4-5 triangles.
    assert vectors == pytest.approx(np.array([[0.6, 0, 0.8], [0, 0, 1], [0.6, 0, 0.8]]))
    assert [(call["model"], call["input"]) for call in server.heard] == [("m", ["abc", ""]), ("m", ["abc"])]


async def test_a_budget_admits_each_batch():
    budget = Budget(calls=2)
    async with EmbedServer(lambda text: [len(text), 1]) as server:
        settings = EmbedSettings(embedder="served", base_url=server.url, batch=2)
        embedder = open_embedder(settings, budget=budget)
        assert isinstance(embedder, ServedEmbedder)
        await embedder.embed(["a", "b", "c"])
        with pytest.raises(BudgetError, match="the budget of 2 calls is used up"):
            await embedder.embed(["d"])
        await embedder.close()

    assert len(server.heard) == 2
    assert budget.calls == {"embed": 2}


async def test_a_busy_server_is_asked_again():
    async with EmbedServer(lambda _: [1, 0], faults=["busy"]) as server:
        embedder = served(server)
        vectors = await embedder.embed(["a"])
        await embedder.close()

    assert vectors.tolist() == [[1, 0]]


@pytest.mark.parametrize("fault", ["error", "html", "no_data", "too_few", "ragged", "nan"])
async def test_an_answer_that_is_no_list_of_vectors_is_refused(fault):
    async with EmbedServer(lambda text: [len(text), 1], faults=[fault]) as server:
        embedder = served(server)
        with pytest.raises(ServiceError, match="the embedding server"):
            await embedder.embed(["a", "b"])
        await embedder.close()


async def test_the_key_goes_to_the_server_and_into_no_error(monkeypatch):
    async with EmbedServer(lambda _: [1, 0], key="sk-embed-1234567") as server:
        monkeypatch.setenv("GENEVOLVE_EMBED_URL", server.url)
        monkeypatch.setenv("GENEVOLVE_EMBED_KEY", "sk-embed-1234567")
        let_in = open_embedder(EmbedSettings(embedder="served"))
        monkeypatch.setenv("GENEVOLVE_EMBED_KEY", "sk-wrong-7654321")
        kept_out = open_embedder(EmbedSettings(embedder="served"))
        assert isinstance(let_in, ServedEmbedder)
        assert isinstance(kept_out, ServedEmbedder)

        assert (await let_in.embed(["a"])).tolist() == [[1, 0]]
        with pytest.raises(ServiceError) as caught:
            await kept_out.embed(["a"])
        await let_in.close()
        await kept_out.close()

    assert "sk-wrong-7654321" not in str(caught.value)


def test_each_embedder_is_opened_by_name_with_its_own_threshold(monkeypatch):
    monkeypatch.delenv("GENEVOLVE_EMBED_URL", raising=False)

    assert open_embedder(EmbedSettings()).threshold == HASHED_THRESHOLD
    local = open_embedder(EmbedSettings(embedder="local"))
    assert isinstance(local, LocalEmbedder)
    assert (local.name, local.threshold) == (PUBLISHED_MODEL, 0.84)
    with pytest.raises(UsageError, match="GENEVOLVE_EMBED_URL"):
        open_embedder(EmbedSettings(embedder="served"))
