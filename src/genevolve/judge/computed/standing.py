"""Which items of a scene stand for which things of a recipe.

A thing is known by its name in the recipe: an object by its noun, a reference by
its entity, a text by its words. An object's items are those whose noun is the
same, singular or plural, or ends with it as its last words ("palm tree" stands
for "tree" where no other wanted noun fits it better).

A reference stands where its digest does; a wanted reference that was not drawn
takes the place of one that nobody wanted, so that a wrong picture at the right
place is wrong as a picture and right as a place.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from ...language.nouns import singular
from ...language.text import fold
from ...records import Box, PlacedReference, PlacedShape, PlacedText, Scene
from ...records.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Numbers of a scene's items, by what they stand for."""

    scene: Scene
    objects: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    references: dict[str, int] = field(default_factory=dict[str, int])
    texts: dict[str, int] = field(default_factory=dict[str, int])
    extra_objects: list[int] = field(default_factory=list[int])
    extra_references: list[int] = field(default_factory=list[int])
    extra_texts: list[int] = field(default_factory=list[int])

    def items(self, name: str) -> list[int]:
        """The items that stand for a name of the recipe."""
        if name in self.objects:
            return self.objects[name]
        found = self.references.get(name, self.texts.get(name))
        return [] if found is None else [found]

    def boxes(self, name: str) -> list[Box]:
        """Where they are."""
        return [self.scene.items[index].box for index in self.items(name)]


def find_standing(recipe: Recipe, scene: Scene) -> Standing:
    """Match a scene's items with a recipe's things."""
    placed = list(enumerate(scene.items))
    shapes = [(n, item) for n, item in placed if isinstance(item, PlacedShape) and item.drawn_as != "border"]
    pictures = [(n, item) for n, item in placed if isinstance(item, PlacedReference)]
    texts = [(n, item) for n, item in placed if isinstance(item, PlacedText) and item.role == "quoted"]
    objects, extra_objects = _objects([wanted.noun for wanted in recipe.objects], shapes)
    references, extra_references = _references(recipe, pictures)
    found, extra_texts = _texts([wanted.text for wanted in recipe.texts], texts)
    return Standing(
        scene=scene,
        objects=objects,
        references=references,
        texts=found,
        extra_objects=extra_objects,
        extra_references=extra_references,
        extra_texts=extra_texts,
    )


def plain(text: str) -> str:
    """A text for comparing letter by letter: composed characters, single spaces, no line breaks."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def is_called(noun: str, wanted: str) -> bool:
    """Whether a noun names what is wanted, as itself or as a kind of it."""
    said, asked = singular(fold(noun)), singular(fold(wanted))
    return said == asked or said.endswith(f" {asked}")


def _objects(nouns: Sequence[str], shapes: list[tuple[int, PlacedShape]]) -> tuple[dict[str, list[int]], list[int]]:
    objects: dict[str, list[int]] = {noun: [] for noun in nouns}
    extra: list[int] = []
    # The longest noun that fits says most: "pine tree" before "tree".
    longest_first = sorted(nouns, key=len, reverse=True)
    for number, shape in shapes:
        noun = next((noun for noun in longest_first if is_called(shape.noun, noun)), None)
        (extra if noun is None else objects[noun]).append(number)
    return objects, extra


def _references(recipe: Recipe, pictures: list[tuple[int, PlacedReference]]) -> tuple[dict[str, int], list[int]]:
    left = dict(pictures)
    references: dict[str, int] = {}
    for wanted in recipe.references:
        found = next((number for number, item in left.items() if item.digest == wanted.digest), None)
        if found is not None:
            references[wanted.entity] = found
            del left[found]
    digests = {wanted.digest for wanted in recipe.references}
    strangers = [number for number, item in left.items() if item.digest not in digests]
    for wanted in recipe.references:
        if wanted.entity not in references and strangers:
            references[wanted.entity] = strangers.pop(0)
    taken = set(references.values())
    return references, [number for number, _ in pictures if number not in taken]


def _texts(wanted: Sequence[str], texts: list[tuple[int, PlacedText]]) -> tuple[dict[str, int], list[int]]:
    left = {number: plain(item.text) for number, item in texts}
    found: dict[str, int] = {}
    for text in wanted:
        number = next((number for number, said in left.items() if said == plain(text)), None)
        if number is not None:
            found[text] = number
            del left[number]
    return found, list(left)
