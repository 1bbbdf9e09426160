"""What must be seen in a picture, where it is known because the request was made from it.

A recipe rides on a request for judges alone. The policy and the planner never
see it, and nothing under `policy` or `rollout` imports this module.
"""

from .base import Record


class Fact(Record):
    """One statement about the world that the request leaves for the agent to find."""

    subject: str
    relation: str
    value: str


class WantedObject(Record):
    """One kind of thing that must be drawn."""

    noun: str
    count: int = 1
    colour: str | None = None
    position: str | None = None
    """A named place, in the words of `genevolve.language.positions`."""


class WantedText(Record):
    """Words that must be readable in the picture."""

    text: str
    typeface: str | None = None
    position: str | None = None


class Recipe(Record):
    """The structured content that a request was phrased from."""

    facts: tuple[Fact, ...] = ()
    objects: tuple[WantedObject, ...] = ()
    texts: tuple[WantedText, ...] = ()
    entity: str | None = None
    """Whose picture the right reference shows."""
    reference: str | None = None
    """Digest of the right reference image."""
    background: str | None = None
