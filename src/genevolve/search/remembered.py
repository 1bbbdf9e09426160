"""A provider that asks nothing twice, and one that answers from a record alone.

An answer is looked for in the run's own record first, then in the user's cache,
and only then asked for; requests in flight are made once. What failed is
recorded under the attempt that met it, for replay, and never served to a run
that can ask again.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from ..errors import ImageError, SearchError, StoreError
from ..http.once import Once
from ..records import digest_of
from ..store.cache import AnswerStore
from ..store.images import ImageStore
from .base import ImageHit, Provider, Remote, TextHit

ATTEMPT: ContextVar[str] = ContextVar("ATTEMPT", default="")
"""The id of the trajectory on whose behalf something is asked: a query may fail for one and not for the next."""
_TIMED_OUT = b'{"timed_out": true}'


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
        self._once = Once[bytes]()
        self._failures: Counter[tuple[str, str]] = Counter()
        """How often each question failed for each attempt that met failures."""

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
            if self._cache is not None and self._pictures is not None:
                self._pictures.share(digest, self._images)
                self._cache.put(key, digest.encode())
            return digest

        return await self._answer(("fetch", hit.image_url), ask, shared=False)

    async def check(self) -> None:
        """Find out whether the provider behind it would answer; a replay has none."""
        if isinstance(self._provider, Remote):
            await self._provider.check()

    async def close(self) -> None:
        """Close the provider behind it and the files of answers; it can be used again."""
        await self._once.close()
        if isinstance(self._provider, Remote):
            await self._provider.close()
        self._record.close()
        if self._cache is not None:
            self._cache.close()

    async def _kept_picture(self, key: str) -> str | None:
        """The digest of a picture that an earlier run left in the cache, now in this run's store too."""
        # Not by their truth: a store's is its length, and to count it takes as long as it is large.
        if self._cache is None or self._pictures is None or (kept := self._cache.get(key)) is None:
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
        try:
            body = self._replayed(digest) if self._provider is None else self._remembered(digest, shared=shared)
            if body is None:
                body = await self._once.do(digest, lambda: self._ask(digest, ask, shared=shared))
        except asyncio.CancelledError:
            self._note_failure(digest, _TIMED_OUT)
            raise
        answer = json.loads(body)
        if "found" in answer:
            if self._provider is not None and self._record.get(own := self._own(digest)):
                self._record.drop(own)  # an earlier try of this attempt failed here
            return answer["found"]
        self._note_failure(digest, body)
        raise TimeoutError if "timed_out" in answer else SearchError(answer["failed"])

    def _replayed(self, digest: str) -> bytes:
        """What this attempt was answered, else what any was."""
        recorded = self._record.get(self._own(digest)) or self._record.get(digest)
        if recorded is None:
            raise SearchError("this was not recorded, and a replay asks nobody")
        return recorded

    def _remembered(self, digest: str, *, shared: bool) -> bytes | None:
        recorded = self._record.get(digest)
        if recorded is not None and not recorded.startswith(b'{"failed"'):
            return recorded
        kept = self._cache.get(digest) if self._cache is not None and shared else None
        if kept is not None:
            self._record.put(digest, kept)
        return kept

    async def _ask(self, digest: str, ask: Callable[[Provider], Awaitable[Any]], *, shared: bool) -> bytes:
        assert self._provider is not None, "a replay has no provider to ask"
        try:
            body = json.dumps({"found": await ask(self._provider)}).encode()
        except SearchError as error:
            body = json.dumps({"failed": str(error)}).encode()
        else:
            if self._cache is not None and shared:
                self._cache.put(digest, body)
        self._record.put(digest, body)
        return body

    def _own(self, digest: str) -> str:
        """The name of what this attempt meets when it asks this, after as many failures as it has met."""
        attempt = ATTEMPT.get()
        return digest_of(digest, attempt, self._failures.get((attempt, digest), 0))

    def _note_failure(self, digest: str, body: bytes) -> None:
        if self._provider is not None:
            self._record.put(self._own(digest), body)
        self._failures[ATTEMPT.get(), digest] += 1
