"""The images API that OpenAI made and that open engines speak: vLLM-Omni, SGLang, and hosted models.

Without references a picture is generated (`/images/generations`); with them it
is edited (`/images/edits`). Fields beyond the API's own, such as
`num_inference_steps`, are passed through, because engines differ in them.
"""

import asyncio
import json
from typing import Any, cast

from pydantic import JsonValue
from yarl import URL

from ..errors import DownloadError, RenderError, ServiceError, UsageError
from ..http.client import CallLimits, HttpClient
from ..http.guard import AllowedHosts, Downloader, DownloadLimits
from ..http.keys import Keyring
from ..records import Program, RendererInfo, Size
from .base import Drawing, canvas_size
from .drawn import broken, bytes_of, proven, render_error
from .prepare import PreparedReference, check_reference_count, prepare_references
from .rota import Rota

MOST_REFERENCES = 4
"""What most engines take; hosted models take more."""
KEY = "GENEVOLVE_RENDERER_KEY"
_KEYS = Keyring(pairs=(("GENEVOLVE_RENDERER_URL", KEY),))
_OURS = frozenset({"model", "prompt", "image", "image[]", "n", "stream"})
_LARGEST_PICTURE = 60_000_000

FormField = tuple[str, str | tuple[str, bytes, str]]


class OpenAIImagesRenderer:
    """Draws at a server that speaks the images API."""

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
        """A renderer at one server, or at several that serve the same model.

        Args:
            urls: base addresses with their version, such as "http://localhost:8001/v1".
            model: None leaves the choice to a server that serves one model.
            settings: further fields of each call; an empty value leaves a field out, as hosted models that take no
                seed want (`seed = ""`), and `size = "auto"` leaves the size to the server.
            seconds: how long one drawing may take.

        Raises:
            UsageError: there is no address, or a setting is not for the user to set.
        """
        if not urls:
            raise UsageError(
                "the renderer openai needs the address of a server, such as http://localhost:8001/v1: give it with "
                "--renderer-url, or set GENEVOLVE_RENDERER_URL. `genevolve serve-renderer MODEL` starts one."
            )
        if wrong := _OURS & set(settings or {}):
            raise UsageError(f"the renderer openai sets {min(wrong)!r} itself; leave it out of the settings")
        self._model, self._size, self._seed = model, size, seed
        self._settings = dict(settings or {})
        self._rota = Rota(urls)
        key = _KEYS.shared_key(urls)
        self._http = HttpClient(
            "the renderer's server",
            headers={"Authorization": f"Bearer {key}"} if key else {},
            secrets=(key,),
            limits=CallLimits(seconds=seconds),
        )
        own = {(url.host or "", url.port) for url in map(URL, urls)}
        self._allowed = AllowedHosts(AllowedHosts.from_environment().entries | own)

    @property
    def info(self) -> RendererInfo:
        """How it draws; where it runs changes nothing in the picture and is not part of it."""
        return RendererInfo(
            name="openai", model=self._model, size=self._size, seed=self._seed, settings=dict(self._settings)
        )

    @property
    def reference_limits(self) -> tuple[int, int]:
        """None is needed."""
        return 0, MOST_REFERENCES

    async def draw(self, program: Program, references: tuple[bytes, ...]) -> Drawing:
        """Draw a program.

        Raises:
            RenderError: the program does not fit, or the server did not draw; `fault` says which.
        """
        check_reference_count(program, self.reference_limits, renderer="openai")
        prepared = await asyncio.to_thread(prepare_references, program, references)
        size = canvas_size(self._size, prepared[0].image if prepared else None)
        fields = self._fields(program, size)
        files = [("image[]", file) for file in await asyncio.to_thread(_files, prepared)]

        async def call(url: str, tries: int | None) -> tuple[str, Any]:
            if not files:
                return url, await self._http.post(f"{url}/images/generations", fields, tries=tries)
            form: list[FormField] = [(name, _form_text(value)) for name, value in fields.items()]
            return url, await self._http.post_form(f"{url}/images/edits", [*form, *files], tries=tries)

        try:
            url, answer = await self._rota.ask(call)
        except ServiceError as error:
            raise render_error(error, renderer="openai", key=KEY, address="http://localhost:8001/v1") from error
        asked = size if fields.get("size") == str(size) else None
        return Drawing(data=await proven(await self._picture(url, answer), asked=asked, renderer="openai"))

    def bound(self, at_once: int) -> None:
        """Have at most so many pictures drawn at once from now on."""
        self._rota.bound(at_once)

    async def prepare(self) -> None:
        """Find out whether a server is there and takes the key, so that no rollout is paid for in vain.

        Raises:
            UsageError: the key is missing or refused.
            RenderError: no server can be reached.
        """
        try:
            await self._rota.reach(lambda url: self._http.get(f"{url}/models", tries=1))
        except ServiceError as error:
            told = render_error(error, renderer="openai", key=KEY, address="http://localhost:8001/v1")
            raise (UsageError(str(told)) if error.fault == "key_refused" else told) from error

    async def close(self) -> None:
        """Close the connections; it can be used again."""
        await self._http.close()

    def _fields(self, program: Program, size: Size) -> dict[str, JsonValue]:
        fields: dict[str, JsonValue] = {
            "model": self._model,
            "prompt": program.prompt,
            "size": str(size),
            "seed": self._seed,
            **self._settings,
        }
        return {name: value for name, value in fields.items() if value is not None and value != ""}

    async def _picture(self, base: str, answer: Any) -> bytes:
        entries = cast(dict[str, Any], answer).get("data") if isinstance(answer, dict) else None
        first = cast(list[Any], entries)[0] if isinstance(entries, list) and entries else None
        if not isinstance(first, dict):
            raise broken("openai", "answered without a picture")
        entry = cast(dict[str, Any], first)
        if entry.get("b64_json"):
            return await asyncio.to_thread(bytes_of, entry["b64_json"], renderer="openai")
        if isinstance(entry.get("url"), str):
            return await self._download(base, entry["url"])
        raise broken("openai", "answered without a picture")

    async def _download(self, base: str, address: str) -> bytes:
        """The picture behind an address that the server answered with: what its words lead to, no key is sent to."""
        if address.startswith("data:"):
            return bytes_of(address, renderer="openai")
        door = Downloader(allowed=self._allowed, limits=DownloadLimits(max_bytes=_LARGEST_PICTURE, max_seconds=60.0))
        try:
            return await door.download(str(URL(base).join(URL(address))))
        except (DownloadError, ValueError) as error:
            raise RenderError(
                f"the renderer openai answered with an address whose picture cannot be had: {error}. "
                "The setting response_format=b64_json asks for the picture itself.",
                fault="broken",
            ) from error
        finally:
            await door.close()


def _files(prepared: tuple[PreparedReference, ...]) -> list[tuple[str, bytes, str]]:
    files: list[tuple[str, bytes, str]] = []
    for number, reference in enumerate(prepared, start=1):
        data, media_type = reference.file()
        files.append(
            (f"reference_{number}.{media_type.removeprefix('image/').replace('jpeg', 'jpg')}", data, media_type)
        )
    return files


def _form_text(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
