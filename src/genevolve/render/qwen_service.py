"""The Qwen-Image-Edit service of the published system: one JSON post, references as data URIs, several servers in turn.

It edits, so it needs at least one reference.
"""

import asyncio
import base64
from typing import Any, cast

from pydantic import JsonValue

from ..errors import RenderError, ServiceError, UsageError
from ..http.client import CallLimits, HttpClient
from ..language.text import one_line, well_formed
from ..records import Program, RendererInfo, Size
from .base import Drawing, canvas_size
from .drawn import broken, bytes_of, proven, refused, render_error
from .prepare import PreparedReference, check_reference_count, prepare_references
from .rota import Rota

MOST_REFERENCES = 4
PUBLISHED: dict[str, JsonValue] = {
    "true_cfg_scale": 4.0,
    "negative_prompt": " ",
    "num_inference_steps": 40,
    "guidance_scale": 1.0,
    "num_images_per_prompt": 1,
}
"""How the published system draws."""
_OURS = frozenset({"image_urls", "prompt", "num_images_per_prompt"})


class QwenServiceRenderer:
    """Draws at services that speak `POST /generate`."""

    def __init__(
        self,
        *,
        urls: tuple[str, ...],
        model: str | None = None,
        size: Size | None = None,
        seed: int = 0,
        settings: dict[str, JsonValue] | None = None,
        seconds: float = 600.0,
    ) -> None:
        """A renderer at one service or several.

        Args:
            urls: base addresses, such as "http://a:8001".
            model: what is served there, for the record; the wire does not name it.
            settings: fields of each call, in place of the published ones or beside them.
            seconds: how long one drawing may take.

        Raises:
            UsageError: there is no address, or a setting is not for the user to set.
        """
        if not urls:
            raise UsageError("the renderer qwen-service needs an address; give --renderer-url, such as http://a:8001")
        if wrong := _OURS & set(settings or {}):
            raise UsageError(f"the renderer qwen-service sets {min(wrong)!r} itself; leave it out of the settings")
        self._model, self._size, self._seed = model, size, seed
        self._settings = {**PUBLISHED, **(settings or {})}
        self._rota = Rota(urls)
        self._http = HttpClient("the renderer's server", limits=CallLimits(seconds=seconds))

    @property
    def info(self) -> RendererInfo:
        """How it draws; where it runs changes nothing in the picture and is not part of it."""
        return RendererInfo(
            name="qwen-service", model=self._model, size=self._size, seed=self._seed, settings=dict(self._settings)
        )

    @property
    def reference_limits(self) -> tuple[int, int]:
        """It edits, so one is needed."""
        return 1, MOST_REFERENCES

    async def draw(self, program: Program, references: tuple[bytes, ...]) -> Drawing:
        """Draw a program.

        Raises:
            RenderError: the program does not fit, or no server drew; `fault` says which.
        """
        check_reference_count(program, self.reference_limits, renderer="qwen-service")
        prepared = await asyncio.to_thread(prepare_references, program, references)
        size = canvas_size(self._size, prepared[0].image)
        payload: dict[str, JsonValue] = {
            "image_urls": [*await asyncio.to_thread(_data_uris, prepared)],
            "prompt": program.prompt,
            "seed": self._seed,
            "width": size.width,
            "height": size.height,
            **self._settings,
        }
        try:
            answer = await self._rota.ask(lambda url, tries: self._http.post(f"{url}/generate", payload, tries=tries))
        except ServiceError as error:
            raise render_error(error, renderer="qwen-service", address="http://localhost:8001") from error
        picture = await asyncio.to_thread(bytes_of, _image_of(answer), renderer="qwen-service")
        asked = size if (payload["width"], payload["height"]) == (size.width, size.height) else None
        return Drawing(data=await proven(picture, asked=asked, renderer="qwen-service"))

    def bound(self, at_once: int) -> None:
        """Have at most so many pictures drawn at once from now on."""
        self._rota.bound(at_once)

    async def prepare(self) -> None:
        """Find out whether a service is there, so that no rollout is paid for in vain.

        Raises:
            RenderError: none can be reached.
        """
        try:
            await self._rota.reach(lambda url: self._http.get(f"{url}/health", tries=1))
        except ServiceError as error:
            raise render_error(error, renderer="qwen-service", address="http://localhost:8001") from error

    async def close(self) -> None:
        """Close the connections; it can be used again."""
        await self._http.close()


def _data_uris(prepared: tuple[PreparedReference, ...]) -> list[str]:
    return [f"data:image/jpeg;base64,{base64.b64encode(reference.jpeg()).decode()}" for reference in prepared]


def _image_of(answer: Any) -> object:
    """The base64 text of an answer, under either of its names.

    Raises:
        RenderError: the service says that it did not draw, or gives no picture.
    """
    if not isinstance(answer, dict):
        raise broken("qwen-service", "answered with something else than an object")
    fields = cast(dict[str, Any], answer)
    image = fields.get("image") or fields.get("image_base64")
    if fields.get("success") is not False and image:
        return image
    told = next((fields[name] for name in ("error", "message", "detail") if isinstance(fields.get(name), str)), "")
    reason = one_line(well_formed(told), max_chars=300)
    if reason and refused(reason):
        raise RenderError(
            f"qwen-service: refused the content: {reason}. Reword the request, or draw with another renderer.",
            fault="refused",
        )
    raise broken("qwen-service", f"did not draw: {reason}" if reason else "answered without a picture")
