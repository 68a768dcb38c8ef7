"""What was tried in the playground: one try beside the present setting, and all of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from html import escape
from typing import Any

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.app import records
from workbench.dashboard.jobs import playground as job
from workbench.dashboard.queries import pace, playground, prompts, runs
from workbench.dashboard.queries.playground import Shown
from workbench.dashboard.views import run_progress
from workbench.dashboard.views.question import common
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.variant import variants_of
from workbench.records.manifest import Failure
from workbench.serve.askable import own_id
from workbench.types import Question


def title(item: Shown, known: Sequence[Shown]) -> str:
    """A try by its number, oldest 1, and its time."""
    return f"Try {len(known) - list(known).index(item)} · {runs.moment(item.asked.created)}"


def draw(
    run: runs.Snapshot, experiment: Experiment, questions: Sequence[Question],
    known: Sequence[Shown],
) -> None:  # fmt: skip
    """The chosen try, and the list of all."""
    st.header("What it does")
    named = st.query_params.get("tried")
    at = next((place for place, item in enumerate(known) if item.id == named), 0)
    labels = components.labels(run.variants)

    def shown(item: Shown) -> str:
        return f"{title(item, known)} · {labels.get(item.asked.variant, item.asked.variant)}"

    # With the named try in its key: an address wins over what was picked before.
    item = st.selectbox("Try", known, at, key=f"tried_{known[at].id}", format_func=shown)
    if item.id != known[at].id:
        st.query_params["tried"] = item.id
        st.rerun()
    try:
        present = playground.present(run, experiment, item.asked.variant)
    except (WorkbenchError, StopIteration):
        components.problems(["This try is damaged: its variant can't be read."])
        return
    changed = playground.changes(present, item.asked.setting)
    again = playground.is_foreign(experiment, item.asked.variant)
    components.quiet(
        "Asked again as it is by now." if again else f"Changed: {', '.join(changed) or 'nothing'}."
    )
    if item.outcome is None:
        _wait(run, item)
    elif item.outcome.error is not None:
        error = item.outcome.error or Failure()
        components.problems([f"{error.message} {error.hint}"])
    else:
        _result(run, experiment, questions, known, item)
        _texts(present, item)
        _save(run, experiment, item, changed)
    _history(run, experiment, known, labels)


def _wait(run: runs.Snapshot, item: Shown) -> None:
    """How far the answers are; or that their process ended before them."""
    working = job.worker(run.path)
    if working is None:
        components.problems(["The process that answers has ended before this try was done."])
        ended = job.last(run.path)
        if ended is not None and ended.output():
            with st.expander("What it said before it ended"):
                st.code(ended.output(), language=None, wrap_lines=True)
        if st.button("Go on", type="primary", icon=":material/play_arrow:"):
            job.start(run.path)
            st.rerun()
        return
    st.fragment(_poll, run_every=1)(run, item)


def _poll(run: runs.Snapshot, item: Shown) -> None:
    """Look again until the try is done or its process has ended."""
    if item.files.outcome.exists() or job.worker(run.path) is None:
        st.rerun()
    total = len(item.asked.questions) or 1
    if item.asked.own:
        st.progress(0.0, "Loading the models and asking your question")
        return
    making = item.files.making()
    if making is not None:
        share = making.done / making.total if making.total else 0.0
        text = f"Making passages of {item.asked.setting.chunk_size} tokens"
        if making.total:
            text += f": {making.done:,} of {making.total:,} have their vectors"
        now = time.time()
        rest = pace.left([(making.started, 0.0), (now, share)], None, 0.0, now)
        if rest is not None:
            text += f", {run_progress.about(rest)} left"
        st.progress(min(1.0, share), text)
        return
    done, total = playground.progress(run, item, item.asked.questions)
    text = f"{done} of {total} answers" if done else "Loading the models"
    st.progress(done / max(1, total), text)


def _result(
    run: runs.Snapshot, experiment: Experiment, questions: Sequence[Question],
    known: Sequence[Shown], item: Shown,
) -> None:  # fmt: skip
    """The difference in a sentence, its caveats, and the answers side by side."""
    assert item.outcome is not None
    if item.asked.own:
        _own(run, experiment, item)
        return
    metric, level = item.outcome.metric or "f1", experiment.decision.level
    found = playground.compared(item.outcome.scores, level)
    first, second, before = playground.sides(experiment, item)
    components.say(playground.sentence(item, found, metric, before))
    if metric != experiment.decision.metric:
        components.quiet(
            f"The run decides by {wording.metric_label(experiment.decision.metric)}, which a judge "
            f"gives; here it is {wording.metric_label(metric)}."
        )
    components.quiet(playground.caveat(known, item, level))
    if any(v.trained and v.name == item.asked.variant for v in variants_of(experiment)):
        components.quiet(
            "The adapter was tuned on the present prompts. A run with other prompts tunes it "
            "anew on them, so this shows less than they can do."
        )
    _answers(run, questions, item, metric, (first, second))


def _answers(
    run: runs.Snapshot, questions: Sequence[Question], item: Shown, metric: str,
    heads: tuple[str, str],
) -> None:  # fmt: skip
    """Each question with both answers, the largest changes first."""
    assert item.outcome is not None
    before, after = playground.answers(run, item)
    texts = {question.id: question for question in questions}
    rows, listed = [], []

    def moved(row: Any) -> float:
        known = row.tried is not None and row.present is not None
        return -abs(row.tried - row.present) if known else 0.0

    for row in sorted(item.outcome.scores, key=moved):
        question = texts.get(row.question)
        if question is None:
            continue
        was, now = (str(side.get(row.question, {}).get("text") or "") for side in (before, after))
        references = list(question.answers)
        gap = None if row.tried is None or row.present is None else row.tried - row.present
        rows.append([
            escape(question.text), escape(" · ".join(references) or "(unanswerable)"),
            common(was, references) or "(empty)", common(now, references) or "(empty)",
            wording.points(row.present), wording.points(row.tried), wording.difference(gap),
        ])  # fmt: skip
        listed.append({"question": question.text, "reference": references, "present": was,
                       "tried": now, "metric": metric, "present_score": row.present,
                       "tried_score": row.tried})  # fmt: skip
    first, second = heads
    named = ["Question", "Reference", first, second, first.removeprefix("At ").capitalize(),
             second, "Change"]  # fmt: skip
    components.table("Both answers, largest change first", named, rows, words=(0, 1, 2, 3))
    components.csv_button(f"{run.id}-{item.id}", listed, f"csv_{item.id}")
    _sent(run, item, {question.id: question.text for question in questions})


def _sent(run: runs.Snapshot, item: Shown, texts: dict[str, str]) -> None:
    """The prompt of one question as it was sent with the tried setting."""
    asked = [name for name in item.asked.questions if name in texts]
    _, after = playground.answers(run, item)
    with st.expander("The prompt as it was sent"):
        name = st.selectbox("Of the question", asked, key=f"sent_{item.id}",
                            format_func=lambda one: components.clip(texts[one], 110))  # fmt: skip
        if name is not None:
            _prompt(run, item, texts[name], after.get(name, {}))


def _prompt(run: runs.Snapshot, item: Shown, question: str, answer: Any) -> None:
    ids = [str(one) for one in answer.get("passages") or ()]
    book = prompts.book_of(run, item.asked.setting)
    texts = {**records(run).passages(ids), **playground.passages(item)}
    sent = prompts.as_sent(run, item.asked.variant, question, ids, texts, book)
    for turn in sent.prompt.messages if sent.prompt else ():
        components.quiet(turn.role)
        st.code(turn.content, language=None, wrap_lines=True)
    if sent.note:
        components.quiet(sent.note if sent.prompt else f"Not available: {sent.note}.")


def _own(run: runs.Snapshot, experiment: Experiment, item: Shown) -> None:
    """The answers to a person's own question, and the way to keep it as gold."""
    components.say(f"“{item.asked.own}”")
    sides = playground.answers(run, item)
    heads = playground.sides(experiment, item)[:2]
    for column, head, side in zip(st.columns(2), heads, sides, strict=True):
        reply: Any = next((row for key, row in side.items() if key == _id(item)), {})
        with column, st.container(border=True):
            components.text(head, "wb-head")
            components.text(str(reply.get("text") or reply.get("error") or "(an empty answer)"))
    with st.expander("The prompt as it was sent"):
        _prompt(run, item, item.asked.own, sides[1].get(_id(item), {}))
    with st.expander("Save as gold"):
        _gold(run, experiment, item)


def _id(item: Shown) -> str:
    return own_id(item.asked.own)


def _gold(run: runs.Snapshot, experiment: Experiment, item: Shown) -> None:
    """The right answer and its evidence, into the gold file."""
    with st.form(f"gold_{item.id}", border=False):
        answers = st.text_area("Right answers, one a line (none: the text does not answer it)",
                               key=f"gold_answers_{item.id}", height=80)  # fmt: skip
        quote = st.text_input("Evidence: the sentence of the text that holds the answer",
                              key=f"gold_quote_{item.id}")  # fmt: skip
        sent = st.form_submit_button("Save as gold", icon=":material/star:")
    if sent:
        wanted = [line.strip() for line in answers.splitlines() if line.strip()]
        try:
            path = job.save_gold(run, experiment.name, item.asked.own, wanted, quote.strip())
            st.session_state[f"gold_saved_{run.id}"] = str(path)
        except WorkbenchError as error:
            components.problems([str(error)])
    if saved := st.session_state.get(f"gold_saved_{run.id}"):
        components.quiet("Kept. A run sits these questions with this line in its experiment:")
        st.code(f"questions: {{gold: {saved}}}", language="yaml", wrap_lines=True)
        components.quiet(
            "Choose no prompt by a question that a run is to be judged by: it would be no exam."
        )


def _texts(present: Any, item: Shown) -> None:
    """What was edited, line by line."""
    edited = playground.difference_of_texts(present, item.asked.setting)
    if edited:
        with st.expander("What was edited"):
            st.code(edited, language="diff", wrap_lines=True)


def _save(run: runs.Snapshot, experiment: Experiment, item: Shown, changed: Sequence[str]) -> None:
    """Keep the setting as files that an experiment names."""
    key = f"saved_{item.id}"
    if changed and st.button("Save as the experiment's prompts", icon=":material/save:",
                             key=f"save_{item.id}"):  # fmt: skip
        try:
            st.session_state[key] = job.save_prompts(run, experiment, item.files)
        except WorkbenchError as error:
            components.problems([str(error)])
    if key not in st.session_state:
        return
    folder, specification = st.session_state[key]
    components.quiet("The prompt files are kept. Put this line into your experiment:")
    form = item.asked.setting.form
    own = f", form: {form!r}" if form != experiment.prompts.form else ""
    st.code(f"prompts: {{folder: {folder}{own}}}", language="yaml", wrap_lines=True)
    components.quiet(
        "Or run the whole of this experiment with it (all variants get the same prompts, tuned "
        "ones are tuned on them, and the exam is sat anew):"
    )
    st.code(f"workbench run {specification}", language=None, wrap_lines=True)


def _history(
    run: runs.Snapshot, experiment: Experiment, known: Sequence[Shown], labels: dict[str, str]
) -> None:
    """Every try with its setting and score, the newest first."""
    if len(known) < 2:
        return
    st.header("History")
    rows, listed = [], []
    for item in known:
        try:
            present = playground.present(run, experiment, item.asked.variant)
        except (WorkbenchError, StopIteration):
            continue
        changed = ", ".join(playground.changes(present, item.asked.setting)) or "nothing"
        scores = item.outcome.scores if item.outcome else ()
        found = playground.compared(scores, experiment.decision.level) if scores else None
        tried = playground.mean([row.tried for row in scores])
        gap = found.difference if found else None
        many = "own question" if item.asked.own else str(len(item.asked.questions))
        span = wording.interval(found.low, found.high, signed=True) if found else ""
        rows.append([
            escape(title(item, known)), escape(labels.get(item.asked.variant, item.asked.variant)),
            escape(changed), many, wording.points(tried),
            f"{wording.difference(gap)} <small>{span}</small>",
        ])  # fmt: skip
        listed.append({
            "try": item.id, "variant": item.asked.variant, "changed": changed, "questions": many,
            "metric": item.outcome.metric if item.outcome else "", "score": tried,
            "difference": gap, "low": found.low if found else None,
            "high": found.high if found else None, **item.asked.setting.record(),
        })  # fmt: skip
    heads = ["Try", "Variant", "Changed", "Questions", "Points", "Against the present"]
    components.table("Every try of this run", heads, rows, words=(1, 2))
    components.csv_button(f"{run.id}-tries", listed, "csv_tries")
