"""The pictures of a page: small ones that it carries, and the files beside it that it links to.

A page is to stay small with thousands of attempts, so the more pictures are carried, the smaller each is. With
`embed="full"` it carries every file as well, and needs nothing beside it.
"""

import base64
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from PIL import Image

from ..errors import ImageError, StoreError
from ..store import ImageStore
from ..store.proof import READ_FORMATS
from ..store.thumbnail import MAX_PIXELS, thumbnail_webp
from .write import Block, json_block

Embed = Literal["previews", "full"]

_MOST_BYTES = 22_000_000
"""Of all previews together, before base64 makes them a third longer."""
_BYTES_A_PIXEL = 0.12
"""Of a photograph in a WebP of this size: the first guess, before some pictures of the page tell."""
_SAMPLE = 32
_LEAST_BYTES_A_PIXEL = 0.01
_ROOM = 0.9
"""The rest of the pictures may be busier than those of the sample."""
_LEAST_PIXELS = 24_000
_IN_A_BLOCK = 40
"""A block is read as a whole when one of its pictures comes into view."""
_TYPES = {".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp"}


@dataclass(frozen=True, slots=True)
class _Preview:
    data: bytes
    width: int
    height: int


class Pictures:
    """Gathers what a page shows, and gives the blocks that carry it."""

    def __init__(self, *, embed: Embed = "previews", page: Path) -> None:
        """Pictures for one page.

        Args:
            page: the file that the page will be, from which the paths to pictures beside it lead.
        """
        self._embed = embed
        self._folder = page.parent
        self._files: dict[str, Path] = {}
        self._sized: set[str] = set()
        self._previewed: dict[str, None] = {}
        """In their order."""
        self._begun: Iterator[_Preview | None] | None = None
        self._previews: dict[str, _Preview] = {}
        self.lost: set[str] = set()
        """Digests that are in no store, or are damaged there."""

    def show(self, store: ImageStore, digest: str, *, preview: bool = False, sized: bool = False) -> None:
        """Take a picture up; `preview` carries it in small, `sized` tells its shape where it is not carried.

        A picture that is not in the store is noted as lost, and the page says so in its place.
        """
        if digest not in self._files:
            try:
                self._files[digest] = store.path(digest)
            except StoreError:
                self.lost.add(digest)
                return
        if sized:
            self._sized.add(digest)
        if preview:
            self._previewed[digest] = None

    def start(self) -> None:
        """Begin to make the previews, on all processors; other work can go on beside it.

        How large they may be is told by the first: a few from all over the page.
        """
        files = [self._files[digest] for digest in self._previewed]
        threads = ThreadPoolExecutor(os.cpu_count())
        pixels = preview_pixels(len(files))
        if pixels < MAX_PIXELS:
            some = [one for one in threads.map(_preview, files[:: len(files) // _SAMPLE], repeat(pixels)) if one]
            taken = sum(len(one.data) for one in some) / max(1, sum(one.width * one.height for one in some))
            pixels = preview_pixels(len(files), bytes_a_pixel=max(taken / _ROOM, _LEAST_BYTES_A_PIXEL))
        self._begun = threads.map(_preview, files, repeat(pixels))
        threads.shutdown(wait=False)

    def make(self) -> None:
        """Make the previews; one whose file is damaged is lost."""
        if self._begun is None:
            self.start()
        assert self._begun is not None
        made = dict(zip(self._previewed, self._begun, strict=True))
        self.lost |= {digest for digest, one in made.items() if one is None}
        self._previews = {digest: one for digest, one in made.items() if one}
        self._previewed = dict.fromkeys(self._previews)

    def index(self) -> dict[str, list[object]]:
        """The block "pictures": by digest width, height, block of the preview, block of the whole, path of the file.

        None stands for what there is not. It is complete after `make`.
        """
        place = {digest: number // _IN_A_BLOCK for number, digest in enumerate(self._previewed)}
        full = self._embed == "full"
        index: dict[str, list[object]] = {}
        for number, (digest, path) in enumerate(self._files.items()):
            preview = self._previews.get(digest)
            size = (
                (preview.width, preview.height) if preview else _size(path) if digest in self._sized else (None, None)
            )
            index[digest] = [*size, place.get(digest), number if full else None, None if full else self._link(path)]
        return index

    def blocks(self) -> Iterator[Block]:
        """The blocks that carry the pictures, made one after the other."""
        for number, some in enumerate(_in_parts(list(self._previewed))):
            yield json_block(f"pictures-{number}", {d: _address(self._previews[d].data, "image/webp") for d in some})
        if self._embed == "full":
            for number, (digest, path) in enumerate(self._files.items()):
                yield json_block(f"whole-{number}", {digest: _address(path.read_bytes(), _TYPES[path.suffix])})

    def _link(self, path: Path) -> str:
        """The way from the page to a file, as an address: names and ".." only."""
        try:
            return quote(Path(os.path.relpath(path, self._folder)).as_posix())
        except ValueError:  # on another drive
            return path.resolve().as_uri()


def preview_pixels(pictures: int, *, bytes_a_pixel: float = _BYTES_A_PIXEL) -> int:
    """How many pixels each preview may have where so many are carried, at so many bytes each."""
    fair = int(_MOST_BYTES / bytes_a_pixel / max(1, pictures))
    return max(_LEAST_PIXELS, min(MAX_PIXELS, fair))


def _preview(path: Path, pixels: int) -> _Preview | None:
    try:
        small, (width, height) = thumbnail_webp(path.read_bytes(), max_pixels=pixels)
    except (ImageError, OSError):
        return None
    return _Preview(small, width, height)


def _size(path: Path) -> tuple[int, int] | tuple[None, None]:
    try:
        with Image.open(path, formats=READ_FORMATS) as header:
            return header.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None, None


def _address(data: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


def _in_parts(digests: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(digests), _IN_A_BLOCK):
        yield digests[start : start + _IN_A_BLOCK]
