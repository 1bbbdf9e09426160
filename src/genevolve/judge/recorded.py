"""A judge that says again what was said: the judge of a replay."""

from collections.abc import Iterable

from ..errors import UsageError
from ..records import Attempt, Failure, JudgeInfo, Request, Verdict, VerdictKind, digest_of
from .base import JudgeSettings


class RecordedJudge:
    """Gives to each picture or program of a request the verdict that it was given before."""

    def __init__(self, settings: JudgeSettings, attempts: Iterable[Attempt], verdicts: Iterable[Verdict]) -> None:
        """The verdicts of the judge that the settings name; of several models or rubrics, those of the last.

        Args:
            settings: its name, and its model where one is named.
            attempts: all that were drawn, to know a picture by when another attempt draws it.
            verdicts: all of the recorded run.

        Raises:
            UsageError: the recorded run has none of this judge.
        """
        wanted = (settings.judge, settings.model)
        said = [v for v in verdicts if (v.judge.name, settings.model and v.judge.model) == wanted]
        if not said:
            who = f"{settings.judge!r}" + (f" with the model {settings.model!r}" if settings.model else "")
            raise UsageError(
                f"the recorded run has no verdict of the judge {who}, and a replay asks nobody; "
                "name a judge that it has with --judge, or judge the replayed run afterwards with genevolve judge"
            )
        self.info: JudgeInfo = said[-1].judge
        self.kind: VerdictKind = said[-1].kind
        self._by_id = {verdict.of: verdict for verdict in said if verdict.judge == self.info}
        self._by_content: dict[str, Verdict] = {}
        for attempt in attempts:
            content, verdict = self._content(attempt), self._by_id.get(self._id(attempt) or "")
            if content and verdict:
                self._by_content[content] = verdict

    def lacks(self, attempt: Attempt) -> str | None:
        """Why the recorded run has no scores of it; another replay of that run finds none either."""
        failure = self._said(attempt).failure
        return failure.what if failure else None

    async def judge(self, attempt: Attempt) -> Verdict:
        """The recorded verdict, be it a failed one; where there is none, one that says so."""
        return self._said(attempt)

    def _said(self, attempt: Attempt) -> Verdict:
        of = self._id(attempt)
        assert of is not None, "only attempts that have what is judged are judged"
        verdict = self._by_id.get(of) or self._by_content.get(self._content(attempt) or "")
        if verdict is not None:
            return verdict.but(of=of)
        what = f"this {self.kind} was not judged in the recorded run, and a replay asks nobody"
        failure = Failure(whose="world", where=f"judge {self.info.name}", what=what)
        return Verdict(of=of, kind=self.kind, judge=self.info, failure=failure)

    def _id(self, attempt: Attempt) -> str | None:
        if self.kind == "program":
            return attempt.trajectory.id
        return attempt.render.id if attempt.render else None

    def _content(self, attempt: Attempt) -> str | None:
        """The name of what is judged by what it is, and for which request; None where there is no such thing."""
        if self.kind == "program":
            program = attempt.trajectory.program
            return digest_of(_asked(attempt.trajectory.request), program) if program else None
        image = attempt.render.image if attempt.render else None
        return digest_of(_asked(attempt.trajectory.request), image) if image else None


def _asked(request: Request) -> list[str | None]:
    return [request.id, request.text, request.target]
