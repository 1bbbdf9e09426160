"""A small random model shaped like Qwen3-VL, and trajectories made of random tokens and pictures for it.

What a pass costs follows from shapes alone, so nothing here needs a checkpoint, a tokenizer or a conversation.
"""
# ruff: noqa: N803, N806 - tensors end in their axes

from dataclasses import dataclass
from typing import Any

import torch
import transformers

from genevolve.learn.batch import Example
from genevolve.learn.kinds import Kind
from genevolve.learn.tokens import NOT_SAID, TokenSequence
from genevolve.model.encode import ImageFeatures

SAID = 4
"""One token in so many behind the opening is the policy's own; the others are observations."""
REPLIES = 4
PATCH_PX = 16
IMAGE, VIDEO, VISION_START, VISION_END = range(1, 5)
"""Special ids; 0 is padding, and words begin behind them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """A model, and the trajectories that it learns from."""

    vocabulary: int
    width: int
    layers: int
    heads: int
    vision_width: int
    vision_layers: int
    sequences: int
    length: int
    """Tokens of a sequence."""
    experience: int
    """Tokens that an experience adds to the teacher's view."""
    pictures: int
    """In a sequence."""
    grid: tuple[int, int, int]
    """Patches of a picture; four make a token."""

    @property
    def head_dim(self) -> int:
        """Width of an attention head."""
        return self.width // self.heads

    @property
    def opening(self) -> int:
        """Tokens before the first reply."""
        return self.length // 4

    def __str__(self) -> str:
        return (
            f"{self.layers} layers of width {self.width:,}, vocabulary {self.vocabulary:,}; {self.sequences} sequences "
            f"of {self.length:,} tokens, {int(mask_of(self).sum()):,} of them said, with {self.pictures} pictures of "
            f"{self.grid[1] * self.grid[2] // 4} tokens each; {self.experience} tokens of experience"
        )


def make_model(size: Size, *, device: torch.device) -> torch.nn.Module:
    """The model, in fp32, as training holds it."""
    library: Any = transformers
    quarter = size.head_dim // 8
    config = library.Qwen3VLConfig(
        text_config={
            "vocab_size": size.vocabulary,
            "hidden_size": size.width,
            "intermediate_size": 3 * size.width,
            "num_hidden_layers": size.layers,
            "num_attention_heads": size.heads,
            "num_key_value_heads": size.heads // 2,
            "head_dim": size.head_dim,
            "max_position_embeddings": 65_536,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 10_000.0,
                "mrope_section": [size.head_dim // 2 - 2 * quarter, quarter, quarter],
            },
        },
        vision_config={
            "depth": size.vision_layers,
            "hidden_size": size.vision_width,
            "intermediate_size": 4 * size.vision_width,
            "num_heads": 4,
            "out_hidden_size": size.width,
            "patch_size": PATCH_PX,
            "num_position_embeddings": 256,
            "deepstack_visual_indexes": [0],
        },
        image_token_id=IMAGE,
        video_token_id=VIDEO,
        vision_start_token_id=VISION_START,
        vision_end_token_id=VISION_END,
        tie_word_embeddings=True,
    )
    torch.manual_seed(0)
    with device:
        return library.Qwen3VLForConditionalGeneration(config).float()


def make_examples(size: Size, *, taught: int) -> list[Example]:
    """The sequences, the first `taught` of them with an experience; half were better than their group, half worse."""
    examples: list[Example] = []
    for number in range(size.sequences):
        sequence = _sequence(size, number=number, experience=0)
        teacher = _sequence(size, number=number, experience=size.experience) if number < taught else None
        examples.append(Example(sequence=sequence, advantage=1.0 if number % 2 else -1.0, teacher=teacher))
    return examples


def mask_of(size: Size) -> torch.Tensor:
    """Which tokens of a sequence are said: the end of each of its turns."""
    mask_T = torch.zeros(size.length, dtype=torch.bool)
    turn = (size.length - size.opening) // REPLIES
    for reply in range(REPLIES):
        end = size.opening + (reply + 1) * turn
        mask_T[end - turn // SAID : end] = True
    return mask_T


def _sequence(size: Size, *, number: int, experience: int) -> TokenSequence:
    """A sequence, with a few more tokens in its opening where the teacher reads it; its pictures stand in there too."""
    chance = torch.Generator().manual_seed(number)
    ids_T = torch.randint(VISION_END + 1, size.vocabulary, (size.length,), generator=chance)
    served_logp_T = torch.randn(size.length, generator=chance).clamp(max=0) * mask_of(size)
    pictures = [_picture(size, chance) for _ in range(size.pictures)]
    at = 0
    for picture in pictures:
        ids_T[at : at + picture.tokens + 2] = IMAGE
        ids_T[at], ids_T[at + picture.tokens + 1] = VISION_START, VISION_END
        at += picture.tokens + 2
    assert at <= size.opening, "the pictures take more room than the opening has"
    advice = torch.randint(VISION_END + 1, size.vocabulary, (experience,), generator=chance)

    def with_advice(value_T: torch.Tensor, filler: torch.Tensor) -> torch.Tensor:
        return torch.cat([value_T[:at], filler.to(value_T.dtype), value_T[at:]])

    nothing = torch.zeros(experience)
    ids_T, mask_T = with_advice(ids_T, advice), with_advice(mask_of(size), nothing)
    # Every tenth token said is a decision, about as many as tags, names and ids make.
    is_decision_T = mask_T & (mask_T.cumsum(0) % 10 == 0)
    return TokenSequence(
        trajectory=f"t{number}",
        ids_T=ids_T,
        mask_T=mask_T,
        kind_T=torch.where(is_decision_T, int(Kind.TAG), int(Kind.OTHER)).to(torch.int8),
        turn_T=torch.where(mask_T, 0, NOT_SAID).to(torch.int32),
        image_T=ids_T == IMAGE,
        served_logp_T=with_advice(served_logp_T, nothing),
        images=tuple(pictures),
        opening=(),
        opening_tokens=size.opening + experience,
    )


def _picture(size: Size, chance: torch.Generator) -> ImageFeatures:
    patches = size.grid[0] * size.grid[1] * size.grid[2]
    return ImageFeatures(
        digest="",
        pixels=torch.randn(patches, 3 * 2 * PATCH_PX**2, generator=chance),
        grid=size.grid,
        tokens=patches // 4,
    )
