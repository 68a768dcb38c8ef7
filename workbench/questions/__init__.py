"""The exam: questions written from a corpus, filtered, split without leaks, and yours to edit.

``write`` makes train, dev and test questions; ``load`` reads them; ``lock`` and ``verify_lock``
guard the exam;
``certificate`` shows that no stratum leaks; ``read_gold`` takes questions written by hand;
``settle`` says which of both are the exam.
"""

from __future__ import annotations

from workbench.questions.dataset.exam import Exam, settle
from workbench.questions.dataset.gold import place_gold, read_gold
from workbench.questions.dataset.question_set import QuestionSet, load, lock, verify_lock
from workbench.questions.dataset.write import write
from workbench.questions.quality.certificate import certificate, require_clean

__all__ = [
    "Exam",
    "QuestionSet",
    "certificate",
    "load",
    "lock",
    "place_gold",
    "read_gold",
    "require_clean",
    "settle",
    "verify_lock",
    "write",
]
