"""Tuning by preferences and rewards, after the supervised tuning: what is learned from, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from workbench.experiment.spec import Named, Positive, Spec

PairSource = Literal["references", "judge", "labels"]


@dataclass(frozen=True, slots=True)
class PreferenceTraits:
    """What is known of a method before it runs: its strength ``beta``, its rate on LoRA.

    ``rewarded`` methods draw answers and learn from their rewards; the others learn from pairs.
    """

    beta: float
    rate: float
    rewarded: bool = False


# Betas are those of TRL's documentation. Rates are ten times those of its examples for all weights,
# as LoRA learns at ten times the rate of full tuning (Schulman et al. 2025).
PREFERENCES: dict[str, PreferenceTraits] = {
    "dpo": PreferenceTraits(0.1, 5e-5),
    "orpo": PreferenceTraits(0.1, 1e-4),
    "kto": PreferenceTraits(0.1, 5e-5),
    "grpo": PreferenceTraits(0.04, 5e-5, True),
    "rloo": PreferenceTraits(0.05, 5e-5, True),
}


class PreferenceSpec(Spec):
    """Tuning by preferences or rewards, of the LoRA adapter that the rest of ``tuning`` makes.

    ``method``: ``dpo`` (Rafailov et al. 2023), ``orpo`` (Hong et al. 2024) and ``kto`` (Ethayarajh
    et al. 2024, for few or one-sided labels) learn from pairs of a better and a worse reply;
    ``grpo`` (Shao et al. 2024) and ``rloo`` (Ahmadian et al. 2024) draw ``samples`` answers to each
    training question and make the better rewarded ones likelier. All by TRL, from ``start``: the
    ``tuned`` adapter, or an untrained one on the ``base`` model.

    ``pairs`` come from ``references`` (of answers that the model draws to training questions, the
    right ones and the reference against the wrong ones), a ``judge`` (the experiment's, asked
    about two drawn answers in both orders) or ``labels`` (a file of people's pairs as the
    dashboard exports them, JSONL or CSV with prompt, chosen and rejected). ``reward`` is the
    ``metric`` that decides the experiment, or a ``reward_model`` trained on the pairs. Questions
    of the exam are never used; dev questions alone decide when to stop and what is kept.

    ``beta`` holds the model to where it began; it and ``learning_rate`` follow the method where
    they are not given. ``batch`` is in pairs, or in drawn answers, to a step. ``questions`` bounds
    the training questions that answers are drawn to (None: all). ``patience`` is in epochs.
    """

    written_short: ClassVar[str | None] = "method"

    method: Literal["dpo", "orpo", "kto", "grpo", "rloo"] = "dpo"
    start: Literal["tuned", "base"] = "tuned"
    pairs: tuple[PairSource, ...] = ("references",)
    labels: Named | None = None
    reward: Literal["metric", "reward_model"] = "metric"
    beta: Annotated[float, Field(ge=0)] = PREFERENCES["dpo"].beta
    learning_rate: Annotated[float, Field(gt=0)] = PREFERENCES["dpo"].rate
    epochs: Positive = 3
    batch: Positive = 8
    samples: Annotated[int, Field(ge=2)] = 4
    temperature: Annotated[float, Field(gt=0)] = 1.0
    questions: Positive | None = None
    patience: Positive = 2

    @model_validator(mode="before")
    @classmethod
    def _one_source(cls, values: Any) -> Any:
        if isinstance(values, Mapping) and isinstance(values.get("pairs"), str):
            return {**values, "pairs": (values["pairs"],)}
        return values

    @model_validator(mode="after")
    def _as_the_method_does(self) -> PreferenceSpec:
        traits = PREFERENCES[self.method]
        # Written out, so that a stored specification means the same whatever the defaults become.
        for key, value in (("beta", traits.beta), ("learning_rate", traits.rate)):
            if key not in self.model_fields_set:
                self.__dict__[key] = value
        return self

    @model_validator(mode="after")
    def _fits_together(self) -> PreferenceSpec:
        if not self.pairs or len(set(self.pairs)) < len(self.pairs):
            raise ValueError("pairs names where pairs come from, each source once")
        if self.reward == "reward_model" and not self.rewarded:
            raise ValueError(
                f"{self.method} learns from the pairs themselves: a reward model is for grpo and "
                "rloo, so leave reward out or take one of these"
            )
        if self.method == "kto" and self.batch < 2:
            raise ValueError(
                "kto sets each reply against another of its batch: batch is 2 at least"
            )
        needed = "labels" in self.pairs and self.pairs_wanted
        if needed and self.labels is None:
            raise ValueError(
                "pairs are to come from labels: name the file in preferences.labels, as the "
                "dashboard exports it (preference pairs, JSONL)"
            )
        if self.labels is not None and not needed:
            raise ValueError(
                "a file of labels is named and not read: add labels to preferences.pairs"
                + ("" if self.pairs_wanted else " and take reward: reward_model")
            )
        return self

    @property
    def rewarded(self) -> bool:
        """Whether it learns from rewards of drawn answers."""
        return PREFERENCES[self.method].rewarded

    @property
    def judged(self) -> bool:
        """Whether a judge says which replies are better."""
        return self.pairs_wanted and "judge" in self.pairs

    @property
    def pairs_wanted(self) -> bool:
        """Whether pairs are made at all."""
        return not self.rewarded or self.reward == "reward_model"
