"""What a page carries of pictures, and what it links to."""

import base64
from io import BytesIO
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image

from genevolve.errors import ImageError
from genevolve.report.pictures import Pictures, preview_pixels
from genevolve.report.write import page_parts
from genevolve.store import ImageStore
from genevolve.store.thumbnail import MAX_PIXELS, thumbnail_webp
from support.paged import read_page
from support.pictures import make_png


@pytest.fixture
def store(tmp_path):
    return ImageStore(tmp_path / "run" / "images")


def made(pictures):
    """The index and the blocks of a page."""
    pictures.make()
    return pictures.index(), read_page("".join(page_parts("p", views=["gallery"], blocks=[], later=pictures.blocks())))


def carried(address):
    kind, _, data = address.partition(";base64,")
    with Image.open(BytesIO(base64.b64decode(data))) as image:
        return kind, image.size


def test_a_preview_is_carried_in_small_and_its_file_linked_beside_the_page(store, tmp_path):
    digest = store.add(make_png((200, 0, 0), (1200, 800)))
    pictures = Pictures(page=tmp_path / "run" / "report.html")
    pictures.show(store, digest, preview=True)
    index, page = made(pictures)
    width, height, block, whole, path = index[digest]
    # 160,000 pixels at 3:2: 489 x 326 = 159,414
    assert (width, height) == (489, 326)
    assert carried(page.json(f"pictures-{block}")[digest]) == ("data:image/webp", (489, 326))
    assert whole is None
    assert (tmp_path / "run" / unquote(path)).read_bytes() == store.read(digest)
    assert not path.startswith(("/", "file:", "http"))


def test_what_is_not_previewed_is_only_linked(store, tmp_path):
    found, target = store.add(make_png((1, 2, 3))), store.add(make_png((4, 5, 6), (40, 30)))
    pictures = Pictures(page=tmp_path / "elsewhere" / "a b" / "report.html")
    pictures.show(store, found)
    pictures.show(store, target, sized=True)
    index, page = made(pictures)
    assert index[found] == [None, None, None, None, f"../../run/images/{found[:2]}/{found}.png"]
    assert index[target][:2] == [40, 30]
    assert not [name for name in page.blocks if name.startswith("json-pictures-")]


def test_a_page_that_carries_all_has_every_file_as_it_is_and_links_to_none(store, tmp_path):
    drawn, found = store.add(make_png((1, 2, 3), (900, 900))), store.add(make_png((4, 5, 6)))
    pictures = Pictures(embed="full", page=tmp_path / "report.html")
    pictures.show(store, drawn, preview=True)
    pictures.show(store, found)
    index, page = made(pictures)
    for digest in (drawn, found):
        *_, whole, path = index[digest]
        kind, _, data = page.json(f"whole-{whole}")[digest].partition(";base64,")
        assert (kind, base64.b64decode(data), path) == ("data:image/png", store.read(digest), None)


def test_a_picture_that_is_gone_or_damaged_is_counted_and_not_shown(store, tmp_path):
    damaged = store.add(make_png((9, 9, 9), (64, 64)))
    path = store.path(damaged)
    path.write_bytes(path.read_bytes()[:60])
    pictures = Pictures(page=tmp_path / "report.html")
    pictures.show(store, "0" * 32, preview=True)
    pictures.show(store, damaged, preview=True)
    index, _ = made(pictures)
    assert pictures.lost == {"0" * 32, damaged}
    assert "0" * 32 not in index
    assert index[damaged][2] is None


def test_a_picture_that_is_shown_often_is_carried_once(store, tmp_path):
    digest = store.add(make_png((1, 1, 1)))
    pictures = Pictures(page=tmp_path / "report.html")
    for _ in range(3):
        pictures.show(store, digest, preview=True)
    _, page = made(pictures)
    assert [
        len(page.json(name.removeprefix("json-"))) for name in page.blocks if name.startswith("json-pictures-")
    ] == [1]


def test_the_more_pictures_the_smaller_each():
    # 22 MB at 0.11 bytes a pixel are 200 million pixels: 100,000 each for 2,000, the largest thumbnail up to 1,250.
    assert preview_pixels(2_000, bytes_a_pixel=0.11) == 100_000
    assert preview_pixels(1_250, bytes_a_pixel=0.11) == preview_pixels(1) == preview_pixels(0) == MAX_PIXELS == 160_000
    assert preview_pixels(1_000_000) == 24_000


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_a_thumbnail_for_a_page_keeps_the_shape_and_stands_on_white(mode):
    noise = np.random.default_rng(0).integers(0, 256, (300, 900, {"L": 1, "RGB": 3, "RGBA": 4}[mode]), dtype=np.uint8)
    if mode == "RGBA":
        noise[..., 3] = 0
    out = BytesIO()
    Image.fromarray(noise.squeeze() if mode == "L" else noise).save(out, "PNG")
    small, size = thumbnail_webp(out.getvalue(), max_pixels=30_000)
    with Image.open(BytesIO(small)) as image:
        assert (image.format, image.mode, image.size) == ("WEBP", "RGB", size)
        assert size == (300, 100)
        if mode == "RGBA":
            assert image.getextrema() == ((255, 255),) * 3


def test_a_small_picture_is_not_made_larger():
    assert thumbnail_webp(make_png((0, 0, 0), (24, 16)))[1] == (24, 16)


def test_what_is_no_picture_makes_no_thumbnail():
    with pytest.raises(ImageError):
        thumbnail_webp(b"no picture")
