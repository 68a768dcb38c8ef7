"""A container that serves the chosen variant by ``workbench serve``, with all it needs inside.

The model, the corpus and what else the experiment names by path lie in ``rootfs/`` under the paths
that they have here, since artifacts are found by them.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.experiment.prompt_search import is_shipped
from workbench.experiment.weights import BY_CONTENT
from workbench.export.chosen import Chosen
from workbench.export.filling import put
from workbench.io.files import read_json, write_json, write_text
from workbench.records.layout import RunLayout

HOME = Path("srv/workbench")
DISTRIBUTION = "rag-finetune-workbench"
PACKAGE = Path(__file__).parents[1]


def docker(chosen: Chosen, folder: Path) -> list[str]:
    """Write Dockerfile, compose.yaml and everything that they copy."""
    root = folder / "rootfs"
    _copy_run(chosen, root / HOME / "runs" / chosen.run.id)
    _copy_artifacts(chosen, root / HOME / "cache")
    for source in _named_paths(chosen):
        _copy(source, root / source.relative_to(source.anchor))
    for repository in _hub_repositories(chosen):
        target = root / HOME / "hub" / repository.name
        # Snapshots are links to blobs, and would be copied twice.
        shutil.copytree(repository, target, symlinks=True, dirs_exist_ok=True)
    shutil.copytree(
        PACKAGE, folder / "workbench",
        ignore=shutil.ignore_patterns("__pycache__"),
    )  # fmt: skip
    write_text(folder / "requirements.txt", "".join(f"{line}\n" for line in sorted(_required())))
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    put(folder, "Dockerfile", python=python, home=f"/{HOME}", run=chosen.run.id)
    put(folder, "compose.yaml", name=chosen.name.replace("_", "-").lower())
    write_text(folder / ".dockerignore", "README.md\nprompts\nsystem.txt\n")
    put(folder, "env.example")
    reference = chosen.reference
    if reference.endpoint is None:
        return []
    key = f" with the key in {reference.key_env}" if reference.key_env else ""
    return [f"It asks {reference.name} behind {reference.endpoint}{key}: let the container out."]


def _copy_run(chosen: Chosen, target: Path) -> None:
    """What serving reads of a run: no answers, no exam."""
    source, copy = chosen.run.files, RunLayout(target)
    write_text(copy.specification, source.specification.read_text(encoding="utf-8"))
    others = [v.name for v in chosen.experiment.variants if v.name != chosen.name]
    manifest = read_json(source.manifest)
    # What is left out is neither loaded nor offered.
    left_out = [*manifest.get("left_out", []), *others]
    write_json(copy.manifest, {**manifest, "left_out": left_out})
    if source.thresholds.exists():
        write_json(copy.thresholds, read_json(source.thresholds))


def _copy_artifacts(chosen: Chosen, target: Path) -> None:
    inputs = chosen.served.inputs
    adapter = inputs.adapters.get(chosen.name)
    needed = [inputs.corpus, inputs.questions, inputs.search.index]
    for artifact in [*needed, *([] if adapter is None else [adapter])]:
        shutil.copytree(artifact.path, target / artifact.id)


def _named_paths(chosen: Chosen) -> Iterator[Path]:
    """Files and folders that the experiment names by path."""
    experiment = chosen.served.plan.experiment
    if experiment.corpus.revision is not None:
        raise WorkbenchError(
            "The corpus is read from a revision of a git repository, which an image does not hold.",
            "Check that revision out into a folder, name it in corpus.path without a revision, and "
            "run again: the run is the same one.",
        )
    named = [
        experiment.corpus.path, experiment.questions.gold, experiment.prompts.folder,
        experiment.price_book, chosen.reference.adapter,
        *(v.prompt for v in experiment.variants if v.prompt and not is_shipped(v.prompt)),
    ]  # fmt: skip
    yield from (Path(name).absolute() for name in named if name is not None)
    for name in _models(chosen):
        path = Path(name).expanduser()
        if path.exists():
            yield _small(path.absolute())


def _small(path: Path) -> Path:
    """The path, unless its weights are told by their time of change, which no image keeps."""
    files = [path] if path.is_file() else [item for item in path.iterdir() if item.is_file()]
    if path.is_file() or sum(item.stat().st_size for item in files) > BY_CONTENT:
        raise WorkbenchError(
            f"The model in {path} is told by the time of its files, which an image does not keep, "
            "so the container would not find what was tuned on it.",
            "Take --format vllm or merged; or run the experiment with the model's hub name.",
        )
    return path


def _models(chosen: Chosen) -> list[str]:
    """Every local model that the variant's plan names."""
    experiment, names = chosen.served.plan.experiment, []
    for spec in (experiment.model, experiment.questions.writer, experiment.questions.checker):
        if spec is not None and spec.reference().endpoint is None:
            names.append(spec.reference().name)
    if chosen.reference.endpoint is None:
        names.append(chosen.reference.name)
    return list(dict.fromkeys(names))


def _hub_repositories(chosen: Chosen) -> Iterator[Path]:
    """The hub's cache of each model that is known by its hub name."""
    from huggingface_hub import constants

    for name in [*_models(chosen), chosen.experiment.retrieval.embedding_name]:
        folder = Path(constants.HF_HUB_CACHE) / f"models--{name.replace('/', '--')}"
        if folder.is_dir():
            yield folder


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copy2(source, target)


def _required() -> Iterator[str]:
    """Our dependencies in the versions that the exam was sat with."""
    try:
        needed = requires(DISTRIBUTION) or []
    except PackageNotFoundError as error:
        raise WorkbenchError(
            "The workbench runs from a folder that is not installed, so its dependencies are not "
            "known.",
            "pip install -e . in that folder, and export again.",
        ) from error
    import re

    for line in needed:
        name = re.match(r"[A-Za-z0-9._-]+", line)
        if name is None or "extra ==" in line:
            continue
        yield f"{name.group()}=={version(name.group()).split('+')[0]}"
