"""Small pictures of every page for review and for the README.

python -m tests.dashboard.take_screens RUNS_FOLDER docs/screens
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.support.browser import dashboard, walk

PAGES = {
    "start": "",
    "verdict": "verdict",
    "what-if": "what_if",
    "questions": "questions",
    "latency-and-cost": "latency_cost",
    "retrieval": "retrieval",
    "training": "training",
    "exam-and-corpus": "exam",
    "data": "data",
    "playground": "playground",
    "new-run": "new_run",
    "report": "report",
}
TALLEST = 2600
LARGEST = 148_000
README = {"verdict.png": 1480}


def small(path: Path) -> None:
    """No more than a few screens of height, and as many colours as stay under 150 kB."""
    from PIL import Image

    picture = Image.open(path).convert("RGB")
    picture = picture.crop(
        (0, 0, picture.width, min(picture.height, README.get(path.name, TALLEST)))
    )
    for colours in (256, 192, 128, 96):
        picture.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size < LARGEST:
            break


def main(runs: Path, folder: Path) -> None:
    """Walk all pages in light, the verdict also in dark and on a phone, and one question."""
    folder.mkdir(parents=True, exist_ok=True)
    state = Path(tempfile.mkdtemp())
    with dashboard(runs.resolve(), state) as address:
        for width, scheme, ending in (
            (1280, "light", ""),
            (1280, "dark", "-dark"),
            (390, "light", "-phone"),
        ):
            with walk(address, width, scheme=scheme) as walker:
                pages = PAGES if not ending else {"verdict": "verdict", "what-if": "what_if"}
                for name, path in pages.items():
                    walker.go(path)
                    walker.whole(folder / f"{name}{ending}.png")
                if not ending:
                    walker.go("questions")
                    walker.choose_first(
                        "Open a question", walker.page.get_by_text("Reference:").first
                    )
                    walker.whole(folder / "question.png")
    for path in sorted(folder.glob("*.png")):
        small(path)
        print(f"{path.name:28s} {path.stat().st_size / 1000:6.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
