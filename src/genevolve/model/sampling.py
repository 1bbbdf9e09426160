"""Drawing the next token, and its log-probability.

Legend: B conversations, V vocabulary.

A log-probability is that of the whole distribution at the sampling temperature:
before the nucleus is cut out, and with nothing banned. It is what a trainer
recomputes from the same weights, so the two can be compared.
"""

import torch


def log_probabilities(logits_BV: torch.Tensor, temperature_B: torch.Tensor) -> torch.Tensor:
    """log softmax(logits / temperature) in fp32 or finer; where the temperature is 0, that of temperature 1.

    Greedy speech has no distribution of its own: every token but one would have log-probability minus infinity.
    """
    precise_BV = logits_BV if logits_BV.dtype is torch.float64 else logits_BV.float()
    warm_B = torch.where(temperature_B > 0, temperature_B, torch.ones_like(temperature_B))
    return torch.log_softmax(precise_BV / warm_B[:, None].to(precise_BV), dim=-1)


def draw(
    logp_BV: torch.Tensor,
    *,
    temperature_B: torch.Tensor,
    top_p_B: torch.Tensor,
    chance_B: torch.Tensor,
    banned_V: torch.Tensor,
) -> torch.Tensor:
    """The next token of each conversation.

    The nucleus is the fewest likeliest tokens whose probabilities reach `top_p`; the token drawn is where the running
    sum of theirs passes the share `chance` of it. So a conversation's tokens follow from its own chances alone.

    Args:
        logp_BV: log-probabilities at the sampling temperature.
        temperature_B: 0 takes the likeliest token.
        top_p_B: in (0, 1].
        chance_B: uniform in [0, 1).
        banned_V: True for tokens that must not be drawn; the others share their probability.
    """
    allowed_BV = logp_BV.masked_fill(banned_V, float("-inf")).double()
    chances_BV, order_BV = torch.softmax(allowed_BV, dim=-1).sort(dim=-1, descending=True, stable=True)
    sums_BV = chances_BV.cumsum(dim=-1)
    # A token belongs to the nucleus if those before it do not reach top_p; the likeliest one always does.
    is_inside_BV = sums_BV - chances_BV < top_p_B[:, None].double()
    mass_B = (chances_BV * is_inside_BV).sum(dim=-1)
    place_B = torch.searchsorted(sums_BV, (chance_B.double() * mass_B)[:, None], right=True)[:, 0]
    place_B = torch.minimum(place_B, is_inside_BV.sum(dim=-1) - 1)
    place_B = torch.where(temperature_B > 0, place_B, torch.zeros_like(place_B))
    return order_BV.gather(-1, place_B[:, None])[:, 0]
