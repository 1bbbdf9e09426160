"""Published weights on disk: each in a folder that is whole or not there, named by version and content, never changed.

Because the name has a digest of the weights, a server that knows a folder by its name has those very weights, and
writing the same weights again finds them written.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import StoreError, UsageError

_DIGITS = 12
_PARTIAL = ".partial"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Weights that lie ready."""

    name: str
    """Of the folder: the version and a digest of the weights."""
    version: str
    path: Path
    server_path: str
    """The same folder as the server calls it."""


class PublishedFolder:
    """A folder of published weights; nothing else belongs there."""

    def __init__(self, folder: Path, *, server_folder: str | None = None) -> None:
        """Keeps published weights in a folder, made when something is written.

        Args:
            server_folder: what the server calls the folder; None where it has the same name there.
        """
        self.folder = folder
        self._server_folder = server_folder or os.fspath(folder.resolve())

    def write(self, version: str, save: Callable[[Path], object], digest: Callable[[Path], str]) -> Written:
        """Writes weights, unless the same ones are written already under this version.

        Args:
            save: writes them into a folder that is empty.
            digest: names the weights in a folder, in hexadecimal digits.

        Raises:
            UsageError: the version is no name for a folder.
            StoreError: they cannot be written; what was there stays.
        """
        if not version or version != Path(version).name or version.startswith("."):
            raise UsageError(f"the version {version!r} cannot name a folder; expected one such as 'step-000012'")
        partial = self.folder / _PARTIAL
        try:
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            save(partial)
            written = self._named(f"{version}-{digest(partial)[:_DIGITS]}")
            if written.path.exists():
                shutil.rmtree(partial)
            else:
                partial.rename(written.path)
            os.utime(written.path)  # the newest is what was published last
        except OSError as error:
            raise StoreError(
                f"the weights {version!r} cannot be written into {os.fspath(self.folder)!r}: {error.strerror}. "
                "Those before are still there; free some space and publish again."
            ) from error
        return written

    def all(self) -> list[Written]:
        """What is published, oldest first."""
        if not self.folder.is_dir():
            return []
        found = [path for path in self.folder.iterdir() if path.is_dir() and path.name != _PARTIAL]
        return [self._named(path.name) for path in sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))]

    def server_path(self, name: str) -> str:
        """What the server calls the folder of that name."""
        return f"{self._server_folder}/{name}"

    def keep_newest(self, count: int) -> None:
        """Removes all but the newest.

        Raises:
            StoreError: one cannot be removed.
        """
        for old in self.all()[:-count]:
            try:
                shutil.rmtree(old.path)
            except OSError as error:
                raise StoreError(
                    f"the published weights {os.fspath(old.path)!r} cannot be removed: {error.strerror}"
                ) from error

    def _named(self, name: str) -> Written:
        version = name.rpartition("-")[0]
        return Written(name=name, version=version, path=self.folder / name, server_path=self.server_path(name))
