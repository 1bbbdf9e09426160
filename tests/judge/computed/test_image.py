"""A picture in which all is right has every score, and each fault lowers the axis that it belongs to."""

import json
from collections.abc import Callable

import pytest
from PIL import Image

from genevolve.judge import JudgeSettings, open_judge
from genevolve.judge.computed import ComputedJudge
from genevolve.language.positions import Arrangement, Place, Relation
from genevolve.records import Attempt, Verdict, digest_bytes
from genevolve.records.recipe import Recipe, WantedObject, WantedReference, WantedRelation, WantedText
from genevolve.store.images import ImageStore
from support.easel import BLACK, BLUE, CREAM, RED, Easel, attempt_of, png

FLAG = Image.new("RGB", (60, 40), "white")
FLAG.paste((0, 40, 120), (0, 0, 20, 40))
FLAG.paste((200, 20, 40), (40, 0, 60, 40))
OTHER = Image.new("RGB", (60, 40), (20, 120, 60))
DIGEST, OTHER_DIGEST = digest_bytes(png(FLAG)), digest_bytes(png(OTHER))
FLAG_BOX = (140, 110, 260, 190)
STARS = ((100, 40, 130, 70), (185, 40, 215, 70), (270, 40, 300, 70))
WORDS_BOX = (160, 232, 246, 262)
RECIPE = Recipe(
    references=(WantedReference(entity="Testland", digest=DIGEST, position=Place.CENTRE),),
    objects=(WantedObject(noun="star", count=3, colour="red", arrangement=Arrangement.ROW),),
    texts=(WantedText(text="OPEN", typeface="bold serif", colour="black", position=Place.BOTTOM),),
    relations=(WantedRelation(subject="star", relation=Relation.ABOVE, object="Testland"),),
    background="cream",
)
RIGHT = {"faithfulness": 1.0, "visual_correctness": 1.0, "text_accuracy": 1.0, "aesthetics": 1.0}
Join = Callable[..., Attempt]


@pytest.fixture
def judge(store: ImageStore) -> Callable[[Attempt], "object"]:
    store.add(png(FLAG))
    return ComputedJudge(store).judge


def poster(**changes: object) -> Easel:
    """The picture in which all is right, but for what is changed."""
    easel = Easel(ground=changes.get("ground", CREAM))  # pyright: ignore[reportArgumentType]
    for box in changes.get("stars", STARS):  # pyright: ignore[reportGeneralTypeIssues]
        easel.shape("star", box, RED, painted=changes.get("star_paint"))  # pyright: ignore[reportArgumentType]
    flag, digest = changes.get("flag", FLAG), changes.get("digest", DIGEST)
    easel.reference(flag, changes.get("flag_box", FLAG_BOX), digest)  # pyright: ignore[reportArgumentType]
    words = {"text": "OPEN", "box": WORDS_BOX, "colour": BLACK} | changes.get("words", {})  # pyright: ignore
    easel.text(**words)
    return easel


async def test_a_picture_in_which_all_is_right_has_every_score(judge, drawn: Join):
    verdict = await judge(drawn(RECIPE, poster()))
    assert verdict.scores == RIGHT
    assert verdict.text_required is True
    assert verdict.failure is None
    assert verdict.rationale.startswith("all checks passed")


# Each fault with the one axis that it lowers, and to what.
#
# faithfulness  weighs presence 3 + number 1 of the flag, presence 3 + count 2 + arrangement 1 of the stars, relation 2,
#               background 2, nothing else 1: 15. Its leading checks are the two presences.
# visual        image 4, pixels 4 (leading), whole, free, aspect 2 each, place 1; colour 2: 17.
# text          present 3, drawn 3 (leading), legible 2, typeface, colour, place, no other 1 each: 12.
FAULTS: dict[str, tuple[dict[str, object], str, float]] = {
    "a star too few": ({"stars": STARS[:1] + STARS[2:]}, "faithfulness", 0.5),  # 13 of 15
    "no stars": ({"stars": ()}, "faithfulness", 0.0),  # 7 of 15
    "stars not in a row": (
        {"stars": ((100, 20, 130, 50), (185, 70, 215, 100), (270, 20, 300, 50))},
        "faithfulness",
        0.5,  # 14 of 15
    ),
    "stars below the flag": (
        {"stars": tuple((left, 195, right, 225) for left, _, right, _ in STARS)},
        "faithfulness",
        0.5,  # 13 of 15
    ),
    "a ground of another colour": ({"ground": (205, 172, 128)}, "faithfulness", 0.5),  # 13 of 15
    "another flag": ({"flag": OTHER, "digest": OTHER_DIGEST}, "visual_correctness", 0.0),  # leading checks fail
    "another flag under the right name": ({"flag": OTHER}, "visual_correctness", 0.0),  # pixels fail, leading
    "the right flag under another name": ({"digest": OTHER_DIGEST}, "visual_correctness", 0.0),  # image fails, leading
    "a flag cut by the canvas": (
        {"flag_box": (-30, 110, 90, 190)},
        "visual_correctness",
        0.5,
    ),  # whole and place: 14/17
    "a flag out of shape": ({"flag_box": (140, 90, 260, 210)}, "visual_correctness", 0.5),  # aspect: 15 of 17
    "a flag out of place": ({"flag_box": (10, 110, 130, 190)}, "visual_correctness", 0.5),  # place: 16 of 17
    "stars blue in the pixels": ({"star_paint": BLUE}, "visual_correctness", 0.5),  # colour: 15 of 17
    "a letter changed": ({"words": {"text": "OPNE"}}, "text_accuracy", 0.0),  # leading
    "a small letter": ({"words": {"text": "OPEn"}}, "text_accuracy", 0.0),
    "words that are not in the pixels": ({"words": {"painted": False}}, "text_accuracy", 0.0),  # leading
    "other type": ({"words": {"typeface": "bold sans"}}, "text_accuracy", 0.5),  # 11 of 12
    "type not bold": ({"words": {"typeface": "serif"}}, "text_accuracy", 0.5),
    "words of another colour": ({"words": {"colour": BLUE}}, "text_accuracy", 0.5),
    "words elsewhere": ({"words": {"box": (160, 2, 246, 32)}}, "text_accuracy", 0.5),
    "a letter without a font": ({"words": {"missing": "Ж"}}, "text_accuracy", 0.5),  # legible: 10 of 12
}


@pytest.mark.parametrize(("changes", "axis", "score"), FAULTS.values(), ids=FAULTS.keys())
async def test_a_fault_lowers_the_axis_that_it_belongs_to(judge, drawn: Join, changes, axis, score):
    verdict = await judge(drawn(RECIPE, poster(**changes)))
    content = {name: value for name, value in verdict.scores.items() if name not in {axis, "aesthetics"}}
    assert verdict.scores[axis] == score
    assert content == dict.fromkeys(content, 1.0)


async def test_a_flag_under_a_plate_is_not_free(judge, drawn: Join):
    # The note covers 120x40 of the flag's 120x80, which is half; only "free" fails: 15 of 17. What can still be seen
    # of the flag is compared, so that its pixels are right.
    easel = poster()
    easel.image.paste(CREAM, (140, 150, 260, 190))
    easel.text("a note", (140, 150, 260, 190), BLACK, role="caption", size_px=10)
    verdict = await judge(drawn(RECIPE, easel))
    assert failed(verdict) == {("Testland", "free")}
    assert verdict.scores["visual_correctness"] == 0.5


async def test_what_the_recipe_puts_on_a_flag_does_not_hide_it(judge, drawn: Join):
    recipe = Recipe(
        references=(WantedReference(entity="Testland", digest=DIGEST),),
        objects=(WantedObject(noun="star", colour="red"),),
        relations=(WantedRelation(subject="star", relation=Relation.IN_FRONT_OF, object="Testland"),),
    )
    easel = Easel()
    easel.reference(FLAG, FLAG_BOX, DIGEST)
    easel.shape("star", (180, 130, 220, 170), RED)  # a sixth of the flag
    verdict = await judge(drawn(recipe, easel))
    assert verdict.scores["visual_correctness"] == 1.0
    loose = recipe.but(relations=())
    assert failed(await judge(drawn(loose, easel))) == {("Testland", "free")}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"colour": (236, 228, 206)}, "contrast of 1.2"),  # luminances .91 and .78: .96 / .83 = 1.16
        ({"size_px": 6, "box": (160, 232, 177, 240)}, "type of 6 pixels"),  # 2.2% of 300 is 6.6
        ({"missing": "Ж"}, "letters missing: Ж"),
        ({"box": (350, 232, 436, 262)}, "cut off by the canvas"),
    ],
)
async def test_words_that_cannot_be_read_are_told_from_others(judge, drawn: Join, words, said):
    recipe = Recipe(texts=(WantedText(text="OPEN"),))
    verdict = await judge(drawn(recipe, poster(words=words)))
    # present 3, drawn 3, no other 1 of 9.
    assert verdict.scores["text_accuracy"] == 0.5
    assert found(verdict, "OPEN", "legible") == said


async def test_words_under_something_else_cannot_be_read(judge, drawn: Join):
    easel = poster()
    easel.shape("star", (160, 225, 190, 270), RED)
    verdict = await judge(drawn(Recipe(texts=(WantedText(text="OPEN"),)), easel))
    assert found(verdict, "OPEN", "legible") == "35% of it covered"  # 30 of 86 pixels in width


async def test_a_line_break_is_a_space_and_an_accent_may_be_written_in_two_ways(judge, drawn: Join):
    recipe = Recipe(texts=(WantedText(text="Café du Nord"),))
    easel = Easel()
    easel.text("Cafe\u0301 du\nNord", (100, 100, 300, 180), BLACK)
    assert (await judge(drawn(recipe, easel))).scores["text_accuracy"] == 1.0


async def test_a_text_that_was_not_asked_for_lowers_text_accuracy_and_labels_do_not(judge, drawn: Join):
    easel = poster()
    easel.text("star", (170, 80, 220, 95), BLACK, role="label", size_px=14)
    assert (await judge(drawn(RECIPE, easel))).scores["text_accuracy"] == 1.0
    easel.text("HELLO", (20, 240, 90, 262), BLACK)
    verdict = await judge(drawn(RECIPE, easel))
    assert verdict.scores["text_accuracy"] == 0.5
    assert verdict.scores["faithfulness"] == 1.0


async def test_a_picture_that_needs_no_text_has_half_and_says_so(judge, drawn: Join):
    recipe = RECIPE.but(texts=())
    verdict = await judge(drawn(recipe, poster()))
    assert (verdict.text_required, verdict.scores["text_accuracy"]) == (False, 0.5)
    # Words that nobody asked for are then a thing too many.
    assert failed(verdict) == {("picture", "nothing else")}


async def test_a_thing_that_was_not_asked_for_lowers_faithfulness(judge, drawn: Join):
    easel = poster()
    easel.shape("cat", (20, 240, 60, 280), BLUE)
    verdict = await judge(drawn(RECIPE, easel))
    assert failed(verdict) == {("picture", "nothing else")}
    assert found(verdict, "picture", "nothing else") == "cat"


async def test_where_words_alone_are_asked_for_a_thing_too_many_costs_half_of_faithfulness(judge, drawn: Join):
    recipe = Recipe(texts=(WantedText(text="OPEN"),))
    easel = Easel()
    easel.text("OPEN", WORDS_BOX, BLACK)
    assert (await judge(drawn(recipe, easel))).scores["faithfulness"] == 1.0
    easel.shape("cat", (20, 20, 60, 60), BLUE)
    verdict = await judge(drawn(recipe, easel))
    assert failed(verdict) == {("picture", "nothing else")}
    assert verdict.scores["faithfulness"] == 0.5


async def test_without_references_visual_correctness_is_colours_and_kinds(judge, drawn: Join):
    recipe = Recipe(objects=(WantedObject(noun="star", colour="red"), WantedObject(noun="cat", colour="blue")))

    async def score(star, cat) -> float:
        easel = Easel()
        easel.shape("star", (60, 100, 160, 200), star)
        easel.shape("cat", (240, 100, 340, 200), cat)
        return (await judge(drawn(recipe, easel))).scores["visual_correctness"]

    assert await score(RED, BLUE) == 1.0
    assert await score(RED, RED) == 0.5  # one of two things is right, and 6 of 8 in weight
    assert await score(BLUE, RED) == 0.0  # neither


async def test_a_thing_on_a_ground_of_its_colour_is_seen_by_its_middle(judge, drawn: Join):
    # Two fifths of the box are red even where the thing on it is blue: its middle tells.
    recipe = Recipe(objects=(WantedObject(noun="star", colour="red"),))
    for paint, score in ((RED, 1.0), (BLUE, 0.0)):
        easel = Easel(ground=RED)
        easel.shape("star", (100, 100, 200, 200), RED)
        easel.image.paste(paint, (110, 120, 190, 180))  # 48% of the box
        assert (await judge(drawn(recipe, easel))).scores["visual_correctness"] == score


async def test_a_kind_of_a_thing_stands_for_it_unless_another_fits_better(judge, drawn: Join):
    recipe = Recipe(objects=(WantedObject(noun="tree"), WantedObject(noun="pine tree", count=2)))
    easel = Easel()
    for noun, left in (("palm tree", 20), ("pine tree", 150), ("pine tree", 280)):
        easel.shape(noun, (left, 100, left + 100, 200), BLUE)
    assert (await judge(drawn(recipe, easel))).scores["faithfulness"] == 1.0


async def test_an_empty_picture_is_neither_faithful_nor_beautiful(judge, drawn: Join):
    verdict = await judge(drawn(RECIPE, Easel()))
    assert verdict.scores == dict.fromkeys(RIGHT, 0.0)


async def test_what_the_renderer_did_not_understand_costs_beauty(judge, drawn: Join):
    verdict = await judge(drawn(RECIPE, poster(), not_understood=("dreamy", "vast", "silver mist", "longing")))
    understood = next(c for c in json.loads(verdict.raw)["checks"] if c["name"] == "understood")
    assert understood["value"] == 0.0  # 1 - 4/4
    assert verdict.scores["aesthetics"] == 0.0  # the lowest is 0, so that the quality is at most 1/2


async def test_the_words_of_a_request_are_never_read(judge, drawn: Join):
    one = await judge(drawn(RECIPE, poster(), text="the flag of Testland under three red stars"))
    other = await judge(drawn(RECIPE, poster(), text="a blue cat"))
    assert one.but(seconds=0) == other.but(seconds=0)


async def test_the_same_picture_is_judged_the_same_and_every_check_is_kept(judge, drawn: Join):
    attempt = drawn(RECIPE, poster(star_paint=BLUE))
    first, second = await judge(attempt), await judge(attempt)
    assert first.but(seconds=0) == second.but(seconds=0)
    checks = json.loads(first.raw)["checks"]
    assert {check["axis"] for check in checks} == set(RIGHT)
    assert "star: colour '0 of 3 so', wanted 'red'" in first.rationale


async def test_what_cannot_be_judged_is_a_failed_verdict_that_says_why(drawn: Join, store: ImageStore):
    whole = drawn(RECIPE, poster())
    assert whole.render is not None
    small = store.add(png(Image.new("RGB", (40, 30))))
    cases = {
        "no recipe": attempt_of(None, render=whole.render),
        "tells no scene": attempt_of(RECIPE, render=whole.render.but(scene=None)),
        "no picture": attempt_of(RECIPE, render=whole.render.but(image=None)),
        "40x30 pixels": attempt_of(RECIPE, render=whole.render.but(image=small)),
        "0000": attempt_of(RECIPE, render=whole.render.but(image="0" * 32)),
        "ffff": attempt_of(
            RECIPE.but(references=(WantedReference(entity="Testland", digest="f" * 32),)), render=whole.render
        ),
    }
    # What an attempt lacks is known without looking; the others are found by looking.
    where = {"no recipe": "request", "tells no scene": "render", "no picture": "render"}
    judge = ComputedJudge(store)
    assert judge.lacks(whole) is None
    for said, attempt in cases.items():
        verdict = await judge.judge(attempt)
        assert verdict.scores == {}
        assert verdict.failure is not None
        assert verdict.failure.whose == "world"
        assert said in verdict.failure.what
        assert verdict.failure.where == where.get(said, "judge computed")
        assert judge.lacks(attempt) == (verdict.failure.what if said in where else None)


async def test_a_verdict_is_named_before_it_is_made(store: ImageStore, drawn: Join):
    judge = open_judge(JudgeSettings(judge="computed"), images=store)
    store.add(png(FLAG))
    attempt = drawn(RECIPE, poster())
    assert attempt.render is not None
    verdict = await judge.judge(attempt)
    assert (verdict.of, verdict.kind, verdict.judge) == (attempt.render.id, "image", judge.info)
    assert (judge.info.name, judge.kind) == ("computed", "image")


def failed(verdict: Verdict) -> set[tuple[str, str]]:
    """The checks that did not pass, as thing and name."""
    checks = json.loads(verdict.raw)["checks"]
    return {(check["of"], check["name"]) for check in checks if not check.get("passed", True)}


def found(verdict: Verdict, of: str, name: str) -> str:
    """What a check found."""
    checks = json.loads(verdict.raw)["checks"]
    return next(check["found"] for check in checks if (check.get("of"), check["name"]) == (of, name))
