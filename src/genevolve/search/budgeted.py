"""A provider whose queries are admitted by a budget."""

from ..store.budget import Budget
from .base import ImageHit, Provider, Remote, TextHit


class BudgetedProvider:
    """Asks a provider only what the budget admits; stands below the cache, so that what is remembered is free."""

    def __init__(self, provider: Provider, budget: Budget) -> None:
        self._provider = provider
        self._budget = budget

    @property
    def name(self) -> str:
        """The name of the provider behind it."""
        return self._provider.name

    async def search(self, query: str, *, top_k: int) -> list[TextHit]:
        """Documents for a query.

        Raises:
            SearchError: the provider could not answer.
            BudgetError: the query could pass the budget; it was not sent.
        """
        with self._budget.admit("search", at_most=self._budget.prices.of("search")):
            return await self._provider.search(query, top_k=top_k)

    async def image_search(self, query: str, *, top_k: int) -> list[ImageHit]:
        """Images for a query.

        Raises:
            SearchError: the provider could not answer.
            BudgetError: the query could pass the budget; it was not sent.
        """
        with self._budget.admit("image_search", at_most=self._budget.prices.of("image_search")):
            return await self._provider.image_search(query, top_k=top_k)

    async def fetch(self, hit: ImageHit) -> bytes:
        """The bytes of an image; downloads are counted and free.

        Raises:
            SearchError: the image cannot be had.
        """
        with self._budget.admit("download", at_most=0.0):
            return await self._provider.fetch(hit)

    async def check(self) -> None:
        """Find out whether the provider behind it would answer, which is a query like any other."""
        if isinstance(self._provider, Remote):
            with self._budget.admit("search", at_most=self._budget.prices.of("search")):
                await self._provider.check()

    async def close(self) -> None:
        """Close the provider behind it."""
        if isinstance(self._provider, Remote):
            await self._provider.close()
