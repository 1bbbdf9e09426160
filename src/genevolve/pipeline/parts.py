"""Steps that only some parts have: a policy or renderer with no connection has nothing to prepare or to close."""

from collections.abc import Awaitable, Callable
from typing import Any


async def do_each(step: str, *parts: object) -> None:
    """Have every part that has such a step do it; what has no connection has none."""
    for part in parts:
        do: Callable[[], Awaitable[Any]] | None = getattr(part, step, None)
        if do is not None:
            await do()
