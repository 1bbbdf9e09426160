"""A provider over a network: one service that is asked, one downloader that fetches, failures in words.

A service speaks one wire format and nothing else. What all of them need is here:
the same question asked by several at once goes out once, what goes wrong becomes
a `SearchError`, and pictures come through the one door to addresses of the world.
"""

import asyncio
import os
from collections.abc import Awaitable, Mapping
from typing import Protocol, TypeVar

from ..errors import DownloadError, NotOfferedError, SearchError, ServiceError, UsageError
from ..http.client import CallLimits
from ..http.guard import Downloader
from ..http.once import Once
from .base import ImageHit, TextHit

SEARCH_LIMITS = CallLimits(seconds=20.0, connect_seconds=5.0, tries=4, longest_wait=20.0)
"""A tool's call has a minute for the search and its downloads."""

_T = TypeVar("_T")


class Service(Protocol):
    """What speaks one search service's format."""

    @property
    def name(self) -> str:
        """What it is called in settings and records."""
        ...

    @property
    def advice(self) -> Mapping[str, str]:
        """What to do about a `ServiceFault`, where this service has something to say on it."""
        ...

    @property
    def downloads_at_once(self) -> int | None:
        """How many of its pictures it wants fetched at once; None where it does not say."""
        ...

    async def documents(self, query: str, *, top_k: int) -> list[TextHit]:
        """Documents for a query, best first.

        Raises:
            ServiceError: it did not serve.
            SearchError: it answered in another form.
        """
        ...

    async def pictures(self, query: str, *, top_k: int) -> list[ImageHit]:
        """Pictures for a query, best first.

        Raises:
            ServiceError: it did not serve.
            SearchError: it answered in another form.
        """
        ...

    async def close(self) -> None:
        """Close its connections."""
        ...


class NetworkProvider:
    """A search service as a provider."""

    def __init__(self, service: Service, *, downloads: Downloader | None = None) -> None:
        """A provider that asks `service`.

        Args:
            downloads: fetches the pictures, and is closed with the provider; None makes one with the usual limits.
        """
        self._service = service
        self._downloads = downloads or Downloader()
        self._documents = Once[list[TextHit]]()
        self._pictures = Once[list[ImageHit]]()
        self._slots: asyncio.Semaphore | None = None

    @property
    def name(self) -> str:
        """The service's name."""
        return self._service.name

    async def search(self, query: str, *, top_k: int) -> list[TextHit]:
        """Documents for a query, best first.

        Raises:
            SearchError: the service could not answer.
        """

        async def ask() -> list[TextHit]:
            return await self._in_words(self._service.documents(query, top_k=top_k))

        return list(await self._documents.do((query, top_k), ask))

    async def image_search(self, query: str, *, top_k: int) -> list[ImageHit]:
        """Pictures for a query, best first.

        Raises:
            SearchError: the service could not answer.
        """

        async def ask() -> list[ImageHit]:
            return await self._in_words(self._service.pictures(query, top_k=top_k))

        return list(await self._pictures.do((query, top_k), ask))

    async def fetch(self, hit: ImageHit) -> bytes:
        """The bytes behind a hit's address, as they came: an `ImageStore` proves that they are a picture.

        Raises:
            SearchError: the address must not be opened, or cannot be had.
        """
        try:
            if self._service.downloads_at_once is None:
                return await self._downloads.download(hit.image_url)
            self._slots = self._slots or asyncio.Semaphore(self._service.downloads_at_once)
            async with self._slots:
                return await self._downloads.download(hit.image_url)
        except DownloadError as error:
            raise SearchError(str(error)) from error

    async def check(self) -> None:
        """Ask something small, so that a refused key or a wrong address is found before the work begins.

        Raises:
            UsageError: the key is refused.
            SearchError: the service could not answer.
        """
        try:
            try:
                await self._service.documents("flag", top_k=1)
            except NotOfferedError:
                await self._service.pictures("flag", top_k=1)
        except ServiceError as error:
            words = self._told(error)
            raise (UsageError(words) if error.fault == "key_refused" else SearchError(words)) from error

    async def close(self) -> None:
        """End what is under way and close the connections, the downloader's too; it can be used again afterwards."""
        await self._documents.close()
        await self._pictures.close()
        await self._service.close()
        self._slots = None
        await self._downloads.close()

    async def _in_words(self, answer: Awaitable[_T]) -> _T:
        try:
            return await answer
        except ServiceError as error:
            raise SearchError(self._told(error)) from error

    def _told(self, error: ServiceError) -> str:
        advice = self._service.advice.get(error.fault)
        return f"{error}. {advice}" if advice else str(error)


def key_from_environment(variable: str, *, where: str) -> str:
    """A key from the environment.

    Raises:
        UsageError: it is not set.
    """
    key = os.environ.get(variable, "").strip()
    if not key:
        raise UsageError(f"{variable} is not set; expected a key from {where}. Export it, or choose another --search.")
    if not key.isprintable() or not key.isascii():
        raise UsageError(f"{variable} holds something that is no key: expected plain letters and digits on one line")
    return key


def address_from_environment(variable: str, default: str = "") -> str:
    """The base address of a service: the variable's, else the default; without a slash at its end.

    Raises:
        UsageError: there is neither, or it is no http or https address.
    """
    url = os.environ.get(variable, "").strip() or default
    if not url:
        raise UsageError(f"{variable} is not set; expected the server's address, such as http://localhost:8080")
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"{variable} is {url!r}; expected an address that begins with http:// or https://")
    return url.rstrip("/")
