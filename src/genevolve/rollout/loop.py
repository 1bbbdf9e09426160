"""One attempt at one request: the policy speaks, tools answer, until there is a program or an allowance is spent.

    hear(system, user)
    repeat
        reply  = policy(conversation)
        action = read(reply)
        ToolCall   hear(what the tool returned)
        Answer     done, if it has no faults; else hear(the faults)
        Malformed  hear(what was wrong)

What the policy or the world does wrong becomes part of the trajectory; only our
own and the user's mistakes are raised.
"""

import asyncio
import time
from dataclasses import dataclass

from pydantic import JsonValue

from ..errors import PolicyError, TimeIsUpError
from ..language.text import well_formed
from ..policy import Conversation, Policy, Reply
from ..records import (
    Action,
    Answer,
    Failure,
    FoundImage,
    ImagePart,
    Malformed,
    Message,
    Program,
    Request,
    Sampling,
    StopReason,
    TextPart,
    ToolCall,
    Trajectory,
    Turn,
    trajectory_id,
)
from ..store.images import ImageStore
from ..tools import Evidence, Observation, ReadyCall, Toolbox
from .grammar import MAX_REPLY_CHARS, read_reply
from .limits import Allowance
from .mending import mend
from .native import answered, length_of, read_native, sendable
from .program import build, faults
from .prompt import BROUGHT_HEADING, SystemPrompt
from .tokens import continued
from .window import windowed

NO_CALL_LEFT = "it calls a tool, and no call is left (FINAL STEP); the call was not run: reply with your <answer>"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    """How an attempt ended."""

    stop: StopReason
    program: Program | None = None
    mended: tuple[str, ...] = ()
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A reply as it was understood: the action for the record, and the call to run where it is one."""

    action: Action
    repairs: tuple[str, ...] = ()
    ready: ReadyCall | None = None
    too_long: bool = False


async def rollout(
    request: Request,
    *,
    policy: Policy,
    toolbox: Toolbox,
    images: ImageStore,
    sampling: Sampling | None = None,
    attempt: int = 0,
    prompt: SystemPrompt | None = None,
    titles: tuple[str, ...] = (),
) -> Trajectory:
    """The trajectory of one attempt, also where the policy or the world failed.

    Args:
        images: where the run keeps its pictures, those that the user brought included.
        sampling: how replies are drawn, and the limits of the attempt; None takes the published ones.
        prompt: what the rollout says; None takes the bundled words of the policy's dialect.
        titles: names of the brought pictures, in their order; one that is missing is called "brought picture 1".

    Raises:
        StoreError: a brought picture is not in `images`, or a found one cannot be written there.
    """
    conversation = _Attempt(
        request,
        policy=policy,
        toolbox=toolbox,
        evidence=Evidence(images, text_only=toolbox.text_only, listing=toolbox.listing),
        sampling=sampling or Sampling(),
        prompt=prompt or SystemPrompt.default(policy.info.dialect),
    )
    started = time.monotonic()
    conversation.open(titles)
    ending = await conversation.run()
    return conversation.trajectory(attempt, ending, seconds=time.monotonic() - started)


def plan_trajectory_id(
    request: Request,
    *,
    policy: Policy,
    toolbox: Toolbox,
    sampling: Sampling | None = None,
    attempt: int = 0,
    prompt: SystemPrompt | None = None,
) -> str:
    """The id that `rollout` will give the trajectory, known before it is made."""
    sampling = sampling or Sampling()
    return trajectory_id(
        request,
        attempt=attempt,
        policy=policy.info,
        prompt_digest=(prompt or SystemPrompt.default(policy.info.dialect)).digest(toolbox, sampling.limits),
        toolbox=toolbox.info,
        sampling=sampling,
    )


class _Attempt:
    """The state of one attempt while it lasts."""

    def __init__(
        self,
        request: Request,
        *,
        policy: Policy,
        toolbox: Toolbox,
        evidence: Evidence,
        sampling: Sampling,
        prompt: SystemPrompt,
    ) -> None:
        self._request = request
        self._policy = policy
        self._toolbox = toolbox
        self._evidence = evidence
        self._sampling = sampling
        self._limits = sampling.limits
        self._prompt = prompt
        self._allowance = Allowance(sampling.limits)
        self._said: list[Message] = []
        self._heard: list[Message] = []
        self._turns: list[Turn] = []
        self._tool_calls = 0
        self._last_answer: Answer | None = None
        self._final_told = False
        self._offered = tuple(toolbox.signatures()) if policy.info.dialect == "native" else ()
        self._unanswered: tuple[JsonValue, ...] = ()

    def open(self, titles: tuple[str, ...]) -> None:
        """Says the system prompt and the request."""
        self._hear(Message.of("system", self._prompt.system(self._toolbox, self._limits)))
        # The user's words stand exactly as they were given, special tokens included: it is the user who speaks
        # here, and a record that differs from what was asked could not be compared with anything.
        words = TextPart(text=self._request.text)
        brought = [
            self._evidence.add(
                digest,
                title=titles[number - 1] if number <= len(titles) else f"brought picture {number}",
                image_url=f"brought:{number}",
                found_by="brought",
            )
            for number, digest in enumerate(self._request.brought, 1)
        ]
        self._hear(Message(role="user", parts=(words, *self._shown(list(dict.fromkeys(brought))))))

    async def run(self) -> _Ending:
        """Speaks until the end, or until the time is up; what was said by then is kept."""
        clock = asyncio.timeout(self._limits.max_seconds)
        try:
            async with clock:
                return await self._converse()
        except TimeIsUpError:
            return self._time_is_up()
        except PolicyError as error:
            failure = Failure(whose="world", where="policy", what=well_formed(str(error)))
            return _Ending(stop=StopReason.FAILED, failure=failure)
        except TimeoutError:
            if not clock.expired():
                raise
            return self._time_is_up()

    def trajectory(self, attempt: int, ending: _Ending, *, seconds: float) -> Trajectory:
        """The record of the attempt."""
        digest = self._prompt.digest(self._toolbox, self._limits)
        return Trajectory(
            id=trajectory_id(
                self._request,
                attempt=attempt,
                policy=self._policy.info,
                prompt_digest=digest,
                toolbox=self._toolbox.info,
                sampling=self._sampling,
            ),
            request=self._request,
            attempt=attempt,
            policy=self._policy.info,
            prompt_digest=digest,
            toolbox=self._toolbox.info,
            sampling=self._sampling,
            images=self._evidence.images,
            turns=tuple(self._turns),
            program=ending.program,
            mended=ending.mended,
            stop=ending.stop,
            failure=ending.failure,
            seconds=seconds,
        )

    async def _converse(self) -> _Ending:
        for number in range(1, self._limits.max_calls + 1):
            is_last = number == self._limits.max_calls
            if overspent := self._allowance.overspent():
                # Before the first reply it is the request that is too long, which says nothing about the policy.
                return self._give_up(StopReason.OUT_OF_TOKENS, overspent, whose="policy" if self._turns else "world")
            is_final = is_last or self._tool_calls >= self._limits.max_tool_calls or self._allowance.nearly_spent()
            if is_final and not self._final_told:
                self._final_told = True
                self._hear(Message.of("user", self._prompt.final_step()))
            read = await self._ask()
            length = len(self._turns[-1].reply) + length_of(self._turns[-1].native_calls)
            if length > MAX_REPLY_CHARS:
                what = f"a reply of {length:,} characters; at most {MAX_REPLY_CHARS:,} are read"
                return self._give_up(StopReason.OUT_OF_TOKENS, what)
            if ending := await self._act(read, is_last=is_last, is_final=is_final):
                return ending
        return self._give_up(StopReason.OUT_OF_TURNS, f"no answer in {self._limits.max_calls} replies")

    async def _ask(self) -> _Read:
        """The next reply, recorded and understood."""
        heard = tuple(self._heard)
        started = time.monotonic()
        reply = await self._policy.reply(
            Conversation(messages=windowed(tuple(self._said)), sampling=self._sampling, tools=self._offered),
        )
        seconds = time.monotonic() - started
        self._allowance.reply(len(reply.text) + length_of(reply.native_calls), reply.usage)
        read = self._understand(reply)
        turn = Turn(
            heard=heard,
            reply=well_formed(reply.text),
            native_calls=reply.native_calls,
            action=read.action,
            repairs=read.repairs,
            cut_off=reply.cut_off,
            usage=reply.usage,
            seconds=seconds,
            tokens=continued(self._turns, reply.tokens),
        )
        self._turns.append(turn)
        self._heard.clear()
        self._unanswered = sendable(reply.native_calls, reply=len(self._turns))
        words = TextPart(text=turn.reply)
        self._said.append(Message(role="assistant", parts=(words,), native_calls=self._unanswered))
        return read

    def _understand(self, reply: Reply) -> _Read:
        if self._allowance.last_reply_too_long():
            problem = f"it is longer than the {self._limits.max_reply_tokens:,} tokens that a reply may have"
            return _Read(action=Malformed(problem=problem), too_long=True)
        is_native = self._offered or reply.native_calls
        reading = read_native(reply.text, reply.native_calls) if is_native else read_reply(reply.text)
        match reading.action:
            case ToolCall() as call:
                checked = self._toolbox.check(call)
                if isinstance(checked, Malformed):
                    return _Read(action=checked, repairs=reading.repairs)
                return _Read(action=checked.call, repairs=(*reading.repairs, *checked.repairs), ready=checked)
            case Malformed() as malformed:
                return _Read(action=malformed, repairs=reading.repairs, too_long=reply.cut_off)
            case Answer() as answer:
                return _Read(action=answer, repairs=reading.repairs)

    async def _act(self, read: _Read, *, is_last: bool, is_final: bool) -> _Ending | None:
        """Does what a reply asks for; the ending, where it ends the attempt."""
        match read.action:
            case Answer() as answer:
                return self._answered(answer, is_last=is_last)
            case ToolCall() if read.ready and not is_final:
                self._tool_calls += 1
                self._observe(await self._toolbox.run(read.ready, self._evidence))
            case ToolCall():
                self._remind(self._prompt.malformed(NO_CALL_LEFT), is_last=is_last)
            case Malformed() if read.too_long:
                self._remind(self._prompt.too_long(self._limits), is_last=is_last)
            case Malformed(problem=problem):
                self._remind(self._prompt.malformed(problem), is_last=is_last)
        return None

    def _answered(self, answer: Answer, *, is_last: bool) -> _Ending | None:
        found = faults(answer, self._evidence.images, limits=self._limits)
        if not found:
            return _Ending(stop=StopReason.ANSWERED, program=build(answer, self._evidence.images))
        said_again = answer == self._last_answer
        self._last_answer = answer
        if is_last or said_again:
            return self._give_up(StopReason.ANSWERED, "; ".join(found))
        self._remind(self._prompt.invalid(found), is_last=is_last)
        return None

    def _give_up(self, stop: StopReason, what: str, *, whose: str = "policy") -> _Ending:
        """The ending with the program that the last answer clearly means; a failure where there is none."""
        if self._last_answer:
            mended = mend(self._last_answer, self._evidence.images, limits=self._limits)
            if mended.program:
                return _Ending(stop=stop, program=mended.program, mended=mended.changes)
        failure = Failure(whose="world" if whose == "world" else "policy", where="rollout", what=what)
        return _Ending(stop=stop, failure=failure)

    def _time_is_up(self) -> _Ending:
        # Calls and tokens bound what the policy does; the clock measures the servers, so it is the world's.
        what = f"the attempt did not end within {self._limits.max_seconds:g} seconds"
        return self._give_up(StopReason.OUT_OF_TIME, what, whose="world")

    def _observe(self, observation: Observation) -> None:
        """Says what a tool returned, in the dialect of the call."""
        if self._unanswered:
            self._hear(*answered(self._unanswered, observation.text, observation.images))
        else:
            text = f"<tool_response>\n{observation.text}\n</tool_response>"
            self._hear(Message.of("user", text, observation.images))

    def _remind(self, text: str, *, is_last: bool) -> None:
        """Says what was wrong with a reply, where another one can follow."""
        if is_last:
            return
        self._hear(*answered(self._unanswered, text)) if self._unanswered else self._hear(Message.of("user", text))

    def _hear(self, *messages: Message) -> None:
        self._said += messages
        self._heard += messages
        self._allowance.hear(messages)

    def _shown(self, brought: list[FoundImage]) -> tuple[TextPart | ImagePart, ...]:
        if not brought:
            return ()
        lines = [line for image in brought for line in self._evidence.lines(image)]
        return (TextPart(text="\n".join([BROUGHT_HEADING, *lines])), *self._evidence.shown(brought))
