"""The formula of beauty: each measure worked out by hand, and the cuts of their quality."""

import pytest

from genevolve.judge.computed.beauty import beauty_level, measure_beauty, quality
from genevolve.judge.computed.checks import Measure
from genevolve.judge.computed.seen import Seen
from support.easel import BLACK, BLUE, CREAM, RED, Easel


def measures(easel: Easel, *not_understood: str) -> dict[str, float]:
    """The measures of what stands on an easel, by name."""
    found = measure_beauty(Seen(easel.image, easel.scene(not_understood=not_understood)))
    return {measure.name: measure.value for measure in found}


def test_two_things_side_by_side_are_without_fault():
    easel = Easel()
    easel.shape("star", (80, 100, 180, 200), RED)
    easel.shape("cat", (220, 100, 320, 200), BLUE)
    assert measures(easel) == dict.fromkeys(
        ("margins", "apart", "balance", "filled", "contrast", "legibility", "understood"), 1.0
    )


def test_things_at_the_edge_have_no_margin():
    easel = Easel()
    easel.shape("star", (80, 100, 180, 200), RED)
    easel.shape("cat", (297, 100, 397, 200), BLUE)  # 3 pixels free; a fiftieth of 300 is 6
    assert measures(easel)["margins"] == 0.5


def test_half_overlaps_are_a_clash_and_a_thing_within_another_is_not():
    easel = Easel()
    easel.shape("star", (100, 100, 200, 200), RED)
    easel.shape("cat", (190, 100, 290, 200), BLUE)
    assert measures(easel)["apart"] == pytest.approx(0.8)  # 1 - 4 * 10 * 100 / (2 * 100 * 100)
    easel = Easel()
    easel.shape("star", (100, 100, 200, 200), RED)
    easel.shape("cat", (130, 130, 170, 170), BLUE)
    assert measures(easel)["apart"] == 1.0


def test_weight_on_one_side_is_out_of_balance():
    easel = Easel()
    easel.shape("star", (20, 100, 120, 200), RED)  # its middle is at 70 of 400: 0.325 off, and 0.25 is the most
    assert measures(easel)["balance"] == 0.0
    easel.shape("cat", (180, 100, 280, 200), RED)  # together at 150: 0.125 off
    assert measures(easel)["balance"] == pytest.approx(0.5)


def test_a_small_thing_leaves_the_canvas_empty():
    easel = Easel()
    easel.shape("star", (170, 120, 230, 180), RED)  # 60 * 60 of 400 * 300 is 0.03; a tenth is asked
    assert measures(easel)["filled"] == pytest.approx(0.3)


def test_what_does_not_stand_out_has_no_contrast():
    easel = Easel()
    easel.shape("star", (80, 100, 180, 200), (250, 242, 220))
    easel.shape("cat", (220, 100, 320, 200), BLUE)
    assert measures(easel)["contrast"] == 0.5


def test_small_type_is_not_legible_and_parts_not_understood_count_a_quarter():
    easel = Easel()
    easel.text("OPEN", (100, 100, 190, 130), BLACK)
    easel.text("tiny", (100, 150, 120, 156), BLACK, size_px=6)
    found = measures(easel, "dreamy")
    assert (found["legibility"], found["understood"]) == (0.5, 0.75)


def test_captions_and_borders_are_left_out():
    easel = Easel(ground=CREAM)
    easel.shape("star", (150, 100, 250, 200), RED)
    plain = measures(easel)
    easel.text("Not drawn: dreamy.", (0, 292, 120, 300), BLACK, role="caption", size_px=6)
    assert measures(easel) == plain


@pytest.mark.parametrize(
    ("values", "expected", "score"),
    [
        ((1, 1, 1, 1), 1.0, 1.0),
        ((1, 1, 1, 0.6), 0.75, 0.5),  # (0.9 + 0.6) / 2
        ((1, 1, 1, 0.2), 0.5, 0.0),  # (0.8 + 0.2) / 2
        ((), 0.0, 0.0),
    ],
)
def test_quality_is_half_way_between_the_mean_and_the_lowest(values, expected, score):
    found = [Measure(axis="aesthetics", name=str(n), value=value) for n, value in enumerate(values)]
    assert quality(found) == pytest.approx(expected)
    assert beauty_level(found) == score
