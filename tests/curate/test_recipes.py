"""Requests made from recipes: one answer each, never given away, asked in many ways, and true to their recipe."""

import os
import re
import subprocess
import sys
from collections import Counter
from itertools import pairwise, product

import pytest

from genevolve.curate.recipes import Countries, difficulty_of, make_requests
from genevolve.errors import RequestError, UsageError
from genevolve.evaluate.suites import open_suite
from genevolve.language.colours import COLOURS, find_colours
from genevolve.language.numbers import find_counts
from genevolve.language.positions import Place, Relation, find_places
from genevolve.language.quotes import find_quotes, without_quotes
from genevolve.language.text import fold
from genevolve.records import ToolCall, Track
from genevolve.records.recipe import Fact, Recipe, WantedObject, WantedReference, WantedRelation, WantedText
from genevolve.search import open_provider
from genevolve.search.atlas.articles import Facts
from genevolve.store.images import ImageStore
from genevolve.tools import Evidence, ReadyCall, Toolbox

FACTS = Facts.load()
EVERYONE = list(FACTS.by_code.values())
BY_NAME = {country.name: country for country in EVERYONE}
COUNTRIES = Countries.load()
SPLITS = ("train", "validation", "test")


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    return ImageStore(tmp_path_factory.mktemp("run") / "images")


@pytest.fixture(scope="module")
def made(images):
    """Four hundred requests of every split."""
    return {split: make_requests(split, images=images) for split in SPLITS}


@pytest.fixture(scope="module")
def every(made):
    return [request for split in SPLITS for request in made[split]]


def test_equal_seeds_give_equal_requests_and_a_smaller_count_the_first_of_them(made, images):
    assert make_requests("test", count=60, images=images) == made["test"][:60]


def test_another_process_gives_equal_requests(made, tmp_path):
    script = (
        "import sys, pathlib\n"
        "from genevolve.curate.recipes import make_requests\n"
        "from genevolve.store.images import ImageStore\n"
        "for request in make_requests('test', images=ImageStore(pathlib.Path(sys.argv[1]))):\n"
        "    print(request.model_dump_json())"
    )
    for order_of_sets in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / "images")],
            capture_output=True, text=True, check=True, timeout=60, encoding="utf-8",
            env={**os.environ, "PYTHONHASHSEED": order_of_sets, "PYTHONIOENCODING": "utf-8"},
        )  # fmt: skip
        assert done.stdout.splitlines() == [request.model_dump_json() for request in made["test"]]


def test_another_seed_gives_other_requests_about_the_same_countries(made, images):
    other = make_requests("validation", seed=1, images=images)

    assert not {request.text for request in other} & {request.text for request in made["validation"]}
    own = {country.name for country in COUNTRIES.of_split("validation")}
    for requests in (other, made["validation"]):
        assert {reference.entity for request in requests for reference in request.recipe.references} <= own


def test_ids_and_texts_are_unique(every):
    assert len({request.id for request in every}) == len({request.text for request in every}) == 1200
    assert every[0].id == "sketch-train-0001"


# Three in five are knowledge-anchored: 240 of 400.
def test_tracks_categories_and_difficulties_are_mixed(made):
    for requests in made.values():
        assert Counter(request.track for request in requests) == {
            Track.KNOWLEDGE_ANCHORED: 240,
            Track.QUALITY_ANCHORED: 160,
        }
        assert len({request.category for request in requests}) == 15
        assert min(Counter(request.difficulty for request in requests).values()) >= 60


@pytest.mark.parametrize(
    ("recipe", "difficulty"),
    [
        # A fact, a reference and a text: three points.
        (Recipe(facts=(Fact(subject="Chad", relation="capital", value="N'Djamena"),),
                references=(WantedReference(entity="Chad", digest="d"),), texts=(WantedText(text="A"),)), "easy"),
        # Two objects and two relations: four.
        (Recipe(objects=(WantedObject(noun="star", count=9), WantedObject(noun="cat")),
                relations=(WantedRelation(subject="star", relation=Relation.ABOVE, object="cat"),) * 2), "medium"),
        # Six texts.
        (Recipe(texts=tuple(WantedText(text=letter) for letter in "ABCDEF")), "hard"),
    ],
)  # fmt: skip
def test_difficulty_counts_facts_references_objects_texts_and_relations(recipe, difficulty):
    assert difficulty_of(recipe) == difficulty


async def test_the_right_picture_is_the_one_that_an_agent_finds(made, tmp_path):
    toolbox = Toolbox(provider=open_provider("atlas"), skills={})
    wanted = {ref.entity: ref.digest for request in made["test"] for ref in request.recipe.references}
    assert len(wanted) > 60
    for entity in sorted(wanted):
        evidence = Evidence(ImageStore(tmp_path / "images"))
        call = toolbox.check(ToolCall(name="image_search", arguments={"query": f"flag of {BY_NAME[entity].named}"}))
        assert isinstance(call, ReadyCall)
        await toolbox.run(call, evidence)
        assert wanted[entity] in {image.digest for image in evidence.images}, entity


def test_the_pictures_of_references_are_in_the_store(every, images):
    for request in every:
        for reference in request.recipe.references:
            assert reference.digest in images


def holds(fact, country):
    """Whether a fact is true of a country, read from the atlas's facts alone."""
    money = [FACTS.names.currencies[code].name for code in country.currencies]
    region = FACTS.names.regions[country.region]
    regions = {region.name, FACTS.names.regions[region.of].name if region.of else ""}
    return {
        "capital": lambda: fact.value in country.capitals,
        "currency": lambda: any(fold(name).split()[-1] == fold(fact.value) for name in money),
        "official language": lambda: fact.value in country.languages,
        "demonym": lambda: fact.value in country.demonyms,
        "region": lambda: fact.value in regions,
        "landlocked": lambda: country.landlocked,
        "borders": lambda: BY_NAME[fact.value].code in country.neighbours,
    }[fact.relation]()


def clues_of(request):
    """The facts by which each country is found, in order; a capital that is to be written is no clue."""
    clues = {}
    for fact in request.recipe.facts:
        if not any(text.text == fact.value for text in request.recipe.texts):
            clues.setdefault(fact.subject, []).append(fact)
    return clues


def test_every_step_of_every_riddle_has_one_answer_in_the_whole_atlas(every):
    steps = [step for request in every for step in clues_of(request).items()]
    assert len(steps) > 700
    for subject, facts in steps:
        assert [c.name for c in EVERYONE if all(holds(fact, c) for fact in facts)] == [subject], facts


def test_two_steps_follow_from_each_other(made):
    for request in made["test"]:
        if request.category == "two_step":
            *before, (_, last) = clues_of(request).items()
            assert before
            assert {subject for subject, _ in before} <= {f.value for f in last if f.relation == "borders"}


def says(text, name):
    return re.search(rf"(?<!\w){re.escape(fold(name))}(?!\w)", fold(text)) is not None


def test_no_request_says_what_it_leaves_to_be_found(every):
    for request in every:
        for subject, facts in clues_of(request).items():
            country = BY_NAME[subject]
            clues = {fact.value for fact in facts if fact.relation == "demonym"}
            for name in (country.name, *country.also, country.official, *country.demonyms):
                assert not name or name in clues or not says(request.text, name), (name, request.text)


def test_a_text_is_quoted_unless_it_is_to_be_found(every):
    found = 0
    for request in every:
        quoted = [quote.text for quote in find_quotes(request.text)]
        wanted = [text.text for text in request.recipe.texts]
        assert len(wanted) == len(quoted) or request.category == "found_text", request.text
        for text in wanted:
            found += text not in quoted
            assert text in quoted or not says(request.text, text), request.text
    assert found >= 3 * 15


def test_splits_share_no_country_and_name_none_of_each_other(made):
    for split, requests in made.items():
        own = {country.code for country in COUNTRIES.of_split(split)}
        for request in requests:
            about = {BY_NAME[ref.entity].code for ref in request.recipe.references}
            about |= {BY_NAME[fact.subject].code for fact in request.recipe.facts}
            named = {code for code in COUNTRIES.named_in(request.text) if code in COUNTRIES.split_of}
            assert about | named <= own, request.text


# 194 countries that the atlas calls so, each in one split; a country with one neighbour goes with it.
def test_every_country_is_in_one_split_with_its_only_neighbour():
    assert sorted(COUNTRIES.split_of) == sorted(country.code for country in EVERYONE if country.kind == "country")
    sizes = Counter(COUNTRIES.split_of.values())
    assert sizes["test"] >= 70
    assert sizes["train"] >= 70
    assert sizes["validation"] >= 40
    for country in EVERYONE:
        if len(country.neighbours) == 1 and country.kind == "country":
            (other,) = country.neighbours
            assert COUNTRIES.split_of[country.code] == COUNTRIES.split_of.get(other), country.name


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("the flag of Papua New Guinea", {"PG"}),
        ("Guinea, and Guinea-Bissau", {"GN", "GW"}),
        ("a country in South America", set()),
        ("Côte d'Ivoire and the UK", {"CI", "GB"}),
        ("the Swiss franc, in French", set()),
        ("South Sudan's flag", {"SS"}),
    ],
)
def test_countries_are_found_in_a_text_by_the_longest_of_their_names(text, codes):
    assert COUNTRIES.named_in(text) == codes


@pytest.mark.parametrize(
    ("text", "name", "given"),
    [
        ("whose capital is Tunis", "Tunisia", True),
        ("whose capital is San Salvador", "El Salvador", True),
        ("where people speak Icelandic", "Iceland", True),
        ("which uses the afghani", "Afghanistan", True),
        ("whose capital is Reykjavík", "Iceland", False),
        ("a new republic", "Dominican Republic", False),
        ("a mural for Malian music", "Mali", True),
        ("a mauve mallet", "Mali", False),
    ],
)
def test_a_word_that_begins_like_a_name_gives_it_away(text, name, given):
    assert COUNTRIES.gives_away(text, BY_NAME[name]) is given


def test_a_demonym_is_allowed_where_it_is_the_clue_itself():
    netherlands = BY_NAME["Netherlands"]
    assert COUNTRIES.gives_away("whose demonym is Dutch", netherlands)
    assert not COUNTRIES.gives_away("whose demonym is Dutch", netherlands, told=["Dutch"])


def name_of(wanted):
    return getattr(wanted, "entity", None) or getattr(wanted, "noun", None) or wanted.text


def things_of(recipe):
    return [*recipe.references, *recipe.objects, *recipe.texts]


def test_names_are_unique_and_relations_are_between_things_of_the_recipe(every):
    for request in every:
        recipe = request.recipe
        names = [name_of(wanted) for wanted in things_of(recipe)]
        assert names
        assert len(names) == len(set(names))
        assert {end for relation in recipe.relations for end in (relation.subject, relation.object)} <= set(names)
        assert all(1 <= wanted.count <= 9 for wanted in recipe.objects)
        assert len(recipe.objects) <= 3
        assert len(recipe.references) <= 2


GRID = dict(zip(Place, product(range(3), range(3)), strict=True))
BEFORE = {
    Relation.ABOVE: lambda one, other: one[0] < other[0] and one[1] == other[1],
    Relation.BELOW: lambda one, other: one[0] > other[0] and one[1] == other[1],
    Relation.LEFT_OF: lambda one, other: one[1] < other[1] and one[0] == other[0],
    Relation.RIGHT_OF: lambda one, other: one[1] > other[1] and one[0] == other[0],
}


def can_be_laid_out(recipe):
    """Whether some choice of cells, one for each thing, satisfies every place and every relation of direction."""
    directed = [relation for relation in recipe.relations if relation.relation in BEFORE]
    inside = {relation.subject for relation in recipe.relations} - {relation.subject for relation in directed}
    things = [wanted for wanted in things_of(recipe) if name_of(wanted) not in inside]
    told = [w for w in things if w.position or any(name_of(w) in (r.subject, r.object) for r in directed)]
    choices = [[GRID[wanted.position]] if wanted.position else list(GRID.values()) for wanted in told]
    for cells in product(*choices):
        at = dict(zip(map(name_of, told), cells, strict=True))
        if len(set(cells)) == len(cells) and all(BEFORE[r.relation](at[r.subject], at[r.object]) for r in directed):
            return True
    return False


def test_every_picture_can_be_laid_out(every):
    assert sum(len(request.recipe.relations) for request in every) > 300
    assert {r.relation for request in every for r in request.recipe.relations} >= {
        *BEFORE, Relation.BESIDE, Relation.INSIDE, Relation.AROUND, Relation.FLANKING,
    }  # fmt: skip
    for request in every:
        assert can_be_laid_out(request.recipe), request.recipe


def test_a_layout_that_contradicts_itself_is_noticed():
    star = WantedObject(noun="star", position=Place.BOTTOM)
    cat = WantedObject(noun="cat", position=Place.CENTRE)
    above = WantedRelation(subject="star", relation=Relation.ABOVE, object="cat")
    assert not can_be_laid_out(Recipe(objects=(star, cat), relations=(above,)))


def without_names(text):
    """The text without what is quoted, and without names, some of which hold a colour or a place of the canvas."""
    for region in FACTS.names.regions.values():
        text = text.replace(region.name.removeprefix("the "), "REGION")
    return COUNTRIES.pattern.sub("NAME", without_quotes(text))


def test_a_request_says_the_places_and_colours_of_its_recipe_and_no_others(every):
    for request in every:
        text, recipe = without_names(request.text), request.recipe
        places = Counter(wanted.position for wanted in things_of(recipe) if wanted.position)
        assert Counter(word.means for word in find_places(text)) == places, request.text
        colours = [wanted.colour for wanted in (*recipe.objects, *recipe.texts)] + [recipe.background]
        assert Counter(c.name for c in find_colours(text)) == Counter(filter(None, colours)), request.text


def test_a_request_says_how_many_there_are_of_each_thing(every):
    for request in every:
        counts = Counter(count.value for count in find_counts(without_quotes(request.text)))
        wanted = Counter(wanted.count for wanted in request.recipe.objects if wanted.count > 1)
        assert not wanted - counts, request.text


def skeleton(text):
    """A request with what is quoted, names, numbers and colours blanked; how long they were leaves no mark."""
    text = without_names(text)
    values = {value for c in EVERYONE for value in (*c.capitals, *c.languages, *c.demonyms)}
    values |= {money.name.split()[-1] for money in FACTS.names.currencies.values()}
    longest_first = sorted(values, key=len, reverse=True)
    text = re.sub(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", "NAME", text)
    for found in reversed(list(find_counts(text))):
        text = f"{text[: found.start]}#{text[found.end :]}"
    colours = "|".join(sorted(map(re.escape, COLOURS), key=len, reverse=True))
    blanked = re.sub(rf"\b(?:(?:light|pale|dark) )?(?:{colours})\b", "COLOUR", text, flags=re.IGNORECASE)
    return " ".join(blanked.split())


def test_more_than_350_of_400_requests_are_phrased_differently(made):
    for requests in made.values():
        assert len({skeleton(request.text) for request in requests}) > 350


def test_requests_are_written_in_several_manners(made):
    texts = [request.text for request in made["test"]]
    for kind in ("\n- ", "\n1. ", "; ", "? ", ". "):
        assert sum(kind in text for text in texts) >= 8, kind
    assert sum(text.endswith("?") for text in texts) >= 8


def test_requests_differ_from_one_to_the_next(made):
    for one, other in pairwise(made["test"]):
        assert one.text[:30] != other.text[:30]


def test_the_sketch_benchmark_is_the_test_split(made, images, tmp_path):
    suite = open_suite("sketch")
    reading = suite.read(None, images)

    assert reading.requests == made["test"]
    assert suite.judges == ("computed", "computed-program")
    cases = suite.cases(reading.requests)
    assert cases[0].groups == {"track": "knowledge_anchored", "category": "border", "difficulty": "medium"}
    with pytest.raises(RequestError, match="leave --data out"):
        suite.read(tmp_path, images)


def test_an_edition_of_the_sketch_benchmark_is_a_split(made, images):
    assert open_suite("sketch", edition="validation").read(None, images).requests == made["validation"]
    with pytest.raises(UsageError, match="no edition 'verified'"):
        open_suite("sketch", edition="verified")
