"""What a reply is read as."""

import time

import pytest

from genevolve.records import Answer, AnsweredReference, Malformed, ToolCall
from genevolve.rollout import read_reply

CALL = '<tool_call>{"name": "search", "arguments": {"queries": ["a"], "top_k": 5}}</tool_call>'
OTHER_CALL = CALL.replace('"a"', '"b"')
SEARCH = ToolCall(name="search", arguments={"queries": ["a"], "top_k": 5})
ANSWER = (
    '<answer>{"gen_prompt": "The first reference image.", '
    '"reference_images": [{"img_id": "IMG_001", "note": "all"}]}</answer>'
)
PROGRAM = Answer(prompt="The first reference image.", references=(AnsweredReference(img_id="IMG_001", note="all"),))


def problem(reply: str) -> str:
    action = read_reply(reply).action
    assert isinstance(action, Malformed), action
    return action.problem


@pytest.mark.parametrize(
    ("reply", "action"),
    [
        (CALL, SEARCH),
        (ANSWER, PROGRAM),
        (f"<think>why</think>\n{CALL}", SEARCH),
        (f"<think>I could <answer>{{}}</answer> or {CALL} now</think>\n{ANSWER}\n", PROGRAM),
        (f"<think>a</think> so <think>b {CALL}</think>{ANSWER}", PROGRAM),
    ],
)
def test_a_reply_as_agreed_is_read_without_any_repair(reply, action):
    reading = read_reply(reply)

    assert reading.action == action
    assert reading.repairs == ()


@pytest.mark.parametrize(
    ("reply", "note"),
    [
        (
            '<tool_call>```json\n{"name": "search", "arguments": {"queries": ["a"], "top_k": 5}}\n```</tool_call>',
            "fence",
        ),
        ('<tool_call>{"name": "search", "arguments": {"queries": ["a",], "top_k": 5,},}</tool_call>', "trailing comma"),
        (CALL.removesuffix("</tool_call>"), "missing </tool_call>"),
        (CALL.replace("</tool_call>", "</answer>"), "missing </tool_call>"),
        (CALL.replace("</tool_call>", "<tool_call>"), "missing </tool_call>"),
        (CALL.replace("}}<", "}<"), "closing brackets were missing"),
        (CALL.replace("}}<", "}}}<"), "too many"),
        (CALL.replace('"arguments"', '"parameters"'), '"parameters" was read as "arguments"'),
        (CALL.replace('"', "'"), "single quotation marks"),
        (CALL.replace('"a"', "“a”"), "typographic"),
        ("<tool_call>{name: 'search', arguments: {queries: ['a'], top_k: 5}}</tool_call>", "without quotation marks"),
        (
            '<tool_call>{"name": "search", "arguments": "{\\"queries\\": [\\"a\\"], \\"top_k\\": 5}"}</tool_call>',
            "JSON text",
        ),
        (
            '<tool_call>{"function": {"name": "search", "arguments": {"queries": ["a"], "top_k": 5}}}</tool_call>',
            "inside",
        ),
        ('<tool_call>{"name": "search", "queries": ["a"], "top_k": 5}</tool_call>', "beside the name"),
        ('<tool_call>[{"name": "search", "arguments": {"queries": ["a"], "top_k": 5}}]</tool_call>', "list of one"),
        ('<answer>{"name": "search", "arguments": {"queries": ["a"], "top_k": 5}}</answer>', "taken as a tool call"),
        (CALL + "\n" + CALL, "more than once"),
        ('I search:\n{"name": "search", "arguments": {"queries": ["a"], "top_k": 5}}', "without its tags"),
        (f"thinking, maybe {ANSWER} </think>{CALL}", "</think> without <think>"),
        (f"<think>thinking about it\n{CALL}", "missing </think>"),
        (f"A <tool_call> it is: {CALL}", "tags that hold nothing"),
        (CALL.replace("</tool_call>", " done</tool_call>"), "passed over"),
        (CALL.replace('"top_k": 5', '"top_k": 5, "top_k": 5'), "stood twice"),
        (CALL.replace('"top_k": 5', '"top_k": 05'), "number 05"),
        (CALL.replace("tool_call", "Tool_Call"), ""),
    ],
)
def test_a_reply_with_one_clear_reading_is_read_and_the_repair_is_noted(reply, note):
    reading = read_reply(reply)

    assert reading.action == SEARCH
    assert note in " | ".join(reading.repairs)


@pytest.mark.parametrize(
    "reference",
    [
        '{"img_id": "img_1", "note": "all"}',
        '{"img_id": "IMG_1", "note": "all"}',
        '{"image_id": 1, "note": "all"}',
        '{"id": "[IMG-001]", "description": "all"}',
        '{"ref": "1", "notes": "all"}',
    ],
)
def test_an_image_id_is_one_however_it_is_written(reference):
    reading = read_reply(f'<answer>{{"prompt": "The first reference image.", "references": [{reference}]}}</answer>')

    assert reading.action == PROGRAM
    assert reading.repairs


def test_references_may_be_bare_ids_a_single_one_or_none():
    one = Answer(prompt="p", references=(AnsweredReference(img_id="IMG_002"),))
    for listed in ('["IMG_002"]', '"IMG_2"', "2", '{"img_id": "IMG_002"}'):
        assert read_reply(f'<answer>{{"gen_prompt": "p", "reference_images": {listed}}}</answer>').action == one
    for absent in ('{"gen_prompt": "p"}', '{"gen_prompt": "p", "reference_images": null}'):
        assert read_reply(f"<answer>{absent}</answer>").action == Answer(prompt="p")


def test_a_prompt_may_hold_line_breaks_tags_and_halves_of_characters():
    reading = read_reply('<answer>{"gen_prompt": "a\nb\t</answer> <think> \\ud83d\\ude00 \\ud800"}</answer>')

    assert reading.action == Answer(prompt="a\nb\t</answer> <think> \U0001f600 \ufffd")
    assert "raw line breaks" in " | ".join(reading.repairs)
    assert read_reply('<answer>{"gen_prompt": "\ud800"}</answer>').action == Answer(prompt="\ufffd")


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("", "no action"),
        ("Here is a lovely picture of a dog.", "no action"),
        (f"<think>{CALL}</think>", "no action"),
        (f"{CALL}{ANSWER}", "2 different actions"),
        (f"{CALL}<tool_response>made up</tool_response>{OTHER_CALL}", "different actions"),
        ("<tool_call>search for a dog</tool_call>", "must hold one JSON object"),
        ('<tool_call>{"queries": ["a"]}</tool_call>', "which tool"),
        ('<tool_call>{"name": "search", "arguments": 5}</tool_call>', "not a JSON object"),
        ('<tool_call>{"name": "search", "arguments": {"top_k": NaN}}</tool_call>', "NaN is not a JSON value"),
        ('<tool_call>{"name": "search", "arguments": {"top_k": -Infinity}}</tool_call>', "not a number"),
        ('<tool_call>{"name": "search", "arguments": {"top_k": 1e999}}</tool_call>', "not a number"),
        ('<tool_call>{"name": "search", "arguments": {"top_k": ' + "9" * 5000 + "}}</tool_call>", "not a number"),
        ('<tool_call>{"name": "a", "name": "b", "arguments": {}}</tool_call>', "stands twice"),
        ('<tool_call>{"name": "search", "arguments": {"queries": ["a', "never closed"),
        ('<tool_call>{"name": "search", "arguments": {"queries": ["a"', "ends before its closing"),
        ("<tool_call>" + '{"a":' * 5000, "nested deeper"),
        ("<tool_call>" + "[" * 100_000, "nested deeper"),
        ('<answer>{"gen_prompt": "a sign "FASO" in red"}</answer>', 'written \\"'),
        ('<answer>{"gen_prompt": 5}</answer>', '"gen_prompt" with a text'),
        ('<answer>{"gen_prompt": "p", "reference_images": [{"note": "x"}]}</answer>', "by its id"),
        (f"<think>{CALL} would do, but no", "<think> is never closed"),
        (f"<answer>{{oops {ANSWER}", "cannot be read"),
        ("x" * 300_000, "300,000 characters"),
    ],
)
def test_a_reply_without_a_clear_reading_is_told_what_is_wrong(reply, words):
    assert words in problem(reply)


@pytest.mark.parametrize(
    "unit",
    [
        "<tool_call>", "<think>", "</think>", "<answer>{", '<answer>{"', "{", '{"a":', "[", '"', "\\", "`", "```json\n",
        "<", "< ", " ", "<tool_call>{}", '<answer>{"gen_prompt":"x"},', "<tool_call>{}</tool_call><think>", "}",
        "</answer>",
    ],
)  # fmt: skip
def test_reading_takes_time_in_proportion_to_the_reply(unit):
    def seconds(chars: int) -> float:
        reply = unit * (chars // len(unit))
        began = time.process_time()
        read_reply(reply)
        return time.process_time() - began

    # Quadratic reading of 200,000 characters would take minutes; the whole is a few tenths of a second.
    assert seconds(199_000) < 3.0
    assert seconds(10_000_000) < 0.5
