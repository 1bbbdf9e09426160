"""One pass of a model over a batch: hidden states, and of them what is asked about the sampled tokens.

Policy, old, reference and teacher passes are all this one call. It is a module of its own, so that what wraps a
model for several processes sees every weight being used, the head's included.

B trajectories, T tokens, N sampled tokens, D width, V vocabulary, K tokens asked about per position.
"""

from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from ..errors import UsageError
from .batch import Batch
from .logprob import Against, Head, Measure, TokenScores, predicting, score_tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherView:
    """Another pass over the same sampled tokens, to be measured against over the whole vocabulary."""

    hidden_ND: Tensor
    head: Head | None
    """None: it was made with the head that the model has now."""
    measure: Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is wanted of every sampled token, besides its log-probability and entropy."""

    temperature: float = 1.0
    also_NK: Tensor | None = None
    """Further tokens whose log-probabilities are wanted; negative ones are padding."""
    top_k: int = 0
    against: OtherView | None = None
    keep_hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What a pass found."""

    tokens: TokenScores
    hidden_ND: Tensor | None = None


class Scorer(nn.Module):
    """A language model as learning uses it."""

    def __init__(self, model: nn.Module, *, bf16: bool = False) -> None:
        """A scorer.

        Args:
            model: of transformers, as it is or with low-rank updates of PEFT.
            bf16: compute in bf16 where that is safe; log-probabilities are in fp32 in any case.

        Raises:
            UsageError: between its last layer and its logits the model does something that is not known here.
        """
        super().__init__()
        self.model = model
        self._bf16 = bf16
        _check_head(plain(model))

    @property
    def _no_split_modules(self) -> list[str]:
        """Layers that FSDP shards one by one. The part that sees stays whole: not every batch has pictures."""
        names = cast(list[str] | None, getattr(plain(self.model), "_no_split_modules", None)) or []
        return [name for name in names if "Vision" not in name]

    def forward(self, batch: Batch, asked: Asked) -> Scored:
        """Scores the sampled tokens of a batch, row by row."""
        device = batch.ids_BT.device.type
        with torch.autocast(device, dtype=torch.bfloat16, enabled=self._bf16):
            hidden_BTD: Tensor = plain(self.model).base_model(**batch.inputs(), use_cache=False).last_hidden_state
        hidden_ND = predicting(hidden_BTD, batch.mask_BT)
        if self._bf16:
            hidden_ND = hidden_ND.bfloat16()
        head, other = self.head(), asked.against
        tokens = score_tokens(
            hidden_ND,
            head,
            batch.ids_BT[batch.mask_BT],
            temperature=asked.temperature,
            also_NK=asked.also_NK,
            top_k=asked.top_k,
            against=Against(hidden_ND=other.hidden_ND, head=other.head or head, measure=other.measure)
            if other
            else None,
        )
        return Scored(tokens=tokens, hidden_ND=hidden_ND.detach() if asked.keep_hidden else None)

    def head(self) -> Head:
        """The last layer, as it is now."""
        layer = cast(nn.Linear, plain(self.model).get_output_embeddings())
        return Head(weight_VD=layer.weight, bias_V=cast(Tensor | None, layer.bias))


def plain(model: nn.Module) -> Any:
    """The model of transformers inside what wraps it; low-rank updates sit in its layers and stay."""
    unwrapped: Any = model
    return unwrapped.get_base_model() if hasattr(unwrapped, "get_base_model") else unwrapped


def _check_head(model: Any) -> None:
    layer = model.get_output_embeddings()
    if type(layer) is not nn.Linear:
        raise UsageError(
            f"the last layer of {type(model).__name__} is a {type(layer).__name__}; expected a plain linear layer. "
            "Leave it out of the layers that get low-rank updates."
        )
    config = model.config.get_text_config()
    for name in ("final_logit_softcapping", "logit_scale", "logits_scaling"):
        if getattr(config, name, None) not in (None, 1, 1.0):
            raise UsageError(
                f"{type(model).__name__} changes its logits ({name} = {getattr(config, name)!r}), which learning does "
                "not do; expected a model whose logits are its last layer's, such as those of the Qwen family"
            )
