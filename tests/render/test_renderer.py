"""The sketch as a renderer: opened by name, asked without blocking, quick, and never brought down by a prompt."""

import asyncio
import time
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from genevolve.errors import UsageError
from genevolve.records import Program, Reference, Scene, Size
from genevolve.render import canvas_size, open_renderer


def program(prompt: str, references: int = 0) -> Program:
    return Program(
        prompt=prompt, references=tuple(Reference(ref=f"IMG_{n:03}", digest="0" * 32) for n in range(1, references + 1))
    )


async def test_the_sketch_is_opened_by_name_and_draws_a_png_of_the_wanted_size():
    renderer = open_renderer("sketch", size=Size(width=320, height=200), seed=3)
    drawing = await renderer.draw(program("three red stars"), ())
    image = Image.open(BytesIO(drawing.data))
    assert (image.format, image.size) == ("PNG", (320, 200))
    assert drawing.scene is not None
    assert (drawing.scene.width, drawing.scene.height) == (320, 200)
    assert (renderer.info.name, renderer.info.seed, renderer.info.size) == ("sketch", 3, Size(width=320, height=200))


async def test_equal_programs_and_settings_give_equal_files():
    files = [(await open_renderer("sketch").draw(program('six hearts, "AMOR"'), ())).data for _ in range(2)]
    assert files[0] == files[1]


def test_a_renderer_nobody_knows_is_refused_with_the_names_of_those_known():
    with pytest.raises(UsageError, match=r"no renderer 'skech'; expected one of: .*sketch"):
        open_renderer("skech")


async def test_without_a_wanted_size_the_canvas_follows_the_first_reference(png):
    drawing = await open_renderer("sketch").draw(program("the first reference image", 1), (png,))
    # 24x16 scaled to a long side of 1,024; 1024 / 1.5 = 682.67, to the nearest multiple of 16.
    assert Image.open(BytesIO(drawing.data)).size == (1024, 688)
    assert canvas_size(None, None) == Size(width=1024, height=1024)
    assert canvas_size(None, Image.new("L", (10, 100))) == Size(width=336, height=1024)


async def test_the_loop_goes_on_while_a_sketch_is_drawn():
    renderer = open_renderer("sketch", size=Size(width=2048, height=2048))
    drawing = asyncio.ensure_future(renderer.draw(program("ninety red stars, " * 20), ()))
    ticks = 0
    while not drawing.done():
        await asyncio.sleep(0)
        ticks += 1
    assert ticks > 10
    assert (await drawing).scene is not None


def test_a_scene_survives_being_written_and_read(sketch, png):
    scene = sketch('A title "Łódź 한" above the first reference image, two red stars.', png).scene
    assert Scene.model_validate_json(scene.model_dump_json()) == scene


@pytest.mark.parametrize("size", [(64, 64), (64, 4096), (4096, 64), (2048, 2048), (257, 131)])
def test_every_size_of_canvas_is_drawn_with_everything_on_it(sketch, png, size):
    drawn = sketch(
        'The first reference image, three stars above it, "A title of some length" at the top, a cat and a dog, '
        "oil painting, soft light.",
        png,
        size=size,
    )
    assert drawn.image.size == size
    assert drawn.counted() == {"star": 3, "cat": 1, "dog": 1}
    for item in drawn.scene.items:
        left, top, right, bottom = item.box
        assert 0 <= left < right <= size[0], item
        assert 0 <= top < bottom <= size[1], item


WORDS = """
    a an the two 3 twelve red dark-blue large tiny wooden star stars cat sign flag leaf "FASO" 'sale' and or , . ; : ( )
    with without no not above below left of between inside around on in at it them each other row circle grid background
    border title bold serif says reading is are first second reference image both half width canvas fills larger than
    twice as big one hundred of's -- …
"""
PROSE = st.lists(
    st.sampled_from(WORDS.split()),
    max_size=40,
).map(" ".join)


@given(st.one_of(PROSE, st.text(max_size=300)), st.integers(0, 2))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_prompt_brings_it_down_and_nothing_leaves_the_canvas(sketch, png, prompt, references):
    drawn = sketch(prompt or ".", *[png] * references, size=(200, 160))
    assert len(drawn.references()) == references
    for item in drawn.scene.items:
        left, top, right, bottom = item.box
        assert 0 <= left < right <= 200, item
        assert 0 <= top < bottom <= 160, item


@pytest.mark.parametrize(
    "prompt",
    [
        "star between the says between",
        "a cat between two trees, a dog beside the two trees, a bird between the trees",
        "in" + " " * 50_000 + "row",
        "in" + '"  "' * 10_000 + "a row",
        '"' * 20_001,
        "'" * 20_000,
        "a star of " * 5_000,
        "three stars above " * 3_000,
        "a dog and a cat above " * 1_000,
        'a dog "x" ' * 3_000,
        "between them " * 4_000,
        "a-" * 30_000,
        "9" * 50_000,
        "no " * 20_000,
        "\u202e\u200d" * 5_000,
        "(" * 30_000,
        "a " + "very " * 20_000 + "dog",
        "word " * 5_000,
    ],
    ids=lambda prompt: prompt[:16].strip() or "spaces",
)
def test_no_prompt_takes_long(sketch, prompt):
    start = time.process_time()
    sketch(prompt, size=(256, 256))
    # Each takes well under a second on a slow machine; a pattern that backtracks would take minutes.
    assert time.process_time() - start < 8


def test_a_prompt_of_five_thousand_words_is_drawn_as_far_as_there_is_room(sketch):
    words = "A fox, two wolves and a red lamp stand near the old mill while nine birds fly above a river. "
    drawn = sketch(words * 260)
    assert 20 <= len(drawn.shapes()) <= 100
    assert "more things are not drawn" in drawn.texts("caption")[0].text
