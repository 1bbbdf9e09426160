"""Calls to servers that the user named: one session, one retry layer, one rate limit, faults told apart.

Only what may pass is tried again, after the wait that the server asks for. A
billed call whose answer was lost may have been carried out: it is never sent
twice. Redirects are not followed, so a key never travels to another host.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from io import BytesIO
from time import time
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, cast

import aiohttp
import stamina
import stamina.instrumentation
from aiolimiter import AsyncLimiter

from ..errors import ServiceError, ServiceFault
from ..language.text import one_line, well_formed

T = TypeVar("T")
Method = Literal["GET", "POST"]
_MOST_BYTES = 200_000_000
_LARGE_BODY = 1_000_000
_SHORTEST_SECRET = 8
"""A stand-in such as "any" is no secret, and is part of ordinary words."""
_BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_LOST = frozenset({408, 502, 504})
"""A gateway gave up waiting: what stands behind it may have carried the request out."""

# Retries are counted and told by who asked; the library's own log lines would tear a progress line.
stamina.instrumentation.set_on_retry_hooks(())


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLimits:
    """How long and how often one call is tried."""

    seconds: float = 120.0
    """For each try, connecting included."""
    connect_seconds: float = 10.0
    tries: int = 4
    longest_wait: float = 60.0
    """A server that asks for a longer wait is given up at once."""


async def keep_trying(once: Callable[[], Awaitable[T]], *, limits: CallLimits, billed: bool) -> T:
    """What `once` returns, called again where its `ServiceError` may pass, after the wait that the server asked for.

    Raises:
        ServiceError: the last one.
    """

    def wait_for(error: Exception) -> bool | float:
        if not isinstance(error, ServiceError) or error.fault not in {"unreachable", "busy"}:
            return False
        if error.may_have_served and billed:
            return False
        if error.retry_after is None:
            return True
        return error.retry_after if error.retry_after <= limits.longest_wait else False

    # Only a call that failed pays for the machinery of retries, whose first attempt is the one that was made.
    try:
        return await once()
    except ServiceError as error:
        failed = error
    async for attempt in stamina.retry_context(
        on=wait_for,
        attempts=limits.tries,
        timeout=None,
        wait_initial=0.5,
        wait_max=limits.longest_wait / 2,
        wait_jitter=0.5,
    ):
        with attempt:
            if attempt.num == 1:
                raise failed
            return await once()
    raise AssertionError("the retry loop either returns or raises")


def fault_of(status: int) -> ServiceFault:
    """What an HTTP status that is no success says of the server or the request."""
    if status in _BUSY:
        return "busy"
    if status in {401, 403}:
        return "key_refused"
    return "broken" if status >= 500 or 300 <= status < 400 else "bad_request"


def answer_was_lost(status: int) -> bool:
    """Whether the request may have been carried out although no answer came back."""
    return status in _LOST


class HttpClient:
    """Speaks JSON with the servers of one service; close it, or use it with `async with`."""

    def __init__(
        self,
        what: str,
        *,
        headers: Mapping[str, str] | None = None,
        secrets: tuple[str, ...] = (),
        limits: CallLimits | None = None,
        rpm: float | None = None,
    ) -> None:
        """A client for what messages call `what`, such as "the policy server".

        Args:
            headers: sent with every call; a key belongs here.
            secrets: cut out of whatever the server says, before anyone reads it.
            rpm: calls a minute, retries included; None sets no limit.
        """
        self._what = what
        self._headers = dict(headers or {})
        self._secrets = tuple(filter(None, secrets))
        self._limits = limits or CallLimits()
        self._rpm = rpm
        self._rate: AsyncLimiter | None = None
        self._session: aiohttp.ClientSession | None = None
        self.sent = 0
        """Calls that went out, retries included."""

    async def post(self, url: str, payload: object, *, billed: bool = True, tries: int | None = None) -> Any:
        """The JSON that a server answers to a JSON body; bytes are taken for JSON and sent as they are.

        Args:
            tries: instead of the client's own number, where who calls has another server to ask.

        Raises:
            ServiceError: it did not serve, after the tries that made sense.
        """
        if not isinstance(payload, bytes):
            payload = json.dumps(payload, ensure_ascii=False, allow_nan=False).encode()
        headers = {"Content-Type": "application/json"}
        return await self._call("POST", url, body=payload, headers=headers, billed=billed, tries=tries)

    async def tell(
        self,
        url: str,
        payload: object = None,
        *,
        params: Mapping[str, str] | None = None,
        tries: int | None = None,
    ) -> None:
        """Have a server do what may be done twice; the words that it answers with, if any, are passed over.

        Args:
            payload: a JSON body; None sends none.
            tries: as for `post`.

        Raises:
            ServiceError: it did not serve, after the tries that made sense.
        """
        body = None if payload is None else json.dumps(payload, ensure_ascii=False, allow_nan=False).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        await self._call(
            "POST", url, body=body, headers=headers, params=params, billed=False, tries=tries, read=_nothing
        )

    async def post_form(
        self, url: str, fields: list[tuple[str, str | tuple[str, bytes, str]]], *, tries: int | None = None
    ) -> Any:
        """The JSON that a server answers to a multipart form; a file is its name, bytes and type.

        Args:
            tries: as for `post`.

        Raises:
            ServiceError: it did not serve, after the tries that made sense.
        """
        return await self._call("POST", url, form=fields, billed=True, tries=tries)

    async def get(
        self, url: str, params: Mapping[str, str] | None = None, *, billed: bool = False, tries: int | None = None
    ) -> Any:
        """The JSON at an address.

        Args:
            tries: as for `post`.

        Raises:
            ServiceError: it did not serve, after the tries that made sense.
        """
        return await self._call("GET", url, params=params, billed=billed, tries=tries)

    async def close(self) -> None:
        """Close the connections; the client can be used again, on another event loop too."""
        self._rate = None  # it belongs to an event loop, as a session does
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _call(
        self,
        method: Method,
        url: str,
        *,
        billed: bool,
        tries: int | None = None,
        form: Any = None,
        body: bytes | None = None,
        **how: Any,
    ) -> Any:
        async def once() -> Any:
            # A form or a stream is consumed by sending it, so each try builds its own.
            return await self._try(method, url, data=_form(form) if form else _body(body), **how)

        limits = self._limits if tries is None else replace(self._limits, tries=tries)
        return await keep_trying(once, limits=limits, billed=billed)

    async def _try(self, method: Method, url: str, *, read: Callable[[bytes], Any] = json.loads, **how: Any) -> Any:
        if self._rpm:
            self._rate = self._rate or AsyncLimiter(1, 60.0 / self._rpm)
            await self._rate.acquire()
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0), headers=self._headers, trust_env=False
            )
        timeout = aiohttp.ClientTimeout(total=self._limits.seconds, sock_connect=self._limits.connect_seconds)
        self.sent += 1
        try:
            async with self._session.request(method, url, allow_redirects=False, timeout=timeout, **how) as response:
                return self._answer(response, self._without_secrets(await _read(response)), read)
        except aiohttp.ConnectionTimeoutError as error:
            raise self._fault(f"did not take a connection at {_shown(url)}", "unreachable") from error
        except aiohttp.ClientConnectorError as error:
            raise self._fault(f"cannot be reached at {_shown(url)} ({error.os_error})", "unreachable") from error
        except TimeoutError as error:
            what = f"did not answer within {self._limits.seconds:g} seconds"
            raise self._fault(what, "busy", may_have_served=True) from error
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, ValueError) as error:
            raise self._fault(f"has an address that cannot be used: {_shown(url)!r}", "bad_request") from error
        except (aiohttp.ClientError, OSError) as error:
            what = f"broke off ({type(error).__name__})"
            raise self._fault(what, "busy", may_have_served=True) from error

    def _answer(self, response: aiohttp.ClientResponse, body: bytes, read: Callable[[bytes], Any]) -> Any:
        status = response.status
        if 200 <= status < 300:
            try:
                return read(body)
            except (ValueError, RecursionError) as error:
                said = _beginning(body)
                what = f"answered with something that is no JSON: {said!r}"
                raise self._fault(what, "broken", status=status, may_have_served=True, body=said) from error
        said = _beginning(body)
        message, code = _error_of(body)
        raise self._fault(
            f"answered {status}: {message or said or 'nothing'}",
            fault_of(status),
            status=status,
            may_have_served=answer_was_lost(status),
            retry_after=seconds_of(response.headers.get("Retry-After")),
            body=said,
            code=code,
        )

    def _without_secrets(self, body: bytes) -> bytes:
        """A server that repeats a key, in an error or a reply, does not get it into a record."""
        for secret in self._secrets:
            if len(secret) >= _SHORTEST_SECRET and (written := secret.encode()) in body:
                body = body.replace(written, "…".encode())
        return body

    def _fault(self, what: str, fault: ServiceFault, **more: Any) -> ServiceError:
        def clean(text: str) -> str:
            for secret in self._secrets:
                text = text.replace(secret, "…")
            return text

        told: dict[str, Any] = {name: clean(value) if isinstance(value, str) else value for name, value in more.items()}
        return ServiceError(clean(f"{self._what} {what}"), fault=fault, **told)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The whole body, or an error before it fills the memory: its length is the server's word only."""
    if (response.content_length or 0) > _MOST_BYTES:
        raise aiohttp.ClientPayloadError("the answer is too large")
    pieces: list[bytes] = []
    size = 0
    async for piece in response.content.iter_any():
        size += len(piece)
        if size > _MOST_BYTES:
            raise aiohttp.ClientPayloadError("the answer is too large")
        pieces.append(piece)
    return b"".join(pieces)


def _nothing(_body: bytes) -> None:
    """Of an answer whose words do not matter."""


def _body(body: bytes | None) -> bytes | BytesIO | None:
    """A large body as a stream, which is written piece by piece and does not hold up the event loop."""
    return BytesIO(body) if body is not None and len(body) > _LARGE_BODY else body


def _shown(url: str) -> str:
    """An address without the name and password that may stand in it."""
    scheme, separator, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"


def _form(fields: list[tuple[str, str | tuple[str, bytes, str]]]) -> aiohttp.FormData:
    form = aiohttp.FormData()
    for name, value in fields:
        if isinstance(value, str):
            form.add_field(name, value)
        else:
            file_name, data, content_type = value
            form.add_field(name, data, filename=file_name, content_type=content_type)
    return form


def _beginning(body: bytes) -> str:
    return one_line(well_formed(body[:2000].decode("utf-8", errors="replace")), max_chars=300)


def _error_of(body: bytes) -> tuple[str, str]:
    """The message of an error in one of the usual forms, on one line, and its short name; "" where there is none."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return "", ""
    code = ""
    for key in ("error", "message", "detail"):
        if not isinstance(said, dict):
            break
        fields = cast(dict[str, Any], said)
        code = next((fields[name] for name in ("code", "type") if isinstance(fields.get(name), str)), code)
        said = fields.get(key, said)
    message = one_line(well_formed(said), max_chars=300) if isinstance(said, str) else ""
    return message, one_line(well_formed(code), max_chars=60)


def seconds_of(retry_after: str | None) -> float | None:
    """The wait that a Retry-After header asks for, which is a number or a date; None where it is neither."""
    if not retry_after:
        return None
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time())
    except (ValueError, TypeError, OverflowError):
        return None
