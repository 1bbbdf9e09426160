"""A language model of under a million parameters that learns to copy names within minutes on a CPU.

A decoder as others are, with rotary positions and normed queries and keys, but
for one thing: a token's vector is its own embedding plus another embedding of
the token before it. So the first attention layer can already ask "what came
after this word the last time?", which is how a name is copied; a model without
it learns the form of replies long before it copies what it read.

transformers loads and saves it, its cache included, like any other.

Legend: B sequences, T tokens of this pass, L tokens so far, H heads, D width of a head, V vocabulary.
"""
# ruff: noqa: E402 - what is missing is said in words before it is imported

from .extra import require

require("torch", "transformers")

from typing import Any, ClassVar, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoConfig, AutoModelForCausalLM, GenerationMixin, PretrainedConfig, PreTrainedModel
from transformers.cache_utils import Cache
from transformers.modeling_layers import GradientCheckpointingLayer
from transformers.modeling_outputs import BaseModelOutputWithPast, CausalLMOutputWithPast

MODEL_TYPE = "genevolve-small"
_THETA = 10_000.0


class SmallConfig(PretrainedConfig):
    """Its shape."""

    model_type: ClassVar[str] = MODEL_TYPE  # pyright: ignore[reportIncompatibleVariableOverride]

    def __init__(
        self,
        *,
        vocab_size: int = 256,
        hidden_size: int = 128,
        intermediate_size: int = 256,
        attention_layers: int = 3,
        num_attention_heads: int = 4,
        max_position_embeddings: int = 4096,
        **others: Any,
    ) -> None:
        self.vocab_size = vocab_size
        self.hidden_size = hidden_size
        self.intermediate_size = intermediate_size
        self.attention_layers = attention_layers
        self.num_attention_heads = num_attention_heads
        self.max_position_embeddings = max_position_embeddings
        settings: dict[str, Any] = {**others, "tie_word_embeddings": False}
        super().__init__(**settings)

    @property
    def num_hidden_layers(self) -> int:
        """Layers of its cache: those that attend, and before them the one that remembers the token before."""
        return self.attention_layers + 1


class _Attention(nn.Module):
    def __init__(self, config: SmallConfig, layer: int) -> None:
        super().__init__()
        width = config.hidden_size
        self._heads, self._layer = config.num_attention_heads, layer
        self.q_proj = nn.Linear(width, width, bias=False)
        self.k_proj = nn.Linear(width, width, bias=False)
        self.v_proj = nn.Linear(width, width, bias=False)
        self.o_proj = nn.Linear(width, width, bias=False)
        # Normed queries and keys agree by at most sqrt(D), which lets no one key of hundreds win; a gain does.
        self.gain_H11 = nn.Parameter(torch.ones(self._heads, 1, 1))

    def forward(self, x_BTD: Tensor, turns: tuple[Tensor, Tensor], mask: Tensor | None, cache: Cache | None) -> Tensor:
        query, key, value = (
            part(x_BTD).unflatten(-1, (self._heads, -1)).transpose(1, 2)
            for part in (self.q_proj, self.k_proj, self.v_proj)
        )
        query, key = _turned(self.gain_H11 * _normed(query), turns), _turned(_normed(key), turns)
        if cache is not None:
            key, value = _kept(cache, key, value, layer=self._layer)
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask, is_causal=mask is None)
        return self.o_proj(mixed.transpose(1, 2).flatten(2))


class _Layer(GradientCheckpointingLayer):
    def __init__(self, config: SmallConfig, layer: int) -> None:
        super().__init__()
        self.attention = _Attention(config, layer)
        self.up_proj = nn.Linear(config.hidden_size, config.intermediate_size, bias=False)
        self.down_proj = nn.Linear(config.intermediate_size, config.hidden_size, bias=False)

    def forward(self, x_BTD: Tensor, turns: tuple[Tensor, Tensor], mask: Tensor | None, cache: Cache | None) -> Tensor:
        x_BTD = x_BTD + self.attention(_normed(x_BTD), turns, mask, cache)
        return x_BTD + self.down_proj(functional.relu(self.up_proj(_normed(x_BTD))).square())


class _Small(PreTrainedModel):
    config_class = SmallConfig
    base_model_prefix = "model"
    _supports_sdpa = True
    supports_gradient_checkpointing = True

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=module.in_features**-0.5)
        elif isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=0.5)
        elif isinstance(module, _Attention):
            nn.init.ones_(module.gain_H11)
        elif isinstance(module, _Layer):  # what a layer adds begins at nothing
            nn.init.zeros_(module.attention.o_proj.weight)
            nn.init.zeros_(module.down_proj.weight)


class SmallModel(_Small):
    """Ids to hidden states."""

    def __init__(self, config: SmallConfig) -> None:
        cast(Any, super()).__init__(config)
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.embed_before = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(_Layer(config, 1 + number) for number in range(config.attention_layers))
        self._half = config.hidden_size // config.num_attention_heads // 2
        self.post_init()

    def forward(
        self,
        input_ids: Tensor,
        *,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        past_key_values: Cache | None = None,
        use_cache: bool | None = None,
    ) -> BaseModelOutputWithPast:
        """The hidden states of ids.

        Args:
            attention_mask: [B, L], of all that was read: 0 on padding, on one side.
            position_ids: [B, T]; None counts from the end of what the cache holds.
            past_key_values: what was read before, which grows by this.
            use_cache: False leaves the cache alone.
        """
        cache = past_key_values if use_cache is not False else None
        before = cache.get_seq_length() if cache is not None else 0
        length = before + input_ids.shape[1]
        if position_ids is None:
            position_ids = torch.arange(before, length, device=input_ids.device)[None]
        x_BTD = self.embed_tokens(input_ids) + self._of_previous(input_ids, attention_mask, cache)
        turns = _turns(position_ids, self._half, like=x_BTD)
        mask = _mask(input_ids, attention_mask, length)
        for layer in self.layers:
            x_BTD = layer(x_BTD, turns, mask, cache)
        return BaseModelOutputWithPast(last_hidden_state=cast(Any, _normed(x_BTD)), past_key_values=cache)

    def _of_previous(self, ids_BT: Tensor, mask_BL: Tensor | None, cache: Cache | None) -> Tensor:
        """What each token says to the one behind it; nothing to the first."""
        said_BTD = self.embed_before(ids_BT)
        count = ids_BT.shape[1]
        all_BLD = said_BTD if cache is None else _kept(cache, said_BTD[:, None], said_BTD[:, None], layer=0)[0][:, 0]
        if mask_BL is not None:
            all_BLD = all_BLD * mask_BL[..., None].to(all_BLD)
        return functional.pad(all_BLD, (0, 0, 1, 0))[:, -count - 1 : -1]


class SmallForCausalLM(_Small, GenerationMixin):
    """Ids to logits of the next one."""

    def __init__(self, config: SmallConfig) -> None:
        cast(Any, super()).__init__(config)
        self.model = SmallModel(config)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()

    def forward(
        self,
        input_ids: Tensor,
        *,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        past_key_values: Cache | None = None,
        use_cache: bool | None = None,
        logits_to_keep: int = 0,
        **others: object,
    ) -> CausalLMOutputWithPast:
        """The logits of the last `logits_to_keep` tokens; of all where that is 0. See `SmallModel.forward`.

        Args:
            others: what PEFT and `generate` name to every model, left at None; it always returns a dict.
        """
        if wanted := [name for name, value in others.items() if value is not None and name != "return_dict"]:
            raise TypeError(f"{type(self).__name__} knows no {min(wanted)!r}")
        out: BaseModelOutputWithPast = self.model(
            input_ids,
            attention_mask=attention_mask,
            position_ids=position_ids,
            past_key_values=past_key_values,
            use_cache=use_cache,
        )
        logits = self.lm_head(cast(Tensor, out.last_hidden_state)[:, -logits_to_keep:])
        return CausalLMOutputWithPast(logits=logits, past_key_values=out.past_key_values)


def _kept(cache: Cache, key: Tensor, value: Tensor, *, layer: int) -> tuple[Tensor, Tensor]:
    """The keys and values of all that was read, these included."""
    return cast(Any, cache).update(key, value, layer)


def _normed(x: Tensor) -> Tensor:
    return functional.rms_norm(x, (x.shape[-1],))


def _turns(position_BT: Tensor, half: int, *, like: Tensor) -> tuple[Tensor, Tensor]:
    """Cosines and sines of rotary positions, [B, 1, T, D/2]."""
    speed = _THETA ** (-torch.arange(half, device=like.device, dtype=torch.float32) / half)
    angle = position_BT[:, None, :, None].float() * speed
    return angle.cos().to(like.dtype), angle.sin().to(like.dtype)


def _turned(x: Tensor, turns: tuple[Tensor, Tensor]) -> Tensor:
    cos, sin = turns
    one, other = x.chunk(2, dim=-1)
    return torch.cat([one * cos - other * sin, one * sin + other * cos], dim=-1)


def _mask(ids_BT: Tensor, mask_BL: Tensor | None, length: int) -> Tensor | None:
    """What may be looked at, [B, 1, T, L]; None where that is all that came before, and no padding is among it."""
    count = ids_BT.shape[1]
    if count == length and (mask_BL is None or bool(mask_BL[:, 0].all())):
        return None  # padding on the right is behind everything that is read
    seen = torch.ones(count, length, dtype=torch.bool, device=ids_BT.device).tril(length - count)[None, None]
    return seen if mask_BL is None else seen & mask_BL[:, None, None, :].bool()


def register() -> None:
    """Make it known to transformers, which then loads it by the type in its config.json."""
    cast(Any, AutoConfig).register(MODEL_TYPE, SmallConfig, exist_ok=True)
    cast(Any, AutoModelForCausalLM).register(SmallConfig, SmallForCausalLM, exist_ok=True)
