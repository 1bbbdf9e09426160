"""Pictures as a chat model is shown them: JPEGs in data URLs, each made once.

A policy is shown thumbnails: at most 160,000 pixels, as in the published
trajectories, opaque and RGB; the store has turned every picture upright.
"""

import asyncio
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from math import sqrt

from PIL import Image

from ..errors import ImageError
from ..records import digest_bytes
from ..store.images import ImageStore
from ..store.proof import READ_FORMATS, open_picture, plain_colours
from .kept import Kept

MAX_PIXELS = 160_000
QUALITY = 85
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


def thumbnail_jpeg(data: bytes, *, max_pixels: int = MAX_PIXELS) -> bytes:
    """A JPEG of a stored picture, opaque and RGB, with at most `max_pixels` pixels; a small JPEG stays as it is.

    Raises:
        ImageError: the bytes are no picture, or a damaged one.
    """
    width, height = _size(data)
    wanted = _within(width, height, max_pixels)
    image = open_picture(data, near=wanted)
    if image.format == "JPEG" and image.mode == "RGB" and wanted == (width, height):
        return data
    image = plain_colours(image)
    if image.size != wanted:
        image = image.resize(wanted, Image.Resampling.BILINEAR, reducing_gap=2.0)
    out = BytesIO()
    opaque(image).save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _size(data: bytes) -> tuple[int, int]:
    try:
        with Image.open(BytesIO(data), formats=READ_FORMATS) as header:
            return header.size
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, OSError, ValueError, SyntaxError) as error:
        raise ImageError(f"the {len(data):,} bytes are no picture that can be shown: {error}") from error


def _within(width: int, height: int, max_pixels: int) -> tuple[int, int]:
    """The size scaled down to at most `max_pixels`, its aspect kept as far as whole pixels allow."""
    scale = min(1.0, sqrt(max_pixels / (width * height)))
    narrow = max(1, int(min(width, height) * scale))
    long = max(1, min(int(max(width, height) * scale), max_pixels // narrow))
    return (long, narrow) if width >= height else (narrow, long)


def opaque(image: Image.Image) -> Image.Image:
    """A picture in grey, RGB or RGBA as RGB, what is clear in it on white."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    clear = image.convert("RGBA")
    ground = Image.new("RGB", clear.size, "white")
    ground.paste(clear, mask=clear.getchannel("A"))
    return ground
