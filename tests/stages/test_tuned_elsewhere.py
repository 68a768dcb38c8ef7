"""What a provider tuned is asked by the name under which it is deployed now."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from workbench.experiment import Experiment
from workbench.models.endpoint import EndpointModel
from workbench.models.hosted import write_hosted
from workbench.stages.run_results import _deployed
from workbench.variants.assembly import build_systems


def experiment(**hosted: Any) -> Experiment:
    return Experiment(
        purpose="Answer the questions.", name="hosted", corpus="c.md",
        model={"name": "gpt-small", "endpoint": "http://127.0.0.1:1/v1"},
        variants=["prompt_only", "fine_tuned"],
        tuning={"hosted": {"max_money_spent": 5, **hosted}},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("hosted", "name"),
    [({"provider": "azure", "deployment": "second"}, "second"),
     ({"provider": "openai"}, "first")],
)  # fmt: skip
def test_a_deployment_that_was_renamed_after_the_job_is_asked(
    hosted: dict[str, Any], name: str, tmp_path: Path
) -> None:
    write_hosted(tmp_path, "first")
    own = experiment(**hosted)
    asked = build_systems(
        own, SimpleNamespace(labels=(), encoder=None), EndpointModel, {"fine_tuned": tmp_path}  # type: ignore
    )  # fmt: skip
    assert [system.model.reference.name for system in asked] == ["gpt-small", name]
    told = {"model": name} if name == "second" else {}
    assert _deployed(own, "fine_tuned") == told, "the report names what is asked"
    # It starts no second job.
    spec = own.tuning.hosted
    assert spec is not None and spec.identity.deployment is None
