"""What a chat completion says, and what is none."""

import pytest

from genevolve.chat import read_completion
from genevolve.errors import ServiceError
from genevolve.records import TokenSpan, Usage

CALL = {"id": "c1", "type": "function", "function": {"name": "search", "arguments": "{}"}}


def answer(message: object, finish_reason: str = "stop", **fields: object) -> dict[str, object]:
    choice = {"index": 0, "message": message, "finish_reason": finish_reason, **fields.pop("choice", {})}
    return {"choices": [choice], **fields}


def read(message: object, finish_reason: str = "stop", **fields: object):
    return read_completion(answer(message, finish_reason, **fields), who="the server")


def test_words_calls_and_usage_are_read():
    reply = read({"content": "hi", "tool_calls": [CALL]}, usage={"prompt_tokens": 7, "completion_tokens": 2})

    assert (reply.text, reply.native_calls, reply.cut_off) == ("hi", (CALL,), False)
    assert reply.usage == Usage(prompt_tokens=7, completion_tokens=2)
    assert reply.tokens is None


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_thoughts_that_were_split_off_are_put_back_before_the_words(field):
    assert read({"content": "<answer>{}</answer>", field: "hm\n"}).text == "<think>hm\n</think><answer>{}</answer>"
    assert read({"content": None, field: "too long"}, "length").text == "<think>too long</think>"


def test_a_list_of_parts_is_their_text_and_a_refusal_is_what_was_said():
    assert read({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}).text == "ab"
    assert read({"content": None, "refusal": "I cannot do that."}).text == "I cannot do that."


def test_finish_reason_length_means_cut_off():
    assert read({"content": "hal"}, "length").cut_off


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"choices": []}, "no choice with a message"),
        ({}, "no choice with a message"),
        ([1], r"no choice with a message \(\[1\]\)"),
        ("hello", "no choice with a message"),
        ({"choices": [{"message": None}]}, "no choice with a message"),
        ({"error": {"message": "quota used up"}}, "quota used up"),
        (answer({"content": None}, "content_filter"), "without content or tool calls .finish_reason content_filter"),
        (answer({"content": 7, "role": "assistant"}), "without content or tool calls"),
        (answer({"content": "x", "tool_calls": [{"id": float("nan")}]}), "holds no JSON value"),
    ],
)
def test_an_answer_without_a_clear_reply_is_refused_in_words(said, words):
    with pytest.raises(ServiceError, match=f"the server answered with .*{words}") as caught:
        read_completion(said, who="the server")
    assert caught.value.fault == "broken"


def test_a_call_that_no_record_could_hold_is_refused_or_mended():
    deep: object = []
    for _ in range(40):
        deep = [deep]
    with pytest.raises(ServiceError, match="nested too deep"):
        read({"content": "", "tool_calls": [deep]})
    assert read({"content": "", "tool_calls": ["\ud800"]}).native_calls == ("\ufffd",)


def test_token_ids_are_kept_where_they_are_whole():
    logprobs = {"content": [{"token": "a", "logprob": -0.5}, {"token": "b", "logprob": 0}]}
    whole = {"choice": {"token_ids": [3, 4], "logprobs": logprobs}, "prompt_token_ids": [1, 2]}

    assert read({"content": "x"}, **whole).tokens == TokenSpan(context=(1, 2), reply=(3, 4), logprobs=(-0.5, 0.0))


@pytest.mark.parametrize(
    "fields",
    [
        {"choice": {"token_ids": [3]}, "prompt_token_ids": [1]},
        {"choice": {"token_ids": [3], "logprobs": {"content": [{"logprob": -1.0}, {"logprob": -1.0}]}}},
        {"choice": {"token_ids": [3, 4], "logprobs": {"content": [{"logprob": -1.0}]}}, "prompt_token_ids": [1]},
        {"choice": {"token_ids": [3], "logprobs": {"content": [{"logprob": float("nan")}]}}, "prompt_token_ids": [1]},
        {"choice": {"token_ids": ["3"], "logprobs": {"content": [{"logprob": -1.0}]}}, "prompt_token_ids": [1]},
    ],
)
def test_tokens_are_never_made_up_from_a_part(fields):
    assert read({"content": "x"}, **fields).tokens is None


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": 3}, {"prompt_tokens": -1, "completion_tokens": 2}, 5])
def test_usage_is_left_out_where_the_server_does_not_tell_it(usage):
    assert read({"content": "x"}, usage=usage).usage is None
