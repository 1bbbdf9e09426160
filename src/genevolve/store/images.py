"""Image files named by their content, so that the same picture is stored once."""

import os
import threading
from contextlib import suppress
from pathlib import Path

from ..errors import StoreError
from ..records import digest_bytes
from .proof import SUFFIXES, open_picture, proven_picture

__all__ = ["ImageStore", "open_picture", "write_whole"]


class ImageStore:
    """The folder `images/` of a run: `ab/ab3f….jpg`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._root = str(folder)
        self._suffixes: dict[str, str] = {}
        """Of pictures that were met: one look at the disk for each question, instead of one for each ending."""

    def add(self, data: bytes) -> str:
        """Store the bytes of a picture and return their digest.

        An ordinary JPEG, PNG or WebP is kept byte for byte; what is turned,
        animated, of another format or in other colours than grey, RGB and RGBA
        is stored as `proven_picture` makes it. It burns the processor.

        Raises:
            ImageError: the bytes are no picture, are damaged, or have too many pixels.
            StoreError: the file cannot be written.
        """
        if (known := digest_bytes(data)) in self:
            return known
        proven, suffix = proven_picture(data)
        digest = known if proven is data else digest_bytes(proven)
        self._write(digest, suffix, proven)
        return digest

    def take(self, digest: str, other: "ImageStore") -> None:
        """Copy a picture from another run's store, byte for byte.

        Raises:
            StoreError: it is not there, is not what its name says, or cannot be written.
        """
        path = other.path(digest)
        data = path.read_bytes()
        if digest_bytes(data) != digest:
            raise StoreError(
                f"the picture {str(path)!r} is not the one that was stored; copy it from where it is whole"
            )
        self._write(digest, path.suffix[1:], data)

    def share(self, digest: str, other: "ImageStore") -> None:
        """Have another store's picture too: as a second name of the same file, or copied where the disk cannot.

        Raises:
            StoreError: it is not there, or cannot be written.
        """
        source = other.path(digest)
        path = self.folder / digest[:2] / source.name
        try:
            _link(source, path)
        except OSError:
            self.take(digest, other)
        self._suffixes[digest] = path.suffix[1:]

    def discard(self, digest: str) -> None:
        """Remove a picture, if it is there."""
        if path := self._find(digest):
            path.unlink(missing_ok=True)

    def path(self, digest: str) -> Path:
        """The file of a stored picture.

        Raises:
            StoreError: there is none; a reference whose file is gone stops its program.
        """
        if path := self._find(digest):
            return path
        raise StoreError(
            f"the picture {digest!r} is not in {str(self.folder)!r}. "
            "Was it deleted, or the run folder copied without its images? Copy it back, or redo the rollout."
        )

    def read(self, digest: str) -> bytes:
        """The bytes of a stored picture."""
        return self.path(digest).read_bytes()

    def __contains__(self, digest: str) -> bool:
        return self._find(digest) is not None

    def _find(self, digest: str) -> Path | None:
        known = self._suffixes.get(digest)
        for suffix in (known,) if known else SUFFIXES.values():
            path = f"{self._root}/{digest[:2]}/{digest}.{suffix}"
            if os.path.exists(path):  # noqa: PTH110 - asked for every picture; a Path is made where there is one
                self._suffixes[digest] = suffix
                return Path(path)
        return None

    def _write(self, digest: str, suffix: str, data: bytes) -> None:
        path = self.folder / digest[:2] / f"{digest}.{suffix}"
        if not path.exists():
            write_whole(path, data)
        self._suffixes[digest] = suffix


class NamedOnly(ImageStore):
    """A store in which what is there is found, and what would be added gets its name and is not written."""

    def _write(self, digest: str, suffix: str, data: bytes) -> None:
        """Nothing."""


def _link(source: Path, path: Path) -> None:
    """Give a file a second name, unless it has it."""
    try:
        os.link(source, path)
    except FileExistsError:
        pass
    except FileNotFoundError:  # the first picture of its folder
        path.parent.mkdir(parents=True, exist_ok=True)
        os.link(source, path)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that is either whole or absent, whenever the process is killed.

    Raises:
        StoreError: it cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        try:
            draft.write_bytes(data)
        except FileNotFoundError:  # the first picture of its folder
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(data)
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise StoreError(
            f"cannot write {str(path)!r}: {error.strerror}. Free some space or choose another --out."
        ) from error
