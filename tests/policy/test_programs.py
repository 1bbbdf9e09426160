"""The words of a program: exact where the rules understand, the user's own where they do not."""

import re

import pytest

from genevolve.records import Limits, StopReason
from support.attempts import Attempt


async def prompt_of(attempt: Attempt, text: str, **settings: object) -> str:
    trajectory = await attempt(text, **settings)
    assert trajectory.program is not None
    assert trajectory.mended == ()
    return trajectory.program.prompt


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        (
            "A photo of two knifes on the left and three motorcycles on the right",
            "A photo of exactly two knives on the left and exactly three motorcycles on the right.",
        ),
        (
            "A photo of one hot dogs on the above and one tv remotes on the below",
            "A photo of one hot dog at the top and one tv remote at the bottom.",
        ),
        ("A photo of four oranges", "A photo of exactly four oranges in a row."),
        ("A photo of 8 cups", "A photo of exactly eight cups in a grid."),
        ("a pair of green pants", "A pair of green pants."),
        ("the three wise monkeys", "The three wise monkeys."),
        ("a two lane road", "A two lane road."),
        ("a blue Porsche 911 on a road", "A blue Porsche 911 on a road."),
        ("a rabbit eats two carrots", "A rabbit eats exactly two carrots."),
        ("five trains passed by the station", "Exactly five trains passed by the station."),
        ("12 orange squares in a 3 by 4 grid", "Exactly twelve orange squares in a 3 by 4 grid."),
        ("12 orange squares in a 3 x 4 grid", "Exactly twelve orange squares in a 3 x 4 grid."),
        ("twelve squares in a three-by-four grid", "Exactly twelve squares in a three-by-four grid."),
        ("a three by four grid of 12 squares", "A three by four grid of exactly twelve squares."),
        ("a board of 8 × 8 squares with 3 red pawns", "A board of 8 × 8 squares with exactly three red pawns"),
        ("two dogs by 3 trees", "Exactly two dogs by exactly three trees."),
        ("a family of four posing at a lake", "A family of four posing at a lake."),
        ("a map of Manhattan", "A map of Manhattan."),
        ("a book with the words 'Don't Panic!' on it", 'A book with the words "Don\'t Panic!" on it.'),
        ("the word START on a street", 'The word "START" on a street.'),
        (
            "Which country has Quito as its capital? Draw its flag.",
            "Draw the first reference image (the flag of Ecuador).",
        ),
        ("a harbour in the country whose capital is Manila", "A harbour in the Philippines."),
        (
            "Hello! I'd like a poster with seven owls. Many thanks!",
            "A poster with exactly seven owls. Each",
        ),
        ("Could you draw us a heron in a lake?", "A heron in a lake."),
        ("I want 'Ahoy' in lime letters on a card", '"Ahoy" in lime letters on a card.'),
        (
            'A poster with two bees, in a column on the left; the text "FIN" in bold serif, near the bottom edge',
            'A poster with exactly two bees, in a column on the left. Set the text "FIN" in bold serif,',
        ),
        (
            'Poster:\n- words "Slow" in a slab serif\n- three keys (at the top)',
            'Poster: Set the words "Slow" in slab serif type at the top. Exactly three keys (at the top).',
        ),
        (
            'A card. Above the tent, draw the title "NORD" in red script. Draw the words "SUD" at the top.',
            'A card. Above the tent, draw the title "NORD" in red script. Draw the words "SUD" at the top.',
        ),
        (
            'A banner with the words "Go" in the middle, four kites above the text as well as a bell on the left',
            'A banner with the words "Go" in the middle, exactly four kites above the text as well as a bell on the',
        ),
        (
            "A poster with the flag of Chad, three olive drums under it and two penguins over the drums",
            "A poster with the first reference image (the flag of Chad), exactly three olive drums under it and "
            "exactly two penguins over the drums.",
        ),
        (
            "A poster with the flag of Chad on the left, the flag of Peru on the right. Between the flags, a bell.",
            "A poster with the first reference image (the flag of Chad) on the left, the second reference image (the "
            "flag of Peru) on the right. Between the first reference image and the second reference image, a bell.",
        ),
        ("A sticker. Background: pale pink. An owl.", "A sticker. The background is pale pink. An owl."),
        (
            "a card with the name of Peru's capital city in bold",
            'A card. Set the words "Lima" in bold type',
        ),
        (
            "a small waving flag of Japan on a hill",
            "A small waving flag of Japan as in the first reference image on a hill.",
        ),
    ],
)
async def test_a_request_becomes_this(attempt: Attempt, text: str, beginning: str):
    assert (await prompt_of(attempt, text)).startswith(beginning)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            'A card with the flag of Chad, the caption "Home" in blue italic serif at '
            "the bottom, and two green leaves beside it",
            [
                'Set the caption "Home" in blue italic serif type at the bottom.',
                "Draw exactly two green leaves beside the first reference image.",
            ],
        ),
        (
            "A poster of the flag of Chad on a pale blue background, five gold stars around it",
            ["Draw exactly five gold stars evenly spaced around the first reference image."],
        ),
        (
            'A poster of the flag of Chad titled "NORTH", on a white background',
            ['Set the title "NORTH" at the top.', "The background is white."],
        ),
    ],
)
async def test_on_a_sheet_each_part_has_its_sentence(attempt: Attempt, text: str, sentences: list[str]):
    prompt = await prompt_of(attempt, text)
    for sentence in sentences:
        assert sentence in prompt


@pytest.mark.parametrize(
    "text",
    [
        "A punk rock frog in a studded leather jacket shouting into a microphone while standing on a lily pad",
        "Two cups of coffee, one with latte art of a heart. The other has latte art of stars.",
        "A photo of a white cat, a green bench, a red elephant, and a purple sandwich",
        "A raccoon wearing formal clothes, wearing a tophat and holding a cane. Oil "
        "painting in the style of Rembrandt.",
        'A poster of the flag of Chad with a blue border and plenty of doves, title "SAHEL", a camel below',
        "Ein roter Ball auf einem blauen Würfel, daneben drei Sterne",
        "一只红色的猫坐在桌子上",
    ],
)
async def test_no_word_that_was_asked_for_is_lost(attempt: Attempt, text: str):
    prompt = (await prompt_of(attempt, text)).lower()
    for word in re.findall(r"\w+", text.lower()):
        assert word in prompt, word


async def test_lettering_is_kept_letter_for_letter_and_said_once(attempt: Attempt):
    prompt = await prompt_of(attempt, "A poster with the title 'Über den Wölkén — 24/7 (ñ)!' in serif")

    assert prompt.count('"Über den Wölkén — 24/7 (ñ)!"') == 1


async def test_ids_addresses_and_strange_ordinals_do_not_reach_the_renderer(attempt: Attempt):
    prompt = await prompt_of(attempt, "Draw IMG_004 and https://e.example/cat.png beside the third reference image")

    assert not re.search(r"IMG_|https?:|third reference", prompt)


async def test_a_long_request_is_kept_whole(attempt: Attempt):
    text = "A market with " + ", ".join(f"stall{number} of wares" for number in range(420))
    prompt = await prompt_of(attempt, text)

    assert len(text) > 6000
    for number in (0, 1, 300, 419):
        assert f"stall{number} of wares" in prompt


async def test_a_request_too_long_for_a_reply_is_cut_and_this_is_said(attempt: Attempt):
    trajectory = await attempt("A field of “poppies”. " * 900, limits=Limits(max_prompt_tokens=20_000))

    assert trajectory.stop is StopReason.ANSWERED
    assert trajectory.program is not None
    assert len(trajectory.program.prompt) < 16_000
    assert "longer than a reply may be" in trajectory.turns[-1].reply


async def test_what_was_brought_is_called_by_its_ordinal(attempt: Attempt, png: bytes):
    prompt = await prompt_of(attempt, "Make this picture a watercolour", brought=(png,))

    assert prompt.startswith("Make the first reference image a watercolour.")
