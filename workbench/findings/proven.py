"""How it was done, and whether the tuned model could have seen the exam."""

from __future__ import annotations

from workbench import wording
from workbench.evaluation.filtered import read_back_sentence
from workbench.findings.values import Cell, Column, Row, Section, Statement
from workbench.findings.view import View
from workbench.records.results import Certificate, NearPair

LIMITS_LABELLED = ("method_missing", "limit_text", "limit_labels")
LIMITS = ("method_missing", "limit_text", "limit_overlap", "limit_written")


def method(view: View) -> Section:
    """How variants were compared, by which rule the verdict was reached, and what limits it."""
    methods = {
        item.method for item in view.results.comparisons
        if item.metric == view.metric and item.stratum is None and item.method
    }  # fmt: skip
    told = (
        view.state("method_paired", method="; ".join(sorted(methods)) or view.say("none")),
        view.state(
            "method_rule", margin=view.figure(view.verdict.margin, "margin", "/verdict/margin"),
            level=view.figure(view.results.level, "share", "/level"),
        ),
        *map(view.state, LIMITS_LABELLED if view.labelled else LIMITS),
    )  # fmt: skip
    return Section("method", view.say("h_method"), statements=told)


def exam(view: View, certificate: Certificate | None = None) -> Section:
    """The certificate in sentences, and for each stratum the training question that is nearest."""
    title = view.say("h_certificate")
    item = certificate or view.results.certificate
    if item is None:
        return Section("exam", title, statements=(view.state("certificate_none"),))
    rows = []
    for name, part in item.strata.items():
        closest, at = part.closest[0] if part.closest else NearPair(), f"/certificate/strata/{name}"
        near = wording.NONE if closest.nearness is None else f"{closest.nearness:.2f}"
        rows.append(Row((
            Cell(wording.STRATUM_LABELS.get(name, name)),
            view.number(part.questions, "count", f"{at}/questions"),
            Cell(str(len(part.leaks) or view.say("none"))), Cell(near),
            Cell(closest.test_text), Cell(closest.train_text),
        )))  # fmt: skip
    heads = [*view.head("col_stratum", "col_n", "col_leaks", "col_nearness"),
             Column(view.say("col_nearest_exam"), "words"),
             Column(view.say("col_nearest_train"), "words")]  # fmt: skip
    tables = (view.table("exam", heads, rows),) if rows else ()
    note = "proof_note_labelled" if view.labelled else "proof_note"
    notes = (view.state(note),) if rows else ()
    return Section("exam", title, notes, _sentences(view, item), tables=tables)


def _sentences(view: View, item: Certificate) -> tuple[Statement, ...]:
    told = []
    locked = view.results.run.exam_hash or item.exam_hash
    if locked:
        told.append(view.state("certificate_hash", hash=locked[:12]))
    if item.clean is not None:
        told.append(view.state(_cleanness(item), "info" if item.clean else "caution"))
    if item.near_duplicate is not None:
        told.append(view.state("certificate_near", limit=f"{item.near_duplicate:.2f}"))
    made, limits = item.compared, item.thresholds
    if made is not None:
        counts = {part: wording.count(getattr(made, part)) for part in ("exam", "train", "pairs")}
        told.append(view.state("certificate_compared", **counts))
    if made is not None and made.by_meaning and limits.same_fact is None:
        told.append(view.state("certificate_labelled", same_question=f"{limits.same_question:.2f}"))
    elif made is not None and made.by_meaning:
        told.append(view.state("certificate_meaning", same_fact=f"{limits.same_fact:.2f}",
                               same_question=f"{limits.same_question:.2f}"))  # fmt: skip
    reworded = item.strata.get("reworded")
    if reworded is not None and reworded.new_words:
        listed = ", ".join(
            view.state("certificate_new_words_item", words=words, questions=str(number)).text()
            for words, number in reworded.new_words.items()
        )
        told.append(view.state("certificate_new_words", counts=listed))
    if item.read_back is not None and not item.read_back.variants:
        oracle = next((row.short for row in view.rows if row.is_ceiling), "")
        told.append(Statement(read_back_sentence(item.read_back.record(), oracle)))
    dropped = sorted(view.results.questions.dropped.items(), key=lambda pair: -pair[1])
    if dropped:
        reasons = ", ".join(f"{reason} ({number})" for reason, number in dropped)
        told.append(view.state("dropped_note", listed=reasons))
    return tuple(told)


def _cleanness(item: Certificate) -> str:
    if not item.clean:
        return "certificate_leaks"
    if item.thresholds.same_fact is None and "labelled" in item.strata:
        return "certificate_clean_labelled"
    meant = item.compared is not None and item.compared.by_meaning
    return "certificate_clean" if meant else "certificate_clean_words"
