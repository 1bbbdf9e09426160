"""Places, relations and arrangements hold where boxes stand so, and not where they do not."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genevolve.judge.computed.geometry import is_arranged, is_at, stands
from genevolve.language.positions import Arrangement, Place, Relation
from genevolve.records import Box

SIZE = (1000, 1000)


def at(x: float, y: float, width: int = 100, height: int = 100) -> Box:
    """A box about a middle."""
    return round(x - width / 2), round(y - height / 2), round(x + width / 2), round(y + height / 2)


@pytest.mark.parametrize(
    ("place", "inside", "outside"),
    [
        (Place.TOP, at(500, 200), at(500, 400)),  # 0.3 and 0.1 above the middle; sides begin beyond 0.15
        (Place.BOTTOM, at(100, 800), at(500, 200)),
        (Place.LEFT, at(340, 500), at(360, 500)),  # 0.16 and 0.14 left of it
        (Place.TOP_LEFT, at(200, 200), at(200, 800)),
        (Place.BOTTOM_RIGHT, at(800, 700), at(800, 500)),
        (Place.CENTRE, at(540, 460), at(560, 500)),  # the box of the second begins at 510, right of the middle
        (Place.CENTRE, at(640, 500, 600, 300), at(660, 500, 600, 300)),  # 0.14 and 0.16 off; 0.15 is allowed
        (Place.CENTRE, at(500, 360, 600, 300), at(500, 340, 600, 400)),  # likewise upwards
    ],
)
def test_a_place_holds_where_the_middle_is_there(place, inside, outside):
    assert is_at(place, [inside], SIZE)
    assert not is_at(place, [outside], SIZE)


@given(st.integers(100, 900), st.integers(100, 900))
def test_nothing_that_stands_in_the_centre_stands_on_a_side(x, y):
    box = [at(x, y, 180, 180)]
    sides = [place for place in Place if place is not Place.CENTRE and is_at(place, box, SIZE)]
    assert not (sides and is_at(Place.CENTRE, box, SIZE))


def test_several_things_stand_where_the_box_around_them_stands():
    assert is_at(Place.TOP, [at(200, 200), at(800, 200)], SIZE)
    assert not is_at(Place.TOP, [at(200, 200), at(800, 900)], SIZE)


MIDDLE = at(500, 500, 200, 200)


@pytest.mark.parametrize(
    ("relation", "so", "not_so"),
    [
        (Relation.ABOVE, [at(500, 300)], [at(500, 700)]),
        (Relation.ABOVE, [at(500, 370)], [at(500, 390)]),  # it reaches 20 and 40 into it; a quarter of 100 is 25
        (Relation.ABOVE, [at(300, 360)], [at(100, 350)]),  # 140 up, 200 aside; 150 up, 400 aside: more than twice
        (Relation.BELOW, [at(500, 700)], [at(500, 300)]),
        (Relation.LEFT_OF, [at(200, 500), at(200, 700)], [at(800, 500)]),
        (Relation.RIGHT_OF, [at(800, 450)], [at(200, 450)]),
        (Relation.ON, [at(500, 350)], [at(500, 100)]),  # its foot lies on the upper edge, and 250 above it
        (Relation.IN_FRONT_OF, [at(560, 560)], [at(100, 900)]),
        (Relation.BEHIND, [at(450, 480)], [at(900, 500)]),
        (Relation.INSIDE, [at(500, 500)], [at(600, 500)]),  # half of the second is outside
        (Relation.BESIDE, [at(300, 550)], [at(500, 250)]),
        (Relation.AROUND, [at(300, 300), at(700, 300), at(500, 750)], [at(300, 300), at(400, 300), at(350, 250)]),
        (Relation.FLANKING, [at(300, 500), at(700, 500)], [at(700, 400), at(700, 600)]),
    ],
)
def test_a_relation_holds_where_things_stand_so(relation, so, not_so):
    assert stands(relation, so, [MIDDLE], SIZE)
    assert not stands(relation, not_so, [MIDDLE], SIZE)


def test_between_needs_one_on_either_side():
    assert stands(Relation.BETWEEN, [MIDDLE], [at(200, 500), at(800, 520)], SIZE)
    assert stands(Relation.BETWEEN, [MIDDLE], [at(500, 100), at(500, 900)], SIZE)
    assert not stands(Relation.BETWEEN, [MIDDLE], [at(800, 400), at(800, 600)], SIZE)


Boxes = st.builds(at, st.integers(100, 900), st.integers(100, 900), st.integers(20, 200), st.integers(20, 200))


@given(Boxes, Boxes)
def test_relations_that_are_opposites_hold_together(one, other):
    pairs = (
        (Relation.ABOVE, Relation.BELOW), (Relation.LEFT_OF, Relation.RIGHT_OF), (Relation.BESIDE, Relation.BESIDE),
        (Relation.IN_FRONT_OF, Relation.BEHIND),
    )  # fmt: skip
    for relation, opposite in pairs:
        assert stands(relation, [one], [other], SIZE) == stands(opposite, [other], [one], SIZE)


@given(Boxes, Boxes)
def test_nothing_is_above_and_below_the_same_thing(one, other):
    assert not (stands(Relation.ABOVE, [one], [other], SIZE) and stands(Relation.BELOW, [one], [other], SIZE))


RING = [at(500 + 300 * math.cos(a), 500 + 300 * math.sin(a)) for a in (0.3 + math.tau * n / 6 for n in range(6))]
LAYOUTS = {
    Arrangement.ROW: [at(x, 500) for x in (200, 400, 600, 800)],
    Arrangement.COLUMN: [at(500, y) for y in (200, 400, 600, 800)],
    Arrangement.GRID: [at(x, y) for y in (300, 600) for x in (200, 500, 800)],
    Arrangement.CIRCLE: RING,
    Arrangement.ARC: [at(100, 500), at(300, 380), at(500, 330), at(700, 380), at(900, 500)],
    Arrangement.TRIANGLE: [at(500, 200), at(400, 400), at(600, 400), at(300, 600), at(500, 600), at(700, 600)],
    Arrangement.DIAGONAL: [at(x, x) for x in (200, 400, 600, 800)],
}


@pytest.mark.parametrize("arrangement", LAYOUTS)
def test_each_arrangement_is_taken_for_itself_alone(arrangement):
    taken = {other for other in LAYOUTS if is_arranged(other, LAYOUTS[arrangement])}
    assert taken == {arrangement}


def test_scattered_is_neither_a_row_nor_a_column():
    assert is_arranged(Arrangement.SCATTERED, [at(100, 300), at(420, 800), at(700, 150), at(880, 560)])
    assert not is_arranged(Arrangement.SCATTERED, LAYOUTS[Arrangement.ROW])
    assert not is_arranged(Arrangement.SCATTERED, LAYOUTS[Arrangement.COLUMN])


def test_a_grid_may_end_in_a_shorter_line():
    assert is_arranged(Arrangement.GRID, [at(x, 300) for x in (200, 500, 800)] + [at(x, 600) for x in (350, 650)])
    assert not is_arranged(Arrangement.GRID, [at(x, 300) for x in (350, 650)] + [at(x, 600) for x in (200, 500, 800)])


@given(st.permutations(range(6)))
def test_the_order_of_things_does_not_matter(order):
    for layout in LAYOUTS.values():
        shuffled = [layout[index] for index in order if index < len(layout)]
        for arrangement in LAYOUTS:
            assert is_arranged(arrangement, shuffled) == is_arranged(arrangement, layout)
