"""The conversation of one attempt, word for word.

`Turn.heard` are the messages added since the previous reply and `Turn.reply` is
what was said to them, so the whole conversation is the turns in order and
nothing downstream rebuilds it from parts.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, model_validator

from .base import Record, StoredRecord, digest_of
from .image import FoundImage
from .program import Program
from .request import Request

Role = Literal["system", "user", "assistant", "tool"]
Dialect = Literal["tagged", "native"]


class TextPart(Record):
    """Words of a message."""

    kind: Literal["text"] = "text"
    text: str


class ImagePart(Record):
    """A picture shown in a message."""

    kind: Literal["image"] = "image"
    digest: str
    ref: str
    """The id that the words around it call it by."""


class Message(Record):
    """One message as it was sent."""

    role: Role
    parts: tuple[Annotated[TextPart | ImagePart, Field(discriminator="kind")], ...]
    native_calls: tuple[JsonValue, ...] = ()
    """`tool_calls` of an assistant's message, as received, in the native dialect."""
    answers: str | None = None
    """Id of the native call that a tool's message answers."""

    @classmethod
    def of(cls, role: Role, text: str, images: tuple[ImagePart, ...] = ()) -> Self:
        """A message of one text, followed by pictures."""
        return cls(role=role, parts=(TextPart(text=text), *images))

    @property
    def text(self) -> str:
        """All of its words, pictures left out."""
        return "\n".join(part.text for part in self.parts if isinstance(part, TextPart))


class ToolCall(Record):
    """The policy asks for a tool."""

    kind: Literal["tool_call"] = "tool_call"
    name: str
    arguments: dict[str, JsonValue] = {}


class AnsweredReference(Record):
    """A reference as the policy wrote it, not yet checked."""

    img_id: str
    note: str = ""


class Answer(Record):
    """The policy ends with a program, as it wrote it."""

    kind: Literal["answer"] = "answer"
    prompt: str
    references: tuple[AnsweredReference, ...] = ()


class Malformed(Record):
    """A reply that has no single clear reading."""

    kind: Literal["malformed"] = "malformed"
    problem: str
    """What is wrong, in words the policy can act on."""


Action = Annotated[ToolCall | Answer | Malformed, Field(discriminator="kind")]


class Usage(Record):
    """Tokens of one call, as the server counted them."""

    prompt_tokens: int
    completion_tokens: int


class TokenSpan(Record):
    """The tokens of one reply, present only if the server that sampled them returned them."""

    context: tuple[int, ...]
    """Ids read since the previous reply, or the whole prompt where `restarts`; never trained on."""
    reply: tuple[int, ...]
    """Ids that the policy sampled."""
    logprobs: tuple[float, ...]
    """One per reply id, in nats, as the serving engine reported them."""
    restarts: bool = False
    """The prompt did not begin with all ids before, so this span begins a sequence of its own."""

    @model_validator(mode="after")
    def _one_logprob_each(self) -> Self:
        if len(self.logprobs) != len(self.reply):
            raise ValueError(
                f"{len(self.reply)} reply ids have {len(self.logprobs)} log-probabilities; expected one each"
            )
        return self


class Turn(Record):
    """What was heard, what was said to it, and how that was read."""

    heard: tuple[Message, ...]
    reply: str
    """The text, verbatim; only lone surrogates, which no file can hold, become U+FFFD."""
    native_calls: tuple[JsonValue, ...] = ()
    """`tool_calls` as received, in the native dialect."""
    action: Action
    repairs: tuple[str, ...] = ()
    """What was read forgivingly, and how."""
    cut_off: bool = False
    """The server ended the reply because it reached the token limit."""
    usage: Usage | None = None
    seconds: float = Field(ge=0)
    tokens: TokenSpan | None = None


class PolicyInfo(Record):
    """Who spoke."""

    name: str
    model: str | None = None
    dialect: Dialect = "tagged"
    weights: str | None = None
    """Version of the weights, where they change during training."""


class ToolboxInfo(Record):
    """What the policy could call, and what answered."""

    tools: tuple[str, ...]
    provider: str | None = None
    skills: str
    """Digest of the skill texts that could be read."""


class Limits(Record):
    """How far one attempt may go. The numbers are those of the published system; seconds are ours."""

    max_calls: int = Field(default=11, ge=1)
    """Replies of the policy, the forced answer included."""
    max_tool_calls: int = Field(default=10, ge=0)
    max_reply_tokens: int = Field(default=4096, ge=1)
    max_prompt_tokens: int = Field(default=6144, ge=1)
    max_response_tokens: int = Field(default=30_000, ge=1)
    """Replies and observations together, as in training."""
    max_context_tokens: int = Field(default=65_536, ge=1)
    max_references: int = Field(default=2, ge=0)
    max_seconds: float = Field(default=900.0, gt=0)


class Sampling(Record):
    """How replies are drawn. The defaults are the released runtime's."""

    temperature: float = Field(default=0.6, ge=0)
    top_p: float = Field(default=0.9, gt=0, le=1)
    seed: int | None = None
    """Seed of this attempt; a group's attempts have different ones."""
    limits: Limits = Limits()


class StopReason(StrEnum):
    """Why an attempt ended."""

    ANSWERED = "answered"
    OUT_OF_TURNS = "out_of_turns"
    OUT_OF_TOKENS = "out_of_tokens"
    OUT_OF_TIME = "out_of_time"
    STOPPED = "stopped"
    FAILED = "failed"


class Failure(Record):
    """Whose fault it was that something is missing."""

    whose: Literal["policy", "world"]
    """The policy's failures earn a reward of 0; the world's say nothing about the policy."""
    where: str
    what: str


class Trajectory(StoredRecord):
    """One attempt at one request."""

    id: str
    """`trajectory_id` of what follows: the key of resuming."""
    request: Request
    attempt: int = Field(default=0, ge=0)
    """0 … K-1 within a group."""
    policy: PolicyInfo
    prompt_digest: str
    """Names the system prompt that the policy read."""
    toolbox: ToolboxInfo
    sampling: Sampling
    images: tuple[FoundImage, ...] = ()
    turns: tuple[Turn, ...] = ()
    program: Program | None = None
    mended: tuple[str, ...] = ()
    """What was changed to make the program valid."""
    stop: StopReason
    failure: Failure | None = None
    seconds: float = Field(default=0.0, ge=0)


def trajectory_id(
    request: Request,
    *,
    attempt: int,
    policy: PolicyInfo,
    prompt_digest: str,
    toolbox: ToolboxInfo,
    sampling: Sampling,
) -> str:
    """The name of an attempt before it is made: equal for equal settings, so a run can be resumed."""
    asked = (request.id, request.text, request.brought)
    return digest_of(asked, attempt, policy, prompt_digest, toolbox, sampling)
