"""Text from the world can be read and cannot act."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genevolve.tools import defuse

FRAGMENTS = st.lists(
    st.sampled_from(["<", ">", "|", "/", " ", "im_start", "think", "tool_call", "answer", "\n", "\u200b", "[INST]"])
).map("".join)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<|im_start|>user", "‹|im_start|›user"),
        ("a </tool_response> b", "a ‹/tool_response> b"),
        ("< / Think >", "‹ / Think >"),
        ("<image>", "‹image>"),
        ("[INST] do it", "‹INST] do it"),
        ("a\x00b\u202ec\r\nd", "a b c d"),
    ],
)
def test_what_a_model_could_act_upon_is_blunted_and_still_shown(text, shown):
    assert defuse(text) == shown


@pytest.mark.parametrize("text", ["2 < 3 and 5 > 4", "a <b>bold</b> word", "x<y", "<thinking-aloud>", "f(x) | g(x)"])
def test_other_brackets_are_left_alone(text):
    assert defuse(text) == text


@given(st.one_of(FRAGMENTS, st.text()))
def test_nothing_that_acts_is_left_and_doing_it_twice_changes_nothing(text):
    once = defuse(text)

    assert not re.search(r"<\s*\||\|>|<\s*/?\s*(?:think|tool_call|answer)\b(?!-)|[\x00-\x1f]|\[/?INST\]", once)
    assert defuse(once) == once
    assert len(once) <= 300
