"""A search provider whose documents and pictures are given, for tests of all that searches."""

import asyncio
from collections.abc import Mapping
from typing import TypeVar

from ..errors import SearchError
from ..search.base import ImageHit, TextHit

_T = TypeVar("_T")

TextShelf = Mapping[str, list[TextHit] | SearchError]
ImageShelf = Mapping[str, list[tuple[ImageHit, bytes | SearchError]] | SearchError]


class ShelfProvider:
    """Answers a query with what stands under it; a `SearchError` there is raised, anything else found empty."""

    def __init__(
        self, *, documents: TextShelf | None = None, pictures: ImageShelf | None = None, seconds: float = 0.0
    ) -> None:
        """A provider over two shelves, each answer taking `seconds`."""
        self._documents = documents or {}
        self._pictures = pictures or {}
        self._bytes = {
            hit.image_url: data
            for entries in self._pictures.values()
            if not isinstance(entries, SearchError)
            for hit, data in entries
        }
        self._seconds = seconds
        self.name = "shelf"
        self.asked: list[str] = []
        """Every query, in the order of asking."""

    async def search(self, query: str, *, top_k: int) -> list[TextHit]:
        """The documents under a query."""
        found = await self._look(query, self._documents)
        return found[:top_k]

    async def image_search(self, query: str, *, top_k: int) -> list[ImageHit]:
        """The pictures under a query."""
        found = await self._look(query, self._pictures)
        return [hit for hit, _ in found[:top_k]]

    async def fetch(self, hit: ImageHit) -> bytes:
        """The bytes that stand with a picture."""
        await asyncio.sleep(self._seconds)
        data = self._bytes.get(hit.image_url, SearchError("no such picture"))
        if isinstance(data, SearchError):
            raise data
        return data

    async def _look(self, query: str, shelf: Mapping[str, list[_T] | SearchError]) -> list[_T]:
        self.asked.append(query)
        await asyncio.sleep(self._seconds)
        found = shelf.get(query, [])
        if isinstance(found, SearchError):
            raise found
        return found
