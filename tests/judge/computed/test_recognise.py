"""An image is recognised wherever it is drawn, and told from every other that does not look the same."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import genevolve
from genevolve.judge.computed.recognise import SAME_IMAGE, difference, keeps_aspect
from genevolve.records import Box
from genevolve.store.images import open_picture

FLAGS = Path(genevolve.__file__).parent / "search" / "atlas" / "flags"


def flag(code: str) -> Image.Image:
    return open_picture((FLAGS / f"{code}.webp").read_bytes())


def drawn(image: Image.Image, width: int, *, at: tuple[int, int] = (31, 17)) -> tuple[Image.Image, Box]:
    """The image on a canvas, as wide as that, and its box."""
    size = (width, round(width * image.height / image.width))
    canvas = Image.new("RGB", (900, 900), (247, 243, 234))
    small = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0)
    canvas.paste(small, at, small if small.mode == "RGBA" else None)
    return canvas, (at[0], at[1], at[0] + size[0], at[1] + size[1])


@pytest.mark.parametrize("width", [64, 101, 400, 800])
@pytest.mark.parametrize("code", ["fr", "io", "lk", "ro", "np", "us"])
def test_a_flag_is_itself_at_any_size(code, width):
    canvas, box = drawn(flag(code), width)
    assert difference(canvas, box, flag(code), covered=[]) < SAME_IMAGE


@pytest.mark.parametrize(
    ("one", "other"), [("ro", "td"), ("id", "mc"), ("no", "sj"), ("eg", "iq"), ("id", "sg"), ("nz", "au"), ("ie", "ci")]
)
def test_flags_that_are_nearly_alike_are_told_apart(one, other):
    canvas, box = drawn(flag(one), 300)
    assert difference(canvas, box, flag(other), covered=[]) > SAME_IMAGE


@pytest.mark.parametrize(("land", "territory"), [("fr", "gp"), ("nl", "bq"), ("au", "hm"), ("us", "um")])
def test_flags_that_are_the_same_are_the_same_file(land, territory):
    assert (FLAGS / f"{land}.webp").read_bytes() == (FLAGS / f"{territory}.webp").read_bytes()


def test_what_is_covered_or_outside_is_not_compared():
    canvas, box = drawn(flag("fr"), 320, at=(740, 100))  # half of it is past the edge of the canvas
    canvas.paste((0, 0, 0), (740, 100, 800, 340))
    assert difference(canvas, box, flag("fr"), covered=[]) > SAME_IMAGE
    assert difference(canvas, box, flag("fr"), covered=[(740, 100, 800, 340)]) < SAME_IMAGE
    assert difference(canvas, box, flag("fr"), covered=[(0, 0, 900, 900)]) == 1.0


def test_the_difference_is_the_mean_of_the_largest_difference_of_a_channel():
    # Grey 100 against (100, 151, 90): 51, -> 51 / 255 = 0.2.
    canvas = Image.new("RGB", (200, 200), (100, 100, 100))
    assert difference(
        canvas, (20, 20, 148, 116), Image.new("RGB", (64, 48), (100, 151, 90)), covered=[]
    ) == pytest.approx(0.2)


def test_where_an_image_is_clear_nothing_is_compared():
    image = Image.fromarray(np.full((48, 64, 4), (200, 0, 0, 255), dtype=np.uint8))
    image.paste((0, 0, 0, 0), (0, 0, 32, 48))
    canvas = Image.new("RGB", (64, 48), (0, 90, 0))
    canvas.paste((200, 0, 0), (32, 0, 64, 48))
    assert difference(canvas, (0, 0, 64, 48), image, covered=[]) < SAME_IMAGE


def test_too_small_an_image_is_not_recognised():
    canvas, box = drawn(flag("fr"), 52)  # 39 pixels high
    assert difference(canvas, box, flag("fr"), covered=[]) == 1.0


def test_an_aspect_is_kept_within_three_parts_in_a_hundred():
    image = Image.new("RGB", (400, 300))
    assert keeps_aspect((0, 0, 200, 150), image)
    assert keeps_aspect((0, 0, 206, 150), image)  # 200 wanted, 6 off, 3% of 206 and 1 allowed: 7.18
    assert not keeps_aspect((0, 0, 209, 150), image)  # 9 off, 7.27 allowed
