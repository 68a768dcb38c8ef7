"""A report's page, read as a browser reads it."""

from __future__ import annotations

from html.parser import HTMLParser


class Page(HTMLParser):
    """Ids, links and numbers of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.numbers: list[tuple[dict[str, str], str]] = []
        self.tags: list[str] = []
        self._open: dict[str, str] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: value or "" for key, value in attrs}
        self.tags.append(tag)
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "a":
            self.links.append(values["href"])
            if "data-at" in values:
                self._open = values

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self.numbers.append((self._open, data))
            self._open = None
