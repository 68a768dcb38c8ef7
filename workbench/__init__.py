"""Should your assistant be prompted, given retrieval, fine-tuned, or both? Evidence per corpus.

``from workbench import Experiment, run`` is the whole public face; everything heavier is
imported when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.cli.running import run
    from workbench.experiment import Experiment

__all__ = ["Experiment", "__version__", "run"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Import the two public names on first use, so that ``workbench --help`` stays quick."""
    if name == "Experiment":
        from workbench.experiment import Experiment

        return Experiment
    if name == "run":
        from workbench.cli.running import run

        return run
    raise AttributeError(f"module 'workbench' has no attribute {name!r}")
