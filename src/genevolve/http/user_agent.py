"""How this package names itself to the servers of others."""

import os
from importlib import metadata

CONTACT_VARIABLE = "GENEVOLVE_CONTACT"
"""An address or page that services such as Wikimedia ask to be told, so that they can complain before they block."""


def user_agent() -> str:
    """The User-Agent of searches and downloads: what asks, in which version, and whom to write to where that is set."""
    try:
        version = metadata.version("genevolve")
    except metadata.PackageNotFoundError:  # run from a checkout that is not installed
        version = "0"
    contact = os.environ.get(CONTACT_VARIABLE, "").strip()
    # A header holds latin letters on one line.
    told = "; ".join(filter(None, ("open image-generation agent", contact.encode("ascii", "ignore").decode())))
    return " ".join(f"genevolve/{version} ({told}) aiohttp/{metadata.version('aiohttp')}".split())
