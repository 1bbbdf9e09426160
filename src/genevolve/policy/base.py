"""Who speaks in a rollout: a conversation in, a reply out."""

from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from pydantic import Field, JsonValue

from ..errors import UsageError
from ..http.keys import Address, Keyring
from ..language.text import one_line
from ..model.extra import require
from ..model.settings import EngineSettings, LoadSettings
from ..records import Dialect, Message, PolicyInfo, Record, Sampling, TokenSpan, Usage
from ..store.images import ImageStore
from ..store.thumbnail import MAX_PIXELS


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What a policy is asked with: everything said so far, its own replies included as "assistant" messages."""

    messages: tuple[Message, ...]
    sampling: Sampling
    tools: tuple[str, ...] = ()
    """In the native dialect, the signatures of what can be called, each the JSON of an OpenAI function."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a policy said."""

    text: str
    native_calls: tuple[JsonValue, ...] = ()
    usage: Usage | None = None
    tokens: TokenSpan | None = None
    """Its context is the whole prompt; the rollout keeps of it what is new."""
    cut_off: bool = False
    """The reply ended because it reached the token limit."""


class Policy(Protocol):
    """Anything that can be asked for the next reply."""

    @property
    def info(self) -> PolicyInfo:
        """Who it is; part of the key by which a run is resumed."""
        ...

    async def reply(self, conversation: Conversation) -> Reply:
        """The next reply.

        Raises:
            PolicyError: it could not be asked; the trajectory ends as failed, by fault of the world.
        """
        ...


POLICY_KEYS = Keyring(pairs=(("OPENAI_BASE_URL", "OPENAI_API_KEY"),))
"""Where a served policy is, and its key."""
PolicyName = Literal["planner", "direct", "served", "local:MODEL"]


class ServedSettings(Record):
    """How a served policy is asked."""

    base_url: Address | None = None
    """Such as `http://localhost:8000/v1`; None takes OPENAI_BASE_URL."""
    model: str | None = None
    """Its name at the server; None takes the only one that the server has."""
    dialect: Dialect = "tagged"
    token_ids: bool = False
    """Ask for token ids and log-probabilities, which training needs and vLLM returns."""
    reuse_images: bool = False
    """Send each picture once, and by its id afterwards: for vLLM with one API server process."""
    seconds_a_reply: float = Field(default=600.0, gt=0)
    tries: int = Field(default=4, ge=1)
    """How often a call is sent where the server is busy or not reached."""
    rpm: float | None = Field(default=None, gt=0)
    """Calls a minute at most; None sets no limit."""


class LocalSettings(Record):
    """How a model in this process is loaded and asked."""

    load: LoadSettings = LoadSettings()
    engine: EngineSettings = EngineSettings()
    max_pixels: int = Field(default=MAX_PIXELS, ge=1)
    """Of a picture as it is shown."""


def open_policy(
    name: str,
    *,
    images: ImageStore | None = None,
    served: ServedSettings | None = None,
    local: LocalSettings | None = None,
) -> Policy:
    """The policy of that name; its module is imported only now.

    Args:
        name: "planner", "served", or "local:" and a folder or a name on the hub.
        images: where pictures of conversations are; all but the planner need it.
        served: how a server is asked, for "served".
        local: how a model in this process is run, for "local:…".

    Raises:
        UsageError: there is none of that name, or it lacks what it needs.
    """
    if name == "planner":
        from .planner import Planner

        return Planner()
    if name == "direct":
        from .direct import Direct

        return Direct()
    if name == "served":
        from .served import ServedPolicy

        if images is None:
            raise UsageError("a served policy shows pictures; open it with the image store that has them")
        return ServedPolicy.from_environment(images, served)
    if name.startswith("local:"):
        require("torch", "transformers")
        from .local import LocalPolicy

        if images is None:
            raise UsageError("a local policy is shown pictures; open it with the image store that has them")
        return LocalPolicy(name.removeprefix("local:"), images=images, settings=local)
    raise UsageError(
        f"there is no policy {one_line(name, max_chars=60)!r}; choose one of: {', '.join(get_args(PolicyName))}"
    )
