"""What people ask of the served run, beside its exam, as ``workbench drift`` found it."""

from __future__ import annotations

from workbench import findings
from workbench.dashboard import components
from workbench.dashboard.queries import runs
from workbench.dashboard.views import findings as shown
from workbench.findings.asked import asked
from workbench.io.files import read_json
from workbench.records.drift import Drift


def draw(run: runs.Snapshot) -> None:
    """What was found, or how to find it."""
    if not run.variants or not run.files.drift.exists():
        components.quiet(
            "Nothing is known of it yet. A served run logs what is asked where it is told to, "
            "without the text: "
            f"workbench serve {run.id} --log FOLDER. Then workbench drift {run.id} FOLDER holds it "
            "against the exam, and this page shows what it found."
        )
        return
    found = Drift.model_validate(read_json(run.files.drift))
    view = findings.View(run.results)
    shown.draw(view, asked(view, found), run.id)
