"""Messages as the chat completions API reads them, written as JSON at once.

A conversation is sent whole with every call, and grows. What was written before
is kept: a text is escaped once, and the bytes of a picture are put in place
without being looked at again.
"""

import json
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from ..records import ImagePart, Message
from .kept import Kept
from .pictures import Thumbnail

KEPT_BYTES = 16_000_000

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


class Writer:
    """Writes messages, and remembers the texts that it escaped."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._texts = Kept[str, bytes](kept_bytes)

    def messages(
        self, messages: Sequence[Message], shown: Mapping[str, Thumbnail], *, known: frozenset[str] | None = None
    ) -> bytes:
        """The JSON array of the messages.

        Args:
            shown: thumbnails by the digest of the picture; every picture of the messages is there.
            known: ids of pictures that the server has, which are sent by id alone; None sends no ids at all.
        """
        return b"[" + b",".join([self._message(message, shown, known) for message in messages]) + b"]"

    def _message(self, message: Message, shown: Mapping[str, Thumbnail], known: frozenset[str] | None) -> bytes:
        fields = [b'"role":"%b"' % message.role.encode(), b'"content":' + self._content(message, shown, known)]
        if message.native_calls:
            fields.append(b'"tool_calls":' + write_json(message.native_calls))
        if message.answers is not None:
            fields.append(b'"tool_call_id":' + write_json(message.answers))
        return b"{" + b",".join(fields) + b"}"

    def _content(self, message: Message, shown: Mapping[str, Thumbnail], known: frozenset[str] | None) -> bytes:
        if not any(isinstance(part, ImagePart) for part in message.parts):
            return self._text(message.text)
        parts = [
            _image(shown[part.digest], known)
            if isinstance(part, ImagePart)
            else b'{"type":"text","text":' + self._text(part.text) + b"}"
            for part in message.parts
        ]
        return b"[" + b",".join(parts) + b"]"

    def _text(self, text: str) -> bytes:
        # Python remembers the hash of a text, so finding one costs nothing like escaping it.
        written = self._texts.get(text)
        if written is None:
            written = _encode(text).encode()
            self._texts.put(text, written, size=len(written) + len(text))
        return written


def write_json(value: JsonValue | tuple[JsonValue, ...]) -> bytes:
    """The value as JSON in UTF-8."""
    return _encode(value).encode()


def _image(thumbnail: Thumbnail, known: frozenset[str] | None) -> bytes:
    """A picture's part; `uuid` and a null in place of the picture are vLLM's own additions to the API."""
    if known is None:
        return b'{"type":"image_url","image_url":{"url":"%b"}}' % thumbnail.data_url
    name = thumbnail.uuid.encode()
    if thumbnail.uuid in known:
        return b'{"type":"image_url","image_url":null,"uuid":"%b"}' % name
    return b'{"type":"image_url","image_url":{"url":"%b"},"uuid":"%b"}' % (thumbnail.data_url, name)
