"""Words about a person's pictures: from sidecar files, caption lists, the picture's own fields, and its file name.

A sidecar has the picture's stem: `fox.json` (`title`, `caption`, `licence`,
`author`, `source`, `page_url`), or `fox.txt` or `fox.md` with a caption. A
caption list, `captions.jsonl` or `metadata.jsonl`, has one such object a line
with `file_name`. Where several speak, the sidecar wins, then the list, then
the picture itself.
"""

import json
import re
import warnings
from dataclasses import dataclass
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, UnidentifiedImageError

from ..language.text import one_line, well_formed
from ..store.proof import MAX_PIXELS
from .reading import UnreadableError, decode, title_of

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"})
CAPTION_LISTS = ("captions.jsonl", "metadata.jsonl")
SIDECAR_SUFFIXES = (".json", ".txt", ".md")
MAX_IMAGE_BYTES = 100_000_000
MAX_SIDECAR_BYTES = 1_000_000
MAX_CAPTION_CHARS = 4_000

_DESCRIPTION, _XP_TITLE, _ARTIST, _COPYRIGHT = 0x010E, 0x9C9B, 0x013B, 0x8298  # EXIF tags
_XMP_DESCRIPTION = re.compile(rb"<dc:description>.*?<rdf:li[^>]*>(.*?)</rdf:li>", re.DOTALL)
# What cameras write where nobody wrote anything.
_CAMERA_WORDS = re.compile(
    r"^(OLYMPUS|SONY|Minolta|KONICA|SAMSUNG|Exif_JPEG|default|untitled|Digital|charset=)", re.IGNORECASE
)
# What Pillow's decoders raise for damaged files.
_IMAGE_FAULTS = (OSError, ValueError, SyntaxError, EOFError, IndexError, KeyError, TypeError, ZeroDivisionError)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageWords:
    """What is known about a picture in words."""

    title: str = ""
    caption: str = ""
    licence: str | None = None
    author: str | None = None
    page_url: str | None = None

    def over(self, other: "ImageWords") -> "ImageWords":
        """These words, and where they are silent the other's."""
        return ImageWords(
            title=self.title or other.title,
            caption=self.caption or other.caption,
            licence=self.licence or other.licence,
            author=self.author or other.author,
            page_url=self.page_url or other.page_url,
        )


def sidecar_of(image: Path) -> Path | None:
    """The picture's sidecar file, the first kind of `SIDECAR_SUFFIXES` that is there."""
    return next((side for suffix in SIDECAR_SUFFIXES if (side := image.with_suffix(suffix)).is_file()), None)


def read_sidecar(path: Path) -> ImageWords:
    """The words of a sidecar; none where it cannot be read."""
    try:
        if path.stat().st_size > MAX_SIDECAR_BYTES:
            return ImageWords()
        text = decode(path.read_bytes())
        return _words_of(json.loads(text)) if path.suffix == ".json" else ImageWords(caption=_caption(text))
    except (OSError, UnreadableError, ValueError, RecursionError):
        return ImageWords()


def read_caption_list(folder: Path) -> dict[str, ImageWords]:
    """The words of a folder's caption list by file name; lines that cannot be read say nothing."""
    words: dict[str, ImageWords] = {}
    for name in CAPTION_LISTS:
        try:
            lines = decode((folder / name).read_bytes()).split("\n")
        except (OSError, UnreadableError):
            continue
        for line in lines:
            try:
                row: Any = json.loads(line)
                words.setdefault(str(row["file_name"]), _words_of(row))
            except (ValueError, RecursionError, TypeError, KeyError):
                continue
    return words


def read_image(path: Path) -> ImageWords:
    """The words that a picture carries in itself, once it is known to be one.

    Raises:
        UnreadableError: it is empty, too large, damaged, or no picture.
        OSError: the file cannot be opened.
    """
    size = path.stat().st_size
    if size == 0 or size > MAX_IMAGE_BYTES:
        raise UnreadableError("it is empty" if size == 0 else f"it is larger than {MAX_IMAGE_BYTES // 1_000_000} MB")
    data = path.read_bytes()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's remarks on odd EXIF and large pictures; the limit is below
            with Image.open(BytesIO(data)) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise UnreadableError(f"it has more than {MAX_PIXELS // 1_000_000} million pixels")
                words = _own_words(image)
                image.draft(
                    None, (image.width // 8, image.height // 8)
                )  # an eighth proves a JPEG whole, eight times sooner
                image.load()
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise UnreadableError("it is no picture that can be read") from error
    except _IMAGE_FAULTS as error:
        raise UnreadableError(f"the picture is damaged: {one_line(str(error), max_chars=80)}") from error
    return words


def from_name(path: Path) -> ImageWords:
    """The words of a picture's file name."""
    return ImageWords(title=title_of(path))


def _own_words(image: Image.Image) -> ImageWords:
    exif = image.getexif()
    described = _field(exif.get(_DESCRIPTION)) or _field(image.info.get("Description"))
    if not described and isinstance(image.info.get("xmp"), bytes):
        found = _XMP_DESCRIPTION.search(image.info["xmp"])
        described = _caption(unescape(found[1].decode("utf-8", "replace"))) if found else ""
    title = exif.get(_XP_TITLE)
    named = title.decode("utf-16-le", "replace").strip("\x00") if isinstance(title, bytes) else ""
    return ImageWords(
        title=one_line(named or _field(image.info.get("Title"))),
        caption="" if _CAMERA_WORDS.match(described) else described,
        author=_field(exif.get(_ARTIST)) or None,
        licence=_field(exif.get(_COPYRIGHT)) or None,
    )


def _field(value: object) -> str:
    return _caption(value.replace("\x00", " ")) if isinstance(value, str) else ""


def _words_of(row: Any) -> ImageWords:
    """The words of a JSON object, under the names that people use for them."""
    if not isinstance(row, dict):
        return ImageWords()
    fields: dict[str, str] = {str(k).lower(): v for k, v in row.items() if isinstance(v, str)}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]

    def first(*names: str) -> str:
        return next((fields[name] for name in names if fields.get(name, "").strip()), "")

    return ImageWords(
        title=one_line(first("title", "name")),
        caption=_caption(first("caption", "text", "description", "alt")),
        licence=one_line(first("licence", "license", "rights")) or None,
        author=one_line(first("author", "creator", "artist", "credit")) or None,
        page_url=one_line(first("page_url", "source", "url"), max_chars=2_000) or None,
    )


def _caption(text: str) -> str:
    return " ".join(well_formed(text[: 2 * MAX_CAPTION_CHARS]).split())[:MAX_CAPTION_CHARS]
