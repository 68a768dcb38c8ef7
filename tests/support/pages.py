"""What stands on a dashboard page that was drawn without a browser."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any


def words(app: Any) -> str:
    """Everything on the page as its reader sees it, in one text: headings, HTML bodies, notices."""
    parts = []
    for kind in ("title", "header", "html", "markdown", "warning", "info", "text", "code"):
        parts += [str(getattr(element, "value", "")) for element in app.get(kind)]
        parts += [str(getattr(element.proto, "body", "")) for element in app.get(kind)]
    # What is shown by Markdown has its signs escaped, which no reader sees.
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", unescape("\n".join(parts)))


def with_text(app: Any, corpus: Path) -> None:
    """Name a text on this machine, and what the assistant is for, in the form of a new run."""
    app.segmented_control(key="new_way").set_value("On this machine").run()
    app.text_input(key="new_path").input(str(corpus)).run()
    app.text_input(key="new_purpose").input("Answer questions about the tale.").run()


def check(app: Any) -> None:
    """Press the button that checks a new run before it starts."""
    next(b for b in app.button if b.label == "Check and estimate").click()
    app.run()
    assert not app.exception
