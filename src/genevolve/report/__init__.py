"""A run as one page that is opened from the disk: pictures first, and behind each how it came about."""

from .pictures import Embed
from .run_page import Written, write_report

__all__ = ["Embed", "Written", "write_report"]
