"""What an ablation shows: a table of arms with paired intervals, `curves.json`, and the curves as a picture.

    python examples/ablation_report.py runs/ablation [--against ARM] [--json curves.json] [--figure curves.png]

An arm is held against the plain one under the same conditions, or against the one that is named. Differences are
paired: the two began with the same supervised policy. The interval is Student's over supervised seeds, each of which
counts once.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from ablation import ARMS

from genevolve.learn.curves import HeldOutFigures, read_held_out
from genevolve.learn.diagnostics import read_diagnostics

T_95 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131)
"""Student's 97.5% quantile by degrees of freedom, from 1 on; more than there are have the last, a little too wide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One run's looks at held-out requests."""

    sampled: tuple[HeldOutFigures, ...]
    """By step."""
    greedy: HeldOutFigures | None
    """Of the last step that has one."""
    worst_gradient: float | None
    """The largest gradient norm before clipping: it grows first where a run collapses."""

    def area(self, until: float, *, by_time: bool = False) -> float:
        """The mean reward on the way, from the start until a step, or a second of training; the last value lasts."""
        points = [(one.trained_seconds if by_time else float(one.step), one.reward) for one in self.sampled]
        points = [*points, (max(until, points[-1][0]), points[-1][1])]
        total = 0.0
        for (left, low), (right, high) in pairwise(points):
            if left < until and right > left:
                end = min(right, until)
                at_end = low + (high - low) * (end - left) / (right - left)
                total += (low + at_end) / 2 * (end - left)
        return total / until if until else points[0][1]


Arms = Mapping[str, Mapping[int, Curve]]
"""Curves by arm and supervised seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A mean of paired differences with its 95% interval."""

    mean: float
    half: float | None
    """Half of the interval's width; None of a single pair."""

    def __str__(self) -> str:
        if self.half is None:
            return f"{self.mean:+.3f}"
        return f"{self.mean:+.3f} [{self.mean - self.half:+.3f}, {self.mean + self.half:+.3f}]"


def difference(pairs: Sequence[tuple[float, float]]) -> Difference:
    """The mean of first less second, with Student's interval over pairs."""
    gaps = [one - other for one, other in pairs]
    if len(gaps) < 2:
        return Difference(mean=fmean(gaps), half=None)
    quantile = T_95[min(len(gaps) - 1, len(T_95)) - 1]
    return Difference(mean=fmean(gaps), half=quantile * stdev(gaps) / sqrt(len(gaps)))


def read_curves(folder: Path) -> dict[str, dict[int, Curve]]:
    """The curves that are there, by arm and seed, in the order of the arms."""
    found: dict[str, dict[int, Curve]] = {}
    for name in ARMS:
        for run in sorted((folder / "runs" / name.replace(" ", "-")).glob("seed-*")):
            looks = read_held_out(run)
            sampled = tuple(one for one in looks if one.decoding == "sampled")
            if not sampled:
                continue
            greedy = [one for one in looks if one.decoding == "greedy"]
            norms = [one.update.gradient_norm for one in read_diagnostics(run)]
            found.setdefault(name, {})[int(run.name.removeprefix("seed-"))] = Curve(
                sampled=sampled,
                greedy=greedy[-1] if greedy else None,
                worst_gradient=max((norm for norm in norms if norm is not None), default=None),
            )
    return found


def by_baseline(curves: Arms, *, against: str | None) -> dict[str, Arms]:
    """The arms by the one that they are held against: their own, or `against` for all."""
    names: dict[str, list[str]] = {}
    for name in curves:
        names.setdefault(against or ARMS[name].baseline, []).append(name)
    return {baseline: {name: curves[name] for name in arms} for baseline, arms in names.items()}


def table(curves: Arms, *, against: str) -> list[str]:
    """The arms that are held against one of them, as lines of Markdown."""
    steps = max(curve.sampled[-1].step for arm in curves.values() for curve in arm.values())
    heads = ["arm", "seeds", "start", "end", "greedy", "valid", "entropy", "seconds a step", "gradient"]
    heads += ["area", f"area less {against}", "end less it", "area less it at equal time"]
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for name, arm in curves.items():
        lines.append("| " + " | ".join(_cells(name, arm, curves.get(against, {}), steps=steps)) + " |")
    return lines


def _cells(name: str, arm: Mapping[int, Curve], base: Mapping[int, Curve], *, steps: int) -> list[str]:
    last = [curve.sampled[-1] for curve in arm.values()]
    greedy = [curve.greedy.reward for curve in arm.values() if curve.greedy]
    entropy = [one.entropy for one in last if one.entropy is not None]
    seconds = [one.trained_seconds / one.step for one in last if one.step]
    norms = [curve.worst_gradient for curve in arm.values() if curve.worst_gradient is not None]
    both = [(arm[seed], base[seed]) for seed in arm if seed in base]
    areas = [(one.area(steps), other.area(steps)) for one, other in both]
    ends = [(one.sampled[-1].reward, other.sampled[-1].reward) for one, other in both]
    timed = [
        (one.area(until, by_time=True), other.area(until, by_time=True))
        for one, other in both
        if (until := other.sampled[-1].trained_seconds)
    ]
    return [
        name,
        str(len(arm)),
        _mean([curve.sampled[0].reward for curve in arm.values()]),
        _mean([one.reward for one in last]),
        _mean(greedy),
        _mean([one.valid for one in last]),
        _mean(entropy),
        _mean(seconds, digits=1),
        _mean([max(norms)] if norms else [], digits=2),
        _mean([curve.area(steps) for curve in arm.values()]),
        *(str(difference(pairs)) if pairs else "" for pairs in (areas, ends, timed)),
    ]


def _mean(values: Sequence[float], *, digits: int = 3) -> str:
    return f"{fmean(values):.{digits}f}" if values else ""


def sentences(curves: Arms, *, against: str) -> list[str]:
    """What the figures show, in words; an interval that includes 0 is said to show nothing."""
    said: list[str] = []
    for name, arm in curves.items():
        first, last = (fmean([curve.sampled[place].reward for curve in arm.values()]) for place in (0, -1))
        steps = max(curve.sampled[-1].step for curve in arm.values())
        said.append(f"{name}: mean held-out reward from {first:.3f} to {last:.3f} in {steps} steps.")
        pairs = [
            (arm[seed].area(steps), curves[against][seed].area(steps))
            for seed in arm
            if name != against and seed in curves.get(against, {})
        ]
        if not pairs:
            continue
        gap = difference(pairs)
        if gap.half is None:
            said[-1] += f" Its mean on the way less that of {against}: {gap}, one pair, from which nothing follows."
        else:
            verdict = "which shows nothing" if abs(gap.mean) <= gap.half else "more" if gap.mean > 0 else "less"
            said[-1] += f" Its mean on the way less that of {against}: {gap}, {verdict}."
    return said


def rows_of(curves: Arms) -> list[dict[str, Any]]:
    """Every look as a row: arm, seed, step, reward with its interval, digest of the requests."""
    return [
        {
            "arm": name,
            "seed": seed,
            "step": one.step,
            "decoding": one.decoding,
            "reward": round(one.reward, 5),
            "low": round(one.low, 5),
            "high": round(one.high, 5),
            "valid": round(one.valid, 4),
            "entropy": one.entropy and round(one.entropy, 5),
            "attempts": one.trained_attempts,
            "seconds": round(one.trained_seconds, 1),
            "digest": one.digest,
        }
        for name, arm in curves.items()
        for seed, curve in arm.items()
        for one in (*curve.sampled, *filter(None, [curve.greedy]))
    ]


def draw(curves: Arms, path: Path) -> None:
    """The mean curve of each arm over its seeds, a thin line for each seed, side by side in one picture."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    plots: Any = pyplot
    columns = min(4, len(curves))
    rows = -(-len(curves) // columns)
    figure, axes = plots.subplots(
        rows, columns, figsize=(3.2 * columns, 2.5 * rows), sharex=True, sharey=True, squeeze=False
    )
    for place, panel in enumerate(axes.flat):
        if place >= len(curves):
            panel.set_axis_off()
            continue
        name, arm = list(curves.items())[place]
        for curve in arm.values():
            panel.plot(
                [one.step for one in curve.sampled],
                [one.reward for one in curve.sampled],
                color="#9db4c0",
                linewidth=0.8,
            )
        steps = sorted({one.step for curve in arm.values() for one in curve.sampled})
        means = [fmean([one.reward for curve in arm.values() for one in curve.sampled if one.step == s]) for s in steps]
        panel.plot(steps, means, color="#1b3a4b", linewidth=2)
        panel.set_title(name, fontsize=9)
        panel.set_xticks(steps)
        panel.set_ylim(0, 1)
        panel.grid(alpha=0.2)
    figure.supxlabel("step", fontsize=9)
    figure.supylabel("mean held-out reward", fontsize=9)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def main() -> None:
    """Read the command line, print the table and write what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--against", help="hold every arm against this one; its own baseline unless given")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--figure", type=Path)
    options = parser.parse_args()
    curves = read_curves(options.folder)
    if not curves:
        parser.error(f"there are no runs in {str(options.folder)!r}; make them with examples/ablation.py run")
    digests = sorted({one.digest for arm in curves.values() for curve in arm.values() for one in curve.sampled})
    print(f"held-out requests {', '.join(digests)}")
    for against, arms in by_baseline(curves, against=options.against).items():
        print("", *table(arms, against=against), "", *sentences(arms, against=against), sep="\n")
    if options.json:
        options.json.write_text(json.dumps(rows_of(curves), indent=1) + "\n", encoding="utf-8")
    if options.figure:
        draw(curves, options.figure)


if __name__ == "__main__":
    main()
