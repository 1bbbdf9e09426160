"""What certain weights think of tokens that were said, by whomever.

Legend: B replies (one), T tokens, V vocabulary.
"""

from typing import Any, cast

import torch

from ..records import TokenSpan
from .encode import Prompt
from .positions import positions_of


@torch.no_grad()
def rescored(module: torch.nn.Module, tokens: TokenSpan) -> tuple[float, ...]:
    """The log-probability that a model gives to each token of a reply, at temperature 1, in nats.

    Args:
        tokens: the reply with its whole prompt, in which there is no picture.
    """
    was_training = module.training
    module.eval()
    try:
        device = next(module.parameters()).device
        prompt = Prompt(ids=(*tokens.context, *tokens.reply))
        ids_BT = torch.tensor([prompt.ids], device=device)
        positions = positions_of(module, prompt, image_id=None).to(device)
        out: Any = module(input_ids=ids_BT, position_ids=positions, use_cache=False)
    finally:
        module.train(was_training)
    count = len(tokens.reply)
    logits_BTV: torch.Tensor = out.logits[:, -count - 1 : -1].float()
    logp_BT = torch.log_softmax(logits_BTV, dim=-1).gather(-1, ids_BT[:, -count:, None])[..., 0]
    return tuple(cast(Any, logp_BT[0]).tolist())
