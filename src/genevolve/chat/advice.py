"""What to do about a server that does not serve: words for the user, of a policy's server or a judge's."""

import re
from dataclasses import dataclass

from ..errors import ServiceError

_NO_IMAGES = re.compile(
    r"not a multi-?modal|(?:not|n't) (?:support|accept|take|allow)\w*.{0,30}(?:image|vision|multi-?modal)"
    r"|image (?:input|url|content)\w* (?:is|are) (?:not|only) supported|image_url is only supported"
    r"|unsupported content part type.{0,5}image|no endpoints found that support image"
    r"|at most 0 image|allowed values: \[.text.\]|input should be .text.",
    re.IGNORECASE,
)
_FEWER_IMAGES = re.compile(r"at most (\d+) image", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """What is the user's to change about one kind of server."""

    model_option: str = "--model"
    """Names the model on the command line."""
    key: str = "OPENAI_API_KEY"
    """The variable that holds the key."""
    address_option: str = "--base-url"
    """Names the address on the command line."""
    key_withheld: bool = False
    """The address stands in a file and was shown no key."""
    start: str = " genevolve serve-policy MODEL starts one."
    """How a server is started that is not there; "" where it is not ours to start."""
    blind: str = "use --text-only, or serve one that can"
    """Instead of a model without sight."""
    fewer: str = (
        'start it with --limit-mm-per-prompt \'{"image":24,"video":0}\' (genevolve serve-policy does), '
        "or use --text-only"
    )
    """Instead of a server that takes fewer pictures than were sent."""


def explained(error: ServiceError, advice: Advice, *, model: str = "", pictures: int = 0) -> ServiceError:
    """The error with what to do about it, where its words tell.

    Args:
        model: which was asked; "" where the server was only to list its models.
        pictures: how many were sent.
    """
    said, words = str(error), ""
    if error.fault == "unreachable":
        words = f"Is it running, and is the address right?{advice.start}"
    elif error.fault == "key_refused":
        words = f"Set {advice.key} to the key that it wants."
        if advice.key_withheld:
            words = f"Its address stands in a file, and is shown no key: give it with {advice.address_option}. {words}"
    elif not model:
        words = f"Is it an OpenAI-compatible server? {advice.model_option} names a model without asking it."
    elif pictures and _NO_IMAGES.search(said):
        words = f"The model {model!r} there cannot take pictures: {advice.blind}."
    elif pictures and (most := _FEWER_IMAGES.search(said)):
        words = f"It takes at most {most[1]} pictures a conversation: {advice.fewer}."
    elif error.status == 404:
        words = f"Does it serve the model {model!r}, and does its address end in /v1?"
    if not words:
        return error
    return ServiceError(
        f"{said.rstrip('.')}. {words}",
        fault=error.fault,
        status=error.status,
        may_have_served=error.may_have_served,
        retry_after=error.retry_after,
        body=error.body,
        code=error.code,
    )
