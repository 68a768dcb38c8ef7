"""The same exam questions about somebody else, put to every variant, and the figures from it.

Names, pronouns or origins are exchanged in a copy of the corpus, in the question and in its
reference alike. What searches finds passages of the copy, which is indexed as the text itself is,
so that the search may turn on a name too. The questions are recorded with the run before any is
asked, so that a killed run goes on with the same ones.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.engine.estimate import StageEstimate
from workbench.engine.hashing import content_id
from workbench.engine.inputs import ArtifactReference, Inputs, aside
from workbench.evaluation import twins
from workbench.evaluation.metrics import score_answers
from workbench.experiment import Experiment
from workbench.experiment.fairness import FairnessSpec
from workbench.experiment.variant import ceilings, variants_of
from workbench.fairness.exchange import Exchange
from workbench.fairness.lexicon import Pair, read_pairs
from workbench.fairness.tagging import Tagger, about
from workbench.io import jsonl
from workbench.records.layout import RunLayout
from workbench.stages.answers import asked_questions, further_answers, with_thresholds
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.index import IndexInputs, IndexStage
from workbench.stages.inputs import SearchInput, SystemsInputs
from workbench.types import Answer, Evidence, Question, Score
from workbench.variants.answering import answer_questions, read_answers

if TYPE_CHECKING:
    from workbench.corpus import Corpus
    from workbench.records.run import Run

#: Contexts that show no text of the copy: there the model can know the text itself alone.
BLIND = ("none", "examples", "nearest_examples", "system")
#: Kinds of question that are not compared by their words.
LEFT_OUT = ("behaviour", "label")


class CopyInputs(Inputs):
    """A copy of a corpus: of which attribute, by which word list (its hash)."""

    corpus: ArtifactReference
    attribute: str
    lexicon: str
    path: Path | None = aside(default=None)


class CopyStage:
    """The corpus with everybody exchanged; documents and sections keep their ids."""

    name, version = "twin_corpus", 1

    def run(self, inputs: CopyInputs, out: Path, context: RunContext) -> dict[str, Any]:
        from workbench import corpus as corpora

        corpus = context.corpus(inputs.corpus)
        exchange = Exchange(read_pairs(corpus.language, inputs.path), inputs.attribute)
        copy, count = copied(corpus, exchange)
        corpora.save(copy, out)
        return {"exchanged": count}

    def estimate(self, inputs: CopyInputs, context: TrialContext) -> StageEstimate:
        return StageEstimate(self.name, 0.0)

    def describe(self, summary: Mapping[str, Any]) -> str:
        return f"{summary['exchanged']:,} words exchanged"

    def amount(self, experiment: Experiment) -> float:
        return 1.0


COPY, INDEX = CopyStage(), IndexStage()


def copied(corpus: Corpus, exchange: Exchange) -> tuple[Corpus, int]:
    """The corpus with everybody exchanged, and how many words that changed."""
    new = {document.id: exchange.apply(document.text) for document in corpus.documents}
    documents = tuple(replace(d, text=new[d.id].text, edition=content_id([new[d.id].text]))
                      for d in corpus.documents)  # fmt: skip
    sections = []
    for section in corpus.sections:
        own = new[section.document]
        start, end = own.place(section.start), own.place(section.end)
        sections.append(replace(section, start=start, end=end, text=own.text[start:end],
                                title=exchange(section.title)))  # fmt: skip
    copy = replace(
        corpus, documents=documents, sections=tuple(sections), notes=(),
        edition=content_id([document.edition for document in documents]),
    )  # fmt: skip
    return copy, sum(len(one.changed) for one in new.values())


class TwinsInputs(Inputs):
    """The variants, the lock's hash of the exam, how much is exchanged of what, and the indexes
    that the variants search, by variant ("" is the common one)."""

    systems: SystemsInputs
    exam: str
    questions: int
    exchange: tuple[str, ...]
    lexicon: str
    indexes: dict[str, IndexInputs]
    seed: int
    path: Path | None = aside(default=None)

    @classmethod
    def of(
        cls, systems: SystemsInputs, exam: str, spec: FairnessSpec,
        indexes: Mapping[str, IndexInputs], seed: int,
    ) -> TwinsInputs:  # fmt: skip
        path = None if spec.lexicon is None else Path(spec.lexicon)
        searches = {"": systems.search, **systems.searches}
        return cls(
            systems=systems, exam=exam, questions=spec.twins, exchange=spec.exchange,
            lexicon=lexicon_digest(path), seed=seed, path=path,
            # What a copy is found by lies on this machine, whatever holds the text's own vectors.
            indexes={
                name: index.beside.model_copy(update={"embedding": searches[name].embedding})
                for name, index in indexes.items()
            },
        )  # fmt: skip

    def copy_of(self, attribute: str) -> CopyInputs:
        """The copy of the corpus in which that attribute is exchanged."""
        return CopyInputs(
            corpus=self.systems.corpus, attribute=attribute, lexicon=self.lexicon, path=self.path
        )


def lexicon_digest(path: Path | None) -> str:
    """What tells the word lists apart, whichever is read of them."""
    languages = ("en", "zh") if path is None else ("en",)
    return content_id([[list(pair.words) for pair in read_pairs(name, path)] for name in languages])


class TwinsStage:
    """``fairness/twins.jsonl`` in the run's folder, and every variant's answers to them."""

    name, version = "twins", 1

    def run(self, inputs: TwinsInputs, out: Path, context: RunContext) -> dict[str, Any]:
        files, corpus = RunLayout(out), context.corpus(inputs.systems.corpus)
        pairs = read_pairs(corpus.language, inputs.path)
        if not files.twins.exists():
            made = made_twins(
                asked_questions(out, ("test",)), corpus, pairs, inputs.exchange, inputs.questions,
                inputs.seed,
            )  # fmt: skip
            jsonl.write(files.twins, (item.to_record() for item in made))
        asked = read_twins(out)
        total, done = len(asked) * len(inputs.systems.variants), 0
        for attribute in inputs.exchange:
            mine = [item for item in asked if item.tags[twins.EXCHANGED] == attribute]
            if not mine:
                continue
            systems = context.systems(self._on_copy(inputs, attribute, context))
            for system in with_thresholds(systems, out):
                context.progress(done, total, f"{system.name}: {attribute}")
                answer_questions(system, mine, files.twin_answers(system.name))
                done += len(mine)
        context.progress(total, total)
        count = len({item.tags[twins.OF] for item in asked})
        return {
            "questions": count,
            "sentence": f"{len(inputs.systems.variants)} variants x {len(asked)} twins of {count} "
            "questions",
        }

    def _on_copy(self, inputs: TwinsInputs, attribute: str, context: RunContext) -> SystemsInputs:
        """The variants with the copy in the place of the corpus, in their searches too."""
        copy = context.make(COPY, inputs.copy_of(attribute)).reference

        def search(name: str, own: SearchInput) -> SearchInput:
            index = inputs.indexes[name].model_copy(update={"corpus": copy})
            made = context.make(INDEX, index).reference
            return own.model_copy(update={"index": made, "retrieval": own.retrieval.beside})

        given = inputs.systems
        return given.model_copy(update={
            "corpus": copy,
            "search": search("", given.search),
            "searches": {name: search(name, own) for name, own in given.searches.items()},
        })  # fmt: skip

    def estimate(self, inputs: TwinsInputs, context: TrialContext) -> StageEstimate:
        """As many answers more, at the pace of the exam's."""
        questions = min(inputs.questions, context.counts.test) * len(inputs.exchange)
        return further_answers(self.name, questions, context)

    def describe(self, summary: Mapping[str, Any]) -> str:
        return str(summary["sentence"])

    def amount(self, experiment: Experiment) -> float:
        spec = experiment.fairness
        return float(spec.twins * len(spec.exchange) * len(experiment.variants)) or 1.0


def made_twins(
    exam: Sequence[Question], corpus: Corpus, pairs: Sequence[Pair], attributes: Sequence[str],
    count: int, seed: int,
) -> list[Question]:  # fmt: skip
    """For each attribute the twins of up to ``count`` exam questions that name somebody.

    A question in which nobody is named is no less about somebody where its evidence names one.
    """
    result = []
    for attribute in attributes:
        exchange, tagger = Exchange(pairs, attribute), Tagger(pairs, attribute)
        new = {document.id: exchange.apply(document.text) for document in corpus.documents}
        found = []
        for question in exam:
            texts = [*about(question), *(span.quote for span in question.evidence)]
            if question.kind not in LEFT_OUT and any(exchange(text) != text for text in texts):
                found.append(question)
        drawn = random.Random(f"{seed}:twins:{attribute}").sample(found, min(count, len(found)))
        chosen = {question.id for question in drawn}
        for question in found:
            if question.id not in chosen:
                continue
            text = exchange(question.text)
            evidence = []
            for span in question.evidence:
                own = new[span.document]
                start, end = own.place(span.start), own.place(span.end)
                evidence.append(Evidence(span.document, start, end, own.text[start:end]))
            group = tagger.group(about(question)) or tagger.group(
                [span.quote for span in question.evidence]
            )
            tags = {**question.tags, twins.OF: question.id, twins.EXCHANGED: attribute,
                    twins.GROUP: group or ""}  # fmt: skip
            result.append(replace(
                question, id=content_id([question.id, attribute, text]), text=text,
                answers=tuple(map(exchange, question.answers)), evidence=tuple(evidence),
                tags=tags, rev=0,
            ))  # fmt: skip
    return result


def read_twins(run: Path) -> list[Question]:
    """The questions about somebody else that a run's folder holds."""
    return [Question.from_record(record) for record in jsonl.stream(RunLayout(run).twins)]


def figures(
    run: Run,
    experiment: Experiment,
    questions: Sequence[Question],
    scores: Sequence[Score],
    labels: Mapping[str, str],
) -> dict[str, Any] | None:
    """What ``results.json`` says under ``twins``; None where nothing was asked again."""
    if not run.files.twins.exists():
        return None
    asked = read_twins(run.path)
    names = [variant.name for variant in experiment.variants]
    own = {(a.question, a.variant): a for n in names for a in read_answers(run.files.answers(n))}
    given = [answer for name in names for answer in read_answers(run.files.twin_answers(name))]
    language = str(run.manifest.corpus.language or "en")
    spec = experiment.fairness
    pairs = read_pairs(language, None if spec.lexicon is None else Path(spec.lexicon))
    known = variants_of(experiment)
    return twins.twins(
        questions, asked, [*scores, *score_answers(asked, given, language)],
        _changed(asked, own, given, pairs, language),
        variants=names, labels=labels,
        blind=[item.name for item in known if item.context in BLIND], ceilings=ceilings(known),
        groups={name: Tagger(pairs, name).groups for name in spec.exchange},
        level=experiment.decision.level, seed=experiment.seed,
    )  # fmt: skip


def _changed(
    asked: Sequence[Question], own: Mapping[tuple[str, str], Answer], given: Sequence[Answer],
    pairs: Sequence[Pair], language: str,
) -> dict[tuple[str, str], bool]:  # fmt: skip
    """By twin and variant, whether the answer differs in more than what was exchanged."""
    known = {item.id: item for item in asked}
    exchanges = {name: Exchange(pairs, name)
                 for name in {item.tags[twins.EXCHANGED] for item in asked}}  # fmt: skip
    result = {}
    for answer in given:
        twin = known.get(answer.question)
        before = None if twin is None else own.get((str(twin.tags[twins.OF]), answer.variant))
        if twin is None or before is None:
            continue
        exchanged = exchanges[twin.tags[twins.EXCHANGED]](before.text)
        same = twins.same_answer(before, answer, exchanged, language)
        result[answer.question, answer.variant] = not same
    return result
