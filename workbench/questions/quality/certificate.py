"""The certificate: does each stratum hold what it says, and where is it closest to failing.

``reworded``     shares no wording with a training question (not the same words, no run of words
                 that makes most of the question, not nearly the same sequence of words), and has
                 at least so many content words of its own as the specification asks for.
``same_section`` asks about no trained fact: no fact id, no answer span's sentence in common, no
                 near-duplicate question, and no question of the same meaning with the same answer,
                 wherever that stands.
``unseen``       comes from no trained section, from no near-copy of one, and has neither kind of
                 duplicate in the training questions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from workbench.errors import WorkbenchError
from workbench.questions.quality.copies import section_copies
from workbench.questions.quality.likeness import (
    OVERLAP,
    SAME_ANSWER,
    SAME_FACT,
    SAME_QUESTION,
    Embed,
    TrainWordings,
    new_words,
    same_wording,
)
from workbench.questions.words import word_ratio, words
from workbench.types import Question

_SHOWN = 5
_CHECKS = {
    "reworded": ("exact wording", "run of words", "near-identical wording", "words of its own"),
    "same_section": ("fact", "evidence", "near-duplicate question", "meaning and answer"),
    "unseen": (
        "section",
        "near-duplicate section",
        "near-duplicate question",
        "meaning and answer",
    ),
}
_WORDINGS = {
    "exact": "the same words",
    "run": "a run of words that makes most of the question",
    "near": "nearly the same sequence of words",
}


def certificate(
    train: Sequence[Question],
    exam: Sequence[Question],
    section_texts: Mapping[str, str] | None = None,
    near: float = 0.85,
    least_new_words: int = 0,
    embed: Embed | None = None,
) -> dict[str, Any]:
    """Check every exam question against every training question.

    ``section_texts`` (id -> text) lets sections be compared; ``near`` is the nearness (0 to 1) that
    counts as the same, ``least_new_words`` how many content words a reworded question needs that
    the nearest trained wording lacks; ``embed`` gives unit vectors, without which meaning is told
    by shared words alone. Returns ``{"clean": bool, "near_duplicate": near, "compared": {"train",
    "exam", "pairs", "by_meaning"}, "thresholds": {..}, "strata": {stratum: {"questions", "checks":
    [..], "leaks": [pair], "closest": [pair], "new_words": {count: questions}}}}``, where a pair is
    ``{test, train, test_text, train_text, nearness, why, measure}``; ``new_words`` is filled for
    ``reworded`` alone, its counts as strings.
    """
    trained = TrainWordings(train, embed)
    strata: dict[str, dict[str, Any]] = {
        name: {"questions": 0, "checks": list(checks), "leaks": [], "closest": [], "new_words": {}}
        for name, checks in _CHECKS.items()
    }
    texts = section_texts or {}
    away = {q.cluster for q in exam if q.stratum == "unseen" and q.cluster in texts}
    copies = section_copies(trained.sections, sorted(s for s in away if s), texts)
    placed = [question for question in exam if question.stratum is not None]
    cosines = trained.cosines(placed)
    own: Counter[int] = Counter()
    for place, question in enumerate(placed):
        part = strata[str(question.stratum)]
        part["questions"] += 1
        if question.stratum == "reworded":
            pairs, count = _of_wordings(question, trained, near, least_new_words)
            own.update([] if count is None else [count])
        else:
            row = None if cosines is None else cosines[place]
            pairs = list(_of_facts(question, trained, near, row))
        if question.stratum == "unseen":
            pairs += _of_sections(question, trained, copies)
        for pair in pairs:
            part["leaks" if pair["why"] else "closest"].append(pair)
    strata["reworded"]["new_words"] = {str(count): own[count] for count in sorted(own)}
    for part in strata.values():
        part["closest"] = sorted(part["closest"], key=lambda p: -p["nearness"])[:_SHOWN]
    return {
        "clean": not any(part["leaks"] for part in strata.values()),
        "near_duplicate": near,
        "compared": {
            "train": len(trained.questions),
            "exam": len(placed),
            "pairs": len(trained.questions) * len(placed),
            "by_meaning": cosines is not None,
        },
        "thresholds": {
            "near_duplicate": near,
            "same_answer": SAME_ANSWER,
            "same_fact": OVERLAP if cosines is None else SAME_FACT,
            "same_question": None if cosines is None else SAME_QUESTION,
            "least_new_words": least_new_words,
        },
        "strata": strata,
    }


def _of_wordings(
    question: Question, trained: TrainWordings, near: float, least: int
) -> tuple[list[dict[str, Any]], int | None]:
    """Pairs with the trained wordings of the fact, and the fewest words new against one of them."""
    siblings = trained.by_fact.get(question.fact or "", [])
    exact = [d for d in trained.questions if words(d.text) == words(question.text)]
    pairs, counts = [], []
    for other in {d.id: d for d in [*siblings, *exact]}.values():
        same = same_wording(question.text, other.text, near)
        why = _WORDINGS[same] if same else None
        count = len(new_words(question.text, other.text))
        counts.append(count)
        if why is None and count < least:
            why = f"{count} content words of its own, where {least} are asked for"
        pairs.append(_pair(question, other, word_ratio(question.text, other.text), why, "sequence"))
    return pairs, min(counts, default=None)


def _of_facts(
    question: Question, trained: TrainWordings, near: float, cosines: Any
) -> Iterable[dict[str, Any]]:
    """Pairs that show a trained fact asked again, and the nearest question by words and meaning."""
    if question.fact and question.fact in trained.by_fact:
        yield _pair(question, trained.by_fact[question.fact][0], 1.0, "the same fact", "fact")
        return
    overlap = trained.overlapping(question)
    if overlap is not None:
        yield _pair(question, overlap, 1.0, "the same sentence as evidence", "evidence")
    value, nearest = trained.nearest(question, near)
    if nearest is not None and value >= near:
        yield _pair(question, nearest, value, "near-duplicate question", "words")
        return
    same = trained.on_one_fact(question, cosines)
    if same is not None:
        yield _pair(question, same[1], same[0], same[2], "meaning")
    elif cosines is not None and len(cosines):
        place = int(cosines.argmax())
        other = trained.questions[place]
        yield _pair(question, other, float(cosines[place]), None, "meaning")
    elif nearest is not None:
        yield _pair(question, nearest, value, None, "words")


def _of_sections(
    question: Question, trained: TrainWordings, copies: Mapping[str, tuple[str, float]]
) -> Iterable[dict[str, Any]]:
    section = question.cluster or ""
    if section in trained.sections:
        other = next(d for d in trained.questions if d.cluster == section)
        yield _pair(question, other, 1.0, f"the section {section} is trained", "section")
    elif section in copies:
        twin, share = copies[section]
        other = next(d for d in trained.questions if d.cluster == twin)
        yield _pair(
            question, other, share, f"the section {section} nearly copies {twin}", "section"
        )


def _pair(
    question: Question, other: Question, nearness: float, why: str | None, measure: str
) -> dict[str, Any]:
    return {
        "test": question.id,
        "train": other.id,
        "test_text": question.text,
        "train_text": other.text,
        "nearness": round(nearness, 3),
        "why": why,
        "measure": measure,
    }


def require_clean(result: Mapping[str, Any], allow_leaks: bool = False) -> None:
    """Raise WorkbenchError naming the first leak, unless the experiment allows leaks."""
    if allow_leaks or result["clean"]:
        return
    for stratum, part in result["strata"].items():
        if part["leaks"]:
            leak = part["leaks"][0]
            raise WorkbenchError(
                f"The training questions give away {len(part['leaks'])} exam question"
                f"{'s' if len(part['leaks']) != 1 else ''} of the stratum {stratum}: "
                f"{leak['test_text']!r} against {leak['train_text']!r} ({leak['why']}).",
                "Write the questions again, take the questions out, or set allow_leaks in the "
                "experiment.",
            )
