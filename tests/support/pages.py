"""What stands on a dashboard page that was drawn without a browser."""

from __future__ import annotations

from html import unescape
from typing import Any


def words(app: Any) -> str:
    """Everything on the page as one text: headings, HTML bodies, notices."""
    parts = []
    for kind in ("title", "header", "html", "markdown", "warning", "info", "text", "code"):
        parts += [str(getattr(element, "value", "")) for element in app.get(kind)]
        parts += [str(getattr(element.proto, "body", "")) for element in app.get(kind)]
    return unescape("\n".join(parts))


def check(app: Any) -> None:
    """Press the button that checks a new run before it starts."""
    next(b for b in app.button if b.label == "Check and estimate").click()
    app.run()
    assert not app.exception
