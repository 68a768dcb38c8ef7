"""The playground's process: answers dev questions by a changed setting, beside the present one.

``python -m workbench.serve.playground RUN`` answers every try that waits in the run's folder and
stays a while for more, so that models are loaded once. The exam stays locked: whoever asks for one
of its questions is refused here, whatever a page offered.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from workbench.engine.cache import ArtifactCache
from workbench.errors import WorkbenchError
from workbench.io import jsonl, locks
from workbench.io.files import write_json, write_text
from workbench.prompt_files import read_files
from workbench.records.layout import RunLayout
from workbench.records.manifest import Failure
from workbench.records.playground import (
    Indexing,
    Outcome,
    Scored,
    Setting,
    Try,
    TryFiles,
    tries,
)
from workbench.records.run import Run
from workbench.serve.askable import questions_of
from workbench.serve.served_run import ServedRun, open_run
from workbench.stages import INDEX
from workbench.stages.answers import with_thresholds
from workbench.stages.inputs import SearchInput, SystemsInputs
from workbench.types import Answer, Passage, Progress, Question, Score
from workbench.variants.prompting import PromptBook
from workbench.variants.system import System

#: Seconds that the process waits for the next try with its models loaded.
IDLE_S = 600.0
#: Seconds between two words on how far an index is.
TOLD_EVERY_S = 0.5
log = logging.getLogger(__name__)


def answer(served: ServedRun, files: TryFiles) -> None:
    """Answer one try, by the present setting too where that has not been done, and score both.

    What the user can mend becomes the try's outcome.
    """
    tried = files.read()
    try:
        outcome = _answered(served, tried, files)
    except WorkbenchError as error:
        outcome = Outcome(error=Failure(message=error.message, hint=error.hint))
    done = outcome.model_copy(update={"finished": time.time()})
    write_json(files.outcome, done.record())


def _answered(served: ServedRun, tried: Try, files: TryFiles) -> Outcome:
    from workbench.variants.answering import answer_questions, read_answers

    run = served.run
    questions = questions_of(run.path, tried)
    if tried.variant not in served.names():
        raise WorkbenchError(
            f"Run {run.id} has no variant {tried.variant!r} that can be tried.",
            f"Its variants are {', '.join(served.names())}.",
        )
    search, changed = None, served.inputs
    spec = next(item for item in served.experiment.variants if item.name == tried.variant)
    # One of another make has prompt and search inside: it is asked again as it is by now.
    if spec.system is None:
        write_prompts(tried.setting, files.prompts)
        search = _search(served, tried, files)
        changed = with_setting(served.inputs, tried, files.prompts, search)
    present = RunLayout(run.path).present(tried.variant)
    answer_questions(_system(served, served.inputs, tried.variant), questions, present)
    answer_questions(_system(served, changed, tried.variant), questions, files.answers)
    answers = read_answers(files.answers)
    own = _shown(served, search, answers)
    jsonl.write(files.passages, map(asdict, own))
    if tried.own:
        return Outcome()
    texts = {passage.id: passage.text for passage in own}
    return score(run, served, questions, read_answers(present), answers, texts)


def _search(served: ServedRun, tried: Try, files: TryFiles) -> SearchInput | None:
    """The search over passages of another size, made anew beside the tries, once for each size.

    None where the size is the run's own.
    """
    plan = served.plan
    spec = next(item for item in plan.experiment.variants if item.name == tried.variant)
    usual, size = spec.passages or plan.experiment.passages, tried.setting.chunk_size or 0
    if size in (0, usual.chunk_size) or tried.setting.top_k is None:
        return None
    own = spec.model_copy(update={"passages": usual.resized(size)})
    # Beside the index whatever the run says: nobody would take a try's vectors out of a store.
    inputs = plan.index_inputs(served.inputs.corpus, own).beside
    # Its own cache: it goes with the run, and no run takes it for an index of its own.
    cache = ArtifactCache(RunLayout(served.run.path).playground / "indexes")
    try:
        context = served.context.reporting(_telling(files))
        index = cache.make(INDEX, inputs, context).reference
    finally:
        files.indexing.unlink(missing_ok=True)
    search = plan.search(index, own)
    return search.model_copy(update={"retrieval": search.retrieval.beside})


def _telling(files: TryFiles) -> Progress:
    """Writes how far the index is where the page finds it."""
    started, last = time.time(), 0.0

    def progress(done: int, total: int, note: str = "") -> None:
        nonlocal last
        if time.monotonic() - last > TOLD_EVERY_S:
            last = time.monotonic()
            told = Indexing(started=started, done=done, total=total)
            write_json(files.indexing, told.record())

    progress(0, 0)
    return progress


def _shown(
    served: ServedRun, search: SearchInput | None, answers: Sequence[Answer]
) -> list[Passage]:
    """The passages of an own index that some answer was given."""
    if search is None:
        return []
    wanted = {name for answer in answers for name in answer.passages}
    return [item for item in served.context.passages(search.index) if item.id in wanted]


def write_prompts(setting: Setting, folder: Path) -> None:
    """The edited prompt files as a folder that ``prompts.folder`` takes.

    Raises WorkbenchError where they would never ask the question.
    """
    book = PromptBook(setting.format, setting.files, "", setting.form)
    for name, text in setting.files.items():
        # The name may come from anywhere: it stays inside the folder.
        write_text(folder / setting.format / Path(name).name, text)
    # Read back, which says of a file that is no template where it is wrong.
    read_files(folder, setting.format)
    if "question" not in book.uses("answer.jinja"):
        raise WorkbenchError(
            "The prompt file answer.jinja never asks the question.",
            "Put {{ question }} where the question is to stand.",
        )


def _system(served: ServedRun, inputs: SystemsInputs, variant: str) -> System:
    """One variant alone, with the threshold that the run chose for it."""
    spec = tuple(item for item in inputs.variants if item.name == variant)
    systems = served.context.systems(inputs.model_copy(update={"variants": spec}))
    return with_thresholds(systems, served.run.path)[0]


def with_setting(
    inputs: SystemsInputs, tried: Try, prompts: Path, search: SearchInput | None = None
) -> SystemsInputs:
    """The variants' inputs as a try wants them; adapters stay the run's, and the index does where
    there is no other ``search``."""
    setting = tried.setting
    variants = tuple(
        item.model_copy(update={"top_k": setting.top_k})
        if item.name == tried.variant and setting.top_k is not None
        else item
        for item in inputs.variants
    )
    return inputs.model_copy(update={
        "variants": variants,
        "searches": inputs.searches if search is None
        else {**inputs.searches, tried.variant: search},
        "prompts": inputs.prompts.model_copy(
            update={"form": setting.form, "folder": str(prompts)}
        ),
        "decoding": inputs.decoding.model_copy(update={"temperature": setting.temperature}),
    })  # fmt: skip


def score(
    run: Run, served: ServedRun, questions: Sequence[Question], present: Sequence[Answer],
    tried: Sequence[Answer], texts: Mapping[str, str] | None = None,
) -> Outcome:  # fmt: skip
    """Both settings' scores by the run's decisive metric, or by F1 where a judge would be asked.

    ``texts`` are passages that were shown and are none of the run's, by id.
    """
    asked = {item.id for item in questions}
    answers = [
        replace(item, variant=name)
        for name, listed in (("present", present), ("tried", tried))
        for item in listed
        if item.question in asked
    ]
    wanted = served.experiment.decision.metric
    scores = _scores(run, served, questions, answers, wanted, texts or {})
    metric = wanted if any(item.metric == wanted for item in scores) else "f1"
    values = {(s.question, s.variant): s.value for s in scores if s.metric == metric}
    rows = tuple(
        Scored(question=item.id, cluster=item.cluster, present=values.get((item.id, "present")),
               tried=values.get((item.id, "tried")))
        for item in questions
    )  # fmt: skip
    return Outcome(metric=metric, scores=rows)


def _scores(
    run: Run, served: ServedRun, questions: Sequence[Question], answers: Sequence[Answer],
    wanted: str, texts: Mapping[str, str],
) -> list[Score]:  # fmt: skip
    """The scores as the run's own stage makes them, without what a judge would have to say."""
    from workbench.evaluation.failures import count_failures
    from workbench.evaluation.metrics import score_answers
    from workbench.evaluation.ragas_scores import plain_scores
    from workbench.records.shown import shown_passages
    from workbench.stages.scoring import cached_embedder

    experiment = served.experiment
    vectors = cached_embedder(experiment.retrieval.embedding) if wanted == "similarity" else None
    passages = {**shown_passages(run, answers), **texts}
    scores = score_answers(
        questions, answers, run.manifest.corpus.language or "en", embed=vectors,
        passages=passages, cited=experiment.prompts.answer == "long",
    )  # fmt: skip
    if wanted.startswith("ragas:"):
        scores += plain_scores(questions, answers, passages)
    return count_failures(scores, answers)


def work(run: Path, idle_s: float = IDLE_S) -> None:
    """Answer what waits, and what comes until nothing has for ``idle_s`` seconds."""
    with locks.refusing(RunLayout(run).playground / "lock", "The playground of this run"):
        served = open_run(run)
        last = time.monotonic()
        while time.monotonic() - last < idle_s:
            waiting = [files for files in tries(run) if not files.outcome.exists()]
            for files in waiting:
                log.info("answering %s", files.id)
                answer(served, files)
                last = time.monotonic()
            if not waiting:
                time.sleep(0.3)


def main(arguments: list[str] | None = None) -> None:
    """Work on the tries of one run."""
    parser = argparse.ArgumentParser(prog="python -m workbench.serve.playground")
    parser.add_argument("run", type=Path)
    try:
        work(parser.parse_args(arguments).run)
    except WorkbenchError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()
