"""Answers of the outside world by request digest: to ask nothing twice, and to replay a run without a network.

One SQLite file holds answers of any kind under the digest of what was asked. The
user's cache forgets after a while; a run's own record does not, and is what a
replay reads. An answer is on disk when `put` returns, and a killed process
leaves the file whole.
"""

import os
import sqlite3
import sys
import time
from pathlib import Path

from ..errors import StoreError

_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS answers (digest TEXT PRIMARY KEY, made REAL NOT NULL, body BLOB NOT NULL) WITHOUT ROWID"
)


class AnswerStore:
    """Answers under the digests of their requests; several processes may share one."""

    def __init__(self, path: Path, *, max_age_seconds: float | None = None) -> None:
        """Open the store, made if it is not there.

        Args:
            max_age_seconds: older answers are passed over; None keeps all.

        Raises:
            StoreError: the file cannot be made, or is no such store.
        """
        self.path = path
        self._max_age = max_age_seconds
        self._connection: sqlite3.Connection | None = _connected(path)

    def get(self, digest: str) -> bytes | None:
        """The answer to what this digest names; None where there is none, or it is too old."""
        oldest = 0.0 if self._max_age is None else time.time() - self._max_age
        try:
            row = self._db.execute(
                "SELECT body FROM answers WHERE digest = ? AND made >= ?", (digest, oldest)
            ).fetchone()
        except sqlite3.Error as error:
            raise StoreError(f"cannot read {str(self.path)!r}: {error}. Remove the file; it is made anew.") from error
        return None if row is None else row[0]

    def put(self, digest: str, body: bytes) -> None:
        """Keep an answer; it takes the place of an older one.

        Raises:
            StoreError: it cannot be written, for instance because the disk is full.
        """
        try:
            self._db.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", (digest, time.time(), body))
        except sqlite3.Error as error:
            raise StoreError(f"cannot write to {str(self.path)!r}: {error}. Free some space and run again.") from error

    def drop(self, digest: str) -> None:
        """Forget an answer.

        Raises:
            StoreError: the file cannot be written.
        """
        try:
            self._db.execute("DELETE FROM answers WHERE digest = ?", (digest,))
        except sqlite3.Error as error:
            raise StoreError(f"cannot write to {str(self.path)!r}: {error}. Free some space and run again.") from error

    def close(self) -> None:
        """Close the file, which leaves it whole without its journal; it can be used again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def _db(self) -> sqlite3.Connection:
        self._connection = self._connection or _connected(self.path)
        return self._connection

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM answers").fetchone()[0])


def _connected(path: Path) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # The event loop's thread opens it; to_thread may use it: sqlite serialises, we never share a cursor.
        db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=NORMAL")
            db.execute(_SCHEMA)
        except sqlite3.Error:
            db.close()
            raise
    except (OSError, sqlite3.Error) as error:
        raise StoreError(
            f"cannot use {str(path)!r} as a store of answers: {error}. Remove the file, or name another place."
        ) from error
    return db


def cache_folder() -> Path:
    """Where answers are kept between runs: GENEVOLVE_CACHE, else the user's own cache directory."""
    named = os.environ.get("GENEVOLVE_CACHE")
    if named:
        return Path(named)
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "genevolve" / "cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "genevolve"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "genevolve"
