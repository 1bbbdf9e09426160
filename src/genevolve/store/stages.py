"""One runner for every stage: bounded, resumable, in order.

A stage turns items into records: requests into trajectories, trajectories into
renders, renders into verdicts. Items are begun in the order they come; each
record is written as soon as it is ready. What the journal has already is not
done again, unless it failed, failures are to be retried, and another try may end otherwise.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..errors import BudgetError, GenEvolveError
from ..records import StoredRecord
from .jsonl import Journal

T = TypeVar("T")
R = TypeVar("R", bound=StoredRecord)


@dataclass(slots=True, kw_only=True)
class Tally:
    """How far a stage has come."""

    already: int = 0
    """Done before, by an earlier run."""
    already_failed: int = 0
    """Of those, how many failed."""
    done: int = 0
    """Done now, failures included."""
    failed: int = 0
    """Of those done now, how many failed."""
    seconds: float = 0.0
    torn_bytes: int = 0
    """Bytes of a torn last line that were cut off when the journal was opened."""
    stopped_by: str | None = None
    """Why no further item was begun, where the budget ran out."""

    @property
    def missing(self) -> int:
        """Records that say failed, from now and before."""
        return self.failed + self.already_failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage(Generic[T, R]):
    """What is done to each item, and where its record goes."""

    key: Callable[[T], str]
    """The id that the item's record will have."""
    work: Callable[[T], Awaitable[R]]
    """Makes the record. It records failures of the policy and the world; what it raises is a bug and stops the run."""
    journal: Journal[R]
    parallel: int = 8
    """How many items are under way at once."""
    retry_failed: bool = False
    must_fail: Callable[[T], bool] = lambda _item: False
    """Whether an item that failed would fail again in the same way; it is not retried then."""

    def is_done(self, item: T) -> bool:
        """Whether the journal has the item's record, and it need not be tried again."""
        failed = self.journal.failed_by_key.get(self.key(item))
        return failed is not None and not (failed and self.retry_failed and not self.must_fail(item))


async def run_stage(
    stage: Stage[T, R], items: Iterable[T], *, on_record: Callable[[R, Tally], None] = lambda _record, _tally: None
) -> Tally:
    """Do what is missing, and return what was done.

    `on_record` hears of each new record after it is on disk. Cancelling stops
    at once; items under way leave no record and are done again next time.

    Raises:
        GenEvolveError: the first that an item's work or the journal raised; the others are cancelled.
    """
    tally = Tally(torn_bytes=stage.journal.torn_bytes)
    began = time.monotonic()
    waiting = iter(items)
    claimed: set[str] = set()

    async def worker() -> None:
        for item in waiting:
            if tally.stopped_by:
                return
            key = stage.key(item)
            if key in claimed:
                continue
            claimed.add(key)
            if stage.is_done(item):
                tally.already += 1
                tally.already_failed += stage.journal.failed_by_key[key]
                continue
            try:
                record = await stage.work(item)
            except BudgetError as error:
                # What is under way elsewhere may still fit; this item leaves no record and is done next time.
                tally.stopped_by = str(error)
                return
            stage.journal.append(record)
            tally.done += 1
            tally.failed += stage.journal.failed_by_key[key]
            tally.seconds = time.monotonic() - began
            on_record(record, tally)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(max(1, stage.parallel)):
                group.create_task(worker())
    except* GenEvolveError as errors:
        raise errors.exceptions[0] from None
    tally.seconds = time.monotonic() - began
    return tally
