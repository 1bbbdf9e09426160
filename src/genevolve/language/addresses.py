"""What stands in a text and can only be looked up elsewhere: image ids, web addresses, file paths, digests."""

import re
from collections.abc import Iterator

IMAGE_ID = re.compile(r"(?<![A-Za-z0-9])IMG[_ -]?([0-9]{1,6})(?:\.(?:png|jpe?g|webp))?(?![A-Za-z0-9_])", re.IGNORECASE)
"""The id of a found image, however it is written; its group is the number."""
# It may begin only where a word does, so that a long text without a file in it is read once.
FILE_PATH = re.compile(
    r"(?<![\w.~:/\\-])(?:[A-Za-z]:)?(?:[\w.~-]*[/\\])+[\w.-]+\.(?:png|jpe?g|webp|gif|bmp|tiff?|svg|avif)(?!\w)",
    re.IGNORECASE,
)
"""The path of a picture."""
DIGEST = re.compile(r"(?<![A-Za-z0-9])(?=[0-9a-f]*[0-9])[0-9a-f]{16,64}(?![A-Za-z0-9])")
"""The name of a stored picture or record."""
_URL = re.compile(r"(?<![A-Za-z0-9])(?:(?:https?|ftp|file)://|www\.|data:image/)[^\s<>\"'“”‘’()\[\]{}]+", re.IGNORECASE)


def find_web_addresses(text: str) -> Iterator[tuple[int, str]]:
    """Every address and where it begins, without the punctuation that ends a sentence."""
    for match in _URL.finditer(text):
        if address := match[0].rstrip(".,;:!?"):
            yield match.start(), address
