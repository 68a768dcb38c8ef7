"""The certificate: does each stratum hold what it says, and where is it closest to failing.

``reworded``     shares no wording with a training question: not the same words, no run of words
                 that makes most of the question, not nearly the same sequence of words.
``same_section`` asks about no trained fact: no fact id, no answer span's sentence in common, and
                 no near-duplicate question.
``unseen``       comes from no trained section, from no near-copy of one, and has no near-duplicate
                 question in the training questions.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from workbench.errors import WorkbenchError
from workbench.questions.quality.copies import section_copies
from workbench.questions.words import content, jaccard, longest_run, word_ratio, words
from workbench.types import Question

#: A run of shared words that makes this part of the exam wording counts as the wording itself.
RUN_SHARE = 0.65
RUN_WORDS = 5
_SHOWN = 5


def same_wording(left: str, right: str, near: float) -> str | None:
    """How two wordings of one fact are the same ("exact", "run", "near"), or None."""
    a, b = words(left), words(right)
    if a == b:
        return "exact"
    run = longest_run(a, b)
    if run >= RUN_WORDS and run >= RUN_SHARE * len(a):
        return "run"
    return "near" if word_ratio(left, right) >= near else None


def near_question(left: Question, right: Question, near: float) -> float:
    """How near two questions on different facts are, 0 to 1; 1 where they ask the same.

    Sharing most words is what questions of one mould do ("How many crowns did X pay for Y?"), so
    different content words count against nearness, and a shared answer for it.
    """
    a, b = content(left.text), content(right.text)
    if not a or not b:
        return word_ratio(left.text, right.text)
    alike = jaccard(a, b)
    if alike < 0.4:
        return alike
    same_answer = bool(
        {tuple(words(x)) for x in left.answers} & {tuple(words(x)) for x in right.answers}
    )
    if alike >= 0.999:
        return 1.0
    return min(1.0, alike + (1 - near) if same_answer else alike)


class TrainWordings:
    """The training questions, arranged for looking up what is near a question."""

    def __init__(self, train: Iterable[Question]) -> None:
        self.questions = tuple(train)
        self.by_fact: dict[str, list[Question]] = defaultdict(list)
        self._by_word: dict[str, list[int]] = defaultdict(list)
        self.spans: dict[tuple[str, str], list[tuple[int, int, Question]]] = defaultdict(list)
        self.sections = {q.cluster for q in self.questions if q.cluster}
        for place, question in enumerate(self.questions):
            if question.fact:
                self.by_fact[question.fact].append(question)
            for word in content(question.text):
                self._by_word[word].append(place)
            for item in question.evidence:
                key = (item.document, question.cluster or "")
                self.spans[key].append((item.start, item.end, question))

    def nearest(self, question: Question, near: float) -> tuple[float, Question | None]:
        """The nearest training question by shared content words."""
        counts: dict[int, int] = defaultdict(int)
        for word in content(question.text):
            for place in self._by_word[word]:
                counts[place] += 1
        best: tuple[float, Question | None] = (0.0, None)
        for place in sorted(counts, key=lambda p: (-counts[p], p))[:60]:
            value = near_question(question, self.questions[place], near)
            if value > best[0]:
                best = (value, self.questions[place])
        return best

    def overlapping(self, question: Question) -> Question | None:
        """a training question whose evidence overlaps this question's."""
        for item in question.evidence:
            for start, end, trained in self.spans[(item.document, question.cluster or "")]:
                if start < item.end and item.start < end:
                    return trained
        return None


def certificate(
    train: Sequence[Question],
    exam: Sequence[Question],
    section_texts: Mapping[str, str] | None = None,
    near: float = 0.85,
) -> dict[str, Any]:
    """Check every exam question against the training questions.

    ``section_texts`` (id -> text) lets sections be compared; ``near`` is the nearness (0 to 1) that
    counts as the same. Returns ``{"clean": bool, "near_duplicate": near, "strata": {stratum:
    {"questions", "checks": [..], "leaks": [pair], "closest": [pair]}}}``, where a pair is ``{exam,
    train, test_text, train_text, nearness, why}``.
    """
    trained = TrainWordings(train)
    strata: dict[str, dict[str, Any]] = {
        name: {"questions": 0, "checks": list(checks), "leaks": [], "closest": []}
        for name, checks in _CHECKS.items()
    }
    texts = section_texts or {}
    away = {q.cluster for q in exam if q.stratum == "unseen" and q.cluster in texts}
    copies = section_copies(trained.sections, sorted(s for s in away if s), texts)
    for question in exam:
        if question.stratum is None:
            continue
        part = strata[question.stratum]
        part["questions"] += 1
        pairs = list(_pairs(question, trained, near))
        if question.stratum == "unseen":
            pairs += _section_pairs(question, trained, copies)
        for pair in pairs:
            part["leaks" if pair["why"] else "closest"].append(pair)
    for part in strata.values():
        part["closest"] = sorted(part["closest"], key=lambda p: -p["nearness"])[:_SHOWN]
    return {
        "clean": not any(part["leaks"] for part in strata.values()),
        "near_duplicate": near,
        "strata": strata,
    }


_CHECKS = {
    "reworded": ("exact wording", "run of words", "near-identical wording"),
    "same_section": ("fact", "evidence", "near-duplicate question"),
    "unseen": ("section", "near-duplicate section", "near-duplicate question"),
}


def _pairs(question: Question, trained: TrainWordings, near: float) -> Iterable[dict[str, Any]]:
    if question.stratum == "reworded":
        siblings = trained.by_fact.get(question.fact or "", [])
        exact = [d for d in trained.questions if words(d.text) == words(question.text)]
        for other in {d.id: d for d in [*siblings, *exact]}.values():
            why = same_wording(question.text, other.text, near)
            yield _pair(
                question,
                other,
                word_ratio(question.text, other.text),
                why
                and {
                    "exact": "the same words",
                    "run": "a run of words that makes most of the question",
                    "near": "nearly the same sequence of words",
                }[why],
            )
        return
    if question.fact and question.fact in trained.by_fact:
        yield _pair(question, trained.by_fact[question.fact][0], 1.0, "the same fact")
    else:
        overlap = trained.overlapping(question)
        if overlap is not None:
            yield _pair(question, overlap, 1.0, "the same sentence as evidence")
    value, nearest = trained.nearest(question, near)
    if nearest is not None:
        yield _pair(question, nearest, value, "near-duplicate question" if value >= near else None)


def _section_pairs(
    question: Question, trained: TrainWordings, copies: Mapping[str, tuple[str, float]]
) -> Iterable[dict[str, Any]]:
    section = question.cluster or ""
    if section in trained.sections:
        other = next(d for d in trained.questions if d.cluster == section)
        yield _pair(question, other, 1.0, f"the section {section} is trained")
    elif section in copies:
        twin, share = copies[section]
        other = next(d for d in trained.questions if d.cluster == twin)
        yield _pair(question, other, share, f"the section {section} nearly copies {twin}")


def _pair(question: Question, other: Question, nearness: float, why: str | None) -> dict[str, Any]:
    return {
        "test": question.id,
        "train": other.id,
        "test_text": question.text,
        "train_text": other.text,
        "nearness": round(nearness, 3),
        "why": why,
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
