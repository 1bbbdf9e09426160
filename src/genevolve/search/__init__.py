"""Where text and pictures are found: providers behind one small protocol, opened by name.

A new provider is one file in this folder and one line in `_open_one`.
"""

from pathlib import Path

from ..errors import UsageError
from .base import ImageHit, Provider, TextHit
from .joined import JoinedProvider

PROVIDERS = ("atlas", "local")
"""The names that `open_provider` knows."""

__all__ = ["PROVIDERS", "ImageHit", "JoinedProvider", "Provider", "TextHit", "open_provider"]


def open_provider(name: str, *, index: Path | str | None = None) -> Provider:
    """A provider by its name; several names with commas ("atlas,local") are asked side by side.

    Args:
        name: one of `PROVIDERS`, or several.
        index: for "local", the indexed folder or its index file; without it, the current folder's index.

    Raises:
        UsageError: there is no such provider, or the index is missing, is none of ours or must be made anew.
    """
    names = list(dict.fromkeys(part.strip() for part in name.split(",") if part.strip()))
    if not names:
        raise UsageError(f"no search provider is named; expected one or more of {', '.join(PROVIDERS)}.")
    providers = [_open_one(part, Path(index or ".")) for part in names]
    return providers[0] if len(providers) == 1 else JoinedProvider(providers)


def _open_one(name: str, index: Path) -> Provider:
    match name:
        case "atlas":
            from .atlas.provider import AtlasProvider

            return AtlasProvider()
        case "local":
            from .local import LocalProvider

            return LocalProvider(index)
        case _:
            raise UsageError(
                f"there is no search provider {name!r}; expected one of {', '.join(PROVIDERS)}. "
                "Several are joined with commas: atlas,local."
            )
