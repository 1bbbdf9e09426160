"""Folders that are whole or not there, whenever the process is killed."""

import shutil
from collections.abc import Callable
from pathlib import Path

from ..errors import StoreError


def write_whole_folder(folder: Path, write: Callable[[Path], object]) -> Path:
    """Write a folder beside its place and rename it into it; one that stands there is replaced. Returns it.

    Args:
        write: makes the folder of the name that it is given, and fills it.

    Raises:
        StoreError: it cannot be written; what was there stays.
    """
    partial = beside(folder, "partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        write(partial)
        put_folder(partial, folder)
    except OSError as error:
        raise StoreError(f"the folder {str(folder)!r} cannot be written: {error.strerror}; free some space") from error
    return folder


def put_folder(partial: Path, folder: Path) -> None:
    """Rename a finished folder into its place; one that stands there goes.

    Raises:
        OSError: one cannot be renamed.
    """
    replaced = beside(folder, "replaced")
    shutil.rmtree(replaced, ignore_errors=True)
    if folder.exists():
        folder.rename(replaced)
    partial.rename(folder)
    shutil.rmtree(replaced, ignore_errors=True)


def beside(folder: Path, state: str) -> Path:
    """What a folder is called while it is not, or no longer, what its name says."""
    return folder.with_name(f".{folder.name}.{state}")
