"""The settings of a run: each part's own, joined, kept in the run's `config.toml` and read back from there.

A flag wins over an environment variable, a variable over a file, a file over
the defaults. What was chosen by what is there, and not by the user, is told.
"""

import difflib
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any, Literal, TypeVar, cast, get_args

import tomli_w
from pydantic import BaseModel, Field, ValidationError

from .embed import EmbedSettings
from .errors import UsageError
from .evolve.publish import PublishSettings
from .evolve.settings import EvolveSettings
from .experience.write import WriterSettings
from .http.keys import FROM_FILE
from .judge import JudgeSettings
from .learn.config import SftSettings
from .model.settings import LoadSettings, LoraSettings
from .model.shape import ModelShape
from .pipeline import AgentSettings, DrawSettings
from .records import Record, Size
from .store import RunDir
from .store.budget import Prices
from .world.examples import ExampleSettings
from .world.settings import WorldSettings

S = TypeVar("S", bound=Record)


class BenchSettings(Record):
    """Which benchmark a run answers."""

    suite: str
    edition: str | None = None
    data: str | None = None
    """The file or folder of its data; None where it takes none."""
    limit: int | None = Field(default=None, ge=1)
    """Only so many of its first requests; None asks all."""


class ModelSettings(Record):
    """The model that trains."""

    start: str = "small"
    """Where training starts: "small", made from nothing for the small world; a folder; or a name on the hub."""
    seed: int = 0
    """Of the weights that are made from nothing."""
    load: LoadSettings = LoadSettings()
    lora: LoraSettings | None = None
    """None trains full weights, as published."""
    shape: ModelShape | None = None
    """For `--dry-run`, where the model's own config.json is not at hand."""


class DemonstrationSettings(ExampleSettings):
    """What supervised tuning learns from."""

    source: str | None = None
    """A run folder, or a file of trajectories; None: attempts of the small world's demonstrator, made on the spot."""
    count: int = Field(default=3000, ge=1)
    """Attempts of the demonstrator that are learned from."""
    held_out: int = Field(default=200, ge=0)
    """Paper: examples that nothing is learned from, and a loss is measured on."""


class RequestSettings(Record):
    """What a policy learns on, and what it is looked at with."""

    train: str | None = None
    """A file or folder of rows, such as the published ones; None: those of the small world."""
    held_out: str | None = None
    """Likewise; None outside of the small world: the policy is not looked at."""
    train_count: int | None = Field(default=None, ge=1)
    """Only the first so many; None: all there are, of the small world 2,048."""
    held_out_count: int | None = Field(default=None, ge=1)
    """Only the first so many; None: all there are, of the small world 60."""
    held_out_split: Literal["validation", "evaluation"] = "validation"
    """Of the small world. Choose settings by one split, and report the other."""
    apart: tuple[str, ...] = ()
    """Files or folders of rows that are neither learned from nor looked at, such as a benchmark's; training requests
    like one of them are left out."""


class ServingSettings(PublishSettings):
    """How new weights reach a policy that is served, and how it is served."""

    way: Literal["lora", "weights"] | None = None
    """An adapter that the server loads, or a whole checkpoint; None: as the model trains."""
    tensor_parallel: int = Field(default=1, ge=1)
    """GPUs that a copy of the policy is split over."""
    data_parallel: int = Field(default=1, ge=1)
    """Copies of the policy."""
    gpu_gb: float = Field(default=80.0, gt=0)
    """Memory of a GPU, which `--dry-run` reckons with."""


class RunConfig(Record):
    """What a run is made with."""

    bench: BenchSettings | None = None
    world: WorldSettings | None = None
    """The small world, where the run stands in it."""
    model: ModelSettings | None = None
    demonstrations: DemonstrationSettings | None = None
    sft: SftSettings | None = None

    requests: RequestSettings | None = None
    evolve: EvolveSettings | None = None
    serving: ServingSettings | None = None
    writer: WriterSettings | None = None
    """Who says in words what set a step's attempts apart; None in the small world: the world's own rules."""
    embed: EmbedSettings | None = None
    """Who makes the vectors that experiences are found by."""

    agent: AgentSettings | None = None
    draw: DrawSettings | None = None
    judges: tuple[JudgeSettings, ...] | None = None
    """The latest judges; every verdict says by itself who gave it."""
    prices: Prices | None = None
    """What calls cost, for `--budget`."""


def load_config(path: Path) -> RunConfig:
    """The settings in a TOML file, such as the `config.toml` of a run.

    Raises:
        UsageError: the file cannot be read, or has a setting that is not known or not valid.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read the config {str(path)!r}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"the config {str(path)!r} is not TOML: {error}") from error
    tables.pop("genevolve", None)  # where and when it ran says nothing of how
    return _validated(RunConfig, tables, f"the config {str(path)!r}", context={FROM_FILE: True})


def with_changes(settings: S, changes: dict[str, Any], *, prefix: str = "--") -> S:
    """The settings with the flags that were given; None means not given. Dots reach into nested settings.

    Raises:
        UsageError: a value is not valid.
    """
    fields = settings.model_dump()
    for name, value in changes.items():
        if value is None:
            continue
        *outer, last = name.split(".")
        table = fields
        for part in outer:
            table = table[part]
        table[last] = value
    return _validated(type(settings), fields, f"a flag ({prefix})")


def parse_size(text: str) -> Size:
    """The size written "768x1024".

    Raises:
        UsageError: it is not two numbers from 64 to 4,096.
    """
    width, _, height = text.lower().replace("×", "x").partition("x")
    if not (width.isascii() and width.isdigit() and height.isascii() and height.isdigit()):
        raise UsageError(f"--size is {text!r}; expected width x height in pixels, such as 768x1024")
    return _validated(Size, {"width": int(width[:6]), "height": int(height[:6])}, f"--size {text}")


def keep_config(run: RunDir, config: RunConfig) -> str | None:
    """Write `config.toml`: exactly what runs, defaults included, with version and commit.

    Settings of a stage that is not run now stay as they were. Where a stage's
    settings changed, the old file is kept under a number and a sentence
    returned that says what changed.
    """
    told = None
    if run.config.exists():
        old = load_config(run.config)
        given = {name: value for name, value in config if value is not None}
        config = old.model_copy(update=given)
        changes = _changes(old, config)
        if changes:
            number = next(n for n in range(1, 10_000) if not run.root.joinpath(f"config.{n}.toml").exists())
            run.config.rename(run.root / f"config.{number}.toml")
            told = f"the settings differ from the last ones in this folder (kept as config.{number}.toml): {changes}"
    tables = {
        "genevolve": {
            "version": metadata.version("genevolve"),
            "commit": _commit() or "unknown",
            "python": sys.version.split()[0],
            "started": datetime.now(UTC).replace(microsecond=0),
        },
        **config.model_dump(mode="json", exclude_none=True),
    }
    run.config.write_text(tomli_w.dumps(tables), encoding="utf-8")
    return told


def refuse_changes(run: RunDir, config: RunConfig, parts: Sequence[str], *, but: Sequence[str] = ()) -> None:
    """Nothing, where a run has the settings that it was begun with, in the parts that its weights depend on.

    Args:
        but: how the paths of settings begin that may change all the same, such as "model.load".

    Raises:
        UsageError: something differs; says what.
    """
    if not run.config.exists():
        return
    old = load_config(run.config)
    before, after = (flattened({name: one.model_dump(mode="json")[name] for name in parts}) for one in (old, config))
    lasting = [key for key in {**before, **after} if not key.startswith(tuple(but))]
    differing = [key for key in lasting if before.get(key) != after.get(key)]
    if differing:
        changes = ", ".join(f"{key} {before.get(key)} -> {after.get(key)}" for key in differing[:5])
        raise UsageError(
            f"the run {str(run.root)!r} was begun with other settings ({changes}). Go on with those of "
            f"{str(run.config)!r}, or name another folder with --out."
        )


def _changes(old: RunConfig, new: RunConfig) -> str:
    before, after = flattened(old.model_dump(mode="json")), flattened(new.model_dump(mode="json"))
    both = [key for key in after if key in before and before[key] != after[key]]
    return ", ".join(f"{key} {before[key]} -> {after[key]}" for key in both)


def flattened(value: Any, prefix: str = "") -> dict[str, Any]:
    """The settings of nested tables, and of lists of them, by their path: "agent.served.model", "judges[0].model"."""
    inner: dict[str, Any] = {}
    if isinstance(value, dict):
        table = cast(dict[str, Any], value)
        inner = {f"{prefix}.{name}" if prefix else name: part for name, part in table.items()}
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        inner = {f"{prefix}[{number}]": part for number, part in enumerate(cast(list[Any], value))}
    if not inner:
        return {prefix: value} if prefix else {}
    return {path: leaf for name, part in inner.items() for path, leaf in flattened(part, name).items()}


def _validated(kind: type[S], fields: dict[str, Any], where: str, *, context: dict[str, Any] | None = None) -> S:
    try:
        return kind.model_validate(fields, context=context)
    except ValidationError as error:
        faults = "; ".join(_fault(kind, e["type"], e["loc"], e["msg"]) for e in error.errors()[:5])
        raise UsageError(f"{where} does not fit: {faults}") from error


def _fault(kind: type[Record], what: str, place: tuple[int | str, ...], words: str) -> str:
    """One fault in words; of a setting that is not known, the one that was probably meant."""
    path = ".".join(map(str, place))
    if what != "extra_forbidden":
        return f"{path}: {words[:1].lower()}{words[1:]}"
    known = _settings_at(kind, place[:-1])
    near = difflib.get_close_matches(str(place[-1]), known, n=1, cutoff=0.5)
    meant = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
    return f"{path}: there is no such setting; {meant}"


def _settings_at(kind: type[Record], place: tuple[int | str, ...]) -> list[str]:
    """The names of the settings in a table of a config."""
    inside: type[BaseModel] = kind
    for name in place:
        if isinstance(name, str) and name in inside.model_fields:
            inside = next(_records_in(inside.model_fields[name].annotation), inside)
    return list(inside.model_fields)


def _records_in(annotation: Any) -> Iterator[type[BaseModel]]:
    """The records that an annotation is made of, such as that of `JudgeSettings | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _records_in(part)


def _commit() -> str | None:
    """The commit of the checkout this package runs from; None where it is installed."""
    folder = Path(__file__).parent
    if "site-packages" in folder.parts:
        return None
    try:
        asked = subprocess.run(
            ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return asked.stdout.strip() or None
