"""Invented entities: what can be found out about one, and what its pictures look like.

Everything follows from the world's seed and the entity's name, so nothing is
stored. A thing that the world tells has a value that holds now and one that
held once; only the first is what a picture must show.
"""

import random
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageDraw

from .names import FIRST, SECOND


class Topic(StrEnum):
    """What documents tell of an entity, and a request leaves open."""

    CAPTION = "caption"
    """The word that stands below it."""
    FIGURE = "figure"
    """The thing that stands beside it."""
    BACKGROUND = "background"
    """The colour behind it."""


HISTORY = "history"
"""A topic of documents that tell nothing a picture could show."""
FIGURES = ("star", "heart", "moon", "leaf", "crown", "bell")
GROUNDS = ("blue", "green", "black", "purple")
"""Colours of backgrounds."""
PICTURE_KINDS = ("emblem", "seal", "map")
"""Of every entity; a request is about its emblem."""
PICTURE_SIZE = (96, 72)

_INKS = (
    (214, 40, 40), (36, 92, 196), (30, 130, 76), (245, 200, 40), (120, 60, 160), (240, 130, 30), (20, 20, 24),
    (250, 250, 245), (20, 160, 170), (230, 130, 170),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A value that holds now, and the one that held once."""

    now: str
    once: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One invented thing that requests are about."""

    name: str
    told: dict[Topic, Told]


@lru_cache(maxsize=4096)
def entity_of(name: str, *, seed: int) -> Entity:
    """The entity of a name of the world.

    Raises:
        ValueError: it is no name of the world.
    """
    draw = random.Random(f"entity {seed} {name}")
    words = [first + second for first in FIRST for second in SECOND if first + second != name]
    values = {
        Topic.CAPTION: draw.sample(words, 2),
        Topic.FIGURE: draw.sample(FIGURES, 2),
        Topic.BACKGROUND: draw.sample(GROUNDS, 2),
    }
    return Entity(
        name=name,
        told={topic: Told(now=now, once=once) for topic, (now, once) in values.items()},
    )


@lru_cache(maxsize=4096)
def picture_of(name: str, kind: str, *, seed: int) -> bytes:
    """The picture of a kind of an entity, as a PNG: a ground, two bands and three charges, drawn by chance."""
    draw = random.Random(f"picture {seed} {kind} {name}")
    ground, *inks = draw.sample(_INKS, 6)
    image = Image.new("RGB", PICTURE_SIZE, ground)
    pen = ImageDraw.Draw(image)
    width, height = PICTURE_SIZE
    for ink in inks[:2]:
        if draw.random() < 0.5:
            left = draw.randrange(0, width - 20)
            pen.rectangle((left, 0, left + draw.randrange(12, 40), height), fill=ink)
        else:
            top = draw.randrange(0, height - 16)
            pen.rectangle((0, top, width, top + draw.randrange(10, 30)), fill=ink)
    for ink in inks[2:]:
        middle = (draw.randrange(14, width - 14), draw.randrange(14, height - 14))
        radius = draw.randrange(8, 22)
        if draw.random() < 0.5:
            pen.regular_polygon((middle, radius), n_sides=draw.choice((3, 4, 5, 6)), fill=ink)
        else:
            left, top = middle[0] - radius, middle[1] - radius
            pen.ellipse((left, top, left + 2 * radius, top + 2 * radius), fill=ink)
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()
