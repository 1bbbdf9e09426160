"""Servers that draw the same, asked in turn; one that fails is left out for a while."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import TypeVar

from ..errors import ServiceError, UsageError

T = TypeVar("T")
_SECONDS_TO_REACH = 10.0
_WANTS_A_KEY = 401


class Rota:
    """Hands each drawing to the server with the fewest under way, and to the next where one is down."""

    def __init__(self, urls: tuple[str, ...], *, rest_seconds: float = 30.0) -> None:
        """A rota over the addresses.

        Args:
            rest_seconds: how long one that failed is asked last.

        Raises:
            UsageError: an address is none.
        """
        for url in urls:
            if not url.lower().startswith(("http://", "https://")):
                raise UsageError(f"{url!r} is no address of a renderer; expected one such as http://localhost:8001/v1")
            if "@" in url.partition("://")[2].partition("/")[0]:
                raise UsageError(
                    "the address of a renderer carries a user name or password, and addresses are kept in the run; "
                    "put a key into GENEVOLVE_RENDERER_KEY instead"
                )
        self._urls = tuple(dict.fromkeys(url.rstrip("/") for url in urls))
        self._rest_seconds = rest_seconds
        self._under_way = dict.fromkeys(self._urls, 0)
        self._asked = dict.fromkeys(self._urls, 0)
        self._back_at = dict.fromkeys(self._urls, 0.0)
        self._turn = 0
        self._slots: asyncio.Semaphore | None = None

    def bound(self, at_once: int) -> None:
        """Ask for at most so many drawings at once from now on, all servers together."""
        self._slots = asyncio.Semaphore(at_once)

    async def reach(self, look: Callable[[str], Awaitable[object]]) -> None:
        """Find out with `look(url)` whether a server is there; whatever it answers, it is.

        Raises:
            ServiceError: none can be reached, or one refuses the key.
        """
        unreached: ServiceError | None = None
        for url in self._urls:
            try:
                async with asyncio.timeout(_SECONDS_TO_REACH):
                    await look(url)
            except ServiceError as error:
                if error.status == _WANTS_A_KEY:
                    raise
                if error.fault == "unreachable":
                    unreached = error
                    continue
            except TimeoutError:
                pass  # it took the connection, and may be loading its weights
            return
        if unreached is not None:
            raise unreached

    async def ask(self, call: Callable[[str, int | None], Awaitable[T]]) -> T:
        """What `call(url, tries)` returns at the first server that takes it.

        Each is tried once; where none takes it, one that is only busy is asked with
        all the patience that its client has (`tries` None). Where the answer was
        lost nobody is asked again: the drawing may have been made, and paid.

        Raises:
            ServiceError: the last one's.
        """
        async with self._slots or nullcontext():
            return await self._ask(call)

    async def _ask(self, call: Callable[[str, int | None], Awaitable[T]]) -> T:
        patient = min(self._urls, key=self._rank)
        if len(self._urls) > 1:
            for url in sorted(self._urls, key=self._rank):
                try:
                    return await self._ask_one(url, call, 1)
                except ServiceError as error:
                    if error.may_have_served or error.fault not in {"unreachable", "busy"}:
                        raise
                    patient = url if error.fault == "busy" else patient
        return await self._ask_one(patient, call, None)

    async def _ask_one(self, url: str, call: Callable[[str, int | None], Awaitable[T]], tries: int | None) -> T:
        self._turn += 1
        self._asked[url] = self._turn
        self._under_way[url] += 1
        try:
            answer = await call(url, tries)
        except ServiceError as error:
            if error.fault in {"unreachable", "busy", "broken"}:
                self._back_at[url] = time.monotonic() + max(self._rest_seconds, error.retry_after or 0.0)
            raise
        finally:
            self._under_way[url] -= 1
        self._back_at[url] = 0.0
        return answer

    def _rank(self, url: str) -> tuple[float, int, int]:
        """Those that work first, then the least busy, then the one asked longest ago."""
        back_at = self._back_at[url]
        return back_at if back_at > time.monotonic() else 0.0, self._under_way[url], self._asked[url]
