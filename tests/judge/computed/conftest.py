"""Joins hand-made pictures and recipes into attempts."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from genevolve.records import Attempt, Render, RendererInfo
from genevolve.records.recipe import Recipe
from genevolve.store.images import ImageStore
from support.easel import Easel, attempt_of, png


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "images")


@pytest.fixture
def drawn(store: ImageStore) -> Callable[..., Attempt]:
    """Joins a recipe and what stands on an easel into an attempt."""

    def join(
        recipe: Recipe | None, easel: Easel, *, text: str = "words", not_understood: Sequence[str] = ()
    ) -> Attempt:
        render = Render(
            trajectory="t1",
            renderer=RendererInfo(name="sketch"),
            image=store.add(png(easel.image)),
            scene=easel.scene(not_understood=not_understood),
            seconds=0,
        )
        return attempt_of(recipe, render=render, text=text)

    return join
