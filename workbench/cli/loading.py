"""From a file named on the command line to an experiment."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.experiment import Experiment, specification_error
from workbench.experiment.overrides import overriding, parsed
from workbench.io.files import read_text

FORMATS = (".yaml", ".yml", ".json", ".toml")


def load_experiment(name: str, changes: Sequence[str] = ()) -> Experiment:
    """The experiment in a Python script (its module-level ``experiment``), YAML, JSON or TOML.

    ``changes`` are ``key=value``, which go before what the file says.
    """
    with overriding(parsed(changes)):
        return _load(name)


def _load(name: str) -> Experiment:
    path = Path(name).expanduser()
    if not path.is_file():
        raise WorkbenchError(
            f"There is no experiment file {name}.",
            "Name a .py script with a module-level `experiment`, or a .yaml, .json or .toml file.",
        )
    if path.suffix in FORMATS:
        text = read_text(path, "experiment")
        # JSON is YAML; TOML has nothing that YAML cannot say.
        text = _from_toml(text, path.name) if path.suffix == ".toml" else text
        return Experiment.from_yaml(text, source=path.name)
    if path.suffix == ".py":
        return _from_script(path)
    from workbench.corpus.kinds import SUFFIXES

    raise WorkbenchError(
        f"{name} is no Python script, and neither YAML, JSON nor TOML.",
        f"To compare variants on a text of your own: workbench new {name}"
        if path.suffix in SUFFIXES
        else "Name a .py script or a .yaml, .json or .toml specification.",
    )


def _from_toml(text: str, source: str) -> str:
    """A TOML specification as YAML."""
    import tomllib

    import yaml

    try:
        return str(yaml.safe_dump(tomllib.loads(text), allow_unicode=True, sort_keys=False))
    except tomllib.TOMLDecodeError as error:
        raise WorkbenchError(
            f"{source} is not valid TOML: {error}.", "Mend the line it names and run again."
        ) from error


def _from_script(path: Path) -> Experiment:
    """Import the script under a private name; faults in it are reported by file and line."""
    from pydantic import ValidationError

    spec = importlib.util.spec_from_file_location(f"_experiment_{path.stem}", path.absolute())
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Dataclasses and pydantic look a class's module up there while the script runs.
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except ValidationError as error:
        raise specification_error(error, path.name) from error
    except WorkbenchError:
        raise
    except Exception as error:
        # The fault may lie deeper, in a library: the script's own last line is named.
        frames = [
            f
            for f in traceback.extract_tb(error.__traceback__)
            if f.filename == str(path.absolute())
        ]
        line = frames[-1].lineno if frames else getattr(error, "lineno", None)
        where = f"{path.name}, line {line}" if line else path.name
        raise WorkbenchError(
            f"{where}: {type(error).__name__}: {error}.", "Mend the script and run again."
        ) from error
    experiment = getattr(module, "experiment", None)
    if not isinstance(experiment, Experiment):
        raise WorkbenchError(
            f"{path.name} defines no module-level `experiment`.",
            "Add: experiment = Experiment(purpose=…, name=…, corpus=…)",
        )
    return experiment


def shipped(*parts: str) -> Path:
    """A file that ships: beside the package in a clone, inside it in an installed wheel."""
    package = Path(__file__).resolve().parents[1]
    for root in (package / "shipped", package.parent):
        path = root.joinpath(*parts)
        if path.exists():
            return path
    raise WorkbenchError(
        f"{'/'.join(parts)} is missing from this installation.", "Reinstall the workbench."
    )
