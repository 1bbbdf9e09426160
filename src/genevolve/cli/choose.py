"""Which trajectories of a run a person means."""

import difflib

from ..errors import UsageError
from ..language.text import one_line
from ..records import Render, Trajectory
from ..store import RunDir


def choose_trajectories(
    run: RunDir,
    trajectories: list[Trajectory],
    renders: dict[str, Render],
    *,
    request: str | None,
    attempt: int | None,
    failed: bool,
) -> list[Trajectory]:
    """Those of a request (its id, or the beginning of it), of an attempt (from 1), or that failed.

    Raises:
        UsageError: there are none, or the beginning fits several requests.
    """
    if not trajectories:
        raise UsageError(f"the run {str(run.root)!r} has no trajectories yet; genevolve rollout makes them")
    chosen = trajectories
    if request is not None:
        request_id = _meant_id(request, sorted({t.request.id for t in trajectories}))
        chosen = [t for t in chosen if t.request.id == request_id]
    if attempt is not None:
        chosen = [t for t in chosen if t.attempt == attempt - 1]
        if not chosen:
            raise UsageError(f"there is no attempt {attempt}; leave --attempt out to see all")
    if failed:
        not_drawn = {render.trajectory for render in renders.values() if render.failure}
        chosen = [t for t in chosen if t.failure or t.id in not_drawn]
    return chosen


def _meant_id(request: str, ids: list[str]) -> str:
    if request in ids:
        return request
    fitting = [request_id for request_id in ids if request_id.startswith(request)]
    if len(fitting) == 1:
        return fitting[0]
    near = fitting or difflib.get_close_matches(request, ids, n=5) or ids
    names = ", ".join(one_line(name, max_chars=60) for name in near[:5])
    what = "fits several requests" if fitting else "is no request of this run"
    raise UsageError(f"{request!r} {what}; expected one such as {names}")
