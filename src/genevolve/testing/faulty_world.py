"""A world on loopback in which everything goes wrong that can: chat, search, files and images for numbered requests.

    async with FaultyWorld(requests=500) as world:
        os.environ.update(world.environment)
        ...                       # roll out world.requests, draw them: faults
        world.calm()
        ...                       # again: no faults

Every kind of fault befalls a share of the requests, once each, somewhere on the
request's way; which, follows from the seed alone. The world counts what it
answered whole, so that nobody can ask twice unseen.
"""

import json
import random
import re
import socket
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from functools import cache
from types import TracebackType
from typing import Any, Self, TypeVar

from PIL import Image

from ..records import Dialect, Request, digest_bytes
from ..search.base import ImageHit, TextHit
from . import chat_server, odd_pictures, search_server
from .chat_server import ChatServer, NativeReply
from .file_server import FileServer, Page, sent_onward
from .image_server import Answer, Drawn, ImageServer
from .search_server import SearchServer

_K = TypeVar("_K", bound=str)

CHAT_FAULTS: tuple[chat_server.Fault, ...] = tuple(f for f in chat_server.FAULTS if f != "key_refused")
SEARCH_FAULTS: tuple[search_server.Fault, ...] = tuple(
    f for f in search_server.FAULTS if f not in {"key_refused", "no_credit"}
)
METADATA = "http://169.254.169.254/latest/meta-data/"
_HALF_GIGABYTE = 500_000_000
_SIDE = 256
_NUMBER = re.compile(r"number (\d+)")
_PER_REQUEST = ("facts", "history", "pictures")
_STAGES = 3
"""Replies of a request that goes well: a search, a search for images, the answer."""


class FaultyWorld:
    """The servers, and what befalls each request; use it with `async with`."""

    def __init__(
        self,
        *,
        requests: int,
        share: float = 0.1,
        seed: int = 1,
        key: str = "sk-of-the-faulty-world",
        dialect: Dialect = "tagged",
    ) -> None:
        """A world for so many requests.

        Args:
            dialect: in which the model calls tools.
            share: of the requests that each kind of fault befalls.
            key: what the servers want; a call that is billed is not sent again where its answer was lost.
        """
        self.requests = [Request(id=f"r{n:04d}", text=f"A poster of the place number {n}") for n in range(requests)]
        self.answered: Counter[tuple[str, ...]] = Counter()
        """What was answered whole, by what was asked."""
        self.befell: Counter[str] = Counter()
        """How often each fault struck."""
        self._calm = False
        self._key = key
        chance = random.Random(seed)

        def plan(kinds: Iterable[_K], places: int) -> dict[tuple[int, int], list[_K]]:
            """The faults of each request at each place on its way."""
            struck: dict[tuple[int, int], list[_K]] = defaultdict(list)
            for number in range(requests):
                for kind in kinds:
                    if chance.random() < share:
                        struck[number, chance.randrange(places)].append(kind)
            return struck

        self._chat_plan = plan(CHAT_FAULTS, _STAGES)
        self._search_plan = plan(SEARCH_FAULTS, len(_PER_REQUEST))
        self._file_plan = plan(PAGES, 1)
        self._draw_plan = plan(DRAWINGS, 1)
        self._closed = ""
        self._servers = AsyncExitStack()
        self.chat = ChatServer(
            replies=[line if dialect == "native" else in_tags(line) for line in LINES],
            faults=self._chat_fault,
            key=key,
            repeat_last=True,
        )
        self.search = SearchServer(
            documents=_Documents(), pictures=_Pictures(self._hits), key=key, faults=self._search_fault
        )
        self.files = FileServer({})
        self.images = ImageServer(each=self._draw)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point everything here."""
        return {
            **self.search.environment,
            "OPENAI_BASE_URL": self.chat.url,
            "OPENAI_API_KEY": self._key,
            "GENEVOLVE_RENDERER_URL": self.images.base_url,
            "GENEVOLVE_RENDERER_KEY": self._key,
            "GENEVOLVE_ALLOW_HOSTS": f"{self.files.host},{self._closed}",
        }

    def befall(self, number: int, query: str, fault: search_server.Fault) -> None:
        """Have one more fault strike a query of a request: its "facts", "history" or "pictures"."""
        self._search_plan[number, _PER_REQUEST.index(query)].append(fault)

    def calm(self) -> None:
        """From now on nothing goes wrong; pictures that were odd are ordinary."""
        self._calm = True
        for name in self.files.pages:
            self.files.pages[name] = Page(good_picture(name))

    @property
    def asked_twice(self) -> dict[tuple[str, ...], int]:
        """What was asked again after it was answered whole."""
        files = Counter(name for name in self.files.asked if name.startswith("good/"))
        answered = self.answered + Counter({("file", name): times for name, times in files.items()})
        return {asked: times for asked, times in answered.items() if times > 1}

    @property
    def odd_pictures_asked(self) -> Counter[str]:
        """How many odd pictures of each kind were asked for; nobody hears of those whose server refuses."""
        odd = {name for name in self.files.asked if name.startswith("odd/")}
        return Counter(f"picture {name.rpartition('/')[2]}" for name in odd)

    async def __aenter__(self) -> Self:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._closed = f"127.0.0.1:{free.getsockname()[1]}"
        for server in (self.chat, self.search, self.files, self.images):
            await self._servers.enter_async_context(server)
        for number in range(len(self.requests)):
            for kind in self._file_plan.get((number, 0), ()):
                self.files.pages[f"odd/{number}/{kind}"] = _page(kind)
            for nth in range(2):
                name = f"good/{number}/{nth}"
                self.files.pages[name] = Page(good_picture(name))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._servers.aclose()

    def _chat_fault(self, call: int) -> chat_server.Fault | None:
        payload = self.chat.heard[call]
        said = sum(message["role"] == "assistant" for message in payload["messages"])
        fault = self._next("chat", self._chat_plan, _number_of(payload), min(said, _STAGES - 1))
        if fault is None:
            self.answered["chat", digest_bytes(json.dumps(payload["messages"]).encode())] += 1
        return fault

    def _search_fault(self, call: int) -> search_server.Fault | None:
        path, query = self.search.asked[call]
        if not (found := _NUMBER.search(query)):
            return None  # whether the key is taken, asked once at every start
        fault = self._next("search", self._search_plan, int(found[1]), _PER_REQUEST.index(query.split()[0]))
        if fault is None:
            self.answered["search", path, query] += 1
        return fault

    def _draw(self, drawn: Drawn) -> Answer | bytes | None:
        found = _NUMBER.search(str(drawn.fields["prompt"]))
        kind = self._next("draw", self._draw_plan, int(found[1]), 0) if found else None
        if kind is not None:
            return DRAWINGS[kind]()
        self.answered["draw", str(drawn.fields["prompt"]), repr([digest_bytes(data) for *_, data in drawn.files])] += 1
        return None

    def _next(self, where: str, plan: dict[tuple[int, int], list[_K]], number: int, place: int) -> _K | None:
        """The fault that strikes now, if one is left."""
        if self._calm or not plan.get((number, place)):
            return None
        kind = plan[number, place].pop(0)
        self.befell[f"{where} {kind}"] += 1
        return kind

    def _hits(self, number: int) -> list[ImageHit]:
        """The odd pictures that befall a request, and two good ones."""
        hits = [
            ImageHit(title=f"{kind} of {number}", image_url=self._address(number, kind), page_url="http://x.example/")
            for kind in self._file_plan.get((number, 0), ())[:6]
        ]
        good = [self.files.url(f"good/{number}/{nth}") for nth in range(2)]
        return [*hits, *(ImageHit(title=f"place {number}", image_url=url) for url in good)]

    def _address(self, number: int, kind: str) -> str:
        if kind == "refused" and not self._calm:
            return f"http://{self._closed}/{number}"
        return self.files.url(f"odd/{number}/{kind}")


def good_picture(name: str) -> bytes:
    """A small JPEG whose colours follow from its name."""
    colour = bytes.fromhex(digest_bytes(name.encode())[:6])
    return odd_pictures.jpeg(Image.new("RGB", (64, 48), (colour[0], colour[1], colour[2])))


@cache
def _sound() -> bytes:
    return odd_pictures.jpeg(odd_pictures.striped((_SIDE, _SIDE)))


@cache
def _cmyk() -> bytes:
    return odd_pictures.encoded(odd_pictures.striped((_SIDE, _SIDE)).convert("CMYK"), "JPEG")


@cache
def _vast() -> bytes:
    return odd_pictures.vast_png()


PAGES: dict[str, Callable[[], Page]] = {
    "page": lambda: Page(odd_pictures.HTML),
    "truncated": lambda: Page(_sound()[: len(_sound()) // 2]),
    "vast": lambda: Page(_vast()),
    "declared": lambda: Page(_sound(), claims_bytes=_HALF_GIGABYTE),
    "endless": lambda: Page(bytes(65_536), endless=True),
    "animated": lambda: Page(odd_pictures.animated("GIF")),
    "cmyk": lambda: Page(_cmyk()),
    "sixteen_bits": lambda: Page(odd_pictures.grey16()),
    "turned": lambda: Page(odd_pictures.jpeg(orientation=6)),
    "refused": lambda: Page(status=404),
    "hang": lambda: Page(_sound(), seconds=3600.0),
    "drip": lambda: Page(_sound(), seconds_a_byte=0.05),
    "busy": lambda: Page(_sound(), fails_first=1, headers={"Retry-After": "0"}),
    "busy_silent": lambda: Page(status=429),
    "error": lambda: Page(_sound(), fails_first=1),
    "redirect": lambda: sent_onward(METADATA),
}
"""What can be wrong with a picture that was found."""

DRAWINGS: dict[str, Callable[[], Answer | bytes]] = {
    "hang_up": lambda: Answer(hang_up=True),
    "hang": lambda: Answer(seconds=3600.0),
    "html": lambda: Answer(body="<html><body><h1>Welcome to nginx!</h1></body></html>"),
    "half_json": lambda: Answer(body='{"data": [{"b64_json": "iVBOR', headers={"Content-Type": "application/json"}),
    "busy": lambda: Answer(status=429, headers={"Retry-After": "0"}),
    "busy_silent": lambda: Answer(status=429),
    "error": lambda: Answer(status=500, body="Internal Server Error"),
    "no_data": lambda: Answer(body={"created": 1, "data": []}),
    "null_data": lambda: Answer(body={"created": 1, "data": [{"b64_json": None, "url": None}]}),
    "redirect": lambda: Answer(status=302, headers={"Location": METADATA}),
    "led_away": lambda: Answer(body={"created": 1, "data": [{"url": METADATA}]}),
    "page": lambda: odd_pictures.HTML,
    "truncated": lambda: _sound()[: len(_sound()) // 2],
    "vast": _vast,
    "animated": lambda: odd_pictures.animated("GIF"),
    "cmyk": _cmyk,
    "sixteen_bits": odd_pictures.grey16,
    "turned": lambda: odd_pictures.jpeg(odd_pictures.striped((_SIDE, _SIDE)), orientation=6),
}
"""What can be wrong with a drawing."""


def _page(kind: str) -> Page:
    return PAGES[kind]()


class _Documents(dict[str, list[TextHit]]):
    """Two documents for whatever is asked."""

    def __bool__(self) -> bool:
        return True

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ARG002 - there is always something
        return [TextHit(title=f"{key}, {n}", url=f"https://x.example/{n}", snippet=f"About {key}.") for n in range(2)]


class _Pictures(dict[str, list[ImageHit]]):
    """The hits of a request, by the number in the query."""

    def __init__(self, hits: Callable[[int], list[ImageHit]]) -> None:
        super().__init__()
        self._hits = hits

    def __bool__(self) -> bool:
        return True

    def get(self, key: str, default: Any = None) -> Any:
        found = _NUMBER.search(key)
        return self._hits(int(found[1])) if found else default


def _number_of(payload: Mapping[str, Any]) -> int:
    request = next(message for message in payload["messages"] if message["role"] == "user")
    found = _NUMBER.search(json.dumps(request["content"]))
    assert found is not None, "every request of this world has a number"
    return int(found[1])


def in_tags(line: Callable[[dict[str, Any]], str | NativeReply]) -> Callable[[dict[str, Any]], str]:
    """The same line as a checkpoint of the tagged dialect says it."""

    def said(payload: dict[str, Any]) -> str:
        reply = line(payload)
        if isinstance(reply, str):
            return reply
        (name, arguments), *_ = reply.calls
        return f"{reply.text}<tool_call>{json.dumps({'name': name, 'arguments': arguments})}</tool_call>"

    return said


def _call(name: str, arguments: dict[str, Any]) -> NativeReply:
    return NativeReply(calls=((name, arguments),), text="<think>I look it up.</think>")


def _ask_facts(payload: dict[str, Any]) -> NativeReply:
    number = _number_of(payload)
    return _call("search", {"queries": [f"facts of number {number}", f"history of number {number}"]})


def _ask_pictures(payload: dict[str, Any]) -> NativeReply:
    return _call("image_search", {"query": f"pictures of number {_number_of(payload)}", "top_k": 5})


def _answer(payload: dict[str, Any]) -> str:
    """A program with the last two pictures that were found, or with none."""
    words = f"A poster of the place number {_number_of(payload)}"
    heard = json.dumps([message["content"] for message in payload["messages"][2:] if message["role"] != "assistant"])
    refs = sorted(set(re.findall(r"IMG_\d{3}", heard)))[-2:]
    ordinals = ("first", "second")
    for ordinal in ordinals[: len(refs)]:
        words += f", with the {ordinal} reference image"
    program = {"gen_prompt": f"{words}.", "reference_images": [{"img_id": ref, "note": "the place"} for ref in refs]}
    return f"<answer>{json.dumps(program)}</answer>"


LINES: tuple[Callable[[dict[str, Any]], str | NativeReply], ...] = (_ask_facts, _ask_pictures, _answer)
"""What the model says in a conversation in which nothing goes wrong."""
