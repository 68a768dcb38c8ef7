"""``write``: a corpus in, an exam and training questions out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workbench.corpus.corpus import Corpus
from workbench.errors import WorkbenchError
from workbench.experiment.questions import QuestionSpec
from workbench.io import jsonl
from workbench.io.files import read_json, write_json
from workbench.models.budget import Prices
from workbench.questions.dataset.gold import read_gold
from workbench.questions.dataset.plan import Plan, make_plan
from workbench.questions.dataset.question_set import save_questions
from workbench.questions.dataset.selection import Selection, select, with_tags
from workbench.questions.dataset.unsure import without_unsure
from workbench.questions.dataset.yields import FILE as YIELD
from workbench.questions.dataset.yields import count_yield
from workbench.questions.parsing.names import Names
from workbench.questions.parsing.sentences import sentences
from workbench.questions.quality.certificate import certificate
from workbench.questions.quality.likeness import Embed
from workbench.questions.quality.meaning import sift
from workbench.questions.quality.round_trip import answer_agreement, closed_book
from workbench.questions.writers.harder import harder
from workbench.questions.writers.near_misses import known_names, near_misses
from workbench.questions.writers.offline import UNREADABLE, Dropped, Kept, Outcome
from workbench.questions.writers.reading import read_units
from workbench.questions.writers.rewording import with_rewordings
from workbench.questions.writers.spending import Metered, Spending
from workbench.questions.writers.units import Elsewhere, WriterContext
from workbench.types import LanguageModel, Progress, Question, Section, silent

UNITS = "units.jsonl"


def write(
    corpus: Corpus,
    spec: QuestionSpec,
    model: LanguageModel,
    out: Path,
    seed: int,
    progress: Progress = silent,
    embed: Embed | None = None,
    prices: Prices | None = None,
    checker: LanguageModel | None = None,
    elsewhere: Elsewhere | None = None,
) -> dict[str, Any]:
    """Write train.jsonl, dev.jsonl, test.jsonl, dropped.jsonl, certificate.json, plan.json and
    yield.json.

    Resumes from what an earlier, killed call left in ``out``, to the same result. ``embed`` gives
    unit vectors (texts x dimensions); with it, questions that repeat another in meaning, or that
    another place answers otherwise, go too. ``prices`` are those of a million input and output
    tokens, for a budget in money. ``checker`` reads the questions back (None: ``model``), and
    ``elsewhere`` reads on other machines what they share. Whether
    what could be written is enough is for :func:`workbench.questions.dataset.exam.settle` to say.
    Returns the summary: counts by role, kind and stratum, drop reasons, and notes on what fell
    short.
    """
    _refuse_language(corpus, model)
    out.mkdir(parents=True, exist_ok=True)
    plan = _plan(corpus, spec, out, seed)
    metered = Metered(model, Spending.of(spec, prices))
    check = metered if checker is None else Metered(checker, metered.spending)
    context = WriterContext.open(corpus, spec, plan, metered, embed, check, elsewhere)
    outcomes: list[Outcome] = []
    if plan.visit and (spec.test or spec.train_facts):
        if metered.spending.budget.limited and not (out / UNITS).exists():
            metered.spending.require(*context.estimate())
        outcomes = read_units(context, out / UNITS, progress)
        context.close()
    kept = [k for outcome in outcomes for k in outcome.kept]
    read = _read_back(outcomes, check)
    kept += made_of(kept, spec, context) if context.by_rule else []
    asked = {k.draft.text for k in kept}
    dropped = [d for outcome in outcomes for d in outcome.dropped if d.question not in asked]
    if embed is not None and kept:
        kept, repeated = sift(kept, context.usage, context.names, check, embed)
        dropped += repeated
    kept, unsure = without_unsure(kept, spec)
    dropped += unsure
    if context.by_rule:
        kept = with_rewordings(kept, context.names, embed)
    selection = select(kept, spec, corpus.edition, seed, embed)
    dropped += selection.dropped
    if spec.gold is not None:
        gold = read_gold(Path(spec.gold), corpus, selection.train, plan.unseen)
        save_questions(out / "gold.jsonl", gold)
    count = sum(len(sentences(section.text, section.start)) for section in corpus.sections)
    record = count_yield(corpus, count, kept, dropped, selection)
    write_json(out / YIELD, record)
    summary = _finish(corpus, spec, selection, dropped, metered, out, context.names, embed, read)
    return {**summary, "spent": metered.spending.record()}


def made_of(kept: Sequence[Kept], spec: QuestionSpec, context: WriterContext) -> list[Kept]:
    """Questions made of those already kept: over two facts, and without an answer."""
    made = harder(kept, spec.kinds)
    if "unanswerable" in spec.kinds and not context.chatting:
        known = known_names(context.names, [s.text for s in context.corpus.sections])
        made += near_misses(kept, context.names, context.usage, known)
    return made


#: Models that write Chinese, named where the embedded reader is asked to.
CHINESE_WRITERS = ("Qwen/Qwen2.5-0.5B-Instruct", "Qwen/Qwen2.5-1.5B-Instruct", "Qwen/Qwen3-4B")


def _refuse_language(corpus: Corpus, model: LanguageModel) -> None:
    if model.prompt_format == "reader" and not corpus.language.startswith("en"):
        raise WorkbenchError(
            f"The embedded reader reads English only, and {corpus.title or 'the corpus'} is in "
            f"{corpus.language!r}.",
            f"Name a model that can, such as {', '.join(CHINESE_WRITERS)}, or an endpoint.",
        )


def _plan(corpus: Corpus, spec: QuestionSpec, out: Path, seed: int) -> Plan:
    path = out / "plan.json"
    plan = make_plan(corpus.sections, spec, seed)
    if path.is_file():
        earlier = Plan.from_record(read_json(path)["plan"])
        if earlier != plan:
            raise WorkbenchError(
                f"{out} holds questions of another corpus, seed or split.",
                "Name another folder, or remove that one.",
            )
        return earlier
    facts = {"plan": plan.to_record(), "spec": spec.model_dump(mode="json")}
    write_json(path, {**facts, "edition": corpus.edition})
    return plan


def _finish(
    corpus: Corpus,
    spec: QuestionSpec,
    selection: Selection,
    dropped: Sequence[Dropped],
    model: LanguageModel,
    out: Path,
    names: Names,
    embed: Embed | None,
    read: Mapping[str, Any],
) -> dict[str, Any]:
    sections = {s.id: s for s in corpus.sections}
    tags = _recorded([*selection.dev, *selection.test], model, names, sections)
    for question in selection.train:
        tags[question.id] = {"section_title": sections[question.cluster or ""].title}
    proof = certificate(
        selection.train,
        selection.test,
        {s.id: s.text for s in corpus.sections},
        spec.near_duplicate,
        spec.least_new_words,
        embed,
    )
    proof["read_back"] = dict(read)
    save_questions(out / "train.jsonl", with_tags(selection.train, tags))
    save_questions(out / "dev.jsonl", with_tags(selection.dev, tags))
    jsonl.write(
        out / "dropped.jsonl",
        (asdict(d) for d in dropped),
        sort_keys=True,
    )
    write_json(out / "certificate.json", proof)
    save_questions(out / "test.jsonl", with_tags(selection.test, tags))
    return _summary(spec, selection, dropped, proof)


def _read_back(outcomes: Sequence[Outcome], checker: LanguageModel) -> dict[str, Any]:
    """Which model read the questions back, how many it answered alike and how many otherwise."""
    dropped = sum(d.reason in UNREADABLE for outcome in outcomes for d in outcome.dropped)
    return {
        "model": checker.reference.name,
        "endpoint": checker.reference.endpoint,
        "kept": sum(len(outcome.kept) for outcome in outcomes),
        "dropped": dropped,
    }


def _recorded(
    questions: Sequence[Question],
    model: LanguageModel,
    names: Names,
    sections: Mapping[str, Section],
) -> dict[str, dict[str, object]]:
    """Recorded, never dropped: closed-book knowledge, entity frequency, the section's title."""
    given = closed_book(model, [q.text for q in questions])
    return {
        q.id: {
            "already_known": round(answer_agreement(answer, q.answers), 4),
            "entity_frequency": names.frequency(q.text),
            "section_title": sections[q.cluster or ""].title,
        }
        for q, answer in zip(questions, given, strict=True)
    }


def _summary(
    spec: QuestionSpec, selection: Selection, dropped: Sequence[Dropped], proof: Mapping[str, Any]
) -> dict[str, Any]:
    facts = len({q.fact for q in selection.train})
    notes = [
        f"asked for {asked} {what}, the corpus gave {got}"
        for what, asked, got in (
            ("training facts", spec.train_facts, facts),
            ("exam questions", spec.test, len(selection.test)),
            ("dev questions", spec.dev, len(selection.dev)),
        )
        if got < asked
    ]
    return {
        "train": len(selection.train),
        "train_facts": facts,
        "dev": len(selection.dev),
        "test": len(selection.test),
        "strata": dict(Counter(q.stratum for q in selection.test)),
        "kinds": dict(Counter(q.kind for q in selection.test)),
        "dropped": dict(Counter(d.reason for d in dropped).most_common()),
        "certificate_clean": proof["clean"],
        "notes": notes,
    }
