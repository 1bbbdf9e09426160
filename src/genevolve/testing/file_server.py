"""A web server on loopback with the files that a search may find, and with all that can be wrong with them.

async with FileServer({"flag.png": png, "slow.png": Page(png, seconds_a_byte=0.1)}) as server:
    allowed = AllowedHosts.parse(server.host)
    data = await Downloader(allowed=allowed).download(server.url("flag.png"))
"""

import asyncio
import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from aiohttp import web

from .loopback import LoopbackServer

_PIECE = 65_536


@dataclass(frozen=True, slots=True)
class Page:
    """What stands under a name."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    seconds: float = 0.0
    """How long it takes to begin."""
    seconds_a_byte: float = 0.0
    """How long each byte takes; 0 sends all at once."""
    claims_bytes: int | None = None
    """The length that is told instead of the true one; the connection is closed after the body."""
    endless: bool = False
    """The body is sent again and again."""
    fails_first: int = 0
    """How often it answers 503 with the same headers before it answers so."""


def sent_onward(to: str, *, status: int = 302) -> Page:
    """A redirect."""
    return Page(status=status, headers={"Location": to})


def gzip_bomb(unpacked_bytes: int) -> Page:
    """Zeros that were packed a thousand times smaller."""
    return Page(gzip.compress(bytes(unpacked_bytes)), headers={"Content-Encoding": "gzip"})


class FileServer(LoopbackServer):
    """Serves pages by name, and remembers who asked; use it with `async with`."""

    def __init__(self, pages: Mapping[str, bytes | Page], *, seconds: float = 0.0) -> None:
        """A server of these pages, each taking `seconds`; bytes stand for a page that is nothing else."""
        self.pages = dict(pages)
        self._seconds = seconds
        self.host = ""
        """Its address and port, as GENEVOLVE_ALLOW_HOSTS names them."""
        self.asked: list[str] = []
        """The names that were asked for, in order."""
        self.heard: list[Mapping[str, str]] = []
        """The headers of each request."""
        self.at_once = 0
        """The most requests that were under way together."""
        self._now = 0

    def url(self, name: str) -> str:
        """The address of a page."""
        return f"http://{self.host}/{name}"

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/{name:.*}", self._serve)
        self.host = await self._start(app)
        return self

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        self.asked.append(name)
        self.heard.append(request.headers)
        self._now += 1
        self.at_once = max(self.at_once, self._now)
        try:
            return await self._answer(name, request)
        except (ConnectionError, asyncio.CancelledError):
            return web.Response()  # who asked is gone
        finally:
            self._now -= 1

    async def _answer(self, name: str, request: web.Request) -> web.StreamResponse:
        found = self.pages.get(name)
        if found is None:
            return web.Response(status=404, text="no such page")
        page = found if isinstance(found, Page) else Page(found)
        await asyncio.sleep(page.seconds or self._seconds)
        if self.asked.count(name) <= page.fails_first:
            return web.Response(status=503, headers=dict(page.headers))
        if page.endless or page.seconds_a_byte or page.claims_bytes is not None:
            return await _stream(page, request)
        return web.Response(body=page.body, status=page.status, headers=dict(page.headers))


async def _stream(page: Page, request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(status=page.status, headers=dict(page.headers))
    if page.claims_bytes is not None:
        response.content_length = page.claims_bytes
    await response.prepare(request)
    step = 1 if page.seconds_a_byte else _PIECE
    while True:
        for start in range(0, len(page.body), step):
            await response.write(page.body[start : start + step])
            await asyncio.sleep(page.seconds_a_byte)
        if not page.endless:
            break
    if page.claims_bytes is not None and request.transport is not None:
        request.transport.close()
    return response
