"""Finds what a screen reader would say in the wrong voice: Chinese in an element that says it is English."""

import re
from html.parser import HTMLParser

_CHINESE = re.compile("[\u3400-\u9fff]")
_WITHOUT_END = {"input", "link", "meta", "img", "br"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _WITHOUT_END:
            said = dict(attrs)
            inherited = self.open[-1] if self.open else ""
            self.open.append("hidden" if "aria-hidden" in said else said.get("lang") or inherited)

    def handle_endtag(self, tag: str) -> None:
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "en" and _CHINESE.search(data):
            self.found.append(data.strip())


def unmarked_chinese(page: str) -> list[str]:
    """Every Chinese text of an English page that no element around it calls Chinese."""
    assert '<html lang="en">' in page
    reader = _Reader()
    reader.feed(page)
    return reader.found
