"""Requests that must not be learned from, because a held-out request says the same."""

import pytest

from genevolve.evolve.leakage import find_leaks
from genevolve.records import Request
from genevolve.world import open_world

HELD_OUT = [
    Request(id="h1", text="A poster of the Sydney Opera House at dusk, with the year it was opened in bold serif."),
    Request(id="h2", text="The flag of the country whose capital is Ouagadougou above three blue waves"),
]
TRAINING = [
    Request(id="t1", text="A poster of the flag of Peru, with its capital written below in bold serif"),
    Request(id="t2", text="A watercolour of two herons beside a river in the morning"),
    Request(id="t3", text="The flag of the country whose capital is Tegucigalpa above three blue waves"),
    Request(id="t4", text="A poster of the Eiffel Tower at dusk, with the year it was opened in bold serif."),
]


def leaks(*requests: Request) -> list[tuple[str, str]]:
    found = find_leaks([*TRAINING, *requests], HELD_OUT, similarity=0.9)
    return [(leak.request.id, leak.held_out.id) for leak in found]


def test_requests_of_one_template_about_other_things_are_not_alike():
    assert leaks() == []


@pytest.mark.parametrize(
    "text",
    [
        "a poster of the Sydney opera house at dusk with the year it was opened, in bold serif",
        "A poster of the Sydney Opera House, at dusk — with the year in bold serif it was opened in!",
        "Poster of Sydney Opera House at dusk, with the year it was opened in bold serif",
    ],
)
def test_the_same_request_in_other_dress_is_found(text):
    assert leaks(Request(id="t9", text=text)) == [("t9", "h1")]


def test_a_request_with_the_id_of_a_held_out_one_is_found_whatever_it_says():
    assert leaks(Request(id="h2", text="Something else")) == [("h2", "h2")]


def test_nothing_is_found_where_nothing_is_held_out():
    assert find_leaks(TRAINING, [], similarity=0.9) == []


def test_a_request_without_words_is_compared_by_its_signs():
    marks = [Request(id="h", text="!?!")]
    found = find_leaks([Request(id="t", text="!?!"), Request(id="u", text="…")], marks, similarity=0.9)
    assert [leak.request.id for leak in found] == ["t"]


def test_the_small_worlds_splits_are_told_apart_although_they_are_of_one_template():
    world = open_world()
    assert find_leaks(world.requests("train", 200), world.requests("evaluation", 120), similarity=0.9) == []
