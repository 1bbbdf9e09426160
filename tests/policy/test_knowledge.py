"""Requests that name a country by what is true of it, answered from the bundled atlas."""

import pytest

from genevolve.records import StopReason
from support.attempts import Attempt, calls, titles

RIDDLES = [
    ("the flag of the country whose capital is Thimphu", "Bhutan"),
    ("A stamp of the flag of the nation governed from Windhoek", "Namibia"),
    ("the flag of the country that has Tashkent as its capital city", "Uzbekistan"),
    ("the flag of the state of which Suva is the capital", "Fiji"),
    ("the flag of the country whose seat of government is Kathmandu", "Nepal"),
    ("Harare is the capital of which country? Draw its flag.", "Zimbabwe"),
    ("What country is Libreville the capital of? A badge with its flag.", "Gabon"),
    ("the flag of the country where they pay with the lempira", "Honduras"),
    ("a flag poster for the country whose currency is the pula", "Botswana"),
    ("the flag of the country that uses the kip", "Laos"),
    ("the flag of the country whose people pay in drams", "Armenia"),
    ("the flag of the country in South America where Portuguese is spoken", "Brazil"),
    ("the flag of the Spanish-speaking country in Africa", "Equatorial Guinea"),
    ("the flag of the country in Central America whose language is English", "Belize"),
    ("the flag of South America's only English-speaking country", "Guyana"),
    ("the flag of the only country that borders both Senegal and Guinea-Bissau", "Guinea"),
    ("the flag of the country surrounded by South Africa", "Lesotho"),
    ("the flag of the country that only borders France", "Monaco"),
    ("the flag of the country wedged between Romania and Ukraine", "Moldova"),
    ("the flag of the neighbour of Malawi whose capital is Lusaka", "Zambia"),
    ("the flag of the country bordering India whose language is Dzongkha", "Bhutan"),
    ("the flag of the country bordering the country whose capital is Maseru", "South Africa"),
    ("the flag of the country formerly known as Burma", "Myanmar"),
    ("the Mauritian flag on a balcony", "Mauritius"),
    ("Burkina Faso's flag", "Burkina Faso"),
    ("the flag of Swaziland", "Eswatini"),
    ("flag of Côte d'Ivoire over two elephants", "Ivory Coast"),
]


@pytest.mark.parametrize(("request_text", "country"), RIDDLES)
async def test_the_right_flag_is_found(attempt: Attempt, request_text: str, country: str):
    trajectory = await attempt(request_text)

    assert trajectory.stop is StopReason.ANSWERED
    assert trajectory.mended == ()
    assert titles(trajectory) == [f"Flag of {country}"]


@pytest.mark.parametrize(
    ("request_text", "words"),
    [
        ("A card titled with the name of the capital of Mongolia", '"Ulaanbaatar"'),
        (
            "Write the currency of the country whose capital is N'Djamena in large serif letters",
            '"Central African CFA franc"',
        ),
        ("the flag of Namibia with the name of its capital written in gold letters below", '"Windhoek"'),
        (
            "A poster with the flag of the country whose capital is Quito and the country's name as the title",
            '"Ecuador"',
        ),
        ("A sign saying the official language of the country whose currency is the ngultrum", '"Dzongkha"'),
    ],
)
async def test_a_word_that_must_be_found_is_set_as_text(attempt: Attempt, request_text: str, words: str):
    program = (await attempt(request_text)).program

    assert program is not None
    assert words in program.prompt
    assert program.prompt.count('"') == 2


async def test_two_flags_are_two_references_in_the_order_of_the_request(attempt: Attempt):
    trajectory = await attempt("the flags of Chad and Romania side by side")

    assert titles(trajectory) == ["Flag of Chad", "Flag of Romania"]
    assert trajectory.program is not None
    first, second = (
        trajectory.program.prompt.index(f"the {word} reference image".replace("the f", "he f"))
        for word in ("first", "second")
    )
    assert first < second


async def test_of_three_flags_the_third_is_said_in_words(attempt: Attempt):
    trajectory = await attempt("the flags of Chad, Romania and Moldova in a row")

    assert titles(trajectory) == ["Flag of Chad", "Flag of Romania"]
    assert trajectory.program is not None
    assert "the flag of Moldova" in trajectory.program.prompt


async def test_one_step_is_settled_before_the_next_is_asked(attempt: Attempt):
    trajectory = await attempt("the flag of the country bordering the country whose capital is Lisbon")

    queries = [call["queries"] for call in calls(trajectory, "search")]
    assert queries[0] == ["country whose capital is Lisbon"]
    assert titles(trajectory) == ["Flag of Spain"]


async def test_what_no_evidence_tells_gets_no_reference(attempt: Attempt):
    trajectory = await attempt("the flag of the largest country in Africa on a hill")

    assert titles(trajectory) == []
    assert "nothing says which one is the largest" in trajectory.turns[-1].reply
    assert trajectory.program is not None
    assert "the flag of the largest country in Africa on a hill" in trajectory.program.prompt.replace("The", "the", 1)


async def test_a_country_of_which_there_is_no_flag_gets_no_other(attempt: Attempt):
    trajectory = await attempt("the flag of Atlantis above a temple")

    assert titles(trajectory) == []
    assert "rather than a wrong one" in " ".join(turn.reply for turn in trajectory.turns)


async def test_what_is_known_is_not_searched(attempt: Attempt):
    assert calls(await attempt("a red ball on a blue box"), "search") == []
    assert calls(await attempt("the flag of Chad"), "search") == []


async def test_the_thought_tells_what_the_evidence_said(attempt: Attempt):
    trajectory = await attempt("the flag of the country whose capital is Ouagadougou")

    assert "Ouagadougou is the capital of Burkina Faso" in trajectory.turns[1].reply.split("</think>")[0]
