"""Who judges answers, by which metrics, for how much."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import (
    Field,
    model_validator,
)

from workbench.experiment.model import first_and_replicas
from workbench.experiment.secrets import Address, VariableName
from workbench.experiment.spec import Positive, Spec
from workbench.types import ModelReference

#: ragas' metrics that a model judges, and the user's own rubric.
JUDGED = (
    "faithfulness", "answer_relevancy", "context_precision", "context_recall",
    "factual_correctness", "answer_correctness", "noise_sensitivity", "rubric",
)  # fmt: skip


class JudgeSpec(Spec):
    """A chat model that judges answers with ragas' metrics: an endpoint's, or a local one by name.

    Without one nothing is judged, which is the default; another judge needs no new answers.
    ``rubric`` is your own rule: a text (pass or fail), or a text for each grade from 1 to 5.
    ``sample`` judges that many questions, drawn at random; None judges all. One reply may take
    ``reply_tokens``. The budget is checked before the start and never passed; money needs the
    model's price in the price book. Choose a judge of another family than the variants.
    """

    written_short: ClassVar[str | None] = "model"

    model: Annotated[str, Field(min_length=1)]
    endpoint: Address | None = None
    key_env: VariableName | None = None
    replicas: tuple[Address, ...] = Field(default=(), exclude=True)
    metrics: tuple[str, ...] = ("faithfulness", "factual_correctness")
    rubric: str | dict[int, str] | None = None
    sample: Positive | None = None
    reply_tokens: Positive = 1024
    timeout_s: Annotated[float, Field(gt=0)] = 60.0
    requests_per_minute: Annotated[float, Field(gt=0)] | None = None
    max_tokens_spent: Positive | None = None
    max_money_spent: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _several_addresses(cls, values: Any) -> Any:
        return first_and_replicas(values, "endpoint")

    @model_validator(mode="after")
    def _judges_something(self) -> JudgeSpec:
        unknown = [name for name in self.metrics if name not in JUDGED]
        if unknown:
            raise ValueError(f"unknown metric {unknown[0]!r}; a judge knows {', '.join(JUDGED)}")
        if "rubric" in self.metrics and not self.rubric:
            raise ValueError("the metric 'rubric' needs the text of your rubric")
        if isinstance(self.rubric, dict) and sorted(self.rubric) != [1, 2, 3, 4, 5]:
            raise ValueError("a rubric of grades needs a text for each of 1, 2, 3, 4 and 5")
        if not self.wanted:
            raise ValueError("a judge needs at least one metric")
        return self

    @property
    def wanted(self) -> tuple[str, ...]:
        """The metrics to judge; a rubric that is given is one of them."""
        return tuple(dict.fromkeys((*self.metrics, *(["rubric"] if self.rubric else []))))

    def reference(self) -> ModelReference:
        """The value that the model loaders take."""
        return ModelReference(
            self.model, endpoint=self.endpoint, key_env=self.key_env, timeout_s=self.timeout_s,
            requests_per_minute=self.requests_per_minute,
            replicas=self.replicas if self.endpoint else (),
        )  # fmt: skip
