"""The conversation of a released row, read back into turns and the images that it found."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast, get_args

from pydantic import JsonValue

from ..curate.named_pictures import MOST_PATH_CHARS, decode_data_url, first_file, inside, is_data_url
from ..errors import ImageError, RequestError
from ..language.text import one_line
from ..records import Action, FoundImage, ImagePart, Message, Role, TextPart, ToolCall, Turn
from ..rollout.grammar import read_reply
from ..rollout.native import read_native
from ..store import ImageStore
from .released_eval import RowError

BROUGHT = "brought"
"""`FoundImage.found_by` of a picture that was there before the first reply."""
_FOUND = re.compile(r"^(IMG_[0-9]{3,9}): title: (.*)$")
_FIELD = re.compile(r"^\s+(url|local_path|page_url|licence): (.*)$")


class PictureFiles:
    """Finds the pictures that rows name or hold, and puts them into a store.

    A file comes from elsewhere, so no path leads out of the folders that the user named. A path of another
    machine is tried by its end: `…/out/images/3.png` is `images/3.png` beside the file.
    """

    def __init__(self, store: ImageStore, roots: Sequence[Path]) -> None:
        self._store = store
        self._roots = tuple(roots)
        self._known: dict[str, str | None] = {}

    @property
    def missing(self) -> list[str]:
        """Paths that were named and are no picture here, cut where they are long."""
        return [shown_path(path) for path, digest in self._known.items() if digest is None]

    def digest(self, path: object) -> str | None:
        """The digest of the picture at a path or in a data URL, then in the store; None where there is none."""
        if not isinstance(path, str) or not path.strip() or "\0" in path:
            return None
        if path not in self._known:
            self._known[path] = self._stored(path)
        return self._known[path]

    def _stored(self, path: str) -> str | None:
        try:
            data = decode_data_url(path) if is_data_url(path) else self._read(path)
            return None if data is None else self._store.add(data)
        except (ImageError, RequestError, OSError):
            return None

    def _read(self, path: str) -> bytes | None:
        if len(path) > MOST_PATH_CHARS:
            return None
        parts = Path(path).parts
        ends = [Path(*parts[start:]) for start in range(1, len(parts))] if Path(path).is_absolute() else []
        file = first_file(inside((root / end for end in (Path(path), *ends) for root in self._roots), self._roots))
        return None if file is None else file.read_bytes()


def shown_path(path: str) -> str:
    """A path as messages show it; of a data URL, its beginning."""
    return one_line(path, max_chars=120)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Words of a message, or the path of a picture that it shows."""

    text: str | None = None
    path: str = ""


@dataclass(slots=True, kw_only=True)
class Conversation:
    """What a row's messages say."""

    turns: list[Turn] = field(default_factory=list[Turn])
    images: dict[str, FoundImage] = field(default_factory=dict[str, FoundImage])
    """By id, those whose pictures are there."""


def is_native(fields: Mapping[str, Any]) -> bool:
    """Whether a row's replies call tools by the chat API."""
    messages = fields.get("messages")
    listed = cast(list[Any], messages) if isinstance(messages, list) else []
    return any(isinstance(message, dict) and "tool_calls" in message for message in listed)


def read_messages(value: object, pictures: PictureFiles, *, native: bool) -> Conversation:
    """The turns of a row's messages; what follows the last reply was answered by nobody and is left out.

    Raises:
        RowError: they are no messages of the chat API.
    """
    if value is None:
        return Conversation()
    if not isinstance(value, list):
        raise RowError(f"messages is {type(value).__name__}; expected a list")
    conversation = Conversation()
    heard: list[Message] = []
    for number, item in enumerate(cast(list[Any], value)):
        role, parts, fields = _read(item, f"messages[{number}]")
        text = "\n".join(part.text for part in parts if part.text is not None)
        if role == "assistant":
            conversation.turns.append(_turn(heard, text, _calls(fields), native=native))
            heard = []
            continue
        _note_images(text, conversation, pictures)
        answers = fields.get("tool_call_id")
        heard.append(
            Message(
                role=role,
                parts=tuple(_shown(parts, conversation, pictures)),
                answers=answers if isinstance(answers, str) else None,
            )
        )
    return conversation


def _read(item: Any, where: str) -> tuple[Role, list[_Part], dict[str, Any]]:
    """Role, parts and all fields of a message."""
    fields = cast(dict[str, Any], item) if isinstance(item, dict) else {}
    if fields.get("role") not in get_args(Role):
        raise RowError(f"{where} has the role {fields.get('role')!r}; expected {', '.join(get_args(Role))}")
    role, content = cast(Role, fields["role"]), cast(object, fields.get("content"))
    if content is None or isinstance(content, str):
        return role, [_Part(text=content or "")], fields
    if not isinstance(content, list):
        raise RowError(f"{where} has content of type {type(content).__name__}; expected a text or a list of parts")
    return role, [_read_part(part, where) for part in cast(list[Any], content)], fields


def _read_part(part: Any, where: str) -> _Part:
    fields = cast(dict[str, Any], part) if isinstance(part, dict) else {}
    text, address = fields.get("text"), fields.get("image_url")
    if isinstance(text, str):
        return _Part(text=text)
    if isinstance(address, dict):
        return _Part(path=str(cast(dict[str, Any], address).get("url") or ""))
    raise RowError(
        f"{where} has a part that is neither a text nor an image_url: {one_line(repr(fields), max_chars=80)}"
    )


def _shown(parts: Sequence[_Part], conversation: Conversation, pictures: PictureFiles) -> list[TextPart | ImagePart]:
    """The parts as they were sent; a picture that is not there is left out."""
    refs = {image.digest: image.ref for image in conversation.images.values()}
    sent: list[TextPart | ImagePart] = []
    for part in parts:
        if part.text is not None:
            sent.append(TextPart(text=part.text))
        elif digest := pictures.digest(part.path):
            sent.append(ImagePart(digest=digest, ref=refs.get(digest, "")))
    return sent


def _calls(fields: Mapping[str, Any]) -> tuple[JsonValue, ...]:
    calls = fields.get("tool_calls")
    return tuple(cast(list[JsonValue], calls)) if isinstance(calls, list) else ()


def _turn(heard: Sequence[Message], reply: str, calls: tuple[JsonValue, ...], *, native: bool) -> Turn:
    reading = read_native(reply, calls) if native else read_reply(reply)
    return Turn(
        heard=tuple(heard), reply=reply, native_calls=calls, action=reading.action, repairs=reading.repairs, seconds=0
    )


def _note_images(text: str, conversation: Conversation, pictures: PictureFiles) -> None:
    """Take the images that an observation lists."""
    said: dict[str, str] = {}
    for line in [*text.splitlines(), "IMG_000: title: "]:  # a head that ends the last image
        if head := _FOUND.match(line):
            _note_image(said, conversation, pictures)
            said = {"ref": head[1], "title": head[2]}
        elif said and (named := _FIELD.match(line)):
            said[named[1]] = named[2]


def _note_image(said: Mapping[str, str], conversation: Conversation, pictures: PictureFiles) -> None:
    digest = pictures.digest(said.get("local_path"))
    if digest is None or said["ref"] in conversation.images:
        return
    conversation.images[said["ref"]] = FoundImage(
        ref=said["ref"],
        digest=digest,
        title=said["title"],
        image_url=said.get("url", ""),
        page_url=said.get("page_url"),
        licence=said.get("licence"),
        found_by=_found_by(conversation),
    )


def _found_by(conversation: Conversation) -> str:
    """What the newest message answers: the query of a search, or "brought" before the first reply."""
    if not conversation.turns:
        return BROUGHT
    action: Action = conversation.turns[-1].action
    query = action.arguments.get("query") if isinstance(action, ToolCall) else None
    return query if isinstance(query, str) else ""
