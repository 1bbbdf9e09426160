"""How far each update goes."""

from dataclasses import replace

import pytest

pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("accelerate", reason='pip install "genevolve[train]" runs it')

from genevolve.learn.descent import Course, learning_rate_at

COURSE = Course(learning_rate=1.0, total=8, max_gradient_norm=1.0, weight_decay=0.0)


def test_a_cosine_falls_from_the_whole_rate_to_nothing():
    rates = [learning_rate_at(update, COURSE) for update in (0, 4, 8, 100)]
    assert rates == [1.0, pytest.approx(0.5), 0.0, 0.0]
    # A quarter of the way: (1 + cos(pi / 4)) / 2.
    assert learning_rate_at(2, COURSE) == pytest.approx(0.8535534)


def test_a_warm_up_rises_in_equal_steps_and_the_cosine_begins_behind_it():
    course = replace(COURSE, warmup_share=0.5)
    assert [learning_rate_at(update, course) for update in range(4)] == [0.25, 0.5, 0.75, 1.0]
    assert learning_rate_at(4, course) == 1.0
    assert learning_rate_at(6, course) == pytest.approx(0.5)


def test_the_published_warm_up_of_two_hundredths_is_at_least_one_update():
    # 0.02 of 8 updates is less than one; of 550 (8,800 sequences, 32 at once, twice) it is 11.
    assert learning_rate_at(0, replace(COURSE, warmup_share=0.02)) == 1.0
    published = replace(COURSE, warmup_share=0.02, total=550)
    assert [learning_rate_at(update, published) for update in (0, 9, 10, 11)] == [
        pytest.approx(1 / 11),
        pytest.approx(10 / 11),
        1.0,
        1.0,
    ]


def test_a_constant_rate_stays():
    assert {learning_rate_at(update, replace(COURSE, schedule="constant")) for update in range(20)} == {1.0}
