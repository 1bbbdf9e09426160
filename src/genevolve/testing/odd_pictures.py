"""Pictures as the web has them: real files that are torn, turned, animated, packed, or no picture at all."""

import struct
import zlib
from io import BytesIO

import numpy as np
from PIL import Image

RED, GREEN, BLUE = (220, 30, 30), (30, 160, 60), (30, 60, 200)
_ORIENTATION_TAG = 0x0112


def striped(size: tuple[int, int] = (48, 32)) -> Image.Image:
    """A picture whose left half is red and whose right half is blue, with a green line along its top."""
    width, height = size
    image = Image.new("RGB", size, RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    image.paste(GREEN, (0, 0, width, max(1, height // 8)))
    return image


def jpeg(image: Image.Image | None = None, *, orientation: int | None = None) -> bytes:
    """A JPEG, with an orientation tag if one is given."""
    image = image or striped()
    exif = Image.Exif()
    if orientation is not None:
        exif[_ORIENTATION_TAG] = orientation
    out = BytesIO()
    image.save(out, "JPEG", quality=92, subsampling=0, exif=exif)
    return out.getvalue()


def encoded(image: Image.Image, kind: str) -> bytes:
    """The picture in a format of pillow's."""
    out = BytesIO()
    image.save(out, kind)
    return out.getvalue()


def animated(kind: str) -> bytes:
    """A red, a green and a blue frame: a GIF, a WEBP, or a PNG."""
    frames = [Image.new("RGB", (24, 16), colour) for colour in (RED, GREEN, BLUE)]
    lossless = {"lossless": True} if kind == "WEBP" else {}
    out = BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:], duration=100, **lossless)
    return out.getvalue()


def grey16() -> bytes:
    """A PNG of 16 bits: its left half a quarter bright, its right half three quarters."""
    levels = np.full((16, 24), 0x4000, dtype=np.uint16)
    levels[:, 12:] = 0xC000
    return encoded(Image.fromarray(levels), "PNG")


def photograph(size: tuple[int, int] = (1024, 768), *, quality: int = 55, seed: int = 0) -> bytes:
    """A JPEG with the grain of a photograph; about 100 KB at the usual size."""
    random = np.random.default_rng(seed)
    width, height = size
    coarse = Image.fromarray(random.integers(0, 255, (height // 16, width // 16, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize(size, Image.Resampling.BICUBIC)).astype(np.float32)
    grain = smooth + random.normal(0, 6, (height, width, 1))
    out = BytesIO()
    Image.fromarray(grain.clip(0, 255).astype(np.uint8)).save(out, "JPEG", quality=quality)
    return out.getvalue()


def vast_png(side: int = 30_000) -> bytes:
    """A whole PNG of `side` x `side` white pixels, one bit each; a few kilobytes a thousand rows."""
    row = b"\0" + b"\xff" * ((side + 7) // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", packed), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>'
HTML = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>"
