"""A run as the files of the released tools: `results.json`, and where it was judged, the evaluator's files beside it.

A row is one attempt at one request. Its messages are the conversation word for
word; pictures that it names lie in the folder under the paths that it names.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from pydantic import JsonValue

from ..curate.benchmark_rows import label_of
from ..errors import ScoreError
from ..records import Attempt, ImagePart, Message, Request, StopReason, TextPart, Track, Trajectory
from ..store import RunDir, write_whole
from .released_eval import Row, has_axes, scored_row, summary, summary_csv, summary_items
from .suites.figures import scores_of

RESULTS = "results.json"
RESULTS_EVAL = "results_eval.json"
SUMMARY = "summary.json"
SUMMARY_CSV = "summary.csv"

TERMINATIONS = {
    StopReason.ANSWERED: "answer",
    StopReason.OUT_OF_TURNS: "max_rounds_reached",
    StopReason.OUT_OF_TOKENS: "out_of_tokens",
    StopReason.OUT_OF_TIME: "out_of_time",
    StopReason.STOPPED: "stopped",
    StopReason.FAILED: "error",
}
"""How an attempt ended, in the released words where there is one."""
EVAL_TYPES = {Track.KNOWLEDGE_ANCHORED: "Knowledge-Anchored", Track.QUALITY_ANCHORED: "Quality-Anchored"}
NOT_ATTEMPTED = "not attempted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written."""

    files: tuple[Path, ...]
    rows: int
    told: tuple[str, ...] = ()
    """What the files leave out, one sentence each."""


def export_results(run: RunDir, out: Path, *, requests: Sequence[Request], attempts: Sequence[Attempt]) -> Exported:
    """Write a run's attempts as the released files.

    Args:
        run: has the pictures.
        out: a folder, made if it is not there; pictures that rows name are put into it.
        requests: one row each, in this order, attempted or not.
        attempts: one a request, with its render and its KScore verdict where there are any.

    Raises:
        ScoreError: a request has several attempts.
        StoreError: a file cannot be written.
    """
    by_request = _one_each(attempts)
    pictures = _Pictures(run, RunDir(out))
    rows = [_row(request, by_request.get(request.id), pictures) for request in requests]
    files = {RESULTS: _json(rows)}
    told: list[str] = []
    verdicts = {name: attempt.image_verdict for name, attempt in by_request.items()}
    others = {v.judge.name for v in verdicts.values() if scores_of(v) and v and not has_axes(v)}
    if others:
        told.append(
            f"the judge {', '.join(sorted(others))} has other axes than the released files; they have no scores"
        )
    elif any(verdicts.values()):
        scored = [scored_row(row, verdicts.get(str(row["id"]))) for row in rows]
        numbers = summary(scored, eval_json=RESULTS_EVAL)
        files[RESULTS_EVAL] = _json([*scored, *summary_items(scored)])
        files |= {SUMMARY: _json(numbers), SUMMARY_CSV: summary_csv(numbers)}
    for name, text in files.items():
        write_whole(out / name, text.encode())
    return Exported(files=tuple(out / name for name in files), rows=len(rows), told=(*told, *pictures.told))


class _Pictures:
    """Puts the pictures that rows name into the folder, and says under which path."""

    def __init__(self, run: RunDir, out: RunDir) -> None:
        self._run = run
        self._out = out
        self._gone: set[str] = set()

    @property
    def told(self) -> tuple[str, ...]:
        """How many pictures could not be had."""
        gone = len(self._gone)
        return (f"{gone} pictures are no longer in the run; their rows name none",) if gone else ()

    def path(self, digest: str | None) -> str:
        """The path of a stored picture, from the folder; "" where there is none."""
        if digest is None:
            return ""
        if digest not in self._run.images:
            self._gone.add(digest)
            return ""
        if digest not in self._out.images:
            self._out.images.share(digest, self._run.images)
        return self._out.images.path(digest).relative_to(self._out.root).as_posix()

    def readable(self, attempt: Attempt) -> str:
        """The path of a drawn picture under its readable name; "" where there is none."""
        render = attempt.render
        if render is None or render.image is None or not self.path(render.image):
            return ""
        request = attempt.trajectory.request
        shown = self._out.show_picture(render, request_id=request.id, attempt=attempt.trajectory.attempt)
        return shown.relative_to(self._out.root).as_posix()


def _one_each(attempts: Sequence[Attempt]) -> Mapping[str, Attempt]:
    by_request: dict[str, Attempt] = {}
    for attempt in attempts:
        name = attempt.trajectory.request.id
        if name in by_request:
            raise ScoreError(
                f"the request {name!r} has several attempts or drawings, and the released files have one row a "
                "request; export one attempt of one renderer."
            )
        by_request[name] = attempt
    return by_request


def _row(request: Request, attempt: Attempt | None, pictures: _Pictures) -> Row:
    trajectory = attempt.trajectory if attempt else None
    program = trajectory.program if trajectory else None
    failure = trajectory.failure if trajectory else None
    row: Row = {
        "prompt": request.text,
        "gen_prompt": program.prompt if program else "",
        "reference_images": _references(trajectory, pictures) if trajectory else [],
        "messages": _messages(trajectory, pictures) if trajectory else [],
        "termination": TERMINATIONS[trajectory.stop if trajectory else StopReason.FAILED],
        "rounds": len(trajectory.turns) if trajectory else 0,
        "error": (failure.what if failure else None) if trajectory else NOT_ATTEMPTED,
        "id": request.id,
    }
    others = {name: value for name, value in _fields(request, pictures).items() if name not in row}
    return {**row, **others, **(_drawn(attempt, pictures) if attempt else {})}


def _fields(request: Request, pictures: _Pictures) -> Row:
    """The row that a request came from, its labels and target among it."""
    labels = {
        "eval_type": EVAL_TYPES[request.track] if request.track else None,
        "category": request.category,
        "difficulty": request.difficulty,
    }
    lacking = {name: label for name, label in labels.items() if label and label_of(request.extra, name) is None}
    target = pictures.path(request.target)
    return {**request.extra, **lacking, **({"gt_image": target} if target else {})}


def _drawn(attempt: Attempt, pictures: _Pictures) -> Row:
    render = attempt.render
    if render is None:
        return {}
    path = pictures.readable(attempt)
    what = render.failure.what if render.failure else "the picture is gone"
    return {
        "image_path": path,
        "output_path": path,
        "success": bool(path),
        "image_status": "ok" if path else f"error: {what}",
    }


def _references(trajectory: Trajectory, pictures: _Pictures) -> list[JsonValue]:
    by_ref = {image.ref: image for image in trajectory.images}
    rows: list[JsonValue] = []
    for reference in trajectory.program.references if trajectory.program else ():
        image = by_ref.get(reference.ref)
        rows.append(
            {
                "img_id": reference.ref,
                "note": reference.note,
                "local_path": pictures.path(reference.digest),
                "url": image.image_url if image else "",
                "title": image.title if image else "",
                "page_url": (image.page_url or "") if image else "",
            }
        )
    return rows


def _messages(trajectory: Trajectory, pictures: _Pictures) -> list[JsonValue]:
    messages: list[JsonValue] = []
    for turn in trajectory.turns:
        messages += [_message(message, pictures) for message in turn.heard]
        calls: Row = {"tool_calls": list(turn.native_calls)} if turn.native_calls else {}
        messages.append({"role": "assistant", "content": turn.reply, **calls})
    return messages


def _message(message: Message, pictures: _Pictures) -> JsonValue:
    """A message as the chat API has it; its content is a text where no picture is shown."""
    answers: Row = {"tool_call_id": message.answers} if message.answers else {}
    calls: Row = {"tool_calls": list(message.native_calls)} if message.native_calls else {}
    content: JsonValue = message.text
    if any(isinstance(part, ImagePart) for part in message.parts):
        content = [_part(part, pictures) for part in message.parts]
    return {"role": message.role, "content": content, **calls, **answers}


def _part(part: TextPart | ImagePart, pictures: _Pictures) -> JsonValue:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    return {"type": "image_url", "image_url": {"url": pictures.path(part.digest)}}


def _json(value: list[Row] | Row) -> str:
    return json.dumps(cast(JsonValue, value), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
