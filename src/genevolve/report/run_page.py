"""`RUN/report.html`: what a run holds, as one page."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from itertools import chain
from pathlib import Path

from ..errors import UsageError
from ..evaluate.sides import Asked, Wanted
from ..store import RunDir
from ..store.budget import Prices
from .attempt import Texts, attempt_details
from .gather import Gathered, Shown, gather
from .pictures import Embed, Pictures
from .rows import attempt_rows, credit_rows, group_rows, policy_names, request_rows
from .training import training_block
from .write import Block, json_block, packed_block, page_parts, write_page

PAGE = "report.html"
_VIEWS = ("gallery", "attempt", "groups", "training", "credits")
"""In the order of the menu; those that a run has nothing for are left out."""
_IN_A_BLOCK = 16
"""Attempts that are packed, and unpacked, together: neighbours share much of what they read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A page that was written."""

    path: Path
    attempts: int
    size: int
    """In bytes."""
    lost: int
    """Pictures that the records name and the run's folder lacks."""
    told: tuple[str, ...]
    """One sentence for each choice between several."""


def write_report(
    run: RunDir,
    *,
    out: Path | None = None,
    embed: Embed = "previews",
    asked: Asked | None = None,
    wanted: Wanted | None = None,
    prices: Prices | None = None,
) -> Written:
    """Write the page of a run.

    Args:
        out: the file; None writes `report.html` into the run's folder.
        embed: previews: drawn pictures in small, the rest linked beside the page. full: every picture whole.
        asked: what the run was told to do, where it is known.
        wanted: of several renderers and judges, those that scores are of.
        prices: what calls cost, where that is known.

    Raises:
        UsageError: the run has no attempts.
        StoreError: a line of its files is no record, or the page cannot be written.
    """
    gathered = gather(run, asked=asked, wanted=wanted)
    if not gathered.attempts:
        raise UsageError(f"the run {str(run.root)!r} has no attempts yet; genevolve rollout makes them")
    path = out or run.root / PAGE
    pictures = Pictures(embed=embed, page=path)
    _show_pictures(pictures, gathered, run)
    pictures.start()
    details = list(_details(gathered.attempts, prices or Prices()))
    pictures.make()
    blocks = _blocks(gathered, run, pictures)
    parts = page_parts(
        run.root.resolve().name,
        views=[view for view in _VIEWS if view in blocks or view == "attempt"],
        blocks=[json_block(name, data) for name, data in blocks.items()],
        later=chain(pictures.blocks(), details),
    )
    size = write_page(path, parts)
    return Written(
        path=path, attempts=len(gathered.attempts), size=size, lost=len(pictures.lost), told=tuple(gathered.told)
    )


def _show_pictures(pictures: Pictures, gathered: Gathered, run: RunDir) -> None:
    """Take up every picture that the page can show: drawn ones first, so that neighbours share a block."""
    for shown in gathered.attempts:
        if shown.render and shown.render.image:
            pictures.show(run.images, shown.render.image, preview=True)
    for shown in gathered.attempts:
        for render in shown.renders[1:]:
            if render.image:
                pictures.show(run.images, render.image, preview=True)
        for image in shown.trajectory.images:
            pictures.show(run.images, image.digest)
    for request in gathered.requests.values():
        if request.target:
            pictures.show(run.images, request.target, sized=True)
        for digest in request.brought:
            pictures.show(run.images, digest)


def _blocks(gathered: Gathered, run: RunDir, pictures: Pictures) -> dict[str, object]:
    """What the page has at once."""
    optional = {"groups": group_rows(gathered), "training": training_block(run, gathered.experiences)}
    blocks: dict[str, object] = {
        "run": _run(gathered, run),
        "requests": request_rows(gathered.requests),
        "gallery": attempt_rows(gathered, in_a_block=_IN_A_BLOCK),
        "credits": credit_rows(gathered.attempts),
        "pictures": pictures.index(),
    }
    return blocks | {name: data for name, data in optional.items() if data}


def _run(gathered: Gathered, run: RunDir) -> dict[str, object]:
    figure = gathered.figure
    renderers = Counter(shown.render.renderer.name for shown in gathered.attempts if shown.render)
    return {
        "name": run.root.resolve().name,
        "version": metadata.version("genevolve"),
        "policies": policy_names(gathered.attempts),
        "renderers": list(renderers),
        "judges": {kind: " ".join(filter(None, [j.name, j.model])) for kind, j in gathered.judges.items()},
        "figure": figure and {"name": figure.name, "says": figure.says},
        "told": list(gathered.told),
    }


def _details(attempts: Sequence[Shown], prices: Prices) -> Iterator[Block]:
    """The attempts in full, some to a block."""
    for number, start in enumerate(range(0, len(attempts), _IN_A_BLOCK)):
        texts = Texts()
        details = [attempt_details(one, texts, prices=prices) for one in attempts[start : start + _IN_A_BLOCK]]
        yield packed_block(f"attempts-{number}", {"texts": texts.kept, "attempts": details})
