"""New run: a text, a model, the variants; an estimate; start; progress; stop and resume."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from workbench import wording
from workbench.dashboard import access, components
from workbench.dashboard.jobs import new_run, run_processes, trial
from workbench.dashboard.queries import pace, runs
from workbench.dashboard.views import labels_upload, new_run_form, run_progress
from workbench.dashboard.views.new_run_form import QUESTIONS
from workbench.engine import processes
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment

TEXT, LABELS = "Questions on a text", "Messages with labels"
TEXTS, MESSAGES = "The text", "The messages"


def page() -> None:
    """Draw the form, then the run it started."""
    st.title("New run")
    components.say("Name a text and say what the assistant is for. The rest has sensible settings.")
    what = st.segmented_control(
        "What is the exam made of?", [TEXT, LABELS], default=TEXT, key="new_exam", required=True
    )
    labelled = what == LABELS
    corpus = _corpus(*((MESSAGES, new_run.GOLD_TYPES) if labelled else (TEXTS, new_run.TYPES)))
    labels = labels_upload.draw(corpus) if labelled and corpus is not None else None
    filled = new_run_form.draw(corpus, labelled, labels)
    if st.button("Check and estimate", icon=":material/fact_check:"):
        _check(filled, corpus, labelled)
    ready = st.session_state.get("new_run_ready")
    if ready:
        _ready(*ready)
    # In the address, so that a reload, or another browser, follows the run too.
    if started := st.query_params.get("started"):
        _follow(started)


def _corpus(title: str, types: Sequence[str]) -> Path | None:
    """The text, or the messages: uploaded, or by its path on this machine."""
    st.header(title)
    way = st.segmented_control(
        "Where is it?", ["Upload", "On this machine"], default="Upload", key="new_way"
    )
    try:
        if way == "On this machine":
            named = st.text_input(
                "File or folder", key="new_path", placeholder="/home/me/handbook.md"
            ).strip()
            if not named:
                return None
            path = access.readable(Path(named))
            if not path.exists():
                raise WorkbenchError(f"There is no {path}.", "Check the path.")
            return path
        uploads = st.file_uploader(
            "Files", type=list(types), accept_multiple_files=title == TEXTS,
            key="new_files" if title == TEXTS else "new_messages",
            max_upload_size=new_run.LARGEST_FILE >> 20,
        )  # fmt: skip
        given = uploads if isinstance(uploads, list) else [uploads] if uploads else []
        return new_run.keep(given, types) if given else None
    except WorkbenchError as error:
        components.problems([str(error)])
        return None


def _check(filled: new_run_form.Filled, corpus: Path | None, labelled: bool) -> None:
    """Check the form and read the corpus; keeps what the start button needs."""
    st.session_state.pop("new_run_ready", None)
    st.query_params.pop("started", None)
    _end_trial()
    try:
        if corpus is None:
            what = "are no messages" if labelled else "is no text"
            raise WorkbenchError(f"There {what} yet.", "Upload a file or name a path.")
        values = filled.values
        if labelled and "labels" not in values["questions"]:
            raise WorkbenchError(
                "It is not known which messages have which label.",
                "Name the columns of the file that hold both.",
            )
        if filled.files:
            folder = str(new_run.keep_prompts(filled.format, filled.files))
            values = {**values, "prompts": {**values.get("prompts", {}), "folder": folder}}
        result = new_run.experiment(values)
        for model in (result.model, result.questions.writer):
            # A hub's name is no path; what begins like one, or is there, is.
            if model is not None and (Path(model.name).is_absolute() or Path(model.name).exists()):
                access.readable(Path(model.name))
        with st.spinner("Reading the text…"):
            facts = {} if labelled else new_run.inspect(corpus)
        st.session_state["new_run_ready"] = (result, facts)
        st.session_state["new_run_trial"] = trial.begin(new_run.write(result))
    except WorkbenchError as error:
        components.problems([str(error)])


def _ready(experiment: Experiment, facts: dict[str, Any]) -> None:
    """What was found, how long it will take, and the button."""
    with st.container(border=True):
        if facts:  # of labelled messages what was found stands beside their columns
            _found(experiment, facts)
        tried = st.session_state.get("new_run_trial")
        if tried is not None:
            # Kept for the fragment, which must notice that the trial ended while it polled.
            polling = st.session_state["new_run_polling"] = tried.running
            st.fragment(_expected, run_every=1.0 if polling else None)(experiment, tried)
        if tried is None or not _may_start(tried):
            return
        if st.button("Start", type="primary", icon=":material/play_arrow:"):
            from workbench.experiment.identity import resolve

            try:
                name = resolve(experiment).run_id
                if tried is not None:
                    pace.keep_estimate(tried.outcome())
                run_processes.start_run(new_run.write(experiment), name)
            except WorkbenchError as error:
                components.problems([str(error)])
                return
            _end_trial()
            st.query_params["started"] = name
            del st.session_state["new_run_ready"]
            st.rerun()


def _found(experiment: Experiment, facts: dict[str, Any]) -> None:
    words, sections = int(facts.get("words") or 0), len(facts.get("sections") or ())
    components.text(
        f"{facts.get('title') or experiment.name}: {wording.count(words)} words in "
        f"{wording.count(sections)} sections, language {facts.get('language', '?')}.",
        "wb-say",
    )
    if sections < 10:
        components.quiet(
            "Fewer than ten sections: intervals will be wide, since questions from one section "
            "stand or fall together."
        )


def _may_start(tried: trial.Trial) -> bool:
    """Whether the trial is over and leaves room for success; a run that must fail is not begun."""
    if tried.running or tried.refused:
        return False
    return bool(runs.mapping(tried.outcome().get("outlook")).get("can_succeed", True))


def _end_trial() -> None:
    """Stop a trial that is still under way: its outcome is not wanted any more."""
    tried = st.session_state.pop("new_run_trial", None)
    if tried is not None:
        tried.end()


def _expected(experiment: Experiment, tried: trial.Trial) -> None:
    """What the run will take: measured by a trial, or judged by an earlier run until then."""
    from workbench.records.layout import runs_root

    if tried.running:
        components.quiet(
            "Trying a few questions on this machine to say what the run will take, and whether the "
            "text gives an exam. Start is offered once that is known."
        )
        earlier = new_run.scaled_estimate(experiment, runs.find(runs_root()))
        if earlier.minutes:
            components.quiet(
                f"Judging by {earlier.like}: about {wording.seconds(60 * earlier.total)}."
            )
        return
    # A fragment can't stop its own polling; drawing the whole page does.
    if st.session_state.pop("new_run_polling", False):
        st.rerun()
    matches = tried.outcome()
    outlook = runs.mapping(matches.get("outlook"))
    if tried.refused:
        components.problems([tried.fault() or "The run cannot start as it is set up."])
    elif outlook and not outlook.get("can_succeed", True):
        _no_exam(outlook)
    elif not matches:
        components.quiet(f"The trial failed, so there is no estimate. {tried.fault()}".strip())
    elif matches.get("finished"):
        components.text("This run is finished already: starting it shows its result again.", "")
    else:
        _estimate(matches)


def _no_exam(outlook: dict[str, Any]) -> None:
    """Why the run would fail, and what can be changed on this page so that it does not."""
    components.problems([str(outlook.get("sentence") or "This run cannot succeed.")])
    components.text("What helps:", "wb-say")
    components.text(
        f"Questions of your own, 12 at least: upload them under “{QUESTIONS}”. They are then the "
        "exam."
    )
    components.text(f"A chat model that writes the questions: name it under “{QUESTIONS}”.")
    components.text("More text of the same kind: upload further files.")
    components.quiet("Then press “Check and estimate” again.")


def _estimate(matches: dict[str, Any]) -> None:
    """Totals in a sentence, the stages in a table."""
    outlook = runs.mapping(matches.get("outlook"))
    if outlook.get("sentence"):
        components.text(str(outlook["sentence"]), "wb-say")
    for way in outlook.get("ways") or ():
        components.quiet(str(way))
    currency = str(matches.get("currency") or "USD")
    unknown = [str(name) for name in matches.get("unknown_seconds") or ()]
    missing = [str(name) for name in matches.get("missing") or ()]
    sentences = f"About {wording.seconds(matches.get('seconds'))}"
    sentences += f" and what the endpoint takes for {', '.join(unknown)}" if unknown else ""
    sentences += f", at least {(matches.get('memory_bytes') or 0) / 2**30:.1f} GiB of memory"
    if matches.get("money") is not None:
        sentences += f", {wording.money(matches['money'], currency)}"
    components.text(f"{sentences}.", "wb-say")
    rows = [
        [
            escape(str(part.get("stage", "")).capitalize()),
            "unknown" if part.get("seconds") is None else wording.seconds(part["seconds"]),
            wording.about(part.get("input_tokens")),
            wording.about(part.get("output_tokens")),
            wording.money(part.get("money"), currency),
            escape(str(part.get("note") or "")),
        ]
        for part in map(runs.mapping, matches.get("stages") or ())
    ]
    heads = ["Stage", "Time", "Tokens read", "Tokens written", "Money", ""]
    components.table("What each stage will take", heads, rows)
    components.csv_button(
        "estimate", list(map(runs.mapping, matches.get("stages") or ())), "csv_estimate"
    )
    if missing:
        components.quiet(f"No price for {', '.join(missing)}: the price book lacks it.")
    components.quiet(
        f"From {wording.seconds(matches.get('trial_s'))} of trial on this machine; expect the "
        "time within a factor of 1.5. Training may stop before its last epoch."
    )


def _follow(name: str) -> None:
    """The progress of a run that was started here."""
    job = run_processes.job_of(name)
    if job is None:
        components.problems([f"No run {name} was started here within a day."])
        return
    # Kept for the fragment, which must notice that the run ended while it polled.
    polling = st.session_state["new_run_following"] = job.alive
    st.fragment(_state, run_every=1.5 if polling else None)(name)


def _state(name: str) -> None:
    from workbench.records.layout import runs_root

    # Asked for anew each time: it ends while the fragment is redrawn.
    job = run_processes.job_of(name)
    if job is None:
        return
    # A fragment can't stop its own polling; drawing the whole page does.
    if not job.alive and st.session_state.pop("new_run_following", False):
        st.rerun()
    path = runs_root() / name
    run = runs.open_run(path)
    with st.container(border=True):
        if job.alive:
            components.say("At work. You can close this page: the run goes on by itself.")
            run_progress.draw(run)
            if st.button("Stop", icon=":material/stop:", key="new_stop"):
                # Before it holds the run's lock, the process is known only by its job.
                if not run_processes.stop(path):
                    processes.stop_job(job)
                st.rerun()
            return
        if run.state == "done":
            components.say("Done.")
            components.page_link("verdict", "See the verdict", name)
        else:
            error = run.manifest.error
            components.say("It stopped before it finished. What it did is kept.")
            components.text(f"{error.message} {error.hint}".strip() if error else "", "")
            # start_run names the file last.
            specification = Path(job.command[-1])
            if st.button("Resume", icon=":material/play_arrow:", key="new_resume"):
                run_processes.start_run(specification, name)
                st.rerun()
        if job.output():
            with st.expander("What it printed"):
                st.code(job.output(), language=None, wrap_lines=True)
