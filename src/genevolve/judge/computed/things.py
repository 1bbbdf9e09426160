"""Faithfulness: what was asked for is there, in number, in order and in place, and nothing else is.

check        weight
presence     3       leading; of each object and each reference
count        2       of each object; that no reference stands too much, 1
arrangement  1
place        1       of objects
relation     2
background   2       its colour in the pixels that nothing lies on
nothing else 1       no object, and where no text is wanted no text, that was not asked for
"""

from collections.abc import Iterator
from functools import partial

from ...language.nouns import counted
from ...language.positions import Relation
from ...records.recipe import Recipe, WantedObject, WantedRelation
from .checks import Check
from .geometry import is_arranged, is_at, stands
from .seen import Seen, colour_named, is_same_colour
from .standing import Standing

AXIS = "faithfulness"
_check = partial(Check, axis=AXIS)


def check_things(recipe: Recipe, standing: Standing, seen: Seen) -> list[Check]:
    """Every check of the axis."""
    return [
        *_references(recipe, standing),
        *(check for wanted in recipe.objects for check in _object(wanted, standing, seen)),
        *_relations(recipe, standing, seen),
        *_background(recipe, seen),
        _nothing_else(recipe, standing),
    ]


def _references(recipe: Recipe, standing: Standing) -> Iterator[Check]:
    for wanted in recipe.references:
        is_there = wanted.entity in standing.references
        yield _check(
            of=wanted.entity,
            name="presence",
            wanted=f"a {wanted.what}",
            found="a picture" if is_there else "none",
            passed=is_there,
            weight=3,
            leading=True,
        )
    if recipe.references:
        extra = len(standing.extra_references)
        yield _check(
            of="references",
            name="number",
            wanted="no others",
            found=f"{extra} others" if extra else "no others",
            passed=not extra,
        )


def _object(wanted: WantedObject, standing: Standing, seen: Seen) -> Iterator[Check]:
    boxes = standing.boxes(wanted.noun)
    asked = f"{wanted.count} {counted(wanted.noun, wanted.count)}"
    yield _check(
        of=wanted.noun,
        name="presence",
        wanted=wanted.noun,
        found=wanted.noun if boxes else "none",
        passed=bool(boxes),
        weight=3,
        leading=True,
    )
    yield _check(
        of=wanted.noun, name="count", wanted=asked, found=str(len(boxes)), passed=len(boxes) == wanted.count, weight=2
    )
    if wanted.arrangement is not None:
        passed = bool(boxes) and is_arranged(wanted.arrangement, boxes)
        yield _check(
            of=wanted.noun, name="arrangement", wanted=wanted.arrangement.value, found=_so(passed), passed=passed
        )
    if wanted.position is not None:
        passed = bool(boxes) and is_at(wanted.position, boxes, seen.size)
        yield _check(of=wanted.noun, name="place", wanted=wanted.position.value, found=_so(passed), passed=passed)


def _relations(recipe: Recipe, standing: Standing, seen: Seen) -> Iterator[Check]:
    """A thing between several others is between all of them at once."""
    for wanted in recipe.relations:
        others = [wanted.object]
        if wanted.relation is Relation.BETWEEN:
            others = [
                relation.object
                for relation in recipe.relations
                if relation.subject == wanted.subject and relation.relation is Relation.BETWEEN
            ]
        passed = _holds(wanted, others, standing, seen)
        asked = f"{wanted.relation.value} {wanted.object}"
        yield _check(of=wanted.subject, name="relation", wanted=asked, found=_so(passed), passed=passed, weight=2)


def _holds(wanted: WantedRelation, others: list[str], standing: Standing, seen: Seen) -> bool:
    one = standing.boxes(wanted.subject)
    other = [box for name in others for box in standing.boxes(name)]
    return bool(one and other) and stands(wanted.relation, one, other, seen.size)


def _background(recipe: Recipe, seen: Seen) -> Iterator[Check]:
    asked = colour_named(recipe.background) if recipe.background else None
    if recipe.background and asked is not None:
        shown = seen.background()
        passed = shown is not None and is_same_colour(shown, asked)
        yield _check(
            of="background",
            name="colour",
            wanted=recipe.background,
            found=f"rgb {shown}" if shown else "covered",
            passed=passed,
            weight=2,
        )


def _nothing_else(recipe: Recipe, standing: Standing) -> Check:
    numbers = [*standing.extra_objects, *([] if recipe.texts else standing.extra_texts)]
    items = [standing.scene.items[number] for number in numbers]
    names = ", ".join(item.noun if item.kind == "shape" else getattr(item, "text", "") for item in items)
    return _check(of="picture", name="nothing else", wanted="no other", found=names or "no other", passed=not items)


def _so(passed: bool) -> str:
    return "so" if passed else "not so"
