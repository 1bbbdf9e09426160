"""Which tokens a distillation loss is taken over; masks only, nothing here carries a gradient.

Every choice is made within a sequence, so it does not depend on what else is in the batch. Made before the
update, from the log-probabilities of the policy that sampled, it also says how many tokens a step has in all,
which micro-batches need.

B trajectories, T tokens.
"""

import torch
from torch import Tensor


def published_selection(
    l_BT: Tensor, mask_BT: Tensor, decision_BT: Tensor, has_experience_B: Tensor, *, share: float = 0.10
) -> Tensor:
    """Tokens of the published distillation: decisions, and the tenth that the teacher judges most differently.

        selected = sampled, of a sequence with an experience, and (decision or among the top 10% of |l|)

    The union is our reading; the paper does not say how the two combine.

    Args:
        l_BT: log-probability under the student less that under the teacher, nats.
        mask_BT: True where the policy sampled the token.
        decision_BT: True at tags, tool names, skill names and image ids.
        has_experience_B: True where the teacher read an experience.
        share: part of a sequence's sampled tokens that is taken for its |l|.
    """
    wanted_BT = decision_BT.bool() | top_share(l_BT.abs(), mask_BT, share=share)
    return wanted_BT & with_experience(mask_BT, has_experience_B)


def with_experience(mask_BT: Tensor, has_experience_B: Tensor) -> Tensor:
    """Every sampled token of the sequences that have an experience."""
    return mask_BT.bool() & has_experience_B.bool()[:, None]


def most_uncertain(entropy_BT: Tensor, mask_BT: Tensor, has_experience_B: Tensor, *, share: float = 0.20) -> Tensor:
    """Of sequences with an experience, the tokens at which the student was least sure.

    A fifth is the share of forking tokens in Wang et al. (arXiv:2506.01939).
    """
    return top_share(entropy_BT, mask_BT, share=share) & with_experience(mask_BT, has_experience_B)


def top_share(value_BT: Tensor, mask_BT: Tensor, *, share: float) -> Tensor:
    """In each sequence the share of its sampled tokens with the largest values, rounded up; of equals the first."""
    mask_BT = mask_BT.bool()
    # 0.07 of 100 is a little over 7 in floating point, and must not be rounded up to 8.
    count_B = torch.ceil(mask_BT.sum(dim=1).double() * share - 1e-6)
    value_BT = value_BT.detach().masked_fill(~mask_BT, -torch.inf)
    order_BT = value_BT.argsort(dim=1, descending=True, stable=True)
    rank_BT = order_BT.argsort(dim=1)
    return rank_BT < count_B[:, None]
