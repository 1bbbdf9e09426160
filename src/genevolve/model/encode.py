"""A conversation as a model reads it: token ids, and the features of its pictures.

The words go through the checkpoint's chat template as a server's would: a message
of words alone is one text, one with pictures a list of parts, and every picture
is the thumbnail that a served model is shown. The one image token that the
template writes for a picture becomes as many as the picture has features.
"""

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, cast

import torch
from PIL import Image
from pydantic import JsonValue

from ..errors import EncodingError
from ..records import ImagePart, Message, TextPart
from ..store.kept import Kept
from ..store.thumbnail import MAX_PIXELS, thumbnail_jpeg
from .processor import Processor

KEPT_BYTES = 512_000_000
"""About three hundred pictures of 160,000 pixels; a run shows the same ones again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFeatures:
    """One picture, cut into patches."""

    digest: str
    pixels: torch.Tensor
    """A row of numbers for each patch."""
    grid: tuple[int, int, int]
    """Patches in time, height and width; their product is the number of patches."""
    tokens: int
    """Image tokens that stand for it: a square of patches is merged into each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What a model has read."""

    ids: tuple[int, ...]
    images: tuple[ImageFeatures, ...] = ()
    """In the order in which their tokens stand."""


class ChatEncoder:
    """Encodes conversations for one model."""

    def __init__(
        self,
        processor: Processor,
        load_image: Callable[[str], bytes],
        *,
        max_pixels: int = MAX_PIXELS,
        kept_bytes: int = KEPT_BYTES,
    ) -> None:
        """An encoder.

        Args:
            load_image: the bytes of a stored picture by its digest, such as `ImageStore.read`.
            max_pixels: of a thumbnail.
            kept_bytes: of features that are kept for when a picture is shown again.
        """
        self.processor = processor
        self._load = load_image
        self._max_pixels = max_pixels
        self._kept = Kept[str, ImageFeatures](kept_bytes)
        self._lock = threading.Lock()

    def written(self, messages: Sequence[Message], *, tools: Sequence[str] = (), asked: bool) -> str:
        """The conversation in the template's words, one image token a picture.

        Args:
            tools: in the native dialect, the JSON of what can be called.
            asked: end with the words that the next reply follows.
        """
        return self.processor.tokenizer.apply_chat_template(
            [_as_dict(message) for message in messages],
            tools=[json.loads(tool) for tool in tools] or None,
            tokenize=False,
            add_generation_prompt=asked,
        )

    def features(self, messages: Sequence[Message]) -> tuple[ImageFeatures, ...]:
        """The pictures of some messages, in their order.

        Raises:
            EncodingError: the model reads words only.
            StoreError: a picture is not stored.
            ImageError: one cannot be decoded.
        """
        return tuple(self._features(digest) for digest in image_digests(messages))

    def ids(self, text: str, images: Sequence[ImageFeatures]) -> tuple[int, ...]:
        """The token ids of a text as `written` gives it, with as many image tokens as the pictures have features.

        Raises:
            EncodingError: the text has not one image token a picture, as where a user typed one.
        """
        with self._lock:  # a tokenizer is not to be asked by two threads at once
            ids: list[int] = self.processor.tokenizer.encode(text, add_special_tokens=False)
        image_id = self.processor.image_id
        found = 0 if image_id is None else ids.count(image_id)
        if found != len(images):
            raise EncodingError(
                f"the words hold {found} image tokens and come with {len(images)} pictures; expected one token a "
                "picture. Does a request or an observation spell out a special token?"
            )
        if not images:
            return tuple(ids)
        wanted = iter(images)
        return tuple(piece for one in ids for piece in ([one] * next(wanted).tokens if one == image_id else [one]))

    def encode(self, messages: Sequence[Message], *, tools: Sequence[str] = (), asked: bool = True) -> Prompt:
        """A whole conversation.

        Raises:
            EncodingError: its image tokens and its pictures disagree.
            StoreError: a picture is not stored.
            ImageError: one cannot be decoded.
        """
        images = self.features(messages)
        return Prompt(ids=self.ids(self.written(messages, tools=tools, asked=asked), images), images=images)

    def _features(self, digest: str) -> ImageFeatures:
        with self._lock:
            kept = self._kept.get(digest)
        if kept is not None:
            return kept
        made = self._made(digest)
        with self._lock:
            return self._kept.put(digest, made, size=made.pixels.nbytes)

    def _made(self, digest: str) -> ImageFeatures:
        cutter: Any = self.processor.image_processor
        if cutter is None:
            raise EncodingError(
                f"the conversation shows the picture {digest!r} and the model in {str(self.processor.folder)!r} reads "
                "words only; give --text-only, or choose a model that sees"
            )
        jpeg = thumbnail_jpeg(self._load(digest), max_pixels=self._max_pixels)
        with Image.open(BytesIO(jpeg)) as image:
            cut: Any = cutter(images=[image.convert("RGB")], return_tensors="pt")
        grid: torch.Tensor = cut["image_grid_thw"][0]
        time, height, width = (int(number) for number in grid)
        merged = int(cutter.merge_size) ** 2
        return ImageFeatures(
            digest=digest,
            pixels=cut["pixel_values"],
            grid=(time, height, width),
            tokens=time * height * width // merged,
        )


def image_digests(messages: Sequence[Message]) -> tuple[str, ...]:
    """The pictures of some messages, by digest, in their order."""
    return tuple(part.digest for message in messages for part in message.parts if isinstance(part, ImagePart))


def _as_dict(message: Message) -> dict[str, Any]:
    """A message as chat templates take it."""
    content: object = message.text
    if any(isinstance(part, ImagePart) for part in message.parts):
        content = [
            {"type": "text", "text": part.text} if isinstance(part, TextPart) else {"type": "image"}
            for part in message.parts
        ]
    fields: dict[str, Any] = {"role": message.role, "content": content}
    if message.native_calls:
        fields["tool_calls"] = [_call(call) for call in message.native_calls]
    return fields


def _call(call: JsonValue) -> JsonValue:
    """A tool call with its arguments as an object, which is how servers hand them to a template."""
    if not isinstance(call, dict):
        return call
    function = call.get("function")
    if not isinstance(function, dict) or not isinstance(function.get("arguments"), str):
        return call
    try:
        arguments: JsonValue = json.loads(cast(str, function["arguments"]))
    except ValueError:
        return call
    return {**call, "function": {**function, "arguments": arguments}}
