"""The form of a new run: what it is for, the model, the variants, the prompts, the questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from workbench import wording
from workbench.dashboard import access, components
from workbench.dashboard.jobs import new_run
from workbench.dashboard.views import gold_upload, prompt_fields
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.answering import PromptSpec
from workbench.experiment.fitting import FORMS, LABEL_VARIANTS
from workbench.experiment.questions import LabelsSpec, QuestionSpec
from workbench.presets import PRESETS

#: Variants for a text; an encoder names labels, and a text has none.
OFFERED = [name for name in PRESETS if name != "encoder"]
#: Variants for messages: what needs no passages.
OFFERED_LABELS = ["prompt_only", "few_shot", "few_shot_nearest", "fine_tuned", "encoder"]
DEFAULT = [variant.name for variant in Experiment.model_fields["variants"].default]
QUESTIONS = "Questions of your own, and who writes the others"
SIZES = {"Quick look": (60, 60, 20), "Normal": (200, 150, 40), "Thorough": (400, 400, 60)}
READER, LOCAL, ENDPOINT = "Embedded reader", "Local or hub model", "Endpoint"
SAME = "The model that answers"
ANSWERS = {"short": "as short as can be", "sentence": "one sentence", "long": "a paragraph"}
FITS = "as fits the model"


@dataclass
class Filled:
    """The values of the experiment, and prompt files that were edited, of the format named."""

    values: dict[str, Any]
    format: str = ""
    files: Mapping[str, str] = field(default_factory=dict)


def draw(corpus: Path | None, labelled: bool = False, labels: LabelsSpec | None = None) -> Filled:
    """Draw the form; returns what stands in it.

    ``labelled`` is of messages that are sorted by label, of which ``labels`` are the file and its
    columns, once they are named.
    """
    purpose = st.text_input(
        "What is the assistant for?", key="new_purpose", max_chars=300,
        placeholder="Sort the messages to our help desk." if labelled else
        "Answer guests' questions about the house, briefly and correctly.",
    )  # fmt: skip
    name = st.text_input(
        "Name of the run", new_run.suggested_name(corpus),
        # A key per text: the name suggested for one must not stick to the next.
        key=f"new_name_{corpus}",
        max_chars=60, help="Letters, digits, - and _.",
    )  # fmt: skip
    st.header("The model")
    kind = st.segmented_control(
        "Which model answers?", [READER, LOCAL, ENDPOINT], default=READER, key="new_model_kind",
    )  # fmt: skip
    model, leaves = _model(kind or READER)
    st.header("The variants")
    offered, usual = (OFFERED_LABELS, list(LABEL_VARIANTS)) if labelled else (OFFERED, DEFAULT)
    variants = st.pills(
        "Variants", offered, selection_mode="multi", default=usual,
        key="new_variants_labels" if labelled else "new_variants",
        format_func=wording.label, label_visibility="collapsed",
    )  # fmt: skip
    components.quiet("; ".join(f"{wording.label(v)}: {PRESETS[v].meaning}" for v in variants) + ".")
    size = st.segmented_control("Size", list(SIZES), default="Normal", key="new_size") or "Normal"
    train, exam, dev = SIZES[size]
    questions: dict[str, Any] = {"train_facts": train, "test": exam, "dev": dev}
    prompts, form, files, may_leave = dict[str, Any](), "", dict[str, str](), False
    if labelled:
        components.quiet(f"{train} messages to train on, {exam} to ask, {dev} for choices at most.")
    else:
        components.quiet(f"{train} trained facts, {exam} exam questions, {dev} for choices.")
        with st.expander("Prompts"):
            prompts, form, files = _prompts(model)
        with st.expander(QUESTIONS):
            questions |= _gold()
            asked, may_leave = _writer(model)
            questions |= asked
    with st.expander("More settings"):
        more = _more(labelled)
    if labels is not None:
        questions["labels"] = labels.model_dump(exclude_defaults=True)
    values = {
        "purpose": purpose.strip(), "name": name.strip(),
        "model": model, "variants": [v for v in offered if v in variants], "questions": questions,
        "text_may_leave_this_machine": leaves or may_leave, **more,
    }  # fmt: skip
    if not labelled:
        values["corpus"] = str(corpus or "")
    if prompts:
        values["prompts"] = prompts
    return Filled(values, form, files)


def _model(kind: str) -> tuple[dict[str, Any], bool]:
    """The model that answers, and whether the text may go to it."""
    if kind == LOCAL:
        name = st.text_input("Hub name or folder", "Qwen/Qwen2.5-0.5B-Instruct").strip()
        components.quiet("The first use of a hub name downloads it.")
        return {"name": name}, False
    if kind == ENDPOINT:
        return _endpoint("new_model", "gpt-4o-mini", "http://localhost:11434/v1")
    components.quiet("Small, English, travels with the workbench: no network, no key, no GPU.")
    return {"name": "reader"}, False


def _endpoint(key: str, name: str = "", address: str = "") -> tuple[dict[str, Any], bool]:
    """A model behind an address, with the name of its key's variable and its limits."""
    left, right = st.columns(2)
    model: dict[str, Any] = {
        "name": left.text_input("Model's name there", name, key=key,
                                placeholder="llama3.2").strip(),
        "endpoint": right.text_input("Base URL", address, key=f"{key}_endpoint",
                                     placeholder="http://localhost:11434/v1").strip(),
    }  # fmt: skip
    variable = left.text_input(
        "Environment variable that holds the key", key=f"{key}_key", placeholder="OPENAI_API_KEY",
        help="Its name only: the key itself is never asked for, shown or written.",
    ).strip()  # fmt: skip
    limit = right.number_input(
        "Most requests a minute", 1, 100_000, None, key=f"{key}_rate", placeholder="no limit"
    )
    if variable:
        model["key_env"] = variable
    if limit:
        model["requests_per_minute"] = float(limit)
    leaves = st.checkbox(
        "Text of this corpus may be sent to that address", key=f"{key}_leaves",
        help="Needed unless it is this machine.",
    )  # fmt: skip
    return model, leaves


def _prompts(model: Mapping[str, Any]) -> tuple[dict[str, Any], str, dict[str, str]]:
    """The instruction and the prompt files, the same for all variants; only what was changed."""
    result: dict[str, Any] = {}
    answer = "short"
    if model["name"] != "reader":
        answer = st.selectbox("An answer is", list(ANSWERS), format_func=ANSWERS.__getitem__,
                              key="new_answer")  # fmt: skip
        if answer != "short":
            result["answer"] = answer
    above = st.container()
    try:
        format_, shipped = new_run.shipped_prompts(str(model["name"]), model.get("endpoint"))
    except WorkbenchError as error:
        components.problems([str(error)])
        return result, "", {}
    edited = prompt_fields.files(shipped, f"new_{format_}")
    usual = FORMS[answer].instruction if answer in FORMS else PromptSpec().form
    with above:
        shown = any("form" in text for text in edited.values())
        form = prompt_fields.instruction(usual, f"new_{answer}", shown).strip()
    if form and form != usual:
        result["form"] = form
    components.quiet("All variants get the same prompts; tuned ones are tuned on them.")
    changed = {name: text for name, text in edited.items() if text != shipped[name]}
    return result, format_, changed


def _gold() -> dict[str, Any]:
    """Questions by hand, from an upload or a path."""
    brought = gold_upload.draw("Questions of your own (optional)", "new_gold_file")
    path = st.text_input("… or the path of their file on this machine", key="new_gold").strip()
    components.quiet(
        "A line each, with a question and its answer, best with a quote as evidence. Where the "
        "text gives too little to write an exam from, they are the exam."
    )
    try:
        if brought is not None and brought.questions:
            file = brought.path
            return {"gold": str(
                file if brought.whole else new_run.keep_gold(file, brought.questions)
            )}  # fmt: skip
        if path:
            return {"gold": str(access.readable(Path(path)))}
    except WorkbenchError as error:
        components.problems([str(error)])
    return {}


def _writer(model: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """Who writes the other questions and how, as keys of ``questions``; only what was changed."""
    kind = st.segmented_control(
        "Who writes the other questions?", [SAME, READER, LOCAL, ENDPOINT], default=SAME,
        key="new_writer_kind", required=True,
    )  # fmt: skip
    result: dict[str, Any] = {}
    leaves, local = False, model["name"] == "reader"
    if kind == READER:
        result["writer"], local = {"name": "reader"}, True
    elif kind == LOCAL:
        name = st.text_input("Its hub name or folder", key="new_writer_local",
                             placeholder="Qwen/Qwen2.5-1.5B-Instruct").strip()  # fmt: skip
        local = not name
        if name:
            result["writer"] = {"name": name}
    elif kind == ENDPOINT:
        writer, leaves = _endpoint("new_writer")
        local = not writer["name"]
        if writer["name"]:
            result["writer"] = writer
    if local:
        components.quiet(
            "It writes by rules from a parse of the text, and the reader words the questions anew; "
            "English only, no network."
        )
    return result | _kinds(local), leaves


def _kinds(local: bool) -> dict[str, Any]:
    """What is written: kinds, wordings, what stays untrained, and the most that may be spent."""
    usual, result = QuestionSpec(), dict[str, Any]()
    kinds = st.multiselect(
        "Kinds of question", list(usual.kinds), list(usual.kinds), key="new_kinds",
        format_func=lambda kind: wording.KIND_LABELS.get(kind, kind),
    )  # fmt: skip
    if kinds and tuple(kinds) != usual.kinds:
        result["kinds"] = [kind for kind in usual.kinds if kind in kinds]
        result["shares"] = {k: share for k, share in usual.shares.items() if k in kinds}
    left, right = st.columns(2)
    wordings = left.number_input(
        "Wordings of a trained fact", 1, 20, usual.wordings, key="new_wordings"
    )
    unseen = right.number_input(
        "Sections without training (%)", 0, 90, round(100 * usual.unseen_share), 5,
        key="new_unseen", help="Their questions show what tuning does beyond what it was taught.",
    )  # fmt: skip
    if wordings != usual.wordings:
        result["wordings"] = int(wordings)
    if unseen != round(100 * usual.unseen_share):
        result["unseen_share"] = unseen / 100
    if not local:
        tokens = left.number_input(
            "Most tokens spent on writing", 1, 10**9, None, key="new_tokens",
            placeholder="no limit",
        )  # fmt: skip
        money = right.number_input(
            "Most money spent on writing", 0.01, 1e6, None, key="new_money",
            placeholder="no limit", help="In the price book's currency.",
        )  # fmt: skip
        result |= {"max_tokens_spent": int(tokens)} if tokens else {}
        result |= {"max_money_spent": float(money)} if money else {}
    return result


def _more(labelled: bool) -> dict[str, Any]:
    """Use, margin, and what else has a sensible default."""
    left, right = st.columns(2)
    queries = left.number_input("Questions a month", 1, 10_000_000, 10_000, key="new_queries")
    updates = right.number_input("Updates of the text a month", 0.0, 1000.0, 1.0, key="new_updates")
    margin = left.number_input("Smallest gain that matters (points)", 0.0, 50.0, 3.0, 0.5)
    k = None
    if not labelled:
        k = right.number_input("Passages per question", 1, 20, None, placeholder=FITS)
    epochs = left.number_input("Most epochs of tuning", 1, 50, None, placeholder=FITS)
    seed = right.number_input("Seed", 0, 2**31 - 1, 20261121)
    result: dict[str, Any] = {
        "workload": {"queries_per_month": int(queries), "updates_per_month": float(updates)},
        "decision": {"margin": margin / 100}, "seed": int(seed),
    }  # fmt: skip
    if k:
        result["retrieval"] = {"top_k": int(k)}
    if epochs:
        result["tuning"] = {"epochs": int(epochs)}
    return result
