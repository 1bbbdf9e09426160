"""An embeddings server on loopback: vectors that follow from the texts, and every usual way to answer wrong."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, Self

from aiohttp import web

from .loopback import LoopbackServer

EmbedFault = Literal["busy", "error", "html", "too_few", "ragged", "nan", "no_data"]
"""What goes wrong with one call."""


class EmbedServer(LoopbackServer):
    """Answers with `vector_of` each text, last text first: order is in `index` alone, as the API says."""

    def __init__(
        self,
        vector_of: Callable[[str], Sequence[float]],
        *,
        faults: Sequence[EmbedFault | None] = (),
        key: str = "",
    ) -> None:
        """A server that is started by `async with`.

        Args:
            faults: what happens to the first calls, in order; None is no fault.
            key: what a caller must show; "" lets everyone in.
        """
        self._vector_of = vector_of
        self._faults = list(faults)
        self._key = key
        self.url = ""
        """The base address, once it is started."""
        self.heard: list[dict[str, Any]] = []
        """The payloads of all calls, in order."""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/v1/embeddings", self._embed)
        self.url = f"http://{await self._start(app)}/v1"
        return self

    async def _embed(self, request: web.Request) -> web.Response:
        payload: dict[str, Any] = await request.json()
        number = len(self.heard)
        self.heard.append(payload)
        if self._key and request.headers.get("Authorization") != f"Bearer {self._key}":
            return web.json_response({"error": {"message": "Unauthorized"}}, status=401)
        vectors = [list(map(float, self._vector_of(text))) for text in payload["input"]]
        match self._faults[number] if number < len(self._faults) else None:
            case "busy":
                return web.json_response({}, status=429, headers={"Retry-After": "0"})
            case "error":
                return web.json_response({"error": {"message": "the input is too long"}}, status=400)
            case "html":
                return web.Response(text="<html>hello</html>", content_type="text/html")
            case "no_data":
                return web.json_response({"object": "list"})
            case "too_few":
                vectors = vectors[:-1]
            case "ragged":
                vectors[-1] = vectors[-1][:-1]
            case "nan":
                vectors[-1][0] = float("nan")
            case None:
                pass
        data = [{"object": "embedding", "index": at, "embedding": vector} for at, vector in enumerate(vectors)]
        return web.json_response({"object": "list", "model": payload["model"], "data": data[::-1]})
