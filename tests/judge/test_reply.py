"""The strict reading of what a judge wrote."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genevolve.errors import JudgeError
from genevolve.judge.kscore import KSCORE
from genevolve.judge.program import PROGRAM
from genevolve.judge.reply import Axis, Form, Marks, spoken
from genevolve.judge.wiscore import LEGACY, VERIFIED
from genevolve.testing.judge_server import SLIPS

FORM = Form(axes=(Axis(name="shape", levels=(0, 0.5, 1)), Axis(name="care", levels=(0, 1, 2))), flags=("is_blank",))
FIELDS = {"rationale": "As {it} is.", "shape": 0.5, "care": 1, "is_blank": False}
WRITTEN = json.dumps(FIELDS)


def but(**changes: object) -> str:
    """The right reply with some fields changed."""
    return json.dumps(FIELDS | changes)


def fault_in(text: str, *, cut_off: bool = False) -> str:
    with pytest.raises(JudgeError) as caught:
        FORM.read(text, cut_off=cut_off)
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        WRITTEN,
        f"\n  {WRITTEN}\n",
        f"```json\n{WRITTEN}\n```",
        f"```\n{WRITTEN}\n```\nThat is my verdict.",
        f"My verdict: {WRITTEN} It is final.",
        f"<think>shape 1? {but(shape=1)}</think>{WRITTEN}",
        f"is {{it}} 1?\n</think>\n{WRITTEN}",
        WRITTEN.replace("0.5", "5e-1").replace('"care": 1', '"care": 1.0'),
    ],
)
def test_one_object_with_the_asked_fields_is_read_wherever_it_stands(text):
    # care is 1 on a scale up to 2, so its score is a half
    assert FORM.read(text) == Marks(
        rationale="As {it} is.", scores={"shape": 0.5, "care": 0.5}, flags={"is_blank": False}
    )


def test_a_rationale_may_speak_of_braces_fences_and_thoughts_and_break_lines():
    rationale = 'a "}" and {"shape": 1}, ```json {} ```, </think> and\na second line'
    raw_break = but(rationale="first\nsecond").replace("\\n", "\n")

    assert FORM.read(but(rationale=rationale)).rationale == rationale
    assert FORM.read(f"```json\n{but(rationale=rationale)}\n```").rationale == rationale
    assert FORM.read(raw_break).rationale == "first\nsecond"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is empty"),
        (" \n\t", "it is empty"),
        ("<think>never done", "it is empty"),
        ("<think>done</think>", "it is empty"),
        ("I'm sorry, but I can't help with that.", "no JSON object: \"I'm sorry"),
        ("shape: 1, care: 2, is_blank: false", "scores are read from nowhere else"),
        ("[0.5, 1]", "no JSON object"),
        ("0.5", "no JSON object"),
        (f"[{WRITTEN}]", "a list"),
        (f"[{WRITTEN}, {WRITTEN}]", "a list"),
        (f"{WRITTEN}\n{WRITTEN}", "more than one JSON object"),
        (f"{WRITTEN} or rather {but(shape=1)}", "more than one JSON object"),
        (f"{WRITTEN} and a stray {{", "more than one JSON object"),
        (f"{WRITTEN[:-20]}\n{WRITTEN}", "broken or unfinished"),
        (f"{{the object}}: {WRITTEN}", "broken or unfinished"),
        (WRITTEN[:-1], "broken or unfinished"),
        (WRITTEN[:-1] + ",}", "broken or unfinished"),
        (WRITTEN.replace('"', "'"), "broken or unfinished"),
        (WRITTEN.replace("false", "False"), "broken or unfinished"),
        (WRITTEN.replace("0.5", ".5"), "broken or unfinished"),
        ('{"a":' * 100_000, "nested too deep"),
        (f'{{"shape": {"1" * 5000}}}', "a number that is too long"),
        ("{}", 'lacks "rationale", "shape", "care", "is_blank"'),
        (json.dumps({"verdict": FIELDS}), 'lacks "rationale"'),
        (but(overall=0.9), 'not asked for: "overall"'),
        (but(note="a word"), 'not asked for: "note"'),
        (WRITTEN.replace('"care"', '"Care"'), 'lacks "care"'),
        (WRITTEN[:-1] + ', "shape": 0.5}', 'field "shape" stands twice'),
        (WRITTEN.replace("0.5", "NaN"), "NaN is not a number"),
        (WRITTEN.replace("0.5", "-Infinity"), "-Infinity is not a number"),
        (WRITTEN.replace("0.5", "1e999"), '"shape" is Infinity; expected one of 0, 0.5 or 1'),
        (but(shape="0.5"), 'expected one of 0, 0.5 or 1, written as a bare number'),
        (but(shape=True), '"shape" is true; expected one of 0, 0.5 or 1, written as a bare number'),
        (but(shape=None), '"shape" is null'),
        (but(shape=[0.5]), r'"shape" is [0.5]'),
        (but(shape=0.7), '"shape" is 0.7; expected one of 0, 0.5 or 1'),
        (but(shape=0.5000001), "expected one of 0, 0.5 or 1"),
        (but(care=0.5), '"care" is 0.5; expected one of 0, 1 or 2'),
        (but(care=3), '"care" is 3'),
        (but(care=-1), '"care" is -1'),
        (but(is_blank="false"), '"is_blank" is "false"; expected true or false'),
        (but(is_blank=0), '"is_blank" is 0; expected true or false'),
        (but(rationale=3), '"rationale" is 3; expected a text'),
    ],
)  # fmt: skip
def test_whatever_else_was_written_is_named_and_never_put_right(text, words):
    assert words in fault_in(text)


def test_a_reply_that_reached_the_token_limit_is_not_read_even_where_it_looks_whole():
    assert "cut off at the token limit" in fault_in(WRITTEN, cut_off=True)


@pytest.mark.parametrize("rubric", [KSCORE, PROGRAM, LEGACY, VERIFIED], ids=lambda rubric: rubric.name)
@pytest.mark.parametrize("slip", SLIPS)
def test_no_slip_of_the_misbehaving_server_is_read_as_a_verdict(rubric, slip):
    fields = {"rationale": "r"} | {axis.name: axis.levels[-1] for axis in rubric.form.axes}
    fields |= dict.fromkeys(rubric.form.flags, False)
    rubric.form.read(json.dumps(fields))
    for seed in range(10):
        said = SLIPS[slip](fields, random.Random(seed))
        with pytest.raises(JudgeError):
            rubric.form.read(said.text or said.refusal or "", cut_off=said.ended == "length")


@given(st.text(alphabet='{}[]",:01.5etrufalsn\\ `<>/think\n', max_size=200))
def test_no_text_but_the_whole_object_gives_marks(text):
    """Noise of JSON's own letters never holds the field names, so none of it is a verdict, and none of it crashes."""
    with pytest.raises(JudgeError):
        FORM.read(text)


@given(st.integers(1, len(WRITTEN) - 1))
def test_no_beginning_of_a_reply_is_read(length):
    with pytest.raises(JudgeError):
        FORM.read(WRITTEN[:length])


def test_half_a_character_in_a_rationale_is_made_one_that_a_file_can_hold():
    marks = FORM.read(WRITTEN.replace("As {it} is.", "\\ud83d!"))

    assert marks.rationale == "\ufffd!"


def test_only_what_stands_behind_the_thoughts_was_said():
    assert spoken(" <think>a</think> b ") == "b"
    assert spoken("a</think>b") == "b"
    assert spoken("<think>a") == ""
    assert spoken('{"a": "</think>"}') == '{"a": "</think>"}'


def test_a_form_says_the_same_in_words_and_as_a_schema():
    schema = FORM.schema()

    assert schema["required"] == ["rationale", "shape", "care", "is_blank"]
    assert list(schema["properties"]) == schema["required"]
    assert schema["properties"]["care"] == {"type": "number", "enum": [0, 1, 2]}
    assert schema["properties"]["is_blank"] == {"type": "boolean"}
    assert schema["additionalProperties"] is False
    assert '- "care": one of the numbers 0, 1 or 2\n- "is_blank": true or false' in FORM.in_words()
