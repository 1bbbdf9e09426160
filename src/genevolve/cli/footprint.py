"""What memory training and serving take, reckoned from a model's shape before anything is loaded.

Weights, gradients, moments and the cache are counted exactly; what a pass holds at its height is an estimate, and
says so. GB are 10^9 bytes.

T tokens of a micro-batch, D width, L layers, I width of a layer's gated part, K numbers of keys, P parameters.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ..learn.config import LearnSettings
from ..model.settings import LoraSettings
from ..model.shape import ModelShape

FP32, BF16 = 4, 2
"""Bytes of a number."""
LOGIT_CHUNKS = 6 * 2**28
"""What scoring tokens holds at a time: six times the logits of a chunk, see `learn.logprob`."""
ENGINE_SHARE = 0.90
"""Of a GPU's memory that vLLM takes, by its default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing that takes memory."""

    name: str
    bytes: int
    how: str
    """The arithmetic."""
    shards: bool = False
    """Split over the GPUs that train together."""
    estimate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """What one way of training takes."""

    parts: tuple[Part, ...]
    gathered: int
    """What each GPU holds besides where weights are split: the largest piece, whole."""

    def bytes_on(self, gpus: int) -> int:
        """Of each of several GPUs that train together."""
        split = sum(part.bytes for part in self.parts if part.shards)
        whole = sum(part.bytes for part in self.parts if not part.shards)
        return whole + split // gpus + (self.gathered if gpus > 1 else 0)

    def gpus_for(self, limit: int) -> int | None:
        """The fewest GPUs of so many bytes, a power of two, on which it fits; None where 64 are too few."""
        return next((count for count in (1, 2, 4, 8, 16, 32, 64) if self.bytes_on(count) <= limit), None)


def training(
    shape: ModelShape, *, lora: LoraSettings | None, freezes_vision: bool, copies: Sequence[str], tokens: int
) -> Footprint:
    """The memory of a process that trains.

    Args:
        copies: of the weights that train, by what they are for.
        tokens: T, of the largest micro-batch.
    """
    if lora is not None:
        trained, base = shape.lora_parameters(lora.rank, lora.layers), shape.parameters
        told = f"{trained:,} of rank {lora.rank}"
    else:
        trained = shape.language_parameters if freezes_vision else shape.parameters
        base, told = shape.parameters - trained, f"{trained:,}"
    parts = [
        _exact("frozen weights, bf16", base, BF16, f"{base:,}", shards=lora is not None),
        _exact("weights that train, fp32", trained, FP32, told),
        _exact("gradients, fp32", trained, FP32, told),
        _exact("Adam's two moments, fp32", trained, 2 * FP32, told),
        *(_exact(f"a copy of the weights: {what}", trained, FP32, told) for what in copies),
        *_passes(shape, tokens, trained=0 if lora else trained, stream=BF16 if lora else FP32),
    ]
    head = shape.head_parameters * 2 * FP32 if lora is None else shape.head_parameters * BF16
    layer = shape.layer_parameters * (BF16 if lora else FP32 + BF16)
    return Footprint(parts=tuple(part for part in parts if part.bytes), gathered=max(head, layer))


def copies_of(settings: LearnSettings) -> list[str]:
    """What further copies of the weights these settings of reinforcement need, as `learn.before.shadow_names` says."""
    distil, has_teacher = settings.distil, settings.distil.form != "none"
    uses = [
        ("frozen teacher", has_teacher and distil.teacher == "frozen"),
        ("KL term", settings.grpo.kl_weight > 0),
        ("support anchor", settings.anchor.weight > 0 or settings.anchor.watch),
    ]
    named = [name for name, used in uses if used]
    copies = [f"as training began ({', '.join(named)})"] if named else []
    return copies + (["averaged teacher"] if has_teacher and distil.teacher == "averaged" else [])


def teaching(shape: ModelShape, settings: LearnSettings, *, tokens: int) -> Part | None:
    """What the teacher's pass adds at the height of a step; None where there is no teacher."""
    distil = settings.distil
    if distil.form == "none":
        return None
    if distil.form == "jensen_shannon" or (distil.form == "bounded_gap" and distil.top_k is None):
        size = tokens * shape.hidden * BF16
        return Part(
            name="teacher's hidden states",
            bytes=size,
            how=f"T {tokens:,} x D {shape.hidden:,} x 2 bytes at most",
            estimate=True,
        )
    return Part(
        name="teacher's pass",
        bytes=0,
        how="no further weights, and no gradient: nothing more at the height of a step",
    )


def serving(shape: ModelShape, *, tensor_parallel: int, gpu_bytes: int, context: int) -> list[Part]:
    """The memory of each GPU of an engine: its weights, and what is left for the cache."""
    weights = shape.parameters * BF16 // tensor_parallel
    token = shape.kv_numbers * BF16 // tensor_parallel
    room = max(0, int(gpu_bytes * ENGINE_SHARE) - weights)
    return [
        Part(
            name="engine: weights, bf16",
            bytes=weights,
            how=f"{shape.parameters:,} x 2 bytes" + (f" / {tensor_parallel}" if tensor_parallel > 1 else ""),
        ),
        Part(
            name="engine: room for the cache",
            bytes=room,
            how=f"{ENGINE_SHARE:.0%} of a GPU less the weights: {room // token:,} tokens of {token:,} bytes, "
            f"{room // (token * context):,} conversations of {context:,}",
            estimate=True,
        ),
    ]


def _exact(name: str, count: int, size: int, told: str, *, shards: bool = True) -> Part:
    return Part(name=name, bytes=count * size, how=f"{told} x {size} bytes", shards=shards)


def _passes(shape: ModelShape, tokens: int, *, trained: int, stream: int) -> list[Part]:
    """What a pass with a gradient holds at its height, activations computed again layer by layer."""
    between = tokens * shape.layers * shape.hidden * stream
    inner = 8 * shape.hidden + 4 * shape.kv_heads * shape.head_dim + 4 * shape.intermediate
    layer = 2 * tokens * inner * BF16
    parts = [
        Part(
            name="activations between layers",
            bytes=between,
            how=f"T {tokens:,} x L {shape.layers} x D {shape.hidden:,} x {stream} bytes, checkpointing",
            estimate=True,
        ),
        Part(
            name="one layer computed again",
            bytes=layer,
            how=f"T {tokens:,} x (8 D + 4 K + 4 I = {inner:,}) x 2 bytes, and gradients as much",
            estimate=True,
        ),
        Part(name="logits, a chunk at a time", bytes=LOGIT_CHUNKS, how="6 x 256 MiB", estimate=True),
    ]
    if trained:
        # Autocast keeps what it cast until the pass ends; split weights are cast layer by layer.
        parts.append(
            Part(
                name="bf16 copies in a pass",
                bytes=trained * BF16,
                how=f"{trained:,} x 2 bytes",
                shards=True,
                estimate=True,
            )
        )
    return parts
