"""Weights that differ, a policy behind the loopback engine, and how far what it says is off a module's own numbers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from genevolve.policy import Conversation, ServedSettings
from genevolve.policy.served import ServedPolicy
from genevolve.records import Limits, Message, Sampling
from genevolve.store.images import ImageStore
from support.tiny_models import full_logp, noise_png, shown, tiny

SAMPLING = Sampling(temperature=1.0, top_p=1.0, seed=3, limits=Limits(max_reply_tokens=24))


def with_lora() -> Any:
    """The tiny model with low-rank updates that do nothing yet."""
    from dataclasses import replace

    from genevolve.model.load import add_lora
    from genevolve.model.settings import LoraSettings

    model = tiny()
    return replace(model, module=add_lora(model.module, LoraSettings(rank=4, alpha=8)))


def train(module: Any, *, seed: int, far: float = 0.1) -> None:
    """Move the weights that train, as an update would, by about `far` each."""
    import torch

    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in module.parameters():
            if weight.requires_grad:
                weight.add_(far * torch.randn(weight.shape, generator=chance))


@asynccontextmanager
async def asking(url: str, folder: Path, *, tries: int = 1, seconds: float = 60.0) -> AsyncIterator[ServedPolicy]:
    """A policy behind a server, which is asked for token ids."""
    settings = ServedSettings(token_ids=True, tries=tries, seconds_a_reply=seconds, model="GenEvolve")
    policy = ServedPolicy(url, images=ImageStore(folder / "images"), settings=settings)
    try:
        yield policy
    finally:
        await policy.close()


async def gap_of(policy: ServedPolicy, model: Any, folder: Path) -> float:
    """The largest difference between the served log-probabilities of a reply to a picture, and a model's own."""
    from genevolve.model.encode import ChatEncoder, Prompt

    images = ImageStore(folder / "images")
    messages = (Message.of("system", "You look for pictures."), shown("What is this?", images.add(noise_png(1))))
    reply = await policy.reply(Conversation(messages=messages, sampling=SAMPLING))
    chat = ChatEncoder(model.processor, images.read)
    context, said = reply.tokens.context, reply.tokens.reply
    assert chat.encode(messages).ids == context
    logp = full_logp(model, Prompt(ids=(*context, *said), images=chat.features(messages)))
    own = [float(logp[len(context) + place - 1, token]) for place, token in enumerate(said)]
    return max(abs(one - other) for one, other in zip(own, reply.tokens.logprobs, strict=True))
