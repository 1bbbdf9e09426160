"""What the policy may call: search, image_search, query_knowledge, and the toolbox that lists them."""

from .base import Observation, ReadyCall, Tool
from .defuse import defuse
from .evidence import Evidence, Listing
from .toolbox import Toolbox

__all__ = ["Evidence", "Listing", "Observation", "ReadyCall", "Tool", "Toolbox", "defuse"]
