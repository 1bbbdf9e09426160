"""The files of the released tools as a run: requests, conversations, pictures and scores, to be judged and compared.

What a file does not say is absent: no times, no tools, no system prompt's name.
Records that have no way to say so hold the released defaults (sampling), zero
(seconds), or the name "imported" (policy and renderer).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar, cast

from pydantic import JsonValue

from ..curate.benchmark_rows import Columns, request_of
from ..curate.named_pictures import is_data_url
from ..curate.readers import Row, read_rows
from ..errors import RequestError
from ..language.text import one_line
from ..pipeline import keep_requests
from ..records import (
    Dialect,
    Failure,
    FoundImage,
    JudgeInfo,
    PolicyInfo,
    Program,
    Reference,
    Render,
    RendererInfo,
    Request,
    Sampling,
    StopReason,
    ToolboxInfo,
    Trajectory,
    Verdict,
    digest_of,
)
from ..rollout.shapes import canonical_image_id
from ..store import BadRow, Journal, RunDir
from .released import NOT_ATTEMPTED, TERMINATIONS
from .released_eval import LEVELS, NOT_JUDGED, RowError, is_between_levels, overall_differs, read_scores
from .released_messages import Conversation, PictureFiles, is_native, read_messages, shown_path
from .suites.genevolve_bench import labels

R = TypeVar("R", Trajectory, Render, Verdict)
Fields = Mapping[str, JsonValue]

IMPORTED = "imported"
COLUMNS = Columns(text=("prompt", "question"), labels=labels)
_RECORDED = frozenset(
    "gen_prompt reference_images messages termination rounds error image_path output_path success image_status "
    "eval_success scores".split()
)
"""Fields of a row that become records; the others are kept on the request."""
_DRAWING = ("output_path", "image_path", "success", "image_status")
"""Fields of a row that was drawn."""
_UNNAMED = "the file has scores for it and does not name its picture"
_STOPS = {word: stop for stop, word in TERMINATIONS.items()} | {"no_answer": StopReason.OUT_OF_TURNS}
_WORLDS = frozenset({StopReason.FAILED, StopReason.OUT_OF_TIME})
"""Endings that say nothing about the policy."""
_TARGETS = ("gt_image", "ground_truth", "target_image")


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """Who made what a file holds, where the user knows: the file does not say."""

    policy: str | None = None
    renderer: str | None = None
    judge: str | None = None


@dataclass(slots=True, kw_only=True)
class Imported:
    """What was read of a file, and what of it is new to the run."""

    rows: int = 0
    new: dict[str, int] = field(default_factory=dict[str, int])
    """By kind of record, how many were added; an import that is repeated adds none."""
    bad: list[BadRow] = field(default_factory=list[BadRow])
    """Rows that cannot be read; nothing of them was imported."""
    told: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Records:
    """What a row becomes."""

    request: Request
    trajectory: Trajectory | None = None
    render: Render | None = None
    verdict: Verdict | None = None
    overall_differs: bool = False

    @property
    def is_unnamed(self) -> bool:
        """It has scores for a picture that the file does not name."""
        return self.render is not None and self.render.failure is not None and self.render.failure.what == _UNNAMED

    @property
    def is_between_levels(self) -> bool:
        """A score of it is none of those that the rubric asks for."""
        return self.verdict is not None and is_between_levels(self.verdict.scores)


def import_results(file: Path, run: RunDir, *, models: Models | None = None, roots: Sequence[Path] = ()) -> Imported:
    """Add the rows of `results.json` or `results_eval.json` to a run.

    Args:
        models: who answered, drew and judged.
        roots: folders besides the file's own in which paths of pictures are tried.

    Raises:
        RequestError: the file cannot be read, or has no rows.
        StoreError: the run has another request under the same id, or cannot be written.
        RunLockedError: another process works in the run folder.
    """
    rows = [row for row in read_rows(file) if isinstance(row, BadRow) or "summary_type" not in row.fields]
    if not rows:
        raise RequestError(f"{str(file)!r} has no rows; expected one for each request. Export or download it again.")
    pictures = PictureFiles(run.images, (file.parent, *roots))
    native = any(is_native(row.fields) for row in rows if isinstance(row, Row))
    imported = Imported(rows=len(rows))
    with run.lock():
        there = {t.request.id: t.id for t in run.read_trajectories().values()}
        maker = _Maker(models=models or Models(), pictures=pictures, native=native, there=there)
        records: list[_Records] = []
        for row in rows:
            made = row if isinstance(row, BadRow) else maker.records(row)
            if isinstance(made, BadRow):
                imported.bad.append(made)
            else:
                records.append(made)
        _keep(run, records, imported)
    imported.told += _tell(records, pictures)
    return imported


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    """Makes records of rows."""

    models: Models
    pictures: PictureFiles
    native: bool
    there: Mapping[str, str]
    """By request, the trajectory that the run has."""
    seen: dict[str, str] = field(default_factory=dict[str, str])
    """By id, where the file has it."""

    def records(self, row: Row) -> _Records | BadRow:
        """The records of a row, or what is wrong with it."""
        request = request_of(row, COLUMNS)
        if isinstance(request, BadRow):
            return request
        if request.id in self.seen:
            return BadRow(where=row.where, problem=f"the id {request.id!r} is taken by {self.seen[request.id]}")
        self.seen[request.id] = row.where
        try:
            return self._records(self._sorted(request), request.extra)
        except RowError as error:
            return BadRow(where=row.where, problem=str(error))

    def _sorted(self, request: Request) -> Request:
        """The request with its target, and only those other fields that are no records."""
        named = [name for name in _TARGETS if request.extra.get(name)]
        target = next((digest for name in named if (digest := self.pictures.digest(request.extra[name]))), None)
        left_out = _RECORDED | ({"gt_image"} if target else set[str]())
        left_out |= {name for name in named if is_data_url(str(request.extra[name]))}
        kept = {name: value for name, value in request.extra.items() if name not in left_out}
        return request.but(target=target, extra=kept)

    def _records(self, request: Request, fields: Fields) -> _Records:
        if fields.get("error") == NOT_ATTEMPTED and not fields.get("messages"):
            return _Records(request=request)
        trajectory = self._trajectory(request, fields)
        if self.there.get(request.id, trajectory.id) != trajectory.id:
            raise RowError(
                f"the run has another attempt at the request {request.id!r}; a run imports one file. "
                "Name another folder."
            )
        render = self._render(trajectory, fields)
        scores = fields.get("scores")
        if scores is not None and not isinstance(fields.get("eval_success"), bool):
            raise RowError(
                f"there are scores, and eval_success is {fields.get('eval_success')!r}; expected true or false"
            )
        verdict = self._verdict(render, fields) if render else None
        differs = (
            isinstance(scores, dict)
            and verdict is not None
            and verdict.failure is None
            and overall_differs(scores, verdict.scores, text_required=verdict.text_required is not False)
        )
        return _Records(request=request, trajectory=trajectory, render=render, verdict=verdict, overall_differs=differs)

    def _trajectory(self, request: Request, fields: Fields) -> Trajectory:
        conversation = read_messages(fields.get("messages"), self.pictures, native=self.native)
        program = self._program(fields, conversation)
        termination = fields.get("termination")
        stop = _STOPS.get(str(termination), StopReason.ANSWERED if program else StopReason.FAILED)
        failure = None
        if program is None:
            what = str(fields.get("error") or f"it ended with the termination {termination!r}")
            failure = Failure(whose="world" if stop in _WORLDS else "policy", where="rollout", what=what)
        decides = ("messages", "gen_prompt", "reference_images")
        dialect: Dialect = "native" if self.native else "tagged"
        return Trajectory(
            id=digest_of(IMPORTED, request.id, request.text, [fields.get(name) for name in decides]),
            request=request,
            policy=PolicyInfo(name=IMPORTED, model=self.models.policy, dialect=dialect),
            prompt_digest="",
            toolbox=ToolboxInfo(tools=(), skills=""),
            sampling=Sampling(),
            images=tuple(conversation.images.values()),
            turns=tuple(conversation.turns),
            program=program,
            stop=stop,
            failure=failure,
        )

    def _program(self, fields: Fields, conversation: Conversation) -> Program | None:
        """The program of a row; its references join the conversation's images."""
        prompt, listed = fields.get("gen_prompt") or "", fields.get("reference_images") or []
        if not isinstance(prompt, str):
            raise RowError(f"gen_prompt is {prompt!r}; expected words")
        if not isinstance(listed, list):
            raise RowError(f"reference_images is {listed!r}; expected a list")
        if not prompt.strip():
            return None
        references = tuple(self._reference(item, conversation) for item in listed)
        return Program(prompt=prompt, references=references)

    def _reference(self, item: JsonValue, conversation: Conversation) -> Reference:
        said = item if isinstance(item, dict) else {}
        ref = canonical_image_id(said.get("img_id"))
        if ref is None:
            raise RowError(f"reference_images has an entry without an img_id: {one_line(str(item), max_chars=80)!r}")
        path, url = said.get("local_path"), str(said.get("url") or "")
        # A picture that is gone keeps its place in the program, under a name that no file has: drawing it says so.
        digest = self.pictures.digest(path) or digest_of("gone", ref, url)
        listed = conversation.images.get(ref)
        conversation.images[ref] = FoundImage(
            ref=ref,
            digest=digest,
            title=str(said.get("title") or ""),
            image_url=url,
            page_url=str(said.get("page_url") or "") or None,
            licence=listed.licence if listed else None,
            found_by=listed.found_by if listed else "",
        )
        return Reference(ref=ref, digest=digest, note=str(said.get("note") or ""))

    def _render(self, trajectory: Trajectory, fields: Fields) -> Render | None:
        """The drawing of a row; one that is only known by its scores has no picture."""
        says_drawn = any(name in fields for name in _DRAWING)
        if not says_drawn and fields.get("eval_success") is not True:
            return None
        named = [str(fields[name]) for name in ("output_path", "image_path") if fields.get(name)]
        image = next((digest for path in named if (digest := self.pictures.digest(path))), None)
        failure = None
        if image is None:
            status = str(fields.get("image_status") or "").removeprefix("error: ")
            status = status if says_drawn else _UNNAMED
            what = (
                f"the picture {shown_path(named[0])!r} is not beside the file"
                if named
                else status or "it was not drawn"
            )
            failure = Failure(whose="world", where=f"renderer {IMPORTED}", what=what)
        renderer = RendererInfo(name=IMPORTED, model=self.models.renderer)
        return Render(trajectory=trajectory.id, renderer=renderer, image=image, seconds=0, failure=failure)

    def _verdict(self, render: Render, fields: Fields) -> Verdict | None:
        scored = fields.get("eval_success")
        if not isinstance(scored, bool):
            return None
        judge = JudgeInfo(name="kscore", model=self.models.judge, settings={IMPORTED: True})
        if not scored:
            what = str(fields.get("error") or NOT_JUDGED)
            if what == NOT_JUDGED or render.image is None:
                return None
            failure = Failure(whose="world", where=f"judge {judge.name}", what=what)
            return Verdict(of=render.id, kind="image", judge=judge, failure=failure)
        scores, text_required = read_scores(fields.get("scores"))
        rationale = cast(dict[str, JsonValue], fields["scores"]).get("rationale")
        return Verdict(
            of=render.id,
            kind="image",
            judge=judge,
            scores=scores,
            text_required=text_required,
            rationale=rationale if isinstance(rationale, str) else "",
        )


def _keep(run: RunDir, records: Sequence[_Records], imported: Imported) -> None:
    before = len(run.read_requests())
    keep_requests(run, [made.request for made in records])
    imported.new["requests"] = len(run.read_requests()) - before
    with run.trajectory_journal() as journal:
        imported.new["trajectories"] = _append(journal, [made.trajectory for made in records], lambda t: t.id)
    with run.render_journal() as journal:
        imported.new["renders"] = _append(journal, [made.render for made in records], lambda r: r.id)
    with run.verdict_journal() as journal:
        imported.new["verdicts"] = _append(journal, [made.verdict for made in records], lambda v: v.id)
    for made in records:
        if made.trajectory and made.render and made.render.image:
            run.show_picture(made.render, request_id=made.request.id, attempt=made.trajectory.attempt)


def _append(journal: Journal[R], records: Sequence[R | None], key: Callable[[R], str]) -> int:
    """Append what the journal has not, or has only as failed; returns how many."""
    added = 0
    for record in records:
        if record is None:
            continue
        failed = journal.failed_by_key.get(key(record))
        if failed is None or (failed and record.failure is None):
            journal.append(record)
            added += 1
    return added


def _tell(records: Sequence[_Records], pictures: PictureFiles) -> list[str]:
    told: list[str] = []
    if missing := pictures.missing:
        told.append(
            f"{len(missing)} pictures that rows name are not there, such as {missing[0]!r}; "
            "name the folder that has them"
        )
    if unnamed := [made.request.id for made in records if made.is_unnamed]:
        told.append(
            f"{len(unnamed)} rows have scores and do not name the picture that was scored, such as {unnamed[0]!r}; "
            "the scores are kept, and nothing can be judged again"
        )
    if between := [made.request.id for made in records if made.is_between_levels]:
        told.append(
            f"{len(between)} rows have scores between the rubric's levels {', '.join(f'{n:g}' for n in LEVELS)}, such "
            f"as {between[0]!r}; they are kept, since the released evaluator takes any number from 0 to 1"
        )
    if differing := [made.request.id for made in records if made.overall_differs]:
        told.append(
            f"{len(differing)} rows state an overall that their axes do not make, such as {differing[0]!r}; "
            "ours is made from the axes"
        )
    return told
