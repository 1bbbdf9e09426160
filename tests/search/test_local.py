"""The local provider and `open_provider`: what they refuse, and several providers side by side."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from genevolve.errors import SearchError, UsageError
from genevolve.search import ImageHit, open_provider
from genevolve.search.indexing import INDEX_NAME, index_folder


@pytest.fixture
def folder(tmp_path, png) -> Path:
    (tmp_path / "togo.txt").write_text("Togo has long beaches. Fishers land at Lomé.")
    (tmp_path / "beach of togo.png").write_bytes(png)
    index_folder(tmp_path)
    return tmp_path


async def test_hits_hold_no_path_outside_the_folder(folder):
    local = open_provider("local", index=folder)
    (text,) = await local.search("fishers", top_k=5)
    (image,) = await local.image_search("beach", top_k=5)
    assert (text.url, image.image_url) == ("togo.txt", "beach of togo.png")
    assert str(folder) not in repr((text, image, local.name))


@pytest.mark.parametrize("address", ["../secret.txt", "/etc/passwd", "togo.txt", "beach%20of%20togo.png"])
async def test_only_indexed_images_can_be_fetched(folder, address):
    with pytest.raises(SearchError, match="not in the index"):
        await open_provider("local", index=folder).fetch(ImageHit(title="x", image_url=address))


async def test_an_image_that_is_gone_is_a_failed_fetch(folder):
    local = open_provider("local", index=folder)
    (hit,) = await local.image_search("beach", top_k=1)
    (folder / hit.image_url).unlink()
    with pytest.raises(SearchError, match="Run genevolve index again"):
        await local.fetch(hit)


async def test_an_index_that_breaks_later_is_a_failed_search(folder):
    local = open_provider("local", index=folder)
    (folder / INDEX_NAME).write_bytes(b"overwritten" * 1_000)
    with pytest.raises(SearchError, match="Make it anew"):
        await local.search("togo", top_k=1)


async def test_a_new_index_is_seen_by_a_provider_that_is_open(folder):
    local = open_provider("local", index=folder)
    (folder / "ghana.txt").write_text("Ghana lies to the west.")
    index_folder(folder)
    assert [hit.title for hit in await local.search("ghana", top_k=1)] == ["ghana"]


async def test_many_questions_at_once_are_all_answered(folder):
    local = open_provider("local", index=folder)
    answers = await asyncio.gather(*(local.search(query, top_k=3) for query in ["togo", "fishers", "none"] * 50))
    assert [len(answer) for answer in answers] == [1, 1, 0] * 50


def test_a_missing_index_says_how_to_make_one(tmp_path):
    with pytest.raises(UsageError, match="Run genevolve index FOLDER"):
        open_provider("local", index=tmp_path)


def test_an_index_of_another_version_or_maker_is_refused(folder):
    with closing(sqlite3.connect(folder / INDEX_NAME)) as connection:
        connection.execute("UPDATE note SET value = '0' WHERE name = 'layout_version'")
        connection.commit()
    with pytest.raises(UsageError, match="another version"):
        open_provider("local", index=folder)
    index_folder(folder)
    open_provider("local", index=folder)

    (folder / "text.sqlite").write_text("not a database at all, but long enough to be looked at as one" * 20)
    with pytest.raises(UsageError, match="is no index"):
        open_provider("local", index=folder / "text.sqlite")


@pytest.mark.parametrize("name", ["", "google", "atlas,google", ","])
def test_an_unknown_provider_is_answered_with_the_known_names(name):
    with pytest.raises(UsageError, match="atlas, local"):
        open_provider(name)


async def test_two_providers_answer_in_turn(folder):
    both = open_provider("atlas,local", index=folder)
    titles = [hit.title for hit in await both.search("Togo", top_k=3)]
    assert titles[:2] == ["Togo", "togo"]
    assert len(titles) == 3

    hits = await both.image_search("Togo", top_k=5)
    assert [hit.title for hit in hits] == ["Flag of Togo", "beach of togo"]
    for hit in hits:
        assert len(await both.fetch(hit)) > 50
    assert both.name.startswith("atlas,local:")


async def test_one_provider_that_fails_leaves_the_hits_of_the_other(folder):
    both = open_provider("atlas,local", index=folder)
    (folder / INDEX_NAME).unlink()
    assert [hit.title for hit in await both.search("Ouagadougou", top_k=1)] == ["Ouagadougou"]
    with pytest.raises(SearchError, match="local:"):
        await both.search("xyzzy", top_k=1)
    with pytest.raises(SearchError, match="search for it first"):
        await both.fetch(ImageHit(title="x", image_url="x"))
