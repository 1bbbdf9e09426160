"""A stored picture in small: as a model is shown it, a JPEG, and as a page carries it, a WebP.

A thumbnail has at most 160,000 pixels, as in the published trajectories. It is
opaque and RGB; the store has turned every picture upright. A served model and
one in this process are shown the same bytes.
"""

from io import BytesIO
from math import sqrt

from PIL import Image

from ..errors import ImageError
from .proof import READ_FORMATS, open_picture, plain_colours

MAX_PIXELS = 160_000
QUALITY = 85
WEBP_QUALITY = 80
_WEBP_EFFORT = 2
"""Of six: a third smaller than none at all, and a third of the time of the usual four."""


def thumbnail_jpeg(data: bytes, *, max_pixels: int = MAX_PIXELS) -> bytes:
    """A JPEG of a stored picture, opaque and RGB, with at most `max_pixels` pixels; a small JPEG stays as it is.

    Raises:
        ImageError: the bytes are no picture, or a damaged one.
    """
    width, height = _size(data)
    wanted = _within(width, height, max_pixels)
    image = open_picture(data, near=wanted)
    if image.format == "JPEG" and image.mode == "RGB" and wanted == (width, height):
        return data
    out = BytesIO()
    _small(image, wanted, gap=2.0).save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def thumbnail_webp(data: bytes, *, max_pixels: int = MAX_PIXELS) -> tuple[bytes, tuple[int, int]]:
    """A WebP of a stored picture, opaque and RGB, with at most `max_pixels` pixels, and its width and height.

    Raises:
        ImageError: the bytes are no picture, or a damaged one.
    """
    wanted = _within(*_size(data), max_pixels)
    out = BytesIO()
    small = _small(open_picture(data, near=wanted), wanted, gap=1.0)
    small.save(out, "WEBP", quality=WEBP_QUALITY, method=_WEBP_EFFORT)
    return out.getvalue(), wanted


def _small(image: Image.Image, wanted: tuple[int, int], *, gap: float) -> Image.Image:
    """The picture in the wanted size, opaque; the smaller the gap, the more of the way is averaged, which is quick."""
    image = plain_colours(image)
    if image.size != wanted:
        image = image.resize(wanted, Image.Resampling.BILINEAR, reducing_gap=gap)
    return opaque(image)


def _size(data: bytes) -> tuple[int, int]:
    try:
        with Image.open(BytesIO(data), formats=READ_FORMATS) as header:
            return header.size
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, OSError, ValueError, SyntaxError) as error:
        raise ImageError(f"the {len(data):,} bytes are no picture that can be shown: {error}") from error


def _within(width: int, height: int, max_pixels: int) -> tuple[int, int]:
    """The size scaled down to at most `max_pixels`, its aspect kept as far as whole pixels allow."""
    scale = min(1.0, sqrt(max_pixels / (width * height)))
    narrow = max(1, int(min(width, height) * scale))
    long = max(1, min(int(max(width, height) * scale), max_pixels // narrow))
    return (long, narrow) if width >= height else (narrow, long)


def opaque(image: Image.Image) -> Image.Image:
    """A picture in grey, RGB or RGBA as RGB, what is clear in it on white."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    ground = Image.new("RGB", clear.size, "white")
    ground.paste(clear, mask=clear.getchannel("A"))
    return ground
