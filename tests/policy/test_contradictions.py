"""Several clues on one country: what its own article confirms, denies, or says nothing of."""

import pytest

from genevolve.policy.planner.contradictions import denies
from genevolve.policy.planner.facts import read_facts
from genevolve.policy.planner.nodes import Clue, Relation
from genevolve.policy.planner.observations import Document
from support.attempts import Attempt, titles

CYPRUS = Document(title="Cyprus", snippet="Cyprus is a country in Western Asia, a region of Asia.")
FRANCE = Document(title="France", snippet="France is a country in Western Europe, a region of Europe.")
PERU = Document(title="Peru", snippet="Peru is a country in South America. Its currency is the Peruvian sol (PEN).")
CUBA = Document(title="Cuba", snippet="Cuba is a country in the Caribbean, a region of North America.")
YEN = Document(title="Japanese yen", snippet="The Japanese yen (JPY) is the currency of Japan.")


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("The flag of the European country that borders both Spain and Italy", "France"),
        ("The flag of the African country that borders both Egypt and Algeria", "Libya"),
        ("The flag of the Central Asian country that borders both Kazakhstan and Turkmenistan", "Uzbekistan"),
        ("The flag of the landlocked country whose capital is Thimphu", "Bhutan"),
        ("The flag of the European country whose capital is Nicosia", "Cyprus"),
        ("The flag of the Central European country whose capital is Vienna", "Austria"),
        ("The flag of the Balkan country whose capital is Sofia", "Bulgaria"),
        ("The flag of the country whose capital is Beijing and whose currency is the renminbi", "China"),
        ("The flag of the country whose capital is Lima and that borders Chile", "Peru"),
    ],
)
async def test_clues_that_nothing_contradicts_leave_the_country(attempt: Attempt, text: str, country: str):
    assert titles(await attempt(text)) == [f"Flag of {country}"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("The flag of the Asian country that borders both Spain and Italy", "France contradicts that it lies in asia"),
        (
            "The flag of the country whose capital is Ljubljana and whose currency is the yen",
            "Slovenia contradicts that it pays with the yen",
        ),
        ("The flag of the landlocked country whose capital is Lisbon", "Portugal does not have it landlocked"),
        ("The flag of the Asian country whose capital is Nairobi", "Kenya contradicts that it lies in asia"),
        ("The flag of the South American country whose capital is Ottawa", "Canada contradicts that it lies in south"),
        ("The flag of the country whose capital is Lima and that borders Kenya", "Peru contradicts that it borders"),
        ("The flag of Nepal's neighbour, whose capital is Thimphu", "Bhutan contradicts that it borders Nepal"),
        (
            "The flag of the country whose capital is Ottawa and whose official language is Swahili",
            "Canada contradicts that it speaks Swahili",
        ),
    ],
)
async def test_a_contradicted_clue_leaves_no_flag_and_the_thought_says_so(attempt: Attempt, text: str, said: str):
    trajectory = await attempt(text)

    assert titles(trajectory) == []
    assert said in trajectory.turns[-1].reply


@pytest.mark.parametrize(
    ("key", "relation", "value", "expected"),
    [
        ("france", Relation.REGION, "asia", True),
        ("france", Relation.REGION, "southern europe", False),
        ("cyprus", Relation.REGION, "europe", False),
        ("cyprus", Relation.REGION, "africa", True),
        ("cyprus", Relation.REGION, "the Levant", False),
        ("peru", Relation.REGION, "latin america", False),
        ("peru", Relation.REGION, "central america", True),
        ("cuba", Relation.REGION, "north america", False),
        ("cuba", Relation.REGION, "south america", True),
        ("peru", Relation.CURRENCY, "yen", True),
        ("peru", Relation.CURRENCY, "sol", False),
        ("peru", Relation.CURRENCY, "a spelling that nobody uses", False),
        ("peru", Relation.CAPITAL, "Lima", False),
    ],
)
def test_only_a_statement_to_the_contrary_denies(key: str, relation: Relation, value: str, expected: bool):
    facts = read_facts([CYPRUS, FRANCE, PERU, CUBA, YEN])

    assert denies(Clue(relation=relation, values=()), value, key, facts, words="") is expected
