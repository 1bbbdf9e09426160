"""SearXNG: a metasearch server of one's own."""

from typing import Any, Self, cast

from ..errors import SearchError
from ..http.client import CallLimits, HttpClient
from ..language.text import one_line
from .base import ImageHit, TextHit
from .network import SEARCH_LIMITS, address_from_environment
from .wire import Fields, address, picture_address, required, text, unlike

URL_VARIABLE = "SEARXNG_URL"


class Searxng:
    """Speaks with a SearXNG server."""

    name = "searxng"
    advice = {
        "key_refused": 'Its settings.yml may not allow JSON: "formats" under "search" needs json beside html.',
        "broken": f'Is {URL_VARIABLE} right, and json among the "formats" in its settings.yml?',
    }
    downloads_at_once = None

    def __init__(self, *, base_url: str, limits: CallLimits = SEARCH_LIMITS) -> None:
        """A client of the server at `base_url`, with the path that it may be mounted under."""
        self._base = base_url.rstrip("/").removesuffix("/search")
        self._client = HttpClient("searxng", headers={"Accept": "application/json"}, limits=limits)

    @classmethod
    def from_environment(cls, *, limits: CallLimits = SEARCH_LIMITS) -> Self:
        """At SEARXNG_URL.

        Raises:
            UsageError: it is not set, or is no address.
        """
        return cls(base_url=address_from_environment(URL_VARIABLE), limits=limits)

    async def documents(self, query: str, *, top_k: int) -> list[TextHit]:
        """Pages for a query."""
        found = await self._ask("general", query)
        return unlike([_document(entry) for entry in found], by=lambda hit: hit.url, most=top_k)

    async def pictures(self, query: str, *, top_k: int) -> list[ImageHit]:
        """Pictures for a query."""
        found = await self._ask("images", query)
        return unlike([_picture(entry) for entry in found], by=lambda hit: hit.image_url, most=top_k)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _ask(self, category: str, query: str) -> list[Fields]:
        answer = await self._client.get(f"{self._base}/search", {"q": query, "format": "json", "categories": category})
        found = required(answer, "results", who=self.name)
        # Engines that fail leave a list that is empty like one without hits.
        if not found and (silent := _silent_engines(answer)):
            raise SearchError(f"searxng got no answer from its engines: {silent}")
        return found


def _silent_engines(answer: Fields) -> str:
    engines = answer.get("unresponsive_engines")
    told: list[str] = []
    for engine in cast(list[Any], engines) if isinstance(engines, list) else []:
        parts = cast(list[Any], engine) if isinstance(engine, list) else [engine]
        told.append(" ".join(str(part) for part in parts[:2]))
    return one_line("; ".join(told[:5]))


def _document(entry: Fields) -> TextHit:
    return TextHit(title=text(entry, "title"), url=address(entry, "url"), snippet=text(entry, "content"))


def _picture(entry: Fields) -> ImageHit:
    return ImageHit(
        title=text(entry, "title", "content", "source"),
        image_url=picture_address(entry, picture=("img_src", "thumbnail_src"), thumbnail=("thumbnail_src",)),
        page_url=address(entry, "url") or None,
        author=text(entry, "author") or None,
    )
