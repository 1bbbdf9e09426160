"""What came back from a renderer: a picture, proven by decoding, or a fault told apart and put in words."""

import asyncio
import base64
import binascii
import re
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from ..errors import ImageError, RenderError, RenderFault, ServiceError
from ..language.text import one_line
from ..records import Size
from ..store.proof import MAX_PIXELS, READ_FORMATS, open_picture

_ROUNDING_PX = 32
"""Engines round a size down to what their latents allow."""
_REFUSALS = frozenset({"moderation_blocked", "content_policy_violation", "content_filter", "safety_violation"})
_REFUSAL_WORDS = re.compile(
    r"safety system|safety filter|safety checker|content[ _]polic|content filter|moderation|unsafe content|nsfw", re.I
)
_ADVICE: dict[RenderFault, str] = {
    "refused": "Reword the request, or draw with another renderer.",
    "unreachable": "Is it running, and the address right? `genevolve serve-renderer MODEL` starts one.",
    "busy": "Draw again later with --retry-failed, or with fewer at once (--parallel).",
}


def bytes_of(text: object, *, renderer: str) -> bytes:
    """The bytes of a base64 text, with or without a "data:" heading.

    Raises:
        RenderError: it is no base64.
    """
    if not isinstance(text, str) or not text:
        raise broken(renderer, "answered without a picture")
    payload = text.partition(",")[2] if text.startswith("data:") else text
    if "\n" in payload[:100]:
        payload = "".join(payload.split())
    try:
        return base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError) as error:
        raise RenderError(
            f"the renderer {renderer} answered with a picture that is no whole base64 text ({error}); "
            "expected an encoded PNG, JPEG or WebP file. Look at its log.",
            fault="broken",
        ) from error


async def proven(data: bytes, *, asked: Size | None, renderer: str) -> bytes:
    """The bytes, once they are known to be a picture of the size that was asked for.

    Args:
        asked: None accepts any size.

    Raises:
        RenderError: they are no picture, or one of another size.
    """
    width, height = await asyncio.to_thread(_size_of, data, renderer)
    if asked and (abs(width - asked.width) >= _ROUNDING_PX or abs(height - asked.height) >= _ROUNDING_PX):
        raise broken(
            renderer,
            f"drew {width}x{height} pixels where {asked} was asked for; "
            "the setting size=auto takes the size that the server chooses",
        )
    return data


def render_error(error: ServiceError, *, renderer: str, key: str = "", address: str = "") -> RenderError:
    """A service's fault as a renderer's, with what to do about it.

    Args:
        key: the environment variable that holds the key, if the service has one.
        address: what a base address looks like, told where nothing is served at this one.
    """
    fault: RenderFault = "refused" if _is_refusal(error) else error.fault
    advice = _ADVICE.get(fault, "")
    if fault == "key_refused" and key:
        advice = f"Set {key} to a key that it takes."
    if error.status == 404:
        advice = f"Expected a model that it serves{f', and an address such as {address}' if address else ''}."
    what = "refused the content: " if fault == "refused" else ""
    return RenderError(f"{renderer}: {what}{error}. {advice}".strip(), fault=fault)


def broken(renderer: str, what: str) -> RenderError:
    """The error of an answer that no picture can be had from."""
    return RenderError(f"the renderer {renderer} {what}.", fault="broken")


def refused(words: str) -> bool:
    """Whether a server's words say that it did not like the content, and not that the request was wrong."""
    return bool(_REFUSAL_WORDS.search(words))


def _is_refusal(error: ServiceError) -> bool:
    if error.fault not in {"bad_request", "key_refused"}:
        return False
    return error.code in _REFUSALS or refused(f"{error} {error.body}")


def _size_of(data: bytes, renderer: str) -> tuple[int, int]:
    """Width and height of a picture that is whole.

    A PNG is proven by its own checksums, which cost a thirtieth of decoding it;
    the run's image store decodes it once more anyway.
    """
    try:
        with Image.open(BytesIO(data), formats=READ_FORMATS) as image:
            width, height = image.size
            if image.format == "PNG" and width * height <= MAX_PIXELS:
                image.verify()
                return width, height
    except (
        *(OSError, ValueError, SyntaxError, EOFError),
        *(Image.DecompressionBombError, Image.DecompressionBombWarning),
    ) as error:
        raise _no_picture(renderer, error) from error
    try:
        open_picture(data, near=(1, 1))
    except ImageError as error:
        raise _no_picture(renderer, error) from error
    return width, height


def _no_picture(renderer: str, error: Exception) -> RenderError:
    # Pillow's own words for what it does not know hold the address of a buffer.
    why = "it is of no format that can be read" if isinstance(error, UnidentifiedImageError) else one_line(str(error))
    return RenderError(f"the renderer {renderer} answered with something that is no picture: {why}", fault="broken")
