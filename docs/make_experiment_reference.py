"""Print docs/experiment.md: every key of an experiment with its type, default and meaning."""

from __future__ import annotations

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from workbench.experiment import Experiment
from workbench.experiment.answering import DecodingSpec, LatencySpec, PromptSpec, SensitivitySpec
from workbench.experiment.compress import CompressSpec
from workbench.experiment.corpus import CorpusSpec
from workbench.experiment.decision import DecisionSpec, WorkloadSpec
from workbench.experiment.deployment import DeploymentSpec
from workbench.experiment.executor import ExecutorSpec
from workbench.experiment.fairness import FairnessSpec, HarmSpec
from workbench.experiment.graph import GraphSpec
from workbench.experiment.hosted import HostedSpec
from workbench.experiment.judge import JudgeSpec
from workbench.experiment.model import ModelSpec
from workbench.experiment.passages import PassageSpec, ReadSpec, SituatingSpec
from workbench.experiment.preferences import PreferenceSpec
from workbench.experiment.prompt_search import PromptSearchSpec
from workbench.experiment.questions import LabelsSpec, QuestionSpec
from workbench.experiment.retrieval import (
    EmbeddingSpec,
    QueryModelSpec,
    RetrievalSpec,
    RetrieverTuningSpec,
    SparseSpec,
)
from workbench.experiment.retrieval_search import RetrievalSearchSpec
from workbench.experiment.searching import SearchSpec
from workbench.experiment.stores import GraphStoreSpec, StoreSpec
from workbench.experiment.system import CommandSpec, HttpSpec, SystemSpec
from workbench.experiment.tuning import (
    BottleneckSpec,
    Ia3Spec,
    LayersSpec,
    LoraSpec,
    PrefixSpec,
    PTuningSpec,
    SoftPromptSpec,
    TuningSpec,
)
from workbench.experiment.variant_spec import VariantSpec

PARTS: dict[str, type[BaseModel]] = {
    "corpus": CorpusSpec,
    "model": ModelSpec,
    "passages": PassageSpec,
    "passages.read": ReadSpec,
    "passages.context": SituatingSpec,
    "questions": QuestionSpec,
    "questions.labels": LabelsSpec,
    "retrieval": RetrievalSpec,
    "retrieval.embedding": EmbeddingSpec,
    "retrieval.query_model": QueryModelSpec,
    "retrieval.tuned": RetrieverTuningSpec,
    "retrieval.search": RetrievalSearchSpec,
    "retrieval.sparse": SparseSpec,
    "retrieval.graph": GraphSpec,
    "retrieval.graph.store": GraphStoreSpec,
    "retrieval.store": StoreSpec,
    "tuning": TuningSpec,
    "tuning.lora": LoraSpec,
    "tuning.ia3": Ia3Spec,
    "tuning.bottleneck": BottleneckSpec,
    "tuning.prefix": PrefixSpec,
    "tuning.prompt": SoftPromptSpec,
    "tuning.p_tuning": PTuningSpec,
    "tuning.search": SearchSpec,
    "tuning.preferences": PreferenceSpec,
    "tuning.layers": LayersSpec,
    "tuning.hosted": HostedSpec,
    "variants": VariantSpec,
    "variants.compress": CompressSpec,
    "variants.system": SystemSpec,
    "variants.system.http": HttpSpec,
    "variants.system.command": CommandSpec,
    "prompts": PromptSpec,
    "prompts.search": PromptSearchSpec,
    "decoding": DecodingSpec,
    "latency": LatencySpec,
    "sensitivity": SensitivitySpec,
    "fairness": FairnessSpec,
    "harm": HarmSpec,
    "workload": WorkloadSpec,
    "decision": DecisionSpec,
    "deployment": DeploymentSpec,
    "judge": JudgeSpec,
    "executor": ExecutorSpec,
}


def rows(model: type[BaseModel], prefix: str = "") -> list[str]:
    """One table row per plain key of a part."""
    lines = []
    for name, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True)
        # What may be written as a bare text has its default here, and its keys in its own part.
        if f"{prefix}{name}" in PARTS and not isinstance(default, str):
            continue
        shown = "required" if default is PydanticUndefined else f"`{default!r}`"
        lines.append(f"| `{prefix}{name}` | {shown} |")
    return lines


def main() -> None:
    """Print the page."""
    print("# Every key of an experiment\n")
    print("Made from `workbench/experiment/`")
    print("by `docs/make_experiment_reference.py`.")
    print("Unknown keys and wrong types are refused by name.\n")
    print("| key | default |\n|---|---|")
    print("\n".join(rows(Experiment)))
    for part, model in PARTS.items():
        print(f"\n## {part}\n")
        print(" ".join((model.__doc__ or "").split()), "\n")
        print("| key | default |\n|---|---|")
        print("\n".join(rows(model, f"{part}.")))


if __name__ == "__main__":
    main()
