"""How large a model is, from the numbers in its config.json alone: what memory is reckoned from before anything loads.

The count is exact for the Qwen3 family, whose layers have normed queries and keys and no biases; others of this
build differ in their norms and biases, which are few.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Self, cast

from pydantic import Field

from ..records import Record


class ModelShape(Record):
    """A decoder with gated layers, and beside it a part that sees."""

    layers: int = Field(ge=1)
    hidden: int = Field(ge=1)
    intermediate: int = Field(ge=1)
    """Width of a layer's gated part."""
    heads: int = Field(ge=1)
    kv_heads: int = Field(ge=1)
    head_dim: int = Field(ge=1)
    vocabulary: int = Field(ge=1)
    tied: bool = False
    """The head and the embedding are one matrix."""
    vision_parameters: int = Field(default=0, ge=0)
    """Of the part that sees, its projector included."""

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Self:
        """The shape that a config.json tells.

        Raises:
            KeyError: a number is missing, or goes by a name that is not known here.
        """
        text = cast(Mapping[str, Any], config.get("text_config", config))
        seeing = cast(Mapping[str, Any] | None, config.get("vision_config"))
        heads = int(text["num_attention_heads"])
        return cls(
            layers=text["num_hidden_layers"],
            hidden=text["hidden_size"],
            intermediate=text["intermediate_size"],
            heads=heads,
            kv_heads=text.get("num_key_value_heads") or heads,
            head_dim=text.get("head_dim") or text["hidden_size"] // heads,
            vocabulary=text["vocab_size"],
            tied=bool(config.get("tie_word_embeddings", text.get("tie_word_embeddings", False))),
            vision_parameters=_vision_parameters(seeing) if seeing else 0,
        )

    @property
    def matrices(self) -> dict[str, tuple[int, int]]:
        """Of one layer: the width that goes into each linear part, and the one that comes out."""
        said, kept = self.heads * self.head_dim, self.kv_heads * self.head_dim
        return {
            "q_proj": (self.hidden, said),
            "k_proj": (self.hidden, kept),
            "v_proj": (self.hidden, kept),
            "o_proj": (said, self.hidden),
            "gate_proj": (self.hidden, self.intermediate),
            "up_proj": (self.hidden, self.intermediate),
            "down_proj": (self.intermediate, self.hidden),
        }

    @property
    def layer_parameters(self) -> int:
        """Of one layer, its norms included."""
        return sum(wide * high for wide, high in self.matrices.values()) + 2 * self.hidden + 2 * self.head_dim

    @property
    def head_parameters(self) -> int:
        """Of the head, and as many of the embedding."""
        return self.vocabulary * self.hidden

    @property
    def language_parameters(self) -> int:
        """All but the part that sees."""
        matrices = 1 if self.tied else 2
        return self.layers * self.layer_parameters + matrices * self.head_parameters + self.hidden

    @property
    def parameters(self) -> int:
        """All."""
        return self.language_parameters + self.vision_parameters

    @property
    def kv_numbers(self) -> int:
        """Numbers that one token leaves in the cache: a key and a value of each layer."""
        return 2 * self.layers * self.kv_heads * self.head_dim

    def lora_parameters(self, rank: int, layers: Iterable[str]) -> int:
        """Of low-rank updates of some linear parts, in every layer."""
        wanted = set(layers)
        sides = (wide + high for name, (wide, high) in self.matrices.items() if name in wanted)
        return self.layers * rank * sum(sides)


def _vision_parameters(config: Mapping[str, Any]) -> int:
    """Of Qwen3-VL's part that sees: patches, places, blocks, and one merger more than layers that it is read at."""
    width, inner, out = int(config["hidden_size"]), int(config["intermediate_size"]), int(config["out_hidden_size"])
    pixels = int(config.get("in_channels", 3)) * int(config.get("temporal_patch_size", 2)) * config["patch_size"] ** 2
    merged = width * int(config.get("spatial_merge_size", 2)) ** 2
    deep = len(config.get("deepstack_visual_indexes", ()))
    opening = pixels * width + width + int(config["num_position_embeddings"]) * width
    block = 4 * width**2 + 4 * width + 2 * width * inner + inner + width + 4 * width
    mergers = (deep + 1) * (merged**2 + merged + merged * out + out) + 2 * width + deep * 2 * merged
    return opening + int(config["depth"]) * block + mergers
