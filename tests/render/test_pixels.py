"""The scene tells the truth about the pixels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genevolve.language.positions import Arrangement
from genevolve.render.sketch import SketchRenderer, figures
from genevolve.render.sketch.arrange import cells
from genevolve.render.sketch.layout import shared

SCENES = [
    "three red stars in a row",
    "eight gold stars in a circle around a blue square",
    "two hearts on the left and a green triangle on the right",
    "a small black cross in the top left corner and a large purple ring at the bottom",
    'the word "FASO" in bold red serif at the top and a black crescent below it',
    "a blue card, a red lamp and four green cups in a row at the bottom",
    "nine cyan drops in a grid on a navy background",
]


@pytest.mark.parametrize("prompt", SCENES)
def test_nothing_is_drawn_outside_the_boxes_of_the_scene(sketch, prompt):
    drawn = sketch(prompt)
    assert len(drawn.scene.background) == 1
    inked = (drawn.pixels != np.array(drawn.scene.background[0])).any(axis=2)
    for item in drawn.scene.items:
        left, top, right, bottom = item.box
        assert 0 <= left < right <= 512
        assert 0 <= top < bottom <= 512
        inked[top:bottom, left:right] = False
    assert not inked.any()


@pytest.mark.parametrize("prompt", SCENES)
def test_every_box_is_touched_on_all_four_sides(sketch, prompt):
    drawn = sketch(prompt)
    inked = (drawn.pixels != np.array(drawn.scene.background[0])).any(axis=2)
    for item in drawn.scene.items:
        left, top, right, bottom = item.box
        box = inked[top:bottom, left:right]
        if not (item.kind == "text" and item.role == "label"):
            assert box[0].any(), item
            assert box[-1].any(), item
            assert box[:, 0].any(), item
            assert box[:, -1].any(), item


@pytest.mark.parametrize("prompt", SCENES)
def test_the_colour_of_each_thing_is_in_its_box(sketch, prompt):
    drawn = sketch(prompt)
    for item in [*drawn.shapes(), *drawn.texts()]:
        left, top, right, bottom = item.box
        region = drawn.pixels[top:bottom, left:right].reshape(-1, 3)
        close = np.abs(region - np.array(item.colour)).max(axis=1) <= 3
        assert close.mean() > (0.05 if item.kind == "shape" else 0), item


@pytest.mark.parametrize("name", figures.figure_names())
def test_every_figure_fills_its_box_and_shows_its_colour(sketch, name):
    drawn = sketch(f"a magenta {name}")
    (shape,) = drawn.shapes()
    assert (shape.drawn_as, shape.colour_name) == (name, "magenta")
    inked = (drawn.pixels != np.array(drawn.scene.background[0])).any(axis=2)
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    assert shape.box == (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)


def test_a_figure_of_the_background_colour_is_outlined(sketch):
    drawn = sketch("a white star on a white background")
    left, top, right, bottom = drawn.shapes("star")[0].box
    region = drawn.pixels[top:bottom, left:right].reshape(-1, 3)
    assert (region.max(axis=1) < 200).any()


@given(
    st.integers(1, 100),
    st.sampled_from([None, *Arrangement]),
    st.floats(40, 2000),
    st.floats(40, 2000),
    st.floats(0.2, 4),
    st.integers(0, 5),
)
@settings(max_examples=120, deadline=None)
def test_arranged_things_stay_in_their_room_and_apart(count, arrangement, width, height, aspect, seed):
    placed = cells(count, arrangement, width=width, height=height, aspect=aspect, seed=seed)
    assert len(placed) == count
    boxes = np.array(placed)
    assert (boxes[:, :2] >= -1e-6 * max(width, height)).all()
    assert (boxes[:, 0] + boxes[:, 2] <= width * (1 + 1e-6)).all()
    assert (boxes[:, 1] + boxes[:, 3] <= height * (1 + 1e-6)).all()
    assert np.allclose(boxes[:, 2], boxes[:, 3] * aspect)
    apart_x = np.abs(boxes[:, None, 0] - boxes[None, :, 0]) >= boxes[0, 2] * 0.999
    apart_y = np.abs(boxes[:, None, 1] - boxes[None, :, 1]) >= boxes[0, 3] * 0.999
    assert (apart_x | apart_y | np.eye(count, dtype=bool)).all()


@given(st.lists(st.tuples(st.floats(0, 500), st.floats(0.1, 5)), min_size=1, max_size=8), st.floats(0, 1500))
def test_space_is_shared_without_waste_and_without_excess(parts, space):
    needs, weights = [need for need, _ in parts], [weight for _, weight in parts]
    got = shared(needs, weights, space)
    assert all(share <= need + 1e-6 for share, need in zip(got, needs, strict=True))
    assert sum(got) == pytest.approx(min(sum(needs), space), abs=1e-5)
    # Whoever got less than it needs was not passed over for somebody of less weight.
    levels = [share / weight for share, need, weight in zip(got, needs, weights, strict=True) if share < need - 1e-6]
    assert all(level == pytest.approx(levels[0]) for level in levels)


def test_equal_programs_give_equal_bytes_and_the_seed_only_moves_what_is_strewn(sketch):
    strewn = "twelve stars scattered over a navy background"
    assert sketch(strewn).image.tobytes() == sketch(strewn).image.tobytes()
    assert sketch(strewn, seed=1).image.tobytes() != sketch(strewn, seed=2).image.tobytes()
    assert sketch("three stars", seed=1).image.tobytes() == sketch("three stars", seed=2).image.tobytes()


def test_the_sketch_is_version_two_of_itself():
    assert SketchRenderer().info.settings == {"version": 2}
