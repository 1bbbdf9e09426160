"""The answer of an attempt: an instruction and the references that it names."""

from pydantic import Field

from .base import Record


class Reference(Record):
    """One image that the prompt calls "the first reference image", "the second …"."""

    ref: str
    """The id it had in its trajectory."""
    digest: str
    note: str = ""
    """What to copy from it."""


class Program(Record):
    """A prompt-reference program: what a renderer is given."""

    prompt: str = Field(min_length=1)
    references: tuple[Reference, ...] = ()
    """In the order that the prompt's ordinals count; ascending by `ref`."""
