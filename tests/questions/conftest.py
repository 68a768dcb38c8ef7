"""What the tests of the exam share: the small tale, and questions written on it once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.tale import small_corpus
from tests.support.workers import made_once
from workbench.corpus.corpus import Corpus
from workbench.types import LanguageModel


@pytest.fixture
def corpus() -> Corpus:
    return small_corpus()


@pytest.fixture(scope="session")
def written(reader: LanguageModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of questions written once for all tests that only read it."""
    from workbench.experiment.questions import QuestionSpec
    from workbench.questions import write

    def make(folder: Path) -> None:
        write(small_corpus(), QuestionSpec(train_facts=24, test=18, dev=6), reader, folder, 7)

    return made_once(tmp_path_factory, "written", make)
