"""From a file named on the command line to an experiment."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.experiment import Experiment, specification_error
from workbench.io.files import read_text


def load_experiment(name: str) -> Experiment:
    """The experiment in a Python script (its module-level ``experiment``) or a YAML file."""
    path = Path(name).expanduser()
    if not path.is_file():
        raise WorkbenchError(
            f"There is no experiment file {name}.",
            "Name a .py script with a module-level `experiment`, or a .yaml specification.",
        )
    if path.suffix in (".yaml", ".yml"):
        return Experiment.from_yaml(read_text(path, "experiment"), source=path.name)
    if path.suffix == ".py":
        return _from_script(path)
    raise WorkbenchError(
        f"{name} is neither a Python script nor YAML.",
        f"To compare variants on a text of your own: workbench new {name}"
        if path.suffix in (".txt", ".md", ".html", ".epub", ".pdf", ".docx")
        else "Name a .py script or a .yaml specification.",
    )


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
