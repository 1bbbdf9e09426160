"""What each token of a reply is part of."""

import pytest

from genevolve.learn.kinds import Kind
from genevolve.learn.marking import token_kinds
from support.tiny_models import ANSWER, FLAG


def kinds_of(*pieces: str) -> list[Kind]:
    """The kinds of tokens that spell these pieces."""
    return token_kinds(lambda ids: "".join(pieces[number] for number in ids), range(len(pieces)))


def spelled(text: str, kind: Kind) -> str:
    """The letters of a reply that are of a kind, each letter a token."""
    return "".join(letter for letter, one in zip(text, kinds_of(*text), strict=True) if one is kind)


def test_a_call_has_tags_a_tool_a_thought_and_arguments():
    assert spelled(FLAG, Kind.TAG) == "<think></think><tool_call></tool_call>"
    assert spelled(FLAG, Kind.THOUGHT) == "a flag must look like itself"
    assert spelled(FLAG, Kind.TOOL_NAME) == "image_search"
    assert spelled(FLAG, Kind.ARGUMENT) == "flag2"


def test_an_answer_has_a_prompt_image_ids_and_notes():
    assert spelled(ANSWER, Kind.PROMPT) == "A poster of the first reference image."
    assert spelled(ANSWER, Kind.IMAGE_ID) == "IMG_002"
    assert spelled(ANSWER, Kind.NOTE) == "the colours"
    assert spelled(ANSWER, Kind.ARGUMENT) == ""


def test_a_skill_is_told_from_other_arguments():
    text = '<tool_call>{"name": "query_knowledge", "arguments": {"skill_name": "text_rendering"}}</tool_call>'

    assert spelled(text, Kind.TOOL_NAME) == "query_knowledge"
    assert spelled(text, Kind.SKILL_NAME) == "text_rendering"


def test_arguments_in_lists_and_an_argument_called_name_are_arguments():
    text = '<tool_call>{"name": "search", "arguments": {"queries": ["one", "a \\"b\\""], "name": "x"}}</tool_call>'

    assert spelled(text, Kind.TOOL_NAME) == "search"
    assert spelled(text, Kind.ARGUMENT) == 'onea \\"b\\"x'


@pytest.mark.parametrize(
    "text",
    [
        "<tool_call>{name: image",
        '<answer>{"gen_prompt": "A cut off pro',
        "",
        "<think>",
        "</answer></answer>",
        '{"": ',
        '"',
    ],
)
def test_broken_replies_have_a_kind_for_every_token(text):
    assert len(kinds_of(*text)) == len(text)


def test_a_prompt_that_is_cut_off_is_a_prompt():
    assert spelled('<answer>{"gen_prompt": "A cut off pro', Kind.PROMPT) == "A cut off pro"


def test_a_token_that_spells_part_of_a_decision_is_one():
    # "hat</" ends a thought and begins a tag; '"search' has a quotation mark before the name
    kinds = kinds_of("<think>w", "hat</", "think>", '<tool_call>{"name": ', '"search', '", "', "arguments", '": {}}')

    assert kinds == [Kind.TAG, Kind.TAG, Kind.TAG, Kind.TAG, Kind.TOOL_NAME, Kind.OTHER, Kind.OTHER, Kind.OTHER]


def test_a_letter_of_several_tokens_has_one_kind():
    # a tokenizer of bytes: é is two of them, which spell nothing until the second is there
    text = '<answer>{"gen_prompt": "é"}</answer>'.encode()

    kinds = token_kinds(lambda ids: bytes(text[number] for number in ids).decode(errors="replace"), range(len(text)))

    place = text.index("é".encode())
    assert kinds[place - 1 : place + 3] == [Kind.OTHER, Kind.PROMPT, Kind.PROMPT, Kind.OTHER]
    assert kinds[-9:] == [Kind.TAG] * 9
