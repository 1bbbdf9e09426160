"""The pages that tests open and that the guide shows."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from genevolve.evaluate.compare import compare
from genevolve.evaluate.sides import read_side
from genevolve.report.comparison import Shown, write_comparison
from genevolve.report.run_page import write_report
from genevolve.store import RunDir
from support.reported import bench_run, evolving_run


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The files."""

    bench: Path
    """Twelve requests of a benchmark, all answered, drawn and judged."""
    evolving: Path
    """Groups, lessons, training, and an attempt for everything that can go wrong."""
    comparison: Path
    """The benchmark by two policies."""


def make_pages(folder: Path) -> Pages:
    """The runs, and a page of each."""
    direct, planner, evolving = asyncio.run(_runs(folder))
    chosen = [read_side(run) for run in (direct, planner)]
    shown = [Shown(run=run, side=one.side, told=one.told) for run, one in zip((direct, planner), chosen, strict=True)]
    path = folder / "comparison.html"
    write_comparison(compare(shown[0].side, shown[1].side), (shown[0], shown[1]), path)
    return Pages(bench=write_report(planner).path, evolving=write_report(evolving).path, comparison=path)


async def _runs(folder: Path) -> tuple[RunDir, RunDir, RunDir]:
    return (
        await bench_run(folder / "direct", "direct"),
        await bench_run(folder / "planner", "planner"),
        await evolving_run(folder / "evolving"),
    )
