"""What is known of a judge by its name alone: what it looks at, the axes it gives, and its bundled rubric."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ..records import VerdictKind
from ..score import AXIS_WEIGHTS
from .kscore import KSCORE
from .program import PROGRAM
from .rubric import Rubric
from .wiscore import LEGACY, VERIFIED


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One judge, before it is opened."""

    kind: VerdictKind
    axes: frozenset[str]
    """Of its scores."""
    rubric: str | None = None
    """Digest of all that it is told where nobody replaced its rubric; None for one that computes."""


def known_judge(name: str) -> Known | None:
    """The judge of this name; None for one that is not ours."""
    return _all_known().get(name)


@cache
def _all_known() -> Mapping[str, Known]:
    looks = Known(kind="image", axes=frozenset(AXIS_WEIGHTS))
    return {
        **{rubric.name: _by_rubric(rubric) for rubric in (KSCORE, PROGRAM, LEGACY, VERIFIED)},
        "computed": looks,
        "computed-ocr": looks,
        "computed-program": Known(kind="program", axes=frozenset(axis.name for axis in PROGRAM.form.axes)),
    }


def _by_rubric(rubric: Rubric) -> Known:
    told = rubric.info(rubric.text(), model="", settings={}).rubric
    return Known(kind=rubric.kind, axes=frozenset(axis.name for axis in rubric.form.axes), rubric=told)
