from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from genevolve.records import (
    Experience,
    Failure,
    Limits,
    MemoryEvent,
    Message,
    PolicyInfo,
    Render,
    RendererInfo,
    Request,
    Sampling,
    Size,
    StoredRecord,
    TokenSpan,
    ToolboxInfo,
    Trajectory,
    Verdict,
    digest_bytes,
    digest_of,
    render_id,
    trajectory_id,
)

REQUEST = Request(id="ex01", text="a red fox")
SETTINGS = {
    "attempt": 0,
    "policy": PolicyInfo(name="planner"),
    "prompt_digest": "p",
    "toolbox": ToolboxInfo(tools=("search",), provider="atlas", skills="s"),
    "sampling": Sampling(seed=7),
}


def test_a_record_cannot_be_changed_and_knows_no_other_fields():
    with pytest.raises(ValidationError):
        REQUEST.text = "a hen"
    with pytest.raises(ValidationError, match="colour"):
        Request.model_validate({"id": "a", "text": "b", "colour": "red"})


def test_a_record_holds_neither_nan_nor_infinity():
    for value in (float("nan"), float("inf")):
        with pytest.raises(ValidationError):
            Render(trajectory="t", renderer=RendererInfo(name="sketch"), seconds=value)


def test_a_copy_with_changes_is_validated():
    assert REQUEST.but(text="a hen") == Request(id="ex01", text="a hen")
    with pytest.raises(ValidationError):
        REQUEST.but(text="")


@given(
    st.text(min_size=1).filter(lambda t: t.isprintable()),
    st.dictionaries(st.text(), st.none() | st.booleans() | st.integers() | st.text()),
)
def test_a_stored_record_reads_back_as_it_was(text, extra):
    request = Request(id="a", text=text, extra=extra)
    assert Request.model_validate_json(request.model_dump_json()) == request


def test_a_digest_is_the_beginning_of_a_sha_256_and_depends_on_order_of_values_but_not_of_keys():
    # printf '' | sha256sum
    assert digest_bytes(b"") == "e3b0c44298fc1c149afbf4c8996fb924"
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    assert digest_of("a", "b") != digest_of("b", "a")
    assert digest_of("ab", "c") != digest_of("a", "bc")


@pytest.mark.parametrize(
    "change",
    [
        {"attempt": 1},
        {"policy": PolicyInfo(name="other")},
        {"policy": PolicyInfo(name="planner", weights="step 8")},
        {"prompt_digest": "q"},
        {"toolbox": ToolboxInfo(tools=("search",), provider="local", skills="s")},
        {"toolbox": ToolboxInfo(tools=(), provider="atlas", skills="s")},
        {"sampling": Sampling(seed=8)},
        {"sampling": Sampling(seed=7, limits=Limits(max_calls=3))},
    ],
)
def test_whatever_decides_an_attempt_changes_its_id(change):
    assert trajectory_id(REQUEST, **SETTINGS) == trajectory_id(REQUEST.but(category="x"), **SETTINGS)
    assert trajectory_id(REQUEST, **SETTINGS) != trajectory_id(REQUEST, **(SETTINGS | change))
    assert trajectory_id(REQUEST, **SETTINGS) != trajectory_id(REQUEST.but(text="a hen"), **SETTINGS)
    assert trajectory_id(REQUEST, **SETTINGS) != trajectory_id(REQUEST.but(brought=("d",)), **SETTINGS)


def test_a_render_is_named_by_what_decides_it_and_not_by_how_it_went():
    renderer = RendererInfo(name="sketch", size=Size(width=256, height=256))
    slow = Render(trajectory="t", renderer=renderer, seconds=9, failure=Failure(whose="world", where="x", what="y"))

    assert slow.id == render_id("t", renderer) == Render(trajectory="t", renderer=renderer, seconds=1).id
    assert slow.id != render_id("t", RendererInfo(name="sketch", seed=1))


def test_a_message_says_its_words_without_its_pictures():
    assert Message.of("user", "two\nlines").text == "two\nlines"


class Sentence(StoredRecord):
    """A record whose second version renamed a field."""

    current_version = 2
    words: str

    @classmethod
    def upgrade(cls, fields, version):
        return {"words": fields["text"]}


def test_a_line_of_an_older_version_is_brought_up_to_date():
    old = Sentence.model_validate_json('{"schema_version": 1, "text": "hello"}')

    assert old.words == "hello"
    assert old.schema_version == 2
    with pytest.raises(ValidationError, match="install a newer genevolve"):
        Sentence.model_validate_json('{"schema_version": 3, "words": "hello"}')


STORED = {
    "requests": Request,
    "trajectories": Trajectory,
    "renders": Render,
    "verdicts": Verdict,
    "experiences": Experience,
    "memory": MemoryEvent,
}
FILES = sorted((Path(__file__).parents[1] / "data" / "records").glob("v*/*.jsonl"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_file_that_an_earlier_version_wrote_still_loads(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    records = [STORED[path.stem].model_validate_json(line) for line in lines]

    assert records
    assert [type(record).model_validate_json(record.model_dump_json()) for record in records] == records


def test_a_recipe_of_the_first_layout_keeps_its_reference():
    line = next(x for x in FILES[0].parent.joinpath("requests.jsonl").read_text().splitlines() if "kn-0001" in x)

    recipe = Request.model_validate_json(line).recipe

    assert recipe is not None
    assert [(reference.entity, reference.digest) for reference in recipe.references] == [("Burkina Faso", "0" * 32)]


def test_a_span_of_tokens_has_a_log_probability_for_each_reply_id():
    with pytest.raises(ValidationError, match="2 reply ids have 1 log-probabilities"):
        TokenSpan(context=(1,), reply=(2, 3), logprobs=(-0.5,))
