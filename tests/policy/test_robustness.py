"""Any request and any conversation gets a reply, quickly."""

import json
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genevolve.policy.base import Conversation
from genevolve.policy.planner import Planner
from genevolve.records import Message, Sampling, TextPart

SYSTEM = Message.of("system", "You are an agent.")
PIECES = st.sampled_from(
    [
        "the flag of ",
        "the country whose capital is ",
        "Dakar",
        " and ",
        ", ",
        "three red stars",
        "“",
        '"',
        "'",
        "title ",
        "its flag",
        "the country's name ",
        "bordering ",
        "in Africa",
        "which country ",
        "? ",
        "IMG_001",
        " the second reference image ",
        "https://x.example/a ",
        "\ue000",
        "\ud800",
        "<answer>",
        "</think>",
        "of of of ",
        "the the ",
        "one one one ",
        "neighbour of ",
        "neighbour ",
        "Mali's ",
        "the one of ",
        "that country's ",
        "where is the ",
        "people who speak ",
        "whose capitals are ",
        "please ",
        "below that, ",
        "\u2028",
        "\n",
        "🦊",
        "旗",
    ]
)
OBSERVED = st.sampled_from(
    [
        "<tool_response>",
        "\n",
        "[search: country whose capital is Dakar]",
        "1. title: Dakar",
        "   snippet: Dakar is the capital of Senegal.",
        "   snippet: It borders Mali, and, and the.",
        "[end of results]",
        "search failed: down",
        "no results",
        "[image_search: flag of Senegal]",
        "IMG_001: title: Flag of Senegal",
        "IMG_99999999999999999999: title: x",
        "[query_knowledge: text_rendering]",
        "[end of skill]",
        "FINAL STEP",
        "Your answer cannot be drawn as it stands: x",
        "Your last reply could not be used: x",
        "</tool_response>",
        "You asked this before; the results are above.",
    ]
)


async def reply_to(*messages: Message) -> str:
    reply = await Planner().reply(Conversation(messages=messages, sampling=Sampling()))
    return reply.text


def action_of(reply: str) -> dict[str, object]:
    """The one action of a reply, read as strictly as can be."""
    assert reply.startswith("<think>")
    assert reply.count("<think>") == reply.count("</think>") == 1
    assert reply.count("<tool_call>") + reply.count("<answer>") == 1
    tag = "tool_call" if "<tool_call>" in reply else "answer"
    body = reply.split(f"<{tag}>")[1]
    assert body.endswith(f"</{tag}>")
    return json.loads(body.removesuffix(f"</{tag}>"))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.one_of(st.text(max_size=400), st.lists(PIECES, max_size=40).map("".join)))
async def test_any_request_gets_one_clear_action(text: str):
    request = Message(role="user", parts=(TextPart.model_construct(kind="text", text=text),))
    action = action_of(await reply_to(SYSTEM, request))

    assert action.get("name") or action.get("gen_prompt")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    request=st.lists(PIECES, max_size=15).map("".join),
    observed=st.lists(st.lists(OBSERVED, max_size=12).map("\n".join), max_size=4),
)
async def test_any_conversation_gets_one_clear_action(request: str, observed: list[str]):
    first = Message(role="user", parts=(TextPart.model_construct(kind="text", text=request),))
    heard = [Message.of("user", f"<tool_response>\n{text}") for text in observed]
    action = action_of(await reply_to(SYSTEM, first, *heard))

    assert action.get("name") or action.get("gen_prompt")


@pytest.mark.parametrize(
    "messages", [(), (SYSTEM,), (Message.of("user", ""),), (SYSTEM, Message.of("assistant", "hm"))]
)
async def test_a_conversation_without_a_request_gets_a_program_all_the_same(messages: tuple[Message, ...]):
    assert action_of(await reply_to(*messages))["gen_prompt"]


@pytest.mark.parametrize(
    "text",
    [
        "a " * 50_000,
        "the flag of the country bordering " * 3_000,
        '"' * 100_000,
        "three red stars, " * 6_000,
        "A" * 100_000,
        "the country whose capital is Aa Bb Cc " * 2_500,
        "(" * 100_000,
        " " * 100_000 + "x",
        "flag " * 20_000,
        "neighbour of the neighbour of " * 3_300,
        "one two three four five six seven " * 3_000,
        "Title of the " * 8_000,
        "left of the right of the top of " * 3_200,
        "It borders A, B, " * 6_000,
        "the country whose capitals are A and B " * 2_500,
        "Mali's official national neighbour's " * 2_700,
        "people who speak that country's flag: " * 2_600,
    ],
)
async def test_a_hundred_kilobytes_are_read_in_well_under_a_second(text: str):
    begun = time.process_time()
    action_of(await reply_to(SYSTEM, Message.of("user", text)))

    assert time.process_time() - begun < 1.0


async def test_an_answer_fits_the_limit_of_a_reply_however_much_is_escaped():
    sampling = Sampling()
    for text in ('"' * 16_000, "\\" * 16_000, "<" * 16_000, "a\n" * 8_000):
        messages = (SYSTEM, Message.of("user", text), Message.of("user", "FINAL STEP"))
        reply = await Planner().reply(Conversation(messages=messages, sampling=sampling))
        assert len(reply.text) <= 4 * sampling.limits.max_reply_tokens


async def test_a_hundred_kilobytes_of_evidence_are_read_in_well_under_a_second():
    snippet = "It borders A, B and C, the capital of D is E, " * 2_000
    lines = f"<tool_response>\n[search: x]\n1. title: T\n   snippet: {snippet}\n[end of results]\n</tool_response>"
    begun = time.process_time()
    await reply_to(
        SYSTEM, Message.of("user", "the flag of the country whose capital is Dakar"), Message.of("user", lines)
    )

    assert time.process_time() - begun < 1.0
