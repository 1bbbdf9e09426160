"""A tiny Qwen3-VL made once a session, pictures that differ everywhere, and rollouts whose token ids are known."""

import tempfile
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from genevolve.policy.base import Conversation, Reply
from genevolve.records import ImagePart, Message, TokenSpan
from genevolve.rollout import SystemPrompt

NEEDS_TORCH = 'torch, transformers and TRL: pip install "genevolve[train]"'
SHORT_PROMPT = SystemPrompt(template="You look for pictures.\n{{seeing}}", notices=SystemPrompt.default().notices)
"""A system prompt that a tiny model reads quickly."""
FLAG = (
    "<think>a flag must look like itself</think>"
    '<tool_call>{"name": "image_search", "arguments": {"query": "flag", "top_k": 2}}</tool_call>'
)
ANSWER = (
    '<think>found</think><answer>{"gen_prompt": "A poster of the first reference image.", '
    '"reference_images": [{"img_id": "IMG_002", "note": "the colours"}]}</answer>'
)


@cache
def _kept_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="tiny-qwen3-vl-")


@cache
def tiny_folder() -> Path:
    """The checkpoint of a tiny Qwen3-VL with random weights."""
    from genevolve.model.tiny import make_tiny

    return make_tiny(Path(_kept_folder().name) / "tiny", texts=[SHORT_PROMPT.template])


def tiny() -> Any:
    """The tiny model, freshly loaded."""
    import torch

    from genevolve.model.load import load_model
    from genevolve.model.settings import LoadSettings

    torch.set_num_threads(1)
    return load_model(tiny_folder(), LoadSettings(device="cpu"))


def noise_png(seed: int, size: tuple[int, int] = (96, 64)) -> bytes:
    """A picture no patch of which is like that of another seed."""
    import random

    chance = random.Random(seed)
    image = Image.frombytes("RGB", size, chance.randbytes(3 * size[0] * size[1]))
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def shown(words: str, *digests: str) -> Message:
    """A message of the user's with pictures."""
    parts = tuple(ImagePart(digest=digest, ref=f"IMG_{n:03}") for n, digest in enumerate(digests, 1))
    return Message.of("user", words, parts)


def full_logp(model: Any, prompt: Any, *, temperature: float = 1.0) -> Any:
    """Log-probabilities of every token after every other, in one pass over all of a prompt."""
    import torch

    inputs: dict[str, Any] = {"input_ids": torch.tensor([prompt.ids])}
    if prompt.images:
        inputs["pixel_values"] = torch.cat([image.pixels for image in prompt.images])
        inputs["image_grid_thw"] = torch.tensor([image.grid for image in prompt.images])
        inputs["mm_token_type_ids"] = (inputs["input_ids"] == model.processor.image_id).int()
    with torch.no_grad():
        return torch.log_softmax(model.module(**inputs).logits[0] / temperature, dim=-1)


def token_line(chat: Any, text: str, *, forgets: bool = False) -> Callable[[Conversation], Reply]:
    """A line of a script as a server that returns token ids says it.

    With `forgets`, the server writes its prompt anew, with an id before all others that was not there.
    """

    def line(conversation: Conversation) -> Reply:
        prompt = chat.encode(conversation.messages)
        context = ((0,) if forgets else ()) + prompt.ids
        reply = chat.ids(text + chat.processor.end_of_reply, ())
        logprobs = tuple(-0.25 * (place + 1) for place in range(len(reply)))
        return Reply(text=text, tokens=TokenSpan(context=context, reply=reply, logprobs=logprobs))

    return line
