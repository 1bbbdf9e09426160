"""Proves that bytes are a picture, and brings odd ones to a form that every reader takes.

An upright, still JPEG, PNG or WebP in grey, RGB or RGBA stays as it is, byte for
byte: a JPEG is proven by decoding it at an eighth of its size, which reads every
byte of it for less than half of the price. All else is encoded anew: turned as
its orientation tag says, the first frame of an animation, and RGB out of
palettes, CMYK and 16 bits. Transparency is kept, since a renderer knows better
than a search what should lie under it.
"""

import struct
import threading
import warnings
from contextlib import nullcontext
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image, UnidentifiedImageError

from ..errors import ImageError

if TYPE_CHECKING:
    import numpy as np

SUFFIXES = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
"""Formats that are stored as they are, with the ending of their files."""
READ_FORMATS = (*SUFFIXES, "GIF", "BMP", "TIFF", "AVIF")
"""Formats that are read at all; some of pillow's others start other programs."""
MAX_PIXELS = 64_000_000
"""Larger pictures are refused: four times an 8K frame's pixels decode to a gigabyte."""

_BIG_PIXELS = 8_000_000
_one_big_at_a_time = threading.Lock()
"""A few large pictures decoded side by side would fill the memory."""

_ORIENTATION_TAG = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns a picture with this value of its orientation tag upright (EXIF 2.3, section 4.6.4)."""
_PLAIN_MODES = frozenset({"L", "RGB", "RGBA"})
# A camera's "MPO" is a JPEG with more pictures behind the first; a reader of JPEG sees the first.
_JPEG = frozenset({"JPEG", "MPO"})

# Pillow warns of a decompression bomb before it decodes one; here that is an error.
warnings.simplefilter("error", Image.DecompressionBombWarning)

# Pillow's decoders raise these for damaged files; which one depends on the format.
_DAMAGED = (
    OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, ArithmeticError, NotImplementedError,
    struct.error,
)  # fmt: skip


def proven_picture(data: bytes) -> tuple[bytes, str]:
    """The bytes of a picture whose pixels were decoded, and the ending of its file: "jpg", "png" or "webp".

    They are the same bytes where nothing had to change, and always for bytes
    that came from here. It burns the processor: call it in a thread.

    Raises:
        ImageError: the bytes are no picture, are damaged, or have more than `MAX_PIXELS` pixels.
    """
    image = open_picture(data, near=(1, 1), grey=True)
    kind = "JPEG" if image.format in _JPEG else image.format or ""
    turn = turn_upright(image)
    is_animated = kind != "JPEG" and bool(getattr(image, "is_animated", False))
    if kind in SUFFIXES and image.mode in _PLAIN_MODES and turn is None and not is_animated:
        return data, SUFFIXES[kind]
    if kind == "JPEG":
        image = open_picture(data)  # whole this time
    try:
        plain = plain_colours(image)
        return _encoded(plain if turn is None else plain.transpose(turn), lossy=kind in {"JPEG", "AVIF"})
    except _DAMAGED as error:
        raise ImageError(f"the picture cannot be brought to RGB: {error}; expected an ordinary JPEG or PNG") from error


def open_picture(data: bytes, *, near: tuple[int, int] | None = None, grey: bool = False) -> Image.Image:
    """The decoded picture, its pixels proven by loading them.

    With `near`, a JPEG may be decoded smaller than it is, but never smaller than that, which is several times faster;
    with `grey`, one in colour comes without its colours, which are read all the same and not computed.

    Raises:
        ImageError: the bytes are no picture, are truncated, or have more than `MAX_PIXELS` pixels.
    """
    try:
        image = Image.open(BytesIO(data), formats=READ_FORMATS)
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise ImageError(
                f"a picture of {width}x{height} pixels is past the limit of {MAX_PIXELS:,}; make it smaller"
            )
        if near is not None:
            image.draft("L" if grey else None, near)
        with _one_big_at_a_time if width * height > _BIG_PIXELS else nullcontext():
            image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError(f"a picture past the limit of {MAX_PIXELS:,} pixels ({error}); make it smaller") from error
    except UnidentifiedImageError as error:
        # Pillow's own words hold the address of a buffer, which would make equal runs differ.
        raise ImageError(f"the {len(data):,} bytes are no picture of a format that can be read{_kind(data)}") from error
    except _DAMAGED as error:
        raise ImageError(f"the picture is damaged: {error}; expected a whole JPEG, PNG or WebP file") from error
    return image


def turn_upright(image: Image.Image) -> Image.Transpose | None:
    """What turns a picture upright, as its orientation tag says; None where it is."""
    try:
        return _UPRIGHT.get(int(image.getexif().get(_ORIENTATION_TAG, 1)))
    except _DAMAGED:
        return None  # tags that cannot be read turn nothing


def plain_colours(image: Image.Image) -> Image.Image:
    """The picture in grey, RGB or RGBA."""
    if image.mode in _PLAIN_MODES:
        return image
    if image.mode.startswith(("I", "F")):
        import numpy as np  # for these alone: few runs meet one, and none should pay for the import

        return Image.fromarray(_eight_bits(np.asarray(image)))
    plain = image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.mode not in {"P", "PA", "LA", "1"}:
        plain.info.pop("icc_profile", None)  # it described the inks, not these colours
    return plain


def _eight_bits(levels: "np.ndarray") -> "np.ndarray":
    """Grey levels of 16 or 32 bits, or real numbers, as 8 bits; pillow would cut off what is past 255."""
    import numpy as np

    values = np.nan_to_num(levels.astype(np.float64))
    low, high = float(values.min(initial=0.0)), float(values.max(initial=0.0))
    if levels.dtype.kind == "f":
        return ((values - low) / ((high - low) or 1.0) * 255.0 + 0.5).astype(np.uint8)
    white = 255.0 if levels.dtype.itemsize > 2 and high <= 255.0 else 65535.0
    return np.clip(values / white * 255.0 + 0.5, 0, 255).astype(np.uint8)


def _encoded(image: Image.Image, *, lossy: bool) -> tuple[bytes, str]:
    out = BytesIO()
    profile = image.info.get("icc_profile")
    if lossy and image.mode != "RGBA":
        image.save(out, "JPEG", quality=95, icc_profile=profile)
        return out.getvalue(), "jpg"
    image.save(out, "PNG", compress_level=3, icc_profile=profile)
    return out.getvalue(), "png"


def _kind(data: bytes) -> str:
    """What stands there instead, where its first words tell."""
    start = data[:1000].lower()
    if b"<svg" in start:
        return " (an SVG drawing)"
    if b"<html" in start or b"<!doctype html" in start:
        return " (a web page)"
    return ""
