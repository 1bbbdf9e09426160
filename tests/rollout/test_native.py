"""The native dialect: the chat API's own tool calls."""

import json
import random

import pytest

from genevolve.policy import ServedSettings
from genevolve.policy.served import ServedPolicy
from genevolve.records import (
    Answer,
    Dialect,
    ImagePart,
    Limits,
    Malformed,
    Request,
    Sampling,
    StopReason,
    ToolCall,
    Trajectory,
)
from genevolve.rollout import SystemPrompt, rollout
from genevolve.rollout.grammar import MAX_REPLY_CHARS
from genevolve.rollout.native import ONE_AT_A_TIME, answered, read_native, sendable
from genevolve.testing.chat_server import ChatServer, Line, NativeReply
from genevolve.testing.replies import random_reply

REQUEST = Request(id="r1", text="A flag")
PLAIN = '<answer>{"gen_prompt": "A calm sea."}</answer>'
ANSWER = (
    '<think>done</think><answer>{"gen_prompt": "The first reference image under a sky.", '
    '"reference_images": [{"img_id": "IMG_002", "note": "the flag"}]}</answer>'
)


def call(name: str, arguments: object, call_id: str | None = "c1") -> dict:
    written = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": written}}


def native(name: str, arguments: dict | str, text: str = "") -> NativeReply:
    return NativeReply(calls=((name, arguments),), text=text)


def tagged(name: str, arguments: dict, text: str = "") -> str:
    return f"{text}<tool_call>{json.dumps({'name': name, 'arguments': arguments})}</tool_call>"


async def attempt(lines: list[Line], toolbox, images, *, dialect: Dialect = "native", sampling=None):
    async with ChatServer(lines) as server:
        settings = ServedSettings(model="GenEvolve", dialect=dialect)
        policy = ServedPolicy(server.url, images=images, settings=settings)
        trajectory = await rollout(REQUEST, policy=policy, toolbox=toolbox, images=images, sampling=sampling)
        await policy.close()
    return trajectory, server.heard


def gist(trajectory: Trajectory) -> dict:
    """What a trajectory holds but for the form of its words."""
    observed = [
        (message.text.removeprefix("<tool_response>\n").removesuffix("\n</tool_response>"))
        for turn in trajectory.turns[1:]
        for message in turn.heard
        if message.role == "tool" or message.text.startswith("<tool_response>")
    ]
    shown = [part.ref for t in trajectory.turns for m in t.heard for part in m.parts if isinstance(part, ImagePart)]
    return {
        "actions": [turn.action for turn in trajectory.turns],
        "repairs": [turn.repairs for turn in trajectory.turns],
        "images": trajectory.images,
        "program": trajectory.program,
        "stop": trajectory.stop,
        "observed": observed,
        "shown": shown,
    }


async def test_both_dialects_make_the_same_trajectory_of_the_same_words(toolbox, images):
    steps = [
        ("search", {"queries": ["capital", "down"], "top_k": "3"}, "<think>facts</think>"),
        ("query_knowledge", {"skill_name": "text_rendering"}, ""),
        ("image_search", {"query": "flag", "top_k": 2}, "<think>pictures</think>"),
    ]
    in_tags, _ = await attempt([*(tagged(*step) for step in steps), ANSWER], toolbox, images, dialect="tagged")
    in_calls, heard = await attempt([*(native(*step) for step in steps), ANSWER], toolbox, images)

    assert gist(in_calls) == gist(in_tags)
    assert in_calls.program is not None
    assert in_calls.policy.dialect == "native"
    assert in_calls.id != in_tags.id
    assert [turn.native_calls for turn in in_tags.turns] == [()] * 4
    assert in_calls.turns[0].native_calls[0]["function"]["name"] == "search"
    assert in_calls.turns[0].reply == "<think>facts</think>"
    assert Trajectory.model_validate_json(in_calls.model_dump_json()) == in_calls
    assert [tool["function"]["name"] for tool in heard[0]["tools"]] == ["search", "image_search", "query_knowledge"]


async def test_an_observation_answers_its_call_by_id_and_pictures_follow_in_a_users_message(toolbox, images):
    trajectory, heard = await attempt([native("image_search", {"query": "flag", "top_k": 2}), ANSWER], toolbox, images)

    observation, pictures = trajectory.turns[1].heard
    assert (observation.role, observation.answers) == ("tool", trajectory.turns[0].native_calls[0]["id"])
    assert observation.text.startswith("[image_search: flag]\nIMG_001")
    assert pictures.role == "user"
    assert pictures.text == "The pictures that were found, in this order: IMG_001, IMG_002"
    assistant, tool, user = heard[1]["messages"][2:]
    assert assistant["tool_calls"] == list(trajectory.turns[0].native_calls)
    assert tool == {"role": "tool", "content": observation.text, "tool_call_id": assistant["tool_calls"][0]["id"]}
    assert [part["type"] for part in user["content"]] == ["text", "image_url", "image_url"]


async def test_of_several_calls_the_first_is_run_and_every_one_is_answered(toolbox, images, provider):
    several = NativeReply(calls=(("search", {"queries": ["capital"]}), ("search", {"queries": ["other"]})))
    trajectory, heard = await attempt([several, PLAIN], toolbox, images)

    assert trajectory.stop is StopReason.ANSWERED
    assert provider.asked == ["capital"]
    assert trajectory.turns[0].repairs == ("only the first of 2 tool calls was taken",)
    first, second = trajectory.turns[1].heard
    assert "Burkina Faso" in first.text
    assert second.text == ONE_AT_A_TIME
    assert heard[0]["parallel_tool_calls"] is False


async def test_the_same_call_twice_is_one_call(toolbox, images, provider):
    twice = NativeReply(calls=(("search", {"queries": ["capital"]}),) * 2)
    trajectory, _ = await attempt([twice, PLAIN], toolbox, images)

    assert provider.asked == ["capital"]
    assert trajectory.turns[0].repairs == ()


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (native("browse", {}), "there is no tool 'browse'"),
        (native("search", '{"queries": ["x"'), "the arguments of the tool call cannot be read"),
        (native("search", '["x"]'), "the arguments are not a JSON object"),
        (native("search", {"queries": {"a": 1}}), "cannot be run"),
        (native("", {"queries": ["x"]}), "does not say which tool"),
        (native("search", {"queries": ["x"]}, text=PLAIN), "calls a tool and answers at once"),
        (NativeReply(calls=(("browse", {}), ("search", {"queries": ["x"]}))), "there is no tool 'browse'"),
        ("Here is your picture.", "it neither calls a tool nor holds an answer"),
    ],
)
async def test_a_malformed_reply_is_answered_so_that_the_conversation_stays_valid(toolbox, images, reply, words):
    """The server checks that every call is answered and that arguments are JSON; see `ChatServer`."""
    trajectory, _ = await attempt([reply, PLAIN], toolbox, images)

    assert isinstance(trajectory.turns[0].action, Malformed)
    told = trajectory.turns[1].heard[0]
    assert told.text.startswith("Your last reply could not be used:")
    assert words in told.text
    assert "<tool_call>" not in told.text
    assert told.role == ("tool" if isinstance(reply, NativeReply) else "user")
    assert trajectory.stop is StopReason.ANSWERED


async def test_a_call_with_trailing_commas_is_read_and_the_repair_noted(toolbox, images, provider):
    trajectory, _ = await attempt([native("search", '{"queries": ["capital",],}'), PLAIN], toolbox, images)

    assert provider.asked == ["capital"]
    assert trajectory.turns[0].repairs == ("a trailing comma was dropped",)


async def test_a_call_in_tags_is_understood_from_a_server_without_a_parser(toolbox, images, provider):
    trajectory, _ = await attempt([tagged("search", {"queries": ["capital"]}), PLAIN], toolbox, images)

    assert provider.asked == ["capital"]
    assert trajectory.turns[1].heard[0].role == "user"
    assert trajectory.turns[1].heard[0].text.startswith("<tool_response>")


async def test_an_answer_may_be_bare_json(toolbox, images):
    trajectory, _ = await attempt(['{"gen_prompt": "A calm sea."}'], toolbox, images)

    assert trajectory.program is not None
    assert trajectory.program.prompt == "A calm sea."


async def test_a_call_after_final_step_is_answered_and_not_run(toolbox, images, provider):
    lines = [native("search", {"queries": ["capital"]}), native("search", {"queries": ["flag"]}), PLAIN]
    trajectory, _ = await attempt(lines, toolbox, images, sampling=Sampling(limits=Limits(max_tool_calls=1)))

    assert provider.asked == ["capital"]
    assert [message.role for message in trajectory.turns[1].heard] == ["tool", "user"]
    assert trajectory.turns[1].heard[1].text.startswith("FINAL STEP")
    assert trajectory.turns[2].heard[0].role == "tool"
    assert "the call was not run" in trajectory.turns[2].heard[0].text
    assert trajectory.stop is StopReason.ANSWERED


async def test_a_call_that_was_cut_off_is_answered_with_response_too_long(toolbox, images):
    cut = NativeReply(calls=(("search", '{"queries": ["ca'),), cut_off=True)
    trajectory, _ = await attempt([cut, PLAIN], toolbox, images)

    told = trajectory.turns[1].heard[0]
    assert told.role == "tool"
    assert told.text.startswith("RESPONSE TOO LONG")
    assert "one tool call or one <answer>" in told.text


async def test_endless_arguments_end_the_attempt(toolbox, images):
    trajectory, _ = await attempt([native("search", "[" * (MAX_REPLY_CHARS + 1))], toolbox, images)

    assert trajectory.stop is StopReason.OUT_OF_TOKENS
    assert trajectory.failure is not None
    assert trajectory.failure.whose == "policy"


def test_the_native_prompt_offers_no_tags_for_calls_and_its_digest_names_the_tools(toolbox):
    prompt, limits = SystemPrompt.default("native"), Limits()

    assert "tool_call>" not in prompt.system(toolbox, limits) + prompt.too_long(limits) + prompt.malformed("x")
    assert "<answer>" in prompt.system(toolbox, limits)
    assert "text_rendering:" in prompt.system(toolbox, limits)
    assert prompt.digest(toolbox, limits) != SystemPrompt.default().digest(toolbox, limits)
    same_words = SystemPrompt(template=prompt.template, notices=prompt.notices)
    assert prompt.digest(toolbox, limits) != same_words.digest(toolbox, limits)


def test_calls_are_sent_back_with_an_id_each_a_name_and_arguments_that_are_json():
    strange = [call("search", '{"a": NaN}', "same"), call("search", "", "same"), {"name": "x"}, None, "search"]
    sent = sendable(strange, reply=3)

    assert [item["id"] for item in sent] == ["same", "call_3_2", "call_3_3", "call_3_4", "call_3_5"]
    for item in sent:
        assert isinstance(json.loads(item["function"]["arguments"]), dict)
        assert item["function"]["name"]
    assert json.loads(sent[0]["function"]["arguments"]) == {"unreadable": '{"a": NaN}'}
    assert [message.answers for message in answered(sent, "x")] == [item["id"] for item in sent]


@pytest.mark.parametrize(
    "made",
    [
        {"function": {"name": "search", "arguments": {"queries": ["x"]}}},
        {"name": "search", "arguments": '{"queries": ["x"]}'},
        call("search", {"queries": ["x"]}),
    ],
)
def test_calls_of_servers_with_manners_of_their_own_are_read_alike(made):
    assert read_native("", [made]).action == ToolCall(name="search", arguments={"queries": ["x"]})


def test_any_calls_and_words_are_read_without_an_exception():
    chance = random.Random(5)
    for _ in range(400):
        arguments = random_reply(chance)
        made = [chance.choice((None, 1, "x", [], {}, {"function": arguments}, call("search", arguments)))]
        reading = read_native(chance.choice(("", random_reply(chance))), made * chance.choice((1, 1, 2)))
        assert isinstance(reading.action, ToolCall | Answer | Malformed)
        for item in sendable(made, reply=1):
            assert isinstance(json.loads(item["function"]["arguments"]), dict)
