"""A run, and one of its trajectories, as a person reads them in a terminal."""

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ..language.text import one_line
from ..records import (
    Answer,
    Malformed,
    Render,
    ToolCall,
    Trajectory,
    Turn,
    Verdict,
)
from ..report.reading import credit_in_words, placed_in_words, plain_lines, stop_in_words, thought_of
from ..store import RunDir

_MOST_LINES_OF_AN_OBSERVATION = 14
_MOST_ROWS = 200


def overview(trajectories: list[Trajectory], renders: dict[str, Render]) -> RenderableType:
    """One row an attempt: how it ended, its references, its picture."""
    drawn = _by_trajectory(renders.values())
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("id", no_wrap=True, overflow="ellipsis", max_width=40)
    table.add_column("stop", no_wrap=True)
    table.add_column("calls", justify="right")
    table.add_column("picture", no_wrap=True)
    table.add_column("references", overflow="fold")
    for trajectory in trajectories[:_MOST_ROWS]:
        titles = {image.ref: image.title for image in trajectory.images}
        references = trajectory.program.references if trajectory.program else ()
        table.add_row(
            escape(_name(trajectory)),
            stop_in_words(trajectory.stop),
            str(len(trajectory.turns)),
            _picture(trajectory, drawn.get(trajectory.id, [])),
            escape(", ".join(one_line(titles.get(r.ref, r.ref), max_chars=40) for r in references) or "-"),
        )
    left = len(trajectories) - _MOST_ROWS
    footer = [Text(f"… and {left:,} more; name an id to see one", style="dim")] if left > 0 else []
    return Group(table, *footer)


def trajectory_page(
    run: RunDir, trajectory: Trajectory, renders: list[Render], verdicts: list[Verdict], *, everything: bool = False
) -> RenderableType:
    """One attempt from the request to the picture, turn by turn."""
    parts: list[RenderableType] = [_head(trajectory)]
    for number, turn in enumerate(trajectory.turns, start=1):
        if number > 1:
            parts += _heard(turn, everything=everything)
        parts += _said(number, turn)
    parts += _ending(trajectory)
    for render in renders:
        parts += _drawn(run, trajectory, render, verdicts)
    return Group(*parts)


def print_page(page: RenderableType) -> None:
    """Write to standard output; no colours where it is not a terminal."""
    Console(highlight=False, soft_wrap=False).print(page)


def _head(trajectory: Trajectory) -> RenderableType:
    request = trajectory.request
    facts = [
        f"policy {trajectory.policy.name}" + (f" ({trajectory.policy.model})" if trajectory.policy.model else ""),
        f"search {trajectory.toolbox.provider or 'none'}",
        f"attempt {trajectory.attempt + 1}",
        f"{len(trajectory.turns)} calls in {trajectory.seconds:.2f} s",
    ]
    body = Text(request.text, style="bold")
    body.append("\n" + " · ".join(facts), style="not bold dim")
    return Panel(body, title=escape(one_line(request.id, max_chars=60)), title_align="left", border_style="cyan")


def _heard(turn: Turn, *, everything: bool) -> Iterable[RenderableType]:
    for message in turn.heard:
        lines = plain_lines(message)
        limit = len(lines) if everything else _MOST_LINES_OF_AN_OBSERVATION
        shown = lines[:limit]
        if len(lines) > limit:
            shown.append(f"… {len(lines) - limit} more lines (--all shows them)")
        yield Padding(Text("\n".join(shown), style="dim"), (0, 0, 0, 4))


def _said(number: int, turn: Turn) -> Iterable[RenderableType]:
    thought = " ".join(thought_of(turn).split())
    if thought:
        yield Padding(Text(thought, style="italic"), (1, 0, 0, 2))
    match turn.action:
        case ToolCall(name=name, arguments=arguments):
            asked = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
            yield Text.assemble((f"{number:>2} ", "bold cyan"), (name, "bold"), f"({one_line(asked, max_chars=300)})")
        case Answer():
            yield Text.assemble((f"{number:>2} ", "bold cyan"), ("answer", "bold green"))
        case Malformed(problem=problem):
            yield Text.assemble((f"{number:>2} ", "bold cyan"), ("not usable: ", "bold red"), problem)
    for repair in turn.repairs:
        yield Padding(Text(f"read forgivingly: {repair}", style="yellow"), (0, 0, 0, 4))


def _ending(trajectory: Trajectory) -> Iterable[RenderableType]:
    if trajectory.program is None:
        what = trajectory.failure.what if trajectory.failure else "no program"
        yield Panel(Text(what), title=stop_in_words(trajectory.stop), title_align="left", border_style="red")
        return
    found = {image.ref: image for image in trajectory.images}
    body = Text(trajectory.program.prompt)
    for number, reference in enumerate(trajectory.program.references, start=1):
        image = found.get(reference.ref)
        body.append(f"\n\n{number}. ", style="bold cyan")
        body.append(f"{reference.ref} {credit_in_words(image) if image else ''}")
        if reference.note:
            body.append(f"\n   {reference.note}", style="italic")
    for change in trajectory.mended:
        body.append(f"\nmended: {change}", style="yellow")
    yield Padding(Panel(body, title="program", title_align="left", border_style="green"), (1, 0, 0, 0))


def _drawn(run: RunDir, trajectory: Trajectory, render: Render, verdicts: list[Verdict]) -> Iterable[RenderableType]:
    if render.failure or render.image is None:
        why = render.failure.what if render.failure else "no picture"
        yield Text.assemble(("not drawn ", "bold red"), f"by {render.renderer.name}: {why}")
        return
    path = run.show_picture(render, request_id=trajectory.request.id, attempt=trajectory.attempt)
    size = f", {render.scene.width}x{render.scene.height}" if render.scene else ""
    yield Text.assemble(("picture ", "bold"), str(path), (f"  ({render.renderer.name}{size})", "dim"))
    if render.scene:
        for item in render.scene.items:
            yield Padding(Text(placed_in_words(item), style="dim"), (0, 0, 0, 4))
        for words in render.scene.not_understood:
            yield Padding(Text(f"not understood: {words}", style="yellow"), (0, 0, 0, 4))
    for verdict in verdicts:
        if verdict.of == render.id:
            scores = ", ".join(f"{axis} {score:.2f}" for axis, score in verdict.scores.items())
            yield Text.assemble((f"{verdict.judge.name} ", "bold"), scores or f"failed: {verdict.failure}")


def _name(trajectory: Trajectory) -> str:
    return one_line(trajectory.request.id, max_chars=60) + (f" #{trajectory.attempt + 1}" if trajectory.attempt else "")


def _picture(trajectory: Trajectory, renders: list[Render]) -> str:
    if not renders:
        return "not drawn" if trajectory.program else "-"
    return "drawn" if renders[-1].image else "failed"


def _by_trajectory(renders: Iterable[Render]) -> dict[str, list[Render]]:
    grouped: dict[str, list[Render]] = {}
    for render in renders:
        grouped.setdefault(render.trajectory, []).append(render)
    return grouped
