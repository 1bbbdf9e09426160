"""Pictures as a chat model is shown them."""

import asyncio
from base64 import b64decode
from io import BytesIO

import pytest
from PIL import Image

from genevolve.chat import Thumbnails
from genevolve.errors import ImageError, StoreError
from genevolve.records import digest_bytes
from genevolve.store.images import ImageStore
from genevolve.store.thumbnail import thumbnail_jpeg


def encoded(image: Image.Image, kind: str, **how: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def gradient(size: tuple[int, int]) -> Image.Image:
    return Image.linear_gradient("L").resize(size).convert("RGB")


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((800, 800), (400, 400)),  # 400 x 400 = 160,000
        ((1600, 400), (800, 200)),  # 800 x 200 = 160,000
        ((300, 1200), (200, 800)),
        ((4000, 1), (4000, 1)),  # already few enough
        ((1000, 333), (693, 230)),  # scale sqrt(160,000 / 333,000) = 0.6932
    ],
)
def test_a_thumbnail_has_at_most_160000_pixels_and_the_aspect_of_its_picture(size, expected):
    thumbnail = Image.open(BytesIO(thumbnail_jpeg(encoded(gradient(size), "PNG"))))

    assert (thumbnail.format, thumbnail.mode, thumbnail.size) == ("JPEG", "RGB", expected)


def test_a_small_jpeg_stays_as_it_is_byte_for_byte():
    data = encoded(gradient((400, 400)), "JPEG", quality=60)

    assert thumbnail_jpeg(data) == data
    assert thumbnail_jpeg(encoded(gradient((401, 400)), "JPEG")) != data


def test_what_is_transparent_is_shown_on_white():
    drawing = Image.new("RGBA", (600, 600), (255, 0, 0, 0))
    drawing.paste((0, 0, 255, 255), (0, 0, 300, 600))
    thumbnail = Image.open(BytesIO(thumbnail_jpeg(encoded(drawing, "PNG"))))

    assert thumbnail.getpixel((390, 200)) == (255, 255, 255)
    red, green, blue = thumbnail.getpixel((10, 200))
    assert blue > 240
    assert max(red, green) < 15


def test_a_large_jpeg_keeps_its_colours():
    picture = Image.new("RGB", (3000, 2000), (20, 140, 60))
    thumbnail = Image.open(BytesIO(thumbnail_jpeg(encoded(picture, "JPEG", quality=95))))

    assert thumbnail.size == (489, 326)  # scale sqrt(160,000 / 6,000,000) = 0.1633
    assert all(abs(a - b) < 4 for a, b in zip(thumbnail.getpixel((200, 100)), (20, 140, 60), strict=True))


def test_bytes_that_are_no_picture_are_an_image_error():
    with pytest.raises(ImageError, match="no picture"):
        thumbnail_jpeg(b"<html>")


class CountingStore(ImageStore):
    """A store that counts what is read."""

    reads = 0

    def read(self, digest: str) -> bytes:
        self.reads += 1
        return super().read(digest)


async def test_a_thumbnail_is_made_once_also_when_many_ask_at_once_and_one_gives_up(tmp_path):
    store = CountingStore(tmp_path / "images")
    digest = store.add(encoded(gradient((900, 900)), "PNG"))
    thumbnails = Thumbnails(store)

    gives_up, *others = [asyncio.ensure_future(thumbnails.of(digest)) for _ in range(5)]
    await asyncio.sleep(0)
    gives_up.cancel()
    first, *rest = await asyncio.gather(*others)

    assert store.reads == 1
    assert all(thumbnail is first for thumbnail in rest)
    assert await thumbnails.of(digest) is first
    jpeg = b64decode(first.data_url.removeprefix(b"data:image/jpeg;base64,"))
    assert Image.open(BytesIO(jpeg)).size == (400, 400)
    assert first.uuid == digest_bytes(jpeg)


async def test_only_so_many_bytes_are_kept_and_the_rest_is_made_again(tmp_path):
    store = CountingStore(tmp_path / "images")
    one, two = (store.add(encoded(gradient((900 + n, 900)), "PNG")) for n in range(2))
    size = len((await Thumbnails(store).of(one)).data_url)
    store.reads = 0
    thumbnails = Thumbnails(store, kept_bytes=size + size // 2)
    for digest in (one, one, two, two, one):
        await thumbnails.of(digest)

    assert store.reads == 3


async def test_a_picture_that_is_gone_is_told_each_time_and_found_once_it_is_back(tmp_path):
    store = ImageStore(tmp_path / "images")
    data = encoded(gradient((500, 500)), "PNG")
    digest = ImageStore(tmp_path / "elsewhere").add(data)
    thumbnails = Thumbnails(store)
    for _ in range(2):
        with pytest.raises(StoreError, match="is not in"):
            await thumbnails.of(digest)

    store.add(data)
    assert (await thumbnails.of(digest)).data_url


async def test_a_file_that_is_another_picture_by_now_is_never_shown(tmp_path):
    store = ImageStore(tmp_path / "images")
    digest = store.add(encoded(gradient((300, 300)), "JPEG"))
    store.path(digest).write_bytes(encoded(gradient((301, 300)), "JPEG"))

    with pytest.raises(ImageError, match="not the one that was stored"):
        await Thumbnails(store).of(digest)


def test_a_store_can_be_shown_in_one_event_loop_after_another(tmp_path):
    store = ImageStore(tmp_path / "images")
    digest = store.add(encoded(gradient((500, 500)), "PNG"))
    thumbnails = Thumbnails(store, kept_bytes=0)

    assert asyncio.run(thumbnails.of(digest)) == asyncio.run(thumbnails.of(digest))
