"""Sketching in a test: a prompt and pictures in, the picture and its scene out."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

from genevolve.records import PlacedReference, PlacedShape, PlacedText, Program, Reference, Scene, Size, digest_bytes
from genevolve.render.sketch import SketchRenderer


@dataclass(frozen=True)
class Sketch:
    """A drawn sketch, and easy ways to look at it."""

    image: Image.Image
    scene: Scene

    @property
    def pixels(self) -> np.ndarray:
        return np.asarray(self.image).astype(int)

    def shapes(self, noun: str | None = None) -> list[PlacedShape]:
        shapes = [item for item in self.scene.items if isinstance(item, PlacedShape)]
        return [shape for shape in shapes if noun is None or shape.noun == noun]

    def texts(self, role: str | None = None) -> list[PlacedText]:
        texts = [item for item in self.scene.items if isinstance(item, PlacedText)]
        return [text for text in texts if role is None or text.role == role]

    def references(self) -> list[PlacedReference]:
        return [item for item in self.scene.items if isinstance(item, PlacedReference)]

    def counted(self) -> dict[str, int]:
        nouns = [shape.noun for shape in self.shapes()]
        return {noun: nouns.count(noun) for noun in nouns}


def sketch_of(
    prompt: str, *pictures: bytes, size: tuple[int, int] = (512, 512), seed: int = 0, notes: tuple[str, ...] = ()
) -> Sketch:
    """The sketch of a program with these pictures as its references."""
    references = tuple(
        Reference(ref=f"IMG_{n:03}", digest=digest_bytes(data), note=notes[n - 1] if n <= len(notes) else "")
        for n, data in enumerate(pictures, start=1)
    )
    renderer = SketchRenderer(size=Size(width=size[0], height=size[1]), seed=seed)
    image, scene = renderer.sketch(Program(prompt=prompt, references=references), pictures)
    return Sketch(image=image, scene=scene)


@pytest.fixture
def sketch() -> Callable[..., Sketch]:
    """Draws a prompt, as `sketch_of`."""
    return sketch_of
