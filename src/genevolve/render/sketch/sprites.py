"""Figures and cards as small pictures with smooth edges, drawn large and reduced."""

from functools import lru_cache

from PIL import Image, ImageDraw, ImageFilter

from ...language.colours import Rgb
from .figures import Layer, figure
from .outlines import Tint
from .palette import darker, lighter

CARD_CORNER = 0.09
"""Radius of a card's corners, in its shorter sides."""


@lru_cache(maxsize=64)
def figure_sprite(name: str, width: int, height: int, colour: Rgb, edge: Rgb | None) -> Image.Image:
    """A figure that touches all four sides of its picture; `edge` outlines it where it would not show."""
    line = min(max(1, round(min(width, height) * 0.014)), (min(width, height) - 1) // 2) if edge else 0
    drawn = _figure(name, width - 2 * line, height - 2 * line, colour)
    if edge is None or line == 0:
        return drawn
    canvas = Image.new("RGBA", (width, height), (*colour, 0))
    canvas.paste(drawn, (line, line))
    outline = Image.new("RGBA", (width, height), (*edge, 255))
    outline.putalpha(canvas.getchannel("A").filter(ImageFilter.MaxFilter(2 * line + 1)))
    return Image.alpha_composite(outline, canvas)


def _figure(name: str, width: int, height: int, colour: Rgb) -> Image.Image:
    scale = _oversampling(width, height)
    size = (width * scale, height * scale)
    canvas = Image.new("RGBA", size, (*colour, 0))
    pen = ImageDraw.Draw(canvas)
    for layer in figure(name).layers:
        for polygon in layer.polygons:
            pen.polygon([(x * (size[0] - 1), y * (size[1] - 1)) for x, y in polygon], fill=_paint(layer, colour))
    return canvas.reduce(scale)


def _paint(layer: Layer, colour: Rgb) -> tuple[int, int, int, int]:
    match layer.paint:
        case Tint.MAIN:
            return (*colour, 255)
        case Tint.DARK:
            return (*darker(colour), 255)
        case Tint.LIGHT:
            return (*lighter(colour), 255)
        case Tint.CUT:
            return (*colour, 0)
        case rgb:
            return (*rgb, 255)


@lru_cache(maxsize=64)
def card_sprite(width: int, height: int, fills: tuple[Rgb, ...], edge: Rgb) -> Image.Image:
    """A card with rounded corners and a fine edge; several colours lie in it as stripes."""
    scale = 3 if width * height < 60_000 else 2
    size = (width * scale, height * scale)
    radius = max(2, round(min(size) * CARD_CORNER))
    line = max(scale, round(min(size) * 0.012))
    canvas = Image.new("RGBA", size, (*fills[0], 0))
    pen = ImageDraw.Draw(canvas)
    pen.rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), radius, fill=(*fills[0], 255))
    if len(fills) > 1:
        shape = canvas.getchannel("A")
        for number, fill in enumerate(fills):
            left, right = size[0] * number // len(fills), size[0] * (number + 1) // len(fills)
            pen.rectangle((left, 0, right - 1, size[1]), fill=(*fill, 255))
        canvas.putalpha(shape)
    pen.rounded_rectangle((0, 0, size[0] - 1, size[1] - 1), radius, outline=(*edge, 255), width=line)
    return canvas.reduce(scale)


def _oversampling(width: int, height: int) -> int:
    return 4 if width * height < 40_000 else 3 if width * height < 160_000 else 2
