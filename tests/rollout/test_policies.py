"""Policies by name, and the one that is given its words."""

import pytest

from genevolve.errors import PolicyError, UsageError
from genevolve.policy import Conversation, Reply, open_policy
from genevolve.records import Message, Sampling
from genevolve.testing.scripted import ScriptedPolicy


def conversation(replies: int) -> Conversation:
    said = tuple(Message.of("assistant", "x") for _ in range(replies))
    return Conversation(messages=(Message.of("user", "hello"), *said), sampling=Sampling())


def test_a_policy_is_opened_by_name_and_an_unknown_name_is_told_the_known_ones():
    assert open_policy("planner").info.name == "planner"
    with pytest.raises(UsageError, match="no policy 'plannr'; choose one of: planner"):
        open_policy("plannr")


async def test_a_script_is_said_line_by_line_in_each_conversation():
    policy = ScriptedPolicy("one", Reply(text="two", cut_off=True), lambda heard: heard.messages[0].text)

    assert [(await policy.reply(conversation(n))).text for n in (0, 1, 0, 2)] == ["one", "two", "one", "hello"]
    assert len(policy.heard) == 4
    with pytest.raises(PolicyError, match="script of 3 replies is over"):
        await policy.reply(conversation(3))


async def test_the_last_line_can_be_repeated_and_an_exception_is_raised():
    policy = ScriptedPolicy(PolicyError("gone"), "again", repeat_last=True)

    assert (await policy.reply(conversation(9))).text == "again"
    with pytest.raises(PolicyError, match="gone"):
        await policy.reply(conversation(0))
