"""Which figures of a step are drawn together, and what each panel says; a figure of no panel has one of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from pydantic import JsonValue

from ..learn.diagnostics import StepDiagnostics, flat

_DIGITS = 6
"""Of a figure: more are noise, and weigh."""
Scale = Literal["unit", "from zero", "free"]
"""What the height of a chart stands for: 0 to 1, from 0 to the largest, or from the smallest to the largest."""
Row = list[float | None]
"""A figure at every step; None where it was not measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One small chart: which figures it has, by the paths that lead to them, and what they are called in it."""

    title: str
    says: str
    """What it is, and what to look for."""
    lines: Mapping[str, str]
    """Pattern of a figure's path to its name; an empty name takes the last part of the path."""
    scale: Scale = "from zero"

    def name_of(self, path: str) -> str | None:
        """What a figure is called in it; None of one that is not in it."""
        names = (name or _last(path) for pattern, name in self.lines.items() if fnmatchcase(path, pattern))
        return next(names, None)


PANELS = (
    Panel(
        title="Reward of attempts",
        scale="unit",
        says="Mean over the attempts that count, with the best and the worst of the step.",
        lines={"rewards/mean": "mean", "rewards/best": "best", "rewards/worst": "worst"},
    ),
    Panel(
        title="By axis",
        scale="unit",
        says="Mean score of the attempts on each axis.",
        lines={"rewards/axes/*": ""},
    ),
    Panel(
        title="Gap in a group",
        says="Best reward less worst, mean over groups: what there is to learn from.",
        lines={"rewards/mean_gap": "mean gap", "rewards/std": "standard deviation"},
    ),
    Panel(
        title="Who learns",
        says="Attempts that have an advantage, and groups in which none was better than another.",
        lines={
            "rewards/learning": "learning",
            "rewards/attempts": "attempts",
            "rewards/equal_groups": "equal groups",
            "update/taught_sequences": "taught",
        },
    ),
    Panel(
        title="Failures",
        says="Attempts that ended through the policy's fault, and through the world's.",
        lines={
            "rewards/policy_failures": "policy",
            "rewards/world_failures": "world",
            "rewards/failures/*": "",
        },
    ),
    Panel(
        title="Entropy",
        says="Nats a sampled token: near zero the policy has stopped exploring.",
        lines={"update/entropy": "entropy"},
    ),
    Panel(
        title="Gradient norm",
        says="Before it is clipped; apart for the policy and for distillation where that was measured.",
        lines={
            "update/gradient_norm": "all",
            "update/policy_norm": "policy",
            "update/distil_norm": "distillation",
        },
    ),
    Panel(
        title="Losses",
        scale="free",
        says="Terms of the loss, each as it is weighed.",
        lines={"update/loss_*": ""},
    ),
    Panel(
        title="What the lessons change",
        says="Quantiles of |l|, the gap between teacher and student on tokens of taught sequences, in nats.",
        lines={"update/gap/*": ""},
    ),
    Panel(
        title="What is distilled",
        scale="unit",
        says="Share of sampled tokens that is distilled, and of those the share at which it is cut.",
        lines={
            "update/selected": "of all",
            "update/selected_of_taught": "of taught",
            "update/clamped": "cut",
            "update/rho_capped": "capped",
        },
    ),
    Panel(
        title="How far weights moved",
        says="Divergence in nats a token: over the step, from the reference, and from what the engine sampled with.",
        lines={
            "update/kl_step": "step",
            "update/kl_old": "before the update",
            "update/kl_reference": "reference",
            "update/kl_served": "served",
        },
    ),
    Panel(
        title="Clipped",
        says="Share of sampled tokens whose gradient a clip stops.",
        lines={
            "update/clip_low": "low",
            "update/clip_high": "high",
            "update/clip_dual": "dual",
            "update/served_capped": "served weight",
        },
    ),
    Panel(
        title="Seconds",
        says="Wall time by phase.",
        lines={"seconds/*": "", "update/seconds/*": ""},
    ),
)


def panels_of(steps: Sequence[StepDiagnostics]) -> tuple[list[JsonValue], list[JsonValue]]:
    """The panels that have figures, and a panel for each figure that none of them knows."""
    rows = _rows(steps)
    panels: list[JsonValue] = []
    for panel in PANELS:
        lines = {path: name for path in rows if (name := panel.name_of(path))}
        drawn: list[JsonValue] = [{"name": name, "values": [*rows.pop(path)]} for path, name in lines.items()]
        if drawn:
            panels.append({"title": panel.title, "says": panel.says, "lines": drawn, "scale": panel.scale})
    others: list[JsonValue] = [
        {"title": _in_words(path), "says": "", "lines": [{"name": _last(path), "values": [*row]}], "scale": "free"}
        for path, row in rows.items()
    ]
    return panels, others


def _rows(steps: Sequence[StepDiagnostics]) -> dict[str, Row]:
    """Every figure that was not zero throughout, by the path that leads to it."""
    rows: dict[str, Row] = {}
    for place, step in enumerate(steps):
        for path, value in flat(step.model_dump(exclude={"step": True, "schema_version": True, "update": {"step"}})):
            rows.setdefault(path, [None] * len(steps))[place] = float(f"{value:.{_DIGITS}g}")
    return {path: row for path, row in rows.items() if any(row)}


def _last(path: str) -> str:
    return path.rpartition("/")[2].replace("_", " ")


def _in_words(path: str) -> str:
    return path.replace("/", " › ").replace("_", " ")
