"""Pictures as a chat model is shown them: small JPEGs in data URLs, each made once.

How a picture becomes a thumbnail is `store.thumbnail`'s, which a model in this
process goes by as well.
"""

import asyncio
from base64 import b64encode
from dataclasses import dataclass

from ..records import digest_bytes
from ..store.images import ImageStore
from ..store.kept import Kept
from ..store.thumbnail import MAX_PIXELS, thumbnail_jpeg

KEPT_BYTES = 32_000_000
"""About two thousand thumbnails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thumbnail:
    """One picture as it is sent."""

    data_url: bytes
    """`data:image/jpeg;base64,…`; holds no character that JSON escapes."""
    uuid: str
    """Names these bytes and no others: vLLM believes it unseen, so it must not outlive a change of `max_pixels`."""


class Thumbnails:
    """The thumbnails of a store's pictures, made in threads and kept."""

    def __init__(self, store: ImageStore, *, max_pixels: int = MAX_PIXELS, kept_bytes: int = KEPT_BYTES) -> None:
        self._store = store
        self._max_pixels = max_pixels
        self._kept = Kept[str, Thumbnail](kept_bytes)
        self._making: dict[str, asyncio.Future[Thumbnail]] = {}

    async def of(self, digest: str) -> Thumbnail:
        """The thumbnail of a stored picture.

        Raises:
            StoreError: the picture is not in the store.
            ImageError: it cannot be decoded.
        """
        if (thumbnail := self._kept.get(digest)) is not None:
            return thumbnail
        making = self._making.get(digest)
        if making is None:
            making = asyncio.ensure_future(asyncio.to_thread(self._make, digest))
            self._making[digest] = making
            making.add_done_callback(lambda done: self._finish(digest, done))
        # Others may wait for the same picture: who gives up waiting must not stop it.
        return await asyncio.shield(making)

    def _make(self, digest: str) -> Thumbnail:
        jpeg = thumbnail_jpeg(self._store.read(digest), max_pixels=self._max_pixels)
        return Thumbnail(data_url=b"data:image/jpeg;base64," + b64encode(jpeg), uuid=digest_bytes(jpeg))

    def _finish(self, digest: str, done: asyncio.Future[Thumbnail]) -> None:
        self._making.pop(digest, None)
        if not done.cancelled() and done.exception() is None:
            self._kept.put(digest, done.result(), size=len(done.result().data_url))
