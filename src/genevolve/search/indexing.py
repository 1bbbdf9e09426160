"""`index_folder`: makes the index of a person's own folder, and brings it up to date.

Walks the folder, reads what is new or changed, takes out what is gone, and puts
the new index in place of the old one in one step. A file that cannot be read is
skipped and named; it never stops the walk.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from ..errors import UsageError
from ..records import digest_of
from .captions import (
    CAPTION_LISTS,
    IMAGE_SUFFIXES,
    SIDECAR_SUFFIXES,
    ImageWords,
    from_name,
    read_caption_list,
    read_image,
    read_sidecar,
    sidecar_of,
)
from .corpus import LAYOUT_VERSION, Corpus, Document, Picture
from .reading import TEXT_SUFFIXES, UnreadableError, read_document

INDEX_NAME = ".genevolve-index.sqlite"
APPLICATION_ID = 0x67657631
"""Marks an SQLite file as an index of ours ("gev1")."""

_SCHEMA = "CREATE TABLE source (file TEXT PRIMARY KEY, state TEXT NOT NULL, skipped TEXT)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A file or folder that could not be read."""

    path: str
    """Relative to the indexed folder."""
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexReport:
    """What an indexing run found and did."""

    index: Path
    documents: int
    """Files in the index."""
    passages: int
    """Pieces that the documents were split into; each is found by itself."""
    images: int
    read: int
    """Files read in this run, skipped ones among them."""
    unchanged: int
    """Files that were as the last run left them, and were not read again."""
    removed: int
    """Files of the last run that are gone."""
    skipped: tuple[Skipped, ...]

    def __str__(self) -> str:
        return (
            f"documents {self.documents:,} in {self.passages:,} passages\n"
            f"images    {self.images:,}\n"
            f"files     {self.read:,} read, {self.unchanged:,} unchanged, {self.removed:,} gone, "
            f"{len(self.skipped):,} skipped\n"
            f"index     {self.index}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A file to index; `state` changes when it or a file beside it that speaks about it does."""

    path: Path
    name: str
    state: str


class _CaptionLists:
    """The caption list of the folder at hand, read once."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._words: dict[str, ImageWords] = {}

    def about(self, image: Path) -> ImageWords:
        if image.parent != self._folder:
            self._folder, self._words = image.parent, read_caption_list(image.parent)
        return self._words.get(image.name, ImageWords())


Progress = Callable[[int, str], None]
"""Told the number of files seen and the name of the one at hand."""


def index_folder(folder: Path, *, into: Path | None = None, progress: Progress | None = None) -> IndexReport:
    """Index the documents and images under a folder; files unchanged since the last run are not read again.

    Args:
        folder: what to index. Hidden files, and links that lead out of it, are left alone.
        into: the index file; without it, `INDEX_NAME` inside the folder.
        progress: called for every file.

    Raises:
        UsageError: the folder is none, or the index cannot be written.
    """
    if not folder.is_dir():
        raise UsageError(f"{str(folder)!r} is no folder; expected one with documents or images. Check the path.")
    index = into or folder / INDEX_NAME
    draft = index.with_name(f".{index.name}.{os.getpid()}.draft")
    try:
        _start_draft(draft, index)
        with closing(sqlite3.connect(draft)) as connection:
            report = _bring_up_to_date(Corpus(connection), folder, index, progress)
        draft.replace(index)
    except (OSError, sqlite3.Error) as error:
        raise UsageError(
            f"cannot write the index {str(index)!r}: {error}. "
            "Choose a place that can be written with --into, or free some space."
        ) from error
    finally:
        for left in (draft, draft.with_name(f"{draft.name}-journal")):
            with suppress(OSError):  # there may be no folder for it to be in
                left.unlink(missing_ok=True)
    return report


def is_current(connection: sqlite3.Connection) -> bool:
    """Whether an open database is an index of ours, in today's layout.

    Raises:
        sqlite3.Error: the file is no database.
    """
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        return False
    return Corpus(connection).read_note("layout_version") == str(LAYOUT_VERSION)


def _start_draft(draft: Path, index: Path) -> None:
    """Begin with a copy of the last index where there is a usable one, else with an empty one."""
    if index.is_file():
        shutil.copyfile(index, draft)
        try:
            with closing(sqlite3.connect(draft)) as connection:
                if is_current(connection):
                    return
                ours = connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
        except sqlite3.DatabaseError:
            ours = False
        if not ours:
            raise UsageError(
                f"{str(index)!r} is there already and is no index of genevolve; it was left as it is. "
                "Move it away, or choose another place with --into."
            )
        draft.unlink()
    index.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(draft)) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(_SCHEMA)
        Corpus.create(connection)
        connection.commit()


def _bring_up_to_date(corpus: Corpus, folder: Path, index: Path, progress: Progress | None) -> IndexReport:
    known = dict(corpus.connection.execute("SELECT file, state FROM source").fetchall())
    unreachable: list[Skipped] = []
    seen: dict[str, str] = {}
    captions = _CaptionLists()
    read = 0
    for found in _walk(folder, unreachable):
        seen[found.name] = found.state
        if progress:
            progress(len(seen), found.name)
        if known.get(found.name) == found.state:
            continue
        read += 1
        _read_again(corpus, found, captions)
    gone = known.keys() - seen.keys()
    for name in gone:
        corpus.remove_file(name)
        corpus.connection.execute("DELETE FROM source WHERE file = ?", (name,))
    corpus.write_note("contents", digest_of(sorted(seen.items())))
    # Beside the folder itself the index moves with it; elsewhere it must know where the folder is.
    corpus.write_note("folder", "." if index.resolve().parent == folder.resolve() else str(folder.resolve()))
    corpus.connection.commit()
    return _report(corpus, index, unreachable, read=read, unchanged=len(seen) - read, removed=len(gone))


def _report(
    corpus: Corpus, index: Path, unreachable: list[Skipped], *, read: int, unchanged: int, removed: int
) -> IndexReport:
    passages, images = corpus.count()
    (documents,) = corpus.connection.execute("SELECT count(DISTINCT file) FROM document").fetchone()
    rows = corpus.connection.execute("SELECT file, skipped FROM source WHERE skipped IS NOT NULL ORDER BY file")
    skipped = [Skipped(path=file, reason=reason) for file, reason in rows]
    return IndexReport(
        index=index,
        documents=documents,
        passages=passages,
        images=images,
        read=read,
        unchanged=unchanged,
        removed=removed,
        skipped=(*skipped, *unreachable),
    )


def _read_again(corpus: Corpus, found: _Found, captions: _CaptionLists) -> None:
    corpus.remove_file(found.name)
    reason: str | None = None
    try:
        if found.path.suffix.lower() in IMAGE_SUFFIXES:
            corpus.add_pictures([_picture(found, captions.about(found.path))])
        else:
            corpus.add_documents(_documents(found))
    except UnreadableError as error:
        reason = str(error)
    except OSError as error:
        reason = f"it cannot be opened: {error.strerror}"
    corpus.connection.execute("INSERT OR REPLACE INTO source VALUES (?, ?, ?)", (found.name, found.state, reason))


def _documents(found: _Found) -> list[Document]:
    document = read_document(found.path)
    return [
        Document(
            title=document.title,
            body=passage.text,
            url=f"{found.name}#{passage.anchor}" if passage.anchor else found.name,
            file=found.name,
        )
        for passage in document.passages
    ]


def _picture(found: _Found, listed: ImageWords) -> Picture:
    own = read_image(found.path)
    sidecar = sidecar_of(found.path)
    beside = read_sidecar(sidecar) if sidecar else ImageWords()
    named = from_name(found.path)
    words = beside.over(listed).over(own).over(named)
    folders = " ".join(found.name.split("/")[:-1])
    return Picture(
        title=words.title,
        caption=words.caption,
        image_url=found.name,
        names=tuple(n for n in (named.title, folders) if n and n != words.title),
        page_url=words.page_url,
        licence=words.licence,
        author=words.author,
        file=found.name,
    )


def _walk(folder: Path, unreachable: list[Skipped]) -> Iterator[_Found]:
    """Every file to index, in a fixed order; what cannot be looked at goes to `unreachable`."""
    root = folder.resolve()

    def closed(error: OSError) -> None:
        name = Path(error.filename).relative_to(folder).as_posix() if error.filename else "?"
        unreachable.append(Skipped(path=name, reason=f"the folder cannot be opened: {error.strerror}"))

    for place, folders, files in os.walk(folder, onerror=closed):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        lists = "".join(_state(Path(place) / name) for name in CAPTION_LISTS)
        stems = {Path(name).stem for name in files if Path(name).suffix.lower() in IMAGE_SUFFIXES}
        for name in sorted(files):
            path = Path(place) / name
            suffix = path.suffix.lower()
            if name.startswith(".") or suffix not in TEXT_SUFFIXES | IMAGE_SUFFIXES:
                continue
            if suffix in SIDECAR_SUFFIXES and path.stem in stems:
                continue  # it speaks about a picture
            problem = _unfit(path, root)
            if problem:
                unreachable.append(Skipped(path=_shown(path, folder), reason=problem))
                continue
            sidecar = sidecar_of(path) if suffix in IMAGE_SUFFIXES else None
            state = _state(path) + (_state(sidecar) if sidecar else "") + (lists if suffix in IMAGE_SUFFIXES else "")
            yield _Found(path=path, name=path.relative_to(folder).as_posix(), state=state)


def _unfit(path: Path, root: Path) -> str | None:
    try:
        str(path).encode()
        if path.is_symlink() and not path.resolve().is_relative_to(root):
            return "it is a link that leads out of the folder"
        return None if path.is_file() else "it is no ordinary file"
    except UnicodeEncodeError:
        return "its name is no UTF-8"
    except (OSError, RuntimeError) as error:
        return f"it cannot be looked at: {error}"


def _shown(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix().encode(errors="replace").decode()


def _state(path: Path) -> str:
    try:
        stat = path.stat()
    except OSError:
        return "-"
    return f"{path.suffix}:{stat.st_mtime_ns}:{stat.st_size};"
