"""An image search over the web as it is: every candidate that cannot be had is counted, and the next one tried."""

import asyncio
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from genevolve.http.guard import AllowedHosts, Downloader, DownloadLimits
from genevolve.records import ToolCall
from genevolve.search.base import ImageHit
from genevolve.search.network import NetworkProvider
from genevolve.search.serper import Serper
from genevolve.skills import load_skills
from genevolve.store import ImageStore
from genevolve.testing import odd_pictures as odd
from genevolve.testing.file_server import FileServer, Page, gzip_bomb, sent_onward
from genevolve.testing.search_server import SearchServer
from genevolve.tools import Evidence, ReadyCall, Toolbox

BAD = {
    "page.jpg": odd.HTML,
    "drawing": odd.SVG,
    "torn.jpg": odd.photograph((320, 240))[:-1000],
    "vast.png": odd.vast_png(30_000),
    "huge.jpg": Page(b"x", claims_bytes=500_000_000),
    "bomb.png": gzip_bomb(50_000_000),
    "drip.jpg": Page(odd.jpeg(), seconds_a_byte=0.05),
    "gone.jpg": Page(status=404),
    "inside.jpg": sent_onward("http://169.254.169.254/latest/meta-data/"),
}
GOOD = {
    "turned.jpg": odd.jpeg(odd.striped().transpose(Image.Transpose.ROTATE_90), orientation=6),
    "moving.gif": odd.animated("GIF"),
    "inks.jpg": odd.jpeg(odd.striped().convert("CMYK")),
    "deep.png": odd.grey16(),
    "plain.jpg": odd.jpeg(),
}


@pytest.fixture
def evidence(tmp_path: Path) -> Evidence:
    return Evidence(ImageStore(tmp_path / "images"))


async def look(names: list[str], evidence: Evidence, *, top_k: int) -> str:
    """What an image search observes when these files are what was found."""
    async with FileServer({**BAD, **GOOD}) as files:
        hits = [ImageHit(title=name, image_url=files.url(name)) for name in names]
        async with SearchServer(pictures={"q": hits}) as server:
            limits = DownloadLimits(max_bytes=5_000_000, max_seconds=1.0)
            downloads = Downloader(allowed=AllowedHosts.parse(files.host), limits=limits)
            provider = NetworkProvider(Serper(key="k", base_url=server.url), downloads=downloads)
            toolbox = Toolbox(provider=provider, skills=load_skills())
            ready = toolbox.check(ToolCall(name="image_search", arguments={"query": "q", "top_k": top_k}))
            assert isinstance(ready, ReadyCall)
            observation = await toolbox.run(ready, evidence)
            await provider.close()
    return observation.text


@pytest.mark.parametrize("name", BAD)
async def test_a_candidate_that_cannot_be_had_is_told_and_the_next_one_stands_in(name, evidence):
    text = await look([name, "plain.jpg"], evidence, top_k=1)

    assert [image.title for image in evidence.images] == ["plain.jpg"]
    assert "1 image could not be read: " in text


async def test_odd_pictures_are_stored_as_every_reader_takes_them(evidence):
    await look(list(GOOD), evidence, top_k=5)

    stored = {image.title: Image.open(BytesIO(evidence.store.read(image.digest))) for image in evidence.images}
    assert list(stored) == list(GOOD)
    assert {image.mode for image in stored.values()} == {"RGB", "L"}
    assert stored["turned.jpg"].size == stored["plain.jpg"].size
    assert not any(getattr(image, "is_animated", False) for image in stored.values())


async def test_where_no_candidate_can_be_had_the_observation_counts_them_all(evidence):
    text = await look(["gone.jpg", "page.jpg", "inside.jpg"], evidence, top_k=3)

    assert evidence.images == ()
    assert "3 images could not be read: " in text
    for reason in ("the server answered 404", "a web page", "169.254.169.254 is a link-local address"):
        assert reason in text
    assert "no results" not in text


async def test_many_searches_at_once_fetch_an_address_once(tmp_path):
    async with FileServer({"plain.jpg": Page(odd.jpeg(), seconds=0.2)}) as files:
        hit = ImageHit(title="A", image_url=files.url("plain.jpg"))
        async with SearchServer(pictures={str(n): [hit] for n in range(8)}) as server:
            provider = NetworkProvider(
                Serper(key="k", base_url=server.url), downloads=Downloader(allowed=AllowedHosts.parse(files.host))
            )
            toolbox = Toolbox(provider=provider, skills=load_skills())
            store = ImageStore(tmp_path / "images")
            evidences = [Evidence(store) for _ in range(8)]
            calls = [ToolCall(name="image_search", arguments={"query": str(n)}) for n in range(8)]
            readies = [ready for call in calls if isinstance(ready := toolbox.check(call), ReadyCall)]
            await asyncio.gather(*(toolbox.run(r, e) for r, e in zip(readies, evidences, strict=True)))
            await provider.close()

    assert files.asked == ["plain.jpg"]
    assert all(len(evidence.images) == 1 for evidence in evidences)
