"""One server asked for replies, and what it does wrong."""

import asyncio
import time
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from genevolve.chat import ChatClient, Completion, Thumbnails, read_base_url
from genevolve.errors import ServiceError, UsageError
from genevolve.http.client import CallLimits
from genevolve.records import ImagePart, Message
from genevolve.store.images import ImageStore
from genevolve.testing.chat_server import ChatServer, Fault, PlainReply

WORDS = (Message.of("system", 'Be "brief".\n<|im_start|>'), Message.of("user", "Zoë 旗 \U0001f1e7"))


async def ask(client: ChatClient, messages: Sequence[Message] = WORDS) -> Completion:
    return await client.complete(messages, max_tokens=100, fields={"temperature": 0.5})


def client_of(server: ChatServer, **how: object) -> ChatClient:
    return ChatClient(server.url, **{"model": "GenEvolve", **how})


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "images")


def shows(store: ImageStore, *shades: int) -> Message:
    """A message with a picture of each shade."""
    parts: list[ImagePart] = []
    for number, shade in enumerate(shades, 1):
        out = BytesIO()
        Image.new("RGB", (32, 24), (shade, 0, 0)).save(out, "PNG")
        parts.append(ImagePart(digest=store.add(out.getvalue()), ref=f"IMG_{number:03d}"))
    return Message.of("user", "look", tuple(parts))


async def test_a_conversation_arrives_as_it_was_said():
    async with ChatServer(["first", "second"]) as server:
        client = client_of(server)
        assert (await ask(client)).text == "first"
        more = (*WORDS, Message.of("assistant", "first"), Message.of("user", "go on"))
        assert (await ask(client, more)).text == "second"
        await client.close()

    payload = server.heard[1]
    assert payload["model"] == "GenEvolve"
    assert (payload["max_tokens"], payload["temperature"]) == (100, 0.5)
    assert [(message["role"], message["content"]) for message in payload["messages"]] == [
        (message.role, message.text) for message in more
    ]
    assert "tools" not in payload


async def test_pictures_are_sent_as_jpeg_data_urls_behind_their_words(store):
    async with ChatServer(["seen"]) as server:
        client = client_of(server, pictures=Thumbnails(store))
        await ask(client, [shows(store, 10, 200)])
        await client.close()

    text, *pictures = server.heard[0]["messages"][0]["content"]
    assert text == {"type": "text", "text": "look"}
    assert len(pictures) == 2
    for picture in pictures:
        assert picture.keys() == {"type", "image_url"}
        assert picture["image_url"]["url"].startswith("data:image/jpeg;base64,/9j/")


async def test_with_reuse_a_picture_is_sent_once_and_then_by_its_id(store):
    async with ChatServer(["a", "b", "c"], knows_ids=True) as server:
        client = client_of(server, pictures=Thumbnails(store), reuse_images=True)
        heard = [shows(store, 10)]
        for _ in range(2):
            said = await ask(client, heard)
            heard += [Message.of("assistant", said.text), shows(store, 10, 200)]
        await client.close()

    [first] = parts_of(server.heard[0])
    again, *second = parts_of(server.heard[1])
    assert first["image_url"]["url"].startswith("data:")
    assert again == {"type": "image_url", "image_url": None, "uuid": first["uuid"]}
    assert [part["image_url"] is None for part in second] == [True, False]


async def test_a_cache_that_forgot_gets_the_bytes_again_and_ids_stay_in_use(store):
    async with ChatServer(["a"], knows_ids=True) as server:
        client = client_of(server, pictures=Thumbnails(store), reuse_images=True)
        await ask(client, [shows(store, 10)])
        server.forget_pictures()
        assert (await ask(client, [shows(store, 10)])).text == "a"
        await ask(client, [shows(store, 10)])
        await client.close()

    sent = [parts_of(payload)[0]["image_url"] is not None for payload in server.heard]
    assert sent == [True, False, True, False]


async def test_a_server_that_knows_no_ids_gets_plain_pictures_from_then_on(store):
    async with ChatServer(["a"], knows_ids=False) as server:
        client = client_of(server, pictures=Thumbnails(store), reuse_images=True)
        for _ in range(3):
            await ask(client, [shows(store, 10)])
        await client.close()

    assert [parts_of(payload)[0].get("uuid") is None for payload in server.heard] == [False, False, True, True]


async def test_a_server_that_refuses_ids_beside_pictures_gets_pictures_alone(store):
    async with ChatServer(["a"]) as server:
        server.refuse_with(lambda payload: "Extra inputs: uuid" if "uuid" in parts_of(payload)[0] else "")
        client = client_of(server, pictures=Thumbnails(store), reuse_images=True)
        for _ in range(2):
            assert (await ask(client, [shows(store, 10)])).text == "a"
        await client.close()

    assert ["uuid" in parts_of(payload)[0] for payload in server.heard] == [True, False, False]


def parts_of(payload: dict) -> list[dict]:
    return [
        part
        for message in payload["messages"]
        if isinstance(message["content"], list)
        for part in message["content"]
        if part["type"] == "image_url"
    ]


async def test_a_model_without_sight_is_recognised_and_named_with_what_to_do(store):
    async with ChatServer(["x"], models=["words-only"], sees_pictures=False) as server:
        client = client_of(server, model="words-only", pictures=Thumbnails(store))
        with pytest.raises(ServiceError, match=r"'words-only' there cannot take pictures: use --text-only") as caught:
            await ask(client, [shows(store, 10)])
        assert (await ask(client)).text == "x"
        await client.close()
    assert caught.value.fault == "bad_request"
    assert server.url in str(caught.value)


async def test_a_server_that_takes_fewer_pictures_is_told_how_to_start(store):
    async with ChatServer(["x"], max_pictures=1) as server:
        client = client_of(server, pictures=Thumbnails(store))
        with pytest.raises(ServiceError, match=r"at most 1 pictures a conversation: start it with --limit-mm-per"):
            await ask(client, [shows(store, 10, 20)])
        await client.close()


@pytest.mark.parametrize(
    ("fault", "words", "kind"),
    [
        ("break_off", "broke off", "busy"),
        ("html", "something that is no JSON: '<html><body><h1>Welcome", "broken"),
        ("half_json", "something that is no JSON", "broken"),
        ("no_choices", "no choice with a message", "broken"),
        ("no_content", "a message without content or tool calls", "broken"),
        ("redirect", "answered 302", "broken"),
        ("key_refused", r"Incorrect API key provided\. Set OPENAI_API_KEY", "key_refused"),
    ],
)
async def test_a_fault_that_stays_is_an_error_in_words_and_is_not_asked_twice(fault: Fault, words: str, kind: str):
    async with ChatServer(["x"], faults=[fault] * 5) as server:
        client = client_of(server, key="sk-secret")
        with pytest.raises(ServiceError, match=words) as caught:
            await ask(client)
        await client.close()
    assert caught.value.fault == kind
    assert len(server.heard) == 1


@pytest.mark.parametrize("fault", ["busy", "busy_silent", "error"])
async def test_a_fault_that_may_pass_is_asked_again(fault: Fault):
    async with ChatServer(["x"], faults=[fault]) as server:
        client = client_of(server, key="sk-secret")
        assert (await ask(client)).text == "x"
        await client.close()
    assert len(server.heard) == 2


@pytest.mark.parametrize("fault", ["hang", "drip"])
async def test_a_server_that_hangs_or_drips_is_given_up_in_time(fault: Fault):
    async with ChatServer(["x"], faults=[fault]) as server:
        client = client_of(server, key="sk-secret", limits=CallLimits(seconds=0.3))
        started = time.monotonic()
        with pytest.raises(ServiceError, match=r"did not answer within 0\.3 seconds"):
            await ask(client)
        assert time.monotonic() - started < 2
        await client.close()


async def test_a_call_without_a_key_costs_nothing_and_is_made_again_after_a_lost_answer():
    async with ChatServer(["x"], faults=["break_off"]) as server:
        client = client_of(server, key="EMPTY")
        assert (await ask(client)).text == "x"
        await client.close()


async def test_a_server_that_is_not_there_is_named():
    async with ChatServer(["x"]) as server:
        url = server.url
    client = ChatClient(url, model="m", limits=CallLimits(tries=1))
    with pytest.raises(ServiceError, match=rf"{url}.* cannot be reached .*Is it running") as caught:
        await ask(client)
    await client.close()
    assert caught.value.fault == "unreachable"


async def test_a_model_that_is_not_served_is_named():
    async with ChatServer(["x"]) as server:
        client = client_of(server, model="GenEvolv")
        with pytest.raises(ServiceError, match="The model `GenEvolv` does not exist"):
            await ask(client)
        await client.close()


async def test_a_server_that_wants_the_limit_under_its_newer_name_gets_it():
    def strict(payload: dict) -> str:
        return "ok" if "max_completion_tokens" in payload else "old"

    async with ChatServer([strict]) as server:
        server_says = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
        server.refuse_with(lambda payload: server_says if "max_tokens" in payload else "")
        client = client_of(server)
        assert [(await ask(client)).text for _ in range(2)] == ["ok", "ok"]
        await client.close()
    assert ["max_tokens" in payload for payload in server.heard] == [True, False, False]


async def test_no_error_repeats_the_key():
    async with ChatServer(["x"], key="sk-right") as server:
        server.refuse_with(lambda payload: "you sent sk-right")
        client = client_of(server, key="sk-right")
        with pytest.raises(ServiceError, match="you sent …"):
            await ask(client)
        await client.close()


def test_a_client_works_in_one_event_loop_after_another():
    async def once(client: ChatClient, server: ChatServer) -> str:
        async with server:
            client.base_url = server.url
            said = await ask(client)
            await client.close()
            return said.text

    client = ChatClient("http://localhost:1/v1", model="GenEvolve")
    assert [asyncio.run(once(client, ChatServer([text]))) for text in ("one", "two")] == ["one", "two"]


async def test_conversations_of_megabytes_are_sent_whole(store):
    long = Message.of("user", "x" * 3_000_000)
    async with ChatServer([lambda payload: str(len(payload["messages"][0]["content"]))]) as server:
        client = client_of(server)
        assert (await ask(client, [long])).text == "3000000"
        await client.close()


async def test_what_was_cut_off_is_told():
    async with ChatServer([PlainReply(text="hal", cut_off=True)]) as server:
        client = client_of(server)
        assert (await ask(client)).cut_off
        await client.close()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("http://localhost:8000/v1", "http://localhost:8000/v1"),
        (" http://localhost:8000/v1/ ", "http://localhost:8000/v1"),
        ("http://localhost:8000", "http://localhost:8000/v1"),
        ("https://api.example.org/openai/chat/completions", "https://api.example.org/openai"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
    ],
)
def test_an_address_is_read_as_the_base_that_it_means(written, read):
    assert read_base_url(written) == read


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("localhost:8000/v1", "expected one such as http"),
        ("", "expected one such as http"),
        ("ftp://x/v1", "expected one such as http"),
        ("http://x/v1?key=1", "expected one such as http"),
        ("http://user:pw@x/v1", "carries a user name or password"),
    ],
)
def test_an_address_that_is_none_is_refused_in_words(written, words):
    with pytest.raises(UsageError, match=words) as caught:
        read_base_url(written)
    assert "pw" not in str(caught.value)
