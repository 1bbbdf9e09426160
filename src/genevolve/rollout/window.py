"""Which pictures stand in a conversation when the policy is asked.

A record keeps every message word for word as it was first sent. Servers allow
so many pictures a prompt, so the policy is handed the conversation through this
window: beyond `MAX_IMAGES`, older pictures are left out of their messages, whose
words name each by id and title. The window is a function of the messages alone,
so that training and replay see what the policy saw.
"""

from ..records import ImagePart, Message

MAX_IMAGES = 24


def windowed(messages: tuple[Message, ...], *, max_images: int = MAX_IMAGES) -> tuple[Message, ...]:
    """The messages with their newest `max_images` pictures; unchanged where there are no more than that."""
    excess = sum(isinstance(part, ImagePart) for message in messages for part in message.parts) - max_images
    if excess <= 0:
        return messages
    seen: list[Message] = []
    for message in messages:
        kept = tuple(part for part in message.parts if not isinstance(part, ImagePart))
        pictures = tuple(part for part in message.parts if isinstance(part, ImagePart))
        left_out = min(excess, len(pictures))
        excess -= left_out
        seen.append(message.but(parts=(*kept, *pictures[left_out:])) if left_out else message)
    return tuple(seen)
