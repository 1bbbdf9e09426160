"""Progress on standard error: a moving line on a terminal, a plain line now and then elsewhere."""

import sys
import time
from types import TracebackType
from typing import Self

from ..store import Tally

_SECONDS_BETWEEN_LINES = 10.0


class Progress:
    """Tells how many of how many are done, how fast, and how many failed."""

    def __init__(self, what: str, total: int | None = None) -> None:
        self._what = what
        self._total = total
        self._moves = sys.stderr.isatty()
        self._last = time.monotonic()
        self._width = 0

    def tell(self, tally: Tally) -> None:
        """Show the state of the stage; cheap enough to call for every record."""
        now = time.monotonic()
        if now - self._last < (0.1 if self._moves else _SECONDS_BETWEEN_LINES):
            return
        self._last = now
        line = f"{self._what}: {describe(tally, self._total)}"
        if self._moves:
            print(f"\r{line:<{self._width}}", end="", file=sys.stderr, flush=True)
            self._width = len(line)
        else:
            print(line, file=sys.stderr, flush=True)

    def close(self) -> None:
        """Clear the moving line."""
        if self._moves and self._width:
            print(f"\r{'':<{self._width}}\r", end="", file=sys.stderr, flush=True)
            self._width = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def describe(tally: Tally, total: int | None = None) -> str:
    """A tally in words: "120 of 300, 3 failed, 41.2 a second"."""
    parts = [f"{tally.already + tally.done:,}" + (f" of {total:,}" if total else "")]
    if tally.missing:
        parts.append(f"{tally.missing:,} failed")
    if tally.done and tally.seconds > 0:
        parts.append(f"{tally.done / tally.seconds:.1f} a second")
    return ", ".join(parts)
