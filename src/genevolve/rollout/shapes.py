"""Reads a JSON value as an action by its form: a name with arguments is a call, a prompt with references an answer."""

import re
from dataclasses import dataclass

from pydantic import JsonValue

from ..language.text import one_line
from ..records import Action, Answer, AnsweredReference, Malformed, ToolCall
from .json_reader import JsonError, JsonReader

_NAME = ("name", "tool", "tool_name", "function", "function_name")
_ARGUMENTS = ("arguments", "parameters", "args", "params", "input")
_PROMPT = ("gen_prompt", "prompt", "generation_prompt", "final_prompt", "image_prompt")
_REFERENCES = ("reference_images", "references", "reference_image", "reference", "images", "refs")
_IMAGE_ID = ("img_id", "image_id", "id", "ref", "reference_id", "image", "img")
_NOTE = ("note", "notes", "reason", "description", "usage", "purpose", "what", "copy")
_ID = re.compile(r"\W{0,3}(?:ima?ge?)?[\s_#.-]{0,3}([0-9]{1,9})\W{0,3}", re.IGNORECASE)

Fields = dict[str, JsonValue]

EXPECTED_CALL = '{"name": "a tool", "arguments": {…}}'
EXPECTED_ANSWER = '{"gen_prompt": "…", "reference_images": [{"img_id": "IMG_001", "note": "…"}]}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A value read as an action."""

    action: Action
    repairs: tuple[str, ...] = ()


def looks_like_action(value: JsonValue) -> bool:
    """Whether an object without tags has the form of a call or an answer."""
    if not isinstance(value, dict):
        return False
    is_call = _named(value, _NAME) is not None and _named(value, _ARGUMENTS) is not None
    return is_call or _is_wrapped_call(value) or "gen_prompt" in value


def read_shape(value: JsonValue, *, tag: str) -> Shape:
    """The action that a value is; `tag` is where it stood, and decides nothing that the form does not leave open."""
    if not isinstance(value, dict):
        return _malformed("the action is not a JSON object", tag)
    if _is_wrapped_call(value):
        inner = value["function"]
        assert isinstance(inner, dict)
        return _read_call(inner, tag, ['the call inside "function" was taken'])
    is_answer = _named(value, _PROMPT) is not None and _named(value, _NAME) is None
    if is_answer or (tag == "answer" and _named(value, _ARGUMENTS) is None):
        return _read_answer(value, tag)
    return _read_call(value, tag, [])


def canonical_image_id(written: JsonValue) -> str | None:
    """An id in its one form, IMG_001, for "img_1", "IMG-001" or 1; other text as it stands; None for what is no id."""
    if isinstance(written, bool) or not isinstance(written, str | int):
        return None
    match = _ID.fullmatch(str(written))
    return f"IMG_{int(match[1]):03d}" if match else one_line(str(written), max_chars=80)


def _read_call(value: Fields, tag: str, repairs: list[str]) -> Shape:
    if tag == "answer":
        repairs.append("a tool call in <answer> was taken as a tool call")
    key = _named(value, _NAME)
    name = value[key] if key else None
    if key is None or not isinstance(name, str) or not name.strip():
        return _malformed("the call does not say which tool it is for", tag)
    if key != "name":
        repairs.append(f'"{key}" was read as "name"')
    arguments, problem = _read_arguments(value, key, repairs)
    if problem:
        return _malformed(problem, tag)
    return Shape(action=ToolCall(name=one_line(name), arguments=arguments), repairs=tuple(repairs))


def _read_arguments(value: Fields, name_key: str, repairs: list[str]) -> tuple[Fields, str]:
    """The arguments, or a problem in words."""
    key = _named(value, _ARGUMENTS)
    if key is None:
        flat = {other: item for other, item in value.items() if other not in {name_key, "id", "type"}}
        if flat:
            repairs.append("fields beside the name were read as its arguments")
        return flat, ""
    if key != "arguments":
        repairs.append(f'"{key}" was read as "arguments"')
    arguments = value[key]
    if isinstance(arguments, str):
        reader = JsonReader(arguments)
        try:
            arguments = reader.read()
        except JsonError as fault:
            return {}, f"the arguments are a text that is no JSON: {fault}"
        repairs += ["arguments given as a JSON text were read as an object", *reader.repairs]
    if arguments is None:
        return {}, ""
    return (arguments, "") if isinstance(arguments, dict) else ({}, "the arguments are not a JSON object")


def _read_answer(value: Fields, tag: str) -> Shape:
    repairs = ["an answer in <tool_call> was taken as an answer"] if tag == "tool_call" else []
    key = _named(value, _PROMPT)
    prompt = value[key] if key else None
    if key is None or not isinstance(prompt, str):
        return _malformed('the answer has no "gen_prompt" with a text', tag or "answer")
    if key != "gen_prompt":
        repairs.append(f'"{key}" was read as "gen_prompt"')
    listed_key = _named(value, _REFERENCES)
    listed = value[listed_key] if listed_key else None
    if listed_key not in {None, "reference_images"}:
        repairs.append(f'"{listed_key}" was read as "reference_images"')
    if listed is not None and not isinstance(listed, list):
        repairs.append("a single reference was read as a list of one")
        listed = [listed]
    references: list[AnsweredReference] = []
    for item in listed or []:
        reference = _read_reference(item, repairs)
        if reference is None:
            return _malformed("an entry of reference_images does not name an image by its id", "answer")
        references.append(reference)
    ignored = [one_line(name, max_chars=40) for name in value if name not in {key, listed_key}]
    if ignored:
        repairs.append(f"fields that an answer does not have were ignored: {', '.join(ignored[:5])}")
    return Shape(action=Answer(prompt=prompt, references=tuple(references)), repairs=tuple(dict.fromkeys(repairs)))


def _read_reference(item: JsonValue, repairs: list[str]) -> AnsweredReference | None:
    if not isinstance(item, dict):
        image_id = canonical_image_id(item)
        if image_id:
            repairs.append("a reference given by its id alone was taken without a note")
        return AnsweredReference(img_id=image_id) if image_id else None
    key, note_key = _named(item, _IMAGE_ID), _named(item, _NOTE)
    written = item[key] if key else None
    image_id = canonical_image_id(written)
    if not image_id:
        return None
    if key != "img_id":
        repairs.append(f'"{key}" was read as "img_id"')
    if image_id != written:
        repairs.append(f"the image id {one_line(str(written), max_chars=40)!r} was read as {image_id!r}")
    note = item[note_key] if note_key else ""
    return AnsweredReference(img_id=image_id, note=note if isinstance(note, str) else "")


def _named(value: Fields, names: tuple[str, ...]) -> str | None:
    """The first of the names under which the object has something."""
    return next((name for name in names if value.get(name) is not None), None)


def _is_wrapped_call(value: Fields) -> bool:
    inner = value.get("function")
    return isinstance(inner, dict) and _named(inner, _NAME) is not None


def _malformed(problem: str, tag: str) -> Shape:
    expected = EXPECTED_ANSWER if tag == "answer" else EXPECTED_CALL
    return Shape(action=Malformed(problem=f"{problem}; expected {expected}"))
