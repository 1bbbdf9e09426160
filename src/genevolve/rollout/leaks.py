"""What must not stand in a prompt, because a renderer cannot look it up: image ids, web addresses and file paths.

Words in quotation marks are to be painted, so an address on a shop sign is no
leak; one of an image that was found is a leak wherever it stands.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ..language.addresses import FILE_PATH, IMAGE_ID, find_web_addresses
from ..language.quotes import find_quotes
from ..records import FoundImage


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """One id, address or path in a prompt."""

    kind: Literal["image id", "web address", "file path"]
    text: str
    start: int
    end: int
    number: int = 0
    """Of an image id."""


def find_leaks(prompt: str, images: Iterable[FoundImage]) -> list[Leak]:
    """Every leak, in the order of the text and without overlaps."""
    found = [
        Leak(kind="web address", text=text, start=start, end=start + len(text))
        for start, text in find_web_addresses(prompt)
    ]
    found += [Leak(kind="file path", text=m[0], start=m.start(), end=m.end()) for m in FILE_PATH.finditer(prompt)]
    found += [
        Leak(kind="image id", text=m[0], start=m.start(), end=m.end(), number=int(m[1]))
        for m in IMAGE_ID.finditer(prompt)
    ]
    found.sort(key=lambda leak: (leak.start, -leak.end))
    leaks: list[Leak] = []
    for leak in found:
        if not leaks or leak.start >= leaks[-1].end:
            leaks.append(leak)
    return _without_painted(prompt, leaks, list(images)) if leaks else []


def _without_painted(prompt: str, leaks: list[Leak], images: list[FoundImage]) -> list[Leak]:
    known = {image.ref.lower() for image in images}
    addresses = {address for image in images for address in (image.image_url, image.page_url) if address}
    quotes = find_quotes(prompt)
    return [
        leak
        for leak in leaks
        if (leak.kind == "image id" and f"img_{leak.number:03d}" in known)
        or leak.text in addresses
        or any(image.digest in leak.text for image in images)
        or not any(quote.start < leak.start and leak.end < quote.end for quote in quotes)
    ]
