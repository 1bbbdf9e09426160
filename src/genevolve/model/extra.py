"""Whether what trains, and what runs a model in this process, is installed."""

import importlib
import importlib.util
import sys
from typing import Any

from ..errors import MissingExtraError


def require(*modules: str) -> None:
    """Nothing, where all of these can be imported.

    Raises:
        MissingExtraError: some are missing; says how to install them.
    """
    if missing := [name for name in modules if importlib.util.find_spec(name) is None]:
        raise MissingExtraError(*missing, extra="train")


def quiet_bars() -> None:
    """Have transformers draw no progress bars where nobody looks at a terminal."""
    if not sys.stderr.isatty():
        logging: Any = importlib.import_module("transformers.utils.logging")
        logging.disable_progress_bar()
