"""Azure OpenAI: OpenAI's API by another key, and a result that answers once it is deployed."""

from __future__ import annotations

import time
from dataclasses import replace

from workbench.errors import WorkbenchError
from workbench.tuning.hosted import openai
from workbench.tuning.hosted.provider import Upload, multipart
from workbench.tuning.hosted.site import Site

#: Seconds between two looks at a file that is being read, and how often is looked.
PAUSE_S, LOOKS = 2.0, 150


def _upload(site: Site, upload: Upload) -> str:
    """Azure starts no job with a file that it has not read yet."""
    file = multipart("/files", purpose="fine-tune")(site, upload)
    for _ in range(LOOKS):
        told = site.ask("GET", f"/files/{file}")
        if told.get("status") in ("processed", None):
            return file
        if told.get("status") in ("error", "failed"):
            raise WorkbenchError(
                f"Azure does not take {upload.name}: {told.get('status_details') or 'no reason'}.",
                "Mend what it names, and run again.",
            )
        time.sleep(PAUSE_S)
    raise WorkbenchError(
        f"Azure has not read {upload.name} in {PAUSE_S * LOOKS / 60:.0f} minutes.", "Run again."
    )


PROVIDER = replace(
    openai.PROVIDER,
    label="Azure",
    upload=_upload,
    headers=lambda key: {"api-key": key},
    model=lambda job, spec: job.get("fine_tuned_model") and spec.deployment,
)
