"""What the small world tells, and to whom."""

from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from genevolve.errors import SearchError
from genevolve.judge.computed.recognise import SAME_IMAGE, difference
from genevolve.records import digest_bytes, digest_of_requests
from genevolve.search.base import ImageHit
from genevolve.store.images import ImageStore, open_picture
from genevolve.world import Topic, WorldProvider, entity_of
from genevolve.world.entities import PICTURE_KINDS, picture_of
from genevolve.world.names import FIRST, SECOND, names_of, split_of
from genevolve.world.requests import make_requests

SPLITS = ("train", "validation", "evaluation")
SEED = 0


def test_no_name_is_in_two_splits_and_every_name_is_in_one():
    names = [name for split in SPLITS for name in names_of(split, seed=SEED)]

    assert len(names) == len(set(names)) == len(FIRST) * len(SECOND)
    assert all(split_of(name, seed=SEED) == split for split in SPLITS for name in names_of(split, seed=SEED))


def test_names_have_one_reading():
    assert len(set(FIRST) | set(SECOND)) == len(FIRST) + len(SECOND)
    for name in (first + second for first in FIRST for second in SECOND):
        assert sum(name[:cut] in FIRST and name[cut:] in SECOND for cut in range(len(name))) == 1


@pytest.mark.parametrize("topic", list(Topic))
async def test_a_document_tells_a_topic_of_the_named_entity(topic):
    name = names_of("train", seed=SEED)[0]
    (hit,) = await WorldProvider().search(f"{name} {topic}", top_k=5)
    told = entity_of(name, seed=SEED).told[topic]

    assert hit.title == name
    assert told.now != told.once
    assert told.now in hit.snippet
    assert told.once in hit.snippet


@pytest.mark.parametrize("query", ["caption", "zebra caption", "", "bacaption"])
async def test_a_query_that_spells_no_name_finds_nothing(query):
    assert await WorldProvider().search(query, top_k=5) == []
    assert await WorldProvider().image_search(query, top_k=5) == []


async def test_the_order_of_what_is_told_says_nothing_of_what_holds():
    names = names_of("train", seed=SEED)
    first = [(await WorldProvider().search(f"{name} figure", top_k=1))[0].snippet.startswith("now") for name in names]

    # A fair coin over 588 names: six standard deviations are .124.
    assert abs(np.mean(first) - 0.5) < 0.124


async def test_the_order_of_the_pictures_says_nothing_of_which_is_right():
    places = []
    for name in names_of("train", seed=SEED):
        hits = await WorldProvider().image_search(f"{name} emblem", top_k=5)
        assert {hit.title for hit in hits} == {f"{name} emblem", f"{name} seal", f"{name} map"}
        places.append([hit.title for hit in hits].index(f"{name} emblem"))

    # A third each over 588 names: six standard deviations are .117.
    assert all(abs(places.count(place) / len(places) - 1 / 3) < 0.117 for place in range(3))


async def test_a_picture_is_the_one_that_the_recipe_wants(tmp_path):
    store = ImageStore(tmp_path)
    for request in make_requests("evaluation", 9):
        wanted = request.recipe.references[0]
        hits = await WorldProvider().image_search(wanted.entity, top_k=5)
        digests = {hit.title: store.add(await WorldProvider().fetch(hit)) for hit in hits}

        assert digests[f"{wanted.entity} emblem"] == wanted.digest
        assert list(digests.values()).count(wanted.digest) == 1


@pytest.mark.parametrize("address", ["world:zebra/emblem", "https://pictures.example/a.png", "world:"])
async def test_a_picture_of_nowhere_cannot_be_had(address):
    with pytest.raises(SearchError, match="search for it first"):
        await WorldProvider().fetch(ImageHit(title="a", image_url=address))


def test_the_judge_tells_any_two_pictures_apart():
    # Every picture against each of its own candidates, which are what an attempt can confuse, and against others.
    names = names_of("evaluation", seed=SEED)[:40]
    pictures = [picture_of(name, kind, seed=SEED) for name in names for kind in PICTURE_KINDS]
    opened = [open_picture(data).convert("RGB") for data in pictures]
    canvas = Image.new("RGB", (256, 256))
    box = (40, 60, 200, 180)
    shown = []
    for picture in opened:
        canvas.paste(picture.resize((160, 120)), box)
        shown.append(np.asarray(canvas.crop(box).resize((32, 24), Image.Resampling.BOX)).astype(int))
    apart = [np.abs(one - other).max(axis=2).mean() / 255 for one, other in combinations(shown, 2)]

    assert min(apart) > 2 * SAME_IMAGE
    assert difference(canvas, box, opened[-1], covered=[]) <= SAME_IMAGE


def test_worlds_of_two_seeds_tell_different_things():
    name = names_of("train", seed=1)[0]
    told = [[entity_of(name, seed=seed).told[topic].now for topic in Topic] for seed in range(6)]

    assert len({tuple(values) for values in told}) > 1
    assert len({digest_bytes(picture_of(name, "emblem", seed=seed)) for seed in range(6)}) == 6
    assert WorldProvider(seed=1).name != WorldProvider(seed=2).name


def test_requests_are_the_same_whenever_they_are_made_and_longer_sets_begin_alike():
    few, many = make_requests("evaluation", 20), make_requests("evaluation", 200)

    assert many[:20] == few
    assert len({request.id for request in many}) == 200
    assert digest_of_requests(few) == digest_of_requests(make_requests("evaluation", 20))
    assert digest_of_requests(few) != digest_of_requests(make_requests("evaluation", 20, seed=1))
