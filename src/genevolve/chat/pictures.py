"""Pictures as a chat model is shown them: JPEGs in data URLs, each made once.

A policy is shown thumbnails. How a picture becomes one is `store.thumbnail`'s,
which a model in this process goes by as well.
"""

import asyncio
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ..errors import ImageError
from ..records import digest_bytes
from ..store.images import ImageStore
from ..store.kept import Kept
from ..store.thumbnail import MAX_PIXELS, thumbnail_jpeg

KEPT_BYTES = 32_000_000
"""About two thousand thumbnails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentPicture:
    """One picture as it is sent."""

    data_url: bytes
    """`data:image/jpeg;base64,…`; holds no character that JSON escapes."""
    uuid: str
    """Names these bytes and no others: vLLM believes it unseen, so it must not outlive a change of `make`."""


class Pictures:
    """A store's pictures as they are sent: each made once, in a thread, and kept within a bound."""

    def __init__(self, store: ImageStore, make: Callable[[bytes], bytes], *, kept_bytes: int) -> None:
        """Pictures of a store.

        Args:
            make: from the bytes of a stored picture to the JPEG that is sent; raises ImageError, and runs in a thread.
                The bytes are those that the store proved to be a picture.
            kept_bytes: how much of what was made is kept.
        """
        self._store = store
        self._make = make
        self._kept = Kept[str, SentPicture](kept_bytes)
        self._making: dict[str, asyncio.Future[SentPicture]] = {}

    async def of(self, digest: str) -> SentPicture:
        """A stored picture as it is sent.

        Raises:
            StoreError: the picture is not in the store.
            ImageError: it cannot be decoded, or its file is not the one that was stored.
        """
        if (picture := self._kept.get(digest)) is not None:
            return picture
        making = self._making.get(digest)
        if making is None:
            making = asyncio.ensure_future(asyncio.to_thread(self._made, digest))
            self._making[digest] = making
            making.add_done_callback(lambda done: self._finish(digest, done))
        # Others may wait for the same picture: who gives up waiting must not stop it.
        return await asyncio.shield(making)

    def _made(self, digest: str) -> SentPicture:
        data = self._store.read(digest)
        if digest_bytes(data) != digest:
            raise ImageError(
                f"the picture {digest!r} is not the one that was stored: its file was changed or damaged since; "
                "copy it back from where it is whole, or make it again"
            )
        jpeg = self._make(data)
        uuid = digest if jpeg is data else digest_bytes(jpeg)
        return SentPicture(data_url=b"data:image/jpeg;base64," + b64encode(jpeg), uuid=uuid)

    def _finish(self, digest: str, done: asyncio.Future[SentPicture]) -> None:
        self._making.pop(digest, None)
        if not done.cancelled() and done.exception() is None:
            self._kept.put(digest, done.result(), size=len(done.result().data_url))


class Thumbnails(Pictures):
    """The thumbnails of a store's pictures."""

    def __init__(self, store: ImageStore, *, max_pixels: int = MAX_PIXELS, kept_bytes: int = KEPT_BYTES) -> None:
        super().__init__(store, partial(thumbnail_jpeg, max_pixels=max_pixels), kept_bytes=kept_bytes)
