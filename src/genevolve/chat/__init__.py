"""OpenAI-compatible chat: conversations with pictures as servers read them, and what they answer."""

from .advice import Advice
from .client import ChatClient, read_base_url
from .pictures import Pictures, SentPicture, Thumbnails
from .reading import Completion, read_completion

__all__ = [
    "Advice",
    "ChatClient",
    "Completion",
    "Pictures",
    "SentPicture",
    "Thumbnails",
    "read_base_url",
    "read_completion",
]
