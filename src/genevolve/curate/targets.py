"""The target picture of a row, wherever a published layout keeps it: inside the row, or in a file beside it.

A row comes from the world and its target is shown to a judge, so a path may
not lead out of the folder of the data.
"""

import os
from pathlib import Path
from typing import Any, cast

from ..errors import ImageError, RequestError
from ..store import ImageStore
from ..store.rows import is_lfs_pointer
from .readers import Row


def store_target(name: str, row: Row, images: ImageStore) -> str | None:
    """Put a row's target into the store and return its digest; None where the row names none.

    Args:
        name: of its field, which holds a path, the bytes of a picture, or both as {"bytes", "path"}.
        row: tells the folders that a path is tried against.
        images: of the run.

    Raises:
        RequestError: it is named and cannot be had.
    """
    if (data := _bytes_of(name, row)) is None:
        return None
    if is_lfs_pointer(data):
        raise RequestError(f"{name} is a git-LFS pointer, not the picture; run `git lfs pull` in its repository")
    try:
        return images.add(data)
    except ImageError as error:
        raise RequestError(f"{name} is no usable picture: {error}") from error


def _bytes_of(name: str, row: Row) -> bytes | None:
    value = row.fields.get(name)
    if isinstance(value, dict):
        parts = cast(dict[str, Any], value)
        value = parts.get("bytes") or parts.get("path")
    if not value:
        return None
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise RequestError(f"{name} is of type {type(value).__name__}; expected a path, or the bytes of a picture")
    file = _file_of(name, value, row)
    try:
        return file.read_bytes()
    except OSError as error:
        raise RequestError(f"{name}: cannot read {str(file)!r}: {error.strerror}") from error


def _file_of(name: str, path: str, row: Row) -> Path:
    # Links are not followed here: in a hub's cache every file is a link to elsewhere.
    root = plain_path(row.root)
    tried = [plain_path(folder / path) for folder in (row.file.parent, row.root)]
    inside = [file for file in tried if file.is_relative_to(root)]
    if not inside:
        raise RequestError(f"{name} {path!r} leads out of {str(row.root)!r}; put the picture there and name it from it")
    if found := [file for file in inside if file.is_file()]:
        return found[0]
    raise RequestError(f"{name} {path!r} is no file under {str(row.root)!r}")


def plain_path(path: Path) -> Path:
    """The path from the root, without steps up."""
    return Path(os.path.normpath(path.absolute()))
