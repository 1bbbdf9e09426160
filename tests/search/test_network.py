"""Search over a network, against a server that speaks each service's format."""

import asyncio
import json
import subprocess
import sys
import time
from random import Random

import pytest
from aiohttp import web

from genevolve.errors import SearchError, UsageError
from genevolve.http.client import CallLimits
from genevolve.http.guard import AllowedHosts, Downloader
from genevolve.search import Remote, open_provider
from genevolve.search.base import ImageHit, TextHit
from genevolve.search.brave import Brave
from genevolve.search.network import NetworkProvider, Service
from genevolve.search.openverse import Openverse
from genevolve.search.searxng import Searxng
from genevolve.search.serper import Serper
from genevolve.search.wikimedia import Wikimedia
from genevolve.testing.file_server import FileServer, Page
from genevolve.testing.odd_pictures import jpeg
from genevolve.testing.search_server import FAULTS, SearchServer

ALL = ("serper", "brave", "searxng", "wikimedia", "openverse")
WITH_DOCUMENTS = ALL[:4]
KEY = "k3y-that-must-not-be-told"

DOCUMENTS = [
    TextHit(title='Tom & Jerry\'s "Best"', url="https://a.example/1?x=1&y=2", snippet="Where 3 < 4 & cats chase."),
    TextHit(title="Zweiter", url="https://b.example/2", snippet="Überblick über das Œuvre — ganz kurz."),
    TextHit(title="Third", url="https://c.example/3", snippet="third"),
]
PICTURES = [
    ImageHit(
        title="Flag of Fiji & friends",
        image_url="https://files.example/fiji.png",
        page_url="https://pages.example/fiji",
        licence="CC BY-SA 4.0",
        author="Ana & Bé",
    ),
    ImageHit(title="Second", image_url="https://files.example/second.webp", page_url="https://pages.example/second"),
    ImageHit(title="Third", image_url="https://files.example/third.jpg", page_url="https://pages.example/third"),
]


def service(name: str, url: str, *, limits: CallLimits | None = None) -> Service:
    """One service at a server's address."""
    limits = limits or CallLimits(seconds=2.0, tries=3, longest_wait=1.0)
    match name:
        case "serper":
            return Serper(key=KEY, base_url=url, limits=limits)
        case "brave":
            return Brave(key=KEY, base_url=url, limits=limits)
        case "searxng":
            return Searxng(base_url=url, limits=limits)
        case "openverse":
            return Openverse(base_url=url, limits=limits)
        case _:
            return Wikimedia(text_url=f"{url}/w/api.php", images_url=f"{url}/w/api.php", limits=limits)


async def ask(name: str, server: SearchServer, query: str, *, top_k: int = 5, **more: object) -> list[str]:
    """The addresses that are found: of documents, or of pictures where the service has no documents."""
    provider = NetworkProvider(service(name, server.url, **more))
    try:
        if name in WITH_DOCUMENTS:
            return [hit.url for hit in await provider.search(query, top_k=top_k)]
        return [hit.image_url for hit in await provider.image_search(query, top_k=top_k)]
    finally:
        await provider.close()


@pytest.mark.parametrize("name", WITH_DOCUMENTS)
async def test_documents_come_in_order_without_html_repeats_or_those_that_lead_nowhere(name):
    async with SearchServer(documents={"cats & mice": DOCUMENTS}) as server:
        provider = NetworkProvider(service(name, server.url))
        found = await provider.search("cats & mice", top_k=5)
        first = await provider.search("cats & mice", top_k=1)
        await provider.close()

    assert found == DOCUMENTS
    assert first == DOCUMENTS[:1]


@pytest.mark.parametrize("name", ALL)
async def test_pictures_come_in_order_with_what_is_told_of_them(name):
    async with SearchServer(pictures={"flag": PICTURES}) as server:
        provider = NetworkProvider(service(name, server.url))
        found = await provider.image_search("flag", top_k=5)
        await provider.close()

    assert [hit.image_url for hit in found] == [hit.image_url for hit in PICTURES]
    assert [hit.page_url for hit in found] == [hit.page_url for hit in PICTURES]
    assert [hit.title for hit in found] == [hit.title for hit in PICTURES]
    if name in {"wikimedia", "openverse"}:
        assert found == PICTURES


@pytest.mark.parametrize("name", ALL)
async def test_no_hits_is_an_empty_list(name):
    async with SearchServer() as server:
        assert await ask(name, server, "nothing like it") == []


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in {"busy", "busy_silent"}])
async def test_a_service_that_fails_is_an_error_in_words_and_never_an_empty_list(name, fault):
    limits = CallLimits(seconds=0.3, tries=1)
    async with SearchServer(faults=lambda _: fault) as server:
        with pytest.raises(SearchError) as raised:
            await ask(name, server, "flag", limits=limits)

    assert name in str(raised.value)
    assert KEY not in str(raised.value)


@pytest.mark.parametrize("name", ALL)
async def test_a_busy_service_is_asked_again_after_the_wait_that_it_names(name):
    async with SearchServer(documents={"flag": DOCUMENTS}, pictures={"flag": PICTURES}, faults=["busy"]) as server:
        assert len(await ask(name, server, "flag")) == 3

    assert len(server.asked) == 2


async def test_a_billed_query_whose_answer_was_lost_is_not_sent_again_and_a_free_one_is():
    async with SearchServer(documents={"flag": DOCUMENTS}, faults=["break_off"]) as server:
        with pytest.raises(SearchError, match="broke off"):
            await ask("serper", server, "flag")
    async with SearchServer(documents={"flag": DOCUMENTS}, faults=["break_off"]) as free:
        assert len(await ask("searxng", free, "flag")) == 3

    assert (len(server.asked), len(free.asked)) == (1, 2)


async def test_a_metasearch_whose_engines_are_all_silent_has_failed():
    async with SearchServer(silent_engines=["google", "bing"]) as server:
        with pytest.raises(SearchError, match="no answer from its engines: google timeout; bing timeout"):
            await ask("searxng", server, "flag")
    async with SearchServer(documents={"flag": DOCUMENTS}, silent_engines=["google"]) as server:
        assert len(await ask("searxng", server, "flag")) == 3


async def test_a_drawing_is_taken_as_its_thumbnail_where_there_is_one():
    drawing = ImageHit(title="Drawing", image_url="https://files.example/flag.SVG?v=2", page_url="https://p.example/")
    async with SearchServer(pictures={"flag": [drawing]}) as server:
        for name in ("serper", "brave", "searxng", "openverse"):
            provider = NetworkProvider(service(name, server.url))
            (found,) = await provider.image_search("flag", top_k=1)
            await provider.close()
            assert found.image_url == "https://files.example/flag.SVG?v=2.thumbnail.jpg"


async def test_wikimedia_is_asked_one_question_at_a_time_by_someone_who_says_who_it_is(monkeypatch):
    monkeypatch.setenv("GENEVOLVE_CONTACT", "someone@example.org\r\nX-Evil: 1")
    async with SearchServer(documents={str(n): DOCUMENTS for n in range(6)}, seconds=0.02) as server:
        provider = NetworkProvider(service("wikimedia", server.url))
        found = await asyncio.gather(*(provider.search(str(n), top_k=1) for n in range(6)))
        await provider.close()

    assert [len(hits) for hits in found] == [1] * 6
    assert server.at_once == 1
    assert server.heard[0]["User-Agent"].startswith("genevolve/")
    assert "someone@example.org" in server.heard[0]["User-Agent"]
    assert "X-Evil" not in server.heard[0]


async def test_the_same_question_asked_by_several_at_once_goes_out_once_and_others_side_by_side():
    async with SearchServer(documents={"a": DOCUMENTS, "b": DOCUMENTS}, seconds=0.1) as server:
        provider = NetworkProvider(service("serper", server.url))
        began = time.monotonic()
        found = await asyncio.gather(*(provider.search(query, top_k=3) for query in "aaabbb"))
        took = time.monotonic() - began
        await provider.search("a", top_k=3)
        await provider.close()

    assert found == [DOCUMENTS] * 6
    assert sorted(query for _, query in server.asked) == ["a", "a", "b"]
    assert took < 0.19


@pytest.mark.parametrize("name", ["serper", "brave"])
async def test_a_refused_key_is_found_by_a_check_and_told_without_the_key(name):
    async with SearchServer(key="another") as server:
        provider = NetworkProvider(service(name, server.url))
        with pytest.raises(UsageError) as raised:
            await provider.check()
        with pytest.raises(SearchError, match="_API_KEY"):
            await provider.search("flag", top_k=1)
        await provider.close()

    assert f"{name.upper()}_API_KEY" in str(raised.value)
    assert KEY not in str(raised.value)


@pytest.mark.parametrize("name", ALL)
async def test_a_check_passes_where_a_service_answers_and_fails_where_nobody_is(name):
    async with SearchServer(key=KEY) as server:
        provider = NetworkProvider(service(name, server.url, limits=CallLimits(seconds=1.0, tries=1)))
        await provider.check()
        await provider.close()
    with pytest.raises(SearchError, match="cannot be reached"):
        await provider.check()
    await provider.close()


async def test_providers_are_opened_by_name_with_what_the_environment_says(monkeypatch):
    async with SearchServer(documents={"flag": DOCUMENTS}, pictures={"flag": PICTURES}, key=KEY) as server:
        for variable, value in server.environment.items():
            monkeypatch.setenv(variable, value)
        for name in ALL:
            provider = open_provider(name)
            assert isinstance(provider, Remote)
            assert provider.name == name
            assert len(await provider.image_search("flag", top_k=2)) == 2
            await provider.close()
        joined = open_provider("openverse,atlas,serper")
        assert isinstance(joined, Remote)
        await joined.check()
        # Openverse has no documents, which is no failure where others have.
        assert DOCUMENTS[0] in await joined.search("flag", top_k=5)
        addresses = [hit.image_url for hit in await joined.image_search("flag", top_k=6)]
        assert len(set(addresses)) == 6
        assert {hit.image_url for hit in PICTURES} < set(addresses)
        await joined.close()


@pytest.mark.parametrize(
    ("name", "variable"), [("serper", "SERPER_API_KEY"), ("brave", "BRAVE_API_KEY"), ("searxng", "SEARXNG_URL")]
)
def test_a_missing_setting_is_named_at_the_start(monkeypatch, name, variable):
    monkeypatch.delenv(variable, raising=False)

    with pytest.raises(UsageError, match=f"{variable} is not set"):
        open_provider(name)


def test_an_address_that_is_none_is_refused_at_the_start(monkeypatch):
    monkeypatch.setenv("SEARXNG_URL", "localhost:8080")

    with pytest.raises(UsageError, match="http://"):
        open_provider("searxng")


async def test_openverse_alone_says_that_it_has_no_documents():
    provider = NetworkProvider(Openverse(base_url="http://127.0.0.1:9"))

    with pytest.raises(SearchError, match="pictures only"):
        await provider.search("flag", top_k=1)


async def test_pictures_come_through_the_one_door_and_refusals_are_told():
    async with FileServer({"a.jpg": Page(jpeg(), seconds=0.05)}) as files:
        hits = [ImageHit(title="A", image_url=files.url("a.jpg"))]
        provider = NetworkProvider(
            service("serper", "http://127.0.0.1:9"), downloads=Downloader(allowed=AllowedHosts.parse(files.host))
        )
        got = await asyncio.gather(*(provider.fetch(hits[0]) for _ in range(4)))
        with pytest.raises(SearchError, match="link-local"):
            await provider.fetch(ImageHit(title="B", image_url="http://169.254.169.254/latest"))
        await provider.close()

    assert got == [jpeg()] * 4
    assert files.asked == ["a.jpg"]


async def test_pictures_of_wikimedia_are_fetched_two_at_a_time():
    async with FileServer({str(n): Page(jpeg(), seconds=0.03) for n in range(8)}) as files:
        downloads = Downloader(allowed=AllowedHosts.parse(files.host))
        provider = NetworkProvider(service("wikimedia", "http://127.0.0.1:9"), downloads=downloads)
        hits = [ImageHit(title="A", image_url=files.url(str(n))) for n in range(8)]
        await asyncio.gather(*(provider.fetch(hit) for hit in hits))
        await provider.close()

    assert files.at_once == 2


def test_a_provider_serves_one_event_loop_after_another():
    async def ask_some(provider: NetworkProvider) -> int:
        async with SearchServer(documents={str(n): DOCUMENTS for n in range(4)}, seconds=0.01) as server:
            provider._service._text_url = f"{server.url}/w/api.php"
            found = await asyncio.gather(*(provider.search(str(n), top_k=1) for n in range(4)))
            await provider.close()
        return sum(map(len, found))

    provider = NetworkProvider(service("wikimedia", "http://127.0.0.1:9"))
    assert asyncio.run(ask_some(provider)) == 4
    assert asyncio.run(ask_some(provider)) == 4


def test_searching_offline_loads_no_network():
    code = (
        "import sys, asyncio; from genevolve.search import open_provider, configured_providers\n"
        "configured_providers(); asyncio.run(open_provider('atlas').search('Fiji', top_k=1))\n"
        "assert 'aiohttp' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def spoiled(value: object, random: Random) -> object:
    """The answer with parts replaced, taken out or put elsewhere."""
    junk = [None, True, -1, 1e400, "", "\ud800<b>&#xD800;", [], {}, [[]], {"value": {}}, "//", "http://", "x" * 9000]
    if random.random() < 0.15:
        return random.choice(junk)
    if isinstance(value, dict):
        return {key: spoiled(item, random) for key, item in value.items() if random.random() > 0.1}
    if isinstance(value, list):
        return [spoiled(item, random) for item in value] + random.choices(junk, k=random.randrange(2))
    return value


@pytest.mark.parametrize("name", ALL)
async def test_whatever_a_service_answers_ends_in_clean_hits_or_in_words(name):
    random = Random(name)
    answers: list[object] = []

    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=json.dumps(answers[-1]), content_type="application/json")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    whole = json.loads(await raw_answer(name))
    provider = NetworkProvider(service(name, f"http://{host}:{port}", limits=CallLimits(seconds=5, tries=1)))
    outcomes: set[str] = set()
    for number in range(150):
        answers.append(spoiled(whole, random))
        try:
            hits = await provider.image_search(f"flag {number}", top_k=3)
        except SearchError as error:
            outcomes.add("words" if name in str(error) else f"words that name nobody: {error}")
            continue
        outcomes.add("hits" if hits else "none")
        assert len(hits) <= 3
        for hit in hits:
            assert hit.image_url.startswith(("http", "HTTP"))
            assert all(isinstance(part, str | None) for part in (hit.title, hit.page_url, hit.licence, hit.author))
    await provider.close()
    await runner.cleanup()

    assert outcomes == {"hits", "words", "none"}


async def raw_answer(name: str) -> str:
    """What a service says when it is asked for pictures."""
    heard: list[str] = []

    class Listening(SearchServer):
        async def _reply(self, request: web.Request, query: str, answer: dict[str, object]) -> web.StreamResponse:
            heard.append(json.dumps(answer))
            return await super()._reply(request, query, answer)

    async with Listening(pictures={"flag": PICTURES}) as server:
        provider = NetworkProvider(service(name, server.url))
        await provider.image_search("flag", top_k=3)
        await provider.close()
    return heard[0]
