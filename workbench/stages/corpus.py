"""Stage ``corpus``: the user's files become documents and sections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import SerializerFunctionWrapHandler, model_serializer

from workbench.engine.estimate import StageEstimate, timed
from workbench.engine.inputs import Inputs, aside
from workbench.experiment import Experiment
from workbench.experiment.corpus import TranscriberSpec
from workbench.experiment.spec import without_later
from workbench.io.git import at_revision
from workbench.stages.context import RunContext, TrialContext


class CorpusInputs(Inputs):
    """What the files hold and how they are divided. ``name`` is part of every passage's id."""

    sha256: str
    name: str | None
    language: str
    encoding: str
    section_words: int
    strip_boilerplate: bool
    transcriber: TranscriberSpec | None = None
    # The version of what recognises pictures, "" without it: with it a scan has another text.
    recognition: str = ""
    path: Path | None = aside()
    revision: str | None = aside(default=None)
    url: str | None = aside()
    mask: tuple[str, ...] = ()
    # What finds personal data, with its versions; "" are our patterns.
    personal: str = ""

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values = without_later(handler(self), {"personal": ""})
        if not self.mask:
            del values["mask"]
        return values


@contextmanager
def _source(inputs: CorpusInputs, context: RunContext) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """The file or folder to read, and what is to be told of it besides."""
    if inputs.path is None:
        from workbench.corpus import fetch

        assert inputs.url is not None, "an experiment's corpus has a path or a url"
        yield fetch(inputs.url, inputs.sha256, context.cache.root / "downloads"), ()
    elif inputs.revision is None:
        yield inputs.path, ()
    else:
        with at_revision(inputs.path, inputs.revision) as found:
            yield found.path, found.notes


class CorpusStage:
    """Files in, ``documents.jsonl`` and ``sections.jsonl`` out."""

    name, version = "corpus", 5

    def run(self, inputs: CorpusInputs, out: Path, context: RunContext) -> dict[str, Any]:
        from workbench import corpus as corpora

        context.progress(0, 1)
        with _source(inputs, context) as (source, notes):
            corpus = corpora.load(
                source,
                language=inputs.language,
                encoding=inputs.encoding,
                strip_boilerplate=inputs.strip_boilerplate,
                section_words=inputs.section_words,
                transcriber=inputs.transcriber.reference if inputs.transcriber else None,
                progress=context.progress,
                mask=inputs.mask,
                personal="presidio" if inputs.personal else "patterns",
            )
        corpus = replace(corpus, notes=(*corpus.notes, *notes))
        corpora.save(corpus, out)
        context.progress(1, 1)
        facts = corpora.inspect(corpus)
        counted = {name: len(facts[name]) for name in ("documents", "sections")}
        kept = ("title", "edition", "language", "words", "characters", "notes")
        told = {name: facts[name] for name in ("personal", "rough") if facts[name]}
        if inputs.personal:
            told["found_by"] = inputs.personal
        return {name: facts[name] for name in kept} | counted | told

    def estimate(self, inputs: CorpusInputs, context: TrialContext) -> StageEstimate:
        # The text has to be read whole to be counted, so its artifact is kept.
        artifact, seconds = timed(lambda: context.make(self, inputs))
        spent = seconds if artifact.fresh else 0.0
        return StageEstimate(self.name, spent, trial=artifact.reference)

    def describe(self, summary: Mapping[str, Any]) -> str:
        told = f"{summary['words']:,} words in {summary['sections']} sections"
        personal = summary.get("personal") or {}
        if not personal:
            return told
        # Said here, since what follows trains on it.
        counts = ", ".join(f"{count} {kind}" for kind, count in personal.items())
        return f"{told}; personal data: {counts} (corpus.mask)"

    def amount(self, experiment: Experiment) -> float:
        return 1.0
