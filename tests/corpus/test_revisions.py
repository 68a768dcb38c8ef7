"""A corpus as git had it: read beside the working tree, by any name of its commit."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from tests.support.documents import prose
from workbench.cli.app import app
from workbench.corpus import open_corpus
from workbench.engine.cache import ArtifactCache
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.corpus import CorpusSpec
from workbench.experiment.identity import resolve
from workbench.export import docker
from workbench.io.files import file_hash
from workbench.io.git import POINTER, at_revision
from workbench.stages import CORPUS
from workbench.stages.context import RunContext
from workbench.stages.plan import RunPlan

FIRST, SECOND = f"# Lamps\n\n{prose(300, 1)}\n", f"# Lamps\n\n{prose(300, 2)}\n"


def git(folder: Path, *words: str) -> str:
    """git with an author and without this machine's settings."""
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *who, "-C", str(folder), *words],
        check=True, capture_output=True, text=True, env={**os.environ, **own},
    )  # fmt: skip
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two editions of a manual, the second under no tag, and a third that is not committed."""
    folder = tmp_path / "manual"
    (folder / "docs" / "deep").mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / "docs" / "灯 lamps.md").write_text(FIRST, "utf-8")
    (folder / "docs" / "deep" / "old.md").write_text(f"# Old\n\n{prose(250, 3)}\n", "utf-8")
    (folder / "docs" / "link.md").symlink_to("/etc/hostname")
    (folder / "docs" / "film.md").write_bytes(POINTER + b"v1\noid sha256:0\nsize 9\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "First edition")
    git(folder, "tag", "v1")
    (folder / "docs" / "灯 lamps.md").write_text(SECOND, "utf-8")
    git(folder, "rm", "--quiet", "docs/deep/old.md", "docs/link.md", "docs/film.md")
    git(folder, "commit", "--quiet", "-am", "Second edition")
    (folder / "docs" / "灯 lamps.md").write_text("Not committed.", "utf-8")
    return folder


def files(folder: Path) -> dict[str, str]:
    found = (file for file in folder.rglob("*") if file.is_file())
    return {f.relative_to(folder).as_posix(): f.read_text("utf-8") for f in found}


def experiment(path: Path, **corpus: str) -> Experiment:
    values = {"purpose": "Answer questions on lamps.", "name": "lamps"}
    return Experiment(**values, corpus={"path": str(path), **corpus})  # type: ignore[arg-type]


def test_a_folder_is_read_as_it_was_and_the_working_tree_stays(repository: Path) -> None:
    before = git(repository, "status", "--porcelain=v2")
    with at_revision(repository / "docs", "v1") as found:
        assert found.path.name == "docs"
        assert files(found.path)["灯 lamps.md"] == FIRST
        assert set(files(found.path)) == {"灯 lamps.md", "deep/old.md"}
        assert found.notes == (
            "Skipped: link.md is a link, and links are not followed",
            "Skipped: film.md lies in Git LFS, and git holds a pointer to it",
        )
        kept = found.path
    assert not kept.exists()
    for name in ("main", "HEAD", git(repository, "rev-parse", "--short", "main")):
        with at_revision(repository / "docs", name) as found:
            assert files(found.path) == {"灯 lamps.md": SECOND}
    assert git(repository, "status", "--porcelain=v2") == before
    assert (repository / "docs" / "灯 lamps.md").read_text("utf-8") == "Not committed."


def test_a_file_a_folder_that_is_gone_and_a_bare_repository_are_read(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with at_revision(repository / "docs" / "灯 lamps.md", "v1") as found:
        assert found.path.read_text("utf-8") == FIRST and found.path.name == "灯 lamps.md"
    with at_revision(repository / "docs" / "deep", "v1") as found:
        assert list(files(found.path)) == ["old.md"], "the working tree has no such folder"
    git(tmp_path, "clone", "--quiet", "--bare", str(repository), "manual.git")
    # As inside a hook of another repository.
    monkeypatch.setenv("GIT_DIR", str(repository / ".git"))
    with at_revision(tmp_path / "manual.git", "main~1") as found:
        assert files(found.path)["docs/灯 lamps.md"] == FIRST
    monkeypatch.chdir(repository / "docs")
    with at_revision(Path(), "v1") as found:
        assert found.path.name == "docs" and "deep/old.md" in files(found.path)


@pytest.mark.parametrize(
    ("path", "revision", "says"),
    [
        ("manual/docs", "v9", r"knows no revision 'v9'\. It has main, v1\.|It has v1, main\."),
        ("manual/docs", "--output=x", r"knows no revision '--output=x'"),
        ("manual/docs", "v1:docs", r"knows no revision"),
        ("manual/plans", "v1", r"no plans at revision v1"),
        ("manual/docs/deep", "main", r"no docs/deep at revision main"),
        ("elsewhere", "v1", r"elsewhere lies in no git repository"),
    ],
)
def test_what_is_not_there_is_one_sentence(
    repository: Path, path: str, revision: str, says: str, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(WorkbenchError, match=says), at_revision(tmp_path / path, revision):
        pass


def test_without_git_it_is_said(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(WorkbenchError, match="needs git"), at_revision(repository, "v1"):
        pass


def test_a_tree_that_leads_out_of_its_folder_is_refused(repository: Path, tmp_path: Path) -> None:
    def made(kind: str, raw: bytes) -> str:
        words = ("hash-object", "-w", "-t", kind, "--literally", "--stdin")
        done = subprocess.run(
            ["git", "-C", str(repository), *words],
            input=raw, check=True, capture_output=True,
        )  # fmt: skip
        return done.stdout.decode().strip()

    blob = made("blob", b"outside")
    inner = made("tree", b"100644 escaped.md\0" + bytes.fromhex(blob))
    tree = made("tree", b"40000 ..\0" + bytes.fromhex(inner))
    commit = git(repository, "commit-tree", tree, "-m", "Evil")
    with pytest.raises(WorkbenchError, match=r"leads out of it"), at_revision(repository, commit):
        pass


def test_the_run_is_that_of_the_text_by_whatever_name(repository: Path, tmp_path: Path) -> None:
    said = resolve(experiment(repository / "docs", revision="v1"))
    commit = git(repository, "rev-parse", "v1^{commit}")
    assert said.experiment.corpus.revision == commit, "a branch that moves on takes no run along"
    again = resolve(experiment(repository / "docs", revision=commit))
    other = resolve(experiment(repository / "docs", revision="main"))
    assert said.run_id == again.run_id != other.run_id
    # The folder itself, checked out, is the same corpus.
    git(tmp_path, "clone", "--quiet", "--branch", "main", str(repository), "copy")
    plain = resolve(experiment(tmp_path / "copy" / "docs"))
    assert plain.run_id == other.run_id
    assert plain.corpus_hash == other.corpus_hash == file_hash(tmp_path / "copy" / "docs")
    assert "revision" not in plain.experiment.corpus.model_dump()


def test_the_stage_reads_the_commit_that_was_named(repository: Path, tmp_path: Path) -> None:
    plan = RunPlan(resolve(experiment(repository / "docs", revision="v1")))
    git(repository, "tag", "--force", "v1", "main")
    context = RunContext(ArtifactCache(tmp_path / "cache"))
    made = context.make(CORPUS, plan.corpus_inputs())
    corpus = open_corpus(made.reference.path)
    assert [document.id for document in corpus.documents] == ["deep/old", "灯_lamps"]
    assert FIRST.strip() in corpus.documents[1].text
    assert sum("Git LFS" in note for note in made.summary["notes"]) == 1


def test_the_command_inspects_a_revision(repository: Path) -> None:
    asked = ["corpus", "inspect", str(repository / "docs"), "--revision", "v1", "--json"]
    done = CliRunner().invoke(app, asked)
    facts = json.loads(done.stdout)
    assert facts["title"] == "docs" and len(facts["documents"]) == 2
    assert any("Git LFS" in note for note in facts["notes"])


def test_an_image_holds_no_repository(repository: Path) -> None:
    plan: Any = SimpleNamespace(experiment=experiment(repository / "docs", revision="v1"))
    chosen: Any = SimpleNamespace(served=SimpleNamespace(plan=plan), reference=None)
    with pytest.raises(WorkbenchError, match="an image does not hold"):
        list(docker._named_paths(chosen))


def test_a_revision_is_of_a_path() -> None:
    with pytest.raises(ValidationError, match="name it in path"):
        CorpusSpec(url="https://example.org/a.txt", sha256="0" * 64, revision="v1")
