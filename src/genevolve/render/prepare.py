"""References made ready to be sent: upright, opaque, in RGB, no larger than a renderer looks at.

Engines read neither orientation tags nor alpha alike, so both are settled here.
A reference that cannot be read stops its program: leaving it out would make
"the second reference image" mean another picture.
"""

from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps

from ..errors import ImageError, RenderError
from ..language.text import one_line
from ..records import Program
from ..store.proof import READ_FORMATS, open_picture, plain_colours

LONGEST_PX = 1536
"""Engines work at about one million pixels; a larger upload costs time and shows them nothing more."""
SHORTEST_PX = 64
"""FLUX.2 refuses smaller pictures, and Qwen's vision encoder those below its patches."""
_TAGS = frozenset({"exif", "xmp", "XML:com.adobe.xmp", "transparency"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedReference:
    """A reference as it is sent."""

    image: Image.Image
    """Upright, RGB."""
    lossless: bool
    """It came as a file without compression losses, such as a flag's PNG, and is sent as one."""
    original: bytes | None = None
    """The file that it came as, where nothing had to change: JPEG, if it is not lossless, or PNG."""

    def jpeg(self) -> bytes:
        """The picture as a JPEG file of high quality, colours not subsampled."""
        if self.original is not None and not self.lossless:
            return self.original
        out = BytesIO()
        self.image.save(out, "JPEG", quality=95, subsampling=0)
        return out.getvalue()

    def file(self) -> tuple[bytes, str]:
        """The picture as a file of the kind that it came as, and its media type."""
        if not self.lossless:
            return self.jpeg(), "image/jpeg"
        if self.original is not None:
            return self.original, "image/png"
        out = BytesIO()
        self.image.save(out, "PNG", compress_level=3)
        return out.getvalue(), "image/png"


def check_reference_count(program: Program, limits: tuple[int, int], *, renderer: str) -> None:
    """Refuse a program that a renderer cannot draw, before anything is sent or paid.

    Raises:
        RenderError: it has fewer or more references than the renderer can draw with.
    """
    fewest, most = limits
    count = len(program.references)
    if count < fewest:
        raise RenderError(
            f"the renderer {renderer} draws only from references, and the program has none; nothing was sent. "
            "Ask the policy for at least one reference, or draw with a renderer that needs none, such as openai.",
            fault="unfit",
        )
    if count > most:
        raise RenderError(
            f"the program has {count} references and the renderer {renderer} takes at most {most}; nothing was sent. "
            "Let the policy name fewer, or draw with another renderer.",
            fault="unfit",
        )


def prepare_references(program: Program, references: tuple[bytes, ...]) -> tuple[PreparedReference, ...]:
    """The references in the program's order; it decodes pictures, so call it in a thread.

    Raises:
        RenderError: one cannot be read, or there are not as many as the program names.
    """
    if len(references) != len(program.references):
        raise RenderError(
            f"the program names {len(program.references)} references and {len(references)} pictures were given; "
            "expected one picture for each, in the program's order.",
            fault="unfit",
        )
    return tuple(_prepared(data, number) for number, data in enumerate(references, start=1))


def _prepared(data: bytes, number: int) -> PreparedReference:
    try:
        image = open_picture(data, near=(LONGEST_PX, LONGEST_PX))
        lossless = image.format != "JPEG"
        # What its maker wrote into a picture's tags is for nobody else; a file that has some is encoded anew.
        is_plain = image.format in {"JPEG", "PNG"} and image.mode == "RGB" and not _TAGS & set(image.info)
        ready = image if is_plain else _opaque(ImageOps.exif_transpose(image))
        fitted = _fitted(ready)
        original = data if fitted is image and max(_size_in_file(data)) <= LONGEST_PX else None
    except (ImageError, OSError, ValueError, SyntaxError) as error:
        raise RenderError(
            f"reference {number} of the program cannot be sent: {one_line(str(error))}. "
            "Expected a whole picture; choose another, or roll out again.",
            fault="unfit",
        ) from error
    return PreparedReference(image=fitted, lossless=lossless, original=original)


def _size_in_file(data: bytes) -> tuple[int, int]:
    """The size that a file's heading tells; a large JPEG was decoded smaller."""
    with Image.open(BytesIO(data), formats=READ_FORMATS) as image:
        return image.size


def _fitted(image: Image.Image) -> Image.Image:
    """The picture with its sides in bounds, the long one above the short where both cannot be."""
    scale = min(max(1.0, SHORTEST_PX / min(image.size)), LONGEST_PX / max(image.size))
    if scale == 1.0:
        return image
    width, height = (max(1, round(side * scale)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def _opaque(image: Image.Image) -> Image.Image:
    """The picture in RGB, what is clear in it on white."""
    if image.has_transparency_data:
        clear = image.convert("RGBA")
        ground = Image.new("RGBA", clear.size, "white")
        ground.alpha_composite(clear)
        return ground.convert("RGB")
    return plain_colours(image).convert("RGB")
