"""A client of one OpenAI-compatible server: messages in, a completion out.

What a server cannot do is found out from what it says and told in words: no
pictures, fewer of them than were sent, an unknown model.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pydantic import JsonValue
from yarl import URL

from ..errors import GenEvolveError, ServiceError, UsageError
from ..http.client import CallLimits, HttpClient
from ..http.keys import FileAddress
from ..language.text import one_line
from ..records import ImagePart, Message
from .advice import Advice, explained
from .pictures import Pictures, SentPicture
from .reading import Completion, read_completion, read_models
from .wire import Writer, write_json

NO_KEY = frozenset({"", "EMPTY"})
"""Stand-ins for a key where a server wants none."""
_SECONDS_TO_LIST = 30.0
"""A reply may take minutes; a list of models does not."""


class ChatClient:
    """Asks one model for replies; close it when it is not needed any more."""

    def __init__(
        self,
        base_url: str,
        *,
        model: str,
        key: str = "",
        pictures: Pictures | None = None,
        who: str = "the policy server",
        advice: Advice | None = None,
        limits: CallLimits | None = None,
        rpm: float | None = None,
        reuse_images: bool = False,
    ) -> None:
        """A client of the model at an address such as `http://localhost:8000/v1`.

        Args:
            model: its name there; "" while it is not known, which `models` tells.
            key: "" or "EMPTY" where the server wants none. A call without a key costs nothing, so it may be repeated.
            pictures: where pictures come from; None for conversations without pictures.
            advice: what messages tell the user to do; None advises the user of a policy.
            reuse_images: send a picture once, and by its id afterwards. Only vLLM knows how; it must have one API
                server process and its multimodal cache, or most ids miss and are sent again.

        Raises:
            UsageError: the address is none.
        """
        self.base_url = read_base_url(base_url)
        self.model = model
        self.who = f"{who} ({self.base_url})"
        self._pictures = pictures
        self._advice = replace(advice or Advice(), key_withheld=isinstance(base_url, FileAddress) and not key)
        self._billed = key not in NO_KEY
        headers = {"Authorization": f"Bearer {key}"} if self._billed else None
        secrets = (key,) if self._billed else ()
        self.http = HttpClient(self.who, headers=headers, secrets=secrets, limits=limits, rpm=rpm)
        """Counts the calls that went out."""
        self._writer = Writer()
        self._known: frozenset[str] | None = frozenset[str]() if reuse_images else None
        self._limit_field = "max_tokens"

    async def models(self) -> list[str]:
        """The names of the models that the server says it has.

        Raises:
            ServiceError: it does not say.
        """
        return read_models(await self.http.get(f"{self.base_url}/models"), who=self.who)

    async def choose_model(self, *, failing: type[GenEvolveError]) -> None:
        """Find out which model is served, where none is named, and whether the server takes the key.

        Args:
            failing: what is raised where no model is named, and the server does not say which it has.

        Raises:
            UsageError: the server refuses the key, or there is not exactly one model to choose.
        """
        try:
            await self._choose_model()
        except ServiceError as error:
            raise failing(str(error)) from error

    async def _choose_model(self) -> None:
        try:
            async with asyncio.timeout(_SECONDS_TO_LIST):
                names = await self.models()
        except ServiceError as error:
            told = explained(error, self._advice)
            if error.fault == "key_refused":
                raise UsageError(str(told)) from error
            # With a model named, whatever may pass is left to the replies, each of which is recorded.
            if self.model:
                return
            raise told from error
        except TimeoutError as error:
            if self.model:
                return
            raise ServiceError(
                f"{self.who} did not say within {_SECONDS_TO_LIST:g} seconds which models it has; "
                f"name one with {self._advice.model_option}",
                fault="busy",
            ) from error
        if self.model:
            return
        if len(names) != 1:
            listed = ", ".join(one_line(name, max_chars=80) for name in names[:20]) or "none"
            option = self._advice.model_option
            raise UsageError(f"{self.who} has {len(names)} models; name one with {option}: {listed}")
        self.model = names[0]

    async def complete(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int,
        fields: Mapping[str, JsonValue],
        tools: Sequence[str] = (),
    ) -> Completion:
        """The model's reply to a conversation.

        Args:
            max_tokens: of the reply.
            fields: further fields of the payload, such as `temperature`.
            tools: signatures that the model may call, each the JSON of an OpenAI function.

        Raises:
            ServiceError: the server did not serve, or its answer holds no reply.
            StoreError: a picture of the conversation is not in the store.
            ImageError: one cannot be decoded.
        """
        shown = await self._shown(messages)
        try:
            answer = await self._ask(messages, shown, max_tokens, fields, tools)
        except ServiceError as error:
            raise explained(error, self._advice, model=self.model, pictures=len(shown)) from error
        return read_completion(answer, who=self.who)

    async def close(self) -> None:
        """Close the connections; the client can be used again, on another event loop too."""
        await self.http.close()

    async def _ask(
        self,
        messages: Sequence[Message],
        shown: Mapping[str, SentPicture],
        max_tokens: int,
        fields: Mapping[str, JsonValue],
        tools: Sequence[str],
    ) -> object:
        """One call, or two where the server wants the same said in another way."""
        known = self._known
        sent = {picture.uuid for picture in shown.values()}
        limit_field = self._limit_field

        def body(known: frozenset[str] | None, limit_field: str) -> bytes:
            written = self._writer.messages(messages, shown, known=known)
            return _payload(self.model, written, {limit_field: max_tokens, **fields}, tools)

        try:
            answer = await self._post(body(known, limit_field))
        except ServiceError as error:
            if limit_field == "max_tokens" and "max_completion_tokens" in str(error):
                limit_field = self._limit_field = "max_completion_tokens"
            elif known is not None and sent and (error.fault == "bad_request" or error.status == 500):
                # A cache that forgot, or a server that never knew ids: the pictures themselves are right for both.
                known = frozenset[str]() if "cache miss" in str(error).lower() else None
                self._known = known
            else:
                raise
            answer = await self._post(body(known, limit_field))
        if self._known is not None:
            self._known |= sent
        return answer

    async def _post(self, body: bytes) -> object:
        return await self.http.post(f"{self.base_url}/chat/completions", body, billed=self._billed)

    async def _shown(self, messages: Sequence[Message]) -> dict[str, SentPicture]:
        digests = {part.digest for message in messages for part in message.parts if isinstance(part, ImagePart)}
        if not digests:
            return {}
        if self._pictures is None:
            raise UsageError("the conversation shows pictures, and the client was given none to show")
        return {digest: await self._pictures.of(digest) for digest in digests}


def read_base_url(text: str) -> str:
    """The address that paths such as /chat/completions are added to; /v1 is added where there is no path.

    Raises:
        UsageError: it is no http or https address.
    """
    address = text.strip().rstrip("/").removesuffix("/chat/completions")
    expected = "expected one such as http://localhost:8000/v1"
    try:
        url = URL(address)
    except ValueError as error:
        raise UsageError(f"the address {one_line(text)!r} cannot be read: {error}; {expected}") from error
    if url.scheme not in {"http", "https"} or not url.host or url.query_string or url.fragment:
        raise UsageError(f"the address {one_line(text)!r} is not the base of a chat server; {expected}")
    if url.user is not None or url.password is not None:
        raise UsageError(f"the address of {url.host} carries a user name or password; put keys into the environment")
    return address if url.path not in {"", "/"} else f"{address}/v1"


def _payload(model: str, messages: Sequence[bytes], fields: Mapping[str, JsonValue], tools: Sequence[str]) -> bytes:
    written = write_json({"model": model, **fields})
    offered = b',"tools":[' + ",".join(tools).encode() + b"]" if tools else b""
    return b"".join([written[:-1], b',"messages":', *messages, offered, b"}"])
