"""The outlines of the drawable figures, as data: for each its own colour and its layers from back to front.

A path is in the language of `paths`, on a square of about 100; what is drawn is
scaled to its box.
"""

from enum import Enum, auto

from ...language.colours import Rgb


class Tint(Enum):
    """How a layer takes its colour from the figure's."""

    MAIN = auto()
    DARK = auto()
    LIGHT = auto()
    CUT = auto()
    """Nothing is left where it lies."""


_BROWN: Rgb = (121, 77, 46)
_GREEN: Rgb = (62, 142, 84)
_INK: Rgb = (52, 54, 62)
GOLD: Rgb = (240, 184, 46)
_RED: Rgb = (212, 62, 56)
BLUE: Rgb = (62, 116, 196)
_SNOW: Rgb = (250, 252, 255)

PATHS: dict[str, tuple[Rgb, tuple[tuple[Tint | Rgb, str], ...]]] = {
    "circle": (BLUE, ((Tint.MAIN, "O 50 50 50 50"),)),
    "ellipse": (BLUE, ((Tint.MAIN, "O 50 50 50 32"),)),
    "ring": (BLUE, (
        (Tint.MAIN, "O 50 50 50 50"),
        (Tint.CUT, "O 50 50 33 33"),
    )),
    "square": (BLUE, ((Tint.MAIN, "M 0 0 L 100 0 L 100 100 L 0 100 Z"),)),
    "rectangle": (BLUE, ((Tint.MAIN, "M 0 0 L 160 0 L 160 100 L 0 100 Z"),)),
    "triangle": (BLUE, ((Tint.MAIN, "M 50 0 L 108 100 L -8 100 Z"),)),
    "diamond": (BLUE, ((Tint.MAIN, "M 50 0 L 92 60 L 50 120 L 8 60 Z"),)),
    "parallelogram": (BLUE, ((Tint.MAIN, "M 30 0 L 150 0 L 120 80 L 0 80 Z"),)),
    "trapezoid": (BLUE, ((Tint.MAIN, "M 30 0 L 110 0 L 140 80 L 0 80 Z"),)),
    "semicircle": (BLUE, ((Tint.MAIN, "M 0 50 C 0 22 22 0 50 0 C 78 0 100 22 100 50 Z"),)),
    "line": (_INK, ((Tint.MAIN, "M 0 0 L 240 0 L 240 8 L 0 8 Z"),)),
    "cube": (BLUE, (
        (Tint.MAIN, "M 0 26 L 72 26 L 72 100 L 0 100 Z"),
        (Tint.LIGHT, "M 0 26 L 28 0 L 100 0 L 72 26 Z"),
        (Tint.DARK, "M 72 26 L 100 0 L 100 72 L 72 100 Z"),
    )),
    "cylinder": (BLUE, (
        (Tint.MAIN, "M 0 16 L 80 16 L 80 104 L 0 104 Z O 40 104 40 16"),
        (Tint.LIGHT, "O 40 16 40 16"),
    )),
    "cone": (BLUE, ((Tint.MAIN, "M 45 0 L 90 104 L 0 104 Z O 45 104 45 14"),)),
    "pyramid": (GOLD, (
        (Tint.MAIN, "M 62 0 L 84 100 L 0 90 Z"),
        (Tint.DARK, "M 62 0 L 120 84 L 84 100 Z"),
    )),
    "cross": (_RED, (
        (Tint.MAIN,
         "M 36 0 L 64 0 L 64 36 L 100 36 L 100 64 L 64 64 L 64 100 L 36 100 L 36 64 L 0 64 L 0 36 L 36 36 Z"),
    )),
    "arrow": (_INK, ((Tint.MAIN, "M 0 32 L 74 32 L 74 8 L 130 50 L 74 92 L 74 68 L 0 68 Z"),)),
    "heart": (_RED, (
        (Tint.MAIN,
         "M 50 94 C 20 70 0 52 0 28 C 0 10 13 0 27 0 C 37 0 46 6 50 16 C 54 6 63 0 73 0 C 87 0 100 10 100 28 "
         "C 100 52 80 70 50 94 Z"),
    )),
    "crescent": (GOLD, (
        (Tint.MAIN, "M 66 4 C 30 -6 0 18 0 50 C 0 82 30 106 66 96 C 42 86 28 70 28 50 C 28 30 42 14 66 4 Z"),
    )),
    "moon": ((226, 222, 200), (
        (Tint.MAIN, "O 50 50 50 50"),
        (Tint.DARK, "O 34 36 11 11 O 64 62 14 14 O 66 26 7 7 O 34 74 6 6"),
    )),
    "planet": ((196, 150, 96), (
        (Tint.MAIN, "O 70 50 38 38"),
        (Tint.LIGHT, "M 34 40 L 106 40 L 108 48 L 32 48 Z"),
        (Tint.DARK,
         "M -2 68 C -12 84 20 78 60 64 C 110 46 152 24 142 16 C 136 10 120 16 106 22 C 132 16 122 30 74 48 C "
         "30 64 4 70 12 58 C 6 60 2 64 -2 68 Z"),
    )),
    "cloud": ((236, 242, 248), (
        (Tint.MAIN, "O 26 62 26 26 O 58 38 36 36 O 98 50 28 28 O 112 68 20 20 M 26 88 L 112 88 L 112 50 L 26 50 Z"),
    )),
    "drop": (BLUE, (
        (Tint.MAIN, "M 38 0 C 44 22 76 46 76 76 C 76 98 58 112 38 112 C 18 112 0 98 0 76 C 0 46 32 22 38 0 Z"),
        (Tint.LIGHT, "M 16 74 C 14 88 22 98 32 100 C 24 94 20 86 22 74 Z"),
    )),
    "leaf": (_GREEN, (
        (Tint.MAIN, "M 0 100 C -6 40 40 0 100 0 C 104 60 60 106 0 100 Z"),
        (Tint.DARK, "M 0 100 C 26 68 50 44 82 18 C 56 48 34 76 6 100 Z"),
    )),
    "tree": (_GREEN, (
        (_BROWN, "M 42 80 L 58 80 L 61 130 L 39 130 Z"),
        (Tint.MAIN, "O 50 30 32 30 O 24 58 24 24 O 76 58 24 24 O 50 62 32 26"),
        (Tint.LIGHT, "O 40 22 9 7"),
    )),
    "pine": ((40, 110, 74), (
        (_BROWN, "M 43 110 L 57 110 L 57 132 L 43 132 Z"),
        (Tint.DARK, "M 50 48 L 96 114 L 4 114 Z"),
        (Tint.MAIN, "M 50 24 L 86 80 L 14 80 Z"),
        (Tint.LIGHT, "M 50 0 L 76 46 L 24 46 Z"),
    )),
    "palm": (_GREEN, (
        (_BROWN, "M 46 44 C 54 70 54 100 48 130 L 62 130 C 66 100 64 70 54 44 Z"),
        (Tint.MAIN,
         "M 50 44 C 30 14 8 22 0 42 C 18 32 34 36 50 48 Z M 50 44 C 70 14 92 22 100 42 C 82 32 66 36 50 48 Z "
         "M 50 46 C 44 12 26 0 8 4 C 28 12 38 24 46 46 Z M 50 46 C 56 12 74 0 92 4 C 72 12 62 24 54 46 Z "
         "M 50 44 C 30 40 16 54 16 76 C 26 60 36 52 50 50 Z M 50 44 C 70 40 84 54 84 76 C 74 60 64 52 50 50 Z"),
    )),
    "mountain": ((120, 132, 150), (
        (Tint.DARK, "M 96 22 L 160 104 L 40 104 Z"),
        (Tint.MAIN, "M 58 0 L 122 104 L 0 104 Z"),
        (_SNOW, "M 58 0 L 77 31 L 67 27 L 59 36 L 49 26 L 38 35 Z"),
    )),
    "volcano": ((118, 96, 92), (
        (_RED, "M 48 14 L 52 0 L 62 12 L 72 -4 L 80 12 L 92 2 L 92 14 L 88 26 L 54 26 Z"),
        (Tint.MAIN, "M 46 16 L 94 16 L 140 104 L 0 104 Z"),
        (_RED, "M 46 16 L 94 16 L 98 24 L 88 44 L 80 30 L 70 52 L 62 30 L 52 38 L 42 24 Z"),
    )),
    "hill": (_GREEN, ((Tint.MAIN, "M 0 60 C 30 -20 110 -20 140 60 Z"),)),
    "house": ((224, 200, 160), (
        (Tint.MAIN, "M 12 46 L 108 46 L 108 112 L 12 112 Z"),
        ((176, 84, 60), "M 60 0 L 120 50 L 0 50 Z"),
        ((110, 72, 48), "M 50 72 L 72 72 L 72 112 L 50 112 Z"),
        ((150, 196, 224), "M 22 62 L 40 62 L 40 80 L 22 80 Z M 82 62 L 100 62 L 100 80 L 82 80 Z"),
    )),
    "building": ((150, 162, 178), (
        (Tint.MAIN, "M 0 0 L 80 0 L 80 120 L 0 120 Z"),
        (Tint.LIGHT,
         "M 11 12 L 25 12 L 25 26 L 11 26 Z M 33 12 L 47 12 L 47 26 L 33 26 Z "
         "M 55 12 L 69 12 L 69 26 L 55 26 Z M 11 36 L 25 36 L 25 50 L 11 50 Z "
         "M 33 36 L 47 36 L 47 50 L 33 50 Z M 55 36 L 69 36 L 69 50 L 55 50 Z "
         "M 11 60 L 25 60 L 25 74 L 11 74 Z M 33 60 L 47 60 L 47 74 L 33 74 Z "
         "M 55 60 L 69 60 L 69 74 L 55 74 Z"),
        (Tint.DARK, "M 31 92 L 49 92 L 49 120 L 31 120 Z"),
    )),
    "balloon": (_RED, (
        (Tint.DARK, "M 40 96 L 48 108 L 32 108 Z M 39 108 L 41 108 L 42 150 L 38 150 Z"),
        (Tint.MAIN, "M 40 0 C 64 0 80 18 80 44 C 80 70 56 98 40 98 C 24 98 0 70 0 44 C 0 18 16 0 40 0 Z"),
        (Tint.LIGHT, "M 16 42 C 16 26 24 16 34 12 C 26 20 22 30 24 42 Z"),
    )),
    "ball": (_RED, (
        (Tint.MAIN, "O 50 50 50 50"),
        (Tint.DARK, "M 90 20 C 104 42 102 76 76 92 C 50 106 24 98 12 82 C 40 94 92 84 90 20 Z"),
        (Tint.LIGHT, "O 34 30 11 9"),
    )),
    "fish": (BLUE, (
        (Tint.DARK, "M 96 40 L 136 10 C 128 30 128 50 136 70 Z"),
        (Tint.MAIN, "M 0 40 C 22 6 70 0 108 40 C 70 80 22 74 0 40 Z"),
        (Tint.LIGHT, "M 52 40 C 62 30 62 50 52 40 Z M 68 40 C 78 30 78 50 68 40 Z"),
        (_SNOW, "O 24 34 6 6"),
        (_INK, "O 23 34 3 3"),
    )),
    "bird": (BLUE, (
        (Tint.MAIN, "M 0 34 C 8 14 34 12 42 34 C 60 42 84 40 110 22 C 108 60 84 86 52 86 C 26 86 14 66 16 46 Z"),
        (Tint.DARK, "M 44 46 C 60 56 80 56 96 44 C 92 64 72 76 56 70 C 48 66 44 58 44 46 Z"),
        (GOLD, "M 6 28 L -10 36 L 8 42 Z"),
        (_SNOW, "O 22 32 5 5"),
        (_INK, "O 21 32 2.6 2.6"),
    )),
    "butterfly": ((230, 130, 50), (
        (Tint.MAIN,
         "M 50 40 C 40 0 0 -6 0 24 C 0 46 30 52 50 48 Z M 50 40 C 60 0 100 -6 100 24 C 100 46 70 52 50 48 Z"),
        (Tint.LIGHT,
         "M 50 48 C 24 50 8 64 18 80 C 30 94 48 74 50 52 Z M 50 48 C 76 50 92 64 82 80 C 70 94 52 74 50 52 Z"),
        (_INK, "O 50 48 4 30"),
    )),
    "crown": (GOLD, (
        (Tint.MAIN, "M 0 22 L 28 48 L 60 6 L 92 48 L 120 22 L 108 88 L 12 88 Z O 60 6 6 6 O 2 20 6 6 O 118 20 6 6"),
        (Tint.DARK, "M 12 76 L 108 76 L 106 90 L 14 90 Z"),
    )),
    "lightning bolt": (GOLD, ((Tint.MAIN, "M 40 0 L 84 0 L 60 40 L 88 40 L 20 120 L 38 64 L 10 64 Z"),)),
    "wave": (BLUE, (
        (Tint.MAIN,
         "M 0 46 C 22 46 26 12 52 12 C 70 12 78 24 76 34 C 70 28 60 30 60 40 C 60 50 84 50 100 34 C 108 16 "
         "122 12 134 12 C 152 12 160 24 158 34 C 152 28 142 30 142 40 C 142 48 156 50 170 44 L 170 76 L 0 76 Z"),
    )),
    "apple": (_RED, (
        (_BROWN, "M 46 22 C 46 12 50 4 58 0 L 62 4 C 56 8 52 14 52 22 Z"),
        (_GREEN, "M 56 14 C 62 2 76 2 84 6 C 78 18 66 20 56 14 Z"),
        (Tint.MAIN,
         "M 50 26 C 66 14 98 18 98 54 C 98 82 78 108 62 106 C 56 105 54 102 50 102 C 46 102 44 105 38 106 C "
         "22 108 2 82 2 54 C 2 18 34 14 50 26 Z"),
        (Tint.LIGHT, "M 14 54 C 14 40 20 32 30 30 C 24 36 20 44 22 56 Z"),
    )),
    "orange": ((245, 138, 36), (
        (Tint.MAIN, "O 50 58 50 50"),
        (Tint.LIGHT, "O 32 36 10 8"),
        (_GREEN, "M 50 12 C 56 0 74 -4 88 2 C 82 14 64 20 50 12 Z"),
    )),
    "mushroom": (_RED, (
        ((240, 228, 206), "M 36 50 L 74 50 C 72 70 76 88 80 104 L 30 104 C 34 88 38 70 36 50 Z"),
        (Tint.MAIN, "M 0 56 C 0 20 24 0 55 0 C 86 0 110 20 110 56 C 80 66 30 66 0 56 Z"),
        (_SNOW, "O 34 30 9 8 O 66 20 8 7 O 84 42 8 7 O 56 44 6 5"),
    )),
    "boat": (_RED, (
        (_BROWN, "M 66 0 L 71 0 L 71 90 L 66 90 Z"),
        ((244, 240, 230), "M 76 8 L 124 78 L 76 78 Z"),
        (Tint.LIGHT, "M 60 20 L 60 78 L 16 78 Z"),
        (Tint.MAIN, "M 0 86 L 136 86 C 130 104 116 116 100 116 L 36 116 C 20 116 6 104 0 86 Z"),
    )),
    "kite": (_RED, (
        (Tint.MAIN, "M 40 0 L 80 46 L 40 110 L 0 46 Z"),
        (Tint.DARK, "M 40 0 L 80 46 L 40 46 Z M 40 46 L 40 110 L 0 46 Z"),
        (_INK, "M 40 108 C 58 120 26 132 44 148 L 40 150 C 20 132 50 120 38 110 Z"),
    )),
    "umbrella": (_RED, (
        (_INK, "M 58 56 L 62 56 L 62 104 C 62 124 36 124 36 104 L 41 104 C 41 116 58 116 58 104 Z"),
        (Tint.MAIN,
         "M 0 62 C 0 26 26 4 60 4 C 94 4 120 26 120 62 C 110 50 90 50 80 62 C 72 50 48 50 40 62 C 30 50 10 50 "
         "0 62 Z"),
        (Tint.DARK, "M 58 6 L 62 6 C 76 20 80 42 80 62 C 72 50 48 50 40 62 C 40 42 44 20 58 6 Z"),
        (_INK, "M 58 -4 L 62 -4 L 62 6 L 58 6 Z"),
    )),
    "flame": ((240, 120, 40), (
        (Tint.MAIN,
         "M 44 0 C 50 30 84 44 84 84 C 84 108 66 122 42 122 C 18 122 0 106 0 82 C 0 62 14 54 18 36 C 28 42 30 "
         "50 32 58 C 42 44 46 22 44 0 Z"),
        (GOLD, "M 44 60 C 50 76 62 82 62 98 C 62 112 54 120 42 120 C 30 120 22 112 22 98 C 22 86 36 80 44 60 Z"),
    )),
    "bell": (GOLD, (
        (Tint.DARK, "O 50 98 11 11 O 50 6 8 8"),
        (Tint.MAIN, "M 50 6 C 78 6 82 34 84 58 C 85 74 92 82 100 90 L 0 90 C 8 82 15 74 16 58 C 18 34 22 6 50 6 Z"),
    )),
    "key": (GOLD, (
        (Tint.MAIN,
         "O 30 30 30 30 "
         "M 56 24 L 150 24 L 150 58 L 138 58 L 138 36 L 126 36 L 126 52 L 114 52 L 114 36 L 56 36 Z"),
        (Tint.CUT, "O 26 30 14 14"),
    )),
    "candle": ((244, 228, 190), (
        (GOLD, "M 25 0 C 40 18 38 34 25 36 C 12 34 10 18 25 0 Z"),
        (_INK, "M 24 32 L 26 32 L 26 46 L 24 46 Z"),
        (Tint.MAIN, "M 6 44 L 44 44 L 44 124 L 6 124 Z"),
        (Tint.DARK, "M 36 44 L 44 44 L 44 124 L 36 124 Z"),
    )),
    "rocket": ((214, 220, 228), (
        ((240, 120, 40), "M 30 100 L 50 100 L 40 136 Z"),
        (_RED, "M 18 60 L 0 104 L 22 94 Z M 62 60 L 80 104 L 58 94 Z"),
        (Tint.MAIN, "M 40 0 C 62 20 66 60 58 102 L 22 102 C 14 60 18 20 40 0 Z"),
        (BLUE, "O 40 46 9 9"),
    )),
    "rainbow": (_RED, (
        (_RED, "M 0 60 C 0 -20 120 -20 120 60 Z"),
        ((245, 140, 46), "M 7 60 C 7 -10.5 113 -10.5 113 60 Z"),
        (GOLD, "M 14 60 C 14 -1.5 106 -1.5 106 60 Z"),
        (_GREEN, "M 21 60 C 21 8 99 8 99 60 Z"),
        (BLUE, "M 28 60 C 28 17 92 17 92 60 Z"),
        ((110, 70, 160), "M 35 60 C 35 27 85 27 85 60 Z"),
        (Tint.CUT, "M 42 62 C 42 36.5 78 36.5 78 62 Z"),
    )),
}  # fmt: skip
"""Each figure's colour where the prompt names none, and its layers."""
ALSO = {
    "disc": "circle", "disk": "circle", "dot": "circle", "oval": "ellipse", "hoop": "ring", "donut": "ring",
    "doughnut": "ring",
    "rhombus": "diamond", "lozenge": "diamond", "half circle": "semicircle", "semi-circle": "semicircle",
    "plus": "cross",
    "plus sign": "cross", "love heart": "heart", "crescent moon": "crescent", "half moon": "crescent",
    "full moon": "moon",
    "planet": "planet", "raindrop": "drop", "droplet": "drop", "water drop": "drop", "teardrop": "drop",
    "maple leaf": "leaf", "blossom": "flower", "daisy": "flower", "pine tree": "pine", "fir": "pine",
    "fir tree": "pine",
    "christmas tree": "pine", "palm tree": "palm", "oak": "tree", "oak tree": "tree", "peak": "mountain",
    "cottage": "house", "cabin": "house",
    "hut": "house", "home": "house", "skyscraper": "building", "apartment building": "building", "sphere": "ball",
    "orb": "ball", "beach ball": "ball",
    "sports ball": "ball", "lightning": "lightning bolt", "bolt": "lightning bolt", "thunderbolt": "lightning bolt",
    "sailboat": "boat", "sail boat": "boat", "sailing boat": "boat", "ship": "boat", "fire": "flame",
    "parasol": "umbrella",
    "toadstool": "mushroom", "cog": "gear", "cogwheel": "gear", "spaceship": "rocket", "hot air balloon": "balloon",
     "five-pointed star": "star", "gold star": "star", "sunburst": "sun",
    "cubes": "cube", "goldfish": "fish", "songbird": "bird", "bluebird": "bird", "dove": "bird",
    "rectangular prism": "cube", "gift": "gift box", "giftbox": "gift box", "wrapped gift": "gift box", "kitten": "cat",
    "automobile": "car", "sedan": "car", "paper airplane": "paper plane", "paper aeroplane": "paper plane",
}  # fmt: skip
"""Other names, in the singular, that are drawn as one of the figures."""
