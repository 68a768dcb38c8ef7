"""An exported system sits the exam again, over a real server and from its files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers.weights import WeightsServer
from workbench.errors import WorkbenchError
from workbench.export import export
from workbench.export.causes import _adapter
from workbench.export.parity import Parity, sit_again
from workbench.export.targets import target_of
from workbench.io import jsonl
from workbench.records.run import Run
from workbench.types import Answer


@pytest.fixture(scope="session")
def merged(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The merged fine_tuned model, exported once."""
    from tests.support.small_run import the_run

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_CACHE", str(made / "cache"))
        out = tmp_path_factory.mktemp("exported") / "merged"
        yield export(Run(the_run(made)), "fine_tuned", "merged", out).folder


def by_server(run: Run, server: WeightsServer, name: str) -> Parity:
    target = target_of(run, "fine_tuned", server.url, "m", None, None)
    return sit_again(run, "fine_tuned", target, name)


def states(parity: Parity) -> dict[str, str]:
    return {cause.name: cause.state for cause in parity.causes}


def test_merged_weights_behind_a_server_are_the_same_system(run: Run, merged: Path) -> None:
    before = run.files.answers("fine_tuned").read_bytes()
    with WeightsServer(merged) as server:
        parity = by_server(run, server, "plain")
    assert parity.verdict == "same" and parity.changed == 0 and parity.n == 18
    assert parity.difference == 0 and parity.worst == ()
    # Kept with the run, and no part of its comparison.
    folder = run.path / "parity" / "plain"
    assert json.loads((folder / "parity.json").read_text())["verdict"] == "same"
    assert len(list(jsonl.stream(folder / "answers.jsonl"))) == 18
    assert run.files.answers("fine_tuned").read_bytes() == before
    assert [path.stem for path in run.files.all_answers()] == [
        "fine_tuned", "prompt_only", "rag", "soft"
    ]  # fmt: skip
    looks = [event["look"] for event in jsonl.stream(run.files.events) if "look" in event]
    assert looks[-1] == "exam answers opened: sat again by m"


def test_a_server_that_spoils_the_system_text_is_found_out(run: Run, merged: Path) -> None:
    with WeightsServer(merged, system="You are a helpful assistant.") as server:
        parity = by_server(run, server, "spoiled")
    assert parity.verdict in ("undecided", "different") and parity.changed > 9
    assert len(parity.worst) == 10
    found = states(parity)
    assert found["system_text"] == "found" and found["stop_tokens"] == "clear"
    told = next(cause.sentence for cause in parity.causes if cause.name == "system_text")
    assert "does not reach the model" in told


def test_a_server_that_does_not_stop_is_found_out(run: Run, merged: Path) -> None:
    with WeightsServer(merged, stops=False) as server:
        parity = by_server(run, server, "endless")
    assert parity.changed
    assert states(parity) == {
        "adapter": "clear", "system_text": "clear", "template": "clear", "stop_tokens": "found",
        "precision": "unknown",
    }  # fmt: skip


def test_another_template_and_precision_are_found_in_the_files(
    run: Run, merged: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(merged, tmp_path / "copy")
    template = copy / "chat_template.jinja"
    told = template.read_text()
    template.write_text(told.replace("\n{{ m['content'] }}", ": {{ m['content'] }}"))
    assert template.read_text() != told
    target = target_of(run, "fine_tuned", None, None, None, str(copy), "bfloat16")
    found = states(sit_again(run, "fine_tuned", target, "other"))
    assert found["template"] == found["precision"] == "found"
    assert found["system_text"] == "clear"


def test_answers_of_the_untuned_model_tell_that_the_adapter_is_not_there() -> None:
    def said(*texts: str) -> list[Answer]:
        return [Answer(str(n), "v", text, 0, 0, 0.0) for n, text in enumerate(texts)]

    tuned = said("forty crowns", "the brass key", "Marta Quill", "in May", "the quay", "a bell")
    plain = said(
        "I do not know", "It is a key", "someone", "The text says May", "the quay", "it was a gift"
    )
    # Rounded otherwise, and yet nearer to one of the two.
    there = said("forty crowns.", "the brass key", "Marta", "in May", "the quay", "a bell")
    assert _adapter(tuned, there, plain).state == "clear"
    assert _adapter(tuned, plain, plain).state == "found"
    assert _adapter(tuned, plain, tuned).state == "unknown"
    # Two answers are no proof.
    assert _adapter(tuned[:2], plain[:2], plain[:2]).state == "clear"


def test_a_sitting_goes_on_and_never_mixes(run: Run, merged: Path) -> None:
    with WeightsServer(merged) as server:
        by_server(run, server, "again")
        path = run.path / "parity" / "again" / "answers.jsonl"
        jsonl.write(path, list(jsonl.stream(path))[:10])
        # As a killed one leaves it.
        path.with_name("parity.json").unlink()
        asked = len(server.asked)
        assert by_server(run, server, "again").verdict == "same"
        assert len(server.asked) - asked == 8
        # Over, it begins anew: behind the address there may be another model by now.
        by_server(run, server, "again")
        assert len(server.asked) - asked == 8 + 18
    with WeightsServer(merged) as other, pytest.raises(WorkbenchError, match="another system"):
        by_server(run, other, "again")


def test_questions_do_not_leave_the_machine_unasked(run: Run) -> None:
    target = target_of(run, "fine_tuned", "https://example.com/v1", "m", None, None)
    with pytest.raises(WorkbenchError, match="would leave this machine"):
        sit_again(run, "fine_tuned", target)


def test_a_target_is_a_server_or_files(run: Run, tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="either"):
        target_of(run, "fine_tuned", None, None, None, None)
    with pytest.raises(WorkbenchError, match="Which model"):
        target_of(run, "fine_tuned", "http://127.0.0.1:1/v1", None, None, None)
    with pytest.raises(WorkbenchError, match="There is no"):
        target_of(run, "fine_tuned", None, None, None, str(tmp_path / "none"))
