"""The `atlas` provider: the articles and flags behind the search protocol, without a network or a file of its own."""

import sqlite3
import weakref

from ...errors import SearchError
from ..base import ImageHit, TextHit
from ..corpus import Corpus
from .articles import FOLDER, Facts, flag_pictures, write_documents

_GENERIC = frozenset({"country", "countries", "nation", "nations", "world"})


class AtlasProvider:
    """Countries, capitals, currencies, languages, regions and flags; a query takes a millisecond or two."""

    name = "atlas"

    def __init__(self) -> None:
        # One thread asks at a time (the loop's); it need not be the one that opened it.
        connection = sqlite3.connect(":memory:", check_same_thread=False)
        weakref.finalize(self, connection.close)
        facts = Facts.load()
        pictures = list(flag_pictures(facts))
        self._corpus = Corpus.create(connection, whole_sentences=True, generic=_GENERIC)
        self._corpus.add_documents(write_documents(facts))
        self._corpus.add_pictures(pictures)
        self._files = {picture.image_url: picture.file for picture in pictures}

    async def search(self, query: str, *, top_k: int) -> list[TextHit]:
        """Articles for a query, best first."""
        found = self._corpus.find_documents(query, top_k=top_k)
        return [TextHit(title=d.title, url=d.url, snippet=d.snippet) for d in found]

    async def image_search(self, query: str, *, top_k: int) -> list[ImageHit]:
        """Flags for a query, best first; none where it names no country or organisation."""
        return [
            ImageHit(title=p.title, image_url=p.image_url, page_url=p.page_url, licence=p.licence, author=p.author)
            for p in self._corpus.find_pictures(query, top_k=top_k)
        ]

    async def fetch(self, hit: ImageHit) -> bytes:
        """The bundled drawing of a flag, as WebP.

        Raises:
            SearchError: the hit is not one of the atlas's.
        """
        file = self._files.get(hit.image_url)
        if file is None:
            raise SearchError(
                f"the atlas has no picture {hit.image_url!r}; it holds the flags it found itself. "
                "Ask the provider that returned this hit."
            )
        return (FOLDER / "flags" / file).read_bytes()
