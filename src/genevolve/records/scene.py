"""What was drawn where, from renderers that know.

Boxes are in pixels of the drawn image, left-top inclusive, right-bottom
exclusive, and may reach past its edge. Items are in drawing order.
"""

from typing import Annotated, Literal

from pydantic import Field

from .base import Record

Box = tuple[int, int, int, int]
"""left, top, right, bottom."""
Rgb = tuple[int, int, int]


class PlacedReference(Record):
    """A reference image, whole and undistorted."""

    kind: Literal["reference"] = "reference"
    box: Box
    ordinal: int
    """1 for the first reference image."""
    ref: str
    digest: str


class PlacedText(Record):
    """Words set in type."""

    kind: Literal["text"] = "text"
    box: Box
    text: str
    """What can be read, in reading order; a line break where the setting breaks it."""
    typeface: str
    size_px: int
    colour: Rgb
    role: Literal["quoted", "label", "caption"]
    """Quoted in the prompt; the name on an object drawn as a labelled card; or a note about what was not understood."""
    missing: str = ""
    """Characters that no bundled font covers."""


class PlacedShape(Record):
    """One counted thing: a shape, or an object that stands as a labelled card."""

    kind: Literal["shape"] = "shape"
    box: Box
    noun: str
    """What the prompt calls it, in the singular: "star"."""
    drawn_as: str
    """The figure on the canvas: "star", "card"."""
    colour: Rgb
    colour_name: str | None = None
    """The colour word of the prompt; absent where the renderer chose."""
    group: int
    """Things of one phrase share a number."""


Placed = Annotated[PlacedReference | PlacedText | PlacedShape, Field(discriminator="kind")]


class Scene(Record):
    """A picture as the renderer understood it."""

    width: int
    height: int
    background: tuple[Rgb, ...]
    """One colour, or the stops of a gradient from top to bottom."""
    items: tuple[Placed, ...] = ()
    not_understood: tuple[str, ...] = ()
    """Words of the prompt that bound nothing."""
