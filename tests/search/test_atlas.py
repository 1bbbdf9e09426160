"""The atlas: its facts, its sentences, what a query finds first, and its flags."""

import re
from io import BytesIO

import pytest
from PIL import Image

from genevolve.errors import SearchError
from genevolve.search import ImageHit, open_provider
from genevolve.search.atlas.articles import FOLDER, Facts, flag_pictures, listed, write_documents

FACTS = Facts.load()
ARTICLES = list(write_documents(FACTS))
BODIES = {article.title: article.body for article in ARTICLES}
COUNTRIES = [FACTS.by_code[code] for code in FACTS.by_code]


@pytest.fixture(scope="module")
def atlas():
    return open_provider("atlas")


# The United Nations' 193 members and 2 observers, Kosovo and Taiwan.
def test_every_country_of_the_world_is_there():
    sovereign = [c for c in COUNTRIES if c.kind in {"country", "partly recognised country"}]
    assert len(sovereign) == 197


def test_a_border_has_two_sides():
    for country in COUNTRIES:
        for code in country.neighbours:
            assert country.code in FACTS.by_code[code].neighbours, (country.name, code)


@pytest.mark.parametrize(
    ("name", "neighbours"),
    [
        ("Burkina Faso", "Benin, Ghana, Ivory Coast, Mali, Niger, and Togo"),
        ("Lesotho", "only South Africa"),
        ("San Marino", "only Italy"),
        ("Portugal", "only Spain"),
        ("Botswana", "Namibia, South Africa, Zambia, and Zimbabwe"),
        ("Kosovo", "Albania, Montenegro, North Macedonia, and Serbia"),
        ("France", "Andorra, Belgium, Germany, Italy, Luxembourg, Monaco, Spain, and Switzerland"),
        ("Vietnam", "Cambodia, China, and Laos"),
        ("Croatia", "Bosnia and Herzegovina, Hungary, Montenegro, Serbia, and Slovenia"),
        ("Japan", "no other country"),
    ],
)
def test_known_borders_are_right(name, neighbours):
    assert f"It borders {neighbours}." in BODIES[name]


@pytest.mark.parametrize(
    ("title", "sentence"),
    [
        ("Chinese yuan", "It is also known as renminbi and Chinese renminbi."),
        ("Filipino language", "It is also known as Tagalog."),
        ("Kyiv", "It is also known as Kiev."),
    ],
)
def test_other_names_of_cities_currencies_and_languages_are_told(title, sentence):
    assert BODIES[title].endswith(sentence)


def test_the_countries_without_a_coast_say_so():
    landlocked = {country.name for country in COUNTRIES if country.landlocked}
    assert len(landlocked - {"Kosovo"}) == 44
    assert landlocked >= {"Bolivia", "Kosovo", "Liechtenstein", "Moldova", "South Sudan", "Uzbekistan", "Vatican City"}
    assert not landlocked & {"Bosnia and Herzegovina", "Georgia", "Jordan", "Monaco", "Slovenia", "Togo"}
    assert "It is landlocked." in BODIES["Moldova"]
    for country in COUNTRIES:
        assert country.neighbours or not country.landlocked, country.name


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("Burkina Faso", ["in Western Africa, a region of Africa.", "Its capital is Ouagadougou.",
                          "Its currency is the West African CFA franc (XOF).", "Its official language is French."]),
        ("South Africa", ["Its capitals are Pretoria, Cape Town, and Bloemfontein."]),
        ("Kazakhstan", ["Its capital is Astana.", "in Central Asia, a region of Asia."]),
        ("Switzerland", ["Its official languages are German, French, Italian, and Romansh."]),
        ("Panama", ["Its currencies are the Panamanian balboa (PAB) and the US dollar (USD)."]),
        ("Ivory Coast", ["It is also known as Côte d'Ivoire."]),
        ("Turkey", ["It is also known as Türkiye"]),
        ("Uruguay", ["Uruguay is a country in South America."]),
        ("Greenland", ["Greenland is a territory of Denmark in Northern America, a region of North America."]),
        ("West African CFA franc",
         ["of 8 countries: Benin, Burkina Faso, Guinea-Bissau, Ivory Coast, Mali, Niger, Senegal, and Togo."]),
        ("Dzongkha language", ["Dzongkha is an official language of Bhutan."]),
        ("Neighbours of Lesotho", ["The only country that borders Lesotho is South Africa."]),
        ("Kingston", ["Kingston is the capital of Jamaica,", "Kingston is also the capital of Norfolk Island,"]),
        ("Singapore (city)", ["Singapore is the capital of Singapore, a country in Southeast Asia."]),
    ],
)  # fmt: skip
def test_known_facts_are_right(name, facts):
    for fact in facts:
        assert fact in BODIES[name]


FORMS = [
    r"[^.]+ is a (country|partly recognised country|disputed territory|(territory|part) of [^.,]+) in [^.,]+"
    r"(, a region of [^.,]+)?",
    r"It is also known as [^.]+", r"Its official name is [^.]+", r"Its capital is [^.,]+", r"Its capitals are [^.]+",
    r"It has no capital", r"Its currency is the [^.]+ \([A-Z]{3}\)", r"Its currencies are the [^.]+ \([A-Z]{3}\)",
    r"Its official language is [^.,]+", r"Its official languages are [^.]+",
    r"Another language widely spoken there is [^.,]+",
    r"Other languages widely spoken there are [^.]+", r"Its demonym is [^.,]+", r"Its demonyms are [^.]+",
    r"It borders (only )?[^.]+", r"It is landlocked",
    r"[^.]+ is (also )?(the|a) capital of [^.,]+, [^.,]+",
    r"The [^.]+ \([A-Z]{3}\) is the currency of (\d+ [a-z ]+: )?[^.:]+",
    r"[^.]+ is an official language of (\d+ [a-z ]+: )?[^.:]+",
    r"[^.]+ is (also )?widely spoken in (\d+ [a-z ]+: )?[^.:]+",
    r"[^.]+ is (a continent|an ocean|a region of [^.,]+)", r"Its regions are [^.]+", r"It has \d+ [a-z]+: [^.:]+",
    r"The (only country that borders|countries that border) [^.]+ (is|are) [^.]+",
]  # fmt: skip


def test_every_sentence_has_one_of_the_stated_forms():
    notes = {country.note.rstrip(".") for country in COUNTRIES}
    for article in ARTICLES:
        for sentence in article.body.removesuffix(".").split(". "):
            assert sentence in notes or any(re.fullmatch(form, sentence) for form in FORMS), (article.title, sentence)


def test_lists_can_be_taken_apart_again():
    assert listed(["Chad"]) == "Chad"
    assert listed(["Chad", "Mali"]) == "Chad and Mali"
    assert listed(["Bosnia and Herzegovina", "Croatia"]) == "Bosnia and Herzegovina, and Croatia"
    assert listed(["Chad", "Mali", "Togo"]) == "Chad, Mali, and Togo"


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("country whose capital is Ouagadougou", "Ouagadougou"),
        ("the currency of the country whose capital is Dakar", "Dakar"),
        ("capital of Burkina Faso", "Burkina Faso"),
        ("country whose currency is the lek", "Albanian lek"),
        ("countries where Dzongkha is official", "Dzongkha language"),
        ("neighbours of Lesotho", "Neighbours of Lesotho"),
        ("countries of West Africa", "Western Africa"),
        ("Swaziland", "Eswatini"),
        ("Burma capital", "Myanmar"),
        ("USA", "United States"),
        ("the U.K.", "United Kingdom"),
        ("Holland", "Netherlands"),
        ("Cote d'Ivoire", "Ivory Coast"),
        ("Kiev", "Kyiv"),
        ("renminbi", "Chinese yuan"),
        ("XOF", "West African CFA franc"),
        ("Niger", "Niger"),
        ("Nigeria", "Nigeria"),
        ("Farsi speaking country", "Persian language"),
    ],
)
async def test_the_right_article_comes_first(atlas, query, title):
    assert (await atlas.search(query, top_k=5))[0].title == title


@pytest.mark.parametrize("both", [("Benin", "Mali"), ("Laos", "Cambodia"), ("Chile", "Bolivia")])
async def test_a_country_between_two_others_can_be_deduced(atlas, both):
    first, second = [(await atlas.search(f"neighbours of {name}", top_k=1))[0].snippet for name in both]
    shared = set(re.findall(r"[A-Z]\w+(?: [A-Z]\w+)*", first)) & set(re.findall(r"[A-Z]\w+(?: [A-Z]\w+)*", second))
    assert shared - {"The", *both}


async def test_an_article_is_its_own_snippet_and_sentences_stay_whole(atlas):
    (hit,) = await atlas.search("West African CFA franc", top_k=1)
    assert hit.snippet == BODIES["West African CFA franc"]
    (hit,) = await atlas.search("English language", top_k=1)
    assert len(hit.snippet) > 600
    assert hit.snippet == BODIES["English language"].split(". ")[0] + "."


@pytest.mark.parametrize("country", COUNTRIES, ids=lambda c: c.name)
async def test_the_flag_of_every_country_is_found_by_its_name_both_ways(atlas, country):
    for query in (f"flag of {country.named}", f"{country.name} flag"):
        assert (await atlas.image_search(query, top_k=5))[0].title == f"Flag of {country.named}"


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("American flag", "Flag of the United States"),
        ("Dutch flag", "Flag of the Netherlands"),
        ("EU flag", "Flag of the European Union"),
        ("DR Congo flag", "Flag of the Democratic Republic of the Congo"),
        ("flag of Türkiye", "Flag of Turkey"),
        ("Czech Republic flag", "Flag of Czechia"),
    ],
)
async def test_flags_answer_to_other_names(atlas, query, title):
    assert (await atlas.image_search(query, top_k=3))[0].title == title


@pytest.mark.parametrize(
    "query", ["flag of Atlantis", "a red fox in the snow", "country whose capital is Dakar", "🦊", ""]
)
async def test_a_query_that_names_no_country_finds_no_flag(atlas, query):
    assert await atlas.image_search(query, top_k=5) == []


async def test_every_flag_is_a_picture_with_a_licence_that_can_be_fetched(atlas):
    for picture in flag_pictures(FACTS):
        (hit,) = await atlas.image_search(picture.title, top_k=1)
        assert hit.title == picture.title
        assert (hit.licence, hit.page_url) == ("MIT", "https://github.com/lipis/flag-icons")
        with Image.open(BytesIO(await atlas.fetch(hit))) as flag:
            assert flag.width >= 480
            flag.load()


@pytest.mark.parametrize(
    ("name", "at", "colour"),
    [
        ("Burkina Faso", (0.1, 0.2), (222, 0, 0)),
        ("Burkina Faso", (0.5, 0.5), (255, 241, 0)),
        ("Japan", (0.5, 0.5), (188, 0, 45)),
        ("Ukraine", (0.5, 0.2), (0, 87, 183)),
        ("France", (0.9, 0.5), (225, 0, 15)),
    ],
)
async def test_flags_have_their_colours_in_their_places(atlas, name, at, colour):
    (hit,) = await atlas.image_search(f"flag of {name}", top_k=1)
    with Image.open(BytesIO(await atlas.fetch(hit))) as flag:
        seen = flag.convert("RGB").getpixel((int(at[0] * flag.width), int(at[1] * flag.height)))
    assert all(abs(a - b) <= 24 for a, b in zip(seen, colour, strict=True)), seen


async def test_a_picture_that_the_atlas_did_not_find_is_refused(atlas):
    with pytest.raises(SearchError, match="no picture"):
        await atlas.fetch(ImageHit(title="x", image_url="../countries.jsonl"))


def test_it_weighs_less_than_two_megabytes_with_its_licences():
    files = [path for path in FOLDER.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert sum(path.stat().st_size for path in files) < 2_000_000
    assert {path.name for path in files} >= {
        "NOTICE",
        "LICENSE.flag-icons.txt",
        "LICENSE.countries-list.txt",
        "LICENSE.cldr.txt",
    }
