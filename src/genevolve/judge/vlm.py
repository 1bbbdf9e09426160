"""A judge that asks a vision model behind an OpenAI-compatible server.

Where the server takes a JSON schema the reply is bound to one; otherwise it is
read strictly all the same. A reply with a fault is answered once with what is
wrong; a second fault is a failed verdict. Everything goes through one client,
so one rate limit holds for all of it.
"""

import re
import time
from contextlib import nullcontext
from dataclasses import dataclass, field

from pydantic import JsonValue

from ..chat import Advice, ChatClient, Completion, Pictures
from ..errors import ImageError, JudgeError, ServiceError, StoreError, UsageError
from ..http.client import CallLimits
from ..language.text import one_line, well_formed
from ..records import Attempt, Failure, ImagePart, JudgeInfo, Message, Usage, Verdict, VerdictKind
from ..store.budget import Admission
from ..store.images import ImageStore
from .base import JUDGE_KEYS, Admit, JudgeSettings
from .pictures import KEPT_BYTES, judged_jpeg
from .reply import Marks, spoken
from .rubric import Question, Rubric

ADVICE = Advice(
    model_option="--judge-model",
    address_option="--judge-url",
    key="GENEVOLVE_JUDGE_KEY",
    start="",
    blind="name one that can",
    fewer="start it with a higher limit, or judge with another",
)
_OPTIONAL = {
    "response_format": re.compile(
        r"response_?format|json_?schema|\bschema\b|structured[ _]output|guided|grammar|extra (?:inputs|fields)"
        r"|(?:unsupported|unrecogni[sz]ed|unknown) (?:request )?(?:parameter|argument|field|value)",
        re.IGNORECASE,
    ),
    "temperature": re.compile(r"temperature", re.IGNORECASE),
}
"""What a server may refuse to take and be asked without, and the words by which it refuses."""


@dataclass(slots=True, kw_only=True)
class _Talk:
    """What was said and counted in one judgement."""

    messages: list[Message]
    admit: Admit
    raw: str = ""
    repairs: list[str] = field(default_factory=list[str])
    usages: list[Usage | None] = field(default_factory=list[Usage | None])

    @property
    def usage(self) -> Usage | None:
        """The tokens of all replies; None where a server did not count one."""
        counted = [usage for usage in self.usages if usage]
        if not counted or len(counted) < len(self.usages):
            return None
        return Usage(
            prompt_tokens=sum(usage.prompt_tokens for usage in counted),
            completion_tokens=sum(usage.completion_tokens for usage in counted),
        )


class VisionJudge:
    """Judges by a rubric; close it when it is not needed any more."""

    def __init__(
        self, rubric: Rubric, base_url: str, *, images: ImageStore, settings: JudgeSettings, key: str = ""
    ) -> None:
        """A judge at an address such as `http://localhost:8000/v1`.

        Args:
            images: where drawn, target and reference images are.
            settings: all but the address.
            key: "" or "EMPTY" where the server wants none.

        Raises:
            UsageError: the address is none, or the rubric's file cannot be used.
        """
        self._rubric = rubric
        self._settings = settings
        self._text = rubric.text(settings.rubric)
        self._pictures = Pictures(images, judged_jpeg, kept_bytes=KEPT_BYTES)
        self._refused: frozenset[str] = frozenset()
        """Fields that the server does not take."""
        self._client = ChatClient(
            base_url,
            model=settings.model or "",
            key=key,
            pictures=self._pictures,
            who="the judge's server",
            advice=ADVICE,
            limits=CallLimits(seconds=settings.seconds, tries=settings.tries),
            rpm=settings.rpm,
        )

    @classmethod
    def from_environment(cls, rubric: Rubric, settings: JudgeSettings, images: ImageStore) -> "VisionJudge":
        """The judge at `settings.base_url`, else where the environment says, with the key that belongs to the address.

        Raises:
            UsageError: no address is named, or the rubric's file cannot be used.
        """
        base_url, key = _server(settings)
        return cls(rubric, base_url, images=images, settings=settings, key=key)

    @property
    def kind(self) -> VerdictKind:
        """What it looks at."""
        return self._rubric.kind

    @property
    def info(self) -> JudgeInfo:
        """Who it is, and by which rubric.

        Raises:
            UsageError: no model was named, and the server was not asked yet.
        """
        if not self._client.model:
            raise UsageError("no judge model is named; name one with --judge-model, or let `await judge.prepare()` ask")
        return self._rubric.info(
            self._text, model=self._client.model, settings={"temperature": self._settings.temperature}
        )

    async def prepare(self) -> None:
        """Find out which model is served, where none is named, and whether the server takes the key.

        Raises:
            UsageError: the server refuses the key, or there is not exactly one model to choose.
            JudgeError: no model is named, and the server does not say which it has.
        """
        await self._client.choose_model(failing=JudgeError)

    def lacks(self, attempt: Attempt) -> str | None:
        """What the question needs and the attempt has not: a target, an explanation."""
        try:
            self._rubric.question(attempt)
        except JudgeError as error:
            return str(error)
        return None

    async def judge(self, attempt: Attempt) -> Verdict:
        """The verdict on an attempt; one that failed says why.

        Raises:
            UsageError: no model is named, and the server does not have exactly one.
            JudgeError: no model is named, and the server does not say which it has.
        """
        return await self.ask(attempt, lambda: nullcontext(Admission(cost=0.0)))

    async def ask(self, attempt: Attempt, admit: Admit) -> Verdict:
        """The verdict, each question sent within an admission; a call that is sent again is the same question.

        Raises:
            BudgetError: a question was not admitted.
        """
        if not self._client.model:
            await self.prepare()
        blank = Verdict(of=self._rubric.judged_id(attempt), kind=self.kind, judge=self.info)
        if lacking := self.lacks(attempt):
            return blank.but(failure=Failure(whose="world", where="request", what=lacking))
        began = time.monotonic()
        talk = _Talk(messages=[], admit=admit)
        marks, text_required, failure = None, None, None
        try:
            talk.messages += await self._first_words(attempt)
            marks, text_required = await self._understood(talk)
        except (ServiceError, JudgeError, StoreError, ImageError) as error:
            failure = Failure(whose="world", where=f"judge {blank.judge.name}", what=str(error))
        return blank.but(
            scores=dict(marks.scores) if marks else {},
            text_required=text_required,
            rationale=marks.rationale if marks else "",
            raw=talk.raw,
            repairs=tuple(talk.repairs),
            usage=talk.usage,
            seconds=time.monotonic() - began,
            failure=failure,
        )

    async def close(self) -> None:
        """Close the connections; the judge can be asked again, on another event loop too."""
        await self._client.close()

    async def _first_words(self, attempt: Attempt) -> list[Message]:
        """The rubric and the question.

        Raises:
            JudgeError: one of its pictures cannot be shown.
        """
        question = self._rubric.question(attempt)
        await self._look_at(question)
        shown = tuple(ImagePart(digest=picture.digest, ref=picture.what) for picture in question.pictures)
        return [Message.of("system", self._text), Message.of("user", self._rubric.message(question), shown)]

    async def _look_at(self, question: Question) -> None:
        """Make the pictures ready, so that none of which cannot be shown is found out after paying."""
        for picture in question.pictures:
            try:
                await self._pictures.of(picture.digest)
            except (StoreError, ImageError, OSError) as error:
                raise JudgeError(
                    f"{picture.what} cannot be shown to the judge, and nothing was sent: {one_line(str(error))}"
                ) from error

    async def _understood(self, talk: _Talk) -> tuple[Marks, bool | None]:
        """The marks, asked for once more where the reply has a fault.

        Raises:
            BudgetError: the next question was not admitted.
            ServiceError: the server did not serve.
            JudgeError: neither reply can be used.
        """
        try:
            return await self._marks(talk)
        except JudgeError as error:
            fault = str(error)
        talk.repairs.append(f"the reply could not be used: {fault}")
        # Thoughts are not said again: servers want them left out.
        heard = spoken(talk.raw) or "(an empty reply)"
        talk.messages += [Message.of("assistant", heard), Message.of("user", self._rubric.repair(fault))]
        try:
            return await self._marks(talk)
        except JudgeError as error:
            raise JudgeError(
                f"the judge's reply could not be used, and its second neither: {str(error).rstrip('.')}. "
                "Its words are in the verdict; judge again, or choose a model that keeps to the form."
            ) from error

    async def _marks(self, talk: _Talk) -> tuple[Marks, bool | None]:
        """The marks in the next reply.

        Raises:
            ServiceError: the server did not serve.
            JudgeError: the reply cannot be used.
        """
        said = await self._admitted(talk)
        talk.raw = well_formed(said.text)
        talk.usages.append(said.usage)
        marks = self._rubric.form.read(talk.raw, cut_off=said.cut_off)
        return marks, self._rubric.text_required(marks)

    async def _admitted(self, talk: _Talk) -> Completion:
        """One reply, asked for within an admission.

        Raises:
            BudgetError: it was not admitted.
            ServiceError: the server did not serve.
        """
        with talk.admit() as admission:
            try:
                return await self._reply(talk)
            except ServiceError as error:
                if not error.may_have_served:
                    admission.cost = 0.0  # nobody was there, or nobody took it
                raise
            except (StoreError, ImageError):
                admission.cost = 0.0  # a picture went after it was looked at, and nothing was sent
                raise

    async def _reply(self, talk: _Talk) -> Completion:
        """One reply, asked for without what the server turns out not to take.

        Raises:
            ServiceError: the server did not serve.
        """
        offered = self._fields()
        fields = {name: value for name, value in offered.items() if name not in self._refused}
        while True:
            try:
                said = await self._client.complete(talk.messages, max_tokens=self._settings.max_tokens, fields=fields)
            except ServiceError as error:
                refused = _refused_field(error, fields)
                if refused is None:
                    raise
                del fields[refused]
                continue
            self._refused |= offered.keys() - fields.keys()
            if "temperature" in self._refused and _WITHOUT_TEMPERATURE not in talk.repairs:
                talk.repairs.append(_WITHOUT_TEMPERATURE)
            return said

    def _fields(self) -> dict[str, JsonValue]:
        schema: JsonValue = {"name": "verdict", "strict": True, "schema": self._rubric.form.schema()}
        return {
            "temperature": self._settings.temperature,
            "response_format": {"type": "json_schema", "json_schema": schema},
        }


_WITHOUT_TEMPERATURE = "asked without a temperature: the server does not take the one that was set"


def _refused_field(error: ServiceError, fields: dict[str, JsonValue]) -> str | None:
    """The field that a server refused, as far as its words tell; None where they speak of something else."""
    if error.fault != "bad_request":
        return None
    # Its name first: "unsupported value: temperature" refuses the temperature.
    named = (name for name in fields if name in str(error))
    worded = (name for name in fields if _OPTIONAL[name].search(str(error)))
    return next(named, None) or next(worded, None)


def _server(settings: JudgeSettings) -> tuple[str, str]:
    """The judge's address, and the key that belongs to it: the judge's own variables, else OpenAI's.

    A key goes only where its own variable, or the user by hand, says; an address that stands in a file gets none.
    """
    base_url, key = JUDGE_KEYS.server(settings.base_url)
    if not base_url:
        raise UsageError(
            "the judge asks a model, and no server is named; give --judge-url or set GENEVOLVE_JUDGE_URL, "
            "such as http://localhost:8000/v1. The judge computed needs none."
        )
    return base_url, key
