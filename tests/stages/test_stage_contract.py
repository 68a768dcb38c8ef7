"""What every registered stage promises: inputs alone tell its work apart, anywhere."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from workbench.engine.cache import ArtifactCache
from workbench.engine.inputs import ArtifactReference, Inputs
from workbench.engine.stage import Stage, stage_id
from workbench.experiment import Experiment
from workbench.experiment.identity import resolve
from workbench.io.files import write_json
from workbench.stages import CORPUS, INDEX, PROMPTS, RETRIEVAL, STAGES, TRIALS
from workbench.stages.asking import asking_stages
from workbench.stages.context import RunContext
from workbench.stages.forgetting import PROBE
from workbench.stages.making import make_artifacts
from workbench.stages.memorised import RECITING
from workbench.stages.plan import RunPlan
from workbench.stages.twins import COPY

TEXT = (
    "# One\n\nThe miller Anna kept the bridge.\n\n# Two\n\nPym the ferryman kept the boat.\n" * 30
)

TAUGHT = {"name": "taught", "context": "none", "tuning": {"epochs": [1, 2], "teacher": "rag"}}

LEARNED = {"name": "learned", "context": "retrieval", "retrieval": {"tuned": "query_map"}}


def experiment(folder: Path, **changes: Any) -> Experiment:
    path = folder / "text.md"
    path.write_text(TEXT, "utf-8")
    prices = folder / "prices.yaml"
    prices.write_text("dated: 2026-01-01\nmachine: {per_hour: 1.0}\n", "utf-8")
    values = {
        "purpose": "Answer questions about the mill.",
        "name": "mill",
        "corpus": str(path),
        "variants": ["prompt_only", "rag", "fine_tuned", "raft", TAUGHT, LEARNED],
        "sensitivity": {"questions": 2},
        "refusal_probes": 2,
        "planted_instructions": 2,
        "memorised_stretches": 2,
        "fairness": {"twins": 2},
        "prompts": {"search": {}},
        "retrieval": {"mode": ["fused", "bm25"]},
        "tuning": {"epochs": [1, 2], "seeds": 2, "canaries": 1},
        "price_book": str(prices),
        "judge": {"model": "stub", "endpoint": "http://127.0.0.1:1/v1"},
        **changes,
    }
    return Experiment(**values)


def steps(asked: Experiment, folder: Path) -> Iterator[tuple[Stage[Any, Any], Inputs]]:
    """Every stage of the experiment with its inputs; only the corpus is made."""
    context = RunContext(ArtifactCache(folder / "cache"))
    plan = RunPlan(resolve(asked))
    seen: list[tuple[Stage[Any, Any], Inputs]] = []

    def execute(stage: Stage[Any, Any], inputs: Inputs, name: str = "") -> ArtifactReference:
        seen.append((stage, inputs))
        if stage is CORPUS:
            return context.make(stage, inputs).reference
        if stage is TRIALS:
            write_json(folder / stage.name / "trials.json", {"chosen": {"epochs": 2}})
        if stage is RETRIEVAL:
            write_json(folder / stage.name / "retrieval.json", {"chosen": {"retrieval.top_k": 4}})
        if stage is PROMPTS:
            chosen = {"prompt": "joined", "context": inputs.systems.variants[0].given_context}  # type: ignore[attr-defined]
            write_json(folder / stage.name / "prompts.json", {"chosen": chosen})
        return ArtifactReference(id=stage_id(stage, inputs), path=folder / stage.name)

    systems = make_artifacts(plan, execute)
    yield from seen
    yield from asking_stages(plan, systems, exam="0" * 64)


@pytest.fixture(scope="module")
def inputs_of(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Inputs]:
    """The fullest inputs of each stage: the raft adapter's, which reads passages, for adapters."""
    folder = tmp_path_factory.mktemp("stages")
    found = {stage.name: inputs for stage, inputs in steps(experiment(folder), folder)}
    found["recited"] = next(iter(found["memorised"].records.values()))  # type: ignore[attr-defined]
    found["twin_corpus"] = found["twins"].copy_of("gender")  # type: ignore[attr-defined]
    found["probe"] = next(iter(found["forgetting"].records.values()))  # type: ignore[attr-defined]
    return found


ALL: dict[str, Stage[Any, Any]] = {
    **STAGES,
    "probe": PROBE,
    "recited": RECITING,
    "twin_corpus": COPY,
}


@pytest.mark.parametrize("name", ALL)
def test_every_field_of_the_inputs_and_no_other_changes_the_id(
    name: str, inputs_of: dict[str, Inputs]
) -> None:
    stage, inputs = ALL[name], inputs_of[name]
    own = stage_id(stage, inputs)
    for field, declared in type(inputs).model_fields.items():
        value = getattr(inputs, field)
        other = inputs.model_copy(update={field: changed(value, str(declared.annotation))})
        assert (stage_id(stage, other) == own) == bool(declared.exclude), f"{name}.{field}"


def changed(value: Any, annotation: str = "") -> Any:
    """Another value of the same shape, changed in what counts of it."""
    if value is None and "int" in annotation:
        return 7
    if value is None and "tuple[str" in annotation:
        return ("x",)
    if value is None and "tuple" in annotation:
        return (1.0, 2.0)
    if isinstance(value, BaseModel):
        first = next(n for n, f in type(value).model_fields.items() if not f.exclude)
        return value.model_copy(update={first: changed(getattr(value, first))})
    if isinstance(value, dict):
        return {f"{key}x": item for key, item in value.items()} or {
            "raft": ArtifactReference(id="another", path=Path())
        }
    if isinstance(value, tuple):
        return (*value, value[-1] if value else "x")
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return ArtifactReference(id="a", path=Path()) if value is None else f"{value}x"


@pytest.mark.parametrize("name", ALL)
def test_where_things_lie_and_how_fast_they_are_is_no_input(
    name: str, inputs_of: dict[str, Inputs]
) -> None:
    stage, inputs = ALL[name], inputs_of[name]
    assert stage_id(stage, moved(inputs)) == stage_id(stage, inputs)


def moved(value: Any) -> Any:
    """The same value with all that is set aside in it changed, however deep."""
    if isinstance(value, Inputs):
        fields = type(value).model_fields
        return value.model_copy(
            update={
                name: "elsewhere" if field.exclude else moved(getattr(value, name))
                for name, field in fields.items()
            }
        )
    if isinstance(value, dict):
        return {key: moved(item) for key, item in value.items()}
    return tuple(map(moved, value)) if isinstance(value, tuple) else value


@pytest.mark.parametrize("name", ALL)
def test_the_code_s_version_changes_the_id(name: str, inputs_of: dict[str, Inputs]) -> None:
    class Raised:
        version = ALL[name].version + 1

    Raised.name = name  # type: ignore[attr-defined]
    assert stage_id(Raised(), inputs_of[name]) != stage_id(ALL[name], inputs_of[name])  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ALL)
def test_a_stage_and_its_inputs_can_be_sent_to_another_process(
    name: str, inputs_of: dict[str, Inputs]
) -> None:
    stage, inputs = pickle.loads(pickle.dumps((ALL[name], inputs_of[name])))
    assert stage_id(stage, inputs) == stage_id(ALL[name], inputs_of[name])
    assert not vars(stage), "a stage keeps nothing that could reach it beside its inputs"


def test_a_stage_runs_in_another_process(tmp_path: Path, inputs_of: dict[str, Inputs]) -> None:
    job = tmp_path / "job.pickle"
    job.write_bytes(pickle.dumps((CORPUS, inputs_of["corpus"], tmp_path / "cache")))
    code = (
        "import pickle, sys\n"
        "from pathlib import Path\n"
        "from workbench.engine.cache import ArtifactCache\n"
        "from workbench.stages.context import RunContext\n"
        "stage, inputs, root = pickle.loads(Path(sys.argv[1]).read_bytes())\n"
        "print(RunContext(ArtifactCache(root)).make(stage, inputs).id)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(job)], capture_output=True, text=True, check=True
    )
    made = done.stdout.strip()
    assert made == stage_id(CORPUS, inputs_of["corpus"])
    facts = json.loads((tmp_path / "cache" / made / "artifact.json").read_text("utf-8"))
    assert facts["summary"]["words"] > 100


@pytest.mark.parametrize("name", ["answers", "latency", "scores", "judge", "adapter", "questions"])
def test_what_the_time_grows_with_grows(name: str, tmp_path: Path) -> None:
    small, large = (
        experiment(
            tmp_path,
            questions={"train_facts": n, "test": n},
            latency={"sample": n},
        )
        for n in (20, 40)
    )
    assert STAGES[name].amount(large) > STAGES[name].amount(small) > 0


# --- keys that were once incomplete ----------------------------------------------------------


def ids(asked: Experiment, folder: Path) -> dict[str, str]:
    return {stage.name: stage_id(stage, inputs) for stage, inputs in steps(asked, folder)}


def test_bm25_and_fused_search_on_one_text_do_not_share_an_index(tmp_path: Path) -> None:
    """An index that was built for BM25 has no vectors: fused search on it ended in an error."""
    context, found = RunContext(ArtifactCache(tmp_path / "cache")), {}
    for mode in ("bm25", "fused"):
        plan = RunPlan(resolve(experiment(tmp_path, retrieval={"mode": mode})))
        corpus = context.make(CORPUS, plan.corpus_inputs()).reference
        index = context.make(INDEX, plan.index_inputs(corpus))
        hits = context.retriever(plan.search(index.reference)).retrieve(["Who kept the boat?"], 1)
        found[mode] = index.id
        assert "boat" in hits[0][0].passage.text
    assert found["bm25"] != found["fused"]


def test_raft_examples_depend_on_the_decoding_and_closed_book_ones_do_not(tmp_path: Path) -> None:
    """RAFT's prompts are cut to leave room for the reply, whose length is the decoding's."""
    for variants, differs in ((["rag", "raft"], True), (["rag", "fine_tuned"], False)):
        short, long = (
            ids(experiment(tmp_path, variants=variants, decoding={"max_new_tokens": n}), tmp_path)
            for n in (32, 64)
        )
        assert (short["adapter"] != long["adapter"]) == differs
        assert short["answers"] != long["answers"]


def test_a_retrained_embedding_of_the_same_name_is_another(tmp_path: Path) -> None:
    folder = tmp_path / "embedding"
    folder.mkdir()
    asked = experiment(tmp_path, retrieval={"embedding": str(folder)})
    (folder / "model.safetensors").write_bytes(b"first")
    before = ids(asked, tmp_path)
    assert ids(asked, tmp_path) == before
    (folder / "model.safetensors").write_bytes(b"again")
    after = ids(asked, tmp_path)
    for name in ("questions", "index", "adapter", "answers"):
        assert before[name] != after[name], name


def test_a_retrained_adapter_of_the_same_name_is_another(tmp_path: Path) -> None:
    folder = tmp_path / "adapter"
    folder.mkdir()
    named = {"name": "house", "context": "none", "model": {"adapter": str(folder)}}
    asked = experiment(tmp_path, variants=["prompt_only", "rag", named])
    (folder / "adapter_model.safetensors").write_bytes(b"first")
    before = ids(asked, tmp_path)
    (folder / "adapter_model.safetensors").write_bytes(b"again")
    after = ids(asked, tmp_path)
    assert before["answers"] != after["answers"] and before["index"] == after["index"]
