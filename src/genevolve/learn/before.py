"""What is found out about a step before any gradient: by the weights as they are, those of the start, and the teacher.

Batches wait in ordinary memory and visit the model's device one at a time.

B trajectories, T tokens, N sampled tokens, V vocabulary, D width, K tokens asked about per position.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from torch import Tensor

from ..errors import BatchError
from .batch import Batch, collate
from .clock import Clock
from .config import LearnSettings
from .descent import Descent
from .distil import student_choices, support_ids
from .logprob import Head, in_place
from .parallel import Share
from .scorer import Asked, Scored
from .shadow import Shadow
from .teacher import measure_of, teach
from .update import Known, needs_teacher, selection

START, AVERAGED = "start", "averaged"
"""Copies of the weights: as training began, and an average that trails behind."""


def shadow_names(settings: LearnSettings) -> tuple[str, ...]:
    """The copies of the weights that the settings need."""
    has_teacher = settings.distil.form != "none"
    is_frozen = has_teacher and settings.distil.teacher == "frozen"
    names: list[str] = []
    if is_frozen or settings.grpo.kl_weight or _wants_support(settings):
        names.append(START)
    if has_teacher and settings.distil.teacher == "averaged":
        names.append(AVERAGED)
    return tuple(names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """Passes of a model without a gradient."""

    descent: Descent
    settings: LearnSettings
    shadows: dict[str, Shadow]
    clock: Clock

    def first(self, share: Share) -> list[Known]:
        """What a process knows of its micro-batches before the first update of a step, the teacher apart."""
        known: list[Known] = []
        with self.clock.phase("old"):
            known = [self._by_old(collate(part)) for part in (*share.taught, *share.untaught)]
        if not (self.settings.grpo.kl_weight or _wants_support(self.settings)):
            return known
        with self.clock.phase("reference"), self.shadows[START].standing_in():
            return [self._by_start(one) for one in known]

    def by_teacher(self, known: Sequence[Known], *, step: int, is_first: bool) -> list[Known]:
        """The same with what the teacher says; one that follows is asked again at every update, others once a step."""
        distil = self.settings.distil
        is_due = is_first or distil.teacher == "following"
        has_experience = any(one.batch.teacher is not None for one in known)
        if not (is_due and has_experience and needs_teacher(self.settings, step)):
            return list(known)
        names = {"frozen": START, "averaged": AVERAGED}
        stands_in: AbstractContextManager[None] = nullcontext()
        if distil.teacher != "following":
            stands_in = self.shadows[names[distil.teacher]].standing_in()
        keeps_hidden = measure_of(distil) is not None
        with self.clock.phase("teacher"), stands_in:
            head = _copied(self.descent.scorer.head()) if keeps_hidden and distil.teacher != "following" else None
            said = [one if one.batch.teacher is None else self._taught(one, head, keeps_hidden) for one in known]
        return [replace(one, selected_BT=selection(one, distil)) for one in said]

    def again(self, known: Known) -> Tensor:
        """Log-probabilities of the sampled tokens under the weights as they are now."""
        asked = Asked(temperature=self.settings.update.temperature)
        scored = self._look(known.batch, asked)
        return in_place(scored.tokens.logp_N, known.batch.mask_BT.to(scored.tokens.logp_N.device)).cpu()

    def _by_old(self, batch: Batch) -> Known:
        distil, update = self.settings.distil, self.settings.update
        top_k = distil.top_k or 0 if distil.form == "bounded_gap" else 0
        wants_more = top_k or distil.selection == "most_uncertain"
        if update.old_logp == "served":
            batch = _as_served(batch)
            if not wants_more:
                return Known.of(batch)
        tokens = self._look(batch, Asked(temperature=update.temperature, top_k=top_k)).tokens
        if batch.old_logp_BT is None:
            batch = batch.with_old_logp(in_place(tokens.logp_N.cpu(), batch.mask_BT))
        choices_NK = None
        if tokens.top_ids_NK is not None and batch.teacher is not None:
            choices_NK = student_choices(tokens.top_ids_NK.cpu(), batch.ids_BT[batch.mask_BT])
        entropy_BT = in_place(tokens.entropy_N.cpu(), batch.mask_BT)
        return replace(Known.of(batch), old_entropy_BT=entropy_BT, choices_NK=choices_NK)

    def _by_start(self, known: Known) -> Known:
        anchor = self.settings.anchor
        top_k = 0
        if _wants_support(self.settings):
            top_k = min(ceil(1 / anchor.floor), self.descent.scorer.head().weight_VD.shape[0])
        tokens = self._look(known.batch, Asked(temperature=self.settings.update.temperature, top_k=top_k)).tokens
        support_NK = None
        if tokens.top_ids_NK is not None and tokens.top_logp_NK is not None:
            support_NK = support_ids(tokens.top_ids_NK, tokens.top_logp_NK, floor=anchor.floor).cpu()
        reference_BT = in_place(tokens.logp_N.cpu(), known.batch.mask_BT) if self.settings.grpo.kl_weight else None
        return replace(known, reference_logp_BT=reference_BT, support_NK=support_NK)

    def _taught(self, known: Known, head: Head | None, keeps_hidden: bool) -> Known:
        device = self.descent.device
        taught = teach(
            self.descent.look,
            known.batch.to(device),
            temperature=self.settings.update.temperature,
            choices_NK=None if known.choices_NK is None else known.choices_NK.to(device),
            keep_hidden=keeps_hidden,
        )
        return replace(known, taught=replace(taught, head=head).to("cpu"))

    def _look(self, batch: Batch, asked: Asked) -> Scored:
        return self.descent.look(batch.to(self.descent.device), asked)


def _wants_support(settings: LearnSettings) -> bool:
    return bool(settings.anchor.weight) or settings.anchor.watch


def _as_served(batch: Batch) -> Batch:
    if batch.served_logp_BT is None:
        raise BatchError(
            f"trajectory {batch.trajectories[0]!r} or one beside it has no log-probabilities of its sampler, and "
            'old_logp = "served" takes them; roll out with token_ids = true, or set it to "recomputed"'
        )
    return batch.with_old_logp(batch.served_logp_BT)


def _copied(head: Head) -> Head:
    """A last layer that stays as it is when the weights change."""

    def copied(weight: Tensor) -> Tensor:
        whole: Any = weight.detach()
        return whole.full_tensor() if hasattr(whole, "full_tensor") else whole.clone()

    return Head(weight_VD=copied(head.weight_VD), bias_V=None if head.bias_V is None else copied(head.bias_V))
