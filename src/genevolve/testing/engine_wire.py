"""Chat completions as vLLM reads and writes them, its additions included, for a model that answers in this process."""

from base64 import b64decode
from typing import Any

from ..errors import ImageError
from ..policy.base import Conversation, Reply
from ..records import ImagePart, Limits, Message, Sampling, TextPart
from ..store.images import ImageStore

_ROLES = ("system", "user", "assistant")


class UnreadableError(Exception):
    """A payload that is not taken; says why, as a server does."""


def read_conversation(payload: dict[str, Any], images: ImageStore) -> Conversation:
    """The conversation of a payload; its pictures go into the store.

    Raises:
        UnreadableError: it cannot be read, or wants what is not offered here.
    """
    if payload.get("tools"):
        raise UnreadableError('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set')
    return Conversation(
        messages=tuple(_message(message, images) for message in payload["messages"]),
        sampling=Sampling(
            temperature=payload.get("temperature", 1.0),
            top_p=payload.get("top_p", 1.0),
            seed=payload.get("seed"),
            limits=Limits(max_reply_tokens=payload.get("max_completion_tokens") or payload.get("max_tokens") or 4096),
        ),
    )


def completion(payload: dict[str, Any], reply: Reply) -> dict[str, Any]:
    """The answer to a payload."""
    choice: dict[str, Any] = {
        "index": 0,
        "message": {"role": "assistant", "content": reply.text},
        "finish_reason": "length" if reply.cut_off else "stop",
    }
    answer: dict[str, Any] = {"object": "chat.completion", "model": payload["model"], "choices": [choice]}
    if reply.usage is not None:
        answer["usage"] = {
            "prompt_tokens": reply.usage.prompt_tokens,
            "completion_tokens": reply.usage.completion_tokens,
        }
    if reply.tokens is not None and payload.get("return_token_ids"):
        answer["prompt_token_ids"], choice["token_ids"] = list(reply.tokens.context), list(reply.tokens.reply)
    if reply.tokens is not None and payload.get("logprobs"):
        tokens = zip(reply.tokens.reply, reply.tokens.logprobs, strict=True)
        choice["logprobs"] = {
            "content": [{"token": f"token_id:{token}", "logprob": logp, "top_logprobs": []} for token, logp in tokens]
        }
    return answer


def _message(message: dict[str, Any], images: ImageStore) -> Message:
    if message["role"] not in _ROLES:
        raise UnreadableError(f"a message of role {message['role']!r} is none of {', '.join(_ROLES)}")
    content = message["content"]
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return Message(role=message["role"], parts=tuple(_part(part, images) for part in parts))


def _part(part: dict[str, Any], images: ImageStore) -> TextPart | ImagePart:
    if part["type"] == "text":
        return TextPart(text=part["text"])
    picture = part.get("image_url")
    if picture is None:
        uuid = str(part.get("uuid"))
        # The sender names a thumbnail by the digest of its bytes, which is the name that it has in the store.
        if uuid not in images:
            raise UnreadableError(f"Cache miss for image {uuid!r} but data is not provided.")
        return ImagePart(digest=uuid, ref=uuid)
    try:
        digest = images.add(b64decode(picture["url"].partition(",")[2]))
    except (ImageError, ValueError) as error:
        raise UnreadableError(f"an image cannot be read: {error}") from error
    return ImagePart(digest=digest, ref=digest)
