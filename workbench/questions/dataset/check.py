"""The data report: what the questions are, how varied, how they were sifted, whether they leak."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.io import jsonl
from workbench.io.files import read_json
from workbench.questions.dataset.alike_messages import messages_certificate
from workbench.questions.dataset.question_set import QuestionSet, load, read_questions
from workbench.questions.dataset.yields import read_yield
from workbench.questions.quality.certificate import certificate
from workbench.questions.words import words
from workbench.records.layout import question_file
from workbench.retrieval.embeddings import embed
from workbench.types import Question

ROLES = ("train", "dev", "test", "gold")


def check(folder: Path) -> dict[str, Any]:
    """The report over a folder of questions, as JSON-ready values; the certificate is made anew."""
    exam = load(folder)
    roles = {"train": exam.train, "dev": exam.dev, "test": exam.test, "gold": exam.gold}
    kept = _certificate(folder)
    near = float(kept.get("near_duplicate", 0.85))
    least = int(kept.get("thresholds", {}).get("least_new_words", 0))
    by_meaning = bool(kept.get("compared", {}).get("by_meaning"))
    return {
        "yield": read_yield(folder),
        "roles": {role: _part(matches) for role, matches in roles.items() if matches},
        "certificate": (
            _of_messages(exam, near)
            if exam.test and exam.test[0].kind == "label"
            else certificate(
                exam.train, exam.test, None, near, least, embed if by_meaning else None
            )
        ),
        "dropped": dict(
            Counter(r["reason"] for r in jsonl.read(folder / "dropped.jsonl")).most_common()
        ),
        "shared": {
            "facts_of_dev_and_exam": len(
                {q.fact for q in exam.dev if q.fact} & {q.fact for q in exam.test}
            ),
        },
    }


def _of_messages(exam: QuestionSet, near: float) -> dict[str, Any]:
    """The certificate of labelled messages, which are in no stratum that others are checked by."""
    asked = [*exam.train, *exam.test]
    place = {message.id: at for at, message in enumerate(asked)}
    vectors = embed([message.text for message in asked])
    return messages_certificate(exam.train, exam.test, vectors, place, near)


def _part(questions: Sequence[Question]) -> dict[str, Any]:
    texts = [words(q.text) for q in questions]
    lengths = sorted(len(words(a)) for q in questions for a in q.answers[:1])
    known = [q.tags["already_known"] for q in questions if "already_known" in q.tags]
    return {
        **_messages([q for q in questions if q.kind == "label"]),
        "questions": len(questions),
        "facts": len({q.fact or q.id for q in questions}),
        "sections": len({q.cluster for q in questions}),
        "kinds": dict(Counter(q.kind for q in questions).most_common()),
        "strata": dict(Counter(q.stratum or "none" for q in questions).most_common()),
        "types": dict(Counter(str(q.tags.get("type", "none")) for q in questions).most_common()),
        "chapters": dict(
            Counter(
                str(q.tags.get("section_title") or q.cluster or "none")
                for q in questions
                if q.kind != "label"
            )
        ),
        "openings": dict(Counter(t[0] for t in texts if t).most_common(12)),
        "diversity": {
            "distinct_words": _distinct(texts, 1),
            "distinct_pairs": _distinct(texts, 2),
        },
        "answer_words": {
            "median": lengths[len(lengths) // 2] if lengths else 0,
            "longest": lengths[-1] if lengths else 0,
        },
        "exact_duplicates": len(texts) - len(set(texts)),
        "already_known": round(sum(float(k) for k in known) / len(known), 4) if known else None,
        "edited": sum(q.rev > 0 for q in questions),
    }


def _messages(labelled: Sequence[Question]) -> dict[str, Any]:
    """Of labelled messages how many have each label, and the sizes of their groups, largest first.

    A group has no name to be told by: it is a sender, and whatever nearly repeats one of his.
    """
    if not labelled:
        return {}
    return {
        "labels": dict(Counter(q.answers[0] for q in labelled).most_common()),
        "groups": sorted(Counter(q.cluster or q.id for q in labelled).values(), reverse=True),
    }


def _distinct(texts: Sequence[tuple[str, ...]], size: int) -> float:
    """Distinct runs of ``size`` words over all of them (1: no word is used twice)."""
    runs = [t[i : i + size] for t in texts for i in range(len(t) - size + 1)]
    return round(len(set(runs)) / len(runs), 4) if runs else 0.0


def _certificate(folder: Path) -> Mapping[str, Any]:
    path = folder / "certificate.json"
    if not path.is_file():
        return {}
    return dict(read_json(path))


def show(
    folder: Path, role: str = "test", count: int = 20, dropped: bool = False, seed: int = 0
) -> list[dict[str, Any]]:
    """Some questions drawn at random, or some of those thrown away with the reason.

    Raises WorkbenchError where there are none.
    """
    import random

    rng = random.Random(seed)
    if role not in ROLES:
        raise WorkbenchError(f"Unknown role {role!r}.", f"The roles are {', '.join(ROLES)}.")
    matches = (
        jsonl.read(folder / "dropped.jsonl")
        if dropped
        else [q.to_record() for q in read_questions(question_file(folder, role))]
    )
    if not matches:
        what = "dropped candidates" if dropped else f"{role} questions"
        there = [name for name in ROLES if read_questions(question_file(folder, name))]
        raise WorkbenchError(
            f"There are no {what} in {folder}.",
            f"There are questions of the role {', '.join(there)}: --role NAME shows them."
            if there
            else "`workbench questions check` says what was found in the text.",
        )
    return matches if len(matches) <= count else rng.sample(matches, count)
