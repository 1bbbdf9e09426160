"""The only door to an address that a search found: what it opens, and all that it refuses in words."""

import asyncio
import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from genevolve.errors import AddressRefusedError, DownloadError
from genevolve.http.guard import AllowedHosts, CheckedResolver, Downloader, DownloadLimits
from genevolve.testing.file_server import FileServer, Page, gzip_bomb, sent_onward

NOBODY = AllowedHosts()
QUICK = DownloadLimits(max_seconds=2.0, max_bytes=1_000_000)

# The port is that of a server that would answer, had any of these been opened.
HOSTILE = """
http://127.0.0.1:PORT/ok
http://127.0.0.2:PORT/ok
http://localhost:PORT/ok
http://LOCALHOST:PORT/ok
http://localhost.:PORT/ok
http://127.1:PORT/ok
http://127.0.1:PORT/ok
http://127.0.0.1.:PORT/ok
http://0x7f.1:PORT/ok
http://0x7f.0.0.1:PORT/ok
http://0x7f000001:PORT/ok
http://0X7F000001:PORT/ok
http://2130706433:PORT/ok
http://0177.0.0.1:PORT/ok
http://0177.1:PORT/ok
http://017700000001:PORT/ok
http://127.0.0.01:PORT/ok
http://000127.0.0.1:PORT/ok
http://0:PORT/ok
http://0.0.0.0:PORT/ok
http://１２７.０.０.１:PORT/ok
http://①②⑦.⓪.⓪.①:PORT/ok
http://127。0。0。1:PORT/ok
http://%31%32%37.0.0.1:PORT/ok
http://127.0.0.1%00.example.com:PORT/ok
http://127.0.0.1%2f.example.com:PORT/ok
http://user@127.0.0.1:PORT/ok
http://example.com@127.0.0.1:PORT/ok
http://user:word@example.com/ok
http://127.0.0.1:PORT\\@example.com/ok
http://127.0.0.1:PORT#@example.com/ok
http://[::1]:PORT/ok
http://[0:0:0:0:0:0:0:1]:PORT/ok
http://[::]:PORT/ok
http://[::ffff:127.0.0.1]:PORT/ok
http://[::ffff:7f00:1]:PORT/ok
http://[0:0:0:0:0:ffff:7f00:1]:PORT/ok
http://[::127.0.0.1]:PORT/ok
http://[64:ff9b::7f00:1]:PORT/ok
http://[64:ff9b:1::a00:1]/ok
http://[2002:7f00:1::]:PORT/ok
http://[2001:0:7f00:1::]:PORT/ok
http://[2a00:1450::5efe:7f00:1]:PORT/ok
http://[fe80::1]/ok
http://[fe80::1%25eth0]/ok
http://[fc00::1]/ok
http://[fd12:3456:789a::1]/ok
http://[fec0::1]/ok
http://[ff02::1]/ok
http://[2001:db8::1]/ok
http://[100::1]/ok
http://[::ffff:10.0.0.1]/ok
http://10.0.0.1/ok
http://172.16.0.1/ok
http://172.31.255.254/ok
http://192.168.1.1/ok
http://169.254.169.254/latest/meta-data/
http://[::ffff:169.254.169.254]/latest/meta-data/
http://100.64.0.1/ok
http://100.100.100.200/latest/meta-data/
http://192.0.0.192/ok
http://192.0.2.1/ok
http://198.18.0.1/ok
http://203.0.113.7/ok
http://224.0.0.1/ok
http://240.0.0.1/ok
http://255.255.255.255/ok
file:///etc/passwd
file://localhost/etc/passwd
ftp://127.0.0.1/ok
gopher://127.0.0.1:PORT/_GET
data:text/plain,hello
javascript:alert(1)
//127.0.0.1:PORT/ok
/ok
http:///ok
http://
http://127.0.0.1:99999/ok
http://127.0.0.1:-1/ok
http://[::1/ok
""".split()


class Names(AbstractResolver):
    """A name service whose answers are given; a list of lists is answered one after another."""

    def __init__(self, **addresses: list[str] | list[list[str]]) -> None:
        self._addresses = {name.replace("_", "."): answer for name, answer in addresses.items()}
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[ResolveResult]:
        answer = self._addresses[host]
        if isinstance(answer[0], list):
            answer = answer[min(self.asked.count(host), len(answer) - 1)]
        self.asked.append(host)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in answer
        ]

    async def close(self) -> None:
        pass


async def refusal(address: str, *, allowed: AllowedHosts = NOBODY, resolver: AbstractResolver | None = None) -> str:
    """Why an address is not opened."""
    downloads = Downloader(allowed=allowed, limits=QUICK, resolver=resolver)
    try:
        with pytest.raises(DownloadError) as raised:
            await downloads.download(address)
    finally:
        await downloads.close()
    return str(raised.value)


@pytest.mark.parametrize("address", HOSTILE)
async def test_an_address_that_leads_inside_is_refused_in_words_however_it_is_spelled(address):
    async with FileServer({"ok": b"secret"}) as server:
        port = server.host.rpartition(":")[2]

        words = await refusal(address.replace("PORT", port))

    assert server.asked == []
    assert words.strip()
    assert "Traceback" not in words
    assert "Error" not in words


def test_the_table_is_as_long_as_was_promised():
    assert len(set(HOSTILE)) >= 45


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1", "::ffff:127.0.0.1", "64:ff9b::a00:1"]
)
async def test_a_name_that_stands_for_a_private_address_is_refused(address):
    names = Names(pictures_example=[address])

    assert "pictures.example leads to a" in await refusal("http://pictures.example/a.png", resolver=names)


async def test_a_name_that_has_public_and_private_addresses_is_refused():
    names = Names(mixed_example=["93.184.215.14", "127.0.0.1"])

    assert "loopback" in await refusal("http://mixed.example/a.png", resolver=names)


async def test_a_name_that_changes_its_address_gains_nothing():
    names = Names(rebinding_example=[["93.184.215.14"], ["127.0.0.1"]])
    resolver = CheckedResolver(NOBODY, names)

    # The connection is given the very numbers that were checked, and asks anew only to connect anew.
    first = await resolver.resolve("rebinding.example", 80)
    assert [result["host"] for result in first] == ["93.184.215.14"]
    with pytest.raises(AddressRefusedError, match="leads to a loopback address"):
        await resolver.resolve("rebinding.example", 80)


async def test_a_connection_asks_for_its_name_once():
    pages = {"ok": Page(b"data", headers={"Connection": "close"})}
    async with FileServer(pages) as server:
        names = Names(pictures_intranet=["127.0.0.1"])
        downloads = Downloader(allowed=AllowedHosts.parse("pictures.intranet"), resolver=names)
        for _ in range(3):
            await downloads.download(f"http://pictures.intranet:{server.host.rpartition(':')[2]}/ok")
        await downloads.close()

    assert len(names.asked) == len(server.asked) == 3


@pytest.mark.parametrize(
    "onward",
    [
        "http://169.254.169.254/latest/meta-data/",
        "//169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:1/x",
        "http://[::1]/x",
        "http://0x7f000001/x",
        "http://localhost/x",
        "file:///etc/passwd",
        "gopher://127.0.0.1/x",
        "http://user:word@example.com/",
        "javascript:alert(1)",
    ],
)
async def test_every_hop_of_a_redirect_is_checked(onward):
    async with FileServer({"go": sent_onward(onward)}) as server:
        downloads = Downloader(allowed=AllowedHosts.parse(server.host), limits=QUICK)
        with pytest.raises(AddressRefusedError):
            await downloads.download(server.url("go"))
        await downloads.close()

    assert server.asked == ["go"]
    assert downloads.refused == 1


async def test_a_redirect_that_may_be_followed_is_and_a_circle_is_not():
    async with FileServer({"go": sent_onward("/there"), "there": b"data", "round": sent_onward("/round")}) as server:
        downloads = Downloader(allowed=AllowedHosts.parse(server.host), limits=QUICK)
        data = await downloads.download(server.url("go"))
        with pytest.raises(DownloadError, match="sent onward more than 5 times"):
            await downloads.download(server.url("round"))
        await downloads.close()

    assert data == b"data"
    assert server.asked.count("round") == 6


async def test_the_allow_list_opens_exactly_what_it_names():
    async with FileServer({"ok": b"one"}) as server, FileServer({"ok": b"other"}) as other:
        host, port = server.host.split(":")
        by_port, by_host = AllowedHosts.parse(f" {server.host} , intranet.example"), AllowedHosts.parse(host)

        downloads = Downloader(allowed=by_port, limits=QUICK)
        assert await downloads.download(server.url("ok")) == b"one"
        await downloads.close()
        assert "loopback" in await refusal(other.url("ok"), allowed=by_port)
        assert "loopback" in await refusal(f"http://localhost:{port}/ok", allowed=by_port)
        assert "loopback" in await refusal(f"http://[::ffff:127.0.0.1]:{port}/ok", allowed=by_port)
        assert "odd spelling" in await refusal(f"http://127.1:{port}/ok", allowed=by_port)
        assert "'ftp'" in await refusal(f"ftp://{server.host}/ok", allowed=by_port)

        downloads = Downloader(allowed=by_host, limits=QUICK)
        assert await downloads.download(server.url("ok")) == b"one"
        assert await downloads.download(other.url("ok")) == b"other"
        await downloads.close()
        assert "loopback" in await refusal(f"http://127.0.0.2:{port}/ok", allowed=by_host)


async def test_a_name_that_is_allowed_may_lead_inside_and_its_neighbours_may_not():
    async with FileServer({"ok": b"intranet"}) as server:
        port = server.host.rpartition(":")[2]
        names = Names(wiki_intranet=["127.0.0.1"], x_wiki_intranet=["127.0.0.1"])
        allowed = AllowedHosts.parse("wiki.intranet")
        downloads = Downloader(allowed=allowed, limits=QUICK, resolver=names)

        assert await downloads.download(f"http://WIKI.intranet:{port}/ok") == b"intranet"
        with pytest.raises(AddressRefusedError, match="loopback"):
            await downloads.download(f"http://x.wiki.intranet:{port}/ok")
        await downloads.close()


async def test_the_allow_list_is_read_from_the_environment(monkeypatch):
    async with FileServer({"ok": b"data"}) as server:
        monkeypatch.setenv("GENEVOLVE_ALLOW_HOSTS", f"example.org,{server.host}")
        downloads = Downloader()
        assert await downloads.download(server.url("ok")) == b"data"
        await downloads.close()


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (Page(b"x" * 2_000_000), "larger than 1,000,000 bytes"),
        (Page(b"x", claims_bytes=500_000_000), "larger than 1,000,000 bytes"),
        (Page(b"x" * 65_536, endless=True), "larger than 1,000,000 bytes"),
        (gzip_bomb(50_000_000), "larger than 1,000,000 bytes"),
        (Page(b"x" * 5_000, seconds_a_byte=0.05), "longer than 0.5 seconds"),
        (Page(b"x", seconds=30), "longer than 0.5 seconds"),
        (Page(b"x" * 10, claims_bytes=5_000), "broke off"),
        (Page(b"not packed", headers={"Content-Encoding": "gzip"}), "cannot be unpacked"),
        (Page(b"x", headers={"Content-Encoding": "br"}), "packed it"),
        (Page(status=403), "the server answered 403"),
        (Page(status=304), "the server answered 304"),
        (Page(status=302), "the server answered 302"),
        (Page(status=206, body=b"part"), "the server answered 206"),
        (Page(status=429, headers={"Retry-After": "900"}), "the server answered 429"),
        (sent_onward("http://["), "cannot be read"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_download_past_a_limit_or_not_to_be_had_is_given_up_in_words(page, words):
    limits = DownloadLimits(max_bytes=1_000_000, max_seconds=0.5)
    async with FileServer({"page": page}) as server:
        downloads = Downloader(allowed=AllowedHosts.parse(server.host), limits=limits)
        with pytest.raises(DownloadError, match=words):
            await downloads.download(server.url("page"))
        await downloads.close()


async def test_a_server_that_is_not_there_and_a_name_that_is_not_known_are_told_apart():
    async with FileServer({}) as server:
        gone = server.url("x")
        allowed = AllowedHosts.parse(server.host)

    assert await refusal(gone, allowed=allowed) == "its server cannot be reached"
    assert await refusal("http://no-such-name.invalid/") == "its host name is not known"


async def test_what_a_server_packed_unasked_is_unpacked():
    import gzip

    page = Page(gzip.compress(b"picture" * 100), headers={"Content-Encoding": "gzip"})
    async with FileServer({"page": page}) as server:
        downloads = Downloader(allowed=AllowedHosts.parse(server.host))
        assert await downloads.download(server.url("page")) == b"picture" * 100
        await downloads.close()

    assert server.heard[0]["Accept-Encoding"] == "identity"
    assert server.heard[0]["User-Agent"].startswith("genevolve/")


async def test_a_busy_server_is_asked_once_more_after_the_wait_that_it_names():
    pages = {
        "soon": Page(b"data", headers={"Retry-After": "0"}, fails_first=1),
        "never": Page(b"data", headers={"Retry-After": "0"}, fails_first=9),
    }
    async with FileServer(pages) as server:
        downloads = Downloader(allowed=AllowedHosts.parse(server.host), limits=QUICK)
        assert await downloads.download(server.url("soon")) == b"data"
        with pytest.raises(DownloadError, match="503"):
            await downloads.download(server.url("never"))
        await downloads.close()

    assert server.asked == ["soon", "soon", "never", "never"]


async def test_an_address_that_is_being_fetched_is_not_fetched_again_and_failures_are_shared_too():
    async with FileServer({"a": Page(b"data", seconds=0.1)}) as server:
        downloads = Downloader(allowed=AllowedHosts.parse(server.host), limits=QUICK)
        got = await asyncio.gather(*(downloads.download(server.url("a")) for _ in range(5)))
        missing = await asyncio.gather(
            *(downloads.download(server.url("missing")) for _ in range(3)), return_exceptions=True
        )
        await downloads.close()

    assert got == [b"data"] * 5
    assert [str(error) for error in missing] == ["the server answered 404"] * 3
    assert server.asked == ["a", "missing"]
    assert downloads.fetched == 1


async def test_only_so_many_downloads_are_under_way_and_one_that_nobody_waits_for_is_stopped():
    pages = {str(n): Page(b"data", seconds=0.05) for n in range(8)} | {"slow": Page(b"data", seconds=30)}
    async with FileServer(pages) as server:
        downloads = Downloader(allowed=AllowedHosts.parse(server.host), parallel=2)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await downloads.download(server.url("slow"))
        await asyncio.gather(*(downloads.download(server.url(str(n))) for n in range(8)))
        await downloads.close()

    assert server.at_once <= 3  # the server may still be hearing that the slow one was given up


def test_a_downloader_serves_one_event_loop_after_another():
    downloads: list[Downloader] = []

    async def fetch_some() -> None:
        async with FileServer({str(n): Page(b"data", seconds=0.01) for n in range(6)}) as server:
            if not downloads:
                downloads.append(Downloader(allowed=AllowedHosts.parse("127.0.0.1"), parallel=2))
            await asyncio.gather(*(downloads[0].download(server.url(str(n))) for n in range(6)))
            await downloads[0].close()

    asyncio.run(fetch_some())
    asyncio.run(fetch_some())
    assert downloads[0].fetched == 12
