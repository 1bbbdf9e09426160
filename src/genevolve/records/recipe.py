"""What must be seen in a picture, where it is known because the request was made from it.

A recipe rides on a request for judges alone. The policy and the planner never
see it, and nothing under `policy` or `rollout` imports this module.

Things are known by name: an object by its noun, a reference by its entity, a
text by its words. Names are unique within a recipe.
"""

from pydantic import Field

from ..language.positions import Arrangement, Place, Relation
from .base import Record


class Fact(Record):
    """One statement about the world that the request leaves for the agent to find."""

    subject: str
    relation: str
    value: str


class WantedReference(Record):
    """A picture that must be found and shown."""

    entity: str
    """Whose picture it is: "Burkina Faso"."""
    digest: str
    """Of the right image."""
    what: str = "flag"
    """What of the entity it shows."""
    position: Place | None = None


class WantedObject(Record):
    """One kind of thing that must be drawn."""

    noun: str
    """In the singular."""
    count: int = Field(default=1, ge=1)
    colour: str | None = None
    position: Place | None = None
    arrangement: Arrangement | None = None


class WantedText(Record):
    """Words that must be readable in the picture."""

    text: str
    typeface: str | None = None
    colour: str | None = None
    position: Place | None = None


class WantedRelation(Record):
    """Where one thing must stand, seen from another."""

    subject: str
    relation: Relation
    object: str


class Recipe(Record):
    """The structured content that a request was phrased from."""

    facts: tuple[Fact, ...] = ()
    """In the order of the steps that lead to the references."""
    references: tuple[WantedReference, ...] = ()
    objects: tuple[WantedObject, ...] = ()
    texts: tuple[WantedText, ...] = ()
    relations: tuple[WantedRelation, ...] = ()
    background: str | None = None
    """A colour."""
