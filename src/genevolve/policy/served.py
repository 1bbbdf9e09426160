"""A policy behind an OpenAI-compatible server, in either dialect.

Tagged, the conversation is words and pictures only, as the published checkpoint
was trained; native, the chat API's own tools are offered, for stock models.
"""

from pydantic import JsonValue

from ..chat import ChatClient, Thumbnails
from ..errors import PolicyError, ServiceError, UsageError
from ..http.client import CallLimits
from ..records import PolicyInfo, Sampling
from ..store.images import ImageStore
from .base import POLICY_KEYS, Conversation, Reply, ServedSettings


class ServedPolicy:
    """Asks a server for every reply; close it when it is not needed any more."""

    def __init__(
        self, base_url: str, *, images: ImageStore, settings: ServedSettings | None = None, key: str = ""
    ) -> None:
        """A policy at an address such as `http://localhost:8000/v1`.

        Args:
            images: where the pictures of conversations are.
            settings: all but the address; None takes the defaults.
            key: "" or "EMPTY" where the server wants none.

        Raises:
            UsageError: the address is none.
        """
        self._settings = settings or ServedSettings()
        self._client = ChatClient(
            base_url,
            model=self._settings.model or "",
            key=key,
            pictures=Thumbnails(images),
            limits=CallLimits(seconds=self._settings.seconds_a_reply, tries=self._settings.tries),
            rpm=self._settings.rpm,
            reuse_images=self._settings.reuse_images,
        )
        self._name = ""
        """Of the model that was asked before any other; "" while there was no other."""
        self._weights: str | None = None
        self._replies = 0
        """Being made now."""

    @classmethod
    def from_environment(cls, images: ImageStore, settings: ServedSettings | None = None) -> "ServedPolicy":
        """The policy at `settings.base_url`, else at OPENAI_BASE_URL, with the key in OPENAI_API_KEY.

        An address that stands in a file gets the key only where OPENAI_BASE_URL names it too.

        Raises:
            UsageError: no address is named.
        """
        settings = settings or ServedSettings()
        base_url, key = POLICY_KEYS.server(settings.base_url)
        if not base_url:
            raise UsageError(
                "the policy is served, and no server is named; give --base-url or set OPENAI_BASE_URL, "
                "such as http://localhost:8000/v1. genevolve serve-policy MODEL starts one."
            )
        return cls(base_url, images=images, settings=settings, key=key)

    @property
    def info(self) -> PolicyInfo:
        """Who it is.

        Raises:
            UsageError: no model was named, and the server was not asked yet.
        """
        if not self._client.model:
            raise UsageError("no model is named; name one, or let `await policy.prepare()` ask the server which it has")
        name = self._name or self._client.model
        return PolicyInfo(name="served", model=name, dialect=self._settings.dialect, weights=self._weights)

    @property
    def server(self) -> ChatClient:
        """Whom it asks; its `model` is the name that the next reply is asked of."""
        return self._client

    @property
    def calls(self) -> int:
        """Calls that went out, repeated ones included."""
        return self._client.http.sent

    async def prepare(self) -> None:
        """Find out which model is served, where none is named, and whether the server takes the key.

        Raises:
            UsageError: the server refuses the key, or there is not exactly one model to choose.
            PolicyError: no model is named, and the server cannot be asked.
        """
        await self._client.choose_model(failing=PolicyError)

    async def reply(self, conversation: Conversation) -> Reply:
        """The model's next reply.

        Raises:
            PolicyError: the server could not be asked, or its answer holds no reply.
        """
        if not self._client.model:
            await self.prepare()
        self._replies += 1
        try:
            said = await self._client.complete(
                conversation.messages,
                max_tokens=conversation.sampling.limits.max_reply_tokens,
                fields=self._fields(conversation.sampling, calls_tools=bool(conversation.tools)),
                tools=conversation.tools,
            )
        except ServiceError as error:
            raise PolicyError(str(error)) from error
        finally:
            self._replies -= 1
        return Reply(
            text=said.text,
            native_calls=said.native_calls,
            usage=said.usage,
            tokens=said.tokens,
            cut_off=said.cut_off,
        )

    @property
    def is_speaking(self) -> bool:
        """A reply is being made."""
        return self._replies > 0

    def speak_with(self, *, weights: str, model: str | None = None) -> None:
        """Speak with other weights of the same model from now on; `info` has their version.

        Args:
            weights: their version.
            model: what the server calls them, such as the name of an adapter; None where they took the place of
                those before. `info` keeps the name that the model had first.

        Raises:
            UsageError: a reply is being made.
        """
        if self.is_speaking:
            raise UsageError("the weights of a policy cannot be changed while it speaks; wait for its replies")
        self._name = self.info.model or ""
        self._client.model = model or self._client.model
        self._weights = weights

    async def close(self) -> None:
        """Close the connections; the policy can be asked again, on another event loop too."""
        await self._client.close()

    def _fields(self, sampling: Sampling, *, calls_tools: bool) -> dict[str, JsonValue]:
        fields: dict[str, JsonValue] = {"temperature": sampling.temperature, "top_p": sampling.top_p}
        if sampling.seed is not None:
            fields["seed"] = sampling.seed
        if self._settings.token_ids:
            fields |= {"return_token_ids": True, "logprobs": True}
        if calls_tools:
            fields["parallel_tool_calls"] = False
        return fields
