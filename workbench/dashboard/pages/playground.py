"""Playground: other prompts and settings on dev questions, beside the present, with evidence."""

from __future__ import annotations

import random
from collections.abc import Sequence

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.app import current_run, finished
from workbench.dashboard.jobs import playground as job
from workbench.dashboard.queries import playground, runs
from workbench.dashboard.views import prompt_fields, tries
from workbench.engine import processes
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.variant import variants_of
from workbench.records.playground import LONGEST_QUESTION, Setting, ask
from workbench.records.run import Run
from workbench.serve.askable import dev_questions, own_question
from workbench.types import Question

#: Dev questions of a sample: enough to see a large effect, few enough to wait for.
SAMPLE = 20
#: Tokens of a passage that can be tried.
SMALLEST, LARGEST = 20, 4000
ALL, FEW, SOME, OWN = "all", "sample", "some", "own"


def page() -> None:
    """Draw the setting to edit, and below it what was tried."""
    run = current_run()
    st.title("Playground")
    if not finished(run):
        return
    try:
        experiment = Run(run.path).experiment()
        questions = dev_questions(run.path)
    except WorkbenchError as error:
        components.problems([str(error)])
        return
    if experiment is None:
        st.info("The answers of this run were imported, so there is nothing here to ask anew.")
        return
    components.say("Change the prompt and see what it does, on dev questions.")
    components.quiet(
        "The exam stays locked: none of its questions can be asked here. What you find is a reason "
        "for a new run, whose exam then tells."
    )
    known = playground.listed(run.path)
    _editor(run, experiment, questions, known)
    if known:
        tries.draw(run, experiment, questions, known)
    _process(run)


def _editor(
    run: runs.Snapshot, experiment: Experiment, questions: Sequence[Question],
    known: Sequence[playground.Shown],
) -> None:  # fmt: skip
    """The variant, the questions and the setting; a try is asked for at the end."""
    shown = components.labels(run.variants)
    names = [v.name for v in experiment.variants if v.given_context != "evidence"]
    others = [v.name for v in experiment.variants if v.system is not None]
    if others:
        told = ", ".join(shown.get(name, wording.label(name)) for name in others)
        components.quiet(
            f"{told}: prompt, search and decoding are inside the system, so nothing can be changed "
            "here. Change it where it is, and ask it again: what it answered here at first stays "
            "beside it."
        )
    if not names:
        return
    variant = st.segmented_control(
        "Variant", names, default=names[min(1, len(names) - 1)], key="play_variant", required=True,
        format_func=lambda name: shown.get(name, wording.label(name)),
    )  # fmt: skip
    if variant in others:
        asked, own = _questions(questions, run.id)
        components.quiet("Each question is a call of the system, and one more the first time.")
        if st.button("Ask it", type="primary", icon=":material/science:", key=f"again_{variant}"):
            _ask(run, variant, Setting(), asked, own)
        return
    present = playground.present(run, experiment, variant)
    start = _start(known, variant)
    asked, own = _questions(questions, run.id)
    # With the start in them, the fields of another start are other fields.
    at = f"{run.id}_{variant}_{start.id if start else 'present'}"
    with st.form(f"play_{at}", border=True):
        setting = _fields(start.asked.setting if start else present, present, at)
        if setting.top_k is not None:
            components.quiet(_of_passages(run))
        _called(experiment, variant)
        sent = st.form_submit_button("Try it", type="primary", icon=":material/science:")
    if sent:
        _ask(run, variant, setting, asked, own)


def _of_passages(run: runs.Snapshot) -> str:
    """What another size of passages takes before the first answer."""
    took = run.manifest.seconds().get("index")
    told = "Another size of passages needs an index of its own, which is made once for each size"
    measured = f": the run's own took {wording.seconds(took)}" if took else ""
    return f"{told}{measured}. Passages overlap by the same share as the run's do."


def _called(experiment: Experiment, variant: str) -> None:
    """That each question is a call, where the variant's model is behind an endpoint."""
    own = next(item for item in variants_of(experiment) if item.name == variant)
    if own.hosted is not None:
        components.quiet(
            f"Each question is a call of {own.hosted}, and one more the first time, for the "
            "present setting."
        )


def _start(known: Sequence[playground.Shown], variant: str) -> playground.Shown | None:
    """The earlier try of this variant to go on from; None for the present setting."""
    mine = {item.id: item for item in known if item.asked.variant == variant}
    if not mine:
        return None
    picked = st.selectbox(
        "Start from", ["", *mine], key=f"play_start_{variant}",
        format_func=lambda name: tries.title(mine[name], known) if name else "The present setting",
    )  # fmt: skip
    return mine.get(picked)


def _questions(questions: Sequence[Question], seed: str) -> tuple[list[str], str]:
    """Which dev questions are asked, by id; or a question that the person types."""
    ways = {FEW: f"A sample of {SAMPLE}"} if len(questions) > SAMPLE else {}
    if questions:
        ways |= {ALL: f"All {len(questions)} dev questions", SOME: "Some of them"}
    ways |= {OWN: "One of my own"}
    way = st.segmented_control(
        "Questions", list(ways), default=next(iter(ways)), format_func=ways.__getitem__,
        key="play_way", required=True,
    )  # fmt: skip
    if way == OWN:
        text = st.text_input("Your question", key="play_own", max_chars=LONGEST_QUESTION)
        return [], text.strip()
    texts = {item.id: item.text for item in questions}
    if way == SOME:
        picked = st.multiselect(
            "Dev questions", list(texts), key="play_some",
            format_func=lambda name: components.clip(texts[name], 110),
        )  # fmt: skip
        return list(picked), ""
    if way == FEW:
        # The same each time, so that tries can be told apart by their setting alone.
        return random.Random(seed).sample(list(texts), SAMPLE), ""
    return list(texts), ""


def _fields(start: Setting, present: Setting, at: str) -> Setting:
    """The setting as the fields have it."""
    shown = playground.uses_form(start) or playground.uses_form(present)
    form = prompt_fields.instruction(start.form, at, shown)
    files = prompt_fields.files(start.files, at)
    left, middle, right = st.columns(3)
    top_k, size = start.top_k, start.chunk_size or present.chunk_size
    if top_k is not None:
        top_k = int(left.number_input("Passages shown (top_k)", 1, 50, top_k, key=f"top_k_{at}"))
    if top_k is not None and size is not None:
        size = int(
            middle.number_input(
                "Tokens of a passage (chunk_size)",
                min(SMALLEST, size),
                max(LARGEST, size),
                size,
                10,
                key=f"chunk_size_{at}",
            )
        )
    temperature = float(
        right.number_input("Temperature", 0.0, 2.0, start.temperature, 0.1, key=f"heat_{at}",
                           help="0: the likeliest word each time.")
    )  # fmt: skip
    return Setting(
        form=form, files=files, format=start.format, top_k=top_k,
        chunk_size=size, temperature=temperature,
    )  # fmt: skip


def _ask(
    run: runs.Snapshot, variant: str, setting: Setting, asked: Sequence[str], own: str
) -> None:
    """Put the try where the process finds it, and start the process."""
    if not asked and not own:
        st.warning("Choose a question first.")
        return
    try:
        if own:
            own_question(run.path, own)
        files = ask(run.path, variant, setting, asked, own)
        job.start(run.path)
    except WorkbenchError as error:
        components.problems([str(error)])
        return
    st.query_params["tried"] = files.id
    st.rerun()


def _process(run: runs.Snapshot) -> None:
    """The process that holds the models, and the button that ends it."""
    working = job.worker(run.path)
    if working is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        components.quiet("The models stay loaded for ten minutes after the last try.")
        if st.button("Unload the models", icon=":material/stop:", type="tertiary"):
            processes.stop_job(working)
            st.rerun()
