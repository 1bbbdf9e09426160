"""A picture that a row names: a path inside the folders of the data, or a data URL.

A row comes from the world and its pictures are shown to judges, so a path may
not lead out of the folders that the user named; and whatever a row says, the
answer is a picture or that there is none.
"""

import base64
import binascii
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..errors import RequestError

MOST_PATH_CHARS = 4096
"""What is longer names no file on any system."""
_DATA_URL = re.compile(r"data:image/[^,;]*(?:;[^,;]*)*;base64,", re.IGNORECASE)


def is_data_url(text: str) -> bool:
    """Whether a text holds a file instead of naming one."""
    return text[:5].lower() == "data:"


def decode_data_url(text: str) -> bytes:
    """The file in a data URL; whether it is a picture is for the image store to find out.

    Raises:
        RequestError: it is no base64 of an image.
    """
    head = _DATA_URL.match(text)
    if head is None:
        raise RequestError("the data URL is none of an image in base64; expected data:image/png;base64,…")
    try:
        return base64.b64decode("".join(text[head.end() :].split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise RequestError(f"the data URL is no whole base64 ({error}); was the file cut off?") from error


def plain_path(path: Path) -> Path:
    """The path from the root, without steps up."""
    return Path(os.path.normpath(path.absolute()))


def inside(tried: Iterable[Path], roots: Sequence[Path]) -> list[Path]:
    """Those paths that lie in one of the folders, without steps up.

    Links are not followed: in a hub's cache every file is a link to elsewhere.
    """
    folders = [plain_path(root) for root in roots]
    plain = [plain_path(path) for path in tried]
    return [path for path in plain if any(path.is_relative_to(folder) for folder in folders)]


def first_file(tried: Iterable[Path]) -> Path | None:
    """The first of the paths at which there is a file; a path that cannot be looked up has none."""
    return next((path for path in tried if _is_file(path)), None)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name longer than the system takes, a folder that may not be entered
        return False
