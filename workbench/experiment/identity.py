"""From a specification to its identity: which files it names, what they hold, which run it is.

The run id hashes what the named files contain rather than where they are, so the same experiment
is the same run on another machine, and a changed corpus is another run, as is another model
under the same name.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.prompt_search import is_shipped
from workbench.experiment.tuning import TuningSpec
from workbench.experiment.weights import fingerprint
from workbench.io.files import file_hash
from workbench.io.git import at_revision


@dataclass(frozen=True)
class Resolved:
    """An experiment with absolute paths and content hashes filled in, and its run's name."""

    experiment: Experiment
    run_id: str
    corpus_hash: str
    gold_hash: str | None
    earlier_hash: str | None = None


def resolve(experiment: Experiment) -> Resolved:
    """Check that every file that the experiment names is there, and hash its contents.

    Raises WorkbenchError for a missing file and for a corpus that is not the one of ``sha256``.
    """
    corpus = experiment.corpus
    path, corpus_hash, revision = corpus.path, corpus.sha256, corpus.revision
    if path is not None:
        if revision is None:
            path = str(_present(path, "corpus"))
            matches = file_hash(Path(path))
        else:
            path = str(Path(path).expanduser().absolute())
            with at_revision(Path(path), revision) as found:
                # The commit, so that a branch that moves on meanwhile does not take the run along.
                matches, revision = file_hash(found.path), found.commit
        if corpus_hash is not None and matches != corpus_hash and corpus.url is None:
            raise WorkbenchError(
                f"The corpus {path} is not the text that this experiment names: its SHA-256 is "
                f"{matches[:12]}…, expected {corpus_hash[:12]}….",
                "Bring back that text, or remove sha256 from the experiment to take the new one.",
            )
        corpus_hash = matches
    # Without a path there is a url, and with a url a sha256: CorpusSpec checks both.
    assert corpus_hash is not None
    editions = [str(_present(name, "edition")) for name in corpus.editions]
    earlier = file_hash(Path(editions[0])) if editions else None
    labels = experiment.questions.labels
    searched = experiment.prompts.search
    names: dict[str, str | None] = {
        "gold": experiment.questions.gold,
        "labelled file": None if labels is None else labels.file,
        "prompts folder": experiment.prompts.folder,
        "folder of prompts to try": None if searched is None else searched.folder,
        **{f"prompt {name}": name for name in _prompts(experiment)},
        "price book": experiment.price_book,
        "word list": experiment.fairness.lexicon,
        **{f"file of preferences {name}": name for name in _preferences(experiment)},
    }
    files = {what: _present(name, what) for what, name in names.items() if name is not None}
    hashes = {what: file_hash(file) for what, file in files.items()}

    def absolute(what: str) -> str | None:
        return str(files[what]) if what in files else None

    questions = {"gold": absolute("gold")}
    if labels is not None:
        file = absolute("labelled file")
        questions["labels"] = labels.model_copy(update={"file": file})  # type: ignore[assignment]

    def placed(tuning: TuningSpec) -> TuningSpec:
        own = tuning.preferences
        if own is None or own.labels is None:
            return tuning
        path = absolute(f"file of preferences {own.labels}")
        return tuning.model_copy(update={"preferences": own.model_copy(update={"labels": path})})

    if searched is not None:
        searched = searched.model_copy(update={"folder": absolute("folder of prompts to try")})
    whole = experiment.model_copy(
        update={
            "tuning": placed(experiment.tuning),
            "variants": tuple(
                variant.model_copy(
                    update={
                        "tuning": variant.tuning and placed(variant.tuning),
                        "prompt": absolute(f"prompt {variant.prompt}") or variant.prompt,
                    }
                )
                for variant in experiment.variants
            ),
            "corpus": corpus.model_copy(
                update={
                    "path": path,
                    "revision": revision,
                    "sha256": corpus_hash,
                    "editions": tuple(editions),
                }
            ),
            "questions": experiment.questions.model_copy(update=questions),
            "prompts": experiment.prompts.model_copy(
                update={"folder": absolute("prompts folder"), "search": searched}
            ),
            "price_book": absolute("price book"),
            "fairness": experiment.fairness.model_copy(update={"lexicon": absolute("word list")}),
        }
    )
    identity = _identity(whole, {**hashes, "earlier edition": earlier} if earlier else hashes)
    text = json.dumps(identity, sort_keys=True, ensure_ascii=False)
    run_id = f"{experiment.name}-{sha256(text.encode()).hexdigest()[:8]}"
    return Resolved(whole, run_id, corpus_hash, hashes.get("gold"), earlier)


def _identity(experiment: Experiment, hashes: dict[str, str]) -> dict[str, Any]:
    """Every value of the specification, with contents in the place of paths."""
    values = experiment.model_dump(mode="json")
    # A judge reads the answers afterwards: another one, or none, leaves them as they are. Where
    # something is tuned on its word it is another run.
    judge = values.pop("judge")
    if experiment.prefers_by_judge:
        values["prefers"] = [judge["model"], judge["endpoint"]]
    if not experiment.sensitivity.questions:
        values.pop("sensitivity")  # nothing is asked again, so the run is what it was without it
    asked = [values["model"], values["questions"]["writer"], values["questions"]["checker"]]
    for model in (*asked, *(variant["model"] for variant in values["variants"])):
        if model is not None and model["served_by"] is None:
            model.pop(
                "served_by"
            )  # a run that names no server is what it was before there were any
    source = values["corpus"]
    # The name of the corpus is part of passage ids, its folder is not, nor the commit it is of.
    source.pop("revision", None)
    source["path"] = Path(source["path"]).name if source["path"] else None
    if "editions" in source:
        source["editions"] = [Path(source["editions"][0]).name, hashes["earlier edition"]]
    values["questions"]["gold"] = hashes.get("gold")
    if "labels" in values["questions"]:
        values["questions"]["labels"]["file"] = hashes["labelled file"]
    for tuning in (values["tuning"], *(v["tuning"] for v in values["variants"])):
        own = (tuning or {}).get("preferences")
        if own and own["labels"]:
            own["labels"] = file_hash(Path(own["labels"]))
    values["prompts"]["folder"] = hashes.get("prompts folder")
    if "search" in values["prompts"]:
        values["prompts"]["search"]["folder"] = hashes.get("folder of prompts to try")
    for variant in values["variants"]:
        own = variant.get("prompt")
        if own and not is_shipped(own):
            variant["prompt"] = file_hash(Path(own))
    values["price_book"] = hashes.get("price book")
    if "fairness" in values:
        values["fairness"]["lexicon"] = hashes.get("word list")
    models = [experiment.model, experiment.questions.writer]
    models += [variant.model for variant in experiment.variants]
    references = {model.reference() for model in models if model is not None}
    cut = [experiment.passages, *(v.passages for v in experiment.variants if v.passages)]
    references |= {
        p.context.reference(experiment.model.reference()) for p in cut if p.context is not None
    }
    # A hub name or an endpoint has no files here: its name alone must do.
    values["weights"] = {r.name: matches for r in references if (matches := fingerprint(r))}
    # Of a system of another make what is a file here: a changed program is another system.
    systems = [variant.system for variant in experiment.variants if variant.system is not None]
    named = sorted({name for system in systems for name in system.files()})
    programs = {name: file_hash(Path(name)) for name in named if Path(name).is_file()}
    if programs:
        values["programs"] = programs
    return values


def _preferences(experiment: Experiment) -> list[str]:
    """The files of labels that its tunings name."""
    tunings = [experiment.tuning, *(v.tuning for v in experiment.variants if v.tuning)]
    named = [t.preferences.labels for t in tunings if t.preferences is not None]
    return sorted({name for name in named if name is not None})


def _prompts(experiment: Experiment) -> list[str]:
    """The folders of prompt files that its variants name."""
    named = {variant.prompt for variant in experiment.variants if variant.prompt}
    return sorted(name for name in named if not is_shipped(name))


def _present(name: str, what: str) -> Path:
    path = Path(name).expanduser().absolute()
    if not path.exists():
        raise WorkbenchError(
            f"The {what} {name} does not exist.",
            "Check the path; relative paths start at the folder you run from.",
        )
    return path
