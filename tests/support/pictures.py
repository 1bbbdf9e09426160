"""Tiny real pictures."""

from io import BytesIO

from PIL import Image


def make_png(colour: tuple[int, int, int], size: tuple[int, int] = (24, 16)) -> bytes:
    """A PNG of one colour."""
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()
