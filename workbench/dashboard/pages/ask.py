"""Ask: one question live to all variants, answers streaming in, passages beside them."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.app import current_run, finished
from workbench.dashboard.queries import runs
from workbench.engine import processes
from workbench.serve import client

LONGEST = 2000


def page() -> None:
    """Draw the server's state, the question's field and the answers."""
    run = current_run()
    st.title("Ask")
    if not finished(run):
        return
    job = client.server(run.path)
    health = client.health(job.port) if job and job.port else None
    if job is None:
        _offer(run)
        return
    if health is None or health.get("status") == "loading":
        st.info("The models are being loaded. This takes seconds for the embedded reader.")
        # Only the fragment polls; the page is drawn again once there is something to show.
        st.fragment(_wait, run_every=1)(run)
        return
    if health.get("status") == "failed":
        components.problems([f"The models can't be loaded: {health.get('trouble', '')}"])
        if st.button("Stop the server", icon=":material/stop:"):
            processes.stop_job(job)
            st.rerun()
        return
    _desk(run, job, [str(name) for name in health.get("variants") or ()])


def _offer(run: runs.Snapshot) -> None:
    """The button that starts the server, and why the last one ended."""
    components.say("Answers come from a process of their own that loads the models of this run.")
    ended = [j for j in processes.jobs() if j.what == f"serve {run.path.resolve()}"]
    if ended and ended[0].output():
        with st.expander("What the last server said before it ended"):
            st.code(ended[0].output(), language=None, wrap_lines=True)
    if st.button("Load the models", type="primary", icon=":material/play_arrow:"):
        client.start_server(run.path)
        st.rerun()
    components.quiet(f"The same from a terminal, for any OpenAI client: workbench serve {run.id}")


def _wait(run: runs.Snapshot) -> None:
    """Look again until the server is up or has ended."""
    job = client.server(run.path)
    health = client.health(job.port) if job and job.port else None
    if job is None or (health is not None and health.get("status") != "loading"):
        st.rerun()
    components.quiet("Still loading…")


def _desk(run: runs.Snapshot, job: processes.Job, names: list[str]) -> None:
    """The question and the replies."""
    shown = {**{n: wording.label(n) for n in names}, **components.labels(run.variants)}
    chosen = st.pills(
        "Variants", names, selection_mode="multi", default=names, format_func=lambda n: shown[n]
    )
    with st.form("ask", border=False):
        question = st.text_input(
            "Question", max_chars=LONGEST, placeholder="Ask something that the text answers"
        )
        sent = st.form_submit_button("Ask", type="primary", icon=":material/send:")
    with st.container(horizontal=True, vertical_alignment="center"):
        components.quiet(
            f"Answered by {client.address(job.port or 0)}/v1, a local server for OpenAI clients."
        )
        if st.button("Stop the server", icon=":material/stop:", type="tertiary"):
            processes.stop_job(job)
            st.rerun()
    key = f"replies_{run.id}"
    if sent and question.strip() and chosen:
        replies = _stream(job, chosen, question.strip(), shown)
        # Any later click runs the page again, and without this the answers would be gone.
        st.session_state[key] = (question.strip(), replies)
    elif key in st.session_state:
        asked, replies = st.session_state[key]
        components.text(f"“{asked}”", "wb-say")
        for column, reply in zip(_columns(len(replies)), replies, strict=True):
            with column, st.container(border=True):
                _draw(reply, shown)
    elif sent:
        components.quiet("Write a question and choose at least one variant.")


def _columns(number: int) -> list[Any]:
    """A grid of two columns."""
    result: list[Any] = []
    while len(result) < number:
        result += st.columns(2)
    return result[:number]


def _stream(
    job: processes.Job, chosen: list[str], question: str, shown: Mapping[str, str]
) -> list[client.Reply]:
    """Ask each variant in turn and draw as the pieces come."""
    components.text(f"“{question}”", "wb-say")
    cells = [column.container(border=True) for column in _columns(len(chosen))]
    places = []
    for cell, variant in zip(cells, chosen, strict=True):
        places.append(cell.empty())
        with places[-1].container():
            _head(client.Reply(variant), shown)
            components.quiet("waits its turn")
    replies = []
    for place, variant in zip(places, chosen, strict=True):
        reply = client.Reply(variant)
        for reply in client.ask(int(job.port or 0), variant, question):
            with place.container():
                _draw(reply, shown)
        replies.append(reply)
    return replies


def _head(reply: client.Reply, shown: Mapping[str, str]) -> None:
    colour = components.colours(shown)[reply.variant]
    times = []
    if reply.total_s is not None:
        times.append(f"{wording.seconds(reply.total_s)} in all")
    if reply.first_token_s is not None:
        times.append(f"first token {wording.seconds(reply.first_token_s)}")
    if reply.retrieval_s:
        times.append(f"retrieval {wording.seconds(reply.retrieval_s)}")
    st.html(
        f'<div class="wb">{components.dot(colour, shown.get(reply.variant, reply.variant))} '
        f'<span class="wb-quiet">{escape(" · ".join(times))}</span></div>'
    )


def _draw(reply: client.Reply, shown: Mapping[str, str]) -> None:
    """One reply with its passages."""
    _head(reply, shown)
    if reply.text.strip():
        components.text(reply.text)
    elif reply.finish:
        components.text("(an empty answer)")
    if reply.error:
        components.problems([reply.error])
    if reply.finish == "length":
        components.quiet("Cut off at the token limit.")
    if reply.passages:
        with st.expander(wording.counted(len(reply.passages), "passage")):
            for passage in reply.passages:
                score = passage.get("score")
                shown_score = f" · score {score:.2f}" if isinstance(score, int | float) else ""
                components.quiet(f"{passage.get('rank')}. {passage.get('id')}{shown_score}")
                components.text(passage.get("text", ""))
