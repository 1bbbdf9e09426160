"""What a judge is: an attempt in, a verdict out; and `open_judge` by name."""

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from pydantic import Field

from ..http.keys import Address, Keyring
from ..records import Attempt, JudgeInfo, Record, Verdict, VerdictKind
from ..store.images import ImageStore

JudgeName = Literal["kscore", "program", "wise-legacy", "wise-verified", "computed", "computed-ocr", "computed-program"]


JUDGE_KEYS = Keyring(pairs=(("GENEVOLVE_JUDGE_URL", "GENEVOLVE_JUDGE_KEY"), ("OPENAI_API_BASE", "OPENAI_API_KEY")))
"""Where a judge's model is, and its key: OPENAI_API_KEY is not shown to the server of GENEVOLVE_JUDGE_URL."""


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

    async def judge(self, attempt: Attempt) -> Verdict:
        """The verdict on an attempt that has what it looks at; a judgement that failed is a verdict that says so.

        Raises:
            BudgetError: the judgement could pass the budget; nothing was sent.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A verdict with what it took."""

    verdict: Verdict
    may_have_cost: bool
    """A server may have been paid for it."""


@runtime_checkable
class AsksServer(Protocol):
    """A judge whose verdicts a server is asked for, and may be paid for."""

    async def ask(self, attempt: Attempt) -> Judgement:
        """The verdict, and whether it may have cost anything."""
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


def open_judge(settings: JudgeSettings, *, images: ImageStore) -> Judge:
    """The judge that the settings name; its module is imported only now.

    Args:
        images: where drawn and target images are.

    Raises:
        UsageError: there is none of that name, or it lacks a key, an address or a rubric.
    """
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
