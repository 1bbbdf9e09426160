"""Serper: Google's results for documents and pictures, by key."""

from typing import Any, Self

from ..http.client import CallLimits, HttpClient
from .base import ImageHit, TextHit
from .network import SEARCH_LIMITS, address_from_environment, key_from_environment
from .wire import Fields, address, picture_address, required, text, unlike

BASE_URL = "https://google.serper.dev"
KEY_VARIABLE = "SERPER_API_KEY"


class Serper:
    """Speaks with Serper, or with what speaks like it."""

    name = "serper"
    advice = {"key_refused": f"Check {KEY_VARIABLE}."}
    downloads_at_once = None

    def __init__(self, *, key: str, base_url: str = BASE_URL, limits: CallLimits = SEARCH_LIMITS) -> None:
        """A client of the service at `base_url`."""
        self._base = base_url.rstrip("/")
        self._client = HttpClient("serper", headers={"X-API-KEY": key}, secrets=(key,), limits=limits)

    @classmethod
    def from_environment(cls, *, limits: CallLimits = SEARCH_LIMITS) -> Self:
        """With SERPER_API_KEY, at SERPER_BASE_URL.

        Raises:
            UsageError: there is no key, or the address is none.
        """
        key = key_from_environment(KEY_VARIABLE, where="serper.dev")
        return cls(key=key, base_url=address_from_environment("SERPER_BASE_URL", BASE_URL), limits=limits)

    async def documents(self, query: str, *, top_k: int) -> list[TextHit]:
        """Pages for a query."""
        answer = await self._ask("search", query, top_k)
        hits = [_document(entry) for entry in required(answer, "organic", who=self.name)]
        return unlike(hits, by=lambda hit: hit.url, most=top_k)

    async def pictures(self, query: str, *, top_k: int) -> list[ImageHit]:
        """Pictures for a query."""
        answer = await self._ask("images", query, top_k)
        hits = [_picture(entry) for entry in required(answer, "images", who=self.name)]
        return unlike(hits, by=lambda hit: hit.image_url, most=top_k)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _ask(self, what: str, query: str, top_k: int) -> Any:
        # Every query is billed, so one whose answer was lost is not sent again.
        return await self._client.post(f"{self._base}/{what}", {"q": query, "num": top_k}, billed=True)


def _document(entry: Fields) -> TextHit:
    return TextHit(title=text(entry, "title"), url=address(entry, "link"), snippet=text(entry, "snippet"))


def _picture(entry: Fields) -> ImageHit:
    return ImageHit(
        title=text(entry, "title", "source", "domain"),
        image_url=picture_address(entry, picture=("imageUrl", "thumbnailUrl"), thumbnail=("thumbnailUrl",)),
        page_url=address(entry, "link") or None,
        author=text(entry, "creator", "credit") or None,
        licence=text(entry, "copyright") or None,
    )
