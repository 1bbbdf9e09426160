"""The pictures in README and guides are what the pages look like."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from support.scenes import SCENES, take

pytestmark = pytest.mark.browser
GUIDES = Path(__file__).parents[2] / "docs" / "guides"
SEEN = (48, 36)
"""As from far off: seconds that passed and how a letter is drawn do not matter, what stands where does."""


def from_far_off(data):
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGB").resize(SEEN, Image.Resampling.BOX), dtype=float)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_a_picture_of_the_guide_is_the_page_as_it_is(browser, pages, scene):
    there = scene.path.read_bytes()
    assert len(there) < 150_000
    difference = np.abs(from_far_off(there) - from_far_off(take(scene, browser, pages)))
    # Of 255. A picture that is missing or stands elsewhere moves whole patches by 50 and more.
    assert difference.mean() < 4, f"{scene.path} is out of date; make pictures takes it again"


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_every_picture_is_shown_in_a_guide(scene):
    shown = "".join(guide.read_text(encoding="utf-8") for guide in GUIDES.glob("*.md"))
    assert f"../pictures/{scene.path.name}" in shown
