"""Pages of real runs, and a browser to open them in."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from genevolve.evaluate.compare import compare
from genevolve.evaluate.sides import read_side
from genevolve.report import write_report
from genevolve.report.comparison import Shown, write_comparison
from genevolve.store import RunDir
from support.browser import CHROMIUM, MISSING, Browser, open_browser
from support.reported import bench_run, evolving_run


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The files that tests open."""

    bench: Path
    """Twelve requests of a benchmark, all answered, drawn and judged."""
    evolving: Path
    """Groups, lessons, training, and an attempt for everything that can go wrong."""
    comparison: Path
    """The benchmark by two policies."""


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    folder = tmp_path_factory.mktemp("pages")

    async def runs() -> tuple[RunDir, RunDir, RunDir]:
        return (
            await bench_run(folder / "direct", "direct"),
            await bench_run(folder / "planner", "planner"),
            await evolving_run(folder / "evolving"),
        )

    direct, planner, evolving = asyncio.run(runs())
    chosen = [read_side(run) for run in (direct, planner)]
    shown = [Shown(run=run, side=one.side, told=one.told) for run, one in zip((direct, planner), chosen, strict=True)]
    path = folder / "comparison.html"
    write_comparison(compare(shown[0].side, shown[1].side), (shown[0], shown[1]), path)
    return Pages(bench=write_report(planner).path, evolving=write_report(evolving).path, comparison=path)


@pytest.fixture(scope="module")
def browser(pages: Pages) -> Iterator[Browser]:
    """One chromium for a file's tests; the pages are made before it, as its event loop holds the thread."""
    if CHROMIUM is None:
        pytest.skip(MISSING)
    with open_browser() as opened:
        yield opened
