"""OpenAI-compatible chat: conversations with pictures as servers read them, and what they answer."""

from .client import ChatClient, read_base_url
from .pictures import Thumbnail, Thumbnails
from .reading import Completion, read_completion

__all__ = [
    "ChatClient",
    "Completion",
    "Thumbnail",
    "Thumbnails",
    "read_base_url",
    "read_completion",
]
