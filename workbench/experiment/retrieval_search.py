"""Which settings of the search are tried before a run: lists and ranges over retrieval, passages.

``retrieval.lexical_weight: [0.2, 0.4]`` and ``passages.chunk_size: {low: 60, high: 200}`` are what
a user writes; they are put aside under ``retrieval.search.over``, and what stood first takes their
place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import model_validator

from workbench.experiment.searching import Searching, Span, grid, parted
from workbench.experiment.spec import Count, Positive

if TYPE_CHECKING:
    from workbench.experiment import Experiment

PARTS = ("retrieval", "passages")
#: Keys of ``retrieval`` that no search varies.
OWN = ("search", "tuned")
#: Settings that are chosen first, since others are read by some of them alone.
LEADING = ("retrieval.mode", "passages.split")
#: Settings tried where a range has no end of them.
TRIALS = 24


class RetrievalSearchSpec(Searching):
    """What of ``retrieval`` and ``passages`` is searched, how, and for how long.

    Each setting fills the same ``tokens`` of a prompt with passages (None: as many as the present
    one shows), and is judged by whether they hold the evidence of train and dev questions: no
    answer is generated. Then the best ``finalists`` and the present one answer the dev questions,
    which decides; 0 leaves it at the evidence. Lists alone are tried in every combination. With a
    range, ``trials`` or ``minutes`` Optuna proposes: as many settings as ``trials`` says (None: 24
    of a range, all of lists), none begun after so many ``minutes``.
    """

    trials: Positive | None = None
    finalists: Count = 3
    tokens: Positive | None = None

    @model_validator(mode="after")
    def _of_the_search(self) -> RetrievalSearchSpec:
        for key in self.over:
            part, _, rest = key.partition(".")
            if part not in PARTS or rest in ("", "top_k") or rest.partition(".")[0] in OWN:
                raise ValueError(
                    f"{key} is no setting of how passages are cut or searched: vary keys of "
                    "passages and retrieval. How many are shown follows from tokens, so that every "
                    "setting fills the same room"
                )
        return self

    @property
    def budgeted(self) -> bool:
        """Whether settings are proposed, not all tried in order."""
        ranges = any(isinstance(tried, Span) for tried in self.over.values())
        return ranges or self.trials is not None or self.minutes is not None


def every_setting(spec: RetrievalSearchSpec) -> list[dict[str, Any]] | None:
    """Every combination, each once, of what its mode and split read; None where a range has no end
    of them."""
    lists = {key: tried for key, tried in spec.over.items() if not isinstance(tried, Span)}
    if len(lists) < len(spec.over):
        return None
    return grid(lists, _read)


def present_setting(spec: RetrievalSearchSpec, experiment: Experiment) -> dict[str, Any] | None:
    """The experiment's own values as one of the settings to try; None where they are none."""
    own: dict[str, Any] = {}
    values = experiment.model_dump(mode="json")
    for key, tried in spec.over.items():
        value: Any = values
        for name in key.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        if not (tried.holds(value) if isinstance(tried, Span) else value in tried):
            return None
        own[key] = value
    return _read(own)


def _read(setting: Mapping[str, Any]) -> dict[str, Any]:
    kept = set(read_by(setting, [*setting]))
    return {key: value for key, value in setting.items() if key in kept}


def read_by(setting: Mapping[str, Any], keys: Sequence[str]) -> Iterator[str]:
    """The keys that a search of that mode and split reads."""
    mode, split = (setting.get(key) for key in LEADING)
    idle = set()
    if mode not in (None, "fused"):
        idle |= {"retrieval.lexical_weight", "retrieval.graph_weight"}
    if split == "section":
        idle |= {"passages.chunk_size", "passages.chunk_overlap"}
    return (key for key in keys if key not in idle)


def aside(values: Mapping[str, Any], part: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The given values of a part with single ones, and its lists and ranges by their whole key."""
    rest, over = parted(values, own=OWN)
    return rest, {f"{part}.{key}": tried for key, tried in over.items()}


def put_aside(values: Mapping[str, Any]) -> dict[str, Any]:
    """The given values of ``retrieval`` with its lists and ranges under ``search.over``."""
    rest, over = aside(values, "retrieval")
    return with_over(rest, over) if over else dict(values)


def with_over(values: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """The given values of ``retrieval`` with more to be searched."""
    own = values.get("search") or {}
    known = own if isinstance(own, Mapping) else {k: getattr(own, k) for k in own.model_fields_set}
    return {**values, "search": {**known, "over": {**over, **known.get("over", {})}}}
