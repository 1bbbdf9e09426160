"""Requests in people's own words: only what is wished for is drawn, where it is wished."""

import pytest

from support.looking import centre, is_above, is_left_of


@pytest.mark.parametrize(
    ("prompt", "counted"),
    [
        ("Hi there! We're repainting the nursery and need a mural. I'd like three owls. Thanks a lot!", {"owl": 3}),
        ("My uncle asked me for a placard. It should have two cats.", {"cat": 2}),
        ("Eye chart: four arrows at the top; a heart below them", {"arrow": 4, "heart": 1}),
        ("Design a sign. On the left, draw a bell.", {"bell": 1}),
        ("The notice board sign shows exactly two fish.", {"fish": 2}),
        ("A handout is needed for the chess evening. A crown in the middle.", {"crown": 1}),
        ("School project cover. Six leaves.", {"leaf": 6}),
        ("Generate a menu with a pear on teal paper", {"pear": 1}),
        ("A sign that says 'OPEN'", {"sign": 1}),
        ("a sign and a lamp", {"sign": 1, "lamp": 1}),
        ("A person is looking at the menu", {"person": 1, "menu": 1}),
        ("two pencils beside a notebook, drawn in pencil", {"pencil": 2, "notebook": 1}),
    ],
)
def test_neither_chatter_nor_the_kind_of_picture_is_drawn(sketch, prompt, counted):
    assert sketch(prompt).counted() == counted


@pytest.mark.parametrize(
    ("prompt", "rgb"),
    [
        # Dark is two fifths of the way to black: (46, 139, 70) * 0.6, rounded.
        ("a star on dark green paper", (28, 83, 42)),
        ("a star against a lavender backdrop", (190, 175, 225)),
        ("a star. Background: teal.", (0, 128, 128)),
    ],
)
def test_paper_and_backdrop_are_the_background(sketch, prompt, rgb):
    drawn = sketch(prompt)
    assert drawn.counted() == {"star": 1}
    assert drawn.scene.background == (rgb,)


def test_near_an_edge_is_a_place_and_near_a_thing_is_beside_it(sketch):
    for place in ("near the bottom edge", "near the very bottom", "near the bottom of the page"):
        drawn = sketch(f"A heart. A bell {place}.")
        assert is_above(drawn.shapes("heart")[0].box, drawn.shapes("bell")[0].box), place
    beside = sketch("a bell near the bottom of the hill")
    assert abs(centre(beside.shapes("bell")[0].box)[1] - centre(beside.shapes("hill")[0].box)[1]) < 120


def test_the_centre_is_that_of_the_canvas_even_where_only_one_side_is_taken(sketch):
    drawn = sketch("the word 'START' in the middle and three hearts at the bottom")
    text = drawn.texts("quoted")[0]
    assert text.box[1] <= 256 <= text.box[3]


def test_what_is_between_two_placed_things_stands_midway(sketch):
    drawn = sketch("A bell on the left. A drum on the right. A kite between the bell and the drum.")
    bell, kite, drum = (drawn.shapes(noun)[0].box for noun in ("bell", "kite", "drum"))
    assert is_left_of(bell, kite)
    assert is_left_of(kite, drum)
    assert abs(centre(kite)[0] - 256) < 30
    assert centre(bell)[0] < 512 / 3
    assert centre(drum)[0] > 2 * 512 / 3


@pytest.mark.parametrize("noun", ["carrot", "pencil", "car", "cat", "hat", "spoon", "banana", "gift box", "kitten"])
def test_everyday_things_are_drawn_as_themselves_in_their_colour(sketch, noun):
    (shape,) = sketch(f"a magenta {noun}").shapes()
    assert shape.drawn_as != "card"
    assert shape.colour_name == "magenta"


def test_a_thing_called_like_a_figure_keeps_its_name_on_a_label(sketch):
    drawn = sketch("an alarm clock")
    assert drawn.shapes()[0].drawn_as == "clock"
    assert [text.text for text in drawn.texts("label")] == ["alarm clock"]


def test_the_caption_does_not_miss_the_kind_of_sheet_but_the_manner(sketch):
    assert sketch("Design a new magazine cover with three bells.").texts("caption") == []
    assert sketch("A vintage poster with three bells").scene.not_understood == ("vintage poster",)
    assert sketch("An oil painting of three bells").scene.not_understood == ("oil painting",)
