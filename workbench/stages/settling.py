"""The exam of a run: written questions and the experiment's own, settled before it is locked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.engine.inputs import ArtifactReference
from workbench.io.files import read_json
from workbench.stages.plan import RunPlan

if TYPE_CHECKING:
    from workbench.questions import Exam


def settled_exam(plan: RunPlan, corpus: ArtifactReference, questions: ArtifactReference) -> Exam:
    """What is sat and what is trained on, of the written questions and the experiment's own.

    Raises WorkbenchError where there is too little of both, and where a training question gives
    an exam question away, unless leaks are allowed.
    """
    from workbench.corpus import open_corpus
    from workbench.questions import Exam, load, place_gold, require_clean, settle
    from workbench.questions.dataset.succession import require_changed
    from workbench.questions.dataset.yields import read_yield

    folder, spec = questions.path, plan.experiment.questions
    if spec.labels is not None:
        require_clean(read_json(folder / "certificate.json"), plan.experiment.allow_leaks)
        return Exam(load(folder))
    gold = [] if spec.gold is None else place_gold(Path(spec.gold), open_corpus(corpus.path))
    exam = settle(
        load(folder), gold, spec, read_yield(folder),
        read_json(folder / "plan.json")["plan"]["unseen"], training=bool(plan.in_need),
        embed=plan.embed,
    )  # fmt: skip
    if not exam.on_gold:
        require_clean(read_json(folder / "certificate.json"), plan.experiment.allow_leaks)
    if exam.trains and any(item.edition == "tuned_on" for item in plan.adapters.values()):
        require_changed(exam.questions.train)  # says at once that there is nothing to go on with
    if not exam.trains:
        plan.without_training()  # says at once where too little is left
    return exam
