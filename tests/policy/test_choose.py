"""Choosing among images: the right one, and none rather than a wrong one."""

import pytest

from genevolve.policy.planner.choose import Wanted, choose
from genevolve.policy.planner.nodes import Attribute
from genevolve.policy.planner.observations import Picture


def pictures(*titles: str) -> list[Picture]:
    return [Picture(ref=f"IMG_{number:03d}", title=title) for number, title in enumerate(titles, 1)]


def chosen(wanted: Wanted, *titles: str, choice: int = 0) -> str | None:
    picture = choose(wanted, pictures(*titles), choice=choice)
    return picture.title if picture else None


def flag(name: str) -> Wanted:
    return Wanted(name=name, kind=Attribute.FLAG)


@pytest.mark.parametrize(
    ("name", "titles", "expected"),
    [
        ("Niger", ("Flag of Nigeria", "Flag of Niger"), "Flag of Niger"),
        ("Guinea", ("Flag of Equatorial Guinea", "Flag of Guinea-Bissau", "Flag of Guinea"), "Flag of Guinea"),
        ("Guinea", ("Flag of Equatorial Guinea", "Flag of Guinea-Bissau"), None),
        (
            "the Netherlands",
            ("Map of the Netherlands", "File:Flag of the Netherlands.svg"),
            "File:Flag of the Netherlands.svg",
        ),
        ("Libya", ("Flag of Libya (1977)", "Flag of Libya"), "Flag of Libya"),
        ("Malawi", ("Former flag of Malawi",), None),
        ("Côte d'Ivoire", ("Flag of Cote d'Ivoire.png",), "Flag of Cote d'Ivoire.png"),
        ("Chad", ("Chad Smith at the drums",), None),
    ],
)
def test_a_flag_is_chosen_by_its_whole_name(name: str, titles: tuple[str, ...], expected: str | None):
    assert chosen(flag(name), *titles) == expected


def test_a_thing_is_not_its_flag_or_map():
    assert chosen(Wanted(name="Japan"), "Flag of Japan", "Japan locator map") is None


def test_a_thing_is_found_by_a_longer_title():
    assert chosen(Wanted(name="red fox"), "grey wolf", "red fox winter") == "red fox winter"


def test_among_equal_pictures_the_choice_decides():
    titles = ("red fox", "Red foxes")
    assert [chosen(Wanted(name="red fox"), *titles, choice=choice) for choice in (0, 1, 2)] == [
        "red fox",
        "Red foxes",
        "red fox",
    ]


def test_a_better_picture_wins_whatever_the_choice():
    assert {chosen(flag("Libya"), "Flag of Libya", "Old flag of Libya", choice=choice) for choice in range(4)} == {
        "Flag of Libya"
    }
