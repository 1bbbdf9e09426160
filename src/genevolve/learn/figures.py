"""What a micro-batch tells about an update: sums and counts that add up, and the gap to the teacher token by token.

B trajectories, T tokens.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, cast, get_args

import torch
from torch import Tensor

from .config import LearnSettings
from .logprob import TokenScores, in_place
from .loss import MAX_K3, MAX_LOG_RATIO, Term, k3
from .update import Known, Name, outside, served_weight

Share = Literal[
    "entropy", "clip_low", "clip_high", "clip_dual", "kl_old", "kl_step", "kl_reference", "kl_served", "served_capped",
    "selected", "selected_of_taught", "clamped", "rho_capped", "outside",
]  # fmt: skip
"""Means over tokens, by the names that the diagnostics have."""


@dataclass(slots=True, kw_only=True)
class Sums:
    """Running sums of an update, of this process."""

    sums: dict[str, float] = field(
        default_factory=lambda: {f"{name}/{part}": 0.0 for name in _NAMES for part in ("sum", "count")}
    )
    """Every name is there from the beginning, so that all processes have the same."""
    gaps: list[float] = field(default_factory=list[float])
    """|l| of every token that has a teacher."""

    def add(self, name: str, value: float, count: float) -> None:
        """Adds a sum over some units, and their number."""
        self.sums[f"{name}/sum"] += value
        self.sums[f"{name}/count"] += count

    def add_losses(self, losses: Mapping[Name, Term], units: Mapping[Name, float], *, names: Iterable[Name]) -> None:
        """Adds those losses of a micro-batch that are named, not yet weighed."""
        for name in names:
            if name in losses:
                self.add(f"loss_{name}", float(losses[name].total.detach()), units[name])


_NAMES = (*get_args(Share), *(f"loss_{name}" for name in get_args(Name)))


def means(sums: Mapping[str, float]) -> dict[str, float | None]:
    """The mean of every name; None where there was nothing to average, or it is not finite."""
    found: dict[str, float | None] = {}
    for name in _NAMES:
        count = sums[f"{name}/count"]
        mean = sums[f"{name}/sum"] / count if count else None
        found[name] = mean if mean is not None and abs(mean) < float("inf") else None
    return found


@torch.no_grad()
def add_figures(into: Sums, scores: TokenScores, known: Known, settings: LearnSettings) -> None:
    """Adds what the student's pass told about a micro-batch."""
    batch, grpo = known.batch, settings.grpo
    mask_BT = batch.mask_BT
    logp_BT = in_place(scores.logp_N, mask_BT)
    ratio_BT = (logp_BT - known.old_logp_BT).clamp(max=MAX_LOG_RATIO).exp()
    a_BT = batch.advantage_BT

    def mean(name: Share, value_BT: Tensor, over_BT: Tensor) -> None:
        into.add(name, float(value_BT[over_BT].sum()), float(over_BT.sum()))

    mean("entropy", in_place(scores.entropy_N, mask_BT), mask_BT)
    mean("clip_low", (ratio_BT < 1 - grpo.clip_low) & (a_BT < 0), mask_BT)
    mean("clip_high", (ratio_BT > 1 + grpo.clip_high) & (a_BT > 0), mask_BT)
    if grpo.dual_clip is not None:
        mean("clip_dual", (ratio_BT > grpo.dual_clip) & (a_BT < 0), mask_BT)
    mean("kl_old", k3(known.old_logp_BT - logp_BT), mask_BT)
    if known.reference_logp_BT is not None:
        mean("kl_reference", k3(logp_BT - known.reference_logp_BT), mask_BT)
    if batch.served_logp_BT is not None:
        mean("kl_served", k3(batch.served_logp_BT - known.old_logp_BT), mask_BT)
        cap = settings.update.served_weight_cap
        if cap is not None:
            mean("served_capped", served_weight(known, cap=cap) >= cap, mask_BT)
    outside_N = outside(scores, known)
    if outside_N is not None:
        mean("outside", in_place(-torch.expm1(-outside_N), mask_BT), mask_BT)
    mean("selected", known.selected_BT, mask_BT)
    if known.taught is not None:
        taught_BT = mask_BT & batch.has_experience_B[:, None]
        l_BT = logp_BT - known.taught.logp_BT
        into.gaps += cast(list[float], l_BT[taught_BT].abs().tolist())  # pyright: ignore[reportUnknownMemberType]
        mean("selected_of_taught", known.selected_BT, taught_BT)
        mean("clamped", (k3(l_BT) >= MAX_K3) | (l_BT.abs() >= MAX_LOG_RATIO), known.selected_BT)
        mean("rho_capped", ratio_BT >= settings.distil.rho_cap, known.selected_BT)
