"""What README and guides show of the pages: each picture is a page, opened and brought to a place.

`make pictures` writes them; a test takes them again and compares, so that they stay true.
"""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from PIL import Image

from support.browser import Browser, Scheme
from support.pages import Pages

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
_COLOURS = 160
"""Enough for flat pages; a picture with all of them weighs three times as much."""


def _as_it_opens(_page: Any) -> None:
    """The page is left where it opens."""


def _open_attempt(page: Any) -> None:
    page.get_by_role("searchbox").fill("Mañana")
    page.locator("a.card").first.click()
    page.get_by_role("heading", name="How it came about").wait_for()
    page.evaluate("document.activeElement.blur()")


def _widest_group(page: Any) -> None:
    page.get_by_role("combobox", name="order", exact=True).select_option("with a lesson")


def _to_the_pairs(page: Any) -> None:
    page.locator("#answers").evaluate("(one) => scrollTo({ top: one.getBoundingClientRect().top - 24 })")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One picture."""

    name: str
    """Of its file, without the ending."""
    of: Literal["bench", "evolving", "comparison"]
    view: str = ""
    show: Callable[[Any], None] = _as_it_opens
    scheme: Scheme = "light"
    height: int = 760

    @property
    def path(self) -> Path:
        """Where the picture stands in the repository."""
        return FOLDER / f"{self.name}.png"


SCENES = (
    Scene(name="report-gallery", of="bench", height=1000),
    Scene(name="report-gallery-dark", of="bench", scheme="dark", height=1000),
    Scene(name="report-attempt", of="bench", show=_open_attempt, height=820),
    Scene(name="report-groups", of="evolving", view="#groups", show=_widest_group, height=900),
    Scene(name="report-training", of="evolving", view="#training", height=900),
    Scene(name="report-comparison", of="comparison", height=700),
    Scene(name="report-pairs", of="comparison", show=_to_the_pairs, height=900),
)


def take(scene: Scene, browser: Browser, pages: Pages) -> bytes:
    """The picture as a PNG, once all that it shows is there."""
    path: Path = getattr(pages, scene.of)
    with browser.open(path, scene.view, width=1200, height=scene.height, scheme=scene.scheme) as tab:
        tab.page.get_by_role("heading", level=1).wait_for()
        scene.show(tab.page)
        tab.page.wait_for_function(
            """() => [...document.querySelectorAll("main img")].every((one) => {
                const { top, bottom } = one.getBoundingClientRect();
                return bottom < 0 || top > innerHeight || (one.src && one.complete);
            })"""
        )
        taken = tab.page.screenshot(animations="disabled")
    with Image.open(BytesIO(taken)) as image:
        few = image.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    out = BytesIO()
    few.save(out, "PNG", optimize=True)
    return out.getvalue()
