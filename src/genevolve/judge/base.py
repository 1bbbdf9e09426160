"""What a judge is: an attempt in, a verdict out; and `open_judge` by name."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Literal, Protocol, runtime_checkable

from pydantic import Field

from ..errors import UsageError
from ..http.keys import Address, Keyring
from ..records import Attempt, JudgeInfo, Record, Verdict, VerdictKind
from ..store.budget import Admission
from ..store.images import ImageStore

JudgeName = Literal["kscore", "program", "wise-legacy", "wise-verified", "computed", "computed-ocr", "computed-program"]


JUDGE_KEYS = Keyring(pairs=(("GENEVOLVE_JUDGE_URL", "GENEVOLVE_JUDGE_KEY"), ("OPENAI_API_BASE", "OPENAI_API_KEY")))
"""Where a judge's model is, and its key: OPENAI_API_KEY is not shown to the server of GENEVOLVE_JUDGE_URL."""

QUESTIONS_AT_MOST = 2
"""Of one judgement that asks a server: the first, and one that repairs its reply."""

Admit = Callable[[], AbstractContextManager[Admission]]
"""Lets one question be sent within; raises BudgetError where it may not be."""


class Judge(Protocol):
    """Scores the drawn image of an attempt, or its program."""

    @property
    def kind(self) -> VerdictKind:
        """What it looks at: the render ("image") or the trajectory's program ("program")."""
        ...

    @property
    def info(self) -> JudgeInfo:
        """Who it is, and by which rubric; with what is judged, the key by which a run is resumed."""
        ...

    def lacks(self, attempt: Attempt) -> str | None:
        """What a judgement needs and the attempt has not, in words; None where it can be judged.

        Such a judgement fails without anybody being asked, and fails again until the attempt has it.
        """
        ...

    async def judge(self, attempt: Attempt) -> Verdict:
        """The verdict on an attempt that has what it looks at; a judgement that failed is a verdict that says so.

        Raises:
            BudgetError: the next question could pass the budget; it was not sent.
        """
        ...


@runtime_checkable
class AsksServer(Protocol):
    """A judge whose verdicts a server is asked for, and may be paid for."""

    async def ask(self, attempt: Attempt, admit: Admit) -> Verdict:
        """The verdict, each question that it takes sent within an admission of its own.

        Raises:
            BudgetError: a question was not admitted.
        """
        ...


class JudgeSettings(Record):
    """Who judges, and how it is asked."""

    judge: JudgeName = "computed"
    model: str | None = None
    """Its name at the server; None takes the only one that the server has."""
    base_url: Address | None = None
    """None takes GENEVOLVE_JUDGE_URL, else OPENAI_API_BASE."""
    rubric: str | None = None
    """A file that replaces the rubric."""
    temperature: float = Field(default=0.0, ge=0)
    max_tokens: int = Field(default=8192, ge=64)
    """Of one reply, as in the released evaluator."""
    seconds: float = Field(default=300.0, gt=0)
    """How long one call may take, as in the released evaluator."""
    tries: int = Field(default=4, ge=1)
    """How often a call is sent where the server is busy or not reached."""
    rpm: float | None = Field(default=None, gt=0)
    """Calls a minute at most, retries and repairs included; None sets no limit."""
    parallel: int = Field(default=8, ge=1)
    """Judgements under way at once."""

    @property
    def computes(self) -> bool:
        """It asks no server."""
        return self.judge.startswith("computed")


def open_judge(settings: JudgeSettings, *, images: ImageStore) -> Judge:
    """The judge that the settings name; its module is imported only now.

    Args:
        images: where drawn and target images are.

    Raises:
        UsageError: there is none of that name, it lacks a key, an address or a rubric, or has no use for a rubric.
    """
    if settings.computes and settings.rubric:
        raise UsageError(
            f"the judge {settings.judge} computes and is told nothing, so {settings.rubric!r} cannot be its rubric; "
            "judge with a model, or leave --rubric out"
        )
    match settings.judge:
        case "kscore":
            from .kscore import KSCORE
            from .vlm import VisionJudge

            return VisionJudge.from_environment(KSCORE, settings, images)
        case "program":
            from .program import PROGRAM
            from .vlm import VisionJudge

            return VisionJudge.from_environment(PROGRAM, settings, images)
        case "wise-legacy" | "wise-verified":
            from .vlm import VisionJudge
            from .wiscore import LEGACY, VERIFIED

            rubric = LEGACY if settings.judge == "wise-legacy" else VERIFIED
            return VisionJudge.from_environment(rubric, settings, images)
        case "computed" | "computed-ocr":
            from .computed import ComputedJudge

            return ComputedJudge(images, reads_pixels=settings.judge == "computed-ocr")
        case "computed-program":
            from .computed import ComputedProgramJudge

            return ComputedProgramJudge()
