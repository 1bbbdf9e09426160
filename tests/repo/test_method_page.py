"""The page that maps the method to functions: every name on it exists, every default on it is the setting's own."""

import ast
import re
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from genevolve.learn.config import DistilSettings

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "genevolve"
PAGE = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
CODE = re.compile(r"`([^`\n]+)`")
NAME = re.compile(r"[a-z_]+(?:\.\w+)+")
SETTING = re.compile(r"([A-Z]\w+)\.(\w+)")
NAMES = sorted({name.removeprefix("genevolve.") for name in CODE.findall(PAGE) if NAME.fullmatch(name)})
CLASSES = {name.rpartition(".")[2]: name for name in NAMES if name.endswith(("Settings", "Limits", "Sampling"))}


def rows() -> list[dict[str, str]]:
    """The rows of every table on the page, their cells by the heading above them."""
    found: list[dict[str, str]] = []
    headings: list[str] = []
    for line in PAGE.splitlines():
        if not line.startswith("|"):
            headings = []
            continue
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))]
        if not headings:
            headings = cells
        elif not set(line) <= set("|- "):
            assert len(cells) == len(headings), line
            found.append(dict(zip(headings, cells, strict=True)))
    return found


SET = [row for row in rows() if row.get("setting")]


def tree_of(module: Path) -> ast.Module:
    """The syntax of a module: torch is not needed to see what stands in it."""
    return ast.parse(module.read_text(encoding="utf-8"))


def module_of(name: str) -> tuple[Path, list[str]]:
    """The module that a dotted name begins with, and what comes behind it."""
    path, rest = PACKAGE, name.split(".")
    while rest and (path / rest[0]).is_dir():
        path, rest = path / rest[0], rest[1:]
    if rest and (path / f"{rest[0]}.py").exists():
        return path / f"{rest[0]}.py", rest[1:]
    return path / "__init__.py", rest


def stands_in(body: list[ast.stmt], name: str) -> ast.stmt | None:
    """The statement of a body that defines a name."""
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() if node.name == name:
                return node
            case ast.AnnAssign(target=ast.Name(id=defined)) if defined == name:
                return node
            case ast.Assign(targets=[ast.Name(id=defined)]) if defined == name:
                return node
            case _:
                pass
    return None


@pytest.mark.parametrize("name", NAMES)
def test_every_name_on_the_page_is_defined_where_the_page_says(name):
    module, rest = module_of(name)
    assert module.exists()
    body = tree_of(module).body
    for part in rest:
        node = stands_in(body, part)
        assert node is not None, f"{module.relative_to(ROOT)} defines no {part!r}"
        body = node.body if isinstance(node, ast.ClassDef) else []


@pytest.mark.parametrize("row", SET, ids=lambda row: row["setting"])
def test_every_default_on_the_page_is_that_of_its_setting(row):
    (setting,) = CODE.findall(row["setting"])
    (written,) = CODE.findall(row["default"])
    told = ast.literal_eval(written)
    if field := SETTING.fullmatch(setting):
        default = (
            settings_class(field[1]).model_fields[field[2]].get_default(call_default_factory=True, validated_data={})
        )
    else:
        module, (constant,) = module_of(setting)
        node = stands_in(tree_of(module).body, constant)
        assert isinstance(node, ast.Assign)
        default = ast.literal_eval(node.value)
    if isinstance(default, StrEnum):
        default = default.value
    assert told == default
    assert type(told) is type(default)


def test_what_goes_with_each_form_of_distillation_is_on_the_page():
    names = ("weight", "selection", "teacher")
    table = [row for row in rows() if set(names) <= row.keys()]
    told = {row["form"].strip('`"'): [ast.literal_eval(row[name].strip("`")) for name in names] for row in table}
    forms = get_args(DistilSettings.model_fields["form"].annotation)
    assert told == {form: [getattr(DistilSettings(form=form), name) for name in names] for form in forms}


def settings_class(name: str) -> type[BaseModel]:
    """The settings of a name, from where the page says they are."""
    module, _, _ = CLASSES[name].rpartition(".")
    return getattr(import_module(f"genevolve.{module}"), name)


@pytest.mark.parametrize("name", [name for name, full in CLASSES.items() if full.startswith("learn.config.")])
def test_every_setting_of_learning_is_on_the_page(name):
    fields = settings_class(name).model_fields
    plain = {f"{name}.{field}" for field, info in fields.items() if not isinstance(info.default, BaseModel)}
    assert plain <= {setting for row in SET for setting in CODE.findall(row["setting"])}


def test_every_settings_class_of_learning_is_on_the_page():
    body = tree_of(PACKAGE / "learn" / "config.py").body
    defined = {node.name for node in body if isinstance(node, ast.ClassDef) and node.name.endswith("Settings")}
    assert defined - {"LearnSettings"} <= CLASSES.keys()


def test_every_default_says_where_it_is_from():
    assert {row["from"] for row in rows() if "from" in row} == set("PRCO")
