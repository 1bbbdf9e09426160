"""A client of one OpenAI-compatible server: messages in, a completion out.

What a server cannot do is found out from what it says and told in words: no
pictures, fewer of them than were sent, an unknown model.
"""

import re
from collections.abc import Mapping, Sequence

from pydantic import JsonValue
from yarl import URL

from ..errors import ServiceError, UsageError
from ..http.client import CallLimits, HttpClient
from ..language.text import one_line
from ..records import ImagePart, Message
from .pictures import Thumbnail, Thumbnails
from .reading import Completion, read_completion, read_models
from .wire import Writer, write_json

NO_KEY = frozenset({"", "EMPTY"})
"""Stand-ins for a key where a server wants none."""
_NO_IMAGES = re.compile(
    r"not a multi-?modal|(?:not|n't) (?:support|accept|take|allow)\w*.{0,30}(?:image|vision|multi-?modal)"
    r"|image (?:input|url|content)\w* (?:is|are) (?:not|only) supported|image_url is only supported"
    r"|unsupported content part type.{0,5}image|no endpoints found that support image"
    r"|at most 0 image|allowed values: \[.text.\]|input should be .text.",
    re.IGNORECASE,
)
_FEWER_IMAGES = re.compile(r"at most (\d+) image", re.IGNORECASE)


class ChatClient:
    """Asks one model for replies; close it when it is not needed any more."""

    def __init__(
        self,
        base_url: str,
        *,
        model: str,
        key: str = "",
        thumbnails: Thumbnails | None = None,
        who: str = "the policy server",
        limits: CallLimits | None = None,
        rpm: float | None = None,
        reuse_images: bool = False,
    ) -> None:
        """A client of the model at an address such as `http://localhost:8000/v1`.

        Args:
            model: its name there; "" while it is not known, which `models` tells.
            key: "" or "EMPTY" where the server wants none. A call without a key costs nothing, so it may be repeated.
            thumbnails: where pictures come from; None for conversations without pictures.
            reuse_images: send a picture once, and by its id afterwards. Only vLLM knows how; it must have one API
                server process and its multimodal cache, or most ids miss and are sent again.

        Raises:
            UsageError: the address is none.
        """
        self.base_url = read_base_url(base_url)
        self.model = model
        self.who = f"{who} ({self.base_url})"
        self._thumbnails = thumbnails
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
        """
        shown = await self._shown(messages)
        try:
            answer = await self._ask(messages, shown, max_tokens, fields, tools)
        except ServiceError as error:
            raise self._explained(error, pictures=len(shown)) from error
        return read_completion(answer, who=self.who)

    async def close(self) -> None:
        """Close the connections; the client can be used again, on another event loop too."""
        await self.http.close()

    async def _ask(
        self,
        messages: Sequence[Message],
        shown: Mapping[str, Thumbnail],
        max_tokens: int,
        fields: Mapping[str, JsonValue],
        tools: Sequence[str],
    ) -> object:
        """One call, or two where the server wants the same said in another way."""
        known = self._known
        sent = {thumbnail.uuid for thumbnail in shown.values()}
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

    async def _shown(self, messages: Sequence[Message]) -> dict[str, Thumbnail]:
        digests = {part.digest for message in messages for part in message.parts if isinstance(part, ImagePart)}
        if not digests:
            return {}
        if self._thumbnails is None:
            raise UsageError("the conversation shows pictures, and the client was given no thumbnails to show")
        return {digest: await self._thumbnails.of(digest) for digest in digests}

    def _explained(self, error: ServiceError, *, pictures: int) -> ServiceError:
        """The error with what to do about it, where its words tell."""
        said, advice = str(error), ""
        if error.fault == "unreachable":
            advice = "Is it running, and is the address right?"
        elif error.fault == "key_refused":
            advice = "Set the key that it wants in the environment, OPENAI_API_KEY for the policy."
        elif pictures and _NO_IMAGES.search(said):
            advice = f"The model {self.model!r} there cannot take pictures: use --text-only, or serve one that can."
        elif pictures and (most := _FEWER_IMAGES.search(said)):
            advice = (
                f"It takes at most {most[1]} pictures a conversation: start it with --limit-mm-per-prompt "
                '\'{"image":24,"video":0}\' (genevolve serve-policy does), or use --text-only.'
            )
        elif error.status == 404:
            advice = f"Does it serve the model {self.model!r}, and does its address end in /v1?"
        if not advice:
            return error
        return ServiceError(
            f"{said.rstrip('.')}. {advice}",
            fault=error.fault,
            status=error.status,
            may_have_served=error.may_have_served,
            retry_after=error.retry_after,
            body=error.body,
        )


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
