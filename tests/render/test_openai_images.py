"""The images API, against a server on loopback."""

import asyncio
import base64
import json
import socket
import struct
import time
import zlib

import pytest

from genevolve.errors import RenderError, UsageError
from genevolve.records import Size
from genevolve.render import open_renderer
from genevolve.render.openai_images import OpenAIImagesRenderer
from genevolve.testing.image_server import Answer, ImageServer, plain_png
from support.pictures import make_png
from support.programs import WORDS, jpeg, opened, program_with


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def huge_png() -> bytes:
    """A few bytes that say they are 30,000 x 30,000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    heading = chunk(b"IHDR", struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + heading + chunk(b"IDAT", zlib.compress(b"0")) + chunk(b"IEND", b"")


def renderer_at(server: ImageServer, **more) -> OpenAIImagesRenderer:
    return OpenAIImagesRenderer(urls=(server.base_url,), **more)


async def failure_of(*script, size=None, settings=None, seconds=600.0) -> tuple[RenderError, ImageServer]:
    async with ImageServer(*script) as server:
        renderer = renderer_at(server, size=size, settings=settings, seconds=seconds)
        try:
            with pytest.raises(RenderError) as caught:
                await renderer.draw(WORDS, ())
        finally:
            await renderer.close()
    return caught.value, server


async def test_without_references_a_picture_is_generated_from_the_words():
    async with ImageServer() as server:
        renderer = renderer_at(server, model="Qwen-Image", seed=7, settings={"num_inference_steps": 30})
        drawing = await renderer.draw(WORDS, ())
        await renderer.close()

    [asked] = server.asked
    assert asked.path == "/v1/images/generations"
    assert asked.fields == {
        "model": "Qwen-Image",
        "prompt": "A red bird on a white wall.",
        "size": "1024x1024",
        "seed": 7,
        "num_inference_steps": 30,
    }
    assert opened(drawing.data).size == (1024, 1024)


async def test_references_go_to_edits_in_the_programs_order_as_image_parts():
    async with ImageServer() as server:
        renderer = renderer_at(server, settings={"true_cfg_scale": 4.0, "negative_prompt": " "})
        await renderer.draw(program_with(2), (make_png((0, 255, 0), (32, 16)), jpeg((64, 64))))
        await renderer.close()

    [asked] = server.asked
    assert asked.path == "/v1/images/edits"
    assert [(name, kind) for name, kind, _ in asked.files] == [("image[]", "image/png"), ("image[]", "image/jpeg")]
    assert opened(asked.files[0][2]).getpixel((0, 0)) == (0, 255, 0)
    assert asked.fields["true_cfg_scale"] == "4.0"
    assert asked.fields["negative_prompt"] == " "
    # No engine takes a side of 16: enlarged to 64.
    assert opened(asked.files[0][2]).size == (128, 64)
    # 32x16: long side 1024, 1024 * 16 / 32 = 512.
    assert asked.fields["size"] == "1024x512"


async def test_a_turned_reference_is_sent_upright_and_the_size_follows_how_it_is_seen():
    async with ImageServer() as server:
        renderer = renderer_at(server)
        await renderer.draw(program_with(1), (jpeg((128, 64), turned=True),))
        await renderer.close()

    [asked] = server.asked
    sent = opened(asked.files[0][2])
    # Orientation 6 shows 128x64 as 64x128 with the stored left side on top.
    assert sent.size == (64, 128)
    assert sent.getpixel((32, 10))[0] > 200 > 60 > sent.getpixel((32, 120))[0]
    assert not sent.getexif().get(0x0112)
    assert asked.fields["size"] == "512x1024"


async def test_an_ordinary_reference_is_sent_as_its_file_is_and_no_tag_of_its_maker_goes_along():
    plain, tagged, large = jpeg((100, 80)), jpeg((100, 80), turned=True), jpeg((4000, 2000))
    async with ImageServer() as server:
        renderer = renderer_at(server)
        await renderer.draw(program_with(3), (plain, tagged, large))
        await renderer.close()

    sent = [data for _, _, data in server.asked[0].files]
    assert sent[0] == plain
    assert b"Exif" in tagged
    assert b"Exif" not in sent[1]
    # The long side 1536, and 1536 * 2000 / 4000.
    assert opened(sent[2]).size == (1536, 768)


async def test_a_setting_that_is_empty_leaves_its_field_out_and_size_auto_takes_what_the_server_draws():
    async with ImageServer(plain_png("red", (300, 200))) as server:
        renderer = renderer_at(server, settings={"seed": "", "size": "auto"})
        drawing = await renderer.draw(WORDS, ())
        await renderer.close()

    assert server.asked[0].fields == {"prompt": WORDS.prompt, "size": "auto"}
    assert opened(drawing.data).size == (300, 200)


async def test_the_key_goes_into_the_header_and_into_nothing_else(monkeypatch):
    monkeypatch.setenv("GENEVOLVE_RENDERER_KEY", "sk-very-secret")
    echo = Answer(status=401, body={"error": {"message": "wrong key sk-very-secret", "code": "invalid_api_key"}})
    async with ImageServer(echo) as server:
        renderer = renderer_at(server)
        with pytest.raises(RenderError) as caught:
            await renderer.draw(WORDS, ())
        await renderer.close()

    assert server.asked[0].headers["Authorization"] == "Bearer sk-very-secret"
    assert caught.value.fault == "key_refused"
    assert "GENEVOLVE_RENDERER_KEY" in str(caught.value)
    assert "sk-very-secret" not in str(caught.value) + renderer.info.model_dump_json()


@pytest.mark.parametrize(
    ("answer", "fault", "words"),
    [
        (
            Answer(status=400, body={"error": {"message": "rejected", "code": "moderation_blocked"}}),
            "refused",
            "Reword",
        ),
        (Answer(status=400, body={"error": {"message": "Rejected by our safety system."}}), "refused", "safety system"),
        (Answer(status=400, body={"detail": "Invalid size format: '1024x'"}), "bad_request", "Invalid size"),
        (Answer(status=404, body={"detail": "Not Found"}), "bad_request", "/v1"),
        (Answer(status=307, headers={"Location": "http://169.254.169.254/"}), "broken", "307"),
        (Answer(body="<html>login</html>"), "broken", "no JSON"),
        (Answer(body='{"data": [{"b64_js'), "broken", "no JSON"),
        (Answer(body={"data": []}), "broken", "without a picture"),
        (Answer(body={"data": [{"b64_json": None, "url": None}]}), "broken", "without a picture"),
        (Answer(body={"data": [{"b64_json": "no base64 at all!"}]}), "broken", "base64"),
        (Answer(body={"data": [{"b64_json": base64.b64encode(b"<html>").decode()}]}), "broken", "no format"),
        (jpeg((1024, 1024))[:9000], "broken", "no picture"),
        (plain_png("red", (1024, 1024))[:500], "broken", "no picture"),
        (huge_png(), "broken", "no picture"),
        (plain_png("red", (512, 512)), "broken", "512x512 pixels where 1024x1024"),
        (Answer(hang_up=True), "busy", "broke off"),
    ],
)
async def test_each_fault_is_told_apart_and_none_of_these_is_sent_twice(answer, fault, words):
    error, server = await failure_of(answer)

    assert error.fault == fault
    assert words in str(error)
    assert len(server.asked) == 1


async def test_a_server_that_is_busy_is_asked_again_after_the_wait_it_names():
    began = time.monotonic()
    async with ImageServer(Answer(status=429, headers={"Retry-After": "1"}), Answer(status=503)) as server:
        renderer = renderer_at(server)
        drawing = await renderer.draw(WORDS, ())
        await renderer.close()

    assert opened(drawing.data).size == (1024, 1024)
    assert len(server.asked) == 3
    assert time.monotonic() - began >= 1.0


async def test_a_server_that_asks_for_too_long_a_wait_is_given_up_as_busy():
    error, server = await failure_of(Answer(status=429, headers={"Retry-After": "3600"}))

    assert (error.fault, len(server.asked)) == ("busy", 1)
    assert "--retry-failed" in str(error)


async def test_a_drawing_whose_answer_did_not_come_in_time_is_not_made_twice():
    error, server = await failure_of(Answer(seconds=3), seconds=0.3)

    assert (error.fault, len(server.asked)) == ("busy", 1)
    assert "0.3 seconds" in str(error)


async def test_a_server_that_is_not_there_is_unreachable():
    async with ImageServer() as server:
        gone = server.base_url
    renderer = OpenAIImagesRenderer(urls=(gone,))
    with pytest.raises(RenderError, match="serve-renderer") as caught:
        await renderer.draw(WORDS, ())
    await renderer.close()
    assert caught.value.fault == "unreachable"


async def test_a_picture_behind_an_address_of_the_same_server_is_fetched():
    async with ImageServer(Answer(body={"data": [{"url": "/pictures/green"}]})) as server:
        renderer = renderer_at(server)
        drawing = await renderer.draw(WORDS, ())
        await renderer.close()

    assert opened(drawing.data).getpixel((0, 0)) == (0, 128, 0)


async def test_a_picture_behind_a_private_address_of_another_server_is_refused():
    error, _ = await failure_of(Answer(body={"data": [{"url": "http://169.254.169.254/latest"}]}))

    assert error.fault == "broken"
    assert "link-local" in str(error)


async def test_references_past_what_engines_take_stop_the_program_before_anything_is_sent():
    async with ImageServer() as server:
        renderer = renderer_at(server)
        with pytest.raises(RenderError, match="at most 4; nothing was sent") as caught:
            await renderer.draw(program_with(5), (make_png((0, 0, 0)),) * 5)
        await renderer.close()

    assert caught.value.fault == "unfit"
    assert server.asked == []


async def test_a_damaged_reference_stops_the_program_and_shifts_no_ordinal():
    async with ImageServer() as server:
        renderer = renderer_at(server)
        with pytest.raises(RenderError, match="reference 1 of the program") as caught:
            await renderer.draw(program_with(2), (b"<html>", make_png((0, 0, 0))))
        with pytest.raises(RenderError, match="names 2 references and 1 pictures"):
            await renderer.draw(program_with(2), (make_png((0, 0, 0)),))
        await renderer.close()

    assert caught.value.fault == "unfit"
    assert server.asked == []


def test_it_can_be_used_from_one_event_loop_after_another():
    async def serve_and_draw(renderer: OpenAIImagesRenderer | None) -> OpenAIImagesRenderer:
        async with ImageServer(port=port) as server:
            renderer = renderer or renderer_at(server)
            await renderer.draw(WORDS, ())
            await renderer.close()
        return renderer

    port = free_port()
    first = asyncio.run(serve_and_draw(None))
    assert asyncio.run(serve_and_draw(first)) is first


def test_without_an_address_or_with_a_field_of_ours_it_says_what_to_give(monkeypatch):
    monkeypatch.delenv("GENEVOLVE_RENDERER_URL", raising=False)
    with pytest.raises(UsageError, match="GENEVOLVE_RENDERER_URL"):
        open_renderer("openai")
    with pytest.raises(UsageError, match="no address"):
        open_renderer("openai", urls=("localhost:8001",))
    with pytest.raises(UsageError, match="'prompt'"):
        open_renderer("openai", urls=("http://localhost:8001/v1",), settings={"prompt": "x"})
    with pytest.raises(UsageError, match="qwen-service"):
        open_renderer("nonsense")


def test_where_it_runs_is_no_part_of_how_it_draws(monkeypatch):
    monkeypatch.setenv("GENEVOLVE_RENDERER_URL", "http://a:1/v1")
    here = open_renderer("openai", model="m", seed=3, size=Size(width=64, height=64))
    there = open_renderer("openai", model="m", seed=3, size=Size(width=64, height=64), urls=("http://b:2/v1",))
    assert here.info == there.info
    assert here.info != open_renderer("openai", model="m", seed=4, size=Size(width=64, height=64)).info
    assert json.loads(here.info.model_dump_json())["name"] == "openai"
