"""Gemini's image models, through google-genai: prompt and references in one turn, the first inline picture back.

The library sends; retries are ours, because it sends again what may have been
drawn and billed, and does not wait as long as the service asks.
"""

import asyncio
import importlib
import os
from typing import Any, cast

import aiohttp
from pydantic import JsonValue, ValidationError

from ..errors import MissingExtraError, RenderError, ServiceError, UsageError
from ..http.client import CallLimits, answer_was_lost, fault_of, keep_trying, seconds_of
from ..http.keys import FileAddress
from ..language.text import one_line, well_formed
from ..records import Program, RendererInfo, Size
from .base import Drawing, canvas_size
from .drawn import broken, proven, render_error
from .prepare import PreparedReference, check_reference_count, prepare_references

MOST_REFERENCES = 14
ASPECTS = ("1:1", "2:3", "3:2", "3:4", "4:3", "9:16", "16:9", "21:9")
"""What the models draw; the size in pixels is theirs."""
_KEYS = ("GOOGLE_API_KEY", "GEMINI_API_KEY")
_IMAGE_SETTINGS = frozenset({"aspect_ratio", "image_size", "person_generation"})
_REFUSALS = frozenset(
    "SAFETY IMAGE_SAFETY PROHIBITED_CONTENT IMAGE_PROHIBITED_CONTENT BLOCKLIST SPII RECITATION IMAGE_RECITATION "
    "JAILBREAK MODEL_ARMOR PUP_LIMITED_DISABLED".split()
)


class GeminiRenderer:
    """Draws with a hosted Gemini model."""

    def __init__(
        self,
        *,
        model: str | None,
        urls: tuple[str, ...] = (),
        size: Size | None = None,
        seed: int = 0,
        settings: dict[str, JsonValue] | None = None,
        seconds: float = 600.0,
    ) -> None:
        """A renderer by a model such as "gemini-3-pro-image".

        Args:
            urls: one base address in place of the service's own, such as a gateway's.
            size: only its aspect is asked for.
            settings: `aspect_ratio`, `image_size` ("2K") and fields of the library's GenerateContentConfig.
            seconds: how long one drawing may take.

        Raises:
            UsageError: no model is named, there is no key, or a setting is not the library's.
            MissingExtraError: google-genai is not installed.
        """
        if not model:
            raise UsageError("the renderer gemini needs a model; give --renderer-model, such as gemini-3-pro-image")
        self._key = next((os.environ[name] for name in _KEYS if os.environ.get(name)), "")
        if not self._key:
            raise UsageError(f"the renderer gemini needs a key; set {_KEYS[0]}, or {_KEYS[1]}, in the environment")
        if urls and isinstance(urls[0], FileAddress):
            raise UsageError(
                "the address for the renderer gemini stands in a file, and is shown no key; give it with --renderer-url"
            )
        try:
            self._genai: Any = importlib.import_module("google.genai")
        except ImportError as error:
            raise MissingExtraError("google-genai", extra="gemini") from error
        self._model, self._size, self._seed = model, size, seed
        self._settings = dict(settings or {})
        self._url = urls[0] if urls else None
        self._limits = CallLimits(seconds=seconds)
        self._client: Any = None
        self._session: aiohttp.ClientSession | None = None
        self._config("1:1")  # a wrong setting is told now, not at the first drawing

    @property
    def info(self) -> RendererInfo:
        """How it draws."""
        return RendererInfo(
            name="gemini", model=self._model, size=self._size, seed=self._seed, settings=dict(self._settings)
        )

    @property
    def reference_limits(self) -> tuple[int, int]:
        """None is needed."""
        return 0, MOST_REFERENCES

    async def draw(self, program: Program, references: tuple[bytes, ...]) -> Drawing:
        """Draw a program.

        Raises:
            RenderError: the program does not fit, or the service did not draw; `fault` says which.
        """
        check_reference_count(program, self.reference_limits, renderer="gemini")
        prepared = await asyncio.to_thread(prepare_references, program, references)
        size = canvas_size(self._size, prepared[0].image if prepared else None)
        contents = [program.prompt, *await asyncio.to_thread(self._parts, prepared)]
        config = self._config(nearest_aspect(size))
        try:
            answer = await keep_trying(lambda: self._ask(contents, config), limits=self._limits, billed=True)
        except ServiceError as error:
            raise render_error(error, renderer="gemini", key=_KEYS[0]) from error
        return Drawing(data=await proven(_first_picture(answer), asked=None, renderer="gemini"))

    async def close(self) -> None:
        """Close the connections; it can be used again."""
        if self._client is not None:
            client, session, self._client, self._session = self._client, self._session, None, None
            await client.aio.aclose()
            client.close()
            if session is not None:
                await session.close()

    def _config(self, aspect: str) -> Any:
        types = self._genai.types
        image = {"aspect_ratio": aspect} | {k: v for k, v in self._settings.items() if k in _IMAGE_SETTINGS}
        rest = {k: v for k, v in self._settings.items() if k not in _IMAGE_SETTINGS}
        fields = {"response_modalities": ["IMAGE"], "seed": self._seed, **rest}
        try:
            return types.GenerateContentConfig(image_config=types.ImageConfig(**image), **fields)
        except ValidationError as error:
            names = ", ".join(".".join(map(str, fault["loc"])) for fault in error.errors())
            raise UsageError(f"google-genai does not take these settings of the renderer gemini: {names}") from error

    def _parts(self, prepared: tuple[PreparedReference, ...]) -> list[Any]:
        part: Any = self._genai.types.Part
        return [
            part.from_bytes(data=data, mime_type=kind) for data, kind in (reference.file() for reference in prepared)
        ]

    def _open(self) -> Any:
        if self._client is None:
            types = self._genai.types
            watch = aiohttp.TraceConfig()
            watch.on_request_redirect.append(_refuse_redirect)
            self._session = aiohttp.ClientSession(trust_env=False, trace_configs=[watch])
            options = types.HttpOptions(
                base_url=self._url,
                timeout=int(self._limits.seconds * 1000),
                aiohttp_client=self._session,
                # Without this the library sends again after a broken connection, whatever was drawn.
                retry_options=types.HttpRetryOptions(attempts=1),
            )
            self._client = self._genai.Client(api_key=self._key, vertexai=False, http_options=options)
        return self._client

    async def _ask(self, contents: list[Any], config: Any) -> Any:
        models = self._open().aio.models
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await models.generate_content(model=self._model, contents=contents, config=config)
        except self._genai.errors.APIError as error:
            raise self._service_error(error) from error
        except aiohttp.ClientConnectorError as error:
            raise ServiceError("Gemini cannot be reached", fault="unreachable") from error
        except TimeoutError as error:
            what = f"Gemini did not answer within {self._limits.seconds:g} seconds"
            raise ServiceError(what, fault="busy", may_have_served=True) from error
        except (aiohttp.ClientError, OSError) as error:
            what = f"Gemini broke off ({type(error).__name__})"
            raise ServiceError(what, fault="busy", may_have_served=True) from error
        except ValueError as error:  # JSON that is none, and answers of another shape
            what = "Gemini answered with something that cannot be read"
            raise ServiceError(what, fault="broken", may_have_served=True) from error

    def _service_error(self, error: Any) -> ServiceError:
        status = int(error.code or 500)
        headers: Any = getattr(error.response, "headers", None) or {}
        reason = one_line(well_formed(str(error.message or error.status or "")), max_chars=300)
        return ServiceError(
            f"Gemini answered {status}: {reason}".replace(self._key, "…"),
            fault="key_refused" if "API_KEY_INVALID" in str(error.details) else fault_of(status),
            status=status,
            may_have_served=answer_was_lost(status),
            retry_after=_retry_delay(error.details) or seconds_of(headers.get("Retry-After")),
            code=str(error.status or ""),
        )


def nearest_aspect(size: Size) -> str:
    """The aspect that the models draw and that is nearest to a size's."""
    wanted = size.width / size.height

    def distance(aspect: str) -> float:
        width, height = map(int, aspect.split(":"))
        return max(wanted / (width / height), (width / height) / wanted)

    return min(ASPECTS, key=distance)


async def _refuse_redirect(_session: object, _context: object, _told: object) -> None:
    """The key is for one service; it goes nowhere else."""
    raise ServiceError("Gemini sent the call elsewhere, which is not followed", fault="broken")


def _first_picture(answer: Any) -> bytes:
    """The first inline picture of an answer that is no part of its thinking.

    Raises:
        RenderError: the content was refused, or there is none.
    """
    blocked = getattr(answer.prompt_feedback, "block_reason", None)
    candidates: list[Any] = list(answer.candidates or [])
    finished = [candidate.finish_reason for candidate in candidates if candidate.finish_reason]
    contents: list[Any] = [candidate.content for candidate in candidates if candidate.content]
    parts: list[Any] = [part for content in contents for part in (content.parts or ())]
    for part in parts:
        inline = part.inline_data
        if inline and inline.data and (inline.mime_type or "").startswith("image/") and not part.thought:
            return cast(bytes, inline.data)
    told = [str(reason.value) for reason in (blocked, *finished) if reason]
    said = one_line(well_formed(" ".join(part.text for part in parts if part.text)), max_chars=200)
    words = f"; it said {said!r}" if said else ""
    if blocked or _REFUSALS & set(told):
        raise RenderError(
            f"gemini: refused the content ({', '.join(told)}){words}. "
            "Reword the request, or draw with another renderer.",
            fault="refused",
        )
    raise broken("gemini", f"answered without a picture ({', '.join(told) or 'no reason given'}){words}")


def _retry_delay(details: Any) -> float | None:
    """The seconds of a RetryInfo in an error's details, such as "17s"."""
    error = cast(dict[str, Any], details).get("error") if isinstance(details, dict) else None
    entries = cast(dict[str, Any], error).get("details") if isinstance(error, dict) else None
    for entry in cast(list[Any], entries) if isinstance(entries, list) else []:
        delay = cast(dict[str, Any], entry).get("retryDelay") if isinstance(entry, dict) else None
        if isinstance(delay, str):
            return seconds_of(delay.removesuffix("s"))
    return None
