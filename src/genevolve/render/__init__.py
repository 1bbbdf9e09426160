"""Program to picture: the renderers, by name.

A new renderer is one file in this folder and one case in `open_renderer`.
"""

import os

from pydantic import JsonValue

from ..errors import UsageError
from ..records import Size
from .base import Drawing, Renderer, canvas_size

RENDERERS = ("sketch", "openai", "qwen-service", "gemini", "diffusers")
"""The names that `open_renderer` knows."""

__all__ = ["RENDERERS", "Drawing", "Renderer", "canvas_size", "open_renderer"]


def open_renderer(
    name: str,
    *,
    size: Size | None = None,
    seed: int = 0,
    model: str | None = None,
    urls: tuple[str, ...] = (),
    settings: dict[str, JsonValue] | None = None,
    seconds: float = 600.0,
) -> Renderer:
    """The renderer of that name; what it needs is imported only now.

    Args:
        size: None: after the first reference.
        model: what draws, where the renderer does not say it itself.
        urls: base addresses of its servers; several are used in turn. For "openai", GENEVOLVE_RENDERER_URL stands in.
        settings: further fields of how it draws, such as `num_inference_steps`; they are passed through.
        seconds: how long one drawing may take.

    Raises:
        UsageError: there is none of that name, or it needs what was not given.
        MissingExtraError: it needs an optional dependency that is not installed.
    """
    settings = settings or {}
    match name:
        case "sketch":
            from .sketch import SketchRenderer

            return SketchRenderer(size=size, seed=seed)
        case "openai":
            from .openai_images import OpenAIImagesRenderer

            urls = urls or tuple(filter(None, [os.environ.get("GENEVOLVE_RENDERER_URL", "").strip()]))
            return OpenAIImagesRenderer(
                urls=urls, model=model, size=size, seed=seed, settings=settings, seconds=seconds
            )
        case "qwen-service":
            from .qwen_service import QwenServiceRenderer

            return QwenServiceRenderer(urls=urls, model=model, size=size, seed=seed, settings=settings, seconds=seconds)
        case "gemini":
            from .gemini import GeminiRenderer

            return GeminiRenderer(urls=urls, model=model, size=size, seed=seed, settings=settings, seconds=seconds)
        case "diffusers":
            from .local import DiffusersRenderer

            return DiffusersRenderer(model=model, size=size, seed=seed, settings=settings)
        case _:
            raise UsageError(f"there is no renderer {name!r}; expected one of: {', '.join(RENDERERS)}.")
