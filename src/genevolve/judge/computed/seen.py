"""Looks at the pixels of a drawing where its scene says that something lies.

Colours are compared in CIE Lab (D65), where equal distances look about equally
large. `SAME_COLOUR` tells apart the everyday colours; names that mean nearly
one colour (cream and ivory, gold and mustard) count as the same.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...language.colours import find_colours
from ...records import Box, PlacedReference, PlacedShape, PlacedText, Rgb, Scene

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Values = NDArray[np.float64]
Placed = PlacedReference | PlacedText | PlacedShape

SAME_COLOUR = 20.0
"""The largest Lab distance of two colours that one word may mean."""
NOT_GROUND = 8.0
"""The least Lab distance from the ground around a thing of a pixel that belongs to the thing."""
INK_LEAST = 0.3
"""The least part of a thing's own pixels in its colour; the rest is its shading and its details."""
SAME_GROUND_LEAST = 0.5
"""The least part of its box where the ground has that colour too; the middle of the box must have it besides."""
INK_VISIBLE = 0.02
"""The least part of a box that letters, or an outline, must fill to be there."""
SAMPLES = 48
"""Pixels that are looked at across a box, and down it, at most."""
PLATE = 0.35
"""How far past a text's box, in sizes of its type, a plate under it may reach."""
_RING_PX = 4
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_WHITE = np.array([0.9505, 1.0, 1.089])


class Seen:
    """A drawn picture, looked at through its scene."""

    def __init__(self, image: Image.Image, scene: Scene) -> None:
        self.image = image
        self.scene = scene
        self._pixels: Pixels = np.asarray(image)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, in pixels."""
        return self.image.width, self.image.height

    def over(self, index: int, but: frozenset[int] = frozenset()) -> list[Box]:
        """The boxes of items drawn later than an item, save some of them."""
        later = enumerate(self.scene.items[index + 1 :], start=index + 1)
        return [_reach(item) for number, item in later if number not in but]

    def covered_share(self, index: int, *, but: frozenset[int] = frozenset()) -> float:
        """The part of an item's box on the canvas that items drawn later lie on, save some of them."""
        _, free = self._samples(self.scene.items[index].box, self.over(index, but))
        return 1.0 - float(free.mean()) if free.size else 1.0

    def shows_colour(self, index: int, colour: Rgb) -> bool:
        """Whether the item's own pixels are mainly of a colour."""
        item = self.scene.items[index]
        pixels, free = self._samples(item.box, self.over(index))
        shown = in_lab(pixels[free])
        ground = self.ground(index)
        if not len(shown) or ground is None:
            return False
        near = far_from(shown, colour) <= SAME_COLOUR
        if is_same_colour(ground, colour):
            return self._is_filled(index, colour) and float(near.mean()) >= SAME_GROUND_LEAST
        own = far_from(shown, ground) > NOT_GROUND
        return bool(own.any()) and float(near[own].mean()) >= INK_LEAST

    def is_visible(self, index: int) -> bool:
        """Whether anything in an item's box differs from the ground around it: its fill, or at least an outline."""
        pixels, free = self._samples(self.scene.items[index].box, self.over(index))
        ground = self.ground(index)
        if not free.any() or ground is None:
            return False
        return float((far_from(in_lab(pixels[free]), ground) > NOT_GROUND).mean()) >= INK_VISIBLE

    def has_ink(self, index: int, colour: Rgb) -> bool:
        """Whether letters of that colour fill enough of a text's box; the soft edges of small letters count too."""
        pixels, free = self._samples(self.scene.items[index].box, self.over(index))
        ground = self.ground(index)
        if not free.any() or ground is None:
            return False
        shown = in_lab(pixels[free])
        away = far_from(shown, colour)
        return float(((away <= 2 * SAME_COLOUR) & (away < far_from(shown, ground))).mean()) >= INK_VISIBLE

    def contrast(self, index: int, colour: Rgb) -> float:
        """The contrast of a colour with what lies around an item: the lowest that all but a tenth of it reach."""
        ring = self._ring(index)
        if not len(ring):
            return 1.0
        lights = luminance(ring)
        own = float(luminance(np.array([colour]))[0])
        ratios = (np.maximum(lights, own) + 0.05) / (np.minimum(lights, own) + 0.05)
        return float(np.quantile(ratios, 0.1))

    def ground(self, index: int) -> Rgb | None:
        """The colour around an item: the median of a narrow ring; None where it leaves no room for one."""
        ring = self._ring(index)
        if not len(ring):
            return None
        red, green, blue = np.median(ring, axis=0).round().astype(int).tolist()
        return red, green, blue

    def background(self) -> Rgb | None:
        """The median colour of what no item lies on; None where they cover all but a fiftieth."""
        width, height = self.size
        whole = (0, 0, width, height)
        pixels, free = self._samples(whole, [_reach(item) for item in self.scene.items if not _is_border(item)])
        if free.mean() < 0.02:
            return None
        red, green, blue = np.median(pixels[free], axis=0).round().astype(int).tolist()
        return red, green, blue

    def _is_filled(self, index: int, colour: Rgb) -> bool:
        """Whether most of the middle ninth of an item's box is of a colour."""
        left, top, right, bottom = self.scene.items[index].box
        across, down = (right - left) // 3, (bottom - top) // 3
        pixels, free = self._samples((left + across, top + down, right - across, bottom - down), self.over(index))
        return bool(free.any()) and float((far_from(in_lab(pixels[free]), colour) <= SAME_COLOUR).mean()) >= 0.5

    def _ring(self, index: int) -> Pixels:
        left, top, right, bottom = self.scene.items[index].box
        wide = (left - _RING_PX, top - _RING_PX, right + _RING_PX, bottom + _RING_PX)
        inner = (left - 1, top - 1, right + 1, bottom + 1)
        pixels, free = self._samples(wide, [inner, *self.over(index)], finest=True)
        return pixels[free]

    def _samples(self, box: Box, without: list[Box], *, finest: bool = False) -> tuple[Pixels, Mask]:
        """Pixels of a box on a coarse grid, and which of them lie in none of the other boxes."""
        left, top = max(box[0], 0), max(box[1], 0)
        right, bottom = max(min(box[2], self.size[0]), left), max(min(box[3], self.size[1]), top)
        step_x, step_y = (1, 1) if finest else (max(1, (right - left) // SAMPLES), max(1, (bottom - top) // SAMPLES))
        pixels = self._pixels[top:bottom:step_y, left:right:step_x]
        free = np.ones(pixels.shape[:2], dtype=np.bool_)
        for a, b, c, d in without:
            rows = slice(_steps(b - top, step_y), _steps(d - top, step_y))
            columns = slice(_steps(a - left, step_x), _steps(c - left, step_x))
            free[rows, columns] = False
        return pixels, free


def colour_named(name: str) -> Rgb | None:
    """The colour that a name stands for, or None where it names none."""
    return next((colour.rgb for colour in find_colours(name)), None)


def is_same_colour(one: Rgb, other: Rgb) -> bool:
    """Whether one word may mean both."""
    return float(far_from(in_lab(np.array([one])), other)[0]) <= SAME_COLOUR


def in_lab(rgb: NDArray[np.generic]) -> Values:
    """Colours from 0 to 255, shape (n, 3), in CIE Lab."""
    xyz = _linear(rgb) @ _TO_XYZ.T / _WHITE
    root = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    x, y, z = root[:, 0], root[:, 1], root[:, 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)


def far_from(lab: Values, colour: Rgb) -> Values:
    """The Lab distance of each colour from one."""
    return np.linalg.norm(lab - in_lab(np.array([colour])), axis=1)


def luminance(rgb: NDArray[np.generic]) -> Values:
    """Relative luminance from 0 to 1, as WCAG 2.1 defines it."""
    return _linear(rgb) @ _TO_XYZ[1]


def _linear(rgb: NDArray[np.generic]) -> Values:
    part = rgb.astype(np.float64) / 255
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def _steps(length: int, step: int) -> int:
    return max(0, -(-length // step))


def _reach(item: Placed) -> Box:
    """The box of an item with the plate that may lie under it."""
    pad = round(PLATE * item.size_px) if isinstance(item, PlacedText) else 0
    return item.box[0] - pad, item.box[1] - pad, item.box[2] + pad, item.box[3] + pad


def _is_border(item: Placed) -> bool:
    return isinstance(item, PlacedShape) and item.drawn_as == "border"
