"""What tuning takes of memory by method, told beforehand; expected values worked out by hand."""

from __future__ import annotations

import pytest

from workbench.experiment.tuning import METHODS, LayersSpec, TuningSpec
from workbench.models import memory
from workbench.models.memory import Footprint, footprint, told
from workbench.types import ModelReference

GIB = 2**30


@pytest.fixture(autouse=True)
def gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_device", lambda _: ("GPU", 24 * GIB, 0))
    monkeypatch.setattr(memory, "_bytes_per_value", lambda *_: 2)


def of(method: str, **changes: object) -> Footprint:
    found = footprint(
        ModelReference("m-7B"),
        TuningSpec(method=method, batch_tokens=512, **changes),  # type: ignore[arg-type]
        512,
    )
    assert found is not None
    return found


def test_full_tuning_takes_sixteen_bytes_a_weight() -> None:
    rest = of("prompt").tuning
    assert of("full").tuning - rest == pytest.approx(16 * 7e9, rel=0.01)
    assert of("full", optimizer="adafactor").tuning - rest == pytest.approx(8 * 7e9, rel=0.01)
    # Two of 32 blocks.
    part = of("layers", layers=LayersSpec(last=2)).tuning - rest
    assert part == pytest.approx(16 * 7e9 / 16, rel=0.01)


def test_the_smaller_a_method_the_less_it_takes() -> None:
    order = ("prompt", "ia3", "bottleneck", "layers", "full")
    sizes = [of(method).tuning for method in order]
    assert sizes == sorted(sizes) and len(set(sizes)) == len(sizes)
    assert all(of(method).tuning > 0 for method in METHODS)


def test_what_is_too_much_names_the_method_and_a_smaller_one() -> None:
    sentence = told(of("full"))
    assert "to tune (Full fine-tuning)" in sentence and "tuning.method: lora" in sentence
    assert "too much" not in told(of("lora"))
