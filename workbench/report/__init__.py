"""The findings as a page and as Markdown. Pure."""

from workbench.report.markdown import render_markdown
from workbench.report.page import render_html

__all__ = ["render_html", "render_markdown"]
