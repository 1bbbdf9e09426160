"""A program has as many levels as the share of its recipe that it states."""

import json

import pytest

from genevolve.judge.computed import ComputedProgramJudge
from genevolve.judge.computed.program import check_program, program_level
from genevolve.language.positions import Arrangement, Place, Relation
from genevolve.records import Program, Reference
from genevolve.records.recipe import Fact, Recipe, WantedObject, WantedReference, WantedRelation, WantedText
from support.easel import attempt_of

DIGEST, OTHER = "a" * 32, "b" * 32
RECIPE = Recipe(
    facts=(Fact(subject="Burkina Faso", relation="capital", value="Ouagadougou"),),
    references=(WantedReference(entity="Burkina Faso", digest=DIGEST, position=Place.CENTRE),),
    objects=(WantedObject(noun="star", count=3, colour="red", arrangement=Arrangement.ROW),),
    texts=(WantedText(text="FASO", typeface="bold serif", colour="navy", position=Place.BOTTOM),),
    relations=(WantedRelation(subject="star", relation=Relation.ABOVE, object="Burkina Faso"),),
    background="cream",
)
WHOLE = (
    "Place the first reference image (the flag of Burkina Faso) in the centre, with exactly three red stars in a row "
    'above it. Set the title "FASO" in navy bold serif type at the bottom. The background is cream.'
)
SHOWN = (Reference(ref="IMG_001", digest=DIGEST),)


def unsaid(prompt: str, recipe: Recipe = RECIPE, references: tuple[Reference, ...] = SHOWN) -> set[tuple[str, str]]:
    """What a program does not state, as thing and check."""
    checks = check_program(recipe, Program(prompt=prompt, references=references))
    return {(check.of, check.name) for check in checks if not check.passed}


async def test_a_program_that_states_all_of_it_has_the_highest_level():
    verdict = await ComputedProgramJudge().judge(attempt_of(RECIPE, program=Program(prompt=WHOLE, references=SHOWN)))
    assert (verdict.scores, verdict.of, verdict.kind) == ({"sufficiency": 1.0}, "t1", "program")
    assert verdict.judge.name == "computed-program"
    assert json.loads(verdict.raw)["share"] == 1.0


@pytest.mark.parametrize(
    ("said", "instead", "lost"),
    [
        ("three red", "four red", {("star", "count")}),
        ("red stars", "stars", {("star", "colour")}),
        ("red stars", "blue stars", {("star", "colour")}),
        (" in a row", "", {("star", "arrangement")}),
        ("above it", "below it", {("star", "relation")}),
        ("the first reference image (the", "the emblem (the", {("Burkina Faso", "bound")}),
        (" in the centre", "", {("Burkina Faso", "place")}),
        ("FASO", "FASSO", {("FASO", name) for name in ("text", "typeface", "colour", "place")}),
        ("bold serif", "serif", {("FASO", "typeface")}),
        ("bold serif", "bold sans serif", {("FASO", "typeface")}),
        ("navy bold", "bold", {("FASO", "colour")}),
        (" at the bottom", "", {("FASO", "place")}),
        ("is cream", "is plain", {("background", "background")}),
        ("exactly three red stars", "exactly three red hearts",
         {("star", name) for name in ("object", "count", "colour", "arrangement", "relation")}),
    ],
)  # fmt: skip
def test_what_is_left_out_or_said_wrongly_is_not_stated(said, instead, lost):
    assert unsaid(WHOLE) == set()
    assert said in WHOLE
    assert unsaid(WHOLE.replace(said, instead)) == lost


def test_a_wrong_reference_is_no_reference():
    wrong = (Reference(ref="IMG_001", digest=OTHER),)
    # The prompt still names the country, so that the fact is stated.
    assert unsaid(WHOLE, references=wrong) == {("Burkina Faso", "image"), ("Burkina Faso", "bound")}


def test_levels_are_cut_at_the_stated_shares():
    # Weights: fact 1; image 4, bound 2, place 1; object, count, colour 2 each, arrangement 1; text 3, typeface, colour,
    # place 1 each; relation 2; background 2. Sum 25.
    def level(prompt: str, references: tuple[Reference, ...] = SHOWN) -> float:
        return program_level(check_program(RECIPE, Program(prompt=prompt, references=references)))

    assert level(WHOLE.replace(" in a row", "")) == 0.75  # 24 of 25 = .96, under .98
    assert level(WHOLE.replace("three red", "four").replace("bold", "")) == 0.5  # 20 of 25 = .80, under .85
    assert level("The flag of Burkina Faso.", ()) == 0.0  # the fact alone, 1 of 25
    assert level("The first reference image in the centre.") == 0.0  # 1 + 4 + 2 + 1 = 8 of 25 = .32
    assert level("The first reference image in the centre on a cream background.") == 0.25  # 10 of 25 = .40


def test_opposite_words_say_the_same_relation():
    recipe = Recipe(
        objects=(WantedObject(noun="cat"), WantedObject(noun="tree")),
        relations=(WantedRelation(subject="cat", relation=Relation.LEFT_OF, object="tree"),),
    )
    for prompt in (
        "A cat to the left of a tree.",
        "A tree to the right of a cat.",
        "To the left of the tree, a cat.",
        "Left of a tree stands a cat.",
    ):
        assert unsaid(prompt, recipe, ()) == set(), prompt
    assert unsaid("A tree to the left of a cat.", recipe, ()) == {("cat", "relation")}
    assert unsaid("A cat. To the left of a tree.", recipe, ()) == {("cat", "relation")}


def test_between_two_things_says_both_of_its_relations():
    recipe = Recipe(
        references=(WantedReference(entity="Chad", digest=DIGEST), WantedReference(entity="Peru", digest=OTHER)),
        objects=(WantedObject(noun="star"),),
        relations=(
            WantedRelation(subject="star", relation=Relation.RIGHT_OF, object="Chad"),
            WantedRelation(subject="star", relation=Relation.LEFT_OF, object="Peru"),
        ),
    )
    both = (*SHOWN, Reference(ref="IMG_002", digest=OTHER))
    assert unsaid("A star between the first reference image and the second reference image.", recipe, both) == set()
    assert unsaid("The first and second flags: a star between both reference images.", recipe, both) == set()


def test_colours_and_counts_belong_to_their_own_nouns():
    recipe = Recipe(
        objects=(WantedObject(noun="ball", count=2, colour="red"), WantedObject(noun="cup", count=5, colour="blue"))
    )
    assert unsaid("Two red balls and five blue cups.", recipe, ()) == set()
    assert unsaid("Five blue balls and two red cups.", recipe, ()) == {
        ("ball", "count"), ("ball", "colour"), ("cup", "count"), ("cup", "colour"),
    }  # fmt: skip
    assert unsaid("Two balls in red, five cups in blue.", recipe, ()) == set()


def test_one_may_be_said_by_an_article_or_not_at_all():
    recipe = Recipe(objects=(WantedObject(noun="fox"),))
    for prompt in ("a fox", "one fox", "Fox on a hill", "a single fox"):
        assert unsaid(prompt, recipe, ()) == set(), prompt
    for prompt in ("foxes", "two foxes"):
        assert unsaid(prompt, recipe, ()) == {("fox", "count")}, prompt


def test_quoted_words_are_not_read_as_things():
    recipe = Recipe(objects=(WantedObject(noun="star"),))
    assert unsaid('The title "a star".', recipe, ()) == {("star", "object"), ("star", "count")}


def test_a_step_on_the_way_is_stated_where_its_end_is():
    recipe = Recipe(
        facts=(
            Fact(subject="Estonia", relation="capital", value="Tallinn"),
            Fact(subject="Latvia", relation="borders", value="Estonia"),
        ),
        references=(WantedReference(entity="Latvia", digest=DIGEST),),
    )
    assert unsaid("The first reference image.", recipe) == set()
    assert unsaid("A flag.", recipe, ()) == {
        ("Estonia", "fact"), ("Latvia", "fact"), ("Latvia", "image"), ("Latvia", "bound"),
    }  # fmt: skip
    # Both ends of the first step are named, and of the second neither the flag's country nor its picture.
    assert ("Estonia", "fact") not in unsaid("Tallinn is the capital of Estonia.", recipe, ())


def test_a_found_name_must_stand_in_the_prompt():
    recipe = Recipe(
        facts=(Fact(subject="Portugal", relation="capital", value="Lisbon"),), texts=(WantedText(text="Portugal"),)
    )
    assert unsaid('The title "Portugal".', recipe, ()) == set()
    assert unsaid("The name of the country whose capital is Lisbon.", recipe, ()) == {
        ("Portugal", "fact"), ("Portugal", "text"),
    }  # fmt: skip


async def test_without_a_recipe_or_a_program_there_is_no_verdict():
    program = Program(prompt=WHOLE, references=SHOWN)
    for attempt, said in ((attempt_of(None, program=program), "recipe"), (attempt_of(RECIPE), "no program")):
        verdict = await ComputedProgramJudge().judge(attempt)
        assert verdict.scores == {}
        assert verdict.failure is not None
        assert said in verdict.failure.what
        assert verdict.failure.where == ("request" if said == "recipe" else "rollout")
        assert ComputedProgramJudge().lacks(attempt) == verdict.failure.what
    assert ComputedProgramJudge().lacks(attempt_of(RECIPE, program=program)) is None
