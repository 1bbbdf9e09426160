"""The `local` provider: a person's own folder, from the index that `genevolve index FOLDER` made of it.

Addresses of hits are paths relative to the folder, so that no home directory
reaches a prompt. The index is opened anew for each query: it may be replaced by
a newer one at any time, and no connection is shared between threads.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TypeVar

from ..errors import SearchError, UsageError
from .base import ImageHit, TextHit
from .corpus import Corpus, FoundDocument, Picture
from .indexing import INDEX_NAME, is_current

_Answer = TypeVar("_Answer")


class LocalProvider:
    """Documents and images of one indexed folder."""

    def __init__(self, index: Path) -> None:
        """Open an index, given as its file or as the folder that holds it.

        Raises:
            UsageError: it is missing, is no index of ours, or was made by another version.
        """
        self._index = index / INDEX_NAME if index.is_dir() else index
        contents, folder = self._check()
        self._folder = self._index.parent if folder == "." else Path(folder)
        self._name = f"local:{contents[:12]}"

    @property
    def name(self) -> str:
        """ "local:" and the beginning of a digest of what was indexed."""
        return self._name

    async def search(self, query: str, *, top_k: int) -> list[TextHit]:
        """Passages for a query, best first.

        Raises:
            SearchError: the index cannot be read any more.
        """

        def ask(corpus: Corpus) -> list[FoundDocument]:
            return corpus.find_documents(query, top_k=top_k)

        found = await asyncio.to_thread(self._with_corpus, ask)
        return [TextHit(title=d.title, url=d.url, snippet=d.snippet) for d in found]

    async def image_search(self, query: str, *, top_k: int) -> list[ImageHit]:
        """Images for a query, best first, by title, caption and the names of their folders.

        Raises:
            SearchError: the index cannot be read any more.
        """

        def ask(corpus: Corpus) -> list[Picture]:
            return corpus.find_pictures(query, top_k=top_k)

        found = await asyncio.to_thread(self._with_corpus, ask)
        return [
            ImageHit(title=p.title, image_url=p.image_url, page_url=p.page_url, licence=p.licence, author=p.author)
            for p in found
        ]

    async def fetch(self, hit: ImageHit) -> bytes:
        """The bytes of an image of the folder.

        Raises:
            SearchError: the index does not hold it, or its file is gone.
        """
        return await asyncio.to_thread(self._read, hit.image_url)

    def _read(self, name: str) -> bytes:
        # Only what was indexed is read: an address from elsewhere could name any file of the machine.
        if not self._with_corpus(lambda corpus: corpus.holds_picture(name)):
            raise SearchError(f"the picture {name!r} is not in the index {self._index.name!r}; search for it first")
        try:
            return (self._folder / name).read_bytes()
        except OSError as error:
            raise SearchError(
                f"the picture {name!r} cannot be read any more: {error.strerror}. Run genevolve index again."
            ) from error

    def _with_corpus(self, ask: Callable[[Corpus], _Answer]) -> _Answer:
        try:
            with closing(_open(self._index)) as connection:
                return ask(Corpus(connection))
        except sqlite3.Error as error:
            raise SearchError(
                f"the index {self._index.name!r} cannot be read: {error}. Make it anew with genevolve index FOLDER."
            ) from error

    def _check(self) -> tuple[str, str]:
        if not self._index.is_file():
            raise UsageError(
                f"there is no index {str(self._index)!r}. "
                "Run genevolve index FOLDER, and name that folder with --index."
            )
        try:
            with closing(_open(self._index)) as connection:
                if is_current(connection):
                    corpus = Corpus(connection)
                    return corpus.read_note("contents") or "", corpus.read_note("folder") or "."
                problem = "was made by another version of genevolve, or by something else"
        except sqlite3.Error as error:
            problem = f"is no index: {error}"
        raise UsageError(f"{str(self._index)!r} {problem}. Delete it and run genevolve index FOLDER again.")


def _open(index: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{index.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
