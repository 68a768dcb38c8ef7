"""``write``: a corpus in, an exam and a drill out."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.corpus.corpus import Corpus
from workbench.errors import WorkbenchError
from workbench.experiment import QuestionSpec
from workbench.questions.certificate import certificate
from workbench.questions.exam import save_lines, save_questions, save_text
from workbench.questions.filters import Usage
from workbench.questions.gold import read_gold
from workbench.questions.names import Names, learn_names
from workbench.questions.offline import Draft, Dropped, Outcome, candidates, judge, take
from workbench.questions.plan import Plan, Side, make_plan, quotas
from workbench.questions.reading import agreement, closed_book
from workbench.questions.selection import Selection, select, with_tags
from workbench.questions.sentences import sentences
from workbench.store import records
from workbench.types import LanguageModel, Progress, Question, Section, silent

#: Sections whose drafts the reader sees in one call.
UNIT_SECTIONS = 5
#: How many more facts are kept than asked for, since near-duplicates go last.
SPARE = 1.15
#: How many more drafts are read than facts wanted, in the first round.
READ = 1.6
#: Below this an exam decides nothing.
MIN_EXAM, MIN_DRILL_FACTS = 12, 10


def write(
    corpus: Corpus,
    spec: QuestionSpec,
    model: LanguageModel,
    out: Path,
    seed: int,
    progress: Progress = silent,
    embed: Callable[[Sequence[str]], Any] | None = None,
) -> dict[str, Any]:
    """Write drill.jsonl, dev.jsonl, exam.jsonl, dropped.jsonl, certificate.json and plan.json.

    Resumes from what an earlier, killed call left in ``out``, to the same result. Returns the
    summary: counts by role, kind and stratum, drop reasons, and notes on what fell short.
    """
    out.mkdir(parents=True, exist_ok=True)
    plan = _plan(corpus, spec, out, seed)
    read = _names(corpus), _usage(corpus)
    outcomes = _read_units(corpus, spec, plan, model, out, progress, *read)
    kept = [k for outcome in outcomes for k in outcome.kept]
    selection = select(kept, spec, corpus.edition, seed)
    dropped = [d for outcome in outcomes for d in outcome.dropped] + list(selection.dropped)
    _refuse_if_too_small(selection, corpus)
    if spec.gold is not None:
        gold = read_gold(Path(spec.gold), corpus, selection.drill, plan.unseen)
        save_questions(out / "gold.jsonl", gold)
    return _finish(corpus, spec, selection, dropped, model, out, read[0])


def _plan(corpus: Corpus, spec: QuestionSpec, out: Path, seed: int) -> Plan:
    path = out / "plan.json"
    plan = make_plan(corpus.sections, spec, seed)
    if path.is_file():
        earlier = Plan.from_record(json.loads(path.read_text(encoding="utf-8"))["plan"])
        if earlier != plan:
            raise WorkbenchError(
                f"{out} holds questions of another corpus, seed or split.",
                "Name another folder, or remove that one.",
            )
        return earlier
    save_text(path, json.dumps({"plan": plan.to_record(), "spec": spec.model_dump(mode="json"),
                                "edition": corpus.edition}, ensure_ascii=False, indent=1))
    return plan


def _names(corpus: Corpus) -> Names:
    return learn_names(
        sentence.text for s in corpus.sections for sentence in sentences(s.text, s.start)
    )


def _usage(corpus: Corpus) -> Usage:
    return Usage([
        (s.id, sentence.text, sentence.start)
        for s in corpus.sections
        for sentence in sentences(s.text, s.start)
    ])


def _wanted(spec: QuestionSpec) -> dict[Side, int]:
    each = quotas(spec)
    both = {s: each["exam"][s] + each["dev"][s] for s in each["exam"]}
    return {
        "drilled": math.ceil(spec.drill_facts * SPARE),
        "held_out": math.ceil(both.get("same_section", 0) * SPARE),
        "unseen": math.ceil(both.get("unseen", 0) * SPARE),
    }


def _read_units(
    corpus: Corpus, spec: QuestionSpec, plan: Plan, model: LanguageModel, out: Path,
    progress: Progress, names: Names, usage: Usage,
) -> list[Outcome]:
    """Read unit after unit until there is enough of every side, or no draft is left."""
    path = out / "units.jsonl"
    done = {r["unit"]: Outcome.from_record(r) for r in records.read(path)}
    sections = {s.id: s for s in corpus.sections}
    wanted = _wanted(spec)
    have: Counter[str] = Counter()
    outcomes: list[Outcome] = []
    groups = [
        plan.visit[i : i + UNIT_SECTIONS] for i in range(0, len(plan.visit), UNIT_SECTIONS)
    ]
    found: dict[str, list[Draft]] = {}
    caps = _caps(wanted, plan)
    for number in range(3):
        for place, group in enumerate(groups):
            if all(have[side] >= count for side, count in wanted.items()):
                return outcomes
            unit = f"{number}/{place}"
            outcome = done.get(unit)
            if outcome is None:
                outcome = _unit(number, [sections[s] for s in group], caps, plan, names, usage,
                                found, model)
                records.append(path, [outcome.to_record(unit)])
            outcomes.append(outcome)
            have.update(k.draft.side for k in outcome.kept)
            progress(
                min(sum(wanted.values()), sum(min(have[s], n) for s, n in wanted.items())),
                sum(wanted.values()), f"{sum(have.values())} kept",
            )
    return outcomes


def _caps(wanted: Mapping[Side, int], plan: Plan) -> dict[Side, int]:
    """Drafts to read per section and round: evenly over the text, with bounds for long ones."""
    drilled, unseen = max(1, len(plan.drilled)), max(1, len(plan.unseen))
    bounds: dict[Side, tuple[int, int]] = {
        "drilled": (drilled, 10), "held_out": (drilled, 5), "unseen": (unseen, 10),
    }
    return {
        side: min(most, math.ceil(wanted[side] * READ / count) + 1)
        for side, (count, most) in bounds.items()
    }


def _unit(
    number: int, group: Sequence[Section], caps: Mapping[Side, int], plan: Plan, names: Names,
    usage: Usage, found: dict[str, list[Draft]], model: LanguageModel,
) -> Outcome:
    chosen: list[Draft] = []
    refused: list[Dropped] = []
    skip: dict[Side, int] = {side: number * cap for side, cap in caps.items()}
    for section in group:
        if section.id not in found:
            found[section.id], faults = candidates(section, plan, names, usage)
            refused += faults if number == 0 else []
        chosen += take(found[section.id], caps, skip)
    outcome = judge(chosen, model)
    return Outcome(outcome.kept, (*refused, *outcome.dropped))


def _refuse_if_too_small(selection: Selection, corpus: Corpus) -> None:
    facts = len({q.fact for q in selection.drill})
    if len(selection.exam) >= MIN_EXAM and facts >= MIN_DRILL_FACTS:
        return
    raise WorkbenchError(
        f"The corpus is too small to examine: {len(selection.exam)} exam questions and {facts} "
        f"facts to drill could be written from {len(corpus.sections)} sections, and "
        f"{MIN_EXAM} and {MIN_DRILL_FACTS} are the least that an exam needs.",
        "Bring more text, write with a chat model (questions.writer), or give questions of your "
        "own (questions.gold).",
    )


def _finish(
    corpus: Corpus, spec: QuestionSpec, selection: Selection, dropped: Sequence[Dropped],
    model: LanguageModel, out: Path, names: Names,
) -> dict[str, Any]:
    sections = {s.id: s for s in corpus.sections}
    tags = _recorded([*selection.dev, *selection.exam], model, names, sections)
    for question in selection.drill:
        tags[question.id] = {"section_title": sections[question.cluster or ""].title}
    proof = certificate(
        selection.drill, selection.exam, {s.id: s.text for s in corpus.sections},
        spec.near_duplicate,
    )
    save_questions(out / "drill.jsonl", with_tags(selection.drill, tags))
    save_questions(out / "dev.jsonl", with_tags(selection.dev, tags))
    save_lines(out / "dropped.jsonl", (
        {"question": d.question, "answer": d.answer, "section": d.section, "reason": d.reason,
         "detail": d.detail} for d in dropped
    ))
    save_text(out / "certificate.json", json.dumps(proof, ensure_ascii=False, indent=1))
    save_questions(out / "exam.jsonl", with_tags(selection.exam, tags))
    return _summary(spec, selection, dropped, proof)


def _recorded(
    questions: Sequence[Question], model: LanguageModel, names: Names, sections: Mapping[str, Section]
) -> dict[str, dict[str, object]]:
    """Recorded, never dropped: closed-book knowledge, entity frequency, the section's title."""
    given = closed_book(model, [q.text for q in questions])
    return {
        q.id: {
            "already_known": round(agreement(answer, q.answers), 4),
            "entity_frequency": names.frequency(q.text),
            "section_title": sections[q.cluster or ""].title,
        }
        for q, answer in zip(questions, given, strict=True)
    }


def _summary(
    spec: QuestionSpec, selection: Selection, dropped: Sequence[Dropped], proof: Mapping[str, Any]
) -> dict[str, Any]:
    facts = len({q.fact for q in selection.drill})
    notes = [
        f"asked for {asked} {what}, the corpus gave {got}"
        for what, asked, got in (
            ("drill facts", spec.drill_facts, facts),
            ("exam questions", spec.exam, len(selection.exam)),
            ("dev questions", spec.dev, len(selection.dev)),
        )
        if got < asked
    ]
    return {
        "drill": len(selection.drill),
        "drill_facts": facts,
        "dev": len(selection.dev),
        "exam": len(selection.exam),
        "strata": dict(Counter(q.stratum for q in selection.exam)),
        "kinds": dict(Counter(q.kind for q in selection.exam)),
        "dropped": dict(Counter(d.reason for d in dropped).most_common()),
        "certificate_clean": proof["clean"],
        "notes": notes,
    }
