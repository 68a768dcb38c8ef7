"""``uv.lock`` says what ``pyproject.toml`` asks for: ``uv lock`` was not forgotten."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parents[1]
Asked = set[tuple[str, str, SpecifierSet]]


def read(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / name).read_text("utf-8"))


def test_every_dependency_is_locked_as_it_is_asked_for() -> None:
    project = read("pyproject.toml")["project"]
    groups = {"": project["dependencies"], **project["optional-dependencies"]}
    asked: Asked = set()
    for extra, listed in groups.items():
        for text in listed:
            wanted = Requirement(text)
            if wanted.name != project["name"]:
                asked.add((wanted.name.lower().replace("_", "-"), extra, wanted.specifier))
    (own,) = (p for p in read("uv.lock")["package"] if p["name"] == project["name"])
    locked: Asked = set()
    for item in own["metadata"]["requires-dist"]:
        marker = str(item.get("marker", ""))
        extra = marker.partition("extra == '")[2].partition("'")[0]
        if item["name"] != project["name"]:
            locked.add((item["name"], extra, SpecifierSet(item.get("specifier", ""))))
    assert locked == asked
