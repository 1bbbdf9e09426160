"""What the gallery, the groups and the credits are made of: one short row for each attempt, group and reference."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from ..experience.contrast import axis_scores
from ..records import Experience, FoundImage, Malformed, Request, Trajectory
from .gather import Gathered, Shown
from .reading import stop_in_words

Json = dict[str, object]

TEXT_CHARS = 1_000
"""Of a request in the gallery; all of it stands with the attempt."""
_WHY_CHARS = 300


def request_rows(requests: Mapping[str, Request]) -> list[Json]:
    """The requests, in order."""
    return [
        _without_nothing(
            {
                "id": request.id,
                "text": request.text[:TEXT_CHARS],
                "cut": len(request.text) > TEXT_CHARS,
                "track": request.track and request.track.value.replace("_", " "),
                "category": request.category,
                "difficulty": request.difficulty,
                "target": request.target,
                "brought": list(request.brought),
            }
        )
        for request in requests.values()
    ]


def policy_names(attempts: Iterable[Shown]) -> list[str]:
    """Who answered, in words, as they came."""
    return list(dict.fromkeys(_policy(shown.trajectory) for shown in attempts))


def attempt_rows(gathered: Gathered, *, in_a_block: int) -> list[Json]:
    """One for each attempt: enough for its card, for filters and for sorting."""
    place = {request_id: number for number, request_id in enumerate(gathered.requests)}
    policies = {name: number for number, name in enumerate(policy_names(gathered.attempts))}
    rows: list[Json] = []
    for number, shown in enumerate(gathered.attempts):
        trajectory = shown.trajectory
        usage = [turn.usage for turn in trajectory.turns if turn.usage]
        rows.append(
            _without_nothing(
                {
                    "id": shown.id,
                    "request": place[trajectory.request.id],
                    "number": trajectory.attempt + 1,
                    "policy": policies[_policy(trajectory)],
                    "stop": stop_in_words(trajectory.stop),
                    "picture": shown.render and shown.render.image,
                    "why": why_nothing(shown),
                    "score": shown.score,
                    "axes": {axis: round(score, 4) for axis, score in axis_scores(shown.judged).items()},
                    "calls": len(trajectory.turns),
                    "seconds": round(trajectory.seconds, 3),
                    "tokens": sum(u.prompt_tokens + u.completion_tokens for u in usage),
                    "marks": _marks(trajectory),
                    "block": number // in_a_block,
                    "place": number % in_a_block,
                }
            )
        )
    return rows


def why_nothing(shown: Shown) -> str:
    """Why an attempt has no picture, in words; empty where it has one."""
    render, trajectory = shown.render, shown.trajectory
    if render and render.image:
        return ""
    if render and render.failure:
        return f"Not drawn: {render.failure.what[:_WHY_CHARS]}"
    if trajectory.failure:
        whose = "the policy" if trajectory.failure.whose == "policy" else "the world"
        return f"No program, by fault of {whose}: {trajectory.failure.what[:_WHY_CHARS]}"
    return "Not drawn yet." if trajectory.program else "No program."


def group_rows(gathered: Gathered) -> list[Json]:
    """One for each request that one policy answered several times: attempts, the best and the worst, lessons."""
    rows: list[Json] = []
    place = {request_id: number for number, request_id in enumerate(gathered.requests)}
    for (request_id, _), some in groupby(
        enumerate(gathered.attempts), key=lambda item: (item[1].trajectory.request.id, item[1].trajectory.policy)
    ):
        attempts = list(some)
        if len(attempts) < 2:
            continue
        ids = {shown.id for _, shown in attempts}
        lessons = [e for e in gathered.experiences if e.best in ids or e.worst in ids]
        rows.append(
            {
                "request": place[request_id],
                "attempts": [number for number, _ in attempts],
                "lessons": [lesson_row(experience) for experience in lessons],
                **_ends(attempts, lessons),
            }
        )
    return rows


def lesson_row(experience: Experience) -> Json:
    """An experience as a page tells it."""
    return {
        "best": experience.best,
        "worst": experience.worst,
        "gap": experience.gap,
        "axes": experience.axes,
        "lesson": {slot.replace("_", " "): words for slot, words in experience.lesson.said.items()},
        "dropped": list(experience.dropped),
        "writer": str(experience.writer),
        "step": experience.step,
    }


def credit_rows(attempts: Iterable[Shown]) -> list[Json]:
    """Every picture that a program uses as a reference, once, with who made it and where it is from."""
    used: dict[str, FoundImage] = {}
    times: Counter[str] = Counter()
    for shown in attempts:
        found = {image.ref: image for image in shown.trajectory.images}
        for reference in shown.trajectory.program.references if shown.trajectory.program else ():
            times[reference.digest] += 1
            image = found.get(reference.ref)
            if image:
                used.setdefault(reference.digest, image)
    return [
        {**image.model_dump(exclude={"ref"}, exclude_none=True), "times": times[digest]}
        for digest, image in sorted(used.items(), key=lambda item: (item[1].title.casefold(), item[0]))
    ]


def _policy(trajectory: Trajectory) -> str:
    policy = trajectory.policy
    return " ".join(filter(None, [policy.name, policy.model, policy.weights]))


def _marks(trajectory: Trajectory) -> Json:
    malformed = sum(isinstance(turn.action, Malformed) for turn in trajectory.turns)
    repaired = sum(bool(turn.repairs) for turn in trajectory.turns)
    marks = {"repaired": repaired, "malformed": malformed, "mended": len(trajectory.mended)}
    return {name: count for name, count in marks.items() if count}


def _ends(attempts: Sequence[tuple[int, Shown]], lessons: Sequence[Experience]) -> Json:
    """The best and the worst of a group; none where all earned the same. A lesson tells which two were compared."""
    if lessons:
        number = {shown.id: number for number, shown in attempts}
        return {"best": number.get(lessons[-1].best), "worst": number.get(lessons[-1].worst)}
    scored = [(shown.score, number) for number, shown in attempts if shown.score is not None]
    if not scored:
        return {}
    best, worst = min(scored, key=lambda one: (-one[0], one[1])), min(scored)
    return {"best": best[1], "worst": worst[1]} if best[0] > worst[0] else {}


def _without_nothing(row: Json) -> Json:
    """The row without what says nothing; a score of 0 says something."""
    return {
        name: value
        for name, value in row.items()
        if value is not None and value is not False and value not in ("", [], {})
    }
