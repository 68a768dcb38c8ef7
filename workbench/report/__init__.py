"""results.json as a page, as Markdown and as rows for the terminal. Pure."""

from workbench.report.markdown import render_markdown
from workbench.report.page import render_html
from workbench.report.table import table

__all__ = ["render_html", "render_markdown", "table"]
