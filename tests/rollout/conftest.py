"""A shelf of documents and pictures, and a toolbox over it."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from genevolve.errors import SearchError
from genevolve.search.base import ImageHit, TextHit
from genevolve.skills import load_skills
from genevolve.store.images import ImageStore
from genevolve.testing.shelf import ShelfProvider
from genevolve.tools import Toolbox


def make_picture(shade: int) -> bytes:
    out = BytesIO()
    Image.new("RGB", (24, 16), (shade % 256, shade // 256, 30)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def provider() -> ShelfProvider:
    pictures = [
        (ImageHit(title=f"Flag {n}", image_url=f"https://flags.example/{n}.png"), make_picture(n)) for n in range(10)
    ]
    return ShelfProvider(
        documents={
            "capital": [TextHit(title="Burkina Faso", url="https://e.example", snippet="Its capital is Ouagadougou.")],
            "down": SearchError("the server is down"),
        },
        pictures={"flag": pictures, **{f"flag {n}": [pictures[n]] for n in range(10)}},
    )


@pytest.fixture
def toolbox(provider: ShelfProvider) -> Toolbox:
    return Toolbox(provider=provider, skills=load_skills())


@pytest.fixture
def images(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "images")
