"""What a run of evolution takes from its config, and what it leaves alone: folders that it cannot go on in."""

import json
from pathlib import Path
from typing import Any

import pytest

from genevolve.cli.evolve_refusals import refuse_unfit
from genevolve.cli.training_requests import training_requests
from genevolve.config import ModelSettings, RequestSettings, RunConfig, load_config
from genevolve.embed import EMBED_KEYS
from genevolve.errors import BudgetError, RunLockedError, UsageError
from genevolve.evolve.settings import EvolveSettings, LookSettings
from genevolve.evolve.state import Begun
from genevolve.experience.asked import WRITER_KEYS
from genevolve.learn.config import LearnSettings, UpdateSettings
from genevolve.model.settings import LoadSettings, LoraSettings
from genevolve.model.shape import ModelShape
from genevolve.pipeline import AgentSettings
from genevolve.policy import ServedSettings
from genevolve.records import Limits, Request, Sampling
from genevolve.store import ImageStore, RunDir
from genevolve.store.budget import Budget
from genevolve.world import open_world
from support.pictures import make_png

NEEDS_TORCH = 'pip install "genevolve[train]" runs it'
ROWS = {"one": "A dot on white", "two": "Three stars above the sea", "three": "A fox in a library"}
SHORT = Sampling(limits=Limits(max_calls=1, max_tool_calls=0, max_reply_tokens=4))
SHAPE = ModelShape(
    layers=1, hidden=8, intermediate=8, heads=1, kv_heads=1, head_dim=8, vocabulary=9, vision_parameters=0
)


def write_rows(path: Path, rows: dict[str, str], *, colour: tuple[int, int, int] | None = None) -> str:
    """A file of rows, each with a target of its own if a colour is given."""
    lines: list[str] = []
    for number, (name, text) in enumerate(rows.items()):
        row = {"id": name, "question": text}
        if colour:
            (path.parent / f"{name}.png").write_bytes(make_png((*colour[:2], colour[2] + number)))
            row["gt_image"] = f"{name}.png"
        lines.append(json.dumps(row) + "\n")
    path.write_text("".join(lines), encoding="utf-8")
    return str(path)


def learning(steps: int = 1, **update: Any) -> EvolveSettings:
    """Steps of two requests and two attempts, without looks."""
    settings = UpdateSettings(requests=2, attempts=2, steps=2, measure_every=0, **update)
    return EvolveSettings(steps=steps, look=LookSettings(every=0), learn=LearnSettings(update=settings))


def config_in(folder: Path, **changes: Any) -> RunConfig:
    """One short step of a tiny random model in this process, on rows with targets."""
    from support.tiny_models import tiny_folder

    train = folder / "train.jsonl"
    given: dict[str, Any] = {
        "model": ModelSettings(start=str(tiny_folder())),
        "requests": RequestSettings(train=str(train) if train.exists() else write_rows(train, ROWS, colour=(9, 9, 9))),
        "agent": AgentSettings(policy="local", sampling=SHORT, text_only=True),
        "evolve": learning(),
        **changes,
    }
    return RunConfig(**given)


def evolve(folder: Path, config: RunConfig) -> None:
    from genevolve.cli.evolving import evolve_in

    evolve_in(folder, config, tiny=False, budget=None)


def bytes_in(folder: Path) -> dict[str, bytes]:
    """Every file of a folder but its lock, which says who holds it."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run that made its one step, in `run`."""
    pytest.importorskip("transformers", reason=NEEDS_TORCH)
    folder = tmp_path_factory.mktemp("evolving")
    evolve(folder / "run", config_in(folder))
    assert load_config(folder / "run" / "config.toml").model == config_in(folder).model
    return folder


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda old, _: {"model": old.model.but(start="another")}, r"model\.start .* -> another"),
        (lambda old, _: {"model": old.model.but(lora=LoraSettings(alpha=8.0))}, r"model\.lora\.alpha None -> 8\.0"),
        (lambda old, _: {"model": old.model.but(seed=4)}, r"model\.seed 0 -> 4"),
        (lambda _, __: {"evolve": learning(learning_rate=1e-3)}, "learning_rate was 1e-06 and is 0.001"),
        (
            lambda _, folder: {
                "requests": RequestSettings(
                    train=write_rows(folder / "other.jsonl", {**ROWS, "four": "A door"}, colour=(90, 9, 9))
                )
            },
            "requests was",
        ),
    ],
    ids=["start", "lora", "seed", "learning rate", "requests"],
)
def test_a_run_that_was_begun_with_something_else_is_refused_and_no_byte_of_it_is_changed(
    begun: Path, tmp_path: Path, change: Any, told: str
):
    config = config_in(begun)
    before = bytes_in(begun / "run")

    with pytest.raises(UsageError, match=told):
        evolve(begun / "run", config.but(**change(config, tmp_path)))

    assert bytes_in(begun / "run") == before


def test_a_run_of_full_size_does_not_go_on_at_tiny_size(begun: Path):
    from genevolve.cli.evolving import evolve_in

    before = bytes_in(begun / "run")

    with pytest.raises(UsageError, match="was begun without --tiny"):
        evolve_in(begun / "run", config_in(begun), tiny=True, budget=None)

    assert bytes_in(begun / "run") == before


def test_a_folder_that_another_process_holds_is_left_as_it_is(begun: Path):
    before = bytes_in(begun / "run")
    longer = config_in(begun).but(evolve=learning(steps=2))

    with RunDir(begun / "run").lock(), pytest.raises(RunLockedError):
        evolve(begun / "run", longer)

    assert bytes_in(begun / "run") == before


def test_a_run_goes_on_with_its_model_loaded_otherwise_and_takes_back_a_lost_target(begun: Path):
    config, run = config_in(begun), RunDir(begun / "run")
    targets = [request.target for request in run.read_requests().values()]
    run.images.discard(targets[0])

    model = config.model.but(load=LoadSettings(dtype="float32"), shape=SHAPE)
    evolve(run.root, config.but(model=model))

    assert load_config(run.config).model == model
    assert all(target in ImageStore(run.images.folder) for target in targets)
    evolve(run.root, config)


def test_requests_like_those_set_apart_are_left_out_and_told_and_a_resume_must_set_them_apart_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    pytest.importorskip("transformers", reason=NEEDS_TORCH)
    apart = write_rows(tmp_path / "bench.jsonl", {"b1": "three stars, above the SEA!", "b2": "A lighthouse"})
    plain = config_in(tmp_path)
    config = plain.but(requests=plain.requests.but(apart=(apart,)))

    evolve(tmp_path / "run", config)

    run = RunDir(tmp_path / "run")
    assert "left out   two: too like b1, which is set apart (1.00)" in capsys.readouterr().err
    assert set(run.read_requests()) == {"one", "three"}
    begun = Begun.model_validate_json((run.root / "evolve.json").read_bytes())
    assert begun.left_out == {"two": "b1"}
    with pytest.raises(UsageError, match=r"requests apart was '.*' and is None"):
        evolve(run.root, plain)
    other = write_rows(tmp_path / "other.jsonl", {"b1": "three stars, above the SEA!"})
    with pytest.raises(UsageError, match="requests apart was"):
        evolve(run.root, plain.but(requests=plain.requests.but(apart=(other,))))


def test_a_folder_where_tiny_size_was_tried_is_not_begun_at_full_size(begun: Path):
    from genevolve.cli.evolving import evolve_in

    (begun / "tried" / "tiny").mkdir(parents=True)
    (begun / "tried" / "requests.jsonl").write_text("", encoding="utf-8")

    with pytest.raises(UsageError, match="was begun with --tiny"):
        evolve_in(begun / "tried", config_in(begun), tiny=False, budget=None)


def test_a_start_that_came_to_nothing_leaves_a_folder_that_can_be_begun_with_another_seed(tmp_path: Path):
    pytest.importorskip("torch", reason=NEEDS_TORCH)
    from genevolve.cli.learner import open_model

    def first_weight(seed: int) -> Any:
        return next(open_model(ModelSettings(start="small", seed=seed), tmp_path).module.parameters())

    assert first_weight(1).equal(first_weight(1))
    assert not first_weight(1).equal(first_weight(2))
    RunDir.create(tmp_path)


def test_rows_that_are_set_apart_must_be_readable(tmp_path: Path):
    train = write_rows(tmp_path / "train.jsonl", ROWS)
    (tmp_path / "bench.jsonl").write_text('{"id": "b1", "words": "A dot"}\n', encoding="utf-8")
    settings = RequestSettings(train=train, apart=(str(tmp_path / "bench.jsonl"),))

    with pytest.raises(UsageError, match="no row of it could be read as a request"):
        training_requests(ImageStore(tmp_path / "images"), settings, None)


def test_requests_of_the_small_world_that_are_read_from_files_have_its_recipes(tmp_path: Path):
    world = open_world()
    train, held_out, apart = (world.requests(split, 3) for split in ("train", "validation", "evaluation"))

    def written(name: str, requests: list[Request]) -> str:
        return write_rows(tmp_path / name, {one.id: one.text for one in requests})

    files = RequestSettings(
        train=written("train.jsonl", train),
        held_out=written("held_out.jsonl", held_out),
        apart=(written("apart.jsonl", apart),),
    )
    found = training_requests(ImageStore(tmp_path / "images"), files, world)

    for wanted, read in ((train, found.train), (held_out, found.held_out), (apart, found.apart)):
        assert [(one.id, one.text, one.recipe) for one in read] == [(one.id, one.text, one.recipe) for one in wanted]
    assert found.told == []
    only = training_requests(ImageStore(tmp_path / "images"), files.but(held_out=None, held_out_count=3), world)
    assert only.held_out == held_out
    strange = RequestSettings(train=write_rows(tmp_path / "strange.jsonl", ROWS))
    with pytest.raises(UsageError, match="is no request of the small world 0"):
        training_requests(ImageStore(tmp_path / "images"), strange, world)


REFUSED = [
    ('[agent]\npolicy = "served"\n[agent.served]\ndialect = "native"', "trained in the tagged dialect alone"),
    ('[world]\n[[judges]]\njudge = "kscore"', r"have no effect in it: \[\[judges\]\]\. Leave"),
    ('[world]\n[draw]\nrenderer = "openai"', r"\[draw\]"),
    ('[world]\n[agent]\nsearch = "serper"\nskills = "none"', r"search under \[agent\], skills under \[agent\]"),
    ('[world]\n[requests]\ntrain = "a"\nheld_out = "b"\nheld_out_split = "evaluation"', "held_out_split"),
    ('[requests]\ntrain = "a"\nheld_out_split = "evaluation"', "held_out_split"),
    ('[requests]\ntrain = "a"\nheld_out_count = 4', "held_out_count under .* has no effect"),
]


def test_what_a_run_in_the_world_was_judged_by_afterwards_may_stand_in_its_config(tmp_path: Path):
    judged = '[world]\n[[judges]]\njudge = "computed"\n[[judges]]\njudge = "computed-program"'
    (tmp_path / "run.toml").write_text(judged, encoding="utf-8")

    refuse_unfit(load_config(tmp_path / "run.toml"))


def test_keys_of_writer_and_embedder_are_not_shown_to_an_address_of_a_file(tmp_path: Path, monkeypatch: Any):
    for part, keys in (("WRITER", WRITER_KEYS), ("EMBED", EMBED_KEYS)):
        monkeypatch.setenv(f"GENEVOLVE_{part}_URL", "http://mine.example/v1")
        monkeypatch.setenv(f"GENEVOLVE_{part}_KEY", "secret")
        assert keys.server(None) == ("http://mine.example/v1", "secret")
    (tmp_path / "its.toml").write_text(
        '[writer]\nbase_url = "http://stranger.example/v1"\n[embed]\nbase_url = "http://mine.example/v1"\n',
        encoding="utf-8",
    )
    config = load_config(tmp_path / "its.toml")

    assert config.writer is not None
    assert config.embed is not None
    assert WRITER_KEYS.server(config.writer.base_url) == ("http://stranger.example/v1", "")
    assert EMBED_KEYS.server(config.embed.base_url) == ("http://mine.example/v1", "secret")


def test_held_out_requests_like_those_set_apart_are_left_out_too(tmp_path: Path):
    settings = RequestSettings(
        train=write_rows(tmp_path / "train.jsonl", ROWS),
        held_out=write_rows(tmp_path / "held_out.jsonl", {"h1": "A lighthouse", "h2": "An owl"}),
        apart=(write_rows(tmp_path / "bench.jsonl", {"b1": "a LIGHTHOUSE!"}),),
    )

    found = training_requests(ImageStore(tmp_path / "images"), settings, None)

    assert [request.id for request in found.held_out] == ["h2"]
    assert "left out  1 held-out request, too like ones that are set apart" in found.told
    worded = settings.but(apart=(write_rows(tmp_path / "worded.jsonl", {"b1": "A lighthouse, an owl, a boat"}),))
    for similarity, left in ((1.0, ["h1", "h2"]), (0.01, [])):
        found = training_requests(ImageStore(tmp_path / "images"), worded, None, similarity=similarity)
        assert [request.id for request in found.held_out] == left


@pytest.mark.parametrize(("written", "told"), REFUSED)
def test_what_cannot_be_and_what_would_have_no_effect_is_refused_in_words(tmp_path: Path, written: str, told: str):
    (tmp_path / "mine.toml").write_text(written, encoding="utf-8")

    with pytest.raises(UsageError, match=told):
        refuse_unfit(load_config(tmp_path / "mine.toml"))


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[2] / "configs").glob("*.toml")), ids=lambda p: p.name)
def test_no_config_of_the_repository_is_refused(path: Path):
    refuse_unfit(load_config(path))


@pytest.mark.parametrize(
    "written",
    [
        '[world]\n[agent]\npolicy = "local"\nsearch = "small-world"\ntext_only = true',
        '[world]\n[draw]\nrenderer = "sketch"\nsize = { width = 256, height = 256 }',
        '[world]\n[requests]\nheld_out_split = "evaluation"\nheld_out_count = 4',
        '[requests]\ntrain = "a"\nheld_out = "b"\nheld_out_split = "validation"\nheld_out_count = 4',
    ],
)
def test_what_the_config_of_a_run_says_is_taken_again(tmp_path: Path, written: str):
    (tmp_path / "mine.toml").write_text(written, encoding="utf-8")

    refuse_unfit(load_config(tmp_path / "mine.toml"))


async def test_a_budget_bounds_a_served_policy_whose_publisher_asks_without_it(tmp_path: Path):
    pytest.importorskip("peft", reason=NEEDS_TORCH)
    from genevolve.cli.evolving import open_loop
    from genevolve.evolve.watch import unwatched
    from genevolve.testing.engine_server import EngineServer
    from support.tiny_models import tiny_folder

    budget = Budget(calls=1)
    async with EngineServer(tiny_folder()) as server:
        served = ServedSettings(base_url=server.url, model="GenEvolve", token_ids=True)
        agent = AgentSettings(policy="served", served=served, sampling=SHORT, text_only=True)
        plain = config_in(tmp_path)
        config = plain.but(agent=agent, model=plain.model.but(lora=LoraSettings(rank=2)))
        loop = open_loop(RunDir.create(tmp_path / "run"), config, watch=unwatched, budget=budget).loop
        try:
            await loop.prepare()
            await loop.publisher.publish(loop.trainer.module, version="step-000000")
            assert not budget.calls
            made = await loop.agent.roll_out(loop.requests[0])
            with pytest.raises(BudgetError, match="the budget of 1 calls is used up"):
                await loop.agent.roll_out(loop.requests[1])
        finally:
            await loop.close()

    assert made.policy.weights == "step-000000"
    assert budget.calls == {"policy": 1}
