"""What the rollout itself says."""

import json

import pytest

from genevolve.errors import UsageError
from genevolve.records import Limits
from genevolve.rollout import SystemPrompt
from genevolve.rollout.limits import estimate_text
from genevolve.skills import load_skills
from genevolve.testing.shelf import ShelfProvider
from genevolve.tools import Toolbox

LIMITS = Limits()


def toolbox(**settings: object) -> Toolbox:
    return Toolbox(provider=ShelfProvider(), skills=load_skills(), **settings)


def test_the_system_prompt_lists_the_tools_one_json_object_a_line_and_every_skill_with_its_triggers():
    system = SystemPrompt.default().system(toolbox(), LIMITS)

    listed = system.split("<tools>\n")[1].split("\n</tools>")[0].splitlines()
    assert [json.loads(line)["function"]["name"] for line in listed] == ["search", "image_search", "query_knowledge"]
    for skill in load_skills():
        assert f"- {skill.name}: {skill.when}" in system
    assert "{{" not in system


def test_the_system_prompt_leaves_room_for_a_request_of_thousands_of_words():
    assert estimate_text(SystemPrompt.default().system(toolbox(), LIMITS)) < LIMITS.max_prompt_tokens / 2


def test_it_states_the_limits_that_hold_and_no_tool_or_sight_that_is_missing():
    system = SystemPrompt.default().system(
        toolbox(only=("search",), text_only=True), Limits(max_calls=4, max_references=1)
    )

    assert "You have 4 replies, of which 3 may call tools" in system
    assert "at most 1 references" in system
    assert '"name": "image_search"' not in system
    assert "text_rendering:" not in system
    assert "not shown" in system


def test_the_digest_changes_with_the_words_and_only_with_them():
    prompt, box = SystemPrompt.default(), toolbox()
    digest = prompt.digest(box, LIMITS)

    assert SystemPrompt.default().digest(toolbox(), LIMITS) == digest
    assert prompt.digest(box, Limits(max_references=1)) != digest
    assert prompt.digest(toolbox(only=("search",)), LIMITS) != digest
    assert prompt.digest(toolbox(listing="brief"), LIMITS) != digest
    assert prompt.digest(toolbox(listing="full"), LIMITS) == digest
    assert SystemPrompt(template="x", notices=prompt.notices).digest(box, LIMITS) != digest


def test_notices_begin_as_a_trained_policy_knows_them():
    prompt = SystemPrompt.default()

    assert "FINAL STEP" in prompt.final_step()
    assert prompt.too_long(LIMITS).startswith("RESPONSE TOO LONG")
    assert prompt.malformed("it is empty").startswith("Your last reply could not be used: it is empty.")
    assert prompt.invalid(["a", "b"]).startswith("Your answer cannot be drawn as it stands:\n- a\n- b\n")


def test_what_is_filled_in_is_not_searched_for_names_again():
    assert "{{faults}} {{tools}}" in SystemPrompt.default().malformed("{{faults}} {{tools}}")


@pytest.mark.parametrize(
    ("content", "words"), [(b"", "is empty"), (b"\xff\xfe\x00", "cannot be read"), (None, "cannot")]
)
def test_a_prompt_file_that_cannot_be_used_is_refused_in_words(tmp_path, content, words):
    file = tmp_path / "prompt.md"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(UsageError, match=words):
        SystemPrompt.from_file(file)
