"""English sentences on the exam: who filtered it, what was compared, what was read beside it."""

from __future__ import annotations

from collections.abc import Mapping

EXAM: Mapping[str, str] = {
    "read_back_own": (
        "The exam was filtered by a model that also sits it: the model {model} was asked every "
        "question with its passage in hand, and {dropped} of {all} {dropped:was|were} thrown "
        "away because it answered otherwise. So the exam holds what this model can read, and the "
        "figures of the variants that answer with it are somewhat too good."
    ),
    "read_back_other": (
        "The exam was filtered by the model {model}, which does not sit it: asked every question "
        "with its passage in hand, it answered {dropped} of {all} otherwise, and "
        "{dropped:this was|these were} thrown away."
    ),
    "read_back_ceiling": (
        "{name} {ceiling}; counting the questions thrown away as wrong: {counted}."
    ),
    "read_back_way": "Another model can filter instead (questions.checker).",
    "unseen_text_read": (
        "The adapter of {name} read the running text of {count} unseen sections (tuning.text_from: "
        "all): on the stratum Unseen it was not examined on what it had never seen."
    ),
    "certificate_clean": (
        "No exam question stands in the training questions in the same or nearly the same words, "
        "and outside the stratum Reworded none asks for a trained fact in other words."
    ),
    "certificate_clean_words": (
        "No exam question stands in the training questions in the same or nearly the same words."
    ),
    "certificate_leaks": (
        "Some exam questions stand in the training questions: their strata are not what they say."
    ),
    "certificate_near": (
        "Compared were exact wordings, runs of words, and nearness of wording up to {limit} (1 is "
        "the same)."
    ),
    "certificate_compared": (
        "Each of {exam} exam questions was compared with each of {train} training questions "
        "({pairs} pairs)."
    ),
    "certificate_meaning": (
        "By meaning and answer: two questions whose sentence vectors lie {same_fact} or nearer (1 "
        "is the same) and whose answers agree are one fact, and from {same_question} on they are "
        "one question."
    ),
    "certificate_new_words": (
        "Reworded questions by how many content words of theirs the nearest trained wording lacks: "
        "{counts}."
    ),
    "certificate_new_words_item": "{words} words in {questions} questions",
}
