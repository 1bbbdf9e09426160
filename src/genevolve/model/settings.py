"""How models of transformers are loaded, run and trained; read without torch."""

from typing import Literal

from pydantic import Field

from ..records import Record


class LoadSettings(Record):
    """How a model is put into memory."""

    dtype: Literal["bfloat16", "float16", "float32"] | None = None
    """None: bfloat16 on a GPU, float32 elsewhere."""
    device: str | None = None
    """None: the first GPU, where there is one."""
    attention: Literal["sdpa", "eager", "flash_attention_2"] = "sdpa"


class LoraSettings(Record):
    """Low-rank updates in place of full weights. The published system trains full weights; these numbers are ours."""

    rank: int = Field(default=32, ge=1)
    alpha: float = Field(default=64.0, gt=0)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    layers: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
    """Of the language model; the part that sees has none of these names."""


class EngineSettings(Record):
    """How much is held in memory. The numbers are ours: a token of an 8B model takes 147 kB."""

    max_together: int = Field(default=32, ge=1)
    """Conversations that speak at once; others wait."""
    max_tokens: int = Field(default=131_072, ge=1)
    """Of all that speak, padding counted, when one is admitted; a single one is always admitted."""
    kept_tokens: int = Field(default=131_072, ge=0)
    """Of those that have spoken and may go on."""
