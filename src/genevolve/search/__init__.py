"""Where text and pictures are found: providers behind one small protocol, opened by name.

A new provider is one file in this folder and one line in `_open_one` or
`_open_service`.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError
from .base import ImageHit, Provider, Remote, TextHit
from .joined import JoinedProvider

if TYPE_CHECKING:
    from ..http.client import CallLimits
    from ..http.guard import Downloader
    from .network import Service

PROVIDERS = ("atlas", "local", "serper", "wikimedia", "searxng", "brave", "openverse")
"""The names that `open_provider` knows."""
SETTINGS = {"serper": "SERPER_API_KEY", "brave": "BRAVE_API_KEY", "searxng": "SEARXNG_URL"}
"""The environment variable without which a provider cannot be opened."""

OFFLINE_PROVIDERS = ("atlas", "local")
"""Those that open no connection."""

__all__ = [
    "OFFLINE_PROVIDERS",
    "PROVIDERS",
    "SETTINGS",
    "ImageHit",
    "JoinedProvider",
    "Provider",
    "Remote",
    "TextHit",
    "configured_providers",
    "open_provider",
]


def open_provider(
    name: str,
    *,
    index: Path | str | None = None,
    downloads: "Downloader | None" = None,
    limits: "CallLimits | None" = None,
) -> Provider:
    """A provider by its name; several names with commas ("atlas,local") are asked side by side.

    Args:
        name: one of `PROVIDERS`, or several.
        index: for "local", the indexed folder or its index file; without it, the current folder's index.
        downloads: for those over a network, what fetches their pictures; None gives each one of its own.
        limits: how long and how often a service is tried; None leaves it to the providers.

    Raises:
        UsageError: there is no such provider, its key or address is not set, or the index is missing, is none of
            ours or must be made anew.
    """
    names = list(dict.fromkeys(part.strip() for part in name.split(",") if part.strip()))
    if not names:
        raise UsageError(f"no search provider is named; expected one or more of {', '.join(PROVIDERS)}.")
    providers = [_open_one(part, Path(index or "."), downloads, limits) for part in names]
    return providers[0] if len(providers) == 1 else JoinedProvider(providers)


def configured_providers() -> tuple[str, ...]:
    """The names of providers whose key or address the environment has."""
    return tuple(name for name, variable in SETTINGS.items() if os.environ.get(variable, "").strip())


def _open_one(name: str, index: Path, downloads: "Downloader | None", limits: "CallLimits | None") -> Provider:
    match name:
        case "atlas":
            from .atlas.provider import AtlasProvider

            return AtlasProvider()
        case "local":
            from .local import LocalProvider

            return LocalProvider(index)
        case _ if name in PROVIDERS:
            from .network import SEARCH_LIMITS, NetworkProvider

            return NetworkProvider(_open_service(name, limits or SEARCH_LIMITS), downloads=downloads)
        case _:
            raise UsageError(
                f"there is no search provider {name!r}; expected one of {', '.join(PROVIDERS)}. "
                "Several are joined with commas: atlas,local."
            )


def _open_service(name: str, limits: "CallLimits") -> "Service":
    # Each is imported when it is named, so that who searches offline loads no network.
    match name:
        case "serper":
            from .serper import Serper

            return Serper.from_environment(limits=limits)
        case "wikimedia":
            from .wikimedia import Wikimedia

            return Wikimedia.from_environment(limits=limits)
        case "searxng":
            from .searxng import Searxng

            return Searxng.from_environment(limits=limits)
        case "brave":
            from .brave import Brave

            return Brave.from_environment(limits=limits)
        case "openverse":
            from .openverse import Openverse

            return Openverse.from_environment(limits=limits)
        case _:
            raise AssertionError(f"{name} is among the providers and has no service")
