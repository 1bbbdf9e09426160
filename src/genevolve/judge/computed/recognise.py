"""Whether a part of a picture shows a given image.

Both are reduced to a grid of 32 by 24 fields, the image by way of the size at
which it was drawn, so that both have lost the same detail. The difference is
the mean, over the fields that can be seen, of the largest difference of a
colour channel, from 0 to 1.

Of the atlas's 265 flags, drawn 64 to 800 pixels wide, each differs from itself
by less than `SAME_IMAGE`, and any two flags that are not alike pixel by pixel by
more (the closest are those of Norway and of Svalbard, 0.032). Eleven
territories fly another's flag unchanged, such as Guadeloupe that of France:
between those neither pixels nor people can tell. `benchmarks/agreement.py`
measures both sides again.
"""

import numpy as np
from PIL import Image

from ...records import Box
from .seen import Mask

SAME_IMAGE = 0.025
"""The largest difference of an image from itself, drawn elsewhere."""
SMALLEST_PX = 40
"""A shorter side than this shows too little to be recognised."""
_GRID = (32, 24)


def difference(picture: Image.Image, box: Box, image: Image.Image, *, covered: list[Box]) -> float:
    """How far what lies in a box of a picture is from an image, from 0 to 1; 1 where nothing of it can be seen.

    Args:
        picture: in RGB.
        box: may reach past the picture's edge; what is outside is not compared.
        image: in RGB or RGBA; where it is clear, nothing is compared.
        covered: boxes that lie on top and are not compared.
    """
    width, height = box[2] - box[0], box[3] - box[1]
    if min(width, height) < SMALLEST_PX:
        return 1.0
    shown = np.asarray(picture.crop(box).resize(_GRID, Image.Resampling.BOX)).astype(np.int16)
    drawn = image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)
    wanted = np.asarray(drawn.resize(_GRID, Image.Resampling.BOX)).astype(np.int16)
    seen = _seen(box, picture.size, covered)
    if image.mode == "RGBA":
        seen &= wanted[..., 3] >= 250
    if not seen.any():
        return 1.0
    return float(np.abs(shown - wanted[..., :3]).max(axis=2)[seen].mean()) / 255


def keeps_aspect(box: Box, image: Image.Image) -> bool:
    """Whether a box has an image's aspect, within 3% and a pixel of rounding."""
    width, height = box[2] - box[0], box[3] - box[1]
    return abs(width - height * image.width / image.height) <= 0.03 * width + 1


def _seen(box: Box, size: tuple[int, int], covered: list[Box]) -> Mask:
    """The fields of the grid that lie wholly on the picture and under nothing else."""
    seen = np.ones((_GRID[1], _GRID[0]), dtype=np.bool_)
    wide, high = (box[2] - box[0]) / _GRID[0], (box[3] - box[1]) / _GRID[1]
    xs = box[0] + wide * np.arange(_GRID[0])
    ys = box[1] + high * np.arange(_GRID[1])
    seen[:, (xs < 0) | (xs + wide > size[0])] = False
    seen[(ys < 0) | (ys + high > size[1]), :] = False
    for left, top, right, bottom in covered:
        rows = (ys + high > top) & (ys < bottom)
        columns = (xs + wide > left) & (xs < right)
        seen[np.ix_(rows, columns)] = False
    return seen
