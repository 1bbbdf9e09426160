"""Brave Search: an index of its own, by key."""

from typing import Any, Self

from ..errors import ServiceError
from ..http.client import CallLimits, HttpClient
from .base import ImageHit, TextHit
from .network import SEARCH_LIMITS, address_from_environment, key_from_environment
from .wire import Fields, address, entries, inner, picture_address, required, text, unlike

BASE_URL = "https://api.search.brave.com"
KEY_VARIABLE = "BRAVE_API_KEY"

_MOST_DOCUMENTS = 20
_MOST_CHARS, _MOST_WORDS = 400, 50
"""The service refuses longer queries."""


class Brave:
    """Speaks with Brave Search."""

    name = "brave"
    advice = {
        "key_refused": f"Check {KEY_VARIABLE}.",
        "busy": "The plan behind BRAVE_API_KEY may allow fewer queries a second; lower --parallel.",
    }
    downloads_at_once = None

    def __init__(self, *, key: str, base_url: str = BASE_URL, limits: CallLimits = SEARCH_LIMITS) -> None:
        """A client of the service at `base_url`."""
        self._base = base_url.rstrip("/")
        headers = {"X-Subscription-Token": key, "Accept": "application/json"}
        self._client = HttpClient("brave", headers=headers, secrets=(key,), limits=limits)

    @classmethod
    def from_environment(cls, *, limits: CallLimits = SEARCH_LIMITS) -> Self:
        """With BRAVE_API_KEY, at BRAVE_BASE_URL.

        Raises:
            UsageError: there is no key, or the address is none.
        """
        key = key_from_environment(KEY_VARIABLE, where="Brave Search's dashboard")
        return cls(key=key, base_url=address_from_environment("BRAVE_BASE_URL", BASE_URL), limits=limits)

    async def documents(self, query: str, *, top_k: int) -> list[TextHit]:
        """Pages for a query."""
        answer = await self._ask("web", query, min(top_k, _MOST_DOCUMENTS))
        # Where nothing was found the part is left out, but the answer still says what it is.
        found = entries(answer, "web", "results", who=self.name)
        if found is None and answer.get("type") != "search":
            found = required(answer, "web", "results", who=self.name)
        return unlike([_document(entry) for entry in found or []], by=lambda hit: hit.url, most=top_k)

    async def pictures(self, query: str, *, top_k: int) -> list[ImageHit]:
        """Pictures for a query."""
        answer = await self._ask("images", query, top_k)
        hits = [_picture(entry) for entry in required(answer, "results", who=self.name)]
        return unlike(hits, by=lambda hit: hit.image_url, most=top_k)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _ask(self, what: str, query: str, count: int) -> Any:
        short = " ".join(query.split()[:_MOST_WORDS])[:_MOST_CHARS]
        try:
            return await self._client.get(
                f"{self._base}/res/v1/{what}/search", {"q": short, "count": str(count)}, billed=True
            )
        except ServiceError as error:
            # A refused key comes as 422, the status of any request that is not well formed.
            if error.code == "SUBSCRIPTION_TOKEN_INVALID":
                raise ServiceError(str(error), fault="key_refused", status=error.status, code=error.code) from error
            raise


def _document(entry: Fields) -> TextHit:
    return TextHit(title=text(entry, "title"), url=address(entry, "url"), snippet=text(entry, "description"))


def _picture(entry: Fields) -> ImageHit:
    pictures = {"picture": inner(entry, "properties").get("url"), "thumbnail": inner(entry, "thumbnail").get("src")}
    return ImageHit(
        title=text(entry, "title", "source"),
        image_url=picture_address(pictures, picture=("picture", "thumbnail"), thumbnail=("thumbnail",)),
        page_url=address(entry, "url") or None,
    )
