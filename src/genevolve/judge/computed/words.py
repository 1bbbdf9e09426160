"""Text accuracy: every wanted text stands there letter by letter, as it was asked for, and can be read.

    check      weight   of each wanted text
    present    3        leading; a quoted text of the scene is the same: composed letters, single spaces, same case
    drawn      3        leading; letters of its colour fill at least a fiftieth of its box in the pixels
    legible    2        type of at least 2.2% of the canvas's shorter side, contrast of 3 or more with what is
                        around it, on the canvas, under nothing, and no letter missing from the fonts
    typeface   1        family, and bold and italic where they were asked for
    colour     1
    place      1
    no other   1        no quoted text that was not asked for; labels and captions are the renderer's own

Where no text is wanted there is nothing to check: text accuracy is 0.5 and not required.
"""

from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import partial

from ...language.typefaces import family_of, is_bold, is_italic
from ...records import PlacedText
from ...records.recipe import Recipe, WantedText
from .checks import Check
from .geometry import area, common, is_at
from .seen import Seen, colour_named, is_same_colour
from .standing import Standing, plain

AXIS = "text_accuracy"
SMALLEST_TYPE = 0.022
"""Size of legible type, in the canvas's shorter sides."""
READABLE = 3.0
"""The least contrast for large text, by WCAG 2.1."""
_check = partial(Check, axis=AXIS)


def check_words(recipe: Recipe, standing: Standing, seen: Seen) -> list[Check]:
    """Every check of the axis; none where no text is wanted."""
    checks: list[Check] = []
    for wanted in recipe.texts:
        index = standing.texts.get(wanted.text)
        item = standing.scene.items[index] if index is not None else None
        if index is None or not isinstance(item, PlacedText):
            checks.append(_absent(wanted, standing))
        else:
            checks += _text(wanted, index, item, seen)
    if recipe.texts:
        others = [text.text for text in _quoted(standing, standing.extra_texts)]
        found = ", ".join(others) or "no other"
        checks.append(_check(of="texts", name="no other", wanted="no other", found=found, passed=not others))
    return checks


def is_typeface(shown: str, wanted: str) -> bool:
    """Whether type of one kind, as the scene names it, is what was asked for; what was left open fits."""
    asked, has = wanted.lower().split(), shown.lower().split()
    family = family_of(asked)
    bold_fits = not is_bold(asked) or is_bold(has)
    return (family is None or family == family_of(has)) and bold_fits and (not is_italic(asked) or is_italic(has))


def _absent(wanted: WantedText, standing: Standing) -> Check:
    """The text is not there; what it could have been is told."""
    others = [plain(text.text) for text in _quoted(standing, standing.extra_texts)]
    nearest = max(others, key=lambda said: SequenceMatcher(None, said, plain(wanted.text)).ratio(), default="none")
    return _check(
        of=wanted.text, name="present", wanted=wanted.text, found=nearest, passed=False, weight=6, leading=True
    )


def _text(wanted: WantedText, index: int, item: PlacedText, seen: Seen) -> Iterator[Check]:
    text = wanted.text
    yield _check(of=text, name="present", wanted=text, found=plain(item.text), passed=True, weight=3, leading=True)
    inked = seen.has_ink(index, item.colour)
    said = "letters" if inked else "no letters"
    yield _check(of=text, name="drawn", wanted="letters", found=said, passed=inked, weight=3, leading=True)
    fault = _illegible(index, item, seen)
    yield _check(of=text, name="legible", wanted="legible", found=fault or "legible", passed=not fault, weight=2)
    if wanted.typeface:
        passed = is_typeface(item.typeface, wanted.typeface)
        yield _check(of=text, name="typeface", wanted=wanted.typeface, found=item.typeface, passed=passed)
    colour = colour_named(wanted.colour) if wanted.colour else None
    if wanted.colour and colour is not None:
        passed = is_same_colour(item.colour, colour)
        yield _check(of=text, name="colour", wanted=wanted.colour, found=f"rgb {item.colour}", passed=passed)
    if wanted.position is not None:
        passed = is_at(wanted.position, [item.box], seen.size)
        so = "so" if passed else "not so"
        yield _check(of=text, name="place", wanted=wanted.position.value, found=so, passed=passed)


def _illegible(index: int, item: PlacedText, seen: Seen) -> str:
    """Why a text cannot be read, or nothing."""
    width, height = seen.size
    if item.size_px < SMALLEST_TYPE * min(width, height):
        return f"type of {item.size_px} pixels"
    if item.missing:
        return f"letters missing: {item.missing}"
    if common(item.box, (0, 0, width, height)) < 0.99 * area(item.box):
        return "cut off by the canvas"
    if (covered := seen.covered_share(index)) > 0.02:
        return f"{covered:.0%} of it covered"
    if (contrast := seen.contrast(index, item.colour)) < READABLE:
        return f"contrast of {contrast:.1f}"
    return ""


def _quoted(standing: Standing, numbers: list[int]) -> list[PlacedText]:
    items = (standing.scene.items[number] for number in numbers)
    return [item for item in items if isinstance(item, PlacedText)]
