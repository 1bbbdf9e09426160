"""Program to picture: the renderers, by name."""

from collections.abc import Callable

from ..errors import UsageError
from ..records import Size
from .base import Drawing, Renderer, canvas_size

RendererFactory = Callable[[Size | None, int], Renderer]
"""Makes a renderer for a size (None: after the first reference) and a seed."""


def _sketch(size: Size | None, seed: int) -> Renderer:
    from .sketch import SketchRenderer

    return SketchRenderer(size=size, seed=seed)


RENDERERS: dict[str, RendererFactory] = {"sketch": _sketch}
"""Every renderer; what one needs is imported when it is opened."""


def open_renderer(name: str, *, size: Size | None = None, seed: int = 0) -> Renderer:
    """The renderer of that name.

    Raises:
        UsageError: there is none of that name.
    """
    factory = RENDERERS.get(name)
    if factory is None:
        raise UsageError(f"there is no renderer {name!r}; expected one of: {', '.join(sorted(RENDERERS))}.")
    return factory(size, seed)


__all__ = ["RENDERERS", "Drawing", "Renderer", "RendererFactory", "canvas_size", "open_renderer"]
