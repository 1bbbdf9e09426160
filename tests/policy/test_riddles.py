"""Riddles as people put them: in two steps, in the possessive, as questions, and such as have no single answer."""

import re

import pytest

from genevolve.records import StopReason
from support.attempts import Attempt, calls, titles

ANSWERED = [
    ("a flag of the country that uses the currency dalasi", "the Gambia"),
    ("flag of the country where the official language is Khmer", "Cambodia"),
    ("the flag of the country where the money is called the kwacha and the capital is Lilongwe", "Malawi"),
    ("flag of the country whose currency's called the leu and which borders Hungary", "Romania"),
    ("flag of the country that has the forint, with five hearts", "Hungary"),
    ("the flag of the country whose capital city is called Nuku'alofa", "Tonga"),
    ("the flag of the nation whose seat of government is in Thimphu", "Bhutan"),
    ("the flag of the neighbour of Spain whose currency is the euro and capital is Andorra la Vella", "Andorra"),
    ("the flag of the country whose only neighbours are Sweden, Finland and Russia", "Norway"),
    ("the flag of the country whose neighbours are only Spain and France", "Andorra"),
    ("the flag of the country bordering Senegal whose capital is Banjo", "the Gambia"),
    ("the flag of the landlocked country in Southeast Asia", "Laos"),
    ("the flag of the Baltic country whose capital is Riga", "Latvia"),
    ("the flag of the only english speaking country in south america", "Guyana"),
    ("the flag of the country where people speak Tagalog", "the Philippines"),
    ("the flag of the country that uses the renminbi", "China"),
    ("a card with the flag of the country my pen pal lives in, its capital is Bishkek", "Kyrgyzstan"),
    (
        "the flag of the country bordering the country whose capital is Kigali and whose own capital is Gitega",
        "Burundi",
    ),
    ("the flag of San Marino's neighbour France", "France"),
    ("the flag of Portugal's eastern neighbour", "Spain"),
    ("a mug with the flag of India's landlocked neighbour, whose capital is Thimphu", "Bhutan"),
    ("Neighbor of both Iran and Turkey with the capital Yerevan: show its flag", "Armenia"),
    ("The country's flag where the dirham is used and the capital is Rabat", "Morocco"),
    ("Pay in pula: a banner with the flag of that country", "Botswana"),
    ("A round badge for the people who speak Amharic: their country's flag and six stars", "Ethiopia"),
    ("Where is the tugrik used? Show that flag above seven small black horses", "Mongolia"),
    ("Which country's capital is Skopje? Put its flag in the centre", "North Macedonia"),
    ("the flag of the neighbour of the one whose capital is San Marino", "Italy"),
    ("the flag of the country that borders Bulgaria and the one that uses the hryvnia", "Romania"),
    ("a mug with the flag of the country that names Paramaribo its capital", "Suriname"),
    ("the flag of the country with the demonym Kittitian", "Saint Kitts and Nevis"),
    ("Whose demonym is Nigerien? A badge with their flag", "Niger"),
    ("the flag of the only country with Dzongkha among its official languages", "Bhutan"),
    ("In which country is Sinhala an official language? Show that country's flag", "Sri Lanka"),
    ("Which is the only country that borders San Marino? Its flag, please", "Italy"),
    ("The topic is the country whose currency is the pula. A stamp with its flag", "Botswana"),
    ("I have the country whose capital is Ljubljana in mind. Draw its flag on a kite", "Slovenia"),
    ("the flag of the country that borders Albania and shares a border with the one whose capital is Ankara", "Greece"),
    (
        "the flag of the only country in Southeast Asia that pays with the dollar and calls "
        "Bandar Seri Begawan its capital",
        "Brunei",
    ),
    ("Card\n1. flag of the country in Eastern Asia whose currency is the tugrik\n2. a horse", "Mongolia"),
    ("a stamp with the flag of the Federated States of Micronesia", "the Federated States of Micronesia"),
    ("Above Laos' flag, draw two hearts", "Laos"),
]


@pytest.mark.parametrize(("text", "country"), ANSWERED)
async def test_the_flag_that_is_meant_is_found(attempt: Attempt, text: str, country: str):
    trajectory = await attempt(text)

    assert trajectory.stop is StopReason.ANSWERED
    assert trajectory.mended == ()
    assert titles(trajectory) == [f"Flag of {country}"]


@pytest.mark.parametrize(
    ("text", "countries"),
    [
        (
            "Two flags: the one of the country whose capital is Vientiane on the left, the one of the country whose "
            "capital is Phnom Penh on the right",
            ["Laos", "Cambodia"],
        ),
        ("the flags of the countries whose capitals are Tallinn and Vilnius", ["Estonia", "Lithuania"]),
        ("flags of the countries whose currencies are the zloty and the forint", ["Poland", "Hungary"]),
        ("Flag of the country with the ringgit and flag of the country with the rupiah", ["Malaysia", "Indonesia"]),
    ],
)
async def test_two_riddles_are_two_references(attempt: Attempt, text: str, countries: list[str]):
    assert titles(await attempt(text)) == [f"Flag of {country}" for country in countries]


@pytest.mark.parametrize(
    "text",
    [
        "Put the flag of Mongolia's southern neighbour on a pale green background",
        "the flag of the country bordering Chad",
        "the flag of the country whose language is Spanish",
        "the flag of the African country whose largest city is Lagos",
        "the flag of the neighbour of France that does not use the euro",
        "the flag of the country north of the country whose capital is Lomé",
        "the country north of the country whose capital is Lomé; its flag on a pole",
        "the flag of the country France surrounds",
        "the flag of the country bordering Portugal whose capital is Atlantis",
        "the flag of Spain's neighbour to the west",
        "Flags of the two countries that share the island of Hispaniola",
        "The former flag of South Africa above a hill",
        "the flag of Libya in 1980",
        "the flag of Germany's capital",
        "A poster without the flag of Chad, only a camel",
        "the flag of the country whose former capital is Lagos",
    ],
)
async def test_no_flag_is_taken_where_the_words_do_not_tell_which(attempt: Attempt, text: str):
    trajectory = await attempt(text)

    assert trajectory.stop is StopReason.ANSWERED
    assert titles(trajectory) == []


async def test_of_any_country_that_fits_one_is_taken(attempt: Attempt):
    trajectory = await attempt("the flag of a country bordering Chad")

    assert len(titles(trajectory)) == 1
    assert "countries fit" in " ".join(turn.reply for turn in trajectory.turns)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "The currency name of the country whose capital is Warsaw written in bold serif under its flag",
            "Polish zloty",
        ),
        ("Flag of the country whose capital is Warsaw with the name of the currency in bold below", "Polish zloty"),
        ("Flag of the country whose capital is Tirana and the currency's name in handwriting below", "Albanian lek"),
        ("The flag of the country whose capital is Maputo above, its currency in bold below", "Mozambican metical"),
        ("Flag of the country whose capital is Dhaka with the name of its language in serif under it", "Bengali"),
        ("flag of the neighbour of Haiti, and the name of that neighbour's capital in bold capitals", "Santo Domingo"),
        (
            "Write the currency of the country whose capital is Hanoi in gold letters, flag on the left",
            "Vietnamese dong",
        ),
        ("The flag of the country where Georgian is spoken and the name of the country in bold below", "Georgia"),
        ("What's the capital of Latvia? Write it in blue handwriting above the Latvian flag", "Riga"),
        ("The capital of the country with the zloty written in red block letters above its flag", "Warsaw"),
        ("The official language of the country whose capital is Addis Ababa, written beneath its flag", "Amharic"),
    ],
)
async def test_what_is_asked_by_name_is_written_and_the_flag_is_shown(attempt: Attempt, text: str, words: str):
    trajectory = await attempt(text)

    assert trajectory.program is not None
    assert re.findall(r'"([^"]+)"', trajectory.program.prompt) == [words]
    assert len(titles(trajectory)) == 1


async def test_all_official_languages_are_written_where_all_are_asked_for(attempt: Attempt):
    program = (await attempt("Write the official languages of Switzerland in red letters")).program

    assert program is not None
    assert program.prompt.startswith('Write "German", "French", "Italian" and "Romansh" in red letters')


@pytest.mark.parametrize(
    "text",
    [
        "The anthem of the country whose capital is Warsaw written in bold serif",
        "the name of the president of the country whose capital is Warsaw in bold",
        "the name of the national bird of the country whose capital is Warsaw as the title",
    ],
)
async def test_a_country_is_not_written_in_place_of_something_of_it(attempt: Attempt, text: str):
    program = (await attempt(text)).program

    assert program is not None
    assert '"' not in program.prompt
    assert "of Poland" in program.prompt


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        (
            "the country with capital Suva - its flag please, big, plus a small blue wave below",
            "The first reference image (the flag of Fiji), big, plus a small blue wave below.",
        ),
        (
            "Pay in pula: a banner with the flag of that country",
            "A banner with the first reference image (the flag of Botswana), large and whole in the centre.",
        ),
        (
            "A page, in the middle the flag of Chad, two pink elephants left and right of it",
            "A page, in the middle the first reference image (the flag of Chad), "
            "exactly two pink elephants left and right of it.",
        ),
        (
            "The flag of Chad. Below that, three snowmen.",
            "The first reference image (the flag of Chad). Below that, exactly three snowmen.",
        ),
        (
            'Card with two flags, that of Chad and that of Romania, "FRIENDS" between them in bold',
            "Card with two flags, the first reference image (the flag of Chad) and the second reference image (the "
            'flag of Romania). Set the words "FRIENDS" between the first reference image and the second reference '
            "image in bold type.",
        ),
    ],
)
async def test_a_program_reads_like_this(attempt: Attempt, text: str, beginning: str):
    program = (await attempt(text)).program

    assert program is not None
    assert program.prompt.startswith(beginning)


async def test_a_topic_to_which_nothing_refers_is_not_searched(attempt: Attempt):
    assert calls(await attempt("People who speak softly, in a library"), "search") == []
    assert calls(await attempt("Where is the ball? Two dogs look for it."), "search") == []


async def test_where_two_or_three_countries_fit_everything_one_is_taken_and_attempts_take_others(attempt: Attempt):
    text = "The flag of the country that borders Estonia and Lithuania"
    taken = [titles(await attempt(text, seed=seed)) for seed in (None, 1)]

    assert sorted(title for one in taken for title in one) == ["Flag of Latvia", "Flag of Russia"]
