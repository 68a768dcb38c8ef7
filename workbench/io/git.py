"""Files of a git repository as they were at a revision, beside its working tree, which stays as is.

Nothing of the repository is run (hooks, filters) and nothing is fetched; a file comes as it was
committed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from workbench.errors import WorkbenchError

#: What a repository's own settings must not do: watch files, ask a network.
SETTINGS = ("-c", "core.fsmonitor=false", "-c", "protocol.allow=never", "-c", "core.quotePath=off")
#: Set where git itself starts a program (a hook), and then meant for another repository.
ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX")
#: How a file begins that Git LFS keeps elsewhere.
POINTER = b"version https://git-lfs.github.com/spec/"
TIMEOUT_S, SHOWN = 120.0, 8


@dataclass(frozen=True, slots=True)
class AtRevision:
    """Where the files lie for now, the commit that they are of, and what is to be told of them."""

    path: Path
    commit: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Repository:
    """Where git is asked, and the way from the repository's root to what is wanted."""

    folder: Path
    within: str


@dataclass(slots=True)
class _Listed:
    """The files wanted, by their objects' ids, and what is no file of the commit."""

    files: list[tuple[str, str]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    repositories: list[str] = field(default_factory=list)


@contextmanager
def at_revision(path: Path, revision: str) -> Iterator[AtRevision]:
    """The file or folder ``path`` as it was at ``revision``, under its own name, until the end.

    ``path`` need not exist any more. Raises WorkbenchError where there is no git, no repository, no
    such revision, or nothing of that name in it.
    """
    repository = _repository(path)
    commit = _commit(repository, path, revision)
    found = _asked(repository, "rev-parse", "--verify", "--end-of-options",
                   f"{commit}:{repository.within}")  # fmt: skip
    if found is None:
        raise WorkbenchError(
            f"There is no {repository.within} at revision {revision} of the repository of {path}.",
            f"See what there is: git -C {repository.folder} ls-tree --full-tree -r --name-only "
            f"{revision}",
        )
    whole = found.decode().strip()
    name = path.name if path.name not in ("", "..") else path.resolve().name
    with tempfile.TemporaryDirectory(prefix="revision-") as folder:
        out = Path(folder) / name
        if _asked(repository, "cat-file", "-t", whole) == b"blob\n":
            listed, target = _Listed([(whole, name)]), Path(folder)
        else:
            listed, target = _listed(repository, whole), out
            out.mkdir()
        elsewhere = _write(repository, listed.files, target)
        yield AtRevision(out, commit, tuple(_told(listed, elsewhere)))


def _repository(path: Path) -> _Repository:
    """The repository that ``path`` lies in, or lay in."""
    wanted = path.expanduser().absolute()
    there = next(p for p in (wanted, *wanted.parents) if p.is_dir())
    asked = _Repository(there, "")
    if shutil.which("git") is None:
        raise WorkbenchError(
            "corpus.revision needs git, which is not installed.",
            "Install git, or check the revision out and leave corpus.revision out.",
        )
    answer = _run(asked, "rev-parse", "--show-prefix")
    if answer.returncode:
        reason = answer.stderr.decode(errors="replace").strip().splitlines() or ["git says nothing"]
        raise WorkbenchError(
            f"{path} lies in no git repository that can be read ({reason[0]}).",
            "corpus.revision is for text that is kept in git: correct the path, or leave it out.",
        )
    prefix = answer.stdout.decode().removesuffix("\n")
    within = PurePosixPath(prefix) / wanted.relative_to(there).as_posix()
    return _Repository(there, "" if within == PurePosixPath(".") else str(within))


def _commit(repository: _Repository, path: Path, revision: str) -> str:
    """The full id of the commit that ``revision`` names."""
    found = _asked(
        repository, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}"
    )
    if found is not None:
        return found.decode().strip()
    known = _asked(repository, "for-each-ref", "--sort=-creatordate",
                   "--format=%(refname:short)", "refs/tags", "refs/heads") or b""  # fmt: skip
    names = known.decode().split()
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    has = (
        f"It has {', '.join(names[:SHOWN])}{more}."
        if names
        else "It has neither tags nor branches."
    )
    raise WorkbenchError(
        f"The repository of {path} knows no revision {revision!r}. {has}",
        "Name a tag, a branch or a commit. One that is only at its origin is fetched by: "
        f"git -C {repository.folder} fetch --tags",
    )


def _listed(repository: _Repository, tree: str) -> _Listed:
    """All that is below a folder, in depth."""
    raw = _asked(repository, "ls-tree", "-r", "-z", "--full-tree", tree) or b""
    listed = _Listed()
    for entry in filter(None, raw.split(b"\0")):
        about, name = entry.split(b"\t", 1)
        mode, _, object_ = about.decode().split()
        place = os.fsdecode(name)
        if mode == "120000":
            listed.links.append(place)
        elif mode == "160000":
            listed.repositories.append(place)
        else:
            listed.files.append((object_, place))
    return listed


def _write(repository: _Repository, files: Sequence[tuple[str, str]], out: Path) -> list[str]:
    """Write the files below ``out``; those that Git LFS keeps elsewhere are left out and named."""
    command = ["git", *SETTINGS, "-C", str(repository.folder), "cat-file", "--batch"]
    elsewhere = []
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=_environment(),
    ) as git:  # fmt: skip
        assert git.stdin is not None and git.stdout is not None
        for object_, place in files:
            git.stdin.write(f"{object_}\n".encode())
            git.stdin.flush()
            about = git.stdout.readline().split()
            if len(about) != 3:
                raise WorkbenchError(
                    f"The repository in {repository.folder} does not hold {place} itself.",
                    f"It is a partial clone: git -C {repository.folder} fetch --refetch "
                    "--no-filter brings what is missing.",
                )
            content = git.stdout.read(int(about[2]))
            git.stdout.read(1)
            if content.startswith(POINTER):
                elsewhere.append(place)
                continue
            target = out.joinpath(*_parts(place))
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        git.stdin.close()
    return elsewhere


def _parts(place: str) -> tuple[str, ...]:
    """The folders and the name of a file; a made-up tree must not write elsewhere."""
    parts = tuple(place.split("/"))
    if any(part in ("", ".", "..") or (os.sep != "/" and os.sep in part) for part in parts):
        raise WorkbenchError(
            f"The repository holds a file under the name {place!r}, which leads out of it.",
            "No program that made it honestly writes one: look where it comes from.",
        )
    return parts


def _told(listed: _Listed, elsewhere: Sequence[str]) -> Iterator[str]:
    for names, what in (
        (listed.links, "is a link, and links are not followed"),
        (listed.repositories, "is a repository of its own (a submodule)"),
        (elsewhere, "lies in Git LFS, and git holds a pointer to it"),
    ):
        yield from (f"Skipped: {name} {what}" for name in names)


def _asked(repository: _Repository, *words: str) -> bytes | None:
    """What git answers; None where it refuses."""
    answer = _run(repository, *words)
    return None if answer.returncode else answer.stdout


def _run(repository: _Repository, *words: str) -> subprocess.CompletedProcess[bytes]:
    command = ["git", *SETTINGS, "-C", str(repository.folder), *words]
    return subprocess.run(
        command, capture_output=True, env=_environment(), timeout=TIMEOUT_S, check=False
    )


def _environment() -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    # What is missing of a partial clone is told of rather than fetched.
    return {**own, "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
