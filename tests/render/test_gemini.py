"""Gemini through google-genai, against a server on loopback that speaks its REST shape."""

import base64
import time

import pytest

pytest.importorskip("google.genai", reason="google-genai is not installed; pip install 'genevolve[gemini]' runs these")

from genevolve.errors import RenderError, UsageError
from genevolve.records import Size
from genevolve.render import open_renderer
from genevolve.render.gemini import nearest_aspect
from genevolve.testing.image_server import Answer, ImageServer, plain_png
from support.pictures import make_png
from support.programs import WORDS, jpeg, opened, program_with

MODEL = "gemini-3-pro-image"


@pytest.fixture(autouse=True)
def key(monkeypatch):
    """A key, as the environment has it."""
    monkeypatch.setenv("GEMINI_API_KEY", "other-key")
    monkeypatch.setenv("GOOGLE_API_KEY", "secret-key")


def renderer_at(server: ImageServer, **more):
    return open_renderer("gemini", model=MODEL, urls=(server.url,), **more)


def inline(colour: str, **more) -> dict:
    data = base64.b64encode(plain_png(colour, (64, 64))).decode()
    return {"inlineData": {"mimeType": "image/png", "data": data}, **more}


def candidate(*parts: dict, finish: str = "STOP") -> Answer:
    return Answer(body={"candidates": [{"content": {"role": "model", "parts": list(parts)}, "finishReason": finish}]})


def error(status: int, name: str, message: str, **more) -> Answer:
    return Answer(status=status, body={"error": {"code": status, "message": message, "status": name, **more}})


async def failure_of(*script, seconds=600.0) -> tuple[RenderError, ImageServer]:
    async with ImageServer(*script) as server:
        renderer = renderer_at(server, seconds=seconds)
        try:
            with pytest.raises(RenderError) as caught:
                await renderer.draw(WORDS, ())
        finally:
            await renderer.close()
    assert "secret-key" not in str(caught.value)
    return caught.value, server


async def test_prompt_and_references_are_parts_of_one_turn_and_the_inline_picture_comes_back():
    async with ImageServer() as server:
        renderer = renderer_at(server, seed=9, settings={"image_size": "2K", "temperature": 0.5})
        drawing = await renderer.draw(program_with(2), (jpeg((90, 160)), make_png((0, 0, 255))))
        await renderer.close()

    [asked] = server.asked
    [turn] = asked.fields["contents"]
    words, first, second = turn["parts"]
    config = asked.fields["generationConfig"]
    assert asked.path.endswith(f"/models/{MODEL}:generateContent")
    assert asked.headers["x-goog-api-key"] == "secret-key"
    assert words["text"] == "The bird of the first reference image."
    # The service reads both spellings, and the library's choice is its own.
    assert "image/jpeg" in (first["inlineData"].get("mimeType"), first["inlineData"].get("mime_type"))
    assert opened(base64.urlsafe_b64decode(second["inlineData"]["data"])).getpixel((0, 0)) == (0, 0, 255)
    assert config["seed"] == 9
    assert config["temperature"] == 0.5
    assert config["responseModalities"] == ["IMAGE"]
    # 90x160 is 9:16.
    assert config["imageConfig"] == {"aspectRatio": "9:16", "imageSize": "2K"}
    assert opened(drawing.data).size == (1024, 1024)


async def test_a_picture_of_its_thinking_is_not_taken_for_the_answer():
    async with ImageServer(candidate(inline("red", thought=True), {"text": "so"}, inline("blue"))) as server:
        renderer = renderer_at(server)
        drawing = await renderer.draw(WORDS, ())
        await renderer.close()

    assert opened(drawing.data).getpixel((0, 0)) == (0, 0, 255)


@pytest.mark.parametrize(
    ("answer", "fault", "words"),
    [
        (Answer(body={"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}), "refused", "PROHIBITED_CONTENT"),
        (candidate(finish="IMAGE_SAFETY"), "refused", "IMAGE_SAFETY"),
        (candidate({"text": "I cannot draw that."}, finish="SAFETY"), "refused", "I cannot draw that."),
        (candidate({"text": "What colour?"}), "broken", "'What colour?'"),
        (candidate(finish="NO_IMAGE"), "broken", "NO_IMAGE"),
        (Answer(body={"candidates": []}), "broken", "without a picture"),
        (candidate({"inlineData": {"mimeType": "image/png", "data": "aGVsbG8="}}), "broken", "no picture"),
        (error(400, "INVALID_ARGUMENT", "bad seed"), "bad_request", "bad seed"),
        (
            error(400, "INVALID_ARGUMENT", "API key not valid: secret-key.", details=[{"reason": "API_KEY_INVALID"}]),
            "key_refused",
            "GOOGLE_API_KEY",
        ),
        (error(403, "PERMISSION_DENIED", "no"), "key_refused", "403"),
        (error(404, "NOT_FOUND", "no such model"), "bad_request", "no such model"),
        (Answer(body="<html>"), "broken", "cannot be read"),
        (Answer(hang_up=True), "busy", "broke off"),
        (Answer(status=307, headers={"Location": "/elsewhere"}), "broken", "not followed"),
    ],
)
async def test_each_fault_is_told_apart_and_none_of_these_is_sent_twice(answer, fault, words):
    caught, server = await failure_of(answer)

    assert caught.fault == fault
    assert words in str(caught)
    assert len(server.asked) == 1


async def test_a_busy_service_is_asked_again_after_the_delay_that_it_names():
    delay = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1s"}
    busy = error(429, "RESOURCE_EXHAUSTED", "quota", details=[delay])
    began = time.monotonic()
    async with ImageServer(busy, error(503, "UNAVAILABLE", "overloaded")) as server:
        renderer = renderer_at(server)
        await renderer.draw(WORDS, ())
        await renderer.close()

    assert len(server.asked) == 3
    assert time.monotonic() - began >= 1.0


async def test_an_answer_that_does_not_come_in_time_is_not_asked_for_twice():
    caught, server = await failure_of(Answer(seconds=3), seconds=0.3)

    assert (caught.fault, len(server.asked)) == ("busy", 1)


async def test_a_service_that_is_not_there_is_unreachable():
    async with ImageServer() as server:
        renderer = renderer_at(server)
    with pytest.raises(RenderError) as caught:
        await renderer.draw(WORDS, ())
    await renderer.close()
    assert caught.value.fault == "unreachable"


def test_what_it_needs_is_said_when_it_is_opened(monkeypatch):
    with pytest.raises(UsageError, match="--renderer-model"):
        open_renderer("gemini")
    with pytest.raises(UsageError, match="no_such_field"):
        open_renderer("gemini", model=MODEL, settings={"no_such_field": 1})
    assert open_renderer("gemini", model=MODEL).reference_limits == (0, 14)
    monkeypatch.delenv("GOOGLE_API_KEY")
    monkeypatch.delenv("GEMINI_API_KEY")
    with pytest.raises(UsageError, match="GOOGLE_API_KEY"):
        open_renderer("gemini", model=MODEL)


@pytest.mark.parametrize(
    ("width", "height", "aspect"), [(1024, 1024, "1:1"), (1024, 768, "4:3"), (768, 1024, "3:4"), (1024, 352, "21:9")]
)
def test_the_aspect_is_the_nearest_that_the_models_draw(width, height, aspect):
    assert nearest_aspect(Size(width=width, height=height)) == aspect
