import pytest

from genevolve.experience.hint import hint_of, shuffled
from genevolve.records import Experience, Lesson, WriterInfo


def experience(request, number=0):
    return Experience(
        id=f"{request}-{number}",
        request_id=request,
        request_text=request,
        best="b",
        worst="w",
        gap=0.5,
        lesson=Lesson(search_strategy=f"{request} {number}"),
        writer=WriterInfo(name="rule"),
    )


def test_a_hint_names_the_slots_that_say_something_in_their_published_order():
    hint = hint_of(Lesson(failure_avoidance="Answer in time.", search_strategy="Search first."))

    assert hint.splitlines()[-2:] == ["- Search strategy: Search first.", "- Failure avoidance: Answer in time."]
    assert "Knowledge" not in hint


def test_a_lesson_that_says_nothing_is_no_hint():
    assert hint_of(Lesson()) == ""


@pytest.mark.parametrize("seed", range(20))
def test_shuffled_every_request_is_given_anothers_experience_and_all_are_given_out(seed):
    names = ["a", "b", "b", "c", "c", "d"]  # no request has more than half
    found = [experience(name, number) for number, name in enumerate(names)]
    found.insert(2, None)

    given = shuffled(found, seed=seed)

    assert given[2] is None
    assert shuffled(found, seed=seed) == given
    del given[2], found[2]
    assert all(one.request_id != name for name, one in zip(names, given, strict=True))
    assert sorted(one.id for one in given) == sorted(one.id for one in found)


def test_shuffling_depends_on_the_seed_and_where_there_is_no_other_there_is_none():
    many = [experience(name) for name in "abcdefgh"]

    assert len({tuple(one.id for one in shuffled(many, seed=seed)) for seed in range(10)}) > 1
    assert shuffled([experience("a", 0), experience("a", 1)]) == [None, None]
    assert shuffled([]) == []
