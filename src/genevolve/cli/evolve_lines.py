"""A run of evolution in lines: what each step and each look found, and how far the step is that is under way."""

import sys

from ..evolve.watch import Moment
from ..learn.curves import HeldOutFigures
from ..learn.diagnostics import StepDiagnostics
from .work import counted


class Teller:
    """Tells on standard error, with a moving line below where that is a terminal."""

    def __init__(self, *, rounds: int) -> None:
        self._rounds = rounds
        self._moves = sys.stderr.isatty()
        self._width = 0
        self.looks: list[HeldOutFigures] = []
        """All looks that were told of."""

    def step(self, seen: StepDiagnostics) -> None:
        """A line for a step that is done."""
        self._line(step_line(seen, rounds=self._rounds))

    def look(self, seen: HeldOutFigures) -> None:
        """A line for a look at held-out requests."""
        self.looks.append(seen)
        self._line(look_line(seen))

    def moment(self, moment: Moment) -> None:
        """The moving line; nothing where nobody watches."""
        if self._moves:
            of = f" {moment.done:,} of {moment.total:,}" if moment.total > 1 else ""
            self._show(f"step {moment.step + 1}: {moment.phase.replace('_', ' ')}{of} {moment.detail}".rstrip())

    def close(self) -> None:
        """Clear the moving line."""
        if self._moves and self._width:
            print(f"\r{'':<{self._width}}\r", end="", file=sys.stderr, flush=True)
            self._width = 0

    def _line(self, words: str) -> None:
        self.close()
        print(words, file=sys.stderr, flush=True)

    def _show(self, words: str) -> None:
        print(f"\r{words:<{self._width}}", end="", file=sys.stderr, flush=True)
        self._width = len(words)


def step_line(seen: StepDiagnostics, *, rounds: int) -> str:
    """A step in a line: what was earned, which groups taught, how sure the policy is, how hard it was pushed."""
    rewards, update = seen.rewards, seen.update
    taught = rewards.groups - rewards.equal_groups - rewards.lone_groups if rewards else 0
    parts = [
        f"step {seen.step + 1:>4} of {rounds}",
        f"reward {_number(rewards.mean if rewards else None, '.3f')}",
        f"taught by {taught} of {counted('group', rewards.groups if rewards else 0)}",
        f"entropy {_number(update.entropy, '.3f')}",
        f"gradient {_number(update.gradient_norm, '.3g')}",
        f"{seen.seconds.get('step', 0.0):.1f} s",
    ]
    if rewards and rewards.world_failures:
        parts.append(f"{counted('attempt', rewards.world_failures)} failed by the world")
    if update.skipped:
        parts.append(f"{counted('update', update.skipped)} skipped")
    return "  ".join(parts)


def look_line(seen: HeldOutFigures) -> str:
    """A look in a line."""
    return (
        f"look {seen.step:>4}  held-out reward {seen.reward:.3f} [{seen.low:.3f}, {seen.high:.3f}] {seen.decoding}  "
        f"{counted('request', seen.requests)}  valid {seen.valid:.0%}"
        + (f"  {counted('attempt', seen.world_failures)} failed by the world" if seen.world_failures else "")
    )


def gain_words(looks: list[HeldOutFigures]) -> str:
    """From the first sampled look of a run to its last; "" where there are not two."""
    sampled = [one for one in looks if one.decoding == "sampled"]
    if len(sampled) < 2:
        return ""
    first, last = sampled[0], sampled[-1]
    return (
        f"held-out reward {first.reward:.3f} after {counted('step', first.step)}, {last.reward:.3f} "
        f"[{last.low:.3f}, {last.high:.3f}] after {last.step:,}, on {counted('request', last.requests)} "
        f"(digest {last.digest[:12]})"
    )


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
