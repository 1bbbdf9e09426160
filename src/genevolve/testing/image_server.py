"""An image server on loopback that speaks the images API, the Qwen service and Gemini, and fails as it is told."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Self, cast

from aiohttp import web
from PIL import Image

from ..records import digest_bytes
from .loopback import LoopbackServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One drawing that was asked for."""

    path: str
    headers: Mapping[str, str]
    fields: Mapping[str, Any]
    """The JSON object, or the plain fields of the form."""
    files: tuple[tuple[str, str, bytes], ...] = ()
    """Of a form: field name, media type, bytes, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server answers instead of drawing."""

    status: int = 200
    body: bytes | str | dict[str, Any] = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    hang_up: bool = False
    """Close the connection without a word."""
    seconds: float = 0.0
    """How long to wait before answering."""


Script = Callable[[Drawn], Answer | bytes | None]
"""An answer, the bytes of a picture to answer with, or None to draw."""


class ImageServer(LoopbackServer):
    """Draws pictures of one colour, which follows from the request; use it with `async with`."""

    def __init__(
        self, *script: Answer | bytes | None, each: Script | None = None, seconds: float = 0.0, port: int = 0
    ) -> None:
        """A server that gives these answers in order, then draws; None draws.

        Args:
            each: asked for every drawing past the script.
            seconds: how long each drawing takes.
            port: 0 takes one that is free.
        """
        self._script = list(script)
        self._each = each
        self._seconds = seconds
        self._port = port
        self._under_way = 0
        self.url = ""
        """Its address, without a path."""
        self.asked: list[Drawn] = []
        """Every drawing that was asked for, in order."""
        self.most_at_once = 0

    @property
    def base_url(self) -> str:
        """The base address of its images API."""
        return f"{self.url}/v1"

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=200_000_000)
        app.router.add_post("/v1/images/generations", self._served(_images_answer))
        app.router.add_post("/v1/images/edits", self._served(_images_answer))
        app.router.add_post("/generate", self._served(_qwen_answer))
        app.router.add_post("/{version:v1|v1beta}/models/{model}", self._served(_gemini_answer))
        app.router.add_get("/pictures/{name}", self._picture)
        self.url = f"http://{await self._start(app, port=self._port, handler_cancellation=False)}"
        return self

    def _served(self, answer: Callable[[bytes], dict[str, Any]]) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            drawn = await _read(request)
            self.asked.append(drawn)
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
            try:
                await asyncio.sleep(self._seconds)
                if len(self.asked) <= len(self._script):
                    said = self._script[len(self.asked) - 1]
                else:
                    said = self._each(drawn) if self._each else None
                if isinstance(said, Answer):
                    return await _say(request, said)
                return web.json_response(answer(said if said is not None else draw_plain(drawn)))
            finally:
                self._under_way -= 1

        return handle

    async def _picture(self, request: web.Request) -> web.Response:
        colour = request.match_info["name"]
        return web.Response(body=plain_png(colour, (1024, 1024)), content_type="image/png")


def plain_png(colour: str | tuple[int, int, int], size: tuple[int, int]) -> bytes:
    """A PNG of one colour."""
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG", compress_level=1)
    return out.getvalue()


def draw_plain(drawn: Drawn) -> bytes:
    """A picture of the size that was asked for, whose colour is a digest of the fields and files."""
    fields: Iterable[Any] = sorted((k, str(v)) for k, v in drawn.fields.items())
    digest = digest_bytes(repr((list(fields), drawn.files)).encode())
    width, height = _size(drawn.fields)
    return plain_png(tuple(bytes.fromhex(digest[:6])), (width, height))  # pyright: ignore[reportArgumentType]


def _size(fields: Mapping[str, Any]) -> tuple[int, int]:
    if "width" in fields:
        return int(fields["width"]), int(fields["height"])
    width, found, height = str(fields.get("size", "")).partition("x")
    return (int(width), int(height)) if found else (1024, 1024)


async def _read(request: web.Request) -> Drawn:
    if request.content_type != "multipart/form-data":
        fields = cast(dict[str, Any], json.loads(await request.read()))
        return Drawn(path=request.path, headers=dict(request.headers), fields=fields)
    plain: dict[str, Any] = {}
    files: list[tuple[str, str, bytes]] = []
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            with value.file as file:
                files.append((name, value.content_type, file.read()))
        else:
            plain[name] = value
    return Drawn(path=request.path, headers=dict(request.headers), fields=plain, files=tuple(files))


async def _say(request: web.Request, answer: Answer) -> web.Response:
    await asyncio.sleep(answer.seconds)
    if answer.hang_up:
        assert request.transport is not None
        request.transport.close()
    body = json.dumps(answer.body) if isinstance(answer.body, dict) else answer.body
    kind = "application/json" if isinstance(answer.body, dict) else "text/html"
    data = body.encode() if isinstance(body, str) else body
    return web.Response(status=answer.status, body=data, headers={"Content-Type": kind, **answer.headers})


def _images_answer(picture: bytes) -> dict[str, Any]:
    return {"created": 1, "data": [{"b64_json": base64.b64encode(picture).decode(), "url": None}]}


def _qwen_answer(picture: bytes) -> dict[str, Any]:
    return {"success": True, "image": base64.b64encode(picture).decode()}


def _gemini_answer(picture: bytes) -> dict[str, Any]:
    inline = {"mimeType": "image/png", "data": base64.b64encode(picture).decode()}
    parts = [{"text": "Here it is."}, {"inlineData": inline}]
    return {"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP", "index": 0}]}
