"""What a prompt binds shows in the scene: counts, colours, places, relations, arrangements, what is not wanted."""

import pytest

from support.looking import centre, is_above, is_left_of


@pytest.mark.parametrize(
    ("prompt", "counted"),
    [
        ("three red stars", {"star": 3}),
        ("A photo of two knifes on the left and three motorcycles on the right", {"knife": 2, "motorcycle": 3}),
        ("a dozen yellow suns and a cat", {"sun": 12, "cat": 1}),
        ("Draw exactly twenty-one dots in a grid.", {"dot": 21}),
        ("a pair of green pants and a pair of lamps", {"pants": 1, "lamp": 2}),
        ("four rows of five blue circles", {"circle": 20}),
        ("three wine glasses and one teddy bear", {"wine glass": 3, "teddy bear": 1}),
        ("two hundred leaves", {"leaf": 100}),
        ("a man rides a horse", {"man": 1, "horse": 1}),
        ("a hot dog beside a traffic light", {"hot dog": 1, "traffic light": 1}),
        ("The sign. The sign is red. A second sign.", {"sign": 2}),
    ],
)
def test_as_many_things_are_drawn_as_the_prompt_counts(sketch, prompt, counted):
    assert sketch(prompt).counted() == counted


def test_what_could_not_all_be_drawn_is_said_in_the_caption(sketch):
    drawn = sketch("two hundred leaves")
    assert "100 of 200 leaves" in drawn.texts("caption")[0].text


@pytest.mark.parametrize(
    ("prompt", "colours"),
    [
        (
            "a brown tv, a black teddy bear, and a yellow chair",
            {"tv": "brown", "teddy bear": "black", "chair": "yellow"},
        ),
        ("The car is dark green. A cat.", {"car": "dark green", "cat": None}),
        ("an orange, an orange cat and a rose", {"orange": None, "cat": "orange", "rose": None}),
        ("chromatic blue swirls around a lamp", {"swirl": "blue", "lamp": None}),
        ("a red-haired woman", {"woman": None}),
    ],
)
def test_a_colour_belongs_to_the_thing_it_is_said_of(sketch, prompt, colours):
    assert {shape.noun: shape.colour_name for shape in sketch(prompt).shapes()} == colours


def test_colours_are_dealt_out_among_several_things(sketch):
    drawn = sketch("Five apples: two red, two green and one yellow.")
    assert [shape.colour_name for shape in drawn.shapes("apple")] == ["red", "red", "green", "green", "yellow"]


@pytest.mark.parametrize(
    ("place", "x", "y"),
    [
        ("in the top left corner", 0, 0),
        ("at the top", 1, 0),
        ("in the upper right corner", 2, 0),
        ("on the left", 0, 1),
        ("in the centre", 1, 1),
        ("on the right side", 2, 1),
        ("in the bottom-left corner", 0, 2),
        ("at the bottom", 1, 2),
        ("in the lower right", 2, 2),
    ],
)
def test_each_of_the_nine_places_is_a_third_of_the_canvas(sketch, place, x, y):
    drawn = sketch(
        f"A small red circle {place}, and a blue square in the centre." if (x, y) != (1, 1) else f"A circle {place}."
    )
    left, top = centre(drawn.shapes("circle")[0].box)
    assert (int(left / 512 * 3), int(top / 512 * 3)) == (x, y)


@pytest.mark.parametrize(
    "prompt",
    [
        "a dog on the left of a cat",
        "a cat to the right of a dog",
        "A dog on the left and a cat on the right",
        "On the left, a dog; on the right, a cat.",
        "To the left of a cat is a dog.",
        "A cat is here. A dog is to the left of it.",
    ],
)
def test_the_dog_stands_left_of_the_cat(sketch, prompt):
    drawn = sketch(prompt)
    assert drawn.counted() == {"dog": 1, "cat": 1}
    assert is_left_of(drawn.shapes("dog")[0].box, drawn.shapes("cat")[0].box)


@pytest.mark.parametrize(
    "prompt",
    [
        "a star above a house",
        "a house below a star",
        "A photo of a star on the above and a house on the below",
        "Above the house there is a star.",
        "a star on top of a house",
        "a house with a star above it",
        "a star at the top and a house at the bottom",
    ],
)
def test_the_star_stands_above_the_house(sketch, prompt):
    drawn = sketch(prompt)
    assert drawn.counted() == {"star": 1, "house": 1}
    assert is_above(drawn.shapes("star")[0].box, drawn.shapes("house")[0].box)


def test_between_is_in_the_middle_of_two_or_of_a_pair(sketch):
    for prompt in ("a dog between a bush and a lamp", "a dog between two lamps"):
        drawn = sketch(prompt)
        dog = centre(drawn.shapes("dog")[0].box)[0]
        others = [centre(shape.box)[0] for shape in drawn.shapes() if shape.noun != "dog"]
        assert min(others) < dog < max(others)


def test_inside_is_within_the_other_box(sketch):
    drawn = sketch("a green triangle inside a yellow circle")
    inner, outer = drawn.shapes("triangle")[0].box, drawn.shapes("circle")[0].box
    assert outer[0] < inner[0] < inner[2] < outer[2]
    assert outer[1] < inner[1] < inner[3] < outer[3]


def test_larger_than_is_larger(sketch):
    for prompt in (
        "a circle larger than a square",
        "a large circle and a small square",
        "a circle twice as big as a square",
    ):
        drawn = sketch(prompt)
        circle, square = drawn.shapes("circle")[0].box, drawn.shapes("square")[0].box
        assert circle[3] - circle[1] > 1.2 * (square[3] - square[1]), prompt


def test_arrangements_are_what_they_are_called(sketch):
    row = [centre(shape.box) for shape in sketch("five red stars in a row").shapes()]
    assert len({y for _, y in row}) == 1
    assert len({x for x, _ in row}) == 5
    column = [centre(shape.box) for shape in sketch("four hearts in a column").shapes()]
    assert len({x for x, _ in column}) == 1
    ring = [centre(shape.box) for shape in sketch("eight dots in a circle").shapes()]
    middle = (sum(x for x, _ in ring) / 8, sum(y for _, y in ring) / 8)
    radii = [((x - middle[0]) ** 2 + (y - middle[1]) ** 2) ** 0.5 for x, y in ring]
    assert max(radii) - min(radii) < 3
    arc = [centre(shape.box)[1] for shape in sketch("seven hearts in an arc").shapes()]
    assert arc[3] < arc[0] - 20
    assert arc[3] < arc[6] - 20
    rows = [centre(shape.box)[1] for shape in sketch("six candles in two rows of three").shapes()]
    assert len(set(rows)) == 2
    diagonal = [centre(shape.box) for shape in sketch("three squares placed diagonally").shapes()]
    assert diagonal == sorted(diagonal)
    assert len({y for _, y in diagonal}) == 3


@pytest.mark.parametrize(
    ("prompt", "nouns"),
    [
        ("a plate without any bananas and a cup", {"plate", "cup"}),
        ("a house, no people, cars or trees", {"house"}),
        ("A house. Do not draw any birds or boats.", {"house"}),
        ("no dogs, a cat", {"cat"}),
        ("not a bear but a fox", {"fox"}),
        ("a star instead of a moon", {"star"}),
        ("zero boats and a fish", {"fish"}),
    ],
)
def test_what_is_not_wanted_is_not_drawn(sketch, prompt, nouns):
    assert set(sketch(prompt).counted()) == nouns


def test_the_background_is_of_the_named_colour(sketch):
    assert sketch("a star on a navy background").scene.background == ((24, 36, 88),)
    assert sketch("The background is pale blue. A star.").scene.background[0] == (156, 182, 228)
    top, bottom = sketch("a star on a gradient background from orange to purple").scene.background
    assert (top, bottom) == ((245, 130, 32), (118, 60, 160))
    assert max(sketch("a tree under the night sky").scene.background[0]) < 100


def test_a_border_runs_round_the_canvas_in_its_colour(sketch):
    drawn = sketch("a star with a gold border")
    border = next(shape for shape in drawn.shapes() if shape.drawn_as == "border")
    left, top, right, bottom = border.box
    for x, y in ((left, top), (right - 1, top), (left, bottom - 1), (right - 1, bottom - 1)):
        assert tuple(drawn.pixels[y, x]) == border.colour == (212, 168, 55)


def test_materials_go_to_the_label(sketch):
    labels = {text.text for text in sketch("a wooden chair, a glass star and a plain cup").texts("label")}
    assert labels == {"wooden chair", "glass star", "cup"}


def test_where_the_viewer_stands_places_nothing(sketch):
    drawn = sketch("a tower seen from below")
    assert "from below" in drawn.scene.not_understood
    assert abs(centre(drawn.shapes("tower")[0].box)[1] - 256) < 40


def test_a_prompt_that_names_only_a_kind_of_picture_asks_for_that(sketch):
    assert sketch("a poster").counted() == {"poster": 1}
    assert sketch("a poster with two houses").counted() == {"house": 2}


def test_things_on_both_sides_of_another_are_shared_out_and_keep_their_colours(sketch):
    drawn = sketch("Two balloons, red and blue, on either side of a cake.")
    red, blue = drawn.shapes("balloon")
    assert (red.colour_name, blue.colour_name) == ("red", "blue")
    assert is_left_of(red.box, drawn.shapes("cake")[0].box)
    assert is_left_of(drawn.shapes("cake")[0].box, blue.box)


def test_what_binds_nothing_is_in_the_scene_and_in_the_caption(sketch):
    drawn = sketch("a fox holding a lamp, oil painting, cinematic lighting")
    assert "cinematic lighting" in drawn.scene.not_understood
    assert "oil painting" in drawn.scene.not_understood
    caption = drawn.texts("caption")[0]
    assert "cinematic lighting" in caption.text
    assert all(caption.box[1] >= shape.box[3] for shape in drawn.shapes())


def test_a_prompt_that_binds_everything_has_no_caption(sketch):
    assert sketch("three red stars in a row above a blue circle").texts("caption") == []


def test_whom_a_picture_is_for_is_not_drawn_and_a_name_in_s_is_no_plural(sketch):
    assert sketch("A sticker for Honduras: five blue stars.").counted() == {"star": 5}
    assert sketch("a statue beside Honduras").counted() == {"statue": 1, "Honduras": 1}
    assert sketch("Sneakers on a table").counted() == {"Sneaker": 3, "table": 1}
