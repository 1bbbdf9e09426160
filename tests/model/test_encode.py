"""Conversations as token ids and features of pictures."""

import pytest

torch = pytest.importorskip("torch", reason='pip install "genevolve[train]" runs it')
pytest.importorskip("trl", reason='pip install "genevolve[train]" runs it')

from genevolve.errors import EncodingError, ImageError  # noqa: E402
from genevolve.model.encode import ChatEncoder  # noqa: E402
from genevolve.model.processor import Processor  # noqa: E402
from genevolve.records import Message, TextPart  # noqa: E402
from support.tiny_models import noise_png, shown, tiny  # noqa: E402


@pytest.fixture(scope="module")
def processor() -> Processor:
    return tiny().processor


def encoder(processor: Processor, size: tuple[int, int] = (300, 200)) -> ChatEncoder:
    return ChatEncoder(processor, lambda digest: noise_png(int(digest), size))


def test_a_conversation_is_written_as_the_template_says(processor):
    messages = [
        Message.of("system", "Look."),
        Message(role="user", parts=(TextPart(text="a"), TextPart(text="b"))),
        Message.of("assistant", "<think>x</think>"),
        shown("c", "1"),
    ]

    # A message of words alone is one text, its parts joined by a newline, as a served model is sent it.
    assert encoder(processor).written(messages, asked=True) == (
        "<|im_start|>system\nLook.<|im_end|>\n<|im_start|>user\na\nb<|im_end|>\n"
        "<|im_start|>assistant\n<think>x</think><|im_end|>\n"
        "<|im_start|>user\nc<|vision_start|><|image_pad|><|vision_end|><|im_end|>\n<|im_start|>assistant\n"
    )


@pytest.mark.parametrize(
    ("size", "tokens"),
    [
        ((300, 200), 54),  # to multiples of 32: 288 x 192, 9 x 6
        ((1600, 400), 150),  # a thumbnail of 800 x 200, then 800 x 192: 25 x 6
        ((24, 16), 6),  # enlarged to at least 64 x 64 pixels: 79 x 53 to 96 x 64, 3 x 2
    ],
)
def test_a_picture_becomes_as_many_tokens_as_it_has_features(processor, size, tokens):
    prompt = encoder(processor, size).encode([shown("see", "1")])

    assert prompt.ids.count(processor.image_id) == tokens == prompt.images[0].tokens
    assert prompt.images[0].pixels.shape[0] == 4 * tokens  # two by two patches a token


def test_pictures_stand_in_the_order_of_the_messages(processor):
    sizes = {"1": (300, 200), "2": (96, 64)}
    chat = ChatEncoder(processor, lambda digest: noise_png(int(digest), sizes[digest]))

    prompt = chat.encode([shown("a", "2", "1"), shown("b", "2")])

    assert [(image.digest, image.tokens) for image in prompt.images] == [("2", 6), ("1", 54), ("2", 6)]


def test_a_typed_image_token_is_told(processor):
    with pytest.raises(EncodingError, match="2 image tokens and come with 1 pictures"):
        encoder(processor).encode([shown("what does <|image_pad|> mean?", "1")])


def test_what_is_no_picture_is_told(processor):
    with pytest.raises(ImageError):
        ChatEncoder(processor, lambda digest: b"<html>").encode([shown("see", "1")])


def test_a_model_without_eyes_is_not_shown_pictures(processor):
    blind = Processor(tokenizer=processor.tokenizer, image_processor=None, folder=processor.folder)

    assert encoder(blind).encode([Message.of("user", "words")]).images == ()
    with pytest.raises(EncodingError, match="reads words only"):
        encoder(blind).encode([shown("see", "1")])


def test_calls_of_the_native_dialect_are_written_with_their_arguments_as_an_object(processor):
    call = {"type": "function", "function": {"name": "search", "arguments": '{"queries":["a"]}'}}
    said = Message(role="assistant", parts=(TextPart(text="I look."),), native_calls=(call,))
    tool = '{"type": "function", "function": {"name": "search"}}'

    written = encoder(processor).written([Message.of("user", "x"), said], tools=[tool], asked=False)

    assert '<tool_call>\n{"name": "search", "arguments": {"queries": ["a"]}}\n</tool_call><|im_end|>' in written
    assert f"<tools>\n{tool}\n</tools>" in written


def test_a_picture_is_cut_once_and_kept(processor):
    asked: list[str] = []

    def load(digest: str) -> bytes:
        asked.append(digest)
        return noise_png(int(digest))

    chat = ChatEncoder(processor, load)
    chat.encode([shown("a", "1", "2")])
    chat.encode([shown("b", "2", "1")])
    assert asked == ["1", "2"]
