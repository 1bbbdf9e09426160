"""Reference images: whole, undistorted, where the prompt puts them, or a clear refusal."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from genevolve.errors import RenderError
from genevolve.records import Program, Reference, Size
from genevolve.render.sketch import SketchRenderer
from support.looking import centre, is_above, is_left_of, overlap

CORNERS = ((210, 20, 30), (20, 140, 60), (30, 60, 200), (240, 200, 20))
"""Colours of the quarters of a test picture: left top, right top, left bottom, right bottom."""


def quartered(size: tuple[int, int] = (240, 160), kind: str = "PNG", **settings: object) -> bytes:
    """A picture whose quarters tell whether it is whole, upright and undistorted."""
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    middle_y, middle_x = size[1] // 2, size[0] // 2
    (
        pixels[:middle_y, :middle_x],
        pixels[:middle_y, middle_x:],
        pixels[middle_y:, :middle_x],
        pixels[middle_y:, middle_x:],
    ) = CORNERS
    out = BytesIO()
    Image.fromarray(pixels).save(out, kind, **settings)
    return out.getvalue()


def quarters(drawn, box) -> list[tuple[int, ...]]:
    """The colours in the middles of the quarters of a box."""
    w, h = box[2] - box[0], box[3] - box[1]
    spots = [(box[0] + w * x // 4, box[1] + h * y // 4) for y in (1, 3) for x in (1, 3)]
    return [tuple(drawn.pixels[y, x]) for x, y in spots]


@pytest.mark.parametrize("canvas", [(512, 512), (256, 768), (900, 200), (1024, 128)])
@pytest.mark.parametrize("picture", [(240, 160), (60, 300), (300, 60), (64, 64)])
def test_a_reference_is_whole_and_undistorted(sketch, canvas, picture):
    drawn = sketch("The first reference image in the centre.", quartered(picture), size=canvas)
    (placed,) = drawn.references()
    left, top, right, bottom = placed.box
    assert 0 <= left < right <= canvas[0]
    assert 0 <= top < bottom <= canvas[1]
    width, height = right - left, bottom - top
    assert abs(width - height * picture[0] / picture[1]) <= max(1.0, picture[0] / picture[1])
    assert quarters(drawn, placed.box) == list(CORNERS)
    # The edges of the picture are on the canvas: nothing was cropped.
    assert tuple(drawn.pixels[top, left]) == CORNERS[0]
    assert tuple(drawn.pixels[bottom - 1, right - 1]) == CORNERS[3]


def test_a_reference_that_is_never_named_is_still_placed(sketch):
    drawn = sketch("three red stars", quartered())
    assert len(drawn.references()) == 1
    assert all(overlap(star.box, drawn.references()[0].box) == 0 for star in drawn.shapes("star"))


def test_a_reference_goes_where_its_ordinal_is_spoken_of(sketch):
    drawn = sketch(
        "The first reference image on the right and the second reference image on the left.",
        quartered(),
        quartered((100, 100)),
    )
    first, second = sorted(drawn.references(), key=lambda placed: placed.ordinal)
    assert is_left_of(second.box, first.box)


def test_three_stars_stand_in_a_row_above_the_flag_and_the_title_above_all(sketch):
    drawn = sketch(
        "Place the first reference image, the flag, large in the centre. "
        "Draw exactly three red stars in a row above the flag. "
        'Set the title "FASO" in bold serif at the top.',
        quartered(),
        size=(768, 1024),
    )
    (flag,), stars, (title,) = drawn.references(), drawn.shapes("star"), drawn.texts("quoted")
    assert drawn.counted() == {"star": 3}
    assert {star.colour_name for star in stars} == {"red"}
    assert all(is_above(star.box, flag.box) and is_above(title.box, star.box) for star in stars)
    assert flag.box[2] - flag.box[0] > 768 * 0.7


def test_what_the_prompt_calls_the_reference_is_the_reference(sketch):
    for prompt in (
        "The flag from the first reference image with a star below the flag.",
        "The first reference image shows a flag. A star below the flag.",
        "A star below the flag.",
    ):
        drawn = sketch(prompt, quartered(), notes=("the flag's design",))
        assert drawn.counted() == {"star": 1}
        assert is_above(drawn.references()[0].box, drawn.shapes("star")[0].box)


def test_text_below_each_of_two_references(sketch):
    drawn = sketch(
        "The first reference image on the left and the second reference image on the right, "
        'with "Chad" and "Romania" below each.',
        quartered(),
        quartered(),
        size=(1024, 768),
    )
    flags = sorted(drawn.references(), key=lambda placed: placed.ordinal)
    for flag, name in zip(flags, drawn.texts("quoted"), strict=True):
        assert is_above(flag.box, name.box)
        assert abs(centre(flag.box)[0] - centre(name.box)[0]) < 4


def test_sizes_in_words_are_kept(sketch):
    small = sketch("A small first reference image at the bottom.", quartered()).references()[0].box
    plain = sketch("The first reference image at the bottom.", quartered()).references()[0].box
    half = sketch("The first reference image is half the width of the canvas.", quartered()).references()[0].box
    assert small[2] - small[0] < 0.7 * (plain[2] - plain[0])
    assert abs((half[2] - half[0]) - (512 - 2 * 512 * 0.055) / 2) < 2


def test_a_reference_that_fills_the_canvas_reaches_its_edges(sketch):
    for prompt in ("The first reference image fills the canvas.", "Background: the first reference image. A star."):
        (placed,) = sketch(prompt, quartered((300, 300))).references()
        assert placed.box == (0, 0, 512, 512)


def test_a_photo_is_turned_upright(sketch):
    lying = Image.open(BytesIO(quartered((160, 240)))).rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    out = BytesIO()
    lying.save(out, "JPEG", quality=95, exif=exif)
    drawn = sketch("the first reference image", out.getvalue())
    box = drawn.references()[0].box
    assert box[3] - box[1] > box[2] - box[0]
    for seen, wanted in zip(quarters(drawn, box), CORNERS, strict=True):
        assert max(abs(a - b) for a, b in zip(seen, wanted, strict=True)) < 12


def test_clear_parts_of_a_picture_let_the_background_through(sketch):
    picture = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    picture.paste((200, 0, 0, 255), (25, 25, 75, 75))
    out = BytesIO()
    picture.save(out, "PNG")
    drawn = sketch("the first reference image on a yellow background", out.getvalue())
    left, top, right, bottom = drawn.references()[0].box
    assert tuple(drawn.pixels[top + 4, left + 4]) == (250, 210, 50)
    assert tuple(drawn.pixels[(top + bottom) // 2, (left + right) // 2]) == (200, 0, 0)


@pytest.mark.parametrize("kind", ["L", "P", "I;16", "1", "CMYK"])
def test_pictures_of_every_mode_can_be_drawn(sketch, kind):
    grey = Image.new("L", (40, 30), 90)
    picture = Image.new("I;16", (40, 30), 20000) if kind == "I;16" else grey.convert(kind)
    out = BytesIO()
    picture.save(out, "TIFF" if kind == "CMYK" else "PNG")
    assert len(sketch("the first reference image", out.getvalue()).references()) == 1


@pytest.mark.parametrize("data", [b"", b"no picture", quartered()[:200], quartered(kind="JPEG")[:300]])
async def test_bytes_that_are_no_picture_are_refused_in_words(data):
    program = Program(prompt="the first reference image", references=(Reference(ref="IMG_001", digest="0" * 32),))
    with pytest.raises(RenderError, match=r"reference 1 of the program cannot be drawn: .* choose another"):
        await SketchRenderer(size=Size(width=256, height=256)).draw(program, (data,))


async def test_pictures_that_are_not_the_programs_are_refused_in_words():
    with pytest.raises(RenderError, match="names 0 references and 1 pictures were given"):
        await SketchRenderer().draw(Program(prompt="a star"), (quartered(),))
