"""What a search provider is: a query in, hits out, and the bytes of an image on demand."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True, kw_only=True)
class TextHit:
    """A document that answers a query."""

    title: str
    url: str
    snippet: str
    """The passage that matched, at most a few sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageHit:
    """An image that answers a query; its bytes come from `Provider.fetch`."""

    title: str
    image_url: str
    page_url: str | None = None
    licence: str | None = None
    author: str | None = None


class Provider(Protocol):
    """A source of text and images. Every method may wait on a network and is bounded in time by its maker."""

    @property
    def name(self) -> str:
        """What it is called in settings and records, with what tells two of a kind apart: "atlas", "local:3f2a…"."""
        ...

    async def search(self, query: str, *, top_k: int) -> list[TextHit]:
        """Documents for a query, best first; an empty list where there are none.

        Raises:
            SearchError: the provider could not answer.
        """
        ...

    async def image_search(self, query: str, *, top_k: int) -> list[ImageHit]:
        """Images for a query, best first; an empty list where there are none.

        Raises:
            SearchError: the provider could not answer.
        """
        ...

    async def fetch(self, hit: ImageHit) -> bytes:
        """The bytes of an image that this provider found; an `ImageStore` proves that they are one.

        Raises:
            SearchError: the image cannot be had.
        """
        ...


@runtime_checkable
class Keeper(Protocol):
    """What a provider that puts its pictures into a store by itself can do besides."""

    async def keep(self, hit: ImageHit) -> str:
        """The digest under which its store has the picture.

        Raises:
            SearchError: the image cannot be had.
        """
        ...


@runtime_checkable
class Remote(Protocol):
    """What a provider over a network can do besides."""

    async def check(self) -> None:
        """Ask something small, so that a refused key or a wrong address is found before the work begins.

        Raises:
            UsageError: the key is refused.
            SearchError: the service could not answer.
        """
        ...

    async def close(self) -> None:
        """Close the connections; it can be used again, on another event loop too."""
        ...
