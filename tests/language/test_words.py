"""The words that several parts agree on, found in running prose."""

import pytest

from genevolve.language.colours import COLOURS, find_colours
from genevolve.language.nouns import counted, plural, singular
from genevolve.language.numbers import count_in_words, find_counts
from genevolve.language.ordinals import (
    find_all_mentions,
    find_lone_mentions,
    find_mentions,
    numbers_named,
    ordinal,
    renumber,
)
from genevolve.language.positions import (
    Arrangement,
    Place,
    Relation,
    find_arrangements,
    find_places,
    find_relations,
)
from genevolve.language.quotes import find_quotes, without_quotes
from genevolve.language.text import fold, one_line, well_formed


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("three stars and 12 moons", [3, 12]),
        ("a dozen eggs, a pair of shoes, twenty-one dots", [12, 2, 21]),
        ("two hundred", [200]),
        ("a hundred and fifty balloons and three kites", [150, 3]),
        ("at 10:30, 50% of 1.5 and 3/4", []),
        ("one, two", [1, 2]),
    ],
)
def test_counts_are_found_and_times_shares_and_fractions_are_not(text, values):
    assert [count.value for count in find_counts(text)] == values


def test_a_count_written_in_words_is_read_back():
    for number in range(100):
        assert [count.value for count in find_counts(f"{count_in_words(number)} things")] == [number]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a red car under a dark green tree", {"red": (214, 40, 40), "dark green": (28, 83, 42)}),
        ("a navy-blue hat", {"navy-blue": (24, 36, 88)}),
        ("redder hundreds of colours, greenhouse", {}),
        ("off-white and olive green", {"off-white": (248, 245, 236), "olive green": (112, 120, 40)}),
    ],
)
def test_colours_are_found_by_their_whole_names(text, found):
    # Dark is 40% towards black: (46, 139, 70) * 0.6 = (27.6, 83.4, 42).
    assert {colour.name: colour.rgb for colour in find_colours(text)} == found


def test_every_colour_name_is_a_colour_and_nothing_else_is():
    for name, rgb in COLOURS.items():
        (colour,) = find_colours(name)
        assert (colour.rgb, colour.start, colour.end) == (rgb, 0, len(name))
    assert list(find_colours("wooden")) == []
    assert [colour.name for colour in find_colours("red car")] == ["red"]


@pytest.mark.parametrize(
    ("one", "several"),
    [("snowman", "snowmen"), ("human", "humans"), ("specimen", "specimens"),
        ("star", "stars"), ("fox", "foxes"), ("knife", "knives"), ("leaf", "leaves"), ("bus", "buses"),
        ("berry", "berries"),
        ("sheep", "sheep"), ("scissors", "scissors"), ("wine glass", "wine glasses"), ("hot dog", "hot dogs"),
        ("broccoli", "broccolis"), ("mouse", "mice"), ("house", "houses"), ("person", "people"), ("toy", "toys"),
        ("church", "churches"), ("lens", "lenses"),
    ],
)  # fmt: skip
def test_singular_and_plural_are_each_others_inverse(one, several):
    assert singular(several) == one
    assert plural(one) == several
    assert singular(one) == one
    assert (counted(several, 1), counted(one, 2)) == (one, several)


def test_nouns_as_people_misspell_them_are_understood():
    assert (singular("knifes"), singular("mouses"), singular("sunglasses")) == ("knife", "mouse", "sunglasses")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("in the top-left corner", Place.TOP_LEFT),
        ("at the bottom of the canvas", Place.BOTTOM),
        ("on the right-hand side", Place.RIGHT),
        ("top centre", Place.TOP),
        ("centred", Place.CENTRE),
        ("fills the upper half", Place.TOP),
        ("in the lower right", Place.BOTTOM_RIGHT),
    ],
)
def test_each_place_of_the_canvas_has_its_words(text, place):
    assert [word.means for word in find_places(text)] == [place]


def test_a_side_of_a_thing_is_a_relation_and_no_place():
    for text, relation in (
        ("to the left of a cat", Relation.LEFT_OF),
        ("on the bottom of a train", Relation.BELOW),
        ("on top of the table", Relation.ABOVE),
        ("on either side of a cake", Relation.FLANKING),
        ("next to it", Relation.BESIDE),
    ):
        assert [word.means for word in find_relations(text)] == [relation]
        assert list(find_places(text)) == []
    assert list(find_relations("to the left of the canvas")) == []


@pytest.mark.parametrize(
    ("text", "arrangement"),
    [
        ("in a neat row", Arrangement.ROW),
        ("side by side", Arrangement.ROW),
        ("in a grid", Arrangement.GRID),
        ("in a circle", Arrangement.CIRCLE),
        ("in an arc", Arrangement.ARC),
        ("scattered", Arrangement.SCATTERED),
    ],
)
def test_arrangements_have_their_words(text, arrangement):
    assert [word.means for word in find_arrangements(text)] == [arrangement]


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ('the title "FASO" and “Łódź”', ["FASO", "Łódź"]),
        ("a sign that says 'Open Late'", ["Open Late"]),
        ("the dog's bowl and rock 'n' roll", ["n"]),
        ("«Salut» „Hallo“ 「こんにちは」", ["Salut", "Hallo", "こんにちは"]),
        ('a "half-open', []),
        (r'"say \"hi\" now"', ['say "hi" now']),
    ],
)
def test_quoted_text_is_found_in_the_marks_of_many_languages(text, quoted):
    assert [quote.text for quote in find_quotes(text)] == quoted


def test_blanking_quotes_keeps_every_offset():
    text = 'a "red" cat and a “blue” dog'
    blank = without_quotes(text)
    assert len(blank) == len(text)
    assert blank.split() == ["a", "cat", "and", "a", "dog"]
    assert blank.index("dog") == text.index("dog")


def test_references_are_named_by_number_alone_or_all_together():
    text = "the second reference image, reference image 1 and the 3rd reference photo"
    assert [mention.number for mention in find_mentions(text)] == [2, 1, 3]
    assert len(list(find_all_mentions("both reference images"))) == 1
    assert len(list(find_lone_mentions("the reference image"))) == 1
    assert numbers_named("both reference images", count=2) == {1, 2}
    assert numbers_named("the reference image", count=1) == {1}
    assert numbers_named("the reference image", count=2) == set()


def test_renumbering_changes_the_numbers_and_nothing_else():
    text = "The Second reference image, reference image 2, and the 2nd reference."
    assert renumber(text, lambda _: 1) == "The First reference image, reference image 1, and the first reference."
    assert [ordinal(number) for number in (1, 10, 11, 21, 112)] == ["first", "tenth", "11th", "21st", "112th"]


def test_text_is_made_fit_to_store_show_and_compare():
    assert well_formed("a\ud800b") == "a\ufffdb"
    assert one_line("a\n\tb\u202e c" + "d" * 300, max_chars=10) == "a b cdddd…"
    assert fold("Café  ’Ångström’") == "cafe 'angstrom'"
