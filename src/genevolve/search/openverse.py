"""Openverse: pictures under open licences, with their makers."""

from typing import Self

from ..errors import NotOfferedError
from ..http.client import CallLimits, HttpClient
from ..http.user_agent import user_agent
from .base import ImageHit, TextHit
from .network import SEARCH_LIMITS, address_from_environment
from .wire import Fields, address, picture_address, required, text, unlike

BASE_URL = "https://api.openverse.org"

_MOST_A_PAGE = 20
"""Without an account, a larger page is refused."""
_A_MINUTE = 20
"""Queries a minute that the public service takes without an account."""


class Openverse:
    """Speaks with Openverse."""

    name = "openverse"
    advice = {"busy": "Without an account the service takes 20 queries a minute and 200 a day."}
    downloads_at_once = None

    def __init__(self, *, base_url: str = BASE_URL, limits: CallLimits = SEARCH_LIMITS) -> None:
        """A client of the service at `base_url`; the public one is asked no more often than it allows."""
        self._base = base_url.rstrip("/")
        self._client = HttpClient(
            "openverse",
            headers={"User-Agent": user_agent()},
            limits=limits,
            rpm=_A_MINUTE if self._base == BASE_URL else None,
        )

    @classmethod
    def from_environment(cls, *, limits: CallLimits = SEARCH_LIMITS) -> Self:
        """At OPENVERSE_BASE_URL, else at the public service.

        Raises:
            UsageError: the address is none.
        """
        return cls(base_url=address_from_environment("OPENVERSE_BASE_URL", BASE_URL), limits=limits)

    async def documents(self, query: str, *, top_k: int) -> list[TextHit]:  # noqa: ARG002 - no query has an answer
        """Nothing: it has no documents.

        Raises:
            NotOfferedError: always.
        """
        raise NotOfferedError("openverse has pictures only; join it with another provider: wikimedia,openverse")

    async def pictures(self, query: str, *, top_k: int) -> list[ImageHit]:
        """Pictures for a query."""
        answer = await self._client.get(
            f"{self._base}/v1/images/", {"q": query, "page_size": str(min(top_k, _MOST_A_PAGE))}
        )
        hits = [_picture(entry) for entry in required(answer, "results", who=self.name)]
        return unlike(hits, by=lambda hit: hit.image_url, most=top_k)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()


def _picture(entry: Fields) -> ImageHit:
    return ImageHit(
        title=text(entry, "title") or "untitled",
        image_url=picture_address(entry, picture=("url", "thumbnail"), thumbnail=("thumbnail",)),
        page_url=address(entry, "foreign_landing_url") or None,
        licence=_licence(entry) or None,
        author=text(entry, "creator") or None,
    )


def _licence(entry: Fields) -> str:
    """The licence as people write it: "by-sa" in version 4.0 is "CC BY-SA 4.0"."""
    code = text(entry, "license").lower()
    if not code:
        return ""
    names = {"pdm": "Public Domain Mark", "cc0": "CC0"}
    return f"{names.get(code) or f'CC {code.upper()}'} {text(entry, 'license_version')}".strip()
