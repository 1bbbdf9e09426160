"""What only asks for a picture is told from what is to be seen in it."""

import pytest

from genevolve.language.asking import find_asking, find_courtesies, find_frames


def shown(text: str) -> str:
    """The text without what only asks, on one line."""
    for start, end in reversed(list(find_asking(text))):
        text = text[:start] + text[end:]
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Good evening all, I'd love a map of the bay. Thanks a lot!", "a map of the bay. !"),
        ("We also need two lamps.", "two lamps."),
        ("Would you please paint us a heron?", "a heron?"),
        ("Let's draw seven ducks", "seven ducks"),
        ("Our printer broke yesterday. My sister asked me for a ticket.", "Our printer broke yesterday. a ticket."),
        ("I teach chemistry on Mondays and could use a chart of gases", "a chart of gases"),
        ("Here's what we want on the badge. A fox.", "on the badge. A fox."),
        ("A lighthouse. Could you manage that for us?", "A lighthouse. ?"),
        ("A goat. That is all for now.", "A goat. ."),
    ],
)
def test_what_asks_is_left_out_and_what_is_wished_for_stays(text: str, rest: str):
    assert shown(text) == rest


@pytest.mark.parametrize(
    "text",
    [
        "We painted the wall with cracks",
        "a sign of thanks hanging over a door",
        "a woman looking for her keys",
        "the need for speed, a car",
        "A man says hello to a dog",
        "I can see a cat under the table",
    ],
)
def test_a_scene_that_uses_such_words_is_kept_whole(text: str):
    assert shown(text) == text


def test_a_frame_ends_with_one_space_so_that_blanked_words_after_it_are_not_its_own():
    text = "I want         in bold"
    assert list(find_frames(text)) == [(0, 7)]


def test_courtesies_leave_the_full_stop_to_their_sentence():
    text = "A duck. Many thanks."
    assert [text[start:end] for start, end in find_courtesies(text)] == ["Many thanks"]
