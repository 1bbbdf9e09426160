"""Servers that cost next to nothing, so that a benchmark measures who asks: chat, search, pictures and drawing.

    with Servers(seconds=0.2) as servers:
        servers.chat, servers.search, servers.files, servers.images   # base addresses

Each runs in a process of its own and answers from bytes that were made before.
What it answers follows from the request alone: a conversation about "request-17"
searches for pictures of request 17 and finds some that nobody else finds.
"""

import argparse
import asyncio
import base64
import json
import re
import subprocess
import sys
import zlib
from collections.abc import Callable
from io import BytesIO
from itertools import count
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from PIL import Image

Answer = Callable[[bytes, bytes], tuple[bytes, bytes]]
"""A path and a body to a media type and a body."""

_REQUEST = re.compile(rb"request-(\d+)")
_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
_JSON = b"application/json"

THOUGHT = "I look at what the request leaves open, and at what the last message told me before I go on. " * 6
PROMPT = (
    "A poster of the lighthouse of request-{number} at dusk, its tower painted as in the first reference image, the "
    "harbour below it laid out as in the second reference image. Warm light falls from the lantern room, three "
    "fishing boats lie at the quay, and the sign above the door reads a short greeting in tall letters. " * 2
)
REPLIES = (
    ("tool_call", {"name": "search", "arguments": {"queries": ["tower request-{number}", "port request-{number}"]}}),
    ("tool_call", {"name": "image_search", "arguments": {"query": "lighthouse and harbour request-{number}"}}),
    ("tool_call", {"name": "query_knowledge", "arguments": {"skill_name": "spatial_layout"}}),
    (
        "answer",
        {
            "gen_prompt": PROMPT,
            "reference_images": [
                {"img_id": "IMG_001", "note": "the paint of the tower"},
                {"img_id": "IMG_002", "note": "the layout of the harbour"},
            ],
        },
    ),
)  # fmt: skip
"""What the policy says in each of its four calls."""
SNIPPET = "The tower was rebuilt in brick after the great storm and has shown a white light twice a minute since. " * 3


class Servers:
    """The four servers, started with `with`; each answer waits so many seconds."""

    def __init__(self, *, seconds: float = 0.0, draw_seconds: float = 0.5) -> None:
        self._seconds = seconds
        self._draw_seconds = draw_seconds
        self._started: list[subprocess.Popen[str]] = []
        self.chat = self.search = self.files = self.images = ""

    def __enter__(self) -> Self:
        self.files = self._start("files", self._seconds)
        self.search = self._start("search", self._seconds)
        self.chat = self._start("chat", self._seconds) + "/v1"
        self.images = self._start("images", self._draw_seconds) + "/v1"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._started:
            process.terminate()
        for process in self._started:
            process.wait()

    def _start(self, role: str, seconds: float) -> str:
        command = [sys.executable, __file__, role, "--seconds", str(seconds), "--files", self.files]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._started.append(process)
        assert process.stdout is not None
        return process.stdout.readline().strip()


class _Connection(asyncio.Protocol):
    """Enough of HTTP/1.1 for clients that send a length and wait for each answer."""

    def __init__(self, answer: Answer, seconds: float) -> None:
        self._answer = answer
        self._seconds = seconds
        self._heard = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._heard += data
        end = self._heard.find(b"\r\n\r\n")
        if end < 0:
            return
        length = _LENGTH.search(self._heard, 0, end + 2)
        whole = end + 4 + (int(length[1]) if length else 0)
        if len(self._heard) < whole:
            return
        path = bytes(self._heard[:end]).split(b" ", 2)[1]
        media_type, body = self._answer(path, bytes(self._heard[end + 4 : whole]))
        del self._heard[:whole]
        head = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n" % (media_type, len(body))
        if self._seconds:
            asyncio.get_running_loop().call_later(self._seconds, self._say, head + body)
        else:
            self._say(head + body)

    def _say(self, words: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(words)


def chat() -> Answer:
    """A policy that says its four replies in order."""
    answers = [_completion(tag, said) for tag, said in REPLIES]
    models = json.dumps({"object": "list", "data": [{"id": "GenEvolve", "object": "model"}]}).encode()

    def answer(path: bytes, body: bytes) -> tuple[bytes, bytes]:
        if path.endswith(b"/models"):
            return _JSON, models
        turn = body.count(b'"role":"assistant"') + body.count(b'"role": "assistant"')
        return _JSON, answers[turn].replace(b"{number}", _number(body))

    return answer


def search(files: str) -> Answer:
    """Five documents or eight pictures for every query, in serper's format."""
    hit = {"title": "The light of {number}", "link": "http://example.org/{number}/I", "snippet": SNIPPET}
    picture = {"title": "Lighthouse {number}, view I", "imageUrl": files + "/{number}-I.jpg", "link": hit["link"]}
    documents = json.dumps({"organic": [_numbered(hit, index) for index in range(5)]}).encode()
    pictures = json.dumps({"images": [_numbered(picture, index) for index in range(8)]}).encode()

    def answer(path: bytes, body: bytes) -> tuple[bytes, bytes]:
        return _JSON, (pictures if path.endswith(b"/images") else documents).replace(b"{number}", _number(body))

    return answer


def files() -> Answer:
    """A JPEG of 1024x768 and about 100 KB under every path, each file with bytes of its own."""
    pictures = [_jpeg(seed, (1024, 768)) for seed in range(4)]

    def answer(path: bytes, _: bytes) -> tuple[bytes, bytes]:
        picture = pictures[sum(path) % len(pictures)]
        # A comment behind the first marker: the same pixels, another file, so that nothing can be taken for known.
        return b"image/jpeg", b"%b\xff\xfe%b%b%b" % (
            picture[:2], (len(path) + 2).to_bytes(2, "big"), path, picture[2:],
        )  # fmt: skip

    return answer


def images() -> Answer:
    """A drawn PNG of the size of the first reference for every program, as an images API sends it."""
    out = BytesIO()
    _photo(9, (1024, 768)).save(out, "PNG", compress_level=6)
    picture, number = out.getvalue(), count()
    # A comment of its own behind the 33 bytes of the first two parts, 36 bytes long: base64 takes three at a time.
    head, tail = base64.b64encode(picture[:33]), base64.b64encode(picture[33:])

    def answer(_path: bytes, _body: bytes) -> tuple[bytes, bytes]:
        comment = b"tEXtComment\0%016d" % next(number)
        part = len(comment[4:]).to_bytes(4, "big") + comment + zlib.crc32(comment).to_bytes(4, "big")
        drawn = b"".join((head, base64.b64encode(part), tail))
        return _JSON, b'{"created": 1, "data": [{"b64_json": "' + drawn + b'"}]}'

    return answer


def _completion(tag: str, said: object) -> bytes:
    text = f"<think>{THOUGHT}</think>\n<{tag}>{json.dumps(said)}</{tag}>"
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 3500, "completion_tokens": 200}
    return json.dumps({"object": "chat.completion", "model": "GenEvolve", "choices": [choice], "usage": usage}).encode()


def _numbered(fields: dict[str, str], index: int) -> dict[str, str]:
    return {name: value.replace("I", str(index)) if name != "snippet" else value for name, value in fields.items()}


def _number(body: bytes) -> bytes:
    found = _REQUEST.search(body)
    return found[1] if found else b"0"


def _jpeg(seed: int, size: tuple[int, int]) -> bytes:
    out = BytesIO()
    _photo(seed, size).save(out, "JPEG", quality=79)
    return out.getvalue()


def _photo(seed: int, size: tuple[int, int]) -> "Image.Image":
    """Something with the detail of a photograph: smooth areas, edges, and grain."""
    import numpy as np  # here, because who starts the servers must not be charged for it
    from PIL import Image

    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)).resize(size, Image.Resampling.BICUBIC)
    fine = Image.fromarray(rng.integers(0, 256, (150, 200, 3), dtype=np.uint8)).resize(size, Image.Resampling.BICUBIC)
    levels = 0.8 * np.asarray(coarse, dtype=np.float32) + 0.2 * np.asarray(fine, dtype=np.float32)
    levels += rng.normal(0, 1.8, (size[1], size[0], 1))
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))


async def serve(answer: Answer, seconds: float) -> None:
    """Answer on a free port, which is told on standard output, until the process is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(answer, seconds), "127.0.0.1", 0, backlog=1024)
    host, port = server.sockets[0].getsockname()[:2]
    print(f"http://{host}:{port}", flush=True)
    await server.serve_forever()


def main() -> None:
    """Be one of the servers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("role", choices=("chat", "search", "files", "images"))
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--files", default="")
    arguments = parser.parse_args()
    makers = {"chat": chat, "search": lambda: search(arguments.files), "files": files, "images": images}
    asyncio.run(serve(makers[arguments.role](), arguments.seconds))


if __name__ == "__main__":
    main()
