"""The same question asked by several at once is answered once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

_T = TypeVar("_T")


@dataclass(slots=True)
class _UnderWay(Generic[_T]):
    task: asyncio.Task[_T]
    waiting: int = 0


class Once(Generic[_T]):
    """Work under way, by key: who asks for it waits for the same answer, or the same exception.

    Nothing is kept after it is done. Work that nobody waits for any more is stopped.
    """

    def __init__(self) -> None:
        self._under_way: dict[Hashable, _UnderWay[_T]] = {}

    async def do(self, key: Hashable, work: Callable[[], Awaitable[_T]]) -> _T:
        """What `work` gives, started only if nothing with this key is under way."""
        shared = self._under_way.get(key)
        if shared is None or shared.task.done():
            shared = _UnderWay(asyncio.ensure_future(_awaited(work)))
            self._under_way[key] = shared
        shared.waiting += 1
        try:
            return await asyncio.shield(shared.task)
        finally:
            shared.waiting -= 1
            if not shared.waiting:
                shared.task.cancel()
                if self._under_way.get(key) is shared:
                    del self._under_way[key]

    async def close(self) -> None:
        """Stop what is under way; those who wait for it are cancelled."""
        tasks = [shared.task for shared in self._under_way.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _awaited(work: Callable[[], Awaitable[_T]]) -> _T:
    return await work()
