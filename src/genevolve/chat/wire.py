"""Messages as the chat completions API reads them, written as JSON at once.

A conversation is sent whole with every call, and grows. What was written before
is kept: a text is escaped once, and the bytes of a picture are put in place
without being looked at again.
"""

import json
from collections.abc import Mapping, Sequence
from typing import get_args

from pydantic import JsonValue

from ..records import Message, Role, TextPart
from ..store.kept import Kept
from .pictures import SentPicture

KEPT_BYTES = 16_000_000

_ROLES = {role: b',{"role":"%b","content":' % role.encode() for role in get_args(Role)}
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


class Writer:
    """Writes messages, and remembers the texts that it escaped."""

    def __init__(self, kept_bytes: int = KEPT_BYTES) -> None:
        self._texts = Kept[str, bytes](kept_bytes)

    def messages(
        self, messages: Sequence[Message], shown: Mapping[str, SentPicture], *, known: frozenset[str] | None = None
    ) -> list[bytes]:
        """The JSON array of the messages, in pieces to be joined once: pictures make it long.

        Args:
            shown: what is sent, by the digest of the picture; every picture of the messages is there.
            known: ids of pictures that the server has, which are sent by id alone; None sends no ids at all.
        """
        pieces: list[bytes] = []
        for message in messages:
            pieces.append(_ROLES[message.role])
            pieces += self._content(message, shown, known)
            if message.native_calls:
                pieces += (b',"tool_calls":', write_json(message.native_calls))
            if message.answers is not None:
                pieces += (b',"tool_call_id":', write_json(message.answers))
            pieces.append(b"}")
        if pieces:
            pieces[0] = pieces[0].removeprefix(b",")
        return [b"[", *pieces, b"]"]

    def _content(
        self, message: Message, shown: Mapping[str, SentPicture], known: frozenset[str] | None
    ) -> Sequence[bytes]:
        if all(isinstance(part, TextPart) for part in message.parts):
            return (self._text(message.text),)
        pieces: list[bytes] = []
        for part in message.parts:
            if isinstance(part, TextPart):
                pieces += (b',{"type":"text","text":', self._text(part.text), b"}")
            else:
                pieces += _image(shown[part.digest], known)
        pieces[0] = b"[" + pieces[0].removeprefix(b",")
        return (*pieces, b"]")

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


def _image(picture: SentPicture, known: frozenset[str] | None) -> Sequence[bytes]:
    """A picture's part; `uuid` and a null in place of the picture are vLLM's own additions to the API."""
    if known is None:
        return b',{"type":"image_url","image_url":{"url":"', picture.data_url, b'"}}'
    name = b'"uuid":"%b"}' % picture.uuid.encode()
    if picture.uuid in known:
        return b',{"type":"image_url","image_url":null,', name
    return b',{"type":"image_url","image_url":{"url":"', picture.data_url, b'"},', name
