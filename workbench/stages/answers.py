"""Stage ``answers``: every variant answers the exam and the hand-written questions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.engine.estimate import StageEstimate, TunedName, timed
from workbench.engine.inputs import Inputs
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.io import jsonl
from workbench.io.files import read_json, write_json
from workbench.records.layout import RunLayout
from workbench.records.passages import add_passages
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.inputs import SearchInput, SystemsInputs
from workbench.stages.spread_answers import (
    Shifted,
    answer_elsewhere,
    spread_variants,
    threshold_of,
)
from workbench.types import Answer, LanguageModel, Passage, Question
from workbench.variants.assembly import model_of
from workbench.variants.prompting import reference_answer
from workbench.variants.system import System

if TYPE_CHECKING:
    from workbench.corpus.finding import Finder

FEW, MORE = 2, 16  # questions a variant answers: a few first, more where it is quick
#: Tokens of a prompt that ranks, beside a passage's own.
ASIDE = 40
QUICK_S = 1.0
AT_WORK = 1.5


class AnswersInputs(Inputs):
    """The variants, and the lock's hash of the exam that they sit."""

    systems: SystemsInputs
    exam: str


class AnswersStage:
    """``answers/<variant>.jsonl`` in the run's folder, appended batch by batch.

    Before that, where a variant's threshold is to be chosen, ``dev/<variant>.jsonl`` likewise.
    """

    name, version = "answers", 3

    def run(self, inputs: AnswersInputs, out: Path, context: RunContext) -> dict[str, Any]:
        from workbench.variants.answering import answer_questions, share_seen, shared_prompt

        questions = asked_questions(out)
        again = sum(map(len, inputs.systems.further))
        total = len(questions) * (len(inputs.systems.variants) + again)
        # What workers on other machines answer, before the rest is answered here.
        away = spread_variants(inputs.systems, context)
        told = answer_elsewhere(inputs.systems, away, questions, out, context, total)
        here = [item.name for item in inputs.systems.variants if item.name not in away]
        systems = choose_thresholds(
            context.systems(inputs.systems, here), inputs.systems, out, context
        )
        seen: dict[str, float | None] = dict(told.seen)
        shared: dict[str, float] = {}
        weights: dict[str, int] = dict(told.weights)
        for name in away:
            self._add_own_passages(inputs.systems, name, False, out, context)
        for place, system in enumerate(systems):
            path = RunLayout(out).answers(system.name)
            progress = Shifted(context.progress, told.asked + place * len(questions), total)
            answer_questions(system, questions, path, progress)
            seen[system.name] = share_seen(system, questions)
            self._add_own_passages(inputs.systems, system.name, system.is_foreign, out, context)
            if system.is_foreign:
                continue
            if system.model.reference.endpoint is not None:
                shared[system.name] = shared_prompt(system, questions)
            elif hasattr(system.model, "weight_bytes"):
                weights[system.name] = system.model.weight_bytes()
        done = told.asked + len(systems) * len(questions)
        self._answer_again(inputs.systems, away, questions, out, context, done, total)
        names = [item.name for item in inputs.systems.variants]
        _require_an_answer([RunLayout(out).answers(name) for name in names])
        return {
            "variants": len(names),
            "questions": len(questions),
            "share_of_corpus_seen": seen,
            "share_of_prompt_shared": shared,
            "weight_bytes": weights,
        }

    def _add_own_passages(
        self, inputs: SystemsInputs, name: str, foreign: bool, out: Path, context: RunContext
    ) -> None:
        """Keep the texts that came with a variant's answers and stand in no index."""
        from workbench.variants.answering import read_answers

        search = inputs.searches.get(name, inputs.search)
        if foreign or search.retrieval.shown_triples:
            answers = read_answers(RunLayout(out).answers(name))
            finder = context.finder(inputs.corpus)
            add_passages(RunLayout(out).passages, own_passages(answers, finder))

    def _answer_again(
        self, inputs: SystemsInputs, away: Sequence[str], questions: Sequence[Question], out: Path,
        context: RunContext, done: int, total: int,
    ) -> None:  # fmt: skip
        """The variants of each further training, into ``trainings/<number>/``."""
        from workbench.models.local import LocalModel
        from workbench.variants.answering import answer_questions

        for number in range(2, len(inputs.further) + 2):
            own, names = inputs.training(number)
            files = RunLayout(out).training(number)
            systems = context.systems(own, [name for name in names if name not in away])
            for system in choose_thresholds(systems, own, out, context, files):
                progress = Shifted(context.progress, done, total)
                answer_questions(system, questions, files.answers(system.name), progress)
                done += len(questions)
                if isinstance(system.model, LocalModel) and system.model.reference.adapter:
                    system.model.shared.forget(system.model.reference.adapter)

    def estimate(self, inputs: AnswersInputs, context: TrialContext) -> StageEstimate:
        return answer_few(inputs.systems, context)

    def describe(self, summary: Mapping[str, Any]) -> str:
        return f"{summary['variants']} variants x {summary['questions']} questions"

    def amount(self, experiment: Experiment) -> float:
        return float(experiment.questions.test * len(experiment.variants))


def own_passages(answers: Sequence[Answer], finder: Finder) -> Iterator[dict[str, Any]]:
    """The passages that came with the answers, as records: those of a system of another make, and
    what a graph says before passages."""
    for answer in answers:
        # Other answers leave their texts to the index.
        for name, text in zip(answer.passages if answer.texts else (), answer.texts, strict=True):
            document, _, span = name.rpartition(":")
            start, end = map(int, span.split("-"))
            section = finder.section(document, start, end)
            yield asdict(Passage(document, start, end, text, section))


def _require_an_answer(paths: Sequence[Path]) -> None:
    """Raise WorkbenchError where nobody answered anything: there is nothing to weigh."""
    reasons: Counter[str] = Counter()
    for path in paths:
        for record in jsonl.stream(path):
            if record.get("status") != "failed":
                return
            reasons[record.get("error") or "no reason was given"] += 1
    if not reasons:
        return
    reason, number = reasons.most_common(1)[0]
    for path in paths:
        # They are no answers, and would not be asked again.
        path.unlink(missing_ok=True)
    raise WorkbenchError(
        f"No variant answered a single question: {reason} ({number} of {reasons.total()} times).",
        "Mend that in the experiment or at the server, and run again.",
    )


def further_answers(name: str, questions: int, context: TrialContext) -> StageEstimate:
    """A stage in which every variant answers so many questions more, at the pace of the exam's."""
    answers, more = context.answers, questions / max(1, context.counts.asked)
    seconds = None if answers.seconds is None else answers.seconds * more
    tokens = tuple((model, read * more, wrote * more) for model, read, wrote in answers.tokens)
    return StageEstimate(name, seconds, tokens, answers.note)


def with_thresholds(systems: Sequence[System], run: Path) -> list[System]:
    """The systems of a run with the thresholds that were chosen in it."""
    path = RunLayout(run).thresholds
    chosen = read_json(path) if path.exists() else {}
    return [
        replace(system, abstain_below=chosen[system.name]["below"])
        if system.name in chosen
        else system
        for system in systems
    ]


def choose_thresholds(
    systems: Sequence[System],
    inputs: SystemsInputs,
    run: Path,
    context: RunContext,
    files: RunLayout | None = None,
) -> list[System]:
    """Each variant that asks for it answers the dev questions, and its threshold is taken there.

    One rule and one set of questions for all of them; the exam is not looked at. ``files`` is
    where that is kept, where not in the run itself.
    """
    asking = {variant.name for variant in inputs.variants if variant.abstain_below == "dev"}
    files = files or RunLayout(run)
    chosen = read_json(files.thresholds) if files.thresholds.exists() else {}
    due = [system for system in systems if system.name in asking - set(chosen)]
    if due:
        questions = asked_questions(run, ("dev",))
        language = context.corpus(inputs.corpus).language
        for system in due:
            context.progress(0, len(questions), f"{system.name}: threshold on dev questions")
            chosen[system.name] = threshold(
                system, questions, files.dev_answers(system.name), language
            )
        write_json(files.thresholds, chosen)
    return with_thresholds(systems, files.root)


def threshold(
    system: System, questions: Sequence[Question], path: Path, language: str
) -> dict[str, Any]:
    """One variant's threshold, from its answers to dev questions, which ``path`` keeps."""
    from workbench.variants.answering import answer_questions

    answer_questions(replace(system, abstain_below=None), questions, path)
    return threshold_of(questions, path, language)


def asked_questions(run: Path, roles: Sequence[str] = ("test", "gold")) -> list[Question]:
    """The exam as it lies in a run's folder, the written questions first."""
    from workbench.questions.dataset.question_set import read_questions

    return [q for role in roles for q in read_questions(RunLayout(run).questions(role))]


def answer_few(inputs: SystemsInputs, context: TrialContext) -> StageEstimate:
    """A few questions by each variant, or their tokens alone where an endpoint is not called."""
    counts, exam = context.counts, context.sample
    models = {given.reference: given for given in inputs.models}
    seconds: float | None = 0.0
    tokens: list[tuple[str | None, float, float]] = []
    paid: list[tuple[str, float | None]] = []
    note = ""
    for variant, system in zip(inputs.variants, context.systems(inputs), strict=True):
        recorded = RunLayout(context.recorded).answers(system.name)
        left = counts.asked - sum(1 for _ in jsonl.stream(recorded))
        left += counts.asked * sum(variant.name in again for again in inputs.further)
        if variant.abstain_below == "dev" and not RunLayout(context.recorded).thresholds.exists():
            left += counts.dev
        given = models[model_of(inputs, variant)]
        if system.is_foreign and not context.may_call(given):
            seconds = (
                None
                if given.requests_per_minute is None or seconds is None
                else (seconds + left * 60 / given.requests_per_minute)
            )
            note = "systems of another make are not called"
            own = variant.system.usd_per_question if variant.system is not None else None
            paid.append((system.name, None if own is None else own * left))
            context.shown.extend(_stand_ins(system, exam[:MORE]))
            continue
        if context.may_call(given):
            answers, each = _timed_answers(system, exam, given.endpoint is None, context.folder)
            read = sum(answer.input_tokens for answer in answers) / len(answers)
            wrote = sum(answer.output_tokens for answer in answers) / len(answers)
            seconds = None if seconds is None else seconds + each * left
            widest = (
                max(answer.input_tokens for answer in answers) + system.decoding.most_new_tokens
            )
            full = min(given.batch_tokens, widest * counts.asked)
            context.batch_bytes.append(batch_bytes(system.model, full))
        else:
            read, wrote = _counted_tokens(system, exam[:MORE])
            answers = _stand_ins(system, exam[:MORE])
            pace = given.requests_per_minute
            known = seconds is not None and pace is not None
            seconds = (seconds or 0.0) + left * 60 / (pace or 1.0) if known else None
            note = "endpoint: tokens at the most"
        context.shown.extend(answers)
        if system.is_foreign:
            told = [answer.cost for answer in answers if answer.cost is not None]
            paid.append((system.name, sum(told) / len(told) * left if told else None))
            continue
        name = given.name if given.endpoint else None
        if name is not None and variant.name in inputs.adapters:
            name = TunedName(name)
        tokens.append((name, read * left, wrote * left))
    tokens += _queries_at_most(inputs, context)
    return StageEstimate("answers", seconds, tuple(tokens), note, paid=tuple(paid))


def _queries_at_most(
    inputs: SystemsInputs, context: TrialContext
) -> list[tuple[str | None, float, float]]:
    """Tokens of endpoints' models that write what is searched with, once for each question."""
    texts = [question.text for question in context.sample[:MORE]]
    shown = {v.name for v in inputs.variants if v.given_context.startswith("retrieval")}
    searches = [inputs.searches.get(name, inputs.search) for name in sorted(shown)]
    alike = {
        (one.retrieval.query, one.retrieval.queries, one.writer.name): one
        for one in searches
        if one.writer is not None and one.writer.endpoint is not None
    }
    found = _ranking_at_most(searches, context)
    for (*_, name), search in alike.items():
        writer = context.query_writer(search)
        assert writer is not None, "it was taken for having one"
        read, wrote = writer.tokens_at_most(texts)
        found.append((name, read * context.counts.asked, wrote * context.counts.asked))
    return found


def _ranking_at_most(
    searches: Sequence[SearchInput], context: TrialContext
) -> list[tuple[str | None, float, float]]:
    """Tokens of endpoints' models that rank what was found, once for each question."""
    found: dict[tuple[Any, ...], tuple[str | None, float, float]] = {}
    for search in searches:
        spec, ranker = search.retrieval, search.reranker
        if spec.ranking is None or ranker is None or ranker.endpoint is None:
            continue
        count = context.model(ranker).count_tokens
        some = context.passages(search.index)[:MORE]
        each = sum(count(passage.text) for passage in some) / max(1, len(some)) + ASIDE
        asked = context.counts.asked * spec.candidates
        key = (spec.ranking, spec.candidates, ranker.name)
        found[key] = (ranker.name, asked * each, asked * 4.0)
    return [*found.values()]


def _timed_answers(
    system: System, exam: Sequence[Question], here: bool, folder: Path
) -> tuple[list[Answer], float]:
    """A few first; where they were quick and cost nothing, more in a batch. Seconds for each."""
    from workbench.variants.answering import answer_questions, read_answers

    path = folder / f"{system.name}.jsonl"
    _, spent = timed(lambda: answer_questions(system, exam[:FEW], path))
    if here and spent < QUICK_S and len(exam) > FEW:
        path = folder / f"{system.name}-more.jsonl"
        _, spent = timed(lambda: answer_questions(system, exam[:MORE], path))
    answers = read_answers(path)
    return answers, spent / len(answers)


def _counted_tokens(system: System, exam: Sequence[Question]) -> tuple[float, float]:
    """Tokens of a question for an endpoint that is not called: (read, written at the most)."""
    prepared = [prompt for prompt, _ in system.prepare(exam)]
    read = sum(
        system.model.count_tokens(message.content)
        for prompt in prepared
        for message in prompt.messages
    )
    return read / max(1, len(prepared)), float(system.decoding.most_new_tokens)


def _stand_ins(system: System, exam: Sequence[Question]) -> list[Answer]:
    """Answers of a variant that is not called: its passages, and the reference for a reply."""
    return [
        Answer(
            question.id, system.name, reference_answer(question),
            0, 0, 0.0, passages=tuple(hit.passage.id for hit in shown.passages),
        )
        for question, (_, shown) in zip(exam, system.prepare(exam), strict=True)
    ]  # fmt: skip


def batch_bytes(model: LanguageModel, tokens: float) -> int:
    """What a batch of so many tokens holds in memory while it is answered, about.

    Keys and values of all layers, from the sizes that the model's configuration declares, and half
    as much again for the layer at work; 0 where it declares none, and for endpoints.
    """
    from workbench.models.local import LocalModel

    if not isinstance(model, LocalModel):
        return 0
    sizes = model.model.config.get_text_config()
    layers = getattr(sizes, "num_hidden_layers", 0)
    heads = getattr(sizes, "num_attention_heads", 0) or 1
    width = getattr(sizes, "head_dim", None) or getattr(sizes, "hidden_size", 0) / heads
    kept = getattr(sizes, "num_key_value_heads", None) or heads
    each = float(2 * layers * kept * width * model.model.dtype.itemsize)
    return round(AT_WORK * each * tokens)
