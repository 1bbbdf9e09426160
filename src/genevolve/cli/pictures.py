"""How `run` and `demo` tell of finished pictures: where they are, what they rest on, what to do next."""

import re
from io import BytesIO
from pathlib import Path

from ..errors import StoreError, UsageError
from ..language.text import one_line
from ..records import Render, Trajectory
from ..store import RunDir, copy_whole, open_picture

_THINK = re.compile(r"<think>(.*?)(?:</think>|\Z)", re.DOTALL)
_FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}


def check_output(output: Path | None) -> None:
    """Find out before any work whether the picture can be written where the user wants it.

    Raises:
        UsageError: the ending is not known, or the folder is not there.
    """
    if output is None:
        return
    if output.suffix.lower() not in _FORMATS:
        raise UsageError(f"--output is {str(output)!r}; expected a name that ends in {', '.join(_FORMATS)}")
    if not output.parent.is_dir():
        raise UsageError(f"the folder {str(output.parent)!r} of --output is not there; make it first")
    if output.is_dir():
        raise UsageError(f"--output {str(output)!r} is a folder; name a file")


def save_pictures(
    run: RunDir, trajectories: list[Trajectory], renders: list[Render], *, output: Path | None = None
) -> int:
    """Copy and tell of every picture; returns how many there are."""
    by_trajectory = {render.trajectory: render for render in renders}
    drawn = 0
    for trajectory in trajectories:
        render = by_trajectory.get(trajectory.id)
        if render is None or render.image is None:
            continue
        drawn += 1
        picture = run.show_picture(render, request_id=trajectory.request.id, attempt=trajectory.attempt)
        if output:
            target = output if trajectory.attempt == 0 else output.with_stem(f"{output.stem}.{trajectory.attempt + 1}")
            _copy_as(picture, target)
            picture = target
        print(f"picture    {picture}")
        _tell_credits(trajectory)
    print(f"run        {run.root}")
    print(f"next       genevolve show {run.root}")
    return drawn


def _tell_credits(trajectory: Trajectory) -> None:
    found = {image.ref: image for image in trajectory.images}
    references = trajectory.program.references if trajectory.program else ()
    if not references:
        print(f"reference  none{_why_none(trajectory)}")
    for reference in references:
        image = found[reference.ref]
        credit = ", ".join(filter(None, [image.licence, image.author, image.page_url or image.image_url]))
        print(f"reference  {one_line(image.title, max_chars=80)} ({one_line(credit, max_chars=160)})")


def _why_none(trajectory: Trajectory) -> str:
    """What the policy thought before it answered without a reference."""
    thoughts = _THINK.findall(trajectory.turns[-1].reply) if trajectory.turns else []
    thought = one_line(" ".join(thoughts), max_chars=200)
    return f": {thought}" if thought else ""


def _copy_as(source: Path, target: Path) -> None:
    if source.suffix == target.suffix.lower():
        copy_whole(source, target)
        return
    out = BytesIO()
    open_picture(source.read_bytes()).convert("RGB").save(out, _FORMATS[target.suffix.lower()], quality=92)
    try:
        target.write_bytes(out.getvalue())
    except OSError as error:
        raise StoreError(f"cannot write {str(target)!r}: {error.strerror}") from error
