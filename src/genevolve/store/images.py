"""Image files named by their content, so that the same picture is stored once."""

import os
import struct
import threading
import warnings
from io import BytesIO
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from ..errors import ImageError, StoreError
from ..records import digest_bytes

SUFFIXES = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
"""Formats that are stored as they are, with the ending of their files."""
READ_FORMATS = (*SUFFIXES, "GIF", "BMP", "TIFF", "AVIF")
"""Formats that are read at all; some of pillow's others start other programs."""
MAX_PIXELS = 64_000_000
"""Larger pictures are refused: four times an 8K frame's pixels decode to a gigabyte."""

# Pillow warns of a decompression bomb before it decodes one; here that is an error.
warnings.simplefilter("error", Image.DecompressionBombWarning)

# Pillow's decoders raise these for damaged files; which one depends on the format.
_DAMAGED = (
    OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, ArithmeticError, NotImplementedError,
    struct.error,
)  # fmt: skip


class ImageStore:
    """The folder `images/` of a run: `ab/ab3f….jpg`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, data: bytes) -> str:
        """Store the bytes of a picture and return their digest.

        JPEG, PNG and WebP are kept byte for byte; the other formats that pillow
        reads are stored as PNG, first frame only.

        Raises:
            ImageError: the bytes are no picture, are truncated, or have more than `MAX_PIXELS` pixels.
            StoreError: the file cannot be written.
        """
        if (known := digest_bytes(data)) in self:
            return known
        data, suffix = _storable(data)
        digest = digest_bytes(data)
        path = self.folder / digest[:2] / f"{digest}.{suffix}"
        if not path.exists():
            _write_whole(path, data)
        return digest

    def path(self, digest: str) -> Path:
        """The file of a stored picture.

        Raises:
            StoreError: there is none; a reference whose file is gone stops its program.
        """
        for suffix in SUFFIXES.values():
            path = self.folder / digest[:2] / f"{digest}.{suffix}"
            if path.exists():
                return path
        raise StoreError(
            f"the picture {digest!r} is not in {str(self.folder)!r}. "
            "Was it deleted, or the run folder copied without its images? Copy it back, or redo the rollout."
        )

    def read(self, digest: str) -> bytes:
        """The bytes of a stored picture."""
        return self.path(digest).read_bytes()

    def __contains__(self, digest: str) -> bool:
        return any((self.folder / digest[:2] / f"{digest}.{suffix}").exists() for suffix in SUFFIXES.values())


def open_picture(data: bytes, *, near: tuple[int, int] | None = None) -> Image.Image:
    """The decoded picture, its pixels proven by loading them.

    With `near`, a JPEG may be decoded smaller than it is, but never smaller than that, which is several times faster.

    Raises:
        ImageError: the bytes are no picture, are truncated, or have more than `MAX_PIXELS` pixels.
    """
    try:
        image = Image.open(BytesIO(data), formats=READ_FORMATS)
        width, height = image.size
        if width * height > MAX_PIXELS:
            raise ImageError(
                f"a picture of {width}x{height} pixels is past the limit of {MAX_PIXELS:,}; make it smaller"
            )
        if near is not None:
            image.draft(None, near)
        image.load()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError(f"a picture past the limit of {MAX_PIXELS:,} pixels ({error}); make it smaller") from error
    except UnidentifiedImageError as error:
        # Pillow's own words hold the address of a buffer, which would make equal runs differ.
        raise ImageError(f"the {len(data):,} bytes are no picture of a format that can be read") from error
    except _DAMAGED as error:
        raise ImageError(f"the picture is damaged: {error}; expected a whole JPEG, PNG or WebP file") from error
    return image


def _storable(data: bytes) -> tuple[bytes, str]:
    image = open_picture(data)
    suffix = SUFFIXES.get(image.format or "")
    if suffix:
        return data, suffix
    out = BytesIO()
    image.convert("RGBA" if image.has_transparency_data else "RGB").save(out, "PNG")
    return out.getvalue(), "png"


def _write_whole(path: Path, data: bytes) -> None:
    """Write a file that is either whole or absent, whenever the process is killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        draft.write_bytes(data)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise StoreError(
            f"cannot write {str(path)!r}: {error.strerror}. Free some space or choose another --out."
        ) from error
