"""Labelled messages as questions: read, freed of repetitions, and parted without leaks.

A message is a question of kind ``label`` whose answer is its label. Messages of one group (a
sender, a thread) and near-duplicates form one cluster; a cluster goes to one role as a whole, each
role gets its share of every label, and every figure's interval is taken over clusters.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.corpus.corpus import Corpus
from workbench.corpus.language import detect
from workbench.errors import WorkbenchError
from workbench.experiment.questions import LabelsSpec
from workbench.io import jsonl
from workbench.io.files import write_json
from workbench.questions.dataset.alike_messages import messages_certificate, near_pairs
from workbench.questions.dataset.cells import missing
from workbench.questions.dataset.exam import MIN_EXAM, MIN_TRAIN_FACTS
from workbench.questions.dataset.question_set import question_id, save_questions
from workbench.questions.dataset.tables import Row, rows
from workbench.questions.quality.likeness import Embed
from workbench.text import plain
from workbench.types import Document, Question, Role, Section

#: Messages that a label needs at least, to be learned from and asked for.
LEAST = 4
FAULTS_SHOWN = 3
ROLES: tuple[Role, ...] = ("test", "dev", "train")


@dataclass(frozen=True, slots=True)
class Counts:
    """Messages wanted of each role, at the most."""

    train: int
    dev: int
    test: int

    def within(self, there: int) -> dict[Role, int]:
        """As many of ``there`` as each role gets: what is wanted, or its part of too few."""
        wanted: dict[Role, int] = {"test": self.test, "dev": self.dev, "train": self.train}
        scale = min(1.0, there / max(1, sum(wanted.values())))
        return {role: int(count * scale) for role, count in wanted.items()}


def read_labels(spec: LabelsSpec) -> tuple[str, ...]:
    """The labels there are: those of the specification, or those of the file in order of names.

    Raises WorkbenchError where the file cannot be read or holds no two labels.
    """
    return spec.names or _names(_cells(spec), spec)


def read_messages(spec: LabelsSpec) -> tuple[list[Question], list[dict[str, str]]]:
    """(the messages as questions, what was dropped and why), in the order of the file.

    Raises WorkbenchError naming the lines that hold no message or no known label: labels are given
    by hand, so a fault is a mistake.
    """
    cells = _cells(spec)
    names = spec.names or _names(cells, spec)
    known = {plain(name): name for name in names}
    strange = [(line, label) for line, _, label, _ in cells if plain(label) not in known]
    if strange:
        listed = "; ".join(f"line {line}: {label!r}" for line, label in strange[:FAULTS_SHOWN])
        raise WorkbenchError(
            f"{spec.file}: {len(strange)} rows have a label that is none of "
            f"{', '.join(names)} ({listed}).",
            "Mend the rows, or name their labels in questions.labels.names.",
        )
    told: dict[str, set[str]] = defaultdict(set)
    for _, text, label, _ in cells:
        told[plain(text)].add(known[plain(label)])
    questions: list[Question] = []
    dropped: list[dict[str, str]] = []
    seen: set[str] = set()
    kept = _kept(spec)
    for line, text, label, group in cells:
        key, name = plain(text), known[plain(label)]
        if len(told[key]) > 1 or key in seen:
            reason = "two labels for one message" if len(told[key]) > 1 else "repeats a message"
            dropped.append({"question": text, "reason": reason, "detail": f"line {line}: {label}"})
            continue
        seen.add(key)
        tags = {"labels": list(names), "line": line, **kept.get(line, {})}
        cluster = None if group is None else f"group:{group}"
        own = question_id(text, [name], "")
        questions.append(
            Question(own, text, (name,), kind="label", fact=own, cluster=cluster,
                     origin="labelled", tags=tags)
        )  # fmt: skip
    _require_each(questions, names, spec)
    return questions, dropped


def labels_of(questions: Iterable[Question]) -> tuple[str, ...]:
    """The closed set that labelled questions were made with; empty for others."""
    return next((tuple(q.tags["labels"]) for q in questions if q.kind == "label"), ())


def messages_corpus(spec: LabelsSpec, language: str = "auto") -> Corpus:
    """The messages as a corpus of one document, without their labels: what a run says it is about.

    Nothing is searched or trained on in it.
    """
    texts = [text for _, text, _, _ in _cells(spec)]
    whole = "\n\n".join(texts)
    path = Path(spec.file)
    edition = hashlib.sha256(whole.encode()).hexdigest()
    spoken = detect(whole) if language == "auto" else language
    document = Document(path.stem, whole, edition, path.name, spoken)
    section = Section(f"{path.stem}#1", path.stem, 0, len(whole), path.name, whole, 1)
    return Corpus((document,), (section,), edition, spoken, path.name)


def write_labelled(
    spec: LabelsSpec, counts: Counts, near: float, seed: int, out: Path, embed: Embed
) -> dict[str, Any]:
    """Write train.jsonl, dev.jsonl, test.jsonl, dropped.jsonl, certificate.json and plan.json.

    ``near`` is the share of words (0 to 1) from which on two messages are near-duplicates;
    ``embed`` gives unit vectors, by which those of one meaning are found. Returns the summary.
    Raises WorkbenchError where the messages are too few.
    """
    messages, dropped = read_messages(spec)
    vectors = embed([message.text for message in messages])
    clustered = _clustered(messages, near, vectors)
    parts = part(clustered, counts, seed)
    if len(parts["test"]) < MIN_EXAM or len(parts["train"]) < MIN_TRAIN_FACTS:
        raise WorkbenchError(
            f"{spec.file} gives {len(parts['test'])} messages to ask and {len(parts['train'])} to "
            f"train on, of at least {MIN_EXAM} and {MIN_TRAIN_FACTS}.",
            "Label more messages, or raise the smaller of questions.test and "
            "questions.train_facts.",
        )
    kept = {question.id for questions in parts.values() for question in questions}
    spare = len(messages) - len(kept)
    place = {message.id: at for at, message in enumerate(messages)}
    proof = messages_certificate(parts["train"], parts["test"], vectors, place, near)
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / "plan.json", {"plan": {"unseen": []}, "spec": spec.model_dump(mode="json")})
    jsonl.write(out / "dropped.jsonl", dropped, sort_keys=True)
    write_json(out / "certificate.json", proof)
    for role in ROLES:
        save_questions(out / f"{role}.jsonl", parts[role])
    names = labels_of(messages)
    return {
        "train": len(parts["train"]),
        "train_facts": len(parts["train"]),
        "dev": len(parts["dev"]),
        "test": len(parts["test"]),
        "strata": {},
        "kinds": {"label": len(parts["test"])},
        "labels": {name: sum(q.answers[0] == name for q in messages) for name in names},
        "clusters": len({question.cluster for question in clustered}),
        "dropped": dict(Counter(item["reason"] for item in dropped).most_common()),
        "certificate_clean": proof["clean"],
        "notes": [f"{spare} messages are in no role"] if spare else [],
    }


def part(
    messages: Sequence[Question], counts: Counts, seed: int
) -> dict[Role, tuple[Question, ...]]:
    """Whole clusters to roles, so that each role gets its share of every label.

    The largest clusters go first; each goes to the role that lacks most of its label.
    """
    rng = random.Random(seed)
    clusters: dict[str, list[Question]] = defaultdict(list)
    for message in messages:
        clusters[message.cluster or message.id].append(message)
    wanted = counts.within(len(messages))
    of = Counter(message.answers[0] for message in messages)
    open_ = {
        (role, label): wanted[role] * number / len(messages)
        for role in ROLES for label, number in of.items()
    }  # fmt: skip
    order = sorted(clusters.values(), key=lambda group: (group[0].answers[0], group[0].id))
    rng.shuffle(order)
    order.sort(key=len, reverse=True)
    parts: dict[Role, list[Question]] = {role: [] for role in ROLES}
    for group in order:
        inside = Counter(message.answers[0] for message in group)

        def lack(role: Role, inside: Counter[str] = inside) -> float:
            return sum(
                number * open_[role, label] / max(1e-9, wanted[role] * of[label])
                for label, number in inside.items()
            )

        room = [r for r in ROLES if len(parts[r]) + len(group) <= wanted[r]] or []
        if not room:
            continue
        chosen = max(room, key=lack)
        parts[chosen] += [replace(message, role=chosen) for message in group]
        for label, number in inside.items():
            open_[chosen, label] -= number
    return {role: tuple(sorted(found, key=lambda q: q.id)) for role, found in parts.items()}


def _clustered(messages: Sequence[Question], near: float, vectors: Any) -> list[Question]:
    """The messages with the cluster that each belongs to: its group, and what nearly repeats it."""
    parent = list(range(len(messages)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    first: dict[str, int] = {}
    for at, message in enumerate(messages):
        if message.cluster is not None:
            parent[root(at)] = root(first.setdefault(message.cluster, at))
    for left, right in near_pairs(messages, near, vectors):
        parent[root(left)] = root(right)
    return [replace(m, cluster=messages[root(at)].id) for at, m in enumerate(messages)]


def _cells(spec: LabelsSpec) -> list[tuple[int, str, str, str | None]]:
    """(line, message, label, group) of every row; WorkbenchError where one lacks something."""
    path = Path(spec.file)
    found, faults = rows(path)
    if faults:
        raise WorkbenchError(f"{faults[0]}.", "Mend the file; nothing in it is dropped silently.")
    columns = sorted({key for row in found for key in row.values})
    for key, name in (("text", spec.text), ("label", spec.label), ("group", spec.group)):
        if name is not None and name not in columns:
            raise WorkbenchError(
                f"{path} has no column {name!r}; it has {', '.join(columns) or 'no columns'}.",
                f"Name the column of the {'message' if key == 'text' else key} in "
                f"questions.labels.{key}.",
            )
    lacking = [row for row in found if not (_said(row, spec.text) and _said(row, spec.label))]
    if lacking:
        listed = ", ".join(str(row.line) for row in lacking[:FAULTS_SHOWN])
        raise WorkbenchError(
            f"{path}: {len(lacking)} rows have no message or no label (line {listed}).",
            "Complete the rows, or take them out.",
        )
    return [
        (row.line, _said(row, spec.text), _said(row, spec.label),
         None if spec.group is None else _said(row, spec.group) or None)
        for row in found
    ]  # fmt: skip


def _kept(spec: LabelsSpec) -> dict[int, dict[str, str]]:
    """By line, what stands in the columns that are to stay with the messages."""
    if not spec.keep:
        return {}
    found, _ = rows(Path(spec.file))
    there = {key for row in found for key in row.values}
    lost = [name for name in spec.keep if name not in there]
    if lost:
        raise WorkbenchError(
            f"{spec.file} has no column {lost[0]!r}; it has {', '.join(sorted(there))}.",
            "Name the columns that are to be kept in questions.labels.keep.",
        )
    return {
        row.line: {name: said for name in spec.keep if (said := _said(row, name))}
        for row in found
    }  # fmt: skip


def _said(row: Row, column: str) -> str:
    value = row.values.get(column)
    return "" if missing(value) else str(value).strip()


def _names(cells: Sequence[tuple[int, str, str, str | None]], spec: LabelsSpec) -> tuple[str, ...]:
    """The labels of the file in alphabetic order, spelt as they are most often."""
    spelt: dict[str, Counter[str]] = defaultdict(Counter)
    for _, _, label, _ in cells:
        spelt[plain(label)][label] += 1
    if len(spelt) < 2:
        raise WorkbenchError(
            f"{spec.file} holds {len(spelt) or 'no'} label{'' if len(spelt) == 1 else 's'} in the "
            f"column {spec.label!r}.",
            "It takes two labels at least to tell messages apart.",
        )
    return tuple(spelt[key].most_common(1)[0][0] for key in sorted(spelt))


def _require_each(questions: Sequence[Question], names: Sequence[str], spec: LabelsSpec) -> None:
    there = Counter(question.answers[0] for question in questions)
    few = [name for name in names if there[name] < LEAST]
    if few:
        raise WorkbenchError(
            f"{spec.file} has {there[few[0]]} messages with the label {few[0]!r}, and it takes "
            f"{LEAST} at least to train on some and ask for others.",
            "Label more of them, or join the label with another.",
        )
