"""Proves that bytes from the world are a picture, and brings odd ones to a form that every reader takes.

What is an upright, still JPEG, PNG or WebP in grey, RGB or RGBA stays as it is,
byte for byte: a JPEG is proven by decoding it at an eighth of its size, which
reads every byte of it for less than half of the price. All else is encoded
anew: turned as its orientation tag says, the first frame of an animation, and
RGB out of palettes, CMYK and 16 bits. Transparency is kept, since a renderer
knows better than a search what should lie under it.
"""

import threading
from io import BytesIO

import numpy as np
from PIL import Image, ImageOps

from .images import open_picture

BIG_PIXELS = 8_000_000
"""Of pictures larger than this, one is decoded at a time: a few at once would fill the memory."""

_ORIENTATION = 0x0112
_STORED = frozenset({"JPEG", "MPO", "PNG", "WEBP"})
_LOSSY = frozenset({"JPEG", "MPO", "AVIF"})
_PLAIN = frozenset({"L", "RGB", "RGBA"})
_one_big = threading.Lock()


def proven_picture(data: bytes) -> bytes:
    """The bytes of a JPEG, PNG or WebP whose pixels were decoded: the same bytes where nothing had to change.

    It burns the processor: call it in a thread.

    Raises:
        ImageError: the bytes are no picture, are damaged, or have too many pixels.
    """
    image = open_picture(data, near=(1, 1), one_at_a_time=(BIG_PIXELS, _one_big))
    if image.format in _STORED and image.mode in _PLAIN and _is_still(image) and not _is_turned(image):
        return data
    if image.format in _LOSSY:  # it was decoded small
        image = open_picture(data, one_at_a_time=(BIG_PIXELS, _one_big))
    return _encoded(_plain(ImageOps.exif_transpose(image)), lossy=image.format in _LOSSY)
