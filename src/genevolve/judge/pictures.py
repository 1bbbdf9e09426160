"""A picture as the released evaluator shows it to its judge: upright, opaque, at most 4,096 pixels long, a JPEG.

One that is so already passes byte for byte, and is not decoded: the store proved
it when it took it, and `chat.Pictures` holds every file against its name.
"""

from io import BytesIO

from PIL import Image

from ..errors import ImageError
from ..store.proof import READ_FORMATS, open_picture, plain_colours, turn_upright
from ..store.thumbnail import opaque

LONGEST_PX = 4096
QUALITY = 100
KEPT_BYTES = 256_000_000
"""A target is judged against once for each attempt at its request; a thousand of 100 KB fit."""


def judged_jpeg(data: bytes) -> bytes:
    """The JPEG of a stored picture that a judge is shown; it may decode, so call it in a thread.

    Raises:
        ImageError: the bytes are no picture, or a damaged one that has to be changed.
    """
    if _needs_no_change(data):
        return data
    image = open_picture(data)
    try:
        turn = turn_upright(image)
        image = opaque(plain_colours(image if turn is None else image.transpose(turn)))
        longest = max(image.size)
        if longest > LONGEST_PX:
            width, height = (max(1, round(side * LONGEST_PX / longest)) for side in image.size)
            image = image.resize((width, height), Image.Resampling.LANCZOS)
        out = BytesIO()
        image.save(out, "JPEG", quality=QUALITY)
    except (OSError, ValueError, SyntaxError) as error:
        raise ImageError(f"the picture cannot be made a JPEG: {error}; expected an ordinary JPEG or PNG") from error
    return out.getvalue()


def _needs_no_change(data: bytes) -> bool:
    """Whether the heading tells of an upright RGB JPEG that is small enough; False for what has no heading."""
    try:
        with Image.open(BytesIO(data), formats=READ_FORMATS) as header:
            return (
                header.format == "JPEG"
                and header.mode == "RGB"
                and max(header.size) <= LONGEST_PX
                and turn_upright(header) is None
            )
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, OSError, ValueError, SyntaxError):
        return False
