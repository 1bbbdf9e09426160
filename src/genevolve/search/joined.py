"""Several providers asked side by side, their hits taken in turn."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain, zip_longest
from typing import TypeVar

from ..errors import NotOfferedError, SearchError
from .base import ImageHit, Provider, Remote, TextHit

_Hit = TypeVar("_Hit", TextHit, ImageHit)

_REMEMBERED = 20_000
"""Pictures whose finder is remembered; those of a call under way are always among the newest."""


class JoinedProvider:
    """Answers with the best hit of each provider, then the second best of each, and so on, each address once.

    Where some providers fail, the hits of the others stand; it fails where
    there are no hits at all and a provider could not answer. One that never
    answers questions of the kind is passed over, unless it is the only one.
    """

    def __init__(self, providers: Sequence[Provider]) -> None:
        self._providers = tuple(providers)
        self._found_by: dict[str, Provider] = {}

    @property
    def name(self) -> str:
        """The names of all of them: "atlas,local:3f2a…"."""
        return ",".join(provider.name for provider in self._providers)

    async def search(self, query: str, *, top_k: int) -> list[TextHit]:
        """Documents of every provider for a query, taken in turn."""
        answers = await self._ask(lambda provider: provider.search(query, top_k=top_k))
        return _in_turn([hits for _, hits in answers])[:top_k]

    async def image_search(self, query: str, *, top_k: int) -> list[ImageHit]:
        """Images of every provider for a query, taken in turn."""
        answers = await self._ask(lambda provider: provider.image_search(query, top_k=top_k))
        for provider, hits in answers:
            for hit in hits:
                self._found_by.pop(hit.image_url, None)
                self._found_by[hit.image_url] = provider
        while len(self._found_by) > _REMEMBERED:
            del self._found_by[next(iter(self._found_by))]
        return _in_turn([hits for _, hits in answers])[:top_k]

    async def fetch(self, hit: ImageHit) -> bytes:
        """The bytes of an image, from the provider that found it.

        Raises:
            SearchError: no provider here found it, or the one that did cannot give it.
        """
        provider = self._found_by.get(hit.image_url)
        if provider is None:
            raise SearchError(f"none of {self.name} found the picture {hit.image_url!r}; search for it first")
        return await provider.fetch(hit)

    async def check(self) -> None:
        """Check each provider that is over a network.

        Raises:
            UsageError: the key of one is refused.
            SearchError: none of all the providers can answer.
        """
        failures: list[str] = []
        for provider in self._providers:
            try:
                if isinstance(provider, Remote):
                    await provider.check()
            except SearchError as error:
                failures.append(f"{provider.name}: {error}")
        if len(failures) == len(self._providers):
            raise SearchError("; ".join(failures))

    async def close(self) -> None:
        """Close each provider that is over a network."""
        for provider in self._providers:
            if isinstance(provider, Remote):
                await provider.close()

    async def _ask(self, question: Callable[[Provider], Awaitable[list[_Hit]]]) -> list[tuple[Provider, list[_Hit]]]:
        async def one(provider: Provider) -> list[_Hit] | SearchError:
            try:
                return await question(provider)
            except SearchError as error:
                return error

        answers = await asyncio.gather(*(one(provider) for provider in self._providers))
        found = [(p, a) for p, a in zip(self._providers, answers, strict=True) if not isinstance(a, SearchError)]
        failed = [(p, a) for p, a in zip(self._providers, answers, strict=True) if isinstance(a, SearchError)]
        failures = [f"{p.name}: {a}" for p, a in failed if not found or not isinstance(a, NotOfferedError)]
        if failures and not any(hits for _, hits in found):
            raise SearchError("; ".join(failures))
        return found


def _in_turn(lists: list[list[_Hit]]) -> list[_Hit]:
    different: dict[str, _Hit] = {}
    for hit in chain.from_iterable(zip_longest(*lists)):
        if hit is not None:
            different.setdefault(_address(hit), hit)
    return list(different.values())


def _address(hit: TextHit | ImageHit) -> str:
    return hit.url if isinstance(hit, TextHit) else hit.image_url
