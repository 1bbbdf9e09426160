"""What is to be seen of every step: one line of JSON, and TensorBoard where it is installed.

The records here are plain numbers and need no torch. A number that was not measured at a step is None, and a rate
of something that did not happen is one over nothing, which is None too.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import fsum, sqrt
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

from pydantic import Field

from ..model.extra import require
from ..records import Record, StoredRecord
from ..store.jsonl import Journal, read_records
from .advantage import Counts, Earned

FILE_NAME = "diagnostics.jsonl"
QUANTILES = (0.5, 0.9, 0.99, 1.0)
"""Of |l| that are written down; 1 is the largest."""


class RewardFigures(Record):
    """What the attempts of a step earned."""

    mean: float | None
    """Over attempts that count; None where none does."""
    std: float | None
    best: float | None
    worst: float | None
    mean_gap: float | None
    """Best less worst of a group, mean over groups that have two attempts that count."""
    axes: dict[str, float]
    """Mean by axis."""
    valid: float | None
    """Share of the attempts that count in which the policy did not fail."""
    failures: dict[str, int]
    """Attempts by whose fault and where, such as "world:renderer"."""
    groups: int
    attempts: int
    world_failures: int
    policy_failures: int
    lone_groups: int
    equal_groups: int
    learning: int


class UpdateFigures(Record):
    """What the trainer found in one step."""

    step: int
    """Counted from 0."""
    sequences: int
    tokens: int
    """Sampled ones."""
    taught_sequences: int
    """Sequences that have an experience."""
    updates: int
    """Of which some may have been skipped."""
    skipped: int
    learning_rate: float | None
    """Of the last update; None where there was nothing to learn from."""
    gradient_norm: float | None
    """Of the last update that was not skipped, before it was clipped."""
    policy_norm: float | None = None
    """Of all but distillation, where measured."""
    distil_norm: float | None = None
    """Of distillation with its weight, where measured."""
    distil_weight: float = 0.0
    """What distillation was weighed by at this step."""
    loss_grpo: float | None = None
    loss_kl: float | None = None
    loss_entropy: float | None = None
    loss_distil: float | None = None
    loss_anchor: float | None = None
    entropy: float | None = None
    """Nats a token."""
    clip_low: float | None = None
    """Share of sampled tokens whose gradient the lower clip stops."""
    clip_high: float | None = None
    clip_dual: float | None = None
    kl_old: float | None = None
    """From the weights before the update to those that the gradient was taken at; 0 in the first update."""
    kl_step: float | None = None
    """From before the step to after it, on the same tokens, where measured; nats a token."""
    kl_reference: float | None = None
    kl_served: float | None = None
    """From what the serving engine reported to the weights before the update: how far rollouts were off."""
    served_capped: float | None = None
    selected: float | None = None
    """Share of sampled tokens that is distilled."""
    selected_of_taught: float | None = None
    """The same of sequences that have an experience."""
    gap: dict[str, float] = {}
    """Quantiles of |l| over tokens of sequences that have an experience, nats: "0.5", "0.9", "0.99", "1.0"."""
    clamped: float | None = None
    """Share of distilled tokens at which k3, or -l, is cut."""
    rho_capped: float | None = None
    outside: float | None = None
    """Mass on tokens that the policy hardly ever said when training began, where measured."""
    seconds: dict[str, float] = {}
    """By phase: old, reference, teacher, gradient, update, measure."""
    peak_bytes: int = Field(default=0, ge=0)
    """Most memory held: of the GPU in this step, else of the process so far."""


class StepDiagnostics(StoredRecord):
    """One step of the loop."""

    current_version: ClassVar[int] = 2

    step: int
    update: UpdateFigures
    rewards: RewardFigures | None = None
    encoded: dict[str, int] = {}
    """What encoding counted: sequences, too_long, restarts …"""
    seconds: dict[str, float] = {}
    """Of other phases: roll_out, draw, judge, write …; "step" is all of it."""
    experiences: dict[str, int] = {}
    """What was compared, written, dropped, and given to the teacher."""
    staleness: int | None = None
    """Steps between the weights that sampled the oldest attempt and those that learn from it; None where not known."""

    @classmethod
    def upgrade(cls, fields: dict[str, Any], version: int) -> dict[str, Any]:  # noqa: ARG003 - there is one before
        """Version 2 added fields only."""
        return fields


def reward_figures(groups: Sequence[Sequence[Earned]], counts: Counts) -> RewardFigures:
    """What a step's attempts earned, group by group."""
    attempts = [earned for group in groups for earned in group]
    counting = [earned for earned in attempts if earned.reward is not None]
    rewards = [earned.reward for earned in counting if earned.reward is not None]
    by_group = [[earned.reward for earned in group if earned.reward is not None] for group in groups]
    gaps = [max(row) - min(row) for row in by_group if len(row) > 1]
    failures = Counter(f"{one.failure.whose}:{one.failure.where}" for one in attempts if one.failure)
    names = sorted({axis for earned in counting for axis in earned.axes})
    return RewardFigures(
        mean=_mean(rewards),
        std=_std(rewards),
        best=max(rewards, default=None),
        worst=min(rewards, default=None),
        mean_gap=_mean(gaps),
        axes={name: fsum(one.axes.get(name, 0.0) for one in counting) / len(counting) for name in names},
        valid=_mean([float(earned.failure is None) for earned in counting]),
        failures=dict(sorted(failures.items())),
        **{name: getattr(counts, name) for name in Counts.__slots__},
    )


def quantiles(values: Sequence[float]) -> dict[str, float]:
    """The quantiles that are written down, each a value that occurred; nothing of nothing."""
    ordered = sorted(values)
    return {str(share): ordered[max(0, -int(-share * len(ordered) // 1) - 1)] for share in QUANTILES if ordered}


class DiagnosticsWriter:
    """Writes every step to a folder, as a line and to TensorBoard."""

    def __init__(self, folder: Path, *, tensorboard: bool = False, first_step: int = 0) -> None:
        """Opens the folder's file for appending; steps of a run that is resumed are written after those that are there.

        Args:
            tensorboard: also write what its page shows; it is imported only then.
            first_step: where a resumed run goes on; later steps of an earlier one are hidden on the page.

        Raises:
            MissingExtraError: tensorboard is asked for and not installed.
            StoreError: the file cannot be written.
        """
        self._page: Any = None
        if tensorboard:
            require("tensorboard")
            from torch.utils.tensorboard import SummaryWriter

            self._page = SummaryWriter(str(folder), purge_step=first_step)  # pyright: ignore[reportUnknownMemberType]
        self._journal = Journal(
            folder / FILE_NAME, StepDiagnostics, key=lambda one: str(one.step), has_failed=lambda _: False
        )

    def write(self, step: StepDiagnostics) -> None:
        """Writes one step.

        Raises:
            StoreError: it cannot be written.
        """
        self._journal.append(step)
        if self._page is not None:
            for name, value in flat(step.model_dump(exclude={"step", "schema_version"})):
                self._page.add_scalar(name, value, step.step)
            self._page.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._journal.close()
        if self._page is not None:
            self._page.close()


def read_diagnostics(folder: Path) -> list[StepDiagnostics]:
    """The steps of a run in their order; of one that was done again after a kill, the last.

    Raises:
        StoreError: a line is no step.
    """
    steps = {one.step: one for one in read_records(folder / FILE_NAME, StepDiagnostics)}
    return [steps[number] for number in sorted(steps)]


def flat(values: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, float]]:
    """Every number of nested fields, with the names that lead to it joined by "/"."""
    for name, value in values.items():
        if isinstance(value, dict):
            yield from flat(value, f"{path}{name}/")  # pyright: ignore[reportUnknownArgumentType]
        elif value is not None:
            yield f"{path}{name}", float(value)


def _mean(values: Sequence[float]) -> float | None:
    return fsum(values) / len(values) if values else None


def _std(values: Sequence[float]) -> float | None:
    """The sample's standard deviation."""
    if len(values) < 2:
        return None
    mean = fsum(values) / len(values)
    return sqrt(fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
