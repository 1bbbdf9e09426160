"""Advice goes to the end of the system message, and nowhere else."""

import pytest

from genevolve.records import ImagePart, Message, TextPart
from genevolve.records.advised import advised, advised_text

TALK = (Message.of("system", "You draw.\n"), Message.of("user", "a hen"), Message.of("assistant", "yes"))
ADVICE = "Count the hens."
PICTURE = ImagePart(digest="0" * 32, ref="IMG_1")


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("You draw.", "You draw.\n\nCount the hens."),
        ("You draw.\n", "You draw.\n\nCount the hens.\n"),
        ("", "Count the hens."),
    ],
)
def test_advice_follows_the_words_after_an_empty_line_and_the_end_stays_the_end(system, expected):
    assert advised_text(system, ADVICE) == expected


def test_nothing_but_the_system_message_changes():
    system, *others = advised(TALK, ADVICE)
    assert system == Message.of("system", f"You draw.\n\n{ADVICE}\n")
    assert others == list(TALK[1:])


def test_empty_advice_leaves_a_conversation_as_it_was_to_the_letter():
    assert advised(TALK, "") == TALK
    assert advised_text("You draw.\n ", "") == "You draw.\n "


@pytest.mark.parametrize("messages", [(), TALK[1:]])
def test_a_conversation_without_a_system_message_is_given_one(messages):
    assert advised(messages, ADVICE) == (Message.of("system", ADVICE), *messages)


def test_only_the_last_words_of_a_system_message_are_touched_and_its_pictures_stay():
    ends_in_words = Message(role="system", parts=(TextPart(text="See "), PICTURE, TextPart(text="and draw.")))
    ends_in_picture = Message(role="system", parts=(TextPart(text="See "), PICTURE))
    assert advised([ends_in_words], ADVICE)[0].parts == (
        TextPart(text="See "),
        PICTURE,
        TextPart(text=f"and draw.\n\n{ADVICE}"),
    )
    assert advised([ends_in_picture], ADVICE)[0].parts == (*ends_in_picture.parts, TextPart(text=ADVICE))
