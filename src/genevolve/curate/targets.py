"""The target picture of a row, wherever a published layout keeps it: inside the row, or in a file beside it."""

from pathlib import Path
from typing import Any, cast

from ..errors import ImageError, RequestError
from ..language.text import one_line
from ..store import ImageStore
from ..store.rows import is_lfs_pointer
from .named_pictures import MOST_PATH_CHARS, decode_data_url, first_file, inside, is_data_url
from .readers import Row


def store_target(name: str, row: Row, images: ImageStore) -> str | None:
    """Put a row's target into the store and return its digest; None where the row names none.

    Args:
        name: of its field, which holds a path, a data URL, the bytes of a picture, or both as {"bytes", "path"}.
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
    if is_data_url(value):
        return decode_data_url(value)
    file = _file_of(name, value, row)
    try:
        return file.read_bytes()
    except OSError as error:
        raise RequestError(f"{name}: cannot read {str(file)!r}: {error.strerror}") from error


def _file_of(name: str, path: str, row: Row) -> Path:
    said, root = one_line(path, max_chars=120), str(row.root)
    if len(path) > MOST_PATH_CHARS:
        raise RequestError(f"{name} {said!r} has {len(path):,} characters and is no path")
    tried = inside([folder / path for folder in (row.file.parent, row.root)], [row.root])
    if not tried:
        raise RequestError(
            f"{name} {said!r} leads out of {root!r}; put the picture there, or name the folder that has both"
        )
    if found := first_file(tried):
        return found
    raise RequestError(f"{name} {said!r} is no file under {root!r}")
