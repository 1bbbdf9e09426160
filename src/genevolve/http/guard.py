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
import socket
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver
from yarl import URL

from ..errors import DownloadError

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
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadLimits:
    """How far one download may go."""

    max_bytes: int = 20_000_000
    max_redirects: int = 5
    max_seconds: float = 20.0


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
    Teredo, NAT64) is as private as the one it carries.
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return "a link-local address"
        if _NAT64_LOCAL.version == 6 and address in _NAT64_LOCAL:
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
        DownloadError: another scheme than http and https, no host, a user name in it, or a private literal.
    """
    if url.scheme not in {"http", "https"}:
        raise DownloadError(f"{url.scheme or 'no scheme'!r} is not opened; only http and https are")
    if not url.host or url.port is None:
        raise DownloadError("the address names no host")
    if url.user is not None or url.password is not None:
        raise DownloadError("the address carries a user name or password")
    try:
        literal = ipaddress.ip_address(url.host)
    except ValueError:
        return  # a name, or an odd spelling of an address: the resolver says what it stands for
    if (refusal := refusal_of(literal)) and not allowed.allows(url.host, url.port):
        raise DownloadError(f"{url.host} is {refusal}")


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
            DownloadError: one of them may not; a name that mixes both kinds is an attack.
        """
        results = await self._resolver.resolve(host, port, family)
        if self._allowed.allows(host, port):
            return results
        for result in results:
            if refusal := refusal_of(ipaddress.ip_address(result["host"])):
                raise DownloadError(f"{host} leads to {refusal}")
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
        parallel: int = 32,
        resolver: AbstractResolver | None = None,
        user_agent: str = "genevolve (image reference fetcher)",
    ) -> None:
        self._allowed = allowed if allowed is not None else AllowedHosts.from_environment()
        self._limits = limits or DownloadLimits()
        self._slots = asyncio.Semaphore(parallel)
        self._under_way: dict[str, asyncio.Task[bytes]] = {}
        self._resolver = resolver
        self._headers = {"User-Agent": user_agent, "Accept": "image/*;q=1, */*;q=0.1"}
        self._session: aiohttp.ClientSession | None = None
        self.refused = 0
        """How many addresses were refused for where they lead."""

    async def download(self, address: str) -> bytes:
        """The bytes behind an address; who asks for one that is being fetched waits for the same.

        Raises:
            DownloadError: it must not be opened, cannot be had, or is past a limit; the message says which.
        """
        task = self._under_way.get(address)
        if task is None:
            task = asyncio.create_task(self._within_time(address))
            self._under_way[address] = task
            task.add_done_callback(lambda _: self._under_way.pop(address, None))
        return await asyncio.shield(task)

    async def close(self) -> None:
        """End what is under way and close the connections."""
        for task in list(self._under_way.values()):
            task.cancel()
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _within_time(self, address: str) -> bytes:
        async with self._slots:
            try:
                async with asyncio.timeout(self._limits.max_seconds):
                    return await self._follow(address)
            except TimeoutError as error:
                raise DownloadError(f"it took longer than {self._limits.max_seconds:g} seconds") from error
            except (aiohttp.ClientError, OSError, ValueError) as error:
                raise DownloadError(_in_words(error)) from error

    async def _follow(self, address: str) -> bytes:
        url = URL(address)
        for _ in range(self._limits.max_redirects + 1):
            try:
                check_url(url, self._allowed)
            except DownloadError:
                self.refused += 1
                raise
            async with self._open(url) as response:
                if response.status in _REDIRECTS and (onward := response.headers.get("Location")):
                    url = url.join(URL(onward))
                    continue
                if response.status != 200:
                    raise DownloadError(f"the server answered {response.status}")
                return await self._body(response)
        raise DownloadError(f"it was sent onward more than {self._limits.max_redirects} times")

    @asynccontextmanager
    async def _open(self, url: URL) -> AsyncGenerator[aiohttp.ClientResponse]:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                resolver=CheckedResolver(self._allowed, self._resolver), limit=0, use_dns_cache=False
            )
            self._session = aiohttp.ClientSession(
                connector=connector, headers=self._headers, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
            )
        try:
            async with self._session.get(url, allow_redirects=False) as response:
                yield response
        except aiohttp.ClientConnectorError as error:
            if (refusal := _refusal_within(error)) is not None:
                self.refused += 1
                raise refusal from error
            raise

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        limit = self._limits.max_bytes
        too_large = DownloadError(f"it is larger than {limit:,} bytes")
        if (response.content_length or 0) > limit:
            raise too_large
        pieces: list[bytes] = []
        size = 0
        async for piece in response.content.iter_any():
            size += len(piece)
            if size > limit:
                raise too_large
            pieces.append(piece)
        return b"".join(pieces)


def _carried(address: ipaddress.IPv6Address) -> Iterable[ipaddress.IPv4Address]:
    last = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in _NAT64 or (address in _IPV4_COMPATIBLE and int(address) > 1):
        yield last


def _refusal_within(error: BaseException) -> DownloadError | None:
    """The resolver's refusal, which the connector wraps in an error of its own."""
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, DownloadError):
            return inner
        inner = inner.__cause__ or getattr(inner, "os_error", None) or inner.__context__
    return None


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
