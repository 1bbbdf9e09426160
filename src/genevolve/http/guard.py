"""The only door to an address that a search found.

An address from the world may point anywhere: at this machine, at its network,
at a cloud's metadata service. So each hop is checked where it matters, at the
moment of connecting: the resolver that the connection uses hands out checked
addresses only, which leaves nothing to rebind in between. Sizes, redirects and
seconds are bounded, for the whole download and not for its parts.
"""

import asyncio
import ipaddress
import os
import re
import socket
import zlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver
from yarl import URL

from ..errors import AddressRefusedError, DownloadError
from .client import seconds_of
from .once import Once
from .user_agent import user_agent

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")
_IPV4_COMPATIBLE = ipaddress.ip_network("::/96")
_REFUSED = (
    *map(
        ipaddress.ip_network,
        # Beyond what Python calls not global: carrier NAT, protocol assignments, benchmarking, 6to4 relays.
        ("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4"),
    ),
    *map(ipaddress.ip_network, ("100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10")),
)
LARGE_BYTES = 2_000_000
LARGE_AT_ONCE = 16
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NOT_NOW = frozenset({429, 503})
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\.?", re.IGNORECASE)
"""The last part of a host that a resolver may read as an IPv4 address, whole or short, in decimal, octal or hex."""
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadLimits:
    """How far one download may go."""

    max_bytes: int = 20_000_000
    max_redirects: int = 5
    max_seconds: float = 20.0
    """From the first connection to the last byte, redirects and one wait for a busy server included."""
    longest_wait: float = 5.0
    """A server that is busy is asked once more if it names a wait of at most so many seconds."""


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """Hosts that may be opened although their addresses are private: "host" for any port, or "host:port"."""

    entries: frozenset[tuple[str, int | None]] = frozenset()

    @classmethod
    def parse(cls, text: str) -> "AllowedHosts":
        """The hosts of a comma-separated list, as in GENEVOLVE_ALLOW_HOSTS."""
        entries: set[tuple[str, int | None]] = set()
        for entry in filter(None, (part.strip().lower() for part in text.split(","))):
            url = URL(f"http://{entry}")
            entries.add((url.host or entry, url.explicit_port))
        return cls(frozenset(entries))

    @classmethod
    def from_environment(cls) -> "AllowedHosts":
        """The hosts that GENEVOLVE_ALLOW_HOSTS names."""
        return cls.parse(os.environ.get("GENEVOLVE_ALLOW_HOSTS", ""))

    def allows(self, host: str, port: int) -> bool:
        """Whether exactly this host, at this port, was named."""
        host = host.lower().rstrip(".")
        return (host, None) in self.entries or (host, port) in self.entries


def refusal_of(address: IpAddress) -> str | None:
    """Why an address must not be opened; None where it is an ordinary public one.

    An IPv6 address that carries an IPv4 address (mapped, compatible, 6to4,
    Teredo, NAT64, ISATAP) is as private as the one it carries.
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return "a link-local address"
        if address in _NAT64_LOCAL:
            return "a translated address of a local network"
        for carried in _carried(address):
            if refusal := refusal_of(carried):
                return f"{refusal} within an IPv6 address"
            if address.ipv4_mapped is not None:
                return None
    for what, is_so in (
        ("a loopback address", address.is_loopback),
        ("an unspecified address", address.is_unspecified),
        ("a link-local address", address.is_link_local),
        ("a multicast address", address.is_multicast),
        ("a private address", address.is_private),
        ("a reserved address", address.is_reserved or not address.is_global),
        ("a reserved address", any(address.version == net.version and address in net for net in _REFUSED)),
    ):
        if is_so:
            return what
    return None


def check_url(url: URL, allowed: AllowedHosts) -> None:
    """Refuse an address that need not be resolved to be refused.

    Raises:
        AddressRefusedError: another scheme than http and https, no host, a user name in it, a private literal, or a
            number that is no address as it stands.
    """
    if url.scheme not in {"http", "https"}:
        raise AddressRefusedError(f"{url.scheme or 'no scheme'!r} is not opened; only http and https are")
    if not url.host or url.port is None:
        raise AddressRefusedError("the address names no host")
    if url.user is not None or url.password is not None:
        raise AddressRefusedError("the address carries a user name or password")
    try:
        literal = ipaddress.ip_address(url.host)
    except ValueError:
        # Resolvers read "127.1" and "0x7f000001" as addresses, and connectors may not ask a resolver for them at all.
        if _NUMBER.fullmatch(url.host.rstrip(".").rpartition(".")[2]):
            raise AddressRefusedError(f"{url.host!r} is an odd spelling of an address") from None
        if "%" in url.host:
            raise AddressRefusedError(f"{url.host!r} is no host name") from None
        return  # a name: the resolver says what it stands for
    if not allowed.allows(url.host, url.port) and (refusal := refusal_of(literal)):
        raise AddressRefusedError(f"{url.host} is {refusal}")


class CheckedResolver(AbstractResolver):
    """Resolves names for connections, and hands out none that must not be opened."""

    def __init__(self, allowed: AllowedHosts, resolver: AbstractResolver | None = None) -> None:
        self._allowed = allowed
        self._resolver = resolver or DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a host, if all of them may be opened.

        Raises:
            AddressRefusedError: one of them may not; a name that mixes both kinds is an attack.
        """
        results = await self._resolver.resolve(host, port, family)
        if self._allowed.allows(host, port):
            return results
        for result in results:
            if refusal := refusal_of(ipaddress.ip_address(result["host"])):
                raise AddressRefusedError(f"{host} leads to {refusal}")
        return results

    async def close(self) -> None:
        """Let go of the inner resolver."""
        await self._resolver.close()


class Downloader:
    """Fetches addresses that came from the world; one download per address at a time, so many in all."""

    def __init__(
        self,
        *,
        allowed: AllowedHosts | None = None,
        limits: DownloadLimits | None = None,
        parallel: int = 256,
        resolver: AbstractResolver | None = None,
    ) -> None:
        """A downloader.

        Args:
            allowed: private hosts that may be opened; None takes those of GENEVOLVE_ALLOW_HOSTS.
            parallel: how many downloads are under way at once, whatever else is. They wait more than they work, and
                large ones wait for one another besides.
            resolver: looks names up instead of the system; what it answers is checked all the same.
        """
        self._allowed = allowed if allowed is not None else AllowedHosts.from_environment()
        self._limits = limits or DownloadLimits()
        self._parallel = parallel
        self._resolver = resolver
        self._slots: asyncio.Semaphore | None = None
        self._large: asyncio.Semaphore | None = None
        """Downloads that may be larger than `LARGE_BYTES` at once: all of them together must fit into memory."""
        self._session: aiohttp.ClientSession | None = None
        self._once = Once[bytes]()
        self.fetched = 0
        """How many downloads ended well."""
        self.refused = 0
        """How many addresses were refused for where they lead."""

    async def download(self, address: str) -> bytes:
        """The bytes behind an address; who asks for one that is being fetched waits for the same.

        Raises:
            DownloadError: it must not be opened, cannot be had, or is past a limit; the message says which.
        """
        return await self._once.do(address, lambda: self._in_turn(address))

    async def close(self) -> None:
        """End what is under way and close the connections; it can be used again, on another event loop too."""
        await self._once.close()
        self._slots = self._large = None
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _in_turn(self, address: str) -> bytes:
        if self._slots is None:
            self._slots = asyncio.Semaphore(self._parallel)
            self._large = asyncio.Semaphore(LARGE_AT_ONCE)
        async with self._slots:
            try:
                async with asyncio.timeout(self._limits.max_seconds):
                    data = await self._follow(address)
            except AddressRefusedError:
                self.refused += 1
                raise
            except TimeoutError as error:
                raise DownloadError(f"it took longer than {self._limits.max_seconds:g} seconds") from error
            except (aiohttp.ClientError, OSError, ValueError) as error:
                raise DownloadError(_in_words(error)) from error
        self.fetched += 1
        return data

    async def _follow(self, address: str) -> bytes:
        url, may_wait = URL(address), True
        for _ in range(self._limits.max_redirects + 1):
            check_url(url, self._allowed)
            async with self._connected().get(url, allow_redirects=False) as response:
                if response.status == 200:
                    return await self._body(response)
                status, onward, wait = response.status, response.headers.get("Location"), self._wait(response)
            if status in _REDIRECTS and onward:
                url = url.join(URL(onward))
            elif wait is not None and may_wait:
                may_wait = False
                await asyncio.sleep(wait)
            else:
                raise DownloadError(f"the server answered {status}")
        raise DownloadError(f"it was sent onward more than {self._limits.max_redirects} times")

    def _wait(self, response: aiohttp.ClientResponse) -> float | None:
        """Seconds after which a busy server wants to be asked again, where that is soon."""
        if response.status not in _NOT_NOW:
            return None
        wait = seconds_of(response.headers.get("Retry-After"))
        return wait if wait is not None and wait <= self._limits.longest_wait else None

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=CheckedResolver(self._allowed, self._resolver), limit=0, use_dns_cache=False
                ),
                # What is packed grows when it is unpacked; so nothing is asked for packed, nor unpacked unwatched.
                headers={
                    "User-Agent": user_agent(),
                    "Accept": "image/*, */*;q=0.1",
                    "Accept-Encoding": "identity",
                },
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                read_bufsize=2**18,
                trust_env=False,
            )
        return self._session

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        limit = self._limits.max_bytes
        too_large = DownloadError(f"it is larger than {limit:,} bytes")
        if (response.content_length or 0) > limit:
            raise too_large
        assert self._large is not None, "made with the slots"
        stream = response.content.iter_any()
        data = await _read(stream, most=LARGE_BYTES)
        if len(data) > LARGE_BYTES:
            async with self._large:
                data += await _read(stream, most=limit - len(data))
        if len(data) > limit:
            raise too_large
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding in {"", "identity"}:
            return data
        data = await asyncio.to_thread(_unpacked, data, encoding, limit + 1)
        if len(data) > limit:
            raise too_large
        return data


async def _read(stream: AsyncIterator[bytes], *, most: int) -> bytes:
    """What a stream still holds; of one that holds more than `most` bytes, a few more than that."""
    pieces: list[bytes] = []
    size = 0
    async for piece in stream:
        pieces.append(piece)
        size += len(piece)
        if size > most:
            break
    return b"".join(pieces)


def _carried(address: ipaddress.IPv6Address) -> Iterable[ipaddress.IPv4Address]:
    last = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    is_isatap = (int(address) >> 32) & 0xFFFFFFFF in _ISATAP
    if address in _NAT64 or is_isatap or (address in _IPV4_COMPATIBLE and int(address) > 1):
        yield last


def _unpacked(data: bytes, encoding: str, limit: int) -> bytes:
    """What a server packed unasked, no more than `limit` bytes of it."""
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise DownloadError(f"the server packed it ({encoding[:40]!r}) although it was asked not to")
    try:
        return zlib.decompressobj(wbits=47).decompress(data, limit)  # 47: gzip or zlib, whichever it is
    except zlib.error as error:
        raise DownloadError("the server packed it, and it cannot be unpacked") from error


def _in_words(error: Exception) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return "its host name is not known"
        case aiohttp.ClientConnectorError() | ConnectionError():
            return "its server cannot be reached"
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientPayloadError():
            return "its server broke off"
        case aiohttp.InvalidURL() | ValueError():
            return "the address cannot be read"
        case _:
            return f"it cannot be had ({type(error).__name__})"
