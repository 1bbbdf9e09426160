"""Append-only files of records, one JSON object a line, that survive a kill at any byte.

A line is written by one call and counts once its newline is on disk. What a
killed process left after the last newline is a torn line: it is cut off when
the file is next opened for appending, and its work is done again.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

from pydantic import ValidationError

from ..errors import StoreError
from ..records import StoredRecord

R = TypeVar("R", bound=StoredRecord)

_CHUNK = 1 << 20


def read_records(path: Path, record_type: type[R]) -> Iterator[R]:
    """Every record of a file, in order; a file that does not exist has none.

    A torn last line is passed over: it may be another process's, half written.
    Only a newline ends a line; U+2028 and its like are ordinary text.

    Raises:
        StoreError: a whole line is not a record of this type; names file and line.
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                return
            try:
                yield record_type.model_validate_json(line)
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(map(str, first["loc"])) or "the line"
                raise StoreError(
                    f"{path}:{number} is not a {record_type.__name__} ({where}: {first['msg']}). "
                    "Mend or remove that line; what it recorded is then done again."
                ) from error


class Journal(Generic[R]):
    """A file of records, opened for appending by the one process that holds the run's lock."""

    def __init__(
        self, path: Path, record_type: type[R], *, key: Callable[[R], str], has_failed: Callable[[R], bool]
    ) -> None:
        """Open the file, cut off a torn last line, and learn what is there.

        Raises:
            StoreError: the file cannot be opened, or a whole line of it is no record.
        """
        self.path = path
        self._record_type = record_type
        self._key = key
        self._has_failed = has_failed
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
        except OSError as error:
            raise StoreError(f"cannot open {str(path)!r}: {error.strerror}. Choose another --out.") from error
        self.torn_bytes = _cut_torn_line(self._file)
        """Bytes of a torn last line that were cut off; 0 where the file was whole."""
        self.failed_by_key: dict[str, bool] = {}
        """What is there: by key, whether the latest record of that key has failed."""
        try:
            for record in read_records(path, record_type):
                self.failed_by_key[key(record)] = has_failed(record)
        except StoreError:
            self.close()
            raise

    def append(self, record: R) -> None:
        """Write one line, whole or not at all.

        Raises:
            StoreError: it cannot be written, for instance because the disk is full; the file is left as it was.
        """
        line = record.model_dump_json(exclude_defaults=False).encode() + b"\n"
        start = os.lseek(self._file, 0, os.SEEK_END)
        try:
            written = 0
            while written < len(line):
                written += os.write(self._file, line[written:])
        except OSError as error:
            os.ftruncate(self._file, start)
            raise StoreError(
                f"cannot write to {str(self.path)!r}: {error.strerror}. "
                "Everything before is kept; free some space and run the same command again."
            ) from error
        self.failed_by_key[self._key(record)] = self._has_failed(record)

    def recorded(self, keys: Iterable[str]) -> dict[str, R]:
        """The latest records of these keys; the file is not read where it has none of them.

        Raises:
            StoreError: a whole line of it is no record.
        """
        wanted = {key for key in keys if key in self.failed_by_key}
        if not wanted:
            return {}
        return {key: one for one in read_records(self.path, self._record_type) if (key := self._key(one)) in wanted}

    def close(self) -> None:
        """Close the file; appending ends."""
        os.close(self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _cut_torn_line(file: int) -> int:
    """Truncate after the last newline; returns how many bytes went."""
    size = os.lseek(file, 0, os.SEEK_END)
    end = size
    while end > 0:
        start = max(0, end - _CHUNK)
        os.lseek(file, start, os.SEEK_SET)
        newline = os.read(file, end - start).rfind(b"\n")
        if newline >= 0:
            end = start + newline + 1
            break
        end = start
    if end < size:
        os.ftruncate(file, end)
    return size - end
