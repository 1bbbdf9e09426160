"""The Qwen service, one server and several, on loopback."""

import asyncio
import base64
from io import BytesIO

import pytest
from PIL import Image

from genevolve.errors import RenderError, ServiceError, UsageError
from genevolve.records import Size
from genevolve.render import open_renderer
from genevolve.render.qwen_service import QwenServiceRenderer
from genevolve.render.rota import Rota
from genevolve.testing.image_server import Answer, ImageServer, plain_png
from support.pictures import make_png
from support.programs import WORDS, jpeg, opened, program_with

ONE = program_with(1)
BIRD = (make_png((10, 200, 10), (40, 40)),)


async def test_the_call_is_the_published_one():
    async with ImageServer() as server:
        renderer = QwenServiceRenderer(urls=(server.url,), seed=5, size=Size(width=512, height=768))
        drawing = await renderer.draw(program_with(2), (jpeg((64, 64)), *BIRD))
        await renderer.close()

    [asked] = server.asked
    urls = asked.fields["image_urls"]
    assert asked.path == "/generate"
    assert {name: value for name, value in asked.fields.items() if name != "image_urls"} == {
        "prompt": ONE.prompt,
        "seed": 5,
        "true_cfg_scale": 4.0,
        "negative_prompt": " ",
        "num_inference_steps": 40,
        "guidance_scale": 1.0,
        "num_images_per_prompt": 1,
        "width": 512,
        "height": 768,
    }
    assert len(urls) == 2
    heading, _, data = urls[1].partition(",")
    red, green, blue = opened(base64.b64decode(data)).getpixel((20, 20))
    assert heading == "data:image/jpeg;base64"
    assert max(abs(red - 10), abs(green - 200), abs(blue - 10)) < 8
    assert opened(drawing.data).size == (512, 768)


async def test_what_is_clear_in_a_reference_is_sent_on_white_and_deep_grey_levels_in_eight_bits():
    clear = BytesIO()
    Image.new("RGBA", (32, 32), (255, 0, 0, 0)).save(clear, "PNG")
    deep = BytesIO()
    Image.new("I;16", (32, 32), 32768).save(deep, "PNG")
    async with ImageServer() as server:
        renderer = QwenServiceRenderer(urls=(server.url,))
        await renderer.draw(program_with(2), (clear.getvalue(), deep.getvalue()))
        await renderer.close()

    sent = [opened(base64.b64decode(url.partition(",")[2])) for url in server.asked[0].fields["image_urls"]]
    assert sent[0].getpixel((16, 16)) == (255, 255, 255)
    # Half of 65,535 is half of 255.
    assert all(abs(level - 128) <= 2 for level in sent[1].getpixel((16, 16)))


async def test_without_a_reference_nothing_is_sent():
    async with ImageServer() as server:
        renderer = QwenServiceRenderer(urls=(server.url,))
        with pytest.raises(RenderError, match="draws only from references") as caught:
            await renderer.draw(WORDS, ())
        await renderer.close()

    assert caught.value.fault == "unfit"
    assert server.asked == []
    assert renderer.reference_limits == (1, 4)


@pytest.mark.parametrize(
    ("answer", "fault", "words"),
    [
        (Answer(body={"success": False, "error": "CUDA out of memory"}), "broken", "CUDA out of memory"),
        (Answer(body={"success": False, "message": "NSFW content detected"}), "refused", "Reword"),
        (Answer(body={"success": True}), "broken", "without a picture"),
        (Answer(body={"success": True, "image": 5}), "broken", "without a picture"),
        (Answer(body="[1]"), "broken", "object"),
        (Answer(body={"success": True, "image": "@@@"}), "broken", "base64"),
        (plain_png("red", (64, 64)), "broken", "64x64 pixels where 1024x1024"),
        (Answer(status=422, body={"detail": [{"loc": ["body", "seed"]}]}), "bad_request", "422"),
    ],
)
async def test_each_fault_is_told_apart(answer, fault, words):
    async with ImageServer(answer) as server:
        renderer = QwenServiceRenderer(urls=(server.url,))
        with pytest.raises(RenderError) as caught:
            await renderer.draw(ONE, BIRD)
        await renderer.close()

    assert caught.value.fault == fault
    assert words in str(caught.value)
    assert len(server.asked) == 1


async def test_a_picture_under_its_other_name_with_a_heading_is_read():
    picture = "data:image/png;base64," + base64.b64encode(plain_png("red", (1024, 1024))).decode()
    async with ImageServer(Answer(body={"image_base64": picture})) as server:
        renderer = QwenServiceRenderer(urls=(server.url,))
        drawing = await renderer.draw(ONE, BIRD)
        await renderer.close()

    assert opened(drawing.data).getpixel((0, 0)) == (255, 0, 0)


async def test_several_servers_share_the_drawings():
    async with ImageServer(seconds=0.05) as a, ImageServer(seconds=0.05) as b, ImageServer(seconds=0.05) as c:
        renderer = QwenServiceRenderer(urls=(a.url, b.url, c.url))
        await asyncio.gather(*(renderer.draw(ONE, BIRD) for _ in range(12)))
        await renderer.close()

    assert [len(server.asked) for server in (a, b, c)] == [4, 4, 4]


async def test_a_server_that_fails_is_left_out_and_its_drawings_are_made_elsewhere():
    down = Answer(status=503)
    async with ImageServer(each=lambda _: down) as broken, ImageServer() as works:
        renderer = QwenServiceRenderer(urls=(broken.url, works.url))
        for _ in range(5):
            await renderer.draw(ONE, BIRD)
        await renderer.close()

    assert (len(broken.asked), len(works.asked)) == (1, 5)


async def test_a_server_that_rested_is_asked_again():
    heard = []

    async def call(url: str, tries: int | None) -> str:
        heard.append(url)
        if heard == ["http://a"]:
            raise ServiceError("down", fault="busy")
        return url

    rota = Rota(("http://a", "http://b"), rest_seconds=0.2)
    await rota.ask(call)
    await rota.ask(call)
    await asyncio.sleep(0.3)
    assert await rota.ask(call) == "http://a"
    assert heard == ["http://a", "http://b", "http://b", "http://a"]


async def test_where_all_are_down_each_is_named_by_the_last_and_the_busy_one_is_waited_for():
    async with ImageServer() as gone:
        nowhere = gone.url
    async with ImageServer(Answer(status=503), Answer(status=503)) as busy:
        renderer = QwenServiceRenderer(urls=(busy.url, nowhere))
        drawing = await renderer.draw(ONE, BIRD)
        await renderer.close()

    assert len(busy.asked) == 3
    assert opened(drawing.data).size == (1024, 1024)


async def test_a_drawing_that_may_have_been_made_is_not_made_at_the_next_server():
    async with ImageServer(Answer(hang_up=True)) as first, ImageServer() as second:
        renderer = QwenServiceRenderer(urls=(first.url, second.url))
        with pytest.raises(RenderError, match="broke off"):
            await renderer.draw(ONE, BIRD)
        await renderer.close()

    assert (len(first.asked), len(second.asked)) == (1, 0)


def test_its_settings_are_the_published_ones_unless_told_otherwise():
    plain = open_renderer("qwen-service", urls=("http://a:8001",))
    fewer = open_renderer("qwen-service", urls=("http://a:8001",), settings={"num_inference_steps": 8})
    assert plain.info.settings["num_inference_steps"] == 40
    assert fewer.info.settings == {**plain.info.settings, "num_inference_steps": 8}
    with pytest.raises(UsageError, match="--renderer-url"):
        open_renderer("qwen-service")
    with pytest.raises(UsageError, match="image_urls"):
        open_renderer("qwen-service", urls=("http://a:8001",), settings={"image_urls": []})
