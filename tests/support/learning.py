"""A group of attempts whose token ids are known, as examples that a trainer learns from."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import torch

from genevolve.learn.batch import Example
from genevolve.learn.config import LearnSettings
from genevolve.learn.tokens import TokenSequence, TrajectoryEncoder
from genevolve.learn.trainer import Trainer
from genevolve.model.encode import ChatEncoder
from genevolve.records import (
    Malformed,
    Message,
    PolicyInfo,
    Request,
    Sampling,
    StopReason,
    TokenSpan,
    ToolboxInfo,
    Trajectory,
    Turn,
)
from genevolve.rollout.window import windowed
from support.tiny_models import ANSWER, FLAG, noise_png, shown, tiny

ADVICE = "Look twice at the colours of a flag before you choose it."
SYSTEM = Message.of("system", "You look for pictures.")


def encoder_of(model: Any) -> TrajectoryEncoder:
    """An encoder for a loaded model; the picture of each digest, a number, is noise of its own."""
    chat = ChatEncoder(model.processor, lambda digest: noise_png(int(digest)))
    return TrajectoryEncoder(chat, window=windowed, max_tokens=4096)


def attempt(model: Any, name: str, *digests: str, answer: str = ANSWER, words: str = "a poster") -> Trajectory:
    """An attempt that searched, saw these pictures and answered, with the ids of all that was read and said."""
    chat = ChatEncoder(model.processor, lambda digest: noise_png(int(digest)))
    heard = ((SYSTEM, Message.of("user", words)), (shown("<tool_response>found</tool_response>", *digests),))
    ids: tuple[int, ...] = ()
    said: list[Message] = []
    turns: list[Turn] = []
    for messages, text in zip(heard, (FLAG, answer), strict=True):
        said += messages
        prompt = chat.encode(said).ids
        reply = chat.ids(text + chat.processor.end_of_reply, ())
        assert prompt[: len(ids)] == ids
        # The sampler was a little surer than random weights are.
        logprobs = tuple(-6.0 - 0.01 * (place % 7) for place in range(len(reply)))
        span = TokenSpan(context=prompt[len(ids) :], reply=reply, logprobs=logprobs)
        turns.append(Turn(heard=messages, reply=text, action=Malformed(problem="unread"), seconds=0.0, tokens=span))
        said.append(Message.of("assistant", text))
        ids = prompt + reply
    return Trajectory(
        id=name,
        request=Request(id="r1", text=words),
        policy=PolicyInfo(name="by-hand"),
        prompt_digest="p",
        toolbox=ToolboxInfo(tools=(), skills="s"),
        sampling=Sampling(temperature=0.7),
        turns=tuple(turns),
        stop=StopReason.ANSWERED,
    )


def sampled(model: Any, name: str, *digests: str, **options: str) -> TokenSequence:
    """The one sequence of such an attempt."""
    (sequence,) = encoder_of(model).sampled(attempt(model, name, *digests, **options)).sequences
    return sequence


def group(model: Any) -> list[Example]:
    """Four attempts, good and bad, of different lengths, two of which have an experience; two of which saw pictures."""
    encoder = encoder_of(model)
    worse, longer = ANSWER.replace("IMG_002", "IMG_001"), ANSWER.replace("A poster", "A poster in two colours")
    made = [
        sampled(model, "two pictures", "1", "2"),
        sampled(model, "none", answer=worse),
        sampled(model, "one picture", "3", words="a poster of the flag " * 4, answer=worse),
        sampled(model, "longest", words="a poster of the flag " * 12, answer=longer),
    ]
    advised = [encoder.taught(made[0], ADVICE), None, encoder.taught(made[2], ADVICE), None]
    return [
        Example(sequence=sequence, advantage=advantage, teacher=teacher)
        for sequence, advantage, teacher in zip(made, (1.2, -0.8, -0.9, 0.5), advised, strict=True)
    ]


def untaught(examples: Sequence[Example]) -> list[Example]:
    """The same without any experience."""
    return [replace(example, teacher=None) for example in examples]


def learning(**parts: dict[str, Any]) -> LearnSettings:
    """Settings for a tiny model: fp32, and steps in proportion to gradients, so that rounding is not blown up."""
    update = {"learning_rate": 1e-3, "adam_eps": 1.0, "schedule": "constant", "measure_every": 0}
    compute = {"bf16": False, "gradient_checkpointing": False}
    given = {"update": {**update, **parts.get("update", {})}, "compute": {**compute, **parts.get("compute", {})}}
    return LearnSettings.model_validate({**parts, **given})


def weights_of(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    """Copies of all weights by name."""
    return {name: value.detach().clone() for name, value in module.named_parameters()}


def furthest(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    """The largest difference of any weight."""
    assert one.keys() == other.keys()
    return max(float((one[name] - other[name]).abs().max()) for name in one)


def stepped(settings: LearnSettings, examples: Callable[[Any], list[Example]] = group, steps: int = 1) -> Any:
    """Figures of the last of some steps on a fresh tiny model, and the weights after them."""
    model = tiny()
    trainer = Trainer(model.module, settings)
    for _ in range(steps):
        figures = trainer.update(examples(model))
    return figures, weights_of(trainer.module)
