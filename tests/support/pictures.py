"""Tiny real pictures."""

from io import BytesIO
from pathlib import Path

from PIL import Image


def make_png(colour: tuple[int, int, int], size: tuple[int, int] = (24, 16)) -> bytes:
    """A PNG of one colour."""
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


def opened(path: Path) -> Image.Image:
    """A picture of a file, decoded, the file closed."""
    image = Image.open(BytesIO(path.read_bytes()))
    image.load()
    return image
