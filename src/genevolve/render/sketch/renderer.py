"""The sketch as a renderer: decode the references, read the prompt, draw, encode."""

import asyncio
from io import BytesIO

from PIL import Image, ImageOps

from ...errors import ImageError, RenderError
from ...records import Program, RendererInfo, Scene, Size
from ...store.images import open_picture
from ..base import Drawing, canvas_size
from .draw import draw
from .read import read

VERSION = 2
"""Raised when the same program comes to look different; part of the key by which a run is resumed."""
MOST_REFERENCES = 4
_ORIENTATION = 0x0112


class SketchRenderer:
    """A compositor without weights: it draws what a program binds, as a layout draft."""

    def __init__(self, *, size: Size | None = None, seed: int = 0) -> None:
        self._size = size
        self._seed = seed

    @property
    def info(self) -> RendererInfo:
        """How it draws."""
        return RendererInfo(name="sketch", size=self._size, seed=self._seed, settings={"version": VERSION})

    @property
    def reference_limits(self) -> tuple[int, int]:
        """None is needed; more than four would leave no room for each."""
        return 0, MOST_REFERENCES

    async def draw(self, program: Program, references: tuple[bytes, ...]) -> Drawing:
        """Draw a program.

        Raises:
            RenderError: a reference cannot be decoded, or their number is not the program's.
        """
        return await asyncio.to_thread(self._draw, program, references)

    def _draw(self, program: Program, references: tuple[bytes, ...]) -> Drawing:
        try:
            image, scene = self.sketch(program, references)
        except StopIteration as error:  # a future cannot carry it: whoever awaits the drawing would wait for ever
            raise AssertionError("a search within the sketch found nothing") from error
        out = BytesIO()
        image.save(out, "PNG", compress_level=4)
        return Drawing(data=out.getvalue(), scene=scene)

    def sketch(self, program: Program, references: tuple[bytes, ...]) -> tuple[Image.Image, Scene]:
        """The picture and its scene, not yet encoded.

        Raises:
            RenderError: as for `draw`.
        """
        if len(references) != len(program.references):
            raise RenderError(
                f"the program names {len(program.references)} references and {len(references)} pictures were given; "
                "expected one picture for each. Hand over the references in the program's order."
            )
        if len(references) > MOST_REFERENCES:
            raise RenderError(
                f"the program has {len(references)} references; the sketch draws at most {MOST_REFERENCES}. "
                "Name fewer of them."
            )
        longest = max(self._size.width, self._size.height) if self._size else 1024
        pictures = {number: _decoded(data, number, longest) for number, data in enumerate(references, start=1)}
        size = canvas_size(self._size, pictures.get(1))
        return draw(read(program), program, pictures, size=size, seed=self._seed)


def _decoded(data: bytes, number: int, longest_px: int) -> Image.Image:
    """A reference upright, in RGB, or in RGBA where parts of it are clear."""
    try:
        image = open_picture(data, near=(longest_px, longest_px))
        if image.getexif().get(_ORIENTATION, 1) != 1:
            image = ImageOps.exif_transpose(image)
        mode = "RGBA" if image.has_transparency_data else "RGB"
        return image if image.mode == mode else image.convert(mode)
    except (ImageError, OSError, ValueError, SyntaxError) as error:
        raise RenderError(
            f"reference {number} of the program cannot be drawn: {error}. "
            "Expected a whole JPEG, PNG or WebP picture; choose another."
        ) from error
