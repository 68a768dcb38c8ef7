"""One question: the answers side by side, the passages with the evidence marked, and labels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from workbench import wording
from workbench.dashboard import components
from workbench.dashboard.queries import runs
from workbench.dashboard.queries.records import Records
from workbench.dashboard.views import answer_facts, causes, judge, labelling, passages, rewordings

SMALL_WORDS = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "to",
        "in",
        "on",
        "at",
        "by",
        "and",
        "or",
        "for",
        "from",
        "with",
        "was",
        "were",
        "is",
        "are",
    ]
)


def draw(
    run: runs.Snapshot, opened: Records, wanted: str, variants: list[str], shown: Mapping[str, str]
) -> None:
    """The whole view of one question."""
    question = opened.question(wanted)
    with st.container(horizontal=True, vertical_alignment="center"):
        components.page_link("questions", "All questions", run.id)
        _neighbours(run, opened, question)
    if question is None:
        components.problems([f"There is no question {wanted} in this run."])
        return
    titles = opened.section_titles()
    chips = [
        wording.KIND_LABELS.get(question["kind"], question["kind"]),
        wording.STRATUM_LABELS.get(question["stratum"], question["stratum"]),
        titles.get(question["cluster"], question["cluster"]),
        "hand-written" if question["origin"] == "gold" else None,
        *(
            f"{key}: {value}"
            for key, value in question["tags"].items()
            if isinstance(value, str | bool) and key != "section_title"
        ),
    ]
    st.html(
        f'<div class="wb"><p class="wb-say">{escape(question["text"])}</p>'
        + "".join(f'<span class="chip">{escape(str(c))}</span>' for c in chips if c)
        + "</div>"
    )
    if question["answers"]:
        components.text("Reference: " + "  ·  ".join(question["answers"]))
    else:
        components.text(
            "Reference: none. The corpus does not answer this; the right reply is to say so."
        )
    blind = st.toggle(
        "Judge blind",
        key="blind",
        persist_state="session",
        help="Hides which variant answered, its scores, and shuffles the order, so that the "
        "label is about the answer alone.",
    )
    answers = {row["variant"]: row for row in opened.answers(wanted)}
    if not answers:
        st.info("No variant has answered this question yet.")
        return
    # Everything below names the variants.
    if blind:
        labelling.blind(run, question, answers)
        return
    order = [v for v in variants if v in answers]
    _answers(run, opened, question, answers, order, shown)
    references = list(question["answers"] or ())
    rewordings.of_question(
        run, question, order, shown, lambda sentences: common(sentences, references)
    )
    _evidence(opened, question)


def _neighbours(run: runs.Snapshot, opened: Records, question: Mapping[str, Any] | None) -> None:
    """Buttons to the question before and after, in the exam's order; P and N press them."""
    if question is None:
        return
    at = int(question["position"])
    matches = opened.rows(
        "SELECT id, position FROM questions WHERE position IN (?, ?) ORDER BY position",
        [at - 1, at + 1],
    )
    for row in matches:
        title = "Previous" if row["position"] < at else "Next"
        components.jump(
            title, title.lower(), {"run": run.id, "question": row["id"]},
            icon=":material/arrow_back:" if title == "Previous" else ":material/arrow_forward:",
            shortcut="P" if title == "Previous" else "N",
        )  # fmt: skip


def common(answer: str, references: list[str]) -> str:
    """The answer as HTML, word by word against the references (case and small words aside).

    Words that a reference has are marked, words that none has are dotted; without a reference
    there is nothing to differ from.
    """
    words = (word for text in references for word in re.findall(r"\w+", text))
    wanted = {word.casefold() for word in words} - SMALL_WORDS

    def shown(place: int, piece: str) -> str:
        word = piece.casefold()
        # Splitting by a group alternates: even places lie between the words.
        if not wanted or place % 2 == 0 or word in SMALL_WORDS:
            return escape(piece)
        return f'<span class="{"plus" if word in wanted else "other"}">{escape(piece)}</span>'

    return "".join(shown(*item) for item in enumerate(re.split(r"(\w+)", answer)))


def _answers(
    run: runs.Snapshot, opened: Records, question: dict[str, Any],
    answers: dict[str, dict[str, Any]], order: list[str], shown: Mapping[str, str],
) -> None:  # fmt: skip
    """A card per variant: answer, points, reason; below them what stands behind the answers."""
    scores = opened.scores(question["id"])
    reasons = causes.of_question(run, question["id"])
    judgements = judge.of_question(run, question["id"])
    colours = components.colours(shown)
    ids = [i for v in order for i in answers[v]["passages"] or ()]
    found = opened.passages(sorted(set(ids)))
    components.quiet(
        "Words that stand in a reference answer are marked; words that stand in none are dotted."
    )
    for start in range(0, len(order), 2):
        for column, variant in zip(st.columns(2), order[start : start + 2], strict=False):
            with column, st.container(border=True):
                answer = answers[variant]
                value = scores.get(variant, {}).get(run.metric)
                points = "not scored" if value is None else f"{wording.points(value)} points"
                st.html(
                    f'<div class="wb">{components.dot(colours[variant], shown[variant])} '
                    f'<span class="wb-quiet">{points} · {wording.seconds(answer["seconds"])}'
                    "</span></div>"
                )
                _reply(answer, question)
                if variant in reasons and value != 1:
                    components.quiet(
                        f"Points lost: {reasons[variant][0].lower()}{reasons[variant][1:]}."
                    )
                judge.card(run, judgements.get(variant, []))
                if answer["passages"] and question["evidence"]:
                    ranks = passages.hits(answer["passages"], question)
                    where = f"at rank {ranks[0]} of" if ranks else "in none of"
                    number = len(answer["passages"])
                    components.quiet(f"Evidence {where} {wording.counted(number, 'passage')}.")
    passages.draw({v: answers[v]["passages"] or () for v in order}, found, question, shown)
    answer_facts.sent(run, question, answers, order, shown, found)
    answer_facts.tokens_and_times(opened, question["id"], answers, order, shown)
    answer_facts.metrics(run, scores, order, shown)


def _reply(answer: Mapping[str, Any], question: Mapping[str, Any]) -> None:
    """What the variant said, or why it said nothing."""
    if answer["status"] not in (None, "answered"):
        components.text(
            f"No answer ({answer['status']}): {answer['error'] or 'no reason recorded'}"
        )
    elif not (answer["text"] or "").strip():
        components.text("(an empty answer)")
    else:
        words = common(answer["text"], list(question["answers"] or ()))
        st.html(f'<div class="wb wb-pre">{words}</div>')
    if answer["finish"] == "length":
        components.quiet("Cut off at the token limit.")


def _evidence(opened: Records, question: Mapping[str, Any]) -> None:
    """The evidence in its section."""
    if not question["evidence"]:
        return
    with st.expander("The evidence in the corpus", icon=":material/menu_book:"):
        for item in question["evidence"]:
            matches = opened.rows(
                'SELECT * FROM sections WHERE document=? AND start<=? AND "end">? LIMIT 1',
                [item.get("document"), item.get("start"), item.get("start")],
            )
            if not matches:
                components.text(item.get("quote", ""))
                continue
            section = matches[0]
            at = int(item["start"]) - int(section["start"])
            first = max(0, at - 500)
            last = int(item["end"]) - int(section["start"]) + 500
            components.quiet(
                f"{section['title'] or section['id']}, from character {item['start']:,}"
            )
            text = section["text"][first:last]
            # Begin with a whole word, unless that would cut into the evidence.
            skip = text.index(" ") + 1 if first and " " in text[: at - first] else 0
            start, end = at - first - skip, int(item["end"]) - int(section["start"]) - first - skip
            before = "… " if first else ""
            after = " …" if last < len(section["text"]) else ""
            body = components.marked(text[skip:], [(start, end)])
            st.html(f'<div class="wb wb-pre">{before}{body}{after}</div>')
