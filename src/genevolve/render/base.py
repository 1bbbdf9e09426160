"""What a renderer is: a program in, a picture out."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from PIL import Image

from ..records import Program, RendererInfo, Scene, Size


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A drawn picture."""

    data: bytes
    """An encoded PNG, JPEG or WebP file."""
    scene: Scene | None = None
    """What was drawn where, from renderers that know."""


class Renderer(Protocol):
    """Anything that draws a program."""

    @property
    def info(self) -> RendererInfo:
        """How it draws; part of the key by which a run is resumed."""
        ...

    @property
    def reference_limits(self) -> tuple[int, int]:
        """The fewest and the most references that it can draw with."""
        ...

    async def draw(self, program: Program, references: tuple[bytes, ...]) -> Drawing:
        """Draw a program; `references` are the image files in the order of `program.references`.

        Raises:
            RenderError: it could not draw; recorded on the render, which has no image then.
        """
        ...


@runtime_checkable
class Served(Protocol):
    """What a renderer that asks servers can do besides."""

    def bound(self, at_once: int) -> None:
        """Have at most so many pictures drawn at once from now on; what is done before and after is not counted."""
        ...


def canvas_size(wanted: Size | None, first_reference: Image.Image | None) -> Size:
    """The size to draw at: as wanted, else after the first reference, else 1024x1024.

    After a reference, the long side is 1,024 and each side a multiple of 16,
    with the aspect held between 1:3 and 3:1.
    """
    if wanted:
        return wanted
    if first_reference is None:
        return Size(width=1024, height=1024)
    width, height = first_reference.size
    aspect = min(max(width / height, 1 / 3), 3.0)
    long, short = 1024, round(1024 / max(aspect, 1 / aspect) / 16) * 16
    return Size(width=long, height=short) if aspect >= 1 else Size(width=short, height=long)
