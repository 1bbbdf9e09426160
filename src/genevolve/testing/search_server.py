"""A search server on loopback that speaks the formats of all services that this package knows.

    async with SearchServer(documents={"flag": [hit]}, key="secret") as server:
        os.environ.update(server.environment)

It answers as the real ones do: entities and tags in titles, fields that are
missing or null, the same hit twice, order by number, errors in each one's form.
"""

import asyncio
import html
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Self, get_args

from aiohttp import web

from ..search.base import ImageHit, TextHit
from .loopback import LoopbackServer

Fault = Literal[
    "break_off",
    "hang",
    "drip",
    "html",
    "half_json",
    "other_form",
    "busy",
    "busy_silent",
    "error",
    "redirect",
    "key_refused",
    "no_credit",
]
"""What goes wrong with one query; "busy" says how long to wait and "busy_silent" does not."""

FAULTS: tuple[Fault, ...] = get_args(Fault)

SECONDS_A_DRIP = 0.25


class SearchServer(LoopbackServer):
    """Answers a query with what stands under it, in the form that was asked for; use it with `async with`."""

    def __init__(
        self,
        *,
        documents: Mapping[str, Sequence[TextHit]] | None = None,
        pictures: Mapping[str, Sequence[ImageHit]] | None = None,
        key: str = "",
        faults: Sequence[Fault | None] | Callable[[int], Fault | None] = (),
        seconds: float = 0.0,
        silent_engines: Sequence[str] = (),
    ) -> None:
        """A server with these hits by query.

        Args:
            key: what a caller must show where a service wants a key; "" lets everyone in.
            faults: what happens to the first queries, in order, or to the query of a number (from 0).
            seconds: how long each answer takes.
            silent_engines: what the metasearch format tells of engines that did not answer.
        """
        self._documents = documents or {}
        self._pictures = pictures or {}
        self._key = key
        self._faults = faults
        self._seconds = seconds
        self._silent_engines = list(silent_engines)
        self.url = ""
        """The base address, once it is started."""
        self.asked: list[tuple[str, str]] = []
        """The path and the query of every call, in order, those that met a fault included."""
        self.heard: list[Mapping[str, str]] = []
        """The headers of each call."""
        self.at_once = 0
        """The most calls that were under way together."""
        self._now = 0

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point every provider here."""
        return {
            "SERPER_BASE_URL": self.url,
            "SERPER_API_KEY": self._key or "any",
            "BRAVE_BASE_URL": self.url,
            "BRAVE_API_KEY": self._key or "any",
            "SEARXNG_URL": self.url,
            "OPENVERSE_BASE_URL": self.url,
            "WIKIPEDIA_API_URL": f"{self.url}/w/api.php",
            "COMMONS_API_URL": f"{self.url}/w/api.php",
        }

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.add_routes(
            [
                web.post("/search", self._serper),
                web.post("/images", self._serper),
                web.get("/search", self._searxng),
                web.get("/res/v1/web/search", self._brave),
                web.get("/res/v1/images/search", self._brave),
                web.get("/v1/images/", self._openverse),
                web.get("/w/api.php", self._mediawiki),
            ]
        )
        self.url = f"http://{await self._start(app)}"
        return self

    async def _serper(self, request: web.Request) -> web.StreamResponse:
        asked: dict[str, Any] = await request.json()
        query, most = str(asked["q"]), int(asked["num"])
        if self._key and request.headers.get("X-API-KEY") != self._key:
            return web.json_response({"message": "Unauthorized.", "statusCode": 403}, status=403)
        if request.path == "/search":
            found = _dressed([_serper_document(hit) for hit in self._documents.get(query, [])])
            answer = {"searchParameters": {"q": query, "type": "search"}, "organic": found[: most + 3]}
        else:
            found = _dressed([_serper_picture(hit) for hit in self._pictures.get(query, [])])
            answer = {"searchParameters": {"q": query, "type": "images"}, "images": found[: most + 3]}
        return await self._reply(request, query, answer)

    async def _brave(self, request: web.Request) -> web.StreamResponse:
        query = request.query["q"]
        if self._key and request.headers.get("X-Subscription-Token") != self._key:
            error = {"code": "SUBSCRIPTION_TOKEN_INVALID", "detail": "The provided subscription token is invalid."}
            return web.json_response({"type": "ErrorResponse", "error": {**error, "status": 422}}, status=422)
        if "images" in request.path:
            found = _dressed([_brave_picture(hit) for hit in self._pictures.get(query, [])])
            return await self._reply(request, query, {"type": "images", "results": found})
        answer: dict[str, Any] = {"type": "search", "query": {"original": query}}
        if found := _dressed([_brave_document(hit) for hit in self._documents.get(query, [])]):
            answer["web"] = {"type": "search", "results": found}
        return await self._reply(request, query, answer)

    async def _searxng(self, request: web.Request) -> web.StreamResponse:
        query = request.query["q"]
        if request.query.get("format") != "json":
            return web.Response(text="<html>results</html>", content_type="text/html")
        if request.query.get("categories") == "images":
            found = _dressed([_searxng_picture(hit) for hit in self._pictures.get(query, [])])
        else:
            found = _dressed([_searxng_document(hit) for hit in self._documents.get(query, [])])
        silent = [[engine, "timeout"] for engine in self._silent_engines]
        answer = {"query": query, "number_of_results": 0, "results": found, "unresponsive_engines": silent}
        return await self._reply(request, query, answer)

    async def _openverse(self, request: web.Request) -> web.StreamResponse:
        query = request.query["q"]
        if int(request.query["page_size"]) > 20:
            detail = "page_size may not exceed 20 for anonymous requests"
            return web.json_response({"detail": detail}, status=401)
        found = _dressed([_openverse_picture(hit) for hit in self._pictures.get(query, [])])
        return await self._reply(request, query, {"result_count": len(found), "page_count": 1, "results": found})

    async def _mediawiki(self, request: web.Request) -> web.StreamResponse:
        query = request.query["gsrsearch"]
        answer: dict[str, Any] = {"batchcomplete": True}
        if request.query.get("gsrnamespace") == "6":
            query = query.removeprefix("filetype:bitmap|drawing ")
            pages = [_commons_file(hit, number) for number, hit in enumerate(self._pictures.get(query, []), 1)]
        else:
            pages = [_wikipedia_page(hit, number) for number, hit in enumerate(self._documents.get(query, []), 1)]
        if pages:
            # Pages come by their ids, which say nothing of the search.
            answer["query"] = {"pages": list(reversed(pages))}
        return await self._reply(request, query, answer)

    async def _reply(self, request: web.Request, query: str, answer: dict[str, Any]) -> web.StreamResponse:
        number = len(self.asked)
        self.asked.append((request.path, query))
        self.heard.append(request.headers)
        self._now += 1
        self.at_once = max(self.at_once, self._now)
        try:
            await asyncio.sleep(self._seconds)
            fault = self._faults(number) if callable(self._faults) else dict(enumerate(self._faults)).get(number)
            if fault == "drip":
                return await _drip(answer, request)
            return web.json_response(answer) if fault is None else await _fail(fault, request)
        finally:
            self._now -= 1


async def _drip(answer: dict[str, Any], request: web.Request) -> web.StreamResponse:
    """The answer, a few bytes at a time."""
    body = json.dumps(answer).encode()
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(body))})
    await response.prepare(request)
    for start in range(0, len(body), 8):
        await response.write(body[start : start + 8])
        await asyncio.sleep(SECONDS_A_DRIP)
    return response


async def _fail(fault: Fault, request: web.Request) -> web.StreamResponse:
    match fault:
        case "break_off":
            if request.transport is not None:
                request.transport.close()
            return web.Response()
        case "hang":
            await asyncio.sleep(3600)
            return web.Response()
        case "html":
            return web.Response(text="<html><body>Just a moment…</body></html>", content_type="text/html")
        case "half_json":
            return web.Response(text='{"organic": [{"title": "cut', content_type="application/json")
        case "other_form":
            return web.json_response(["ok"])
        case "busy":
            return web.json_response({"message": "slow down"}, status=429, headers={"Retry-After": "0"})
        case "busy_silent":
            return web.json_response({"message": "slow down"}, status=429)
        case "error":
            return web.Response(status=500, text="Internal Server Error")
        case "redirect":
            return web.Response(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})
        case "key_refused":
            return web.json_response({"message": "Unauthorized."}, status=403)
        case "no_credit":
            return web.json_response({"message": "Not enough credits", "statusCode": 400}, status=400)
        case "drip":
            raise AssertionError("a dripped answer is an answer")


def _dressed(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The hits as they come: one more without an address and one of null fields, and the first one twice."""
    if not found:
        return []
    return [{"title": "no address"}, found[0], dict.fromkeys(found[0]), found[0], *found[1:]]


def _marked(words: str) -> str:
    """Words as a results page has them: the first in bold, entities for what HTML reserves."""
    first, space, rest = words.partition(" ")
    return f"<strong>{html.escape(first)}</strong>{space}{html.escape(rest)}"


def _protocol_relative(url: str) -> str:
    return url.removeprefix("https:") if url.startswith("https:") else url


def _serper_document(hit: TextHit) -> dict[str, Any]:
    return {"title": hit.title, "link": hit.url, "snippet": hit.snippet, "position": 1}


def _serper_picture(hit: ImageHit) -> dict[str, Any]:
    thumbnail = f"{hit.image_url}.thumbnail.jpg"
    return {"title": hit.title, "imageUrl": hit.image_url, "thumbnailUrl": thumbnail, "link": hit.page_url}


def _brave_document(hit: TextHit) -> dict[str, Any]:
    return {"title": html.escape(hit.title), "url": hit.url, "description": _marked(hit.snippet)}


def _brave_picture(hit: ImageHit) -> dict[str, Any]:
    return {
        "type": "image_result",
        "title": html.escape(hit.title),
        "url": hit.page_url,
        "thumbnail": {"src": f"{hit.image_url}.thumbnail.jpg"},
        "properties": {"url": hit.image_url, "placeholder": None},
    }


def _searxng_document(hit: TextHit) -> dict[str, Any]:
    return {"title": hit.title, "url": hit.url, "content": hit.snippet, "engine": "a", "img_src": None}


def _searxng_picture(hit: ImageHit) -> dict[str, Any]:
    return {
        "title": hit.title,
        "url": hit.page_url,
        "img_src": _protocol_relative(hit.image_url),
        "thumbnail_src": f"{hit.image_url}.thumbnail.jpg",
        "content": "",
    }


def _openverse_picture(hit: ImageHit) -> dict[str, Any]:
    """A licence such as "CC BY-SA 4.0" is told in parts."""
    code, _, version = (hit.licence or "").removeprefix("CC ").rpartition(" ")
    return {
        "title": hit.title,
        "url": hit.image_url,
        "thumbnail": f"{hit.image_url}.thumbnail.jpg",
        "foreign_landing_url": hit.page_url,
        "creator": hit.author,
        "license": code.lower() or None,
        "license_version": version or None,
    }


def _wikipedia_page(hit: TextHit, number: int) -> dict[str, Any]:
    return {
        "pageid": 1000 - number,
        "ns": 0,
        "title": hit.title,
        "index": number,
        "extract": hit.snippet,
        "fullurl": hit.url,
        "canonicalurl": hit.url,
    }


def _commons_file(hit: ImageHit, number: int) -> dict[str, Any]:
    author = html.escape(hit.author or "")
    told = {
        "LicenseShortName": {"value": hit.licence, "source": "commons-desc-page"},
        "Artist": {"value": f'<a href="//commons.wikimedia.org/wiki/User:X" title="x">{author}</a>'},
        "ImageDescription": {"value": f"<p>{html.escape(hit.title)}</p>"},
    }
    info = {
        "url": f"{hit.image_url}.original.svg",
        "thumburl": hit.image_url,
        "descriptionurl": hit.page_url,
        "mime": "image/svg+xml",
        "extmetadata": told if hit.licence else {},
    }
    return {"pageid": 1000 - number, "ns": 6, "title": f"File:{hit.title}.svg", "index": number, "imageinfo": [info]}
