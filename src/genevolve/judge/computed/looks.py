"""Visual correctness: the right image, recognisable, whole and where it should be; things in their colours.

check      weight   of each reference
image      4        leading; the drawn image's digest is the wanted one's
pixels     4        leading; what can be seen of it differs from that image by `SAME_IMAGE` at most
whole      2        it ends where the canvas does or before
free       2        at most a tenth of it lies under other things, those left out that the recipe puts there
aspect     2        within 3% of the image's
place      1        where the recipe names one

colour     2        of each object that has one, every one of them: by the scene and by its pixels
kind       2        of each object, only where no reference is wanted, and colour is leading then
"""

from collections.abc import Iterator, Mapping
from functools import partial

from PIL import Image

from ...language.positions import Relation
from ...records import Box, PlacedReference, PlacedShape
from ...records.recipe import Recipe, WantedObject, WantedReference
from .checks import Check
from .geometry import area, common, is_at
from .recognise import SAME_IMAGE, difference, keeps_aspect
from .seen import Seen, colour_named, is_same_colour
from .standing import Standing

AXIS = "visual_correctness"
_check = partial(Check, axis=AXIS)
COVERED_MOST = 0.1
_ON_TOP = frozenset({Relation.ON, Relation.IN_FRONT_OF, Relation.INSIDE})


def check_looks(recipe: Recipe, standing: Standing, seen: Seen, images: Mapping[str, Image.Image]) -> list[Check]:
    """Every check of the axis; `images` are those that the recipe wants, by digest."""
    checks: list[Check] = []
    for wanted in recipe.references:
        checks += _reference(wanted, recipe, standing, seen, images[wanted.digest])
    for wanted in recipe.objects:
        checks += _object(wanted, standing, seen, alone=not recipe.references)
    return checks


def _reference(
    wanted: WantedReference, recipe: Recipe, standing: Standing, seen: Seen, image: Image.Image
) -> Iterator[Check]:
    index = standing.references.get(wanted.entity)
    item = standing.scene.items[index] if index is not None else None
    named = f"the {wanted.what} of {wanted.entity}"
    leads = partial(_check, of=wanted.entity, weight=4, leading=True)
    if index is None or not isinstance(item, PlacedReference):
        yield from (leads(name=name, wanted=named, found="none", passed=False) for name in ("image", "pixels"))
        return
    is_it = item.digest == wanted.digest
    yield leads(name="image", wanted=named, found=named if is_it else f"another ({item.digest})", passed=is_it)
    apart = difference(seen.image, item.box, image, covered=seen.over(index))
    yield leads(name="pixels", wanted=f"at most {SAME_IMAGE} off", found=f"{apart:.3f}", passed=apart <= SAME_IMAGE)
    hidden = seen.covered_share(index, but=_may_cover(wanted.entity, recipe, standing))
    yield from _setting(wanted, item.box, image, seen=seen, hidden=hidden)


def _setting(wanted: WantedReference, box: Box, image: Image.Image, *, seen: Seen, hidden: float) -> Iterator[Check]:
    """Whether an image stands whole, free, in its aspect and in its place."""
    width, height = seen.size
    inside = common(box, (0, 0, width, height)) / max(area(box), 1)
    yield _check(
        of=wanted.entity, name="whole", wanted="all of it", found=f"{inside:.0%}", passed=inside >= 0.995, weight=2
    )
    yield _check(
        of=wanted.entity,
        name="free",
        wanted=f"at most {COVERED_MOST:.0%} covered",
        found=f"{hidden:.0%}",
        passed=hidden <= COVERED_MOST,
        weight=2,
    )
    sides = f"{box[2] - box[0]}x{box[3] - box[1]}"
    yield _check(
        of=wanted.entity,
        name="aspect",
        wanted=f"{image.width}:{image.height}",
        found=sides,
        passed=keeps_aspect(box, image),
        weight=2,
    )
    if wanted.position is not None:
        passed = is_at(wanted.position, [box], seen.size)
        yield _check(
            of=wanted.entity,
            name="place",
            wanted=wanted.position.value,
            found="so" if passed else "not so",
            passed=passed,
        )


def _may_cover(name: str, recipe: Recipe, standing: Standing) -> frozenset[int]:
    """Items that the recipe wants on top of a thing."""
    above = {
        relation.subject for relation in recipe.relations if relation.object == name and relation.relation in _ON_TOP
    }
    above |= {
        relation.object
        for relation in recipe.relations
        if relation.subject == name and relation.relation is Relation.BEHIND
    }
    return frozenset(number for other in above for number in standing.items(other))


def _object(wanted: WantedObject, standing: Standing, seen: Seen, *, alone: bool) -> Iterator[Check]:
    items = standing.items(wanted.noun)
    if alone:
        yield _check(
            of=wanted.noun,
            name="kind",
            wanted=wanted.noun,
            found=wanted.noun if items else "none",
            passed=bool(items),
            weight=2,
            leading=True,
        )
    colour = colour_named(wanted.colour) if wanted.colour else None
    if wanted.colour is None or colour is None or not items:
        return
    right = 0
    for number in items:
        item = standing.scene.items[number]
        claimed = isinstance(item, PlacedShape) and is_same_colour(item.colour, colour)
        right += claimed and seen.shows_colour(number, colour)
    passed = right == len(items)
    yield _check(
        of=wanted.noun,
        name="colour",
        wanted=wanted.colour,
        found=f"{right} of {len(items)} so",
        passed=passed,
        weight=2,
        leading=alone,
    )
