"""Pictures as a chat model is shown them: small JPEGs in data URLs, each made once.

A thumbnail has at most 160,000 pixels, as in the published trajectories. It is
opaque and RGB; the store has turned every picture upright.
"""

import asyncio
from base64 import b64encode
from dataclasses import dataclass
from io import BytesIO
from math import sqrt

from PIL import Image

from ..errors import ImageError
from ..records import digest_bytes
from ..store.images import ImageStore
from ..store.proof import READ_FORMATS, open_picture
from .kept import Kept

MAX_PIXELS = 160_000
QUALITY = 85
KEPT_BYTES = 32_000_000
"""About two thousand thumbnails."""
_PLAIN = frozenset({"L", "RGB", "RGBA"})


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
    if image.mode not in _PLAIN:
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.size != wanted:
        image = image.resize(wanted, Image.Resampling.BILINEAR, reducing_gap=2.0)
    out = BytesIO()
    _opaque(image).save(out, "JPEG", quality=QUALITY)
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


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image.convert("RGB")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground
