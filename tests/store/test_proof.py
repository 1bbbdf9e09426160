"""What counts as a picture, and what odd ones are brought to."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from genevolve.errors import ImageError, StoreError
from genevolve.store import ImageStore, proven_picture
from genevolve.testing import odd_pictures as odd


def decoded(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def near(colour: object, wanted: tuple[int, ...], *, by: int = 12) -> bool:
    return max(abs(a - b) for a, b in zip(colour, wanted, strict=True)) <= by  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        (odd.jpeg(), "jpg"),
        (odd.jpeg(orientation=1), "jpg"),
        (odd.jpeg(odd.striped().convert("L")), "jpg"),
        (odd.encoded(odd.striped(), "PNG"), "png"),
        (odd.encoded(odd.striped().convert("RGBA"), "PNG"), "png"),
        (odd.encoded(odd.striped(), "WEBP"), "webp"),
        (odd.photograph((320, 240)), "jpg"),
    ],
    ids=["jpeg", "jpeg upright", "grey jpeg", "png", "png with alpha", "webp", "photograph"],
)
def test_an_ordinary_picture_stays_as_it_is_byte_for_byte(data, suffix):
    assert proven_picture(data) == (data, suffix)


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_turned_photograph_is_stored_upright(orientation):
    upright = odd.striped()
    # What a camera stores: the picture turned away, and the tag that turns it back.
    turned_away = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]

    data, suffix = proven_picture(odd.jpeg(upright.transpose(turned_away), orientation=orientation))
    image = decoded(data)

    assert suffix == "jpg"
    assert image.size == upright.size
    assert 0x0112 not in image.getexif()
    for place in ((10, 20), (40, 20), (10, 1), (40, 1)):
        assert near(image.getpixel(place), upright.getpixel(place))
    assert proven_picture(data) == (data, "jpg")


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame_is_stored(kind):
    data, suffix = proven_picture(odd.animated(kind))
    image = decoded(data)

    assert suffix == "png"
    assert getattr(image, "n_frames", 1) == 1
    assert near(image.convert("RGB").getpixel((5, 5)), odd.RED)


@pytest.mark.parametrize(
    ("data", "mode"),
    [
        (odd.jpeg(odd.striped().convert("CMYK")), "RGB"),
        (odd.encoded(odd.striped().convert("P"), "PNG"), "RGB"),
        (odd.encoded(odd.striped().convert("P"), "GIF"), "RGB"),
        (odd.encoded(odd.striped(), "BMP"), "RGB"),
        (odd.encoded(odd.striped(), "TIFF"), "RGB"),
        (odd.encoded(odd.striped().convert("CMYK"), "TIFF"), "RGB"),
        (odd.encoded(odd.striped().convert("LAB"), "TIFF"), "RGB"),
        (odd.encoded(odd.striped(), "AVIF"), "RGB"),
    ],
    ids=["CMYK JPEG", "palette PNG", "GIF", "BMP", "TIFF", "CMYK TIFF", "LAB TIFF", "AVIF"],
)
def test_odd_colours_and_formats_come_to_rgb(data, mode):
    proven, _ = proven_picture(data)
    image = decoded(proven)

    assert image.format in {"JPEG", "PNG"}
    assert image.mode == mode
    assert near(image.getpixel((10, 20)), odd.RED, by=40)
    assert near(image.getpixel((40, 20)), odd.BLUE, by=40)
    assert proven_picture(proven)[0] == proven


def test_sixteen_bits_are_scaled_and_not_cut_off():
    image = decoded(proven_picture(odd.grey16())[0])

    # 0x4000 of 0xFFFF is 63.75 of 255, 0xC000 is 191.25.
    assert image.mode == "L"
    assert (image.getpixel((2, 8)), image.getpixel((20, 8))) == (64, 191)


def test_real_numbers_are_spread_over_the_greys():
    levels = np.linspace(-1.0, 3.0, 24, dtype=np.float32).reshape(1, 24).repeat(16, axis=0)
    image = decoded(proven_picture(odd.encoded(Image.fromarray(levels), "TIFF"))[0])

    assert (image.getpixel((0, 0)), image.getpixel((23, 0))) == (0, 255)


@pytest.mark.parametrize("mode", ["LA", "P"])
def test_transparency_is_kept(mode):
    image = odd.striped().convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 16, 48, 32))
    source = image.convert("LA") if mode == "LA" else image.quantize(16)

    proven = decoded(proven_picture(odd.encoded(source, "PNG"))[0])

    assert proven.mode == "RGBA"
    assert proven.getpixel((10, 10))[3] == 255
    assert proven.getpixel((10, 28))[3] == 0


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (odd.HTML, "a web page"),
        (odd.SVG, "an SVG drawing"),
        (b"", "the 0 bytes are no picture"),
        (b"GIF89a", "picture"),
        (odd.jpeg()[:-200], "truncated"),
        (odd.photograph((320, 240))[:-1000], "truncated"),
        (odd.encoded(odd.striped(), "PNG")[:-30], "damaged|truncated"),
        (odd.encoded(odd.striped(), "WEBP")[:-30], "damaged|picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no picture of a format that can be read"),
    ],
)
def test_what_is_no_whole_picture_is_refused_in_words(data, words):
    with pytest.raises(ImageError, match=words):
        proven_picture(data)


def test_a_vast_picture_is_refused_before_it_is_decoded():
    vast = odd.vast_png(30_000)

    assert len(vast) < 1_000_000
    with pytest.raises(ImageError, match="past the limit"):
        proven_picture(vast)
    assert decoded(proven_picture(odd.vast_png(300))[0]).size == (300, 300)


def test_tags_that_cannot_be_read_turn_nothing():
    data = odd.jpeg(orientation=6)
    at = data.index(b"Exif\0\0") + 6
    spoiled = data[:at] + b"\xff" * 8 + data[at + 8 :]

    assert proven_picture(spoiled) == (spoiled, "jpg")


def test_a_picture_is_taken_from_another_run_byte_for_byte(tmp_path):
    here, there = ImageStore(tmp_path / "here"), ImageStore(tmp_path / "there")
    digest = there.add(odd.jpeg(orientation=6))
    here.take(digest, there)

    assert here.read(digest) == there.read(digest)
    there.path(digest).write_bytes(b"something else")
    with pytest.raises(StoreError, match="not the one that was stored"):
        ImageStore(tmp_path / "third").take(digest, there)
