"""A person's browser without JavaScript: keeps cookies for every origin, and posts the forms it was shown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from werkzeug.test import Client, TestResponse

from tests.world.facts import PLATFORM

_HIDDEN = re.compile(r'type="hidden" name="(\w+)" value="([^"]*)"')
_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
_DIGITS = re.compile(r"<span>(\d{6})</span>")


@dataclass
class Browser:
    """`at` is the address that was requested last, `page` the HTML page that was shown last.

    An address may be a path at the platform.
    """

    http: Client
    at: str = PLATFORM + "/"
    page: str = ""

    @property
    def csrf(self) -> str:
        """The CSRF token of the page."""
        token = _CSRF.search(self.page)
        assert token, "the page has no form"
        return token[1]

    def get(self, url: str, **headers: str) -> TestResponse:
        """Open an address and follow every redirect."""
        return self._follow(self._request("GET", url, headers=headers))

    def look(self, url: str, **headers: str) -> TestResponse:
        """Open an address without following redirects."""
        return self._shown(self._request("GET", url, headers=headers))

    def submit(self, path: str, **fields: Any) -> TestResponse:
        """Post a form of the page, with its hidden fields, and follow every redirect."""
        data = dict(_HIDDEN.findall(self.page)) | fields
        return self._follow(self.post(urljoin(self.at, path), data))

    def send(self, url: str, **fields: Any) -> TestResponse:
        """Post these fields with the CSRF token of the page; keep the page, and follow no redirect."""
        return self.post(url, {"csrf_token": self.csrf} | fields)

    def post(self, url: str, data: Mapping[str, Any] | str | bytes, **headers: str) -> TestResponse:
        """Post data as a page of the same origin would."""
        parts = urlsplit(urljoin(PLATFORM, url))
        origin = {"Origin": f"{parts.scheme}://{parts.netloc}"}
        return self._request("POST", url, data=data, headers=origin | headers)

    def log_in(self, persona: str) -> None:
        """Log in at the platform, by one click on a persona."""
        self.get("/login")
        assert self.submit("/login/persona", persona=persona).status_code == 200

    def open_app(self, url: str) -> TestResponse:
        """Open a page of an app, and agree to what it asks for if it asks."""
        answer = self.get(url)
        return self.submit(self.at, answer="yes") if "/oauth/consent/" in self.at else answer

    def shown_code(self) -> str:
        """Open the code page; return the 18 digits of the fresh code, or nothing when it is frozen."""
        self.get("/code")
        return "".join(_DIGITS.findall(self.page))

    def _follow(self, answer: TestResponse) -> TestResponse:
        while answer.status_code in (302, 303, 307):
            answer = self._request("GET", urljoin(self.at, answer.location))
        return self._shown(answer)

    def _shown(self, answer: TestResponse) -> TestResponse:
        if answer.mimetype == "text/html":
            self.page = answer.text
        return answer

    def _request(self, method: str, url: str, **settings: Any) -> TestResponse:
        self.at = urljoin(PLATFORM, url)
        parts = urlsplit(self.at)
        settings |= {"base_url": f"{parts.scheme}://{parts.netloc}", "query_string": parts.query}
        return self.http.open(parts.path or "/", method=method, buffered=True, **settings)
