"""A score as a list of checks: each says what was wanted, what was found, and how much it counts.

The published scale of an axis is 0, 0.5 and 1:

- 1: every check passed;
- 0.5: of the things that the axis is mainly about, at least half are right in
  all their *leading* checks, and the checks passed weigh at least half of all;
- 0: otherwise.

A check that is not leading costs half the axis at most where it is the only one:
of a request for words alone, faithfulness asks for nothing but "nothing else". An
axis of which nothing was asked has no checks and is 1.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One question about a picture or a program, and its answer."""

    axis: str
    of: str
    """The thing that it is about, by its name in the recipe."""
    name: str
    """What is asked of it: "count", "colour", "place"."""
    wanted: str
    found: str
    passed: bool
    weight: int = 1
    leading: bool = False
    """The axis is mainly about this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One quantity of a formula, from 0 to 1."""

    axis: str
    name: str
    value: float


def level(checks: Sequence[Check]) -> float:
    """The score of an axis by the rule above."""
    if all(check.passed for check in checks):
        return 1.0
    things = {check.of for check in checks if check.leading}
    wrong = {check.of for check in checks if check.leading and not check.passed}
    mostly_right = 2 * len(things - wrong) >= len(things)
    is_alone_and_minor = len(checks) == 1 and not things
    return 0.5 if is_alone_and_minor or (mostly_right and share(checks) >= 0.5) else 0.0


def share(checks: Sequence[Check]) -> float:
    """The weight of what passed over the weight of all; 1 where nothing was asked."""
    whole = sum(check.weight for check in checks)
    return sum(check.weight for check in checks if check.passed) / whole if whole else 1.0


def in_json(checks: Iterable[Check | Measure], **more: float) -> str:
    """The checks for a verdict's `raw`, one to a line, so that it can be read and parsed."""
    lines = ",\n".join(json.dumps(asdict(check), ensure_ascii=False) for check in checks)
    rest = "".join(f', "{name}": {value:.4f}' for name, value in more.items())
    return f'{{"checks": [\n{lines}\n]{rest}}}'


def in_words(checks: Iterable[Check]) -> str:
    """What did not pass, in one short line."""
    failed = [
        f"{check.of}: {check.name} {check.found!r}, wanted {check.wanted!r}" for check in checks if not check.passed
    ]
    return "; ".join(failed) or "all checks passed"
