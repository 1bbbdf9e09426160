"""Whether a program alone would suffice: the share of the recipe that its prompt and references state.

    check       weight
    fact        1      what the fact is about, or what it says, is named or shown: see below
    image       4      of each reference; one of the program's has its digest
    bound       2      the prompt names it by its ordinal
    object      2      its noun is there
    count       2
    colour      2      bound to its noun
    text        3      in quotation marks, letter by letter
    typeface    1      beside the text, in its sentence; likewise colour of lettering, places and arrangements
    relation    2      its word between the two things, or the opposite word the other way round
    background  2

A fact that a wanted reference or text is about is stated where that reference is among the program's, or its name is
in the prompt. Any other is a step on the way, and stated where all those are, or where both its ends are named.

The share is binned: 1 from 0.98 on, 0.75 from 0.85, 0.5 from 0.65, 0.25 from 0.35, else 0. `mentions` says how lenient
the matching is; a prompt that says the right words in another order than it means can pass, and one that says them by
synonyms ("crimson" for red, "feline" for cat) does not.
"""

from collections.abc import Iterator
from functools import partial
from itertools import chain, pairwise

from ...language.colours import find_colours
from ...language.positions import Relation
from ...language.text import fold
from ...language.typefaces import family_of, is_bold, is_italic
from ...records import Program
from ...records.recipe import Fact, Recipe, WantedObject, WantedReference, WantedRelation, WantedText
from .checks import Check, share
from .mentions import Mentions, says

AXIS = "sufficiency"
LEVELS = ((0.98, 1.0), (0.85, 0.75), (0.65, 0.5), (0.35, 0.25))
"""From which share on a program has which level."""
_OPPOSITE = {
    Relation.ABOVE: Relation.BELOW, Relation.BELOW: Relation.ABOVE, Relation.LEFT_OF: Relation.RIGHT_OF,
    Relation.RIGHT_OF: Relation.LEFT_OF, Relation.IN_FRONT_OF: Relation.BEHIND, Relation.BEHIND: Relation.IN_FRONT_OF,
    Relation.BESIDE: Relation.BESIDE, Relation.BETWEEN: Relation.FLANKING, Relation.FLANKING: Relation.BETWEEN,
}  # fmt: skip
_check = partial(Check, axis=AXIS)


def check_program(recipe: Recipe, program: Program) -> list[Check]:
    """Every check of the axis."""
    mentions = Mentions(program, recipe)
    return list(
        chain(
            (_fact(fact, recipe, program) for fact in recipe.facts),
            *(_reference(wanted, program, mentions) for wanted in recipe.references),
            *(_object(wanted, mentions) for wanted in recipe.objects),
            *(_text(wanted, mentions) for wanted in recipe.texts),
            (_relation(wanted, mentions) for wanted in recipe.relations),
            _background(recipe, mentions),
        )
    )


def program_level(checks: list[Check]) -> float:
    """The level of the share of what is stated."""
    stated = share(checks)
    return next((level for least, level in LEVELS if stated >= least), 0.0)


def _fact(fact: Fact, recipe: Recipe, program: Program) -> Check:
    ends = {fold(fact.subject), fold(fact.value)}
    answers = [name for name in _answers(recipe) if fold(name) in ends]
    if answers:
        passed = any(_is_given(name, recipe, program) for name in answers)
    else:
        found_all = bool(_answers(recipe)) and all(_is_given(name, recipe, program) for name in _answers(recipe))
        passed = found_all or (says(program.prompt, fact.subject) and says(program.prompt, fact.value))
    found = "stated" if passed else "not stated"
    return _check(of=fact.subject, name="fact", wanted=f"{fact.relation}: {fact.value}", found=found, passed=passed)


def _answers(recipe: Recipe) -> list[str]:
    """What facts lead to: the entities of references, and texts that are themselves the end of a fact."""
    ends = {fold(end) for fact in recipe.facts for end in (fact.subject, fact.value)}
    return [one.entity for one in recipe.references] + [one.text for one in recipe.texts if fold(one.text) in ends]


def _is_given(name: str, recipe: Recipe, program: Program) -> bool:
    digests = {one.digest for one in recipe.references if one.entity == name}
    return says(program.prompt, name) or any(one.digest in digests for one in program.references)


def _reference(wanted: WantedReference, program: Program, mentions: Mentions) -> Iterator[Check]:
    number = next((n for n, one in enumerate(program.references, start=1) if one.digest == wanted.digest), None)
    named = f"the {wanted.what} of {wanted.entity}"
    found = named if number else "not among the references"
    yield _check(of=wanted.entity, name="image", wanted=named, found=found, passed=number is not None, weight=4)
    bound = number is not None and bool(mentions.ordinals.get(number))
    yield _said(wanted.entity, "bound", "its ordinal", bound, weight=2)
    if wanted.position is not None:
        yield _said(wanted.entity, "place", wanted.position.value, mentions.says_place(wanted.entity, wanted.position))


def _object(wanted: WantedObject, mentions: Mentions) -> Iterator[Check]:
    noun = wanted.noun
    yield _said(noun, "object", noun, bool(mentions.of(noun)), weight=2)
    yield _said(noun, "count", str(wanted.count), mentions.says_count(noun, wanted.count), weight=2)
    if wanted.colour is not None:
        yield _said(noun, "colour", wanted.colour, mentions.says_colour(noun, wanted.colour), weight=2)
    for what, means in (("place", wanted.position), ("arrangement", wanted.arrangement)):
        if means is not None:
            yield _said(noun, what, means.value, mentions.says_place(noun, means))


def _text(wanted: WantedText, mentions: Mentions) -> Iterator[Check]:
    text = wanted.text
    yield _said(text, "text", text, bool(mentions.of(text)), weight=3)
    if wanted.typeface:
        yield _said(text, "typeface", wanted.typeface, _says_typeface(wanted.typeface, text, mentions))
    if wanted.colour:
        colours = [c for c in find_colours(mentions.blank) if c.name == wanted.colour.lower()]
        yield _said(text, "colour", wanted.colour, any(text in mentions.nearest(c.start, c.end) for c in colours))
    if wanted.position is not None:
        yield _said(text, "place", wanted.position.value, mentions.says_place(text, wanted.position))


def _says_typeface(typeface: str, text: str, mentions: Mentions) -> bool:
    """Whether every quality of the type is named nearest to the text."""
    asked = typeface.lower().split()
    near = [word for word, start, end in mentions.words if text in mentions.nearest(start, end)]
    # "sans serif" and "slab serif" are not serif: their second word says nothing of its own.
    alone = [word for before, word in pairwise(["", *near]) if before not in {"sans", "slab"} or word != "serif"]
    family = family_of(asked)
    bold_fits = not is_bold(asked) or is_bold(near)
    italic_fits = not is_italic(asked) or is_italic(near)
    return family in {None, *(family_of([word]) for word in alone)} and bold_fits and italic_fits


def _relation(wanted: WantedRelation, mentions: Mentions) -> Check:
    passed = mentions.says_relation(wanted.subject, wanted.relation, wanted.object)
    opposite = _OPPOSITE.get(wanted.relation)
    if not passed and opposite is not None:
        passed = mentions.says_relation(wanted.object, opposite, wanted.subject)
    return _said(wanted.subject, "relation", f"{wanted.relation.value} {wanted.object}", passed, weight=2)


def _background(recipe: Recipe, mentions: Mentions) -> Iterator[Check]:
    if recipe.background:
        yield _said(
            "background", "background", recipe.background, mentions.says_background(recipe.background), weight=2
        )


def _said(of: str, name: str, wanted: str, passed: bool, *, weight: int = 1) -> Check:
    found = wanted if passed else "not stated"
    return _check(of=of, name=name, wanted=wanted, found=found, passed=passed, weight=weight)
