"""Pictures as a judge is shown them."""

import asyncio
from io import BytesIO

import pytest
from PIL import Image

from genevolve.chat import Pictures
from genevolve.errors import ImageError
from genevolve.judge.pictures import judged_jpeg
from genevolve.store.images import ImageStore
from support.pictures import make_png
from support.programs import jpeg, opened


def encoded(image: Image.Image, kind: str, **how: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def near(pixel: tuple[int, ...], colour: tuple[int, int, int]) -> bool:
    return all(abs(a - b) < 8 for a, b in zip(pixel, colour, strict=True))


@pytest.mark.parametrize("size", [(1, 1), (640, 480), (4096, 64)])
def test_an_rgb_jpeg_that_is_small_enough_passes_byte_for_byte(size):
    data = jpeg(size)

    assert judged_jpeg(data) is data


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((4097, 100), (4096, 100)),  # 100 * 4096 / 4097 = 99.98
        ((8192, 1000), (4096, 500)),
        ((1000, 8192), (500, 4096)),
        ((12288, 1), (4096, 1)),  # a third of a pixel is one pixel
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_long_side_is_at_most_4096(size, expected, kind):
    image = opened(judged_jpeg(encoded(Image.new("RGB", size, "red"), kind)))

    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", expected)


def test_a_small_picture_is_not_made_larger_and_keeps_its_colours_nearly_exactly():
    image = opened(judged_jpeg(make_png((10, 200, 90), (24, 16))))

    assert (image.format, image.size) == ("JPEG", (24, 16))
    assert all(abs(a - b) <= 2 for a, b in zip(image.getpixel((12, 8)), (10, 200, 90), strict=True))


def test_what_lies_on_its_side_is_turned_upright():
    image = opened(judged_jpeg(jpeg((64, 32), turned=True)))

    # Orientation 6: a quarter turn clockwise brings the red left half to the top.
    assert image.size == (32, 64)
    assert near(image.getpixel((16, 8)), (254, 0, 0))
    assert near(image.getpixel((16, 56)), (0, 0, 254))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_clear_lies_on_white(mode):
    drawing = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    drawing.paste((40, 40, 40, 255), (0, 0, 32, 64))
    image = opened(judged_jpeg(encoded(drawing.convert(mode), "PNG")))

    assert near(image.getpixel((48, 32)), (255, 255, 255))
    assert near(image.getpixel((16, 32)), (40, 40, 40))


def test_half_clear_is_half_white():
    image = opened(judged_jpeg(encoded(Image.new("RGBA", (32, 32), (0, 0, 0, 128)), "PNG")))

    assert near(image.getpixel((16, 16)), (127, 127, 127))  # 255 * (1 - 128 / 255)


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_a_jpeg_in_other_colours_becomes_rgb(mode):
    image = opened(judged_jpeg(encoded(Image.new("RGB", (32, 32), "white").convert(mode), "JPEG")))

    assert image.mode == "RGB"
    assert near(image.getpixel((16, 16)), (255, 255, 255))


@pytest.mark.parametrize("data", [b"", b"<html>", make_png((1, 2, 3))[:50], jpeg((5000, 400))[:1000]])
def test_what_is_no_whole_picture_is_an_image_error(data):
    with pytest.raises(ImageError):
        judged_jpeg(data)


async def test_a_target_is_prepared_once_for_all_who_ask(tmp_path):
    made: list[bytes] = []

    def counted(data: bytes) -> bytes:
        made.append(data)
        return judged_jpeg(data)

    store = ImageStore(tmp_path / "images")
    digest = store.add(make_png((9, 9, 9)))
    pictures = Pictures(store, counted, kept_bytes=1_000_000)
    sent = await asyncio.gather(*(pictures.of(digest) for _ in range(20)))

    assert await pictures.of(digest) is sent[0]
    assert len(made) == 1
