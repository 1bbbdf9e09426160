"""Facts read from sentences: the atlas's own, and an encyclopedia's prose."""

import pytest

from genevolve.policy.planner.facts import read_facts, value_matches
from genevolve.policy.planner.nodes import Relation
from genevolve.policy.planner.observations import Document


def facts(title: str, snippet: str) -> set[tuple[str, Relation, str]]:
    return {(fact.subject, fact.relation, fact.value) for fact in read_facts([Document(title=title, snippet=snippet)])}


@pytest.mark.parametrize(
    ("title", "snippet", "fact"),
    [
        ("Lima", "Lima is the capital and largest city of Peru.", ("Peru", Relation.CAPITAL, "Lima")),
        ("Peru - Wikipedia", "The capital of Peru is Lima, a city of ten million.", ("Peru", Relation.CAPITAL, "Lima")),
        ("Peru", "Peru's capital is Lima.", ("Peru", Relation.CAPITAL, "Lima")),
        ("Lima", "The festival is held in Lima, the capital of Peru.", ("Peru", Relation.CAPITAL, "Lima")),
        ("Peru", "Its capital city is Lima.", ("Peru", Relation.CAPITAL, "Lima")),
        (
            "South Africa",
            "Its capitals are Pretoria, Cape Town, and Bloemfontein.",
            ("South Africa", Relation.CAPITAL, "Cape Town"),
        ),
        (
            "Peruvian sol",
            "The Peruvian sol (PEN) is the official currency of Peru.",
            ("Peru", Relation.CURRENCY, "Peruvian sol"),
        ),
        ("Peru", "The official currency of Peru is the sol.", ("Peru", Relation.CURRENCY, "sol")),
        ("Khmer", "Khmer is an official language of Cambodia.", ("Cambodia", Relation.LANGUAGE, "Khmer")),
        ("Dutch", "Dutch is spoken in Suriname and Belgium.", ("Suriname", Relation.LANGUAGE, "Dutch")),
        ("Laos", "Laos is a landlocked country in Southeast Asia.", ("Laos", Relation.LANDLOCKED, "landlocked")),
        ("Laos", "Laos is a landlocked country in Southeast Asia.", ("Laos", Relation.REGION, "Southeast Asia")),
        (
            "Laos",
            "It is bordered by Myanmar and China to the northwest, Vietnam to the east and Thailand to the west.",
            ("Laos", Relation.BORDERS, "Vietnam"),
        ),
        (
            "Estonia",
            "Estonia shares land borders with Latvia to the south and Russia to the east.",
            ("Estonia", Relation.BORDERS, "Latvia"),
        ),
        (
            "Croatia",
            "It borders Bosnia and Herzegovina, Hungary, and Serbia.",
            ("Croatia", Relation.BORDERS, "Bosnia and Herzegovina"),
        ),
        ("Chad", "Its demonym is Chadian.", ("Chad", Relation.DEMONYM, "Chadian")),
        ("Myanmar", "It is also known as Burma.", ("Myanmar", Relation.ALIAS, "Burma")),
        (
            "Gibraltar",
            "Gibraltar is a territory of the United Kingdom in Southern Europe.",
            ("Gibraltar", Relation.TERRITORY, "territory"),
        ),
    ],
)
def test_a_sentence_gives_its_fact(title: str, snippet: str, fact: tuple[str, Relation, str]):
    assert fact in facts(title, snippet)


@pytest.mark.parametrize(
    "snippet",
    [
        "It borders on the absurd to compare the two.",
        "The capital gains of the fund are taxed in Peru.",
        "Speak to your bank before you pay in another currency.",
    ],
)
def test_a_sentence_about_something_else_gives_no_capital_or_currency(snippet: str):
    told = {relation for _, relation, _ in facts("Travel advice", snippet)}
    assert not told & {Relation.CAPITAL, Relation.CURRENCY, Relation.LANGUAGE}


def test_a_list_of_countries_gives_a_fact_for_each():
    told = facts("Euro", "The euro (EUR) is the currency of 3 countries: Andorra, Bosnia and Herzegovina, and Spain.")
    assert {subject for subject, relation, _ in told if relation is Relation.CURRENCY} == {
        "Andorra",
        "Bosnia and Herzegovina",
        "Spain",
    }


@pytest.mark.parametrize(
    ("relation", "wanted", "found", "expected"),
    [
        (Relation.CAPITAL, "Ougadougou", "Ouagadougou", True),
        (Relation.CAPITAL, "São Tomé", "Sao Tome", True),
        (Relation.CAPITAL, "Lima", "Lome", False),
        (Relation.CURRENCY, "lempira", "Honduran lempira", True),
        (Relation.CURRENCY, "Mongolian tögrög", "Mongolian tugrik", True),
        (Relation.CURRENCY, "South African rand", "South Sudanese pound", False),
        (Relation.REGION, "West Africa", "Western Africa", True),
        (Relation.REGION, "Southeast Asia", "South-eastern Asia", True),
        (Relation.REGION, "Asia", "Africa", False),
    ],
)
def test_spellings_of_one_thing_match_and_others_do_not(relation: Relation, wanted: str, found: str, expected: bool):
    assert value_matches(relation, wanted, found) is expected
