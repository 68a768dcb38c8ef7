"""A run's exam and the questions of a log, as two sides that can be held against each other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench.asked.drift import MOST, Side, drift
from workbench.asked.log import FACTS, Logged, read_log
from workbench.asked.redaction import redacted
from workbench.asked.traits import traits
from workbench.engine.cache import ArtifactCache, cache_root
from workbench.errors import WorkbenchError
from workbench.io import jsonl
from workbench.records.drift import Drift
from workbench.records.run import Run
from workbench.refusals import refuses
from workbench.types import Question

if TYPE_CHECKING:
    from workbench.experiment.retrieval import Embedding

Floats = NDArray[np.float32]
#: Why something cannot be told: no index of such vectors is there, or nobody answered.
NO_INDEX, NO_REPLIES = "no_index", "no_replies"
#: Names under which files of questions have them.
TEXT_KEYS = ("text", "question", "query")


def embedding_of(run: Run) -> Embedding:
    """What makes vectors of the run's questions: its search's embedding where this machine has it,
    else the one that ships."""
    from workbench.retrieval.embeddings import is_remote

    experiment = run.experiment()
    own: Embedding = "all-MiniLM-L6-v2"
    if experiment is not None and not is_remote(experiment.retrieval.embedding):
        own = experiment.retrieval.embedding
    return own


def held_against(run: Run, log: Path) -> Drift:
    """What the questions of a log are beside the run's exam; ``log`` may be a file of questions.

    Raises WorkbenchError where it is neither, holds another run's questions, or nothing was asked.
    """
    from workbench.retrieval.embeddings import embedding_identity, encode_queries

    if not log.exists():
        raise WorkbenchError(f"There is no {log}.", "Name a log's folder, or a file of questions.")
    source = embedding_of(run)
    results, without = run.results(), list[str]()
    questions = _exam(run)
    exam_vectors = encode_queries([redacted(question.text) for question in questions], source)
    if log.is_dir():
        facts, logged = read_log(log)
        if facts.run != run.id:
            raise WorkbenchError(
                f"{log} is the log of {facts.run}, not of {run.id}.",
                f"Hold it against its own run: workbench drift {facts.run} {log}",
            )
        if facts.embedding != embedding_identity(source):
            raise WorkbenchError(
                f"The questions in {log} were embedded by another model than {run.id} has now.",
                "Put the earlier model back, or begin a new log.",
            )
    else:
        logged = list(_plain(log, source))
        without.append(NO_REPLIES)
    if not logged:
        raise WorkbenchError(f"{log} holds no question yet.", "Let people ask, and come back.")
    # Some are drawn by lot here, before the long work on each.
    total = len(logged)
    if total > MOST:
        kept = np.random.default_rng(results.run.seed or 0).choice(total, MOST, replace=False)
        logged = [logged[place] for place in np.sort(kept)]
    asked_vectors = np.stack([item.vector for item in logged]).astype(np.float32)
    best = _best_passages(run, source, np.concatenate([exam_vectors, asked_vectors]))
    if best is None:
        without.append(NO_INDEX)
    exam = _exam_side(run, questions, exam_vectors, best, logged)
    asked = Side(
        asked_vectors, [item.form for item in logged], [item.words for item in logged],
        [item.names for item in logged], [item.numbers for item in logged],
        None if best is None else best[0][len(questions) :],
        () if best is None else best[1][len(questions) :],
        None if exam.refused is None else [item.refused for item in logged],
        [item.text for item in logged],
    )  # fmt: skip
    found = drift(exam, asked, results.level)
    titles = _titles(run)
    days = sorted({item.day for item in logged if item.day})
    return found.model_copy(update={
        "run": run.id, "source": str(log), "asked": total, "without": tuple(without),
        "days": tuple(days[:: max(1, len(days) - 1)]),
        "variants": dict(Counter(item.variant for item in logged if item.variant)),
        "weighed": tuple(
            item.model_copy(update={"title": titles.get(item.name, item.name)})
            if item.part == "section" else item
            for item in found.weighed
        ),
    })  # fmt: skip


def _exam(run: Run) -> list[Question]:
    """What was sat, hand-written questions too; the labels of messages are asked for by nobody."""
    from workbench.questions import load
    from workbench.questions.dataset.question_set import read_questions

    asked = [*load(run.files.exam).test]
    if run.files.questions("gold").exists():
        asked += read_questions(run.files.questions("gold"))
    asked = list({question.id: question for question in asked}.values())
    if not asked or all(question.kind == "label" for question in asked):
        raise WorkbenchError(
            f"{run.id} has no exam of questions.", "Name a run whose exam was written, or brought."
        )
    return asked


def _exam_side(
    run: Run, questions: Sequence[Question], vectors: Floats,
    best: tuple[Floats, list[str]] | None, logged: Sequence[Logged],
) -> Side:  # fmt: skip
    outside = [traits(redacted(question.text)) for question in questions]
    return Side(
        vectors,
        [item.form for item in outside],
        [item.words for item in outside],
        [item.names for item in outside],
        [item.numbers for item in outside],
        None if best is None else best[0][: len(questions)],
        () if best is None else best[1][: len(questions)],
        _refused(run, questions, logged),
        facts=[question.fact or question.id for question in questions],
        answerable=[question.kind != "unanswerable" for question in questions],
        parts={
            "stratum": [question.stratum or "gold" for question in questions],
            "kind": [str(question.kind) for question in questions],
            "section": [question.cluster or "" for question in questions],
        },
    )


def _refused(
    run: Run, questions: Sequence[Question], logged: Sequence[Logged]
) -> list[bool] | None:
    """Whether each exam question was refused by the variant that most were put to.

    None where none of its answers are there.
    """
    from workbench.variants.answering import read_answers

    asked = Counter(item.variant for item in logged if item.variant).most_common(1)
    if not asked or not run.files.answers(asked[0][0]).exists():
        return None
    replies = {item.question: item for item in read_answers(run.files.answers(asked[0][0]))}
    if any(question.id not in replies for question in questions):
        return None
    # By its wording alone, as a served reply's is told: nobody knows what was right to say there.
    return [refuses(replies[question.id].text) for question in questions]


def _best_passages(run: Run, source: Embedding, vectors: Floats) -> tuple[Floats, list[str]] | None:
    """The cosine of the best passage to each vector, and the title of its section.

    None where the run's index has no vectors of this embedding, or is no longer in the cache.
    """
    from workbench.retrieval.embeddings import embedding_identity
    from workbench.retrieval.index_files import IndexFiles, open_passages, read_facts

    made = run.manifest.stages.get("index")
    index = None
    if made is not None and made.artifact is not None:
        index = ArtifactCache(cache_root()).find(made.artifact)
    if index is None:
        return None
    facts = read_facts(index.path)
    files = IndexFiles(index.path, facts.get("change", 0))
    if facts.get("model") != embedding_identity(source) or not files.vectors.exists():
        return None
    import faiss

    search: Any = faiss.SearchParameters()
    store = faiss.read_index(str(files.vectors))
    if isinstance(store, faiss.IndexIVF):
        search = faiss.SearchParametersIVF()
        search.nprobe = store.nprobe
    if files.removed.exists():
        # Held by names: FAISS keeps only their addresses.
        removed = faiss.IDSelectorBatch(np.load(files.removed))
        kept = faiss.IDSelectorNot(removed)
        search.sel = kept
    found: tuple[Floats, NDArray[np.int64]] = store.search(
        np.ascontiguousarray(vectors, np.float32), 1, params=search
    )
    passages, titles = open_passages(files, int(facts["passages"])), _titles(run)
    sections = [passages[int(place)].section for place in found[1][:, 0]]
    return found[0][:, 0], [titles.get(section, section) for section in sections]


def _titles(run: Run) -> dict[str, str]:
    """The title of each section of the text, by its id."""
    return {record["id"]: record["title"] or record["id"]
            for record in jsonl.stream(run.files.sections)}  # fmt: skip


def _plain(path: Path, source: Embedding) -> Iterable[Logged]:
    """The questions of a file: one a line, or JSON lines with one of ``TEXT_KEYS``."""
    from workbench.io.files import read_text
    from workbench.retrieval.embeddings import encode_queries

    texts: list[str] = []
    if path.suffix == ".jsonl":
        for number, record in enumerate(jsonl.read(path), 1):
            found = [record[key] for key in TEXT_KEYS if isinstance(record, dict) and key in record]
            if not found or not isinstance(found[0], str):
                raise WorkbenchError(
                    f"{path}, line {number}, has no question.",
                    f"Give it as one of {', '.join(TEXT_KEYS)}. A log's folder has a {FACTS}.",
                )
            texts.append(found[0])
    else:
        texts = read_text(path, "file of questions").splitlines()
    plain = [redacted(text.strip()) for text in texts if text.strip()]
    vectors = encode_queries(plain, source)
    for text, vector in zip(plain, vectors, strict=True):
        told = traits(text)
        yield Logged(
            "", "", told.form, told.words, told.names, told.numbers, False, vector, text
        )  # fmt: skip
