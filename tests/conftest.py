"""What several tests need: tiny real pictures."""

from io import BytesIO

import pytest
from PIL import Image


@pytest.fixture
def png() -> bytes:
    """A real PNG of 24x16 pixels."""
    return make_png((200, 30, 30))


def make_png(colour: tuple[int, int, int], size: tuple[int, int] = (24, 16)) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()
