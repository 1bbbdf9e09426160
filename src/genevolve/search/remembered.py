"""A provider that asks nothing twice, and one that answers from a record alone.

An answer is looked for in the run's own record first, then in the user's cache,
and only then asked for; requests in flight are made once. What failed is
recorded for replay and never served to a run that can ask again.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from ..errors import ImageError, SearchError, StoreError
from ..records import digest_of
from ..store.cache import AnswerStore
from ..store.images import ImageStore
from .base import ImageHit, Provider, Remote, TextHit


class RememberedProvider:
    """Wraps a provider; without one, it replays the record."""

    def __init__(
        self,
        provider: Provider | None,
        *,
        images: ImageStore,
        record: AnswerStore,
        cache: AnswerStore | None = None,
        pictures: ImageStore | None = None,
        name: str | None = None,
    ) -> None:
        """Answers of `provider`, remembered.

        Args:
            provider: what is asked; None asks nobody.
            images: the run's pictures.
            record: the run's own answers.
            cache: answers kept between runs.
            pictures: the pictures of the answers kept between runs.
            name: what the provider is called, where there is none.
        """
        self._provider = provider
        self._name = provider.name if provider is not None else name or "replay"
        self._images = images
        self._record = record
        self._cache = cache
        self._pictures = pictures
        self._under_way: dict[str, asyncio.Future[bytes]] = {}

    @property
    def name(self) -> str:
        """The name of the provider behind it."""
        return self._name

    async def search(self, query: str, *, top_k: int) -> list[TextHit]:
        """Documents for a query, asked for at most once.

        Raises:
            SearchError: the provider could not answer, or the record has no answer.
        """

        async def ask(provider: Provider) -> Any:
            return [[hit.title, hit.url, hit.snippet] for hit in await provider.search(query, top_k=top_k)]

        rows = await self._answer(("search", query, top_k), ask)
        return [TextHit(title=title, url=url, snippet=snippet) for title, url, snippet in rows]

    async def image_search(self, query: str, *, top_k: int) -> list[ImageHit]:
        """Images for a query, asked for at most once.

        Raises:
            SearchError: the provider could not answer, or the record has no answer.
        """

        async def ask(provider: Provider) -> Any:
            hits = await provider.image_search(query, top_k=top_k)
            return [[hit.title, hit.image_url, hit.page_url, hit.licence, hit.author] for hit in hits]

        rows = await self._answer(("image_search", query, top_k), ask)
        return [
            ImageHit(title=title, image_url=url, page_url=page, licence=licence, author=author)
            for title, url, page, licence, author in rows
        ]

    async def fetch(self, hit: ImageHit) -> bytes:
        """The bytes of an image, as they are kept.

        Raises:
            SearchError: the image cannot be had.
        """
        return self._images.read(await self.keep(hit))

    async def keep(self, hit: ImageHit) -> str:
        """The digest of an image, downloaded at most once; the record names it, the run's store has it.

        Raises:
            SearchError: the image cannot be had.
        """

        async def ask(provider: Provider) -> str:
            key = digest_of(self._name, "picture", hit.image_url)
            kept = await self._kept_picture(key)
            if kept is not None:
                return kept
            data = await provider.fetch(hit)
            try:
                digest = await asyncio.to_thread(self._images.add, data)
            except ImageError as error:
                raise SearchError(str(error)) from error
            if self._cache and self._pictures:
                self._pictures.share(digest, self._images)
                self._cache.put(key, digest.encode())
            return digest

        return await self._answer(("fetch", hit.image_url), ask, shared=False)

    async def check(self) -> None:
        """Find out whether the provider behind it would answer; a replay has none."""
        if isinstance(self._provider, Remote):
            await self._provider.check()

    async def close(self) -> None:
        """Close the provider behind it."""
        if isinstance(self._provider, Remote):
            await self._provider.close()

    async def _kept_picture(self, key: str) -> str | None:
        """The digest of a picture that an earlier run left in the cache, now in this run's store too."""
        kept = self._cache.get(key) if self._cache and self._pictures else None
        if kept is None or self._pictures is None:
            return None
        digest = kept.decode()
        try:
            await asyncio.to_thread(self._images.take, digest, self._pictures)
        except StoreError:  # its file is gone or was changed, and is fetched anew
            self._pictures.discard(digest)
            return None
        return digest

    async def _answer(
        self, asked: tuple[object, ...], ask: Callable[[Provider], Awaitable[Any]], *, shared: bool = True
    ) -> Any:
        """What was found; `shared` answers go to the user's cache too."""
        digest = digest_of(self._name, *asked)
        remembered = self._remembered(digest, shared=shared)
        if remembered is None:
            remembered = await self._once(digest, ask, shared=shared)
        answer = json.loads(remembered)
        if "failed" in answer:
            raise SearchError(answer["failed"])
        return answer["found"]

    def _remembered(self, digest: str, *, shared: bool) -> bytes | None:
        recorded = self._record.get(digest)
        if recorded is not None and (self._provider is None or not recorded.startswith(b'{"failed"')):
            return recorded
        if self._provider is None:
            raise SearchError("this was not recorded, and a replay asks nobody")
        kept = self._cache.get(digest) if self._cache and shared else None
        if kept is not None:
            self._record.put(digest, kept)
        return kept

    async def _once(self, digest: str, ask: Callable[[Provider], Awaitable[Any]], *, shared: bool) -> bytes:
        """Ask the provider; who wants the same meanwhile waits for the same answer."""
        waiting = self._under_way.get(digest)
        if waiting is not None:
            return await asyncio.shield(waiting)
        task = asyncio.ensure_future(self._ask(digest, ask, shared=shared))
        self._under_way[digest] = task
        task.add_done_callback(lambda _: self._under_way.pop(digest, None))
        return await asyncio.shield(task)

    async def _ask(self, digest: str, ask: Callable[[Provider], Awaitable[Any]], *, shared: bool) -> bytes:
        assert self._provider is not None, "a replay has no provider to ask"
        try:
            body = json.dumps({"found": await ask(self._provider)}).encode()
        except SearchError as error:
            body = json.dumps({"failed": str(error)}).encode()
        else:
            if self._cache and shared:
                self._cache.put(digest, body)
        self._record.put(digest, body)
        return body
