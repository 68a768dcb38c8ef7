"""Every stage of a run, and what a step made, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.engine.stage import Stage
from workbench.stages.adapter import AdapterStage
from workbench.stages.answers import AnswersStage
from workbench.stages.corpus import CorpusStage
from workbench.stages.editions import EditionsStage
from workbench.stages.forgetting import ForgettingStage
from workbench.stages.hosted import HostedStage
from workbench.stages.index import IndexStage
from workbench.stages.judge import JudgeStage
from workbench.stages.labels import LabelsStage, MessagesStage
from workbench.stages.latency import LatencyStage
from workbench.stages.memorised import MemorisedStage
from workbench.stages.must_refuse import MustRefuseStage
from workbench.stages.planted import PlantedStage
from workbench.stages.prompts import PromptsStage
from workbench.stages.questions import QuestionsStage
from workbench.stages.retrieval_trials import RetrievalTrialsStage
from workbench.stages.retriever import RetrieverStage
from workbench.stages.scores import ScoresStage
from workbench.stages.search import SearchStage
from workbench.stages.sensitivity import SensitivityStage
from workbench.stages.teaching import TeachingStage
from workbench.stages.trials import TrialsStage
from workbench.stages.twins import TwinsStage

CORPUS, QUESTIONS, INDEX, ADAPTER = CorpusStage(), QuestionsStage(), IndexStage(), AdapterStage()
ANSWERS, LATENCY, FORGETTING = AnswersStage(), LatencyStage(), ForgettingStage()
SENSITIVITY, JUDGE, SCORES, SEARCH = SensitivityStage(), JudgeStage(), ScoresStage(), SearchStage()
TRIALS, TEACHING, MUST_REFUSE = TrialsStage(), TeachingStage(), MustRefuseStage()
RETRIEVER, PROMPTS, RETRIEVAL = RetrieverStage(), PromptsStage(), RetrievalTrialsStage()
PLANTED, MEMORISED = PlantedStage(), MemorisedStage()
TWINS = TwinsStage()
#: In the place of ADAPTER, where a provider tunes.
HOSTED = HostedStage()
#: In the place of CORPUS and QUESTIONS, where the questions are labelled messages.
MESSAGES, LABELS = MessagesStage(), LabelsStage()
#: In the place of QUESTIONS, where the text has two editions.
EDITIONS = EditionsStage()

#: In the order of a run. A step ``adapter:raft`` is of the stage ``adapter``.
STAGES: Mapping[str, Stage[Any, Any]] = {
    stage.name: stage
    for stage in (
        CORPUS, QUESTIONS, RETRIEVAL, INDEX, RETRIEVER, PROMPTS, TEACHING, TRIALS, ADAPTER, ANSWERS,
        LATENCY, SEARCH, FORGETTING, MEMORISED, SENSITIVITY, MUST_REFUSE, PLANTED, TWINS,
        JUDGE, SCORES,
    )
}  # fmt: skip


def describe(step: str, summary: Mapping[str, Any]) -> str:
    """What a step of a run made, in half a sentence."""
    stage = STAGES[step.split(":")[0]]
    if stage is CORPUS and "messages" in summary:
        stage = MESSAGES
    if stage is QUESTIONS and "labels" in summary:
        stage = LABELS
    if stage is QUESTIONS and "carried" in summary:
        stage = EDITIONS
    if stage is ADAPTER and "provider" in summary:
        stage = HOSTED
    return stage.describe(summary)
