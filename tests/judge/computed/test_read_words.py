"""Text accuracy from the pixels: by what was read, and by nothing that the scene says of its quoted texts."""

from importlib.util import find_spec

import pytest

from genevolve.errors import MissingExtraError
from genevolve.judge.computed import ComputedJudge
from genevolve.judge.computed.checks import level
from genevolve.judge.computed.ocr import Line, check_read_words
from genevolve.judge.computed.seen import Seen
from genevolve.language.positions import Place
from genevolve.records import Box
from genevolve.records.recipe import Recipe, WantedText
from support.easel import BLACK, Easel

CAN_READ = all(find_spec(name) for name in ("rapidocr", "onnxruntime"))
RECIPE = Recipe(texts=(WantedText(text="OPEN DAY", position=Place.TOP),))
TOP, BELOW, FOOT = (100, 20, 300, 50), (100, 55, 300, 85), (100, 250, 300, 280)


def score(*lines: tuple[str, Box], recipe: Recipe = RECIPE, easel: Easel | None = None) -> float:
    """The score of what was read."""
    easel = easel or Easel()
    read = [Line(text=text, box=box) for text, box in lines]
    return level(check_read_words(recipe, Seen(easel.image, easel.scene()), read))


# Weights: readable 3 (leading), exact 3, place 1, no other 1: 8.
def test_what_is_read_letter_by_letter_is_right():
    assert score(("OPEN DAY", TOP)) == 1.0
    assert score(("OPENDAY", TOP)) == 1.0  # recognisers lose spaces
    assert score(("OPEN", TOP), ("DAY", BELOW)) == 1.0  # 20 to 85 of 300: the middle is at the top


def test_a_letter_misread_leaves_half():
    # 6 of 7 letters are in common: 2 * 6 / 14 = .86; exact fails: 5 of 8.
    assert score(("OPEN DAV", TOP)) == 0.5
    assert score(("open day", TOP)) == 0.0  # no letter is the same


def test_nothing_read_is_nothing():
    assert score() == 0.0
    assert score(("closed", TOP)) == 0.0


def test_place_and_other_words_count():
    assert score(("OPEN DAY", FOOT)) == 0.5
    assert score(("OPEN DAY", TOP), ("Sale", FOOT)) == 0.5
    assert score(("OPEN DAY", TOP), ("B2", FOOT)) == 1.0  # fewer than three letters may be a figure misread


def test_labels_and_references_may_have_letters():
    easel = Easel()
    easel.text("lamp", FOOT, BLACK, role="label")
    assert score(("OPEN DAY", TOP), ("lamp", FOOT), easel=easel) == 1.0


def test_each_text_takes_its_own_lines():
    recipe = Recipe(texts=(WantedText(text="NORD"), WantedText(text="SÜD")))
    assert score(("NORD", TOP), ("SÜD", BELOW), recipe=recipe) == 1.0
    assert score(("NORD", TOP), recipe=recipe) == 0.5  # one of two is right, and 7 of 13 in weight


@pytest.mark.skipif(CAN_READ, reason="rapidocr is installed; an environment without it would run this")
def test_without_a_recogniser_the_command_that_installs_it_is_named(store):
    with pytest.raises(MissingExtraError, match=r"pip install 'genevolve\[ocr\]'"):
        ComputedJudge(store, reads_pixels=True)


@pytest.mark.skipif(not CAN_READ, reason="pip install 'genevolve[ocr]' would run this")
async def test_words_are_read_from_the_pixels_whatever_the_scene_says(store, drawn):
    judge = ComputedJudge(store, reads_pixels=True)
    assert judge.info.name == "computed-ocr"
    recipe = Recipe(texts=(WantedText(text="OPEN DAY"),))
    easel = Easel()
    easel.text("OPEN DAY", (60, 100, 360, 160), BLACK, size_px=60)
    assert (await judge.judge(drawn(recipe, easel))).scores["text_accuracy"] == 1.0
    easel.image.paste((252, 244, 222), (0, 0, 400, 300))
    assert (await judge.judge(drawn(recipe, easel))).scores["text_accuracy"] == 0.0
