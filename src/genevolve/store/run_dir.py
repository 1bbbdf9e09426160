"""The names of all files in a run folder, and its lock."""

import os
import re
import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ..errors import RunLockedError, StoreError, UsageError
from ..records import Render, Request, Trajectory, Verdict, digest_bytes
from .images import ImageStore
from .jsonl import Journal, read_records

_SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,79}")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)

_NAMES = frozenset(
    {
        "config.toml",
        "answers.sqlite",
        "answers.sqlite-wal",
        "answers.sqlite-shm",
        "requests.jsonl",
        "images",
        "pictures",
    }
)
"""What a run that was stopped before its first trajectory may consist of."""


class RunDir:
    """One run: `config.toml`, four files of records, `images/` by digest and `pictures/` by name."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.config = root / "config.toml"
        self.requests = root / "requests.jsonl"
        self.trajectories = root / "trajectories.jsonl"
        self.renders = root / "renders.jsonl"
        self.verdicts = root / "verdicts.jsonl"
        self.answers = root / "answers.sqlite"
        self.pictures = root / "pictures"
        self.images = ImageStore(root / "images")
        self._holders = 0

    @classmethod
    def create(cls, root: Path) -> "RunDir":
        """The run in this folder, made if it is not there.

        Raises:
            UsageError: the folder is in use for something else, or cannot be made.
        """
        run = cls(root)
        try:
            root.mkdir(parents=True, exist_ok=True)
            entries = [entry.name for entry in root.iterdir() if not entry.name.startswith(".")]
        except OSError as error:
            raise UsageError(
                f"cannot make the run folder {str(root)!r}: {error.strerror}; name another with --out"
            ) from error
        strange = [] if run.requests.exists() else sorted(set(entries) - _NAMES)
        if strange:
            raise UsageError(
                f"{str(root)!r} has files in it that are no run (such as {strange[0]!r}); "
                "name a new or empty folder with --out"
            )
        return run

    @classmethod
    def open(cls, root: Path) -> "RunDir":
        """The run in this folder.

        Raises:
            UsageError: there is none.
        """
        run = cls(root)
        if not run.requests.exists():
            raise UsageError(
                f"{str(root)!r} is no run folder: it has no requests.jsonl. "
                "Name the folder that `genevolve run` or `genevolve rollout` said it wrote."
            )
        return run

    @contextmanager
    def lock(self) -> Generator[None]:
        """Hold the folder for this process; the system lets go however the process ends.

        One `RunDir` may be held several times at once, as attempts side by side do.

        Raises:
            RunLockedError: another process, or another `RunDir`, holds it.
        """
        self._holders += 1
        try:
            if self._holders > 1:
                yield
                return
            with self._locked():
                yield
        finally:
            self._holders -= 1

    @contextmanager
    def _locked(self) -> Generator[None]:
        path = self.root / ".lock"
        try:
            file = path.open("a+b")
        except OSError as error:
            raise StoreError(f"cannot write in {str(self.root)!r}: {error.strerror}; name another --out") from error
        with file:
            if not _try_lock(file):
                file.seek(0)
                holder = file.read(20).decode(errors="replace").strip() or "unknown"
                raise RunLockedError(
                    f"another process (number {holder}) works in {str(self.root)!r}. "
                    "Wait until it ends or stop it, or name another folder with --out."
                )
            with suppress(OSError):  # on a full disk the number is missing, the lock holds
                file.truncate(0)
                file.write(f"{os.getpid()}\n".encode())
                file.flush()
            yield

    def request_journal(self) -> Journal[Request]:
        """The requests, for appending."""
        return Journal(self.requests, Request, key=lambda r: r.id, has_failed=lambda _: False)

    def trajectory_journal(self) -> Journal[Trajectory]:
        """The trajectories, for appending."""
        return Journal(self.trajectories, Trajectory, key=lambda t: t.id, has_failed=lambda t: t.failure is not None)

    def render_journal(self) -> Journal[Render]:
        """The renders, for appending."""
        return Journal(self.renders, Render, key=lambda r: r.id, has_failed=lambda r: r.failure is not None)

    def verdict_journal(self) -> Journal[Verdict]:
        """The verdicts, for appending."""
        return Journal(self.verdicts, Verdict, key=lambda v: v.id, has_failed=lambda v: v.failure is not None)

    def read_requests(self) -> dict[str, Request]:
        """The requests by id, in order."""
        return {request.id: request for request in read_records(self.requests, Request)}

    def read_trajectories(self) -> dict[str, Trajectory]:
        """The trajectories by id; of one that was tried again, the latest."""
        return {trajectory.id: trajectory for trajectory in read_records(self.trajectories, Trajectory)}

    def read_renders(self) -> dict[str, Render]:
        """The renders by id; of one that was tried again, the latest."""
        return {render.id: render for render in read_records(self.renders, Render)}

    def read_verdicts(self) -> dict[str, Verdict]:
        """The verdicts by id; of one that was tried again, the latest."""
        return {verdict.id: verdict for verdict in read_records(self.verdicts, Verdict)}

    def show_picture(self, render: Render, *, request_id: str, attempt: int) -> Path:
        """Give a drawn picture its readable name in `pictures/` and return that path.

        The plain name is taken by the first renderer; another one's picture of
        the same attempt has the renderer's name and the render's id added.

        Raises:
            StoreError: the render has no stored image, or the file cannot be written.
        """
        if render.image is None:
            raise StoreError(f"the render {render.id!r} has no picture to name: {render.failure}")
        source = self.images.path(render.image)
        stem = picture_stem(request_id, attempt=attempt)
        plain = self.pictures / f"{stem}{source.suffix}"
        other = self.pictures / f"{stem}.{render.renderer.name}-{render.id[:8]}{source.suffix}"
        for path in (plain, other):
            if path.exists() and _same_file(path, source):
                return path
        path = other if plain.exists() else plain
        copy_whole(source, path)
        return path


def picture_stem(request_id: str, *, attempt: int) -> str:
    """A file name for a request's picture, whatever its id: "ex01", and "ex01.2" for the second attempt.

    An id that is no safe name (a path, too long, odd characters) becomes the
    safe part of it with a digest, so that different ids keep different names.
    """
    stem = request_id
    if not _SAFE_NAME.fullmatch(stem) or _RESERVED.fullmatch(stem):
        readable = re.sub(r"[^A-Za-z0-9]+", "-", stem)[:40].strip("-")
        stem = f"{readable}-{digest_bytes(request_id.encode())[:8]}".lstrip("-")
    return stem if attempt == 0 else f"{stem}.{attempt + 1}"


def copy_whole(source: Path, target: Path) -> None:
    """Copy a file so that the target is either whole or as it was.

    Raises:
        StoreError: it cannot be written.
    """
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, draft)
        draft.replace(target)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise StoreError(f"cannot write {str(target)!r}: {error.strerror}; choose another place") from error


def _same_file(one: Path, other: Path) -> bool:
    return one.stat().st_size == other.stat().st_size and one.read_bytes() == other.read_bytes()


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: BinaryIO) -> bool:
        try:
            file.seek(1 << 20)  # past the number that others read
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(file: BinaryIO) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True
