"""Colour words and the colours they stand for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

Rgb = tuple[int, int, int]

COLOURS: dict[str, Rgb] = {
    "red": (214, 40, 40), "orange": (245, 130, 32), "yellow": (250, 210, 50), "green": (46, 139, 70),
    "blue": (36, 92, 196), "purple": (118, 60, 160), "violet": (127, 80, 190), "pink": (244, 143, 177),
    "brown": (121, 77, 46), "black": (24, 24, 24), "white": (255, 255, 255), "grey": (128, 128, 128),
    "gray": (128, 128, 128), "silver": (190, 194, 200), "gold": (212, 168, 55), "golden": (212, 168, 55),
    "bronze": (176, 118, 60), "copper": (184, 108, 66), "cyan": (40, 190, 210), "turquoise": (64, 200, 190),
    "teal": (0, 128, 128), "magenta": (206, 44, 148), "crimson": (176, 20, 48), "scarlet": (224, 44, 28),
    "maroon": (112, 22, 36), "burgundy": (110, 20, 50), "navy": (24, 36, 88), "indigo": (66, 46, 140),
    "lavender": (190, 175, 225), "lilac": (200, 162, 210), "mauve": (190, 150, 180), "plum": (120, 50, 100),
    "beige": (232, 220, 196), "cream": (252, 244, 222), "ivory": (252, 248, 236), "tan": (205, 172, 128),
    "khaki": (180, 168, 110), "olive": (112, 120, 40), "lime": (150, 210, 40), "emerald": (20, 140, 90),
    "jade": (0, 150, 105), "mint": (170, 225, 195), "aquamarine": (110, 220, 190), "azure": (60, 140, 230),
    "cobalt": (0, 71, 171), "sapphire": (20, 70, 160), "ruby": (170, 16, 66), "coral": (250, 120, 90),
    "salmon": (245, 140, 120), "peach": (250, 200, 165), "apricot": (250, 190, 130), "amber": (250, 180, 30),
    "mustard": (215, 165, 40), "ochre": (200, 130, 40), "rust": (170, 80, 40), "sienna": (160, 82, 45),
    "terracotta": (200, 100, 70), "chocolate": (92, 54, 30), "charcoal": (54, 58, 64), "fuchsia": (220, 50, 160),
    "rose": (228, 100, 130), "sepia": (112, 84, 56), "aqua": (50, 200, 210), "sky blue": (135, 190, 235),
    "navy blue": (24, 36, 88), "royal blue": (48, 84, 190), "forest green": (34, 90, 50), "off-white": (248, 245, 236),
    "olive green": (112, 120, 40), "lime green": (120, 200, 50), "hot pink": (250, 80, 160), "blood red": (138, 12, 20),
    "midnight blue": (20, 24, 70), "emerald green": (20, 140, 90), "mint green": (170, 225, 195),
    "sea green": (60, 150, 110), "rose gold": (205, 140, 130), "burnt orange": (200, 90, 30),
}  # fmt: skip
"""Every colour name, in lower case, with its red, green and blue from 0 to 255."""

_SHADES = {"light": 0.45, "pale": 0.55, "pastel": 0.5, "bright": 0.0, "vivid": 0.0, "deep": -0.3, "dark": -0.4}
_NAMES = "|".join(sorted((re.escape(name).replace(r"\ ", r"[\s-]") for name in COLOURS), key=len, reverse=True))
_COLOUR = re.compile(
    rf"(?<![\w-])(?:(?P<shade>{'|'.join(_SHADES)})[\s-]+)?(?P<name>{_NAMES})(?:ish)?(?:-colou?red)?(?!\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Colour:
    """A colour found in a text."""

    name: str
    """As written, in lower case: "dark green"."""
    rgb: Rgb
    start: int
    end: int


def find_colours(text: str) -> Iterator[Colour]:
    """Every colour word of the text, in order, with light and dark shades applied.

    Some colour words are things too (an orange, a rose, salmon); which is meant
    is for the caller, who knows what follows.
    """
    for match in _COLOUR.finditer(text):
        rgb = COLOURS[
            re.sub(r"[\s-]", " ", match["name"].lower()) if match["name"].lower() != "off-white" else "off-white"
        ]
        name = " ".join(match[0].lower().removesuffix("-coloured").removesuffix("-colored").split())
        yield Colour(name=name, rgb=_shaded(rgb, match["shade"]), start=match.start(), end=match.end())


def _shaded(rgb: Rgb, shade: str | None) -> Rgb:
    amount = _SHADES[shade.lower()] if shade else 0.0
    goal = 255 if amount > 0 else 0
    red, green, blue = (round(c + (goal - c) * abs(amount)) for c in rgb)
    return red, green, blue
